"""`goodsmith retry`: make rows of a run again."""

from __future__ import annotations

from typing import Annotated

import typer

from goodsmith.cli import options
from goodsmith.cli.voice import both, settings, speak
from goodsmith.errors import UsageError

HELP = both(
    "Make the named rows of a run again; the new ones take the place of the old.",
    "重新生成指定的行,新结果取代旧结果。",
)


def command(
    run: options.RunId = None,
    failed: Annotated[
        bool, typer.Option("--failed", help=both("Rows that could not be made.", "未能生成的行。"))
    ] = False,
    blocked: Annotated[
        bool, typer.Option("--blocked", help=both("Rows that a check withholds.", "被检查拦截的行。"))
    ] = False,
    review: Annotated[
        bool, typer.Option("--review", help=both("Rows that wait for a person.", "等待人工审核的行。"))
    ] = False,
    output: options.Output = None,
    as_json: options.Json = False,
) -> None:
    from goodsmith.cli.progress import ProgressLine  # noqa: PLC0415
    from goodsmith.cli.run import finish, saying_how_to_go_on  # noqa: PLC0415
    from goodsmith.records import RowStatus  # noqa: PLC0415
    from goodsmith.runner import open_run  # noqa: PLC0415

    chosen = {RowStatus.FAILED: failed, RowStatus.BLOCKED: blocked, RowStatus.REVIEW: review}
    statuses = frozenset(status for status, wanted in chosen.items() if wanted)
    if not statuses:
        raise UsageError(
            "which rows? --failed, --blocked or --review", zh="请指定要重试的行:--failed、--blocked 或 --review"
        )
    voice, read = speak(), settings()
    found = open_run(run, settings=read, home=read.home)
    with saying_how_to_go_on(voice, found.id), ProgressLine(voice, home=read.home, quiet=as_json) as line:
        rows = found.retry(statuses=statuses, on_progress=line.show)
    if not as_json:
        voice.note(f"{rows:,} rows tried again", f"已重试 {rows:,} 行")
    finish(voice, found, output=output, as_json=as_json)
