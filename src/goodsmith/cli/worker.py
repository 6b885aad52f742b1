"""`goodsmith worker`: drive queued runs."""

from __future__ import annotations

from typing import Annotated

import typer

from goodsmith.cli.voice import settings, speak_with


def command(
    once: Annotated[bool, typer.Option("--once", help="End when nothing waits any more.")] = False,
) -> None:
    """Drive runs that were started with --queue, here or on another machine with the same database."""
    from goodsmith.worker import work  # noqa: PLC0415

    voice = speak_with()
    work(
        settings=settings(),
        home=settings().home,
        once=once,
        on_run=lambda run, state: voice.note(f"Run {run}: {state.value}", f"运行 {run}:{state.value}"),
    )
