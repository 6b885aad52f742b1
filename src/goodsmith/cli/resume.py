"""`goodsmith resume`: go on where a run stopped."""

from __future__ import annotations

from typing import Annotated

import typer

from goodsmith.cli import options
from goodsmith.cli.voice import settings, speak_with


def command(
    run: options.RunId = None,
    budget: Annotated[str | None, typer.Option("--budget", help="The new limit in all, such as 500CNY.")] = None,
    output: Annotated[str | None, typer.Option("--output", "-o", help="Write the result to this file.")] = None,
    workers: options.Workers = None,
    concurrency: options.Concurrency = None,
    as_json: options.Json = False,
) -> None:
    """Go on where a run stopped. Answers that were received are not bought again."""
    from goodsmith.base.money import parse_budget  # noqa: PLC0415
    from goodsmith.cli.progress import ProgressLine  # noqa: PLC0415
    from goodsmith.cli.run import finish  # noqa: PLC0415
    from goodsmith.runner import open_run  # noqa: PLC0415

    voice = speak_with()
    found = open_run(run, settings=settings(), home=settings().home)
    with ProgressLine(voice, quiet=as_json) as line:
        found.resume(
            budget=parse_budget(budget) if budget else None,
            on_progress=line.show,
            workers=workers,
            concurrency=concurrency,
        )
    finish(voice, found, output=output, as_json=as_json)
