"""`goodsmith cancel`: end a run for good."""

from __future__ import annotations

from goodsmith.cli import options
from goodsmith.cli.voice import both, settings, speak

HELP = both(
    "End a run for good. Calls in flight are finished, and what was made can be exported.",
    "彻底结束一次运行。在途调用会先完成,已生成的内容仍可导出。",
)


def command(run: options.RunId = None) -> None:
    from goodsmith.records import RunState  # noqa: PLC0415
    from goodsmith.runner import open_run  # noqa: PLC0415

    found = open_run(run, settings=settings(), home=settings().home)
    found.cancel()
    if found.state is RunState.CANCELLED:
        speak().note(f"Run {found.id} is cancelled", f"运行 {found.id} 已取消")
    else:
        speak().note(
            f"Run {found.id} was asked to end; it finishes the calls in flight first",
            f"已请求取消运行 {found.id};在途调用完成后结束",
        )
