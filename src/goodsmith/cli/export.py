"""`goodsmith export`: write a run's results to a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from goodsmith.cli import filling, options
from goodsmith.cli.voice import both, settings, speak

HELP = both(
    "Write a run's results to a file, also while it runs or after it stopped.",
    "把运行结果写入文件;运行途中或停止后都可以导出。",
)


def command(
    run: options.RunId = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="FORMAT",
            help=both(
                "xlsx, csv, jsonl or parquet; none: as the file's name ends, else xlsx.",
                "xlsx、csv、jsonl 或 parquet;不填则按文件扩展名,默认 xlsx。",
            ),
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help=both("The file; none: named after the source and the run.", "输出文件;不填则按来源与运行编号命名。"),
        ),
    ] = None,
    trace: Annotated[
        bool,
        typer.Option(
            "--trace", help=both("Add costs, tokens, error codes and hashes.", "附加费用、token 数、错误码与哈希。")
        ),
    ] = False,
    template: filling.Templates = None,
    columns: filling.Columns = None,
    constants: filling.Constants = None,
    accepted: filling.Accepted = None,
    only: filling.Only = None,
    made_only: filling.MadeOnly = False,
    since: filling.Since = None,
    category: filling.Category = None,
    split_by: filling.SplitBy = None,
    locale: filling.Locale = None,
    max_rows: filling.MaxRows = None,
    complete_only: filling.CompleteOnly = False,
    check: filling.Check = False,
    template_sheet: filling.TemplateSheet = None,
    label_row: filling.LabelRow = None,
    first_row: filling.FirstRow = None,
    as_json: options.Json = False,
) -> None:
    from goodsmith.runner import FillRequest, fill, offer_of_run, open_run  # noqa: PLC0415

    voice = speak()
    found = open_run(run, settings=settings(), home=settings().home)
    if template:
        request = FillRequest(
            templates=tuple(template),
            output=output,
            columns=options.pairs(columns, option="--map"),
            constants=options.pairs(constants, option="--set"),
            accepted=tuple(accepted or ()),
            only=tuple(only or ()),
            made_only=made_only,
            since=since,
            category=category,
            split_by=split_by,
            locale=locale,
            max_rows=max_rows,
            complete_only=complete_only,
            write=not check,
            sheet=template_sheet,
            label_row=label_row,
            first_row=first_row,
        )
        made = fill(offer_of_run(found, locale=locale), request, settings=settings(), home=settings().home)
        raise typer.Exit(filling.show(voice, made, as_json=as_json, check=check))
    place = output or f"{Path(found.row.spec.catalog).stem}-{found.id}.{to or 'xlsx'}"
    report = found.export(place, to=to, language=voice.language, trace=trace)
    if as_json:
        facts = {
            "ok": True,
            "run": found.id,
            "files": list(report.files),
            "rows": report.rows,
            "notices": [notice.say(voice.language) for notice in report.notices],
        }
        print(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    for notice in report.notices:
        voice.note(f"Note: {notice.en}", f"提示:{notice.say('zh')}")
    for file in report.files:
        voice.note(f"Wrote {file}", f"已写入 {file}")
