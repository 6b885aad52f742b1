"""`goodsmith pause`: ask a running run to stop for now."""

from __future__ import annotations

from goodsmith.cli import options
from goodsmith.cli.voice import settings, speak_with


def command(run: options.RunId = None) -> None:
    """Ask a run to finish the calls in flight and stop; `resume` goes on."""
    from goodsmith.runner import open_run  # noqa: PLC0415

    found = open_run(run, settings=settings(), home=settings().home)
    found.pause()
    speak_with().note(f"Run {found.id} was asked to pause", f"已请求暂停运行 {found.id}")
