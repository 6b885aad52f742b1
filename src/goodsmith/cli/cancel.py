"""`goodsmith cancel`: end a run for good."""

from __future__ import annotations

from goodsmith.cli import options
from goodsmith.cli.voice import settings, speak_with


def command(run: options.RunId = None) -> None:
    """Ask a run to finish the calls in flight and end for good. What was made can be exported."""
    from goodsmith.runner import open_run  # noqa: PLC0415

    found = open_run(run, settings=settings(), home=settings().home)
    found.cancel()
    speak_with().note(f"Run {found.id} was asked to cancel", f"已请求取消运行 {found.id}")
