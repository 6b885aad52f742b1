"""`goodsmith resume`: go on where a run stopped."""

from __future__ import annotations

from typing import Annotated

import typer

from goodsmith.cli import options
from goodsmith.cli.voice import both, settings, speak

HELP = both(
    "Go on where a run stopped. Answers that were received are not bought again.",
    "从停下的地方继续运行。已收到的回答不会重复购买。",
)


def command(
    run: options.RunId = None,
    budget: Annotated[
        str | None,
        typer.Option(
            "--budget",
            metavar="AMOUNT",
            help=both(
                "The new limit for the whole run, such as 500CNY; what is spent already counts.",
                "整次运行的新预算,如 500CNY;已花费的金额计算在内。",
            ),
        ),
    ] = None,
    output: options.Output = None,
    workers: options.Workers = None,
    concurrency: options.Concurrency = None,
    as_json: options.Json = False,
) -> None:
    from goodsmith.base.money import parse_budget  # noqa: PLC0415
    from goodsmith.cli.progress import ProgressLine  # noqa: PLC0415
    from goodsmith.cli.run import finish, saying_how_to_go_on  # noqa: PLC0415
    from goodsmith.runner import open_run  # noqa: PLC0415

    voice, chosen = speak(), settings()
    limit = parse_budget(budget) if budget else None
    found = open_run(run, settings=chosen, home=chosen.home)
    with saying_how_to_go_on(voice, found.id), ProgressLine(voice, home=chosen.home, quiet=as_json) as line:
        found.resume(budget=limit, on_progress=line.show, workers=workers, concurrency=concurrency)
    finish(voice, found, output=output, as_json=as_json)
