"""`goodsmith worker`: drive queued runs."""

from __future__ import annotations

from typing import Annotated

import typer

from goodsmith.cli.voice import both, settings, speak

HELP = both(
    "Drive runs that were started with --queue, here or on another machine with the same database.",
    "执行以 --queue 提交的运行;共用同一数据库的其他机器也可以启动工作进程。",
)


def command(
    once: Annotated[
        bool, typer.Option("--once", help=both("End when nothing waits any more.", "没有等待中的运行时退出。"))
    ] = False,
) -> None:
    from goodsmith.cli.progress import ProgressLine  # noqa: PLC0415
    from goodsmith.records import RunState  # noqa: PLC0415
    from goodsmith.runner import open_run  # noqa: PLC0415
    from goodsmith.runner.summary import STATES  # noqa: PLC0415
    from goodsmith.worker import work  # noqa: PLC0415

    voice, chosen = speak(), settings()
    if not once:
        voice.note("Waiting for runs; Ctrl-C ends", "等待运行任务;按 Ctrl-C 结束")
    with ProgressLine(voice, home=chosen.home) as line:

        def tell(run: str, state: RunState) -> None:
            line.wipe()
            en, zh = STATES[state.value]
            reason = open_run(run, settings=chosen, home=chosen.home).row.error
            more_en, more_zh = (f" ({reason})", f"({reason})") if reason else ("", "")
            voice.note(f"Run {run}: {en}{more_en}", f"运行 {run}:{zh}{more_zh}")

        driven = work(settings=chosen, home=chosen.home, once=once, on_run=tell, on_progress=line.show)
    if once and not driven:
        voice.note("Nothing waits", "没有等待中的运行")
