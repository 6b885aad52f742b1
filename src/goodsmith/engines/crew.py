"""The row slots of one process: they take products from chunk after chunk and commit a chunk when its last row is made.

In-flight slots belong to the process, not to the chunk, so one slow row holds back its chunk's commit and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final

from goodsmith.engines.chunks import OpenChunk
from goodsmith.engines.order import WorkOrder, open_pipeline
from goodsmith.engines.snapshot import Snapshot
from goodsmith.engines.tallies import Counts
from goodsmith.errors import AccountProblem, BudgetExhausted, GoodsmithError, LeaseLost, Stopped, StoreError
from goodsmith.pipeline import Pipeline
from goodsmith.protocols import Purse, StopWord
from goodsmith.records import Chunk, ChunkDone, Product, RowError, RowResult, RowStatus, RunSpec, Tally
from goodsmith.store.pending import Mirror
from goodsmith.store.shared import SharedFolder, Sharing

log = logging.getLogger(__name__)

PROGRESS_S: Final = 0.5
STOP_S: Final = 0.02  # a stop is seen within this time; a row asks for it five times
BREATH_ROWS: Final = 25  # rows made without waiting before the event loop may look around (about 5 ms)
AHEAD_ROWS: Final = 100  # rows before the end of a chunk where the next one is opened, at least


class Crew:
    """One process's share of a run.

    slots: products in flight at once. next_chunk and commit lead to the driver. stop is read before every row.
    sharing: how other machines get what is made here.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        *,
        spec: RunSpec,
        folder: Path,
        slots: int,
        purse: Purse,
        next_chunk: Callable[[], Awaitable[Chunk | None]],
        commit: Callable[[ChunkDone], Awaitable[None]],
        stop: Callable[[], StopWord],
        sharing: Sharing | None = None,
    ) -> None:
        self._pipeline = pipeline
        self._spec, self._folder = spec, folder
        self._shared = SharedFolder.of(folder, sharing)
        self._mirror = Mirror(sharing) if sharing is not None and pipeline.answerer is not None else None
        self._snapshot = Snapshot(folder, spec, shared=self._shared)
        # Without a model nothing waits but the end of a chunk: one slot is there, the other goes on.
        self._slots = slots if pipeline.answerer is not None else 2
        self._purse = purse
        self._next_chunk, self._commit, self._stop = next_chunk, commit, stop
        self._gate = asyncio.Lock()
        self._money_back = asyncio.Event()
        self._open: list[OpenChunk] = []
        self._families: Iterator[list[Product]] = iter(())
        self._current: OpenChunk | None = None
        self._left = 0  # rows of it that nobody has taken yet
        self._ahead: asyncio.Task[OpenChunk | None] | None = None  # opens the chunk behind it
        self._dry = False  # no more chunks, or a reason to take none
        self._in_flight = 0
        self._reason: GoodsmithError | None = None
        self._made = Counts()
        self._since = time.monotonic()

    async def run(self) -> None:
        """Work until there is nothing left or a stop was asked; commit what was made.

        Raises what stopped the run: BudgetExhausted, AccountProblem, StoreError.
        """
        try:
            await self._make_all()
        finally:
            if self._mirror is not None:
                await asyncio.to_thread(self._mirror.close)

    def tally(self) -> Tally:
        """What this process has made so far, rows of open chunks included."""
        waited = self._pipeline.answerer.wait_s if self._pipeline.answerer else 0.0
        return self._made.tally(wait_s=waited, work_s=(time.monotonic() - self._since) * self._slots)

    async def _make_all(self) -> None:
        slots = [asyncio.create_task(self._work()) for _ in range(self._slots)]
        try:
            while slots:
                done, waiting = await asyncio.wait(slots, timeout=0.2, return_when=asyncio.FIRST_EXCEPTION)
                for slot in done:
                    if not slot.cancelled() and (error := slot.exception()) is not None:
                        raise error
                slots = list(waiting)
                if self._stop() == "abort":
                    raise LeaseLost("another process drives this run now, or the lease could not be renewed")
        except BaseException:
            for slot in slots:
                slot.cancel()
            await asyncio.gather(*slots, return_exceptions=True)
            await self._drop_ahead()
            for chunk in self._open:
                chunk.abandon()  # its answers are in the journal
            raise
        await self._drop_ahead()
        for chunk in list(self._open):
            await self._finish(chunk)
        if self._reason is not None:
            raise self._reason

    async def _work(self) -> None:
        rows = 0
        while True:
            async with self._gate:
                taken = await self._take()
            if taken is None:
                return
            chunk, family, purse = taken
            try:
                for product in family:
                    await self._make(chunk, product, purse)
                    rows += 1
                    if rows % BREATH_ROWS == 0:
                        await asyncio.sleep(0)
            finally:
                self._in_flight -= 1
                if purse is not self._purse:
                    purse.settle(0)
                self._money_back.set()
            if chunk.complete:
                await self._finish(chunk)

    async def _take(self) -> tuple[OpenChunk, list[Product], Purse] | None:
        """The next family with the money for all of it, so that a short budget finishes what it begins."""
        while True:
            if self._dry or self._reason is not None or self._stop():
                return None
            family = next(self._families, None)
            if family is not None:
                break
            ahead, self._ahead = self._ahead, None
            chunk = await (ahead or self._open_next())
            if chunk is None:
                self._dry = True
                return None
            self._open.append(chunk)
            self._current, self._left, self._families = chunk, len(chunk.products), chunk.families()
        assert self._current is not None
        self._left -= len(family)
        if self._ahead is None and self._left < max(self._slots, AHEAD_ROWS):  # or all slots wait for it
            self._ahead = asyncio.create_task(self._open_next())
        try:
            purse = await self._afford(family)
        except BudgetExhausted as reason:
            self._reason = reason
            return None
        self._in_flight += 1
        return self._current, family, purse

    async def _open_next(self) -> OpenChunk | None:
        chunk = await self._next_chunk()
        if chunk is None:
            return None
        return await asyncio.to_thread(
            OpenChunk,
            chunk,
            self._snapshot,
            spec=self._spec,
            recipe=self._pipeline.recipe,
            folder=self._folder,
            shared=self._shared,
            mirror=self._mirror,
        )

    async def _drop_ahead(self) -> None:
        """A chunk that was opened ahead of a stop: nothing of it was begun."""
        ahead, self._ahead = self._ahead, None
        if ahead is None:
            return
        (chunk,) = await asyncio.gather(ahead, return_exceptions=True)
        if isinstance(chunk, OpenChunk):
            chunk.abandon()

    async def _afford(self, family: list[Product]) -> Purse:
        if self._spec.budget is None or self._pipeline.answerer is None:
            return self._purse
        costs = [self._pipeline.worst_cost_nanos(product) for product in family]
        worst = sum(cost for cost in costs if cost is not None)  # a budget with an unknown price does not start
        while True:
            self._money_back.clear()
            try:
                return await self._purse.reserve(worst)
            except BudgetExhausted:
                if self._money_back.is_set():
                    continue  # rows ended while the driver was asked
                if not self._in_flight:
                    raise
            await self._money_back.wait()  # rows in flight give back what they do not use

    async def _make(self, chunk: OpenChunk, product: Product, purse: Purse) -> None:
        short_of_money = isinstance(self._reason, BudgetExhausted)  # its family's money is set aside all the same
        if (self._reason is not None and not short_of_money) or self._stop():
            return
        try:
            result = await self._pipeline.make(
                product, recorder=chunk.journal, purse=purse, stop=lambda: bool(self._stop())
            )
        except Stopped:
            return
        except (BudgetExhausted, AccountProblem) as reason:
            self._reason = self._reason or reason  # the row stays open; more money or a new key goes on from here
            return
        except StoreError:
            raise
        except Exception as problem:  # the edge of a row: a bad row never stops a run
            log.exception("row %d failed", product.ordinal, extra={"event": "row_failed", "run_id": self._spec.run_id})
            result = _broken(product, problem)
        chunk.add(result)
        self._made.add(result)

    async def _finish(self, chunk: OpenChunk) -> None:
        if chunk not in self._open:
            return  # another slot saw the last row first
        self._open.remove(chunk)
        if not chunk.started:
            chunk.abandon()
            return
        answerer = self._pipeline.answerer
        learnt = answerer.drain_token_sums() if answerer else ()
        await self._commit(await asyncio.to_thread(chunk.finish, learnt))


async def run_crew(
    order: WorkOrder,
    *,
    purse: Purse,
    next_chunk: Callable[[], Awaitable[Chunk | None]],
    commit: Callable[[ChunkDone], Awaitable[None]],
    stop: Callable[[], StopWord],
    report: Callable[[Tally], None],
) -> None:
    """Open an order's pipeline, let a crew work on it, and report twice a second. Raises as `Crew.run` does."""
    stop = _now_and_then(stop)
    pipeline = open_pipeline(order, stop=lambda: bool(stop()))
    crew = Crew(
        pipeline,
        spec=order.spec,
        folder=order.folder,
        sharing=order.sharing,
        slots=order.concurrency,
        purse=purse,
        next_chunk=next_chunk,
        commit=commit,
        stop=stop,
    )

    async def keep_telling() -> None:
        while True:
            await asyncio.sleep(PROGRESS_S)
            report(crew.tally())

    teller = asyncio.create_task(keep_telling())
    try:
        await crew.run()
    finally:
        teller.cancel()
        report(crew.tally())
        await pipeline.close()


def _now_and_then(stop: Callable[[], StopWord]) -> Callable[[], StopWord]:
    """The same, looked up every STOP_S at most."""
    word: StopWord = ""
    next_look = 0.0

    def remembered() -> StopWord:
        nonlocal word, next_look
        now = time.monotonic()
        if now >= next_look:
            word, next_look = stop(), now + STOP_S
        return word

    return remembered


def _broken(product: Product, problem: Exception) -> RowResult:
    if isinstance(problem, GoodsmithError):
        error = RowError(code=problem.code, message=problem.en)
    else:
        error = RowError(code="internal", message=f"{type(problem).__name__}: {problem}")
    return RowResult(
        ordinal=product.ordinal,
        key=product.key,
        status=RowStatus.FAILED,
        error=error,
        source_row=product.source_row,
        family=product.family,
    )
