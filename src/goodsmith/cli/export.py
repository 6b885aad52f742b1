"""`goodsmith export`: write a run's results to a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from goodsmith.cli import options
from goodsmith.cli.voice import settings, speak_with


def command(
    run: options.RunId = None,
    to: Annotated[str | None, typer.Option("--to", help="xlsx, csv, jsonl or parquet.")] = None,
    output: Annotated[str | None, typer.Option("--output", "-o", help="The file; none: named after the run.")] = None,
    trace: Annotated[bool, typer.Option("--trace", help="Add costs, tokens, error codes and hashes.")] = False,
    as_json: options.Json = False,
) -> None:
    """Write a run's results to a file, also while it runs or after it stopped."""
    from goodsmith.runner import open_run  # noqa: PLC0415

    voice = speak_with()
    found = open_run(run, settings=settings(), home=settings().home)
    place = output or f"{Path(found.row.spec.catalog).stem}-{found.id}.{to or 'xlsx'}"
    report = found.export(place, to=to, language=voice.language, trace=trace)
    if as_json:
        print(json.dumps({"ok": True, "files": list(report.files), "rows": report.rows}, ensure_ascii=False))
        return
    for notice in report.notices:
        voice.note(f"Note: {notice.en}", f"提示:{notice.say('zh')}")
    for file in report.files:
        voice.note(f"Wrote {report.rows:,} rows to {file}", f"已将 {report.rows:,} 行写入 {file}")
