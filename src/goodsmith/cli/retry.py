"""`goodsmith retry`: make rows of a run again."""

from __future__ import annotations

from typing import Annotated

import typer

from goodsmith.cli import options
from goodsmith.cli.voice import settings, speak_with
from goodsmith.errors import UsageError


def command(
    run: options.RunId = None,
    failed: Annotated[bool, typer.Option("--failed", help="Rows that could not be made.")] = False,
    blocked: Annotated[bool, typer.Option("--blocked", help="Rows that a check withholds.")] = False,
    review: Annotated[bool, typer.Option("--review", help="Rows that wait for a person.")] = False,
    output: Annotated[str | None, typer.Option("--output", "-o", help="Write the result to this file.")] = None,
    as_json: options.Json = False,
) -> None:
    """Make the named rows again; the new ones take the place of the old."""
    from goodsmith.cli.progress import ProgressLine  # noqa: PLC0415
    from goodsmith.cli.run import finish  # noqa: PLC0415
    from goodsmith.records import RowStatus  # noqa: PLC0415
    from goodsmith.runner import open_run  # noqa: PLC0415

    chosen = {RowStatus.FAILED: failed, RowStatus.BLOCKED: blocked, RowStatus.REVIEW: review}
    statuses = frozenset(status for status, wanted in chosen.items() if wanted)
    if not statuses:
        raise UsageError(
            "which rows? --failed, --blocked or --review", zh="请指定要重试的行:--failed、--blocked 或 --review"
        )
    voice = speak_with()
    found = open_run(run, settings=settings(), home=settings().home)
    with ProgressLine(voice, quiet=as_json) as line:
        rows = found.retry(statuses=statuses, on_progress=line.show)
    voice.note(f"{rows:,} rows tried again", f"已重试 {rows:,} 行")
    finish(voice, found, output=output, as_json=as_json)
