"""Drive a run to its end: hold its lease, hand its chunks to an engine, write its ledger, stop when asked."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import Final

from goodsmith.base.money import Wallet
from goodsmith.engines.local import LocalEngine
from goodsmith.engines.order import STENCIL, WorkOrder, rates_of
from goodsmith.engines.snapshot import SNAPSHOT
from goodsmith.engines.tallies import add
from goodsmith.errors import AccountProblem, BudgetExhausted, GoodsmithError, LeaseLost, Stopped, StoreError
from goodsmith.protocols import StopWord
from goodsmith.records import Budget, Chunk, ChunkDone, RunSpec, RunState, Tally
from goodsmith.runner.outlook import Outlook
from goodsmith.settings import Settings
from goodsmith.store.compaction import compact
from goodsmith.store.heartbeat import Heartbeat
from goodsmith.store.ledger import Lease, Store

log = logging.getLogger(__name__)

COMPACT_EVERY: Final = 100  # commits: about one compacted file each
STENCIL_ROWS_PER_WORKER: Final = 4_000  # below this a second process costs more than it brings


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How a run stands, for the progress line. tally: the whole run; live: since this process began.

    cost_at_end_nanos: what is spent and what the rest will cost by it; None while that is not known.
    """

    run_id: str
    total_rows: int
    tally: Tally
    live: Tally
    seconds: float
    budget_nanos: int | None
    currency: str
    cost_at_end_nanos: int | None = None

    @property
    def rows_per_s(self) -> float:
        return self.live.rows / self.seconds if self.seconds > 0 else 0.0

    @property
    def eta_s(self) -> float | None:
        left = self.total_rows - self.tally.rows
        return left / self.rows_per_s if self.rows_per_s > 0 else None

    @property
    def waiting_share(self) -> float:
        """Share of the slots' time that went into waiting for limits, 0 to 1."""
        return min(1.0, self.live.wait_s / self.live.work_s) if self.live.work_s > 0 else 0.0


def drive(
    store: Store,
    run_id: str,
    *,
    settings: Settings,
    on_progress: Callable[[Progress], None] = lambda _: None,
    workers: int | None = None,
    concurrency: int | None = None,
    lease: Lease | None = None,
    stop: Callable[[], bool] | None = None,
) -> None:
    """Work on a run until it is done, stopped, or out of money. What happened stands in the ledger.

    Ctrl-C and SIGTERM drain: calls in flight are finished and kept. A second one ends at once; the journals keep what
    was received. lease: if the run was claimed already. stop: asked instead of the signals; what it stops is left for
    another worker. Raises StoreError if the run is held by a living process or its store fails.
    """
    row = store.run(run_id)
    spec, folder = row.spec, store.run_folder(row.run_id)
    lease = lease or store.claim(row.run_id, owner=owner_name(), lease_s=settings.lease_s)
    began = time.monotonic()
    before = store.closed_totals(row.run_id)
    wallet = Wallet(_limit(spec, row.budget), currency=spec.currency, spent_nanos=store.money_spent(row.run_id))
    processes = workers or _workers(spec, settings)
    order = WorkOrder(
        spec=spec,
        folder=folder,
        concurrency=concurrency or settings.concurrency,
        cache=_cache_place(store, settings),
        model_options=tuple(_model_options(spec, settings).items()),
        sharers=processes,
        sharing=store.sharing(row),
        token_sums=() if spec.model == STENCIL else store.token_sums(spec.project),
    )
    engine = LocalEngine(order, workers=processes, wallet=wallet)
    ledger: _RunLedger | None = None

    def report(live: Tally) -> None:
        tally = add(before, live)
        outlook = ledger.outlook if ledger else None
        on_progress(
            Progress(
                run_id=row.run_id,
                total_rows=spec.rows,
                tally=tally,
                live=live,
                seconds=time.monotonic() - began,
                budget_nanos=wallet.limit_nanos,
                currency=wallet.currency,
                cost_at_end_nanos=outlook.cost_at_end(tally, live, spec.rows) if outlook else None,
            )
        )

    with Heartbeat(store, lease) as heartbeat, nullcontext(stop) if stop else _signals() as asked:

        def stop_word() -> StopWord:
            if heartbeat.lost:
                return "abort"
            return "drain" if asked() or heartbeat.stop or not heartbeat.may_send else ""

        try:
            if (shared := store.shared(row.run_id)) is not None:
                shared.fetch(SNAPSHOT)  # once for all processes
            ledger = _RunLedger(store, lease, spec)
            engine.run(ledger, progress=report, stop=stop_word)
        except LeaseLost:
            raise  # the run is not ours any more: write nothing
        except GoodsmithError as error:
            with suppress(StoreError):
                store.release(lease, _state_after(error), error=error.en)
            if not isinstance(error, (BudgetExhausted, AccountProblem, Stopped)):
                raise
            return
        except BaseException as error:
            with suppress(StoreError):
                said = None if isinstance(error, KeyboardInterrupt) else f"{type(error).__name__}: {error}"
                store.release(lease, RunState.PAUSED, error=said)
            raise
        if store.open_chunks(row.run_id):
            store.release(lease, _state_between(heartbeat, for_others=stop is not None))
            return
        compact(store, row.run_id, lease=lease)
        store.release(lease, RunState.DONE)


def owner_name() -> str:
    """Who drives, for people: host and process."""
    return f"{socket.gethostname()}:{os.getpid()}"


class _RunLedger:
    """The ledger of one run under one lease (protocols.Ledger)."""

    def __init__(self, store: Store, lease: Lease, spec: RunSpec) -> None:
        self._store, self._lease, self._spec = store, lease, spec
        waiting = store.open_chunks(lease.run_id)
        self._next: Iterator[Chunk] = iter(waiting)
        self.outlook: Outlook | None = None  # where nothing is paid nothing is foreseen
        if spec.currency:
            self.outlook = Outlook(store.run_folder(lease.run_id) / SNAPSHOT, spec.mapping.values(), waiting)
        self._lock = threading.Lock()
        self._commits = 0

    def begin(self) -> Chunk | None:
        with self._lock:
            chunk = next(self._next, None)
            return None if chunk is None else self._store.begin_chunk(self._lease, chunk.number)

    def again(self, chunk: Chunk) -> Chunk:
        with self._lock:
            return self._store.begin_chunk(self._lease, chunk.number)

    def commit(self, done: ChunkDone) -> None:
        with self._lock:
            self._store.commit_chunk(
                self._lease,
                done.chunk,
                done.part,
                done.tally,
                done.index,
                {} if self._spec.trial else done.heads,
                final=done.final,
                currency=self._spec.currency,
                learnt=done.token_sums,
            )
            if done.final and self.outlook is not None:
                self.outlook.committed(done.chunk, done.tally.cost_nanos)
            self._commits += 1
            if self._commits % COMPACT_EVERY == 0:
                compact(self._store, self._lease.run_id, lease=self._lease)


@contextmanager
def _signals() -> Iterator[Callable[[], bool]]:
    """Ctrl-C and SIGTERM ask to stop; the second one ends the process as usual."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    old = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def ask(number: int, _frame: object) -> None:
        asked.set()
        signal.signal(number, old[signal.Signals(number)])

    for number in old:
        signal.signal(number, ask)
    try:
        yield asked.is_set
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def _workers(spec: RunSpec, settings: Settings) -> int:
    if settings.workers:
        return settings.workers
    if spec.model != STENCIL:
        return 1
    return max(1, min(os.cpu_count() or 1, spec.rows // STENCIL_ROWS_PER_WORKER))


def _cache_place(store: Store, settings: Settings) -> str | None:
    if not settings.cache:
        return None
    return settings.database_url or str(store.home / "answers.db")


LESSONS: Final = "lessons.json"  # in the home: what ways of asking models take


def _limit(spec: RunSpec, budget: Budget | None) -> int | None:
    """The run's limit in the currency of its model's price."""
    if budget is None or not spec.currency:
        return None
    return rates_of(spec.rates).convert(budget.nanos, budget.currency, spec.currency)


def _model_options(spec: RunSpec, settings: Settings) -> dict[str, object]:
    here: dict[str, object] = {  # of this machine, not of the run
        "timeout_s": settings.timeout_s,
        "lessons_file": str(settings.home / LESSONS),
    }
    if settings.ca_file:
        here["ca_file"] = str(settings.ca_file)
    return {**here, **spec.model_options}


def _state_after(error: GoodsmithError) -> RunState:
    if isinstance(error, BudgetExhausted):
        return RunState.BUDGET
    return RunState.PAUSED


def _state_between(heartbeat: Heartbeat, *, for_others: bool) -> RunState:
    """The state of a run that was drained: what a person asked for goes before what a worker needs."""
    if heartbeat.stop == "cancel":
        return RunState.CANCELLED
    return RunState.READY if for_others and heartbeat.stop is None else RunState.PAUSED
