"""`goodsmith pause`: ask a running run to stop for now."""

from __future__ import annotations

from goodsmith.cli import options
from goodsmith.cli.voice import both, settings, speak

HELP = both(
    "Stop a run for now. Calls in flight are finished; `resume` goes on.",
    "暂停运行。在途调用会先完成,之后可用 resume 继续。",
)


def command(run: options.RunId = None) -> None:
    from goodsmith.records import RunState  # noqa: PLC0415
    from goodsmith.runner import open_run  # noqa: PLC0415

    found = open_run(run, settings=settings(), home=settings().home)
    found.pause()
    if found.state is RunState.PAUSED:
        speak().note(
            f"Run {found.id} is paused. Go on with: goodsmith resume {found.id}",
            f"运行 {found.id} 已暂停。继续运行:goodsmith resume {found.id}",
        )
    else:
        speak().note(
            f"Run {found.id} was asked to pause; it finishes the calls in flight first",
            f"已请求暂停运行 {found.id};在途调用完成后停止",
        )
