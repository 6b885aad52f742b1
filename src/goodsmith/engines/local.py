"""Run chunks on this machine: in this process, or in several.

One process does both the driving and the work. With more, the driver hands out chunks and money over pipes and is the
only one that writes the ledger; a process that dies is replaced and its chunks are made again from their journals.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, Final

from goodsmith.base.money import BlockBank, Wallet
from goodsmith.engines.child import child_main
from goodsmith.engines.crew import PROGRESS_S, run_crew
from goodsmith.engines.loop import run_loop
from goodsmith.engines.order import WorkOrder
from goodsmith.engines.tallies import add
from goodsmith.errors import BudgetExhausted, GoodsmithError, LeaseLost, StoreError
from goodsmith.protocols import Ledger, StopWord
from goodsmith.records import Chunk, ChunkDone, Tally
from goodsmith.store.journal import received_nanos

log = logging.getLogger(__name__)

MAX_DEATHS: Final = 5  # of worker processes in one run; more is not bad luck


class LocalEngine:
    """asyncio × processes. wallet: the run's money; what was spent before is already taken out of it."""

    def __init__(self, order: WorkOrder, *, workers: int, wallet: Wallet) -> None:
        self._order, self._workers, self._wallet = order, workers, wallet

    def run(self, ledger: Ledger, *, progress: Callable[[Tally], None], stop: Callable[[], StopWord]) -> None:
        if self._workers == 1:
            run_loop(self._alone(ledger, progress, stop))
        else:
            _Driver(self._order, self._workers, self._wallet, ledger, progress, stop).run()

    async def _alone(self, ledger: Ledger, progress: Callable[[Tally], None], stop: Callable[[], StopWord]) -> None:
        one_at_a_time = asyncio.Lock()

        async def next_chunk() -> Chunk | None:
            async with one_at_a_time:
                return await asyncio.to_thread(ledger.begin)

        async def commit(done: ChunkDone) -> None:
            async with one_at_a_time:
                await asyncio.to_thread(ledger.commit, done)

        await run_crew(
            self._order, purse=self._wallet, next_chunk=next_chunk, commit=commit, stop=stop, report=progress
        )


@dataclass(slots=True)
class _Hand:
    """One worker process as the driver sees it."""

    process: SpawnProcess
    pipe: Connection
    chunks: dict[int, Chunk] = field(default_factory=dict)
    committed_nanos: int = 0  # spent for chunks that are committed
    tally: Tally = field(default_factory=Tally)
    asking: tuple[int, int] | None = None  # (message id, nanos) of a request for money that waits
    ended: bool = False


class _Driver:
    """Hands out chunks and money to worker processes and commits what they make."""

    def __init__(
        self,
        order: WorkOrder,
        workers: int,
        wallet: Wallet,
        ledger: Ledger,
        progress: Callable[[Tally], None],
        stop: Callable[[], StopWord],
    ) -> None:
        self._order = replace(order, concurrency=max(1, -(-order.concurrency // workers)))
        self._workers, self._ledger = workers, ledger
        self._bank = BlockBank(wallet, workers=workers)
        self._progress, self._stop = progress, stop
        self._context = multiprocessing.get_context("spawn")
        self._hands: list[_Hand] = []
        self._orphans: list[Chunk] = []  # begun by a process that died or was short of money
        self._reason: GoodsmithError | None = None
        self._told: StopWord = ""
        self._deaths = 0

    def run(self) -> None:
        for _ in range(self._workers):
            self._hire()
        shown = 0.0
        try:
            while any(not hand.ended for hand in self._hands):
                self._tell_stop()
                for ready in wait([hand.pipe for hand in self._hands if not hand.ended], timeout=0.2):
                    self._hear(next(hand for hand in self._hands if hand.pipe is ready))
                if time.monotonic() - shown > PROGRESS_S:
                    shown = time.monotonic()
                    self._progress(self._tally())
        finally:
            for hand in self._hands:
                hand.pipe.close()
                hand.process.join(timeout=5)
                if hand.process.is_alive():
                    hand.process.kill()
                    hand.process.join()
        self._progress(self._tally())
        if self._reason is not None:
            raise self._reason

    def _hire(self) -> None:
        mine, theirs = self._context.Pipe()
        process = self._context.Process(target=child_main, args=(self._order, theirs), daemon=True)
        process.start()
        theirs.close()
        self._hands.append(_Hand(process=process, pipe=mine))

    def _hear(self, hand: _Hand) -> None:
        try:
            number, word, value = hand.pipe.recv()
        except (EOFError, OSError):
            self._bury(hand)
            return
        if word == "next":
            self._reply(hand, number, self._next(hand))
        elif word == "done":
            self._commit(hand, number, value)
        elif word == "take":
            hand.asking = (number, value)
            self._lend()
        elif word == "give":
            self._bank.give_back(hand.process.pid, value)
            self._reply(hand, number, None)
            self._lend()
        elif word == "tally":
            hand.tally = value
        elif word == "bye":
            self._end(hand, value)

    def _next(self, hand: _Hand) -> Chunk | None:
        if self._ends_all() or self._stop():
            return None
        chunk: Chunk | None = None
        if self._orphans:
            chunk = self._ledger.again(self._orphans.pop())
        elif self._reason is None:
            chunk = self._ledger.begin()
        if chunk is not None:
            hand.chunks[chunk.number] = chunk
        return chunk

    def _commit(self, hand: _Hand, number: int, done: ChunkDone) -> None:
        try:
            self._ledger.commit(done)
        except StoreError as error:
            self._reason = self._reason or error
            self._reply(hand, number, error)
            return
        hand.chunks.pop(done.chunk.number, None)
        if not done.final and not self._stop():
            self._orphans.append(done.chunk)  # short of money: another process may have what this one gives back
        hand.committed_nanos += done.tally.cost_nanos
        self._reply(hand, number, None)

    def _lend(self) -> None:
        """Serve the processes that wait for money; refuse only when no other process can still give some back."""
        for hand in self._hands:
            if hand.asking is None:
                continue
            number, nanos = hand.asking
            granted = self._bank.take(hand.process.pid, nanos)
            others = (other for other in self._hands if other is not hand and not other.ended)
            if not granted and any(other.asking is None for other in others):
                continue
            hand.asking = None
            self._reply(hand, number, granted)

    def _end(self, hand: _Hand, error: GoodsmithError | None) -> None:
        hand.ended = True
        if isinstance(error, BudgetExhausted):
            self._orphans += hand.chunks.values()  # begun, and nothing of them made
            hand.chunks.clear()
        if error is not None and not isinstance(self._reason, StoreError):
            worse = self._reason is None or isinstance(self._reason, BudgetExhausted)
            self._reason = error if worse else self._reason
        self._lend()
        if self._orphans and not self._stop() and self._reason is None and self._idle():
            self._hire()

    def _ends_all(self) -> bool:
        """A process that is short of money ends alone: the others finish what they have the money for."""
        return self._reason is not None and not isinstance(self._reason, BudgetExhausted)

    def _idle(self) -> bool:
        return all(hand.ended for hand in self._hands)

    def _bury(self, hand: _Hand) -> None:
        """A process died: what it received is in the journals; another makes its chunks again."""
        hand.ended = True
        self._deaths += 1
        log.error(
            "worker process %s ended unexpectedly (exit code %s)",
            hand.process.pid,
            hand.process.exitcode,
            extra={"event": "worker_died", "pid": hand.process.pid, "run_id": self._order.spec.run_id},
        )
        received = sum(received_nanos(self._order.folder, chunk.number) for chunk in hand.chunks.values())
        self._bank.settle_dead(hand.process.pid, hand.committed_nanos + received)
        self._orphans += hand.chunks.values()
        if self._deaths > MAX_DEATHS:
            self._reason = self._reason or StoreError(
                f"worker processes died {self._deaths} times; look for lack of memory, then resume",
                zh=f"工作进程已退出 {self._deaths} 次;请检查内存是否不足,然后继续运行",
            )
        elif self._stop() != "abort":
            self._hire()
        self._lend()

    def _reply(self, hand: _Hand, number: int, value: Any) -> None:
        self._send(hand, (number, "reply", value))

    def _send(self, hand: _Hand, message: tuple[int, str, Any]) -> None:
        with suppress(OSError):  # it died; its end of the pipe says so next
            hand.pipe.send(message)

    def _tell_stop(self) -> None:
        word: StopWord = self._stop() or ("drain" if self._ends_all() else "")
        if word == self._told:
            return
        self._told = word
        for hand in self._hands:
            if not hand.ended:
                self._send(hand, (0, "stop", word))
        if word == "abort":
            self._reason = LeaseLost("another process drives this run now, or the lease could not be renewed")

    def _tally(self) -> Tally:
        return add(*(hand.tally for hand in self._hands))
