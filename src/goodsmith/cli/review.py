"""`goodsmith review`: read what was made in Excel, decide there, and take the decisions back."""

from __future__ import annotations

import dataclasses
import getpass
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goodsmith.cli import options
from goodsmith.cli.voice import Voice, both, settings, speak
from goodsmith.errors import UnknownName, UsageError

if TYPE_CHECKING:
    from goodsmith.runner.reviewing import BookReport

QUEUES = ("review", "blocked", "failed", "all")
EXIT_CONFLICTS = 1

app = typer.Typer(
    help=both(
        "Review rows in a workbook: write it, edit it anywhere, take it back.", "用工作簿审核:导出、随处修改、再导入。"
    ),
    no_args_is_help=True,
)
By = Annotated[
    str | None,
    typer.Option("--by", metavar="NAME", help=both("Who decides; none: your login.", "审核人;不填则为当前登录用户。")),
]


@app.command("export", help=both("Write rows of a run into a review book.", "把运行结果写入审核表。"))
def export_(
    run: options.RunId = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help=both("The workbook; none: named after the run.", "工作簿;不填则按运行命名。"),
        ),
    ] = None,
    queue: Annotated[
        str,
        typer.Option(
            "--queue",
            metavar="NAME",
            help=both(
                "review: rows with findings, the riskiest first; blocked: rows that a check withholds; failed: rows "
                "that no model wrote; all.",
                "review:有问题的行,风险高的在前;blocked:被检查拦截的行;failed:未能生成的行;all:全部。",
            ),
        ),
    ] = "review",
    lot: Annotated[
        str | None,
        typer.Option("--lot", metavar="LOT", help=both("The random rows of a lot.", "某批次随机抽取的行。")),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, metavar="N", help=both("At most so many.", "最多行数。"))
    ] = None,
    decided: Annotated[
        bool, typer.Option("--decided", help=both("Also rows that are decided already.", "包括已经决定的行。"))
    ] = False,
    as_json: options.Json = False,
) -> None:
    from goodsmith.runner import open_run, write_review_book  # noqa: PLC0415

    if queue not in QUEUES:
        raise UnknownName("queue", queue, QUEUES, kind_zh="队列")
    voice = speak()
    found = open_run(run, settings=settings(), home=settings().home)
    place = output or f"review-{found.id}.xlsx"
    chosen: Any = "lot" if lot else queue
    rows = write_review_book(
        found, place, queue=chosen, lot=lot, undecided=not decided, limit=limit, language=voice.language
    )
    if as_json:
        print(json.dumps({"ok": True, "run": found.id, "file": place, "rows": rows}, ensure_ascii=False))
        return
    voice.note(f"Wrote {rows:,} rows to {place}", f"已写入 {rows:,} 行:{place}")


@app.command(
    help=both(
        "Ask for the required values that a run lacks: a workbook for each supplier, answered by `review import`.",
        "就缺少的必填内容生成问题表:每个供应商一个工作簿,填好后用 review import 导入。",
    )
)
def questions(
    run: options.RunId = None,
    folder: Annotated[
        str,
        typer.Option("--output", "-o", metavar="FOLDER", help=both("Where they are written.", "写入的文件夹。")),
    ] = "questions",
    per: Annotated[
        str | None,
        typer.Option(
            "--per",
            metavar="COLUMN",
            help=both(
                "The column with the supplier; none: one workbook for all.", "供应商所在的列;不填则只生成一个工作簿。"
            ),
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    from goodsmith.runner import open_run, write_question_sheets  # noqa: PLC0415

    voice = speak()
    made = write_question_sheets(open_run(run, settings=settings(), home=settings().home), folder, per=per)
    if as_json:
        print(
            json.dumps({"ok": True, "sheets": [dataclasses.asdict(one) for one in made]}, ensure_ascii=False, indent=2)
        )
        return
    if not made:
        voice.note("Nothing that is required is missing", "没有缺少的必填内容")
    for one in made:
        voice.note(
            f"Wrote {one.path}: {one.cells:,} cells of {one.products:,} products",
            f"已写入 {one.path}:{one.products:,} 个商品的 {one.cells:,} 个单元格待填",
        )


@app.command("import", help=both("Take the decisions of an edited review book.", "导入修改过的审核表。"))
def import_(
    book: Annotated[Path, typer.Argument(metavar="BOOK", help=both("The edited workbook.", "修改过的工作簿。"))],
    by: By = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=both("Only say what would be taken.", "只显示将要导入的内容。"))
    ] = False,
    as_json: options.Json = False,
) -> None:
    from goodsmith.runner import open_run, read_review_book  # noqa: PLC0415
    from goodsmith.runner.reviewing import run_of_book  # noqa: PLC0415

    if not book.is_file():
        raise UsageError(f"there is no file {book}", zh=f"没有文件 {book}")
    voice = speak()
    found = open_run(run_of_book(book), settings=settings(), home=settings().home)
    report = read_review_book(found, book, by=by or getpass.getuser(), dry_run=dry_run)
    left_out = len(report.reading.refused) + len(report.late)
    if as_json:
        print(json.dumps(_facts(report, voice.language), ensure_ascii=False, indent=2))
    else:
        _tell(voice, report, dry_run=dry_run)
    if left_out:
        raise typer.Exit(EXIT_CONFLICTS)


def _tell(voice: Voice, report: BookReport, *, dry_run: bool) -> None:
    kinds = [decision.kind.value for decision in report.reading.decisions]
    approved, edited, rejected = (kinds.count(kind) for kind in ("approve", "edit", "reject"))
    taken = voice.pick("would be taken" if dry_run else "taken", "将导入" if dry_run else "已导入")
    voice.say(
        f"run {report.run}: {len(kinds) - len(report.late):,} decisions {taken} ({approved:,} accepted, "
        f"{edited:,} edited, {rejected:,} rejected), {report.reading.unchanged:,} rows unchanged",
        f"运行 {report.run}:{taken} {len(kinds) - len(report.late):,} 条决定"
        f"(通过 {approved:,}、修改 {edited:,}、拒绝 {rejected:,}),{report.reading.unchanged:,} 行无变化",
    )
    for refused in report.reading.refused:
        voice.note(
            f"row {refused.row} ({refused.key or '?'}): {refused.why.en}",
            f"第 {refused.row} 行({refused.key or '?'}):{refused.why.say('zh')}",
        )
    for late in report.late:
        voice.note(
            f"row {late.decision.ordinal}: {late.by or 'somebody'} decided it a moment ago; import the book again",
            f"序号 {late.decision.ordinal}:{late.by or '他人'} 刚刚作出了决定;请重新导入",
        )


def _facts(report: BookReport, language: str) -> dict[str, Any]:
    return {
        "ok": not report.reading.refused and not report.late,
        "run": report.run,
        "taken": report.taken,
        "unchanged": report.reading.unchanged,
        "refused": [
            {"row": refused.row, "key": refused.key, "code": refused.why.code, "why": refused.why.say(language)}
            for refused in report.reading.refused
        ],
        "late": [late.decision.ordinal for late in report.late],
    }
