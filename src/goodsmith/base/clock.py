"""Time that can be rehearsed: an event loop whose clock jumps to the next timer instead of waiting for it.

What waits here waits with asyncio, and reads the clock through a function (`Now`), so that a simulation of an hour
takes a moment: `run_in_virtual_time(work())`.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
Now = Callable[[], float]  # seconds since some fixed moment, never going back


def run_in_virtual_time(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end. It may sleep and wait on timers, but neither on sockets nor on threads."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop that is never idle: where it would wait, its clock moves on."""

    def __init__(self) -> None:
        self._virtual_now_s = 0.0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        return self._virtual_now_s

    def jump(self, seconds: float) -> None:
        self._virtual_now_s += seconds


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("nothing is left that could happen: everything waits for something else")
            self._loop.jump(timeout)
        return ready
