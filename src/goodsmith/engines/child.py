"""A worker process: a crew whose chunks, commits and money go over a pipe to the driver."""

from __future__ import annotations

import asyncio
import signal
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from goodsmith.base.memory import keep_small
from goodsmith.base.money import BlockWallet
from goodsmith.base.spare_pandas import spare_pandas
from goodsmith.engines.crew import run_crew
from goodsmith.engines.loop import run_loop
from goodsmith.engines.order import WorkOrder
from goodsmith.errors import GoodsmithError, LeaseLost
from goodsmith.protocols import StopWord
from goodsmith.records import Chunk, ChunkDone


def child_main(order: WorkOrder, pipe: Connection) -> None:
    """Entry of the process. Ctrl-C is the driver's business: it asks us to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    keep_small()
    spare_pandas()
    run_loop(_work(order, pipe))


class _Line:
    """Questions to the driver and its answers. A thread listens; the loop waits."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._last = 0
        self.stop: StopWord = ""
        threading.Thread(target=self._listen, name="driver", daemon=True).start()

    async def ask(self, word: str, value: Any = None) -> Any:
        self._last += 1
        future: asyncio.Future[Any] = self._loop.create_future()
        self._waiting[self._last] = future
        self.tell(word, value, number=self._last)
        answer = await future
        if isinstance(answer, Exception):
            raise answer
        return answer

    def tell(self, word: str, value: Any = None, *, number: int = 0) -> None:
        try:
            self._pipe.send((number, word, value))
        except OSError:
            self._hang_up()

    def _listen(self) -> None:
        while True:
            try:
                number, word, value = self._pipe.recv()
            except (EOFError, OSError):
                self._loop.call_soon_threadsafe(self._hang_up)
                return
            if word == "stop":
                self.stop = value
            else:
                self._loop.call_soon_threadsafe(self._answer, number, value)

    def _answer(self, number: int, value: Any) -> None:
        future = self._waiting.pop(number, None)
        if future is not None and not future.done():
            future.set_result(value)

    def _hang_up(self) -> None:
        """The driver is gone: without it nothing may be sent or written."""
        self.stop = "abort"
        for future in self._waiting.values():
            if not future.done():
                future.set_result(LeaseLost("the driver of this run is gone"))
        self._waiting.clear()


async def _work(order: WorkOrder, pipe: Connection) -> None:
    line = _Line(pipe)
    purse = BlockWallet(lambda nanos: line.ask("take", nanos), lambda unused: line.ask("give", unused))

    async def next_chunk() -> Chunk | None:
        chunk: Chunk | None = await line.ask("next")
        return chunk

    async def commit(done: ChunkDone) -> None:
        await line.ask("done", done)

    error: GoodsmithError | None = None
    try:
        await run_crew(
            order,
            purse=purse,
            next_chunk=next_chunk,
            commit=commit,
            stop=lambda: line.stop,
            report=lambda tally: line.tell("tally", tally),
        )
    except GoodsmithError as problem:
        error = problem
    finally:
        with suppress(LeaseLost):
            await purse.close()
    line.tell("bye", error)
