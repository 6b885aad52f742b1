"""The event loop that engines run on: uvloop where there is one."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine
from typing import Any


def run_loop(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end. Signals stay with the caller."""
    try:
        import uvloop  # noqa: PLC0415
    except ImportError:
        factory = None
    else:
        factory = uvloop.new_event_loop
    gc.freeze()  # what is loaded stays: looking through it again would stop all rows for 50 ms each time
    try:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(work)
    finally:
        gc.unfreeze()
