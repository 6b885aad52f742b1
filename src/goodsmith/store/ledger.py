"""Who drives which run, which chunks are done, and what it cost: the store's memory, one transaction per step.

A run is claimed with a lease and an epoch, a chunk is executed under an attempt number. A commit counts only while both
are current, so a driver that lost its lease can write nothing, however late it wakes up.
"""

from __future__ import annotations

import array
import contextlib
import logging
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, cast

import msgspec
import sqlalchemy as sa

from goodsmith.errors import LeaseLost, StoreError, UnknownName, UsageError
from goodsmith.records import (
    DEFAULT_PROJECT,
    Budget,
    Chunk,
    ChunkState,
    Decision,
    Part,
    RowStatus,
    RunSpec,
    RunState,
    Tally,
    TokenSums,
)
from goodsmith.store import counters, decisions, heads, lots, pending, review_index, token_sums
from goodsmith.store.database import WAIT_S, Database
from goodsmith.store.decisions import Edited, Late, RowPlace
from goodsmith.store.disk import disk
from goodsmith.store.files import open_files
from goodsmith.store.heads import Head
from goodsmith.store.holders import Holder, is_gone, process_here, this_process
from goodsmith.store.journal import delete_journals, received_nanos
from goodsmith.store.keys import KeyRing
from goodsmith.store.lots import Lot, LotCounts
from goodsmith.store.parts import last_ordinal, results
from goodsmith.store.review_index import IndexPage, IndexRow
from goodsmith.store.shared import SharedFolder, Sharing
from goodsmith.store.tables import chunks, events, parts, runs, spend

log = logging.getLogger(__name__)

LEASE_S: Final = 30.0
RETRY_ROWS: Final = 1_000  # of a chunk of rows tried again
FIGURES_OF: Final = 10  # runs that a forecast looks back on
RETRY_SPAN: Final = 32  # it reaches over at most this many ordinary chunks

StopKind = Literal["pause", "cancel"]
OPEN: Final = (ChunkState.READY.value, ChunkState.RUNNING.value, ChunkState.WAITING.value)
ENDED: Final = frozenset({RunState.DONE, RunState.CANCELLED, RunState.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to drive a run, until `lease_s` after the last renewal."""

    run_id: str
    number: int  # of the run in the database
    epoch: int
    owner: str
    lease_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunControl:
    """What others ask of a driver."""

    stop: StopKind | None
    budget: Budget | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run as the ledger knows it. Times are Unix seconds."""

    spec: RunSpec
    number: int
    state: RunState
    adoptable: bool
    totals: Tally  # of all committed chunks
    spent: Mapping[str, int]  # currency -> nanos, of all committed chunks
    chunks: int
    chunks_done: int
    budget: Budget | None  # as it is now; the spec has the first one
    stop_requested: StopKind | None
    error: str | None
    created: float
    started: float | None
    finished: float | None
    live: bool  # a driver holds it now
    epoch: int
    owner: str | None
    host: str | None
    pid: int | None
    claimed: float | None
    lease_until: float

    @property
    def run_id(self) -> str:
        return self.spec.run_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A change of a run's state."""

    at: float
    kind: str
    by: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPart:
    """A part with what compaction must know. chunk None: made from many. merged: generations that are in it."""

    part: Part
    chunk: int | None
    merged: int = field(default=0)


class Store:
    """The control database and the folders of the runs. Calls are synchronous and may come from any thread."""

    def __init__(
        self, home: Path, database_url: str | None = None, *, files_url: str | None = None, wait_s: float = WAIT_S
    ) -> None:
        self.home = home
        self._url, self._files_url = database_url or "", files_url
        self._files = open_files(files_url) if files_url else None
        self._db = Database(home, database_url, wait_s=wait_s)
        if self._files is not None and self._db.dialect != "postgresql":
            self.close()
            raise UsageError(
                "files_url is for several machines, which need a Postgres database too: set database_url",
                zh="files_url 用于多台机器,须同时使用 Postgres 数据库:请设置 database_url",
            )

    def close(self) -> None:
        self._db.close()

    @property
    def keys(self) -> KeyRing:
        """Who may come in by the server's door."""
        return KeyRing(self._db)

    def run_folder(self, run_id: str) -> Path:
        return self.home / "runs" / run_id

    def shared(self, run_id: str) -> SharedFolder | None:
        """Where other machines find the files of a run; None: nowhere."""
        return None if self._files is None else SharedFolder(self.run_folder(run_id), self._files)

    def sharing(self, run: RunRow) -> Sharing | None:
        """What a process must know to work on a run that other machines may take over."""
        if self._files_url is None:
            return None
        return Sharing(files_url=self._files_url, database_url=self._url, run=run.number, project=run.spec.project)

    # ---- runs ---------------------------------------------------------------------------------------------------

    def create_run(self, spec: RunSpec, new_chunks: Sequence[Chunk], *, adoptable: bool) -> None:
        """Record a run, ready to be claimed. adoptable: a worker may take it; a run of the CLI never is."""
        with self._db.write() as connection:
            taken = connection.execute(sa.select(runs.c.number).where(runs.c.run_id == spec.run_id)).first()
            if taken is not None:
                raise StoreError(f"there is a run {spec.run_id} already", zh=f"已存在运行 {spec.run_id}")
            number = connection.execute(
                sa.insert(runs)
                .values(
                    project=spec.project,
                    run_id=spec.run_id,
                    spec=msgspec.json.encode(spec).decode(),
                    state=RunState.READY.value,
                    adoptable=adoptable,
                    created=self._db.now(),
                    budget_nanos=spec.budget.nanos if spec.budget else None,
                    budget_currency=spec.budget.currency if spec.budget else None,
                    epoch=0,
                    lease_until=0.0,
                    chunks=len(new_chunks),
                    chunks_done=0,
                    totals="",
                    trial=spec.trial,
                    recipe=spec.recipe_name,
                    model=spec.model,
                )
                .returning(runs.c.number)
            ).scalar_one()
            self._insert_chunks(connection, number, spec.project, new_chunks)
            self._record(connection, number, spec.project, "created", by=spec.source)

    def run(self, run_id: str) -> RunRow:
        """A run by its id or by the beginning of it, where that is enough. Raises UnknownName."""
        with self._db.read() as connection:
            return self._run_row(connection, self._find(connection, run_id))

    def runs(self, project: str = DEFAULT_PROJECT, *, limit: int = 20, before: int | None = None) -> list[RunRow]:
        """Newest first. before: `number` of the last one of the page before."""
        query = sa.select(runs, self._db.now().label("now")).where(runs.c.project == project)
        if before is not None:
            query = query.where(runs.c.number < before)
        with self._db.read() as connection:
            found = connection.execute(query.order_by(runs.c.number.desc()).limit(limit)).all()
            return [self._run_row(connection, row) for row in found]

    def projects(self) -> list[str]:
        """Those that have runs, in the order of their names."""
        query = sa.select(runs.c.project).distinct().order_by(runs.c.project)
        with self._db.read() as connection:
            return [project for (project,) in connection.execute(query)]

    def latest_run(self, project: str = DEFAULT_PROJECT) -> RunRow | None:
        """The newest run that is no trial."""
        query = sa.select(runs, self._db.now().label("now")).where(runs.c.project == project, ~runs.c.trial)
        with self._db.read() as connection:
            found = connection.execute(query.order_by(runs.c.number.desc()).limit(1)).first()
            return None if found is None else self._run_row(connection, found)

    def figures(
        self, recipe: str, model: str, *, trials: bool = False, project: str = DEFAULT_PROJECT, newest: int = FIGURES_OF
    ) -> tuple[int, Tally]:
        """(runs, what they counted together) of the newest runs of a recipe with a model, or of the newest trials."""
        query = sa.select(runs.c.totals).where(
            runs.c.project == project,
            runs.c.recipe == recipe,
            runs.c.model == model,
            runs.c.trial == trials,
            runs.c.totals != "",
        )
        with self._db.read() as connection:
            found = connection.execute(query.order_by(runs.c.number.desc()).limit(newest)).scalars().all()
        total = Tally()
        for each in found:
            total = counters.exchange(total, take=Tally(), give=counters.from_json(each))
        return len(found), total

    def token_sums(self, project: str = DEFAULT_PROJECT) -> tuple[TokenSums, ...]:
        """What models' token counts have taught."""
        with self._db.read() as connection:
            return token_sums.get(connection, project=project)

    def events(self, run_id: str) -> list[Event]:
        """What happened to a run, oldest first."""
        with self._db.read() as connection:
            number = self._find(connection, run_id).number
            found = connection.execute(sa.select(events).where(events.c.run == number).order_by(events.c.number))
            return [Event(at=row.at, kind=row.kind, by=row.actor, detail=row.detail) for row in found]

    def set_budget(self, run_id: str, budget: Budget | None) -> None:
        """Give a run another budget; a driver hears of it at its next renewal."""
        with self._db.write() as connection:
            row = self._find(connection, run_id)
            connection.execute(
                sa.update(runs)
                .where(runs.c.number == row.number)
                .values(
                    budget_nanos=budget.nanos if budget else None, budget_currency=budget.currency if budget else None
                )
            )
            said = f"{budget.nanos} nanos {budget.currency}" if budget else "none"
            self._record(connection, row.number, row.project, "budget", by="", detail=said)

    def offer(self, run_id: str) -> RunState:
        """Let a worker go on with a run that stopped; the state after the call. Raises UsageError if it ended."""
        with self._db.write() as connection:
            row = self._find(connection, run_id, lock=True)
            state = RunState(row.state)
            if state in {RunState.DONE, RunState.CANCELLED}:
                raise UsageError(
                    f"run {row.run_id} is {state}; there is nothing to resume",
                    zh=f"运行 {row.run_id} 已处于 {state} 状态,无需继续",
                )
            if _is_live(row):
                return state
            connection.execute(
                sa.update(runs)
                .where(runs.c.number == row.number)
                .values(state=RunState.READY.value, adoptable=True, stop_requested=None, error=None)
            )
            self._record(connection, row.number, row.project, "offered", by="")
            return RunState.READY

    def request_stop(self, run_id: str, kind: StopKind) -> RunState:
        """Ask the driver to stop; where there is none, the run stops at once. The state after the call."""
        with self._db.write() as connection:
            row = self._find(connection, run_id, lock=True)
            state = RunState(row.state)
            if state in ENDED:
                raise UsageError(f"run {row.run_id} is {state} already", zh=f"运行 {row.run_id} 已处于 {state} 状态")
            values: dict[str, Any] = {}
            if _is_live(row):
                if row.stop_requested != "cancel":
                    values = {"stop_requested": kind}
            else:
                state = RunState.CANCELLED if kind == "cancel" else RunState.PAUSED
                values = {"state": state.value, "stop_requested": None, "owner": None, "lease_until": 0.0}
                if state in ENDED:
                    values["finished"] = self._db.now()
            if values:
                connection.execute(sa.update(runs).where(runs.c.number == row.number).values(**values))
            if state in ENDED and self._files is not None:
                pending.forget(connection, row.number)
            self._record(connection, row.number, row.project, f"{kind} asked", by="")
            return state

    # ---- leases -------------------------------------------------------------------------------------------------

    def claim(
        self, run_id: str, *, owner: str, lease_s: float = LEASE_S, host: str | None = None, pid: int | None = None
    ) -> Lease:
        """Take the right to drive a run. host and pid: of the driver, by default of this process.

        At once when nobody holds it or its driver died on this machine; else when the lease has run out.
        Raises StoreError that names the holder, or UsageError if there is nothing to drive.
        """
        with self._db.write() as connection:
            row = self._find(connection, run_id, lock=True)
            state = RunState(row.state)
            if state in {RunState.DONE, RunState.CANCELLED}:
                raise UsageError(
                    f"run {row.run_id} is {state}; there is nothing to resume",
                    zh=f"运行 {row.run_id} 已处于 {state} 状态,无需继续",
                )
            if _is_live(row):
                raise _held(row)
            return self._take(connection, row, owner=owner, lease_s=lease_s, me=_holder(host, pid))

    def claim_next(
        self,
        *,
        owner: str,
        lease_s: float = LEASE_S,
        project: str | None = None,
        host: str | None = None,
        pid: int | None = None,
    ) -> Lease | None:
        """Take the oldest run that a worker may take: an adoptable one that is ready, or whose driver is gone."""
        me = _holder(host, pid)
        wanted = sa.and_(runs.c.adoptable, runs.c.stop_requested.is_(None))
        if project is not None:
            wanted = sa.and_(wanted, runs.c.project == project)
        maybe_free = sa.or_(runs.c.lease_until <= self._db.now(), runs.c.machine == me.machine)
        with self._db.write() as connection:
            for state, free in ((RunState.READY, sa.true()), (RunState.RUNNING, maybe_free)):
                query = (
                    sa.select(runs, self._db.now().label("now"))
                    .where(wanted, runs.c.state == state.value, free)
                    .order_by(runs.c.number)
                    .with_for_update(skip_locked=True)
                )
                for row in connection.execute(query.limit(1) if state is RunState.READY else query):
                    if not _is_live(row):
                        return self._take(connection, row, owner=owner, lease_s=lease_s, me=me)
        return None

    def renew(self, lease: Lease) -> RunControl:
        """Extend the lease. Raises LeaseLost if another driver has the run."""
        with self._db.write() as connection:
            row = connection.execute(
                sa.update(runs)
                .where(_mine(lease))
                .values(lease_until=self._db.now() + lease.lease_s)
                .returning(runs.c.stop_requested, runs.c.budget_nanos, runs.c.budget_currency)
            ).first()
            if row is None:
                raise self._lost(connection, lease)
            return _control(row)

    def control(self, lease: Lease) -> RunControl:
        """The same without extending the lease: only reads."""
        with self._db.read() as connection:
            row = connection.execute(
                sa.select(runs.c.stop_requested, runs.c.budget_nanos, runs.c.budget_currency).where(_mine(lease))
            ).first()
            if row is None:
                raise self._lost(connection, lease)
            return _control(row)

    def release(self, lease: Lease, state: RunState, error: str | None = None) -> None:
        """Let go of a run and leave it in a state; chunks that were begun are ready again.

        What other machines wrote for chunks that are done, too late, is forgotten, and for a cancelled run all of it.
        """
        values: dict[str, Any] = {
            "state": state.value,
            "error": error,
            "owner": None,
            "lease_until": 0.0,
            "stop_requested": None,
        }
        if state in ENDED:
            values["finished"] = self._db.now()
        with self._db.write() as connection:
            row = connection.execute(
                sa.update(runs).where(_mine(lease)).values(**values).returning(runs.c.project)
            ).first()
            if row is None:
                raise self._lost(connection, lease)
            self._put_back(connection, lease.number)
            self._record(connection, lease.number, row.project, state.value, by=lease.owner, detail=error or "")
            if self._files is not None:
                still_open = [] if state in ENDED else self._open_rows(connection, lease.number)
                pending.forget(connection, lease.number, keep=[old.number for old in still_open])

    # ---- chunks -------------------------------------------------------------------------------------------------

    def open_chunks(self, run_id: str) -> list[Chunk]:
        """The chunks that are not done, in order."""
        with self._db.read() as connection:
            return [_chunk(row) for row in self._open_rows(connection, self._find(connection, run_id).number)]

    def begin_chunk(self, lease: Lease, number: int) -> Chunk:
        """Start an execution of a chunk: its attempt is raised, and every earlier attempt can commit no more."""
        with self._db.write() as connection:
            self._hold(connection, lease)
            row = connection.execute(
                sa.update(chunks)
                .where(chunks.c.run == lease.number, chunks.c.number == number, chunks.c.state.in_(OPEN))
                .values(attempt=chunks.c.attempt + 1, state=ChunkState.RUNNING.value)
                .returning(chunks)
            ).first()
            if row is None:
                raise StoreError(f"run {lease.run_id} has no open chunk {number}")
            return _chunk(row)

    def commit_chunk(
        self,
        lease: Lease,
        chunk: Chunk,
        part: Part,
        tally: Tally,
        index: Mapping[str, Sequence[Any]],
        new_heads: Mapping[str, Sequence[Any]],
        *,
        final: bool = True,
        currency: str = "",
        learnt: Sequence[TokenSums] = (),
    ) -> None:
        """Make a part count, with its counters, index rows and heads; in one transaction or not at all.

        index: columns ordinal, locale, key, status and, if there are any, category, risk, flags, cost_nanos.
        new_heads: columns key, locale, inputs_hash, ordinal, status, maker. final False: the chunk stays open, and its
        next commit replaces this one; of rows tried again nothing counts before all of them do. A commit that is
        repeated after a broken connection changes nothing. learnt: added to what is known of models' tokens.
        Raises LeaseLost if the run or the chunk has another driver by now.
        """
        with self._db.write() as connection:
            run = self._hold(connection, lease)
            old = connection.execute(
                sa.select(chunks).where(chunks.c.run == lease.number, chunks.c.number == chunk.number)
            ).first()
            if old is None or old.attempt != chunk.attempt:
                raise LeaseLost(
                    f"chunk {chunk.number} of run {lease.run_id} was begun again; attempt {chunk.attempt} is too late",
                    zh=f"运行 {lease.run_id} 的第 {chunk.number} 块已重新开始;第 {chunk.attempt} 次尝试已失效",
                )
            if old.committed == chunk.attempt:
                return
            if old.state != ChunkState.RUNNING.value:
                raise LeaseLost(f"chunk {chunk.number} of run {lease.run_id} is {old.state}")
            if old.generation and not final:
                self._put_back(connection, lease.number, chunk.number)
                return
            counted = counters.from_json(old.counted)
            total = counters.exchange(counters.from_json(run.totals), take=counted, give=tally)
            connection.execute(
                sa.update(runs)
                .where(runs.c.number == lease.number)
                .values(totals=counters.to_json(total), chunks_done=runs.c.chunks_done + int(final))
            )
            connection.execute(
                sa.update(chunks)
                .where(chunks.c.run == lease.number, chunks.c.number == chunk.number)
                .values(
                    state=(ChunkState.DONE if final else ChunkState.READY).value,
                    committed=chunk.attempt,
                    counted=counters.to_json(tally),
                )
            )
            replaced = self._commit_part(connection, lease, run.project, chunk, part, old.generation)
            review_index.put(
                self._db,
                connection,
                index,
                run=lease.number,
                project=run.project,
                generation=old.generation,
                replaces=_ordinals(chunk) if old.generation or old.committed is not None else None,
            )
            heads.put(self._db, connection, new_heads, run=lease.number, project=run.project, spec=_spec(run.spec))
            self._spend(connection, lease.number, run, tally.cost_nanos - counted.cost_nanos, currency)
            token_sums.add(self._db, connection, learnt, project=run.project)
            if final and self._files is not None:
                pending.forget(connection, lease.number, chunk=chunk.number)
        folder = self.run_folder(lease.run_id)
        if replaced is not None and replaced != part.path:
            _delete(folder / replaced)
            if (shared := self.shared(lease.run_id)) is not None:
                with contextlib.suppress(StoreError):  # an orphan as well
                    shared.delete(replaced)
        if final:
            delete_journals(folder, chunk.number)

    def money_spent(self, run_id: str) -> int:
        """Nanos that a run has cost so far: its finished chunks, and the answers in the journals of its open ones."""
        with self._db.read() as connection:
            row = self._find(connection, run_id)
            begun = [old for old in self._open_rows(connection, row.number) if old.attempt]
            others = {
                old.number: None if self._files is None else pending.contents(connection, row.number, old.number)
                for old in begun
            }
        spent = counters.from_json(row.totals).cost_nanos
        for old in begun:
            received = received_nanos(self.run_folder(row.run_id), old.number, others[old.number])
            spent += max(received - counters.from_json(old.counted).cost_nanos, 0)
        return spent

    def closed_totals(self, run_id: str) -> Tally:
        """The counters of the chunks that are done; what open ones have committed is counted when they close."""
        with self._db.read() as connection:
            row = self._find(connection, run_id)
            total = counters.from_json(row.totals)
            for old in self._open_rows(connection, row.number):
                total = counters.exchange(total, take=counters.from_json(old.counted), give=Tally())
        return total

    def reopen_rows(self, run_id: str, statuses: Iterable[RowStatus]) -> list[Chunk]:
        """Put rows with these statuses into new chunks, to be made again; rows that a person decided stay as they are.

        The new chunks' parts take the place of the rows when they are committed, not before.
        """
        with self._db.read() as connection:
            row = self._find(connection, run_id)
            if _is_live(row):
                raise _held(row)
            wanted = review_index.undecided(connection, row.number, [status.value for status in statuses])
            busy = [_ordinals(_chunk(old)) for old in self._open_rows(connection, row.number)]
            last, generation, size = connection.execute(
                sa.select(
                    sa.func.max(chunks.c.number), sa.func.max(chunks.c.generation), sa.func.max(chunks.c.rows)
                ).where(chunks.c.run == row.number)
            ).one()
        taken = set[int]().union(*busy)
        ordinals = [ordinal for ordinal in wanted if ordinal not in taken]
        if not ordinals:
            return []
        fresh = [
            Chunk(number=number, first=group[0], rows=len(group), ordinals=tuple(group))
            for number, group in enumerate(_groups(ordinals, span=RETRY_SPAN * size), start=last + 1)
        ]
        made = self.parts(row.run_id)
        counted = [_count(self.run_folder(row.run_id), made, chunk, self.shared(row.run_id)) for chunk in fresh]
        with self._db.write() as connection:
            now = self._find(connection, row.run_id, lock=True)
            if now.epoch != row.epoch or now.chunks != row.chunks or _is_live(now):
                raise _held(now)
            self._insert_chunks(connection, row.number, row.project, fresh, generation=generation + 1, counted=counted)
            connection.execute(
                sa.update(runs)
                .where(runs.c.number == row.number)
                .values(state=RunState.READY.value, finished=None, error=None, chunks=runs.c.chunks + len(fresh))
            )
            self._record(connection, row.number, row.project, "reopened", by="", detail=f"{len(ordinals)} rows")
        return fresh

    # ---- parts --------------------------------------------------------------------------------------------------

    def parts(self, run_id: str) -> list[Part]:
        """The parts of a run; `parts.results` puts them together."""
        return [stored.part for stored in self.stored_parts(run_id)]

    def stored_parts(self, run_id: str) -> list[StoredPart]:
        """The same, with what compaction must know; by generation and first ordinal."""
        with self._db.read() as connection:
            number = self._find(connection, run_id).number
            query = sa.select(parts).where(parts.c.run == number).order_by(parts.c.generation, parts.c.first)
            return [
                StoredPart(part=review_index.part_of(row), chunk=row.chunk, merged=row.merged)
                for row in connection.execute(query)
            ]

    def replace_parts(
        self, run_id: str, old: Sequence[StoredPart], new: StoredPart | None, *, lease: Lease | None = None
    ) -> bool:
        """Put one part in the place of others; False, and nothing done, if they are not there any more.

        lease: of a driver. Raises LeaseLost if it is over, because the successor may have swept away what is new.
        """
        with self._db.write() as connection:
            row = self._find(connection, run_id, lock=True)  # commits take the same lock
            if lease is not None:
                self._hold(connection, lease)
            for stored in old:
                there = connection.execute(sa.select(parts.c.path).where(_place_of(row.number, stored))).scalar()
                if there != stored.part.path:
                    return False
            for stored in old:
                connection.execute(sa.delete(parts).where(_place_of(row.number, stored)))
            if new is not None:
                self._insert_part(connection, row.number, row.project, new)
        return True

    # ---- review index and heads ---------------------------------------------------------------------------------

    def rows(
        self,
        run_id: str,
        *,
        status: RowStatus | None = None,
        lot: str | None = None,
        undecided: bool = False,
        after: str | None = None,
        limit: int = 50,
    ) -> IndexPage:
        """A page of the review index: in the order of the table, or with a status the riskiest first.

        lot, undecided: only its drawn rows, only those that nobody decided. after: `next` of the page before.
        `parts.read_rows(run_folder, row.part, [row.ordinal], shared=…)` reads the texts of a row.
        """
        with self._db.read() as connection:
            number = self._find(connection, run_id).number
            return review_index.page(
                connection, number, status=status, after=after, limit=limit, lot=lot, undecided=undecided
            )

    def rows_at(self, run_id: str, places: Sequence[RowPlace]) -> list[IndexRow]:
        """The index rows at some places, as far as there are any; a few hundred at a time."""
        with self._db.read() as connection:
            return review_index.at(connection, self._find(connection, run_id).number, places)

    def counts(self, run_id: str) -> Tally:
        """The counters of all committed chunks; they are kept, not counted."""
        return self.run(run_id).totals

    def heads(
        self, project: str, catalog: str, recipe: str, keys: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], Head]:
        """The heads of (key, locale) pairs that have one. Look them up by the thousand."""
        with self._db.read() as connection:
            return heads.get(self._db, connection, project, catalog, recipe, keys)

    # ---- decisions and lots -------------------------------------------------------------------------------------

    def decide(self, run_id: str, new: Sequence[Decision]) -> list[Late]:
        """Take what people decided, all in one transaction; those whose row was changed meanwhile are given back.

        An edit locks the head of its product, so that no run replaces it.
        """
        with self._db.write() as connection:
            row = self._find(connection, run_id)
            return decisions.put(self._db, connection, new, run=row.number, project=row.project, spec=_spec(row.spec))

    def decisions(self, run_id: str, *, first: int = 0, last: int | None = None) -> dict[RowPlace, Decision]:
        """What counts now, by (ordinal, locale), for the rows first to last that a person decided."""
        with self._db.read() as connection:
            return decisions.latest(connection, self._find(connection, run_id).number, first=first, last=last)

    def history(self, run_id: str, ordinal: int, locale: str) -> list[Decision]:
        """All that was decided about a row, oldest first."""
        with self._db.read() as connection:
            return decisions.history(connection, self._find(connection, run_id).number, ordinal, locale)

    def edits_elsewhere(self, spec: RunSpec, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Edited]:
        """By (key, locale): values that a person wrote in an earlier run and that no run replaces."""
        with self._db.read() as connection:
            if not heads.any_locked(connection, spec.project, spec.catalog, spec.recipe_name):
                return {}
            found = heads.get(self._db, connection, spec.project, spec.catalog, spec.recipe_name, keys)
            edited: dict[tuple[str, str], Edited] = {}
            for (key, locale), head in found.items():
                if head.locked_by is None or head.run_id == spec.run_id:
                    continue
                number = self._find(connection, head.run_id).number
                place = (head.ordinal, locale)
                decision = decisions.latest(connection, number, at=place).get(place)
                if decision is not None and decision.edits:
                    edited[key, locale] = Edited(decision=decision, contradicted=head.contradicted)
            return edited

    def draw_lot(
        self,
        run_id: str,
        lot: str,
        *,
        rows_wanted: int,
        seed: int,
        plan: Mapping[str, Any],
        by: str,
        category: str | None = None,
        locale: str | None = None,
    ) -> int:
        """Put random rows of a run into a lot; how many."""
        with self._db.write() as connection:
            row = self._find(connection, run_id)
            return lots.draw(
                self._db,
                connection,
                lot,
                run=row.number,
                project=row.project,
                rows_wanted=rows_wanted,
                seed=seed,
                category=category,
                locale=locale,
                plan=plan,
                by=by,
            )

    def drawable(self, run_id: str, *, category: str | None = None, locale: str | None = None) -> int:
        """How many rows of a run could be drawn into a lot."""
        with self._db.read() as connection:
            number = self._find(connection, run_id).number
            return lots.population(connection, number, category=category, locale=locale)

    def drawable_by_category(self, run_id: str) -> list[tuple[str, int]]:
        """The same for each category, the largest first."""
        with self._db.read() as connection:
            return lots.by_category(connection, self._find(connection, run_id).number)

    def readers(self, lot: str, project: str = DEFAULT_PROJECT) -> dict[str, int]:
        """Who has decided how many rows of a lot."""
        with self._db.read() as connection:
            return lots.readers(connection, lots.get(connection, lot, project).run, lot)

    def lot(self, lot: str, project: str = DEFAULT_PROJECT) -> tuple[Lot, LotCounts]:
        """A lot and how far it has been read. Raises UnknownName."""
        with self._db.read() as connection:
            found = lots.get(connection, lot, project)
            return found, lots.counts(connection, found.run, lot)

    def lots(self, run_id: str) -> list[tuple[Lot, LotCounts]]:
        """The lots of a run, oldest first."""
        with self._db.read() as connection:
            number = self._find(connection, run_id).number
            return [(lot, lots.counts(connection, number, lot.lot)) for lot in lots.of_run(connection, number)]

    def sign_lot(self, lot: str, certificate: Mapping[str, Any]) -> None:
        with self._db.write() as connection:
            lots.sign(connection, lot, certificate)

    # ---- inside -------------------------------------------------------------------------------------------------

    def _find(self, connection: sa.Connection, run_id: str, *, lock: bool = False) -> Any:
        """The row of a run by id or unique beginning, with the database's time as `now`."""
        query = sa.select(runs, self._db.now().label("now"))
        if lock:
            query = query.with_for_update()
        found = connection.execute(query.where(runs.c.run_id == run_id)).first()
        if found is not None:
            return found
        like: Sequence[Any] = ()
        if run_id:
            after = run_id + "\U0010ffff"
            like = connection.execute(query.where(runs.c.run_id >= run_id, runs.c.run_id <= after).limit(5)).all()
        if len(like) == 1:
            return like[0]
        near = [row.run_id for row in like] or connection.execute(
            sa.select(runs.c.run_id).order_by(runs.c.number.desc()).limit(20)
        ).scalars()
        raise UnknownName("run", run_id, near, kind_zh="运行")

    def _run_row(self, connection: sa.Connection, row: Any) -> RunRow:
        spent = connection.execute(sa.select(spend.c.currency, spend.c.nanos).where(spend.c.run == row.number))
        return RunRow(
            spec=_spec(row.spec),
            number=row.number,
            state=RunState(row.state),
            adoptable=row.adoptable,
            totals=counters.from_json(row.totals),
            spent={currency: nanos for currency, nanos in spent},  # noqa: C416 - rows are no pairs to mypy
            chunks=row.chunks,
            chunks_done=row.chunks_done,
            budget=_budget(row),
            stop_requested=row.stop_requested,
            error=row.error,
            created=row.created,
            started=row.started,
            finished=row.finished,
            live=_is_live(row),
            epoch=row.epoch,
            owner=row.owner,
            host=row.host,
            pid=row.pid,
            claimed=row.claimed,
            lease_until=row.lease_until,
        )

    def _take(self, connection: sa.Connection, row: Any, *, owner: str, lease_s: float, me: Holder) -> Lease:
        now = self._db.now()
        taken = connection.execute(
            sa.update(runs)
            .where(runs.c.number == row.number, runs.c.epoch == row.epoch)
            .values(
                epoch=row.epoch + 1,
                state=RunState.RUNNING.value,
                owner=owner,
                host=me.host,
                machine=me.machine,
                pid=me.pid,
                pid_started=me.pid_started,
                claimed=now,
                lease_until=now + lease_s,
                started=sa.func.coalesce(runs.c.started, now),
                finished=None,
                error=None,
                stop_requested=sa.case((runs.c.stop_requested == "cancel", "cancel"), else_=None),
            )
        )
        if taken.rowcount != 1:
            raise _held(row)
        self._put_back(connection, row.number)
        detail = f"{me.host}, process {me.pid}"
        if row.owner is not None:
            detail += f", from {row.owner} ({row.host}, process {row.pid})"
        self._record(connection, row.number, row.project, "claimed", by=owner, detail=detail)
        return Lease(run_id=row.run_id, number=row.number, epoch=row.epoch + 1, owner=owner, lease_s=lease_s)

    def _hold(self, connection: sa.Connection, lease: Lease) -> Any:
        """Keep the run's row locked to the end of the transaction. Raises LeaseLost."""
        row = connection.execute(sa.update(runs).where(_mine(lease)).values(epoch=runs.c.epoch).returning(runs)).first()
        if row is None:
            raise self._lost(connection, lease)
        return row

    def _lost(self, connection: sa.Connection, lease: Lease) -> LeaseLost:
        row = connection.execute(sa.select(runs).where(runs.c.number == lease.number)).first()
        if row is None or row.owner is None:
            return LeaseLost(f"run {lease.run_id} was stopped or released", zh=f"运行 {lease.run_id} 已被停止或释放")
        return LeaseLost(
            f"run {lease.run_id} is driven by process {row.pid} on {row.host} now",
            zh=f"运行 {lease.run_id} 现由主机 {row.host} 上的进程 {row.pid} 执行",
        )

    def _put_back(self, connection: sa.Connection, run: int, number: int | None = None) -> None:
        begun = sa.and_(chunks.c.run == run, chunks.c.state == ChunkState.RUNNING.value)
        if number is not None:
            begun = sa.and_(begun, chunks.c.number == number)
        connection.execute(sa.update(chunks).where(begun).values(state=ChunkState.READY.value))

    def _open_rows(self, connection: sa.Connection, run: int) -> list[Any]:
        """The open chunks of a run in order; sorted here, since ORDER BY leads SQLite through all chunks."""
        found = connection.execute(sa.select(chunks).where(chunks.c.run == run, chunks.c.state.in_(OPEN)))
        return sorted(found, key=lambda row: row.number)

    def _insert_chunks(
        self,
        connection: sa.Connection,
        run: int,
        project: str,
        new: Sequence[Chunk],
        *,
        generation: int = 0,
        counted: Sequence[Tally] | None = None,
    ) -> None:
        columns: dict[str, list[Any]] = {
            "number": [chunk.number for chunk in new],
            "first": [chunk.first for chunk in new],
            "rows": [chunk.rows for chunk in new],
            "ordinals": [_pack(chunk.ordinals) for chunk in new],
            "counted": [counters.to_json(tally) for tally in counted] if counted else [None] * len(new),
        }
        same = {"run": run, "project": project, "generation": generation, "attempt": 0, "state": "ready"}
        self._db.insert(connection, chunks, columns, same=same)

    def _commit_part(
        self, connection: sa.Connection, lease: Lease, project: str, chunk: Chunk, part: Part, generation: int
    ) -> str | None:
        """The path of the part that the chunk had before."""
        stored = StoredPart(part=replace(part, generation=generation), chunk=chunk.number)
        mine = _place_of(lease.number, stored)
        before = connection.execute(sa.select(parts.c.path).where(mine)).scalar()
        if before is not None:
            connection.execute(sa.delete(parts).where(mine))
        self._insert_part(connection, lease.number, project, stored)
        return cast("str | None", before)

    def _insert_part(self, connection: sa.Connection, run: int, project: str, stored: StoredPart) -> None:
        part = stored.part
        connection.execute(
            sa.insert(parts).values(
                run=run,
                generation=part.generation,
                first=part.first,
                last=last_ordinal(part),
                project=project,
                rows=part.rows,
                bytes=part.bytes,
                path=part.path,
                chunk=stored.chunk,
                merged=stored.merged,
            )
        )

    def _spend(self, connection: sa.Connection, number: int, run: Any, nanos: int, currency: str) -> None:
        if nanos:
            self._db.insert(
                connection,
                spend,
                {"currency": [currency or run.budget_currency or ""], "nanos": [nanos]},
                same={"run": number, "project": run.project},
                conflict="ON CONFLICT (run, currency) DO UPDATE SET nanos = spend.nanos + excluded.nanos",
            )

    def _record(
        self, connection: sa.Connection, run: int, project: str, kind: str, *, by: str, detail: str = ""
    ) -> None:
        connection.execute(
            sa.insert(events).values(run=run, project=project, at=self._db.now(), kind=kind, actor=by, detail=detail)
        )


def _place_of(run: int, stored: StoredPart) -> sa.ColumnElement[bool]:
    return sa.and_(parts.c.run == run, parts.c.generation == stored.part.generation, parts.c.first == stored.part.first)


def _is_live(row: Any) -> bool:
    if row.owner is None or row.lease_until <= row.now:
        return False
    return not is_gone(
        Holder(host=row.host or "", machine=row.machine or "", pid=row.pid or 0, pid_started=row.pid_started or "")
    )


def _held(row: Any) -> StoreError:
    seconds = max(round(row.now - (row.claimed or row.now)), 0)
    return StoreError(
        f"run {row.run_id} is driven by process {row.pid} on {row.host} since {seconds} s; "
        f"wait for it, or stop it with: goodsmith cancel {row.run_id}",
        zh=f"运行 {row.run_id} 正由主机 {row.host} 上的进程 {row.pid} 执行(已 {seconds} 秒);"
        f"请等待,或用 goodsmith cancel {row.run_id} 停止",
    )


def _holder(host: str | None, pid: int | None) -> Holder:
    me = this_process()
    if host is not None and host != me.host:
        return Holder(host=host, machine=host, pid=pid or 0, pid_started="")
    return me if pid is None else process_here(pid)


def _mine(lease: Lease) -> sa.ColumnElement[bool]:
    return sa.and_(runs.c.number == lease.number, runs.c.epoch == lease.epoch, runs.c.owner == lease.owner)


def _control(row: Any) -> RunControl:
    return RunControl(stop=row.stop_requested, budget=_budget(row))


def _budget(row: Any) -> Budget | None:
    return None if row.budget_nanos is None else Budget(nanos=row.budget_nanos, currency=row.budget_currency)


def _spec(text: str) -> RunSpec:
    return msgspec.json.decode(text, type=RunSpec)


def _chunk(row: Any) -> Chunk:
    return Chunk(
        number=row.number,
        first=row.first,
        rows=row.rows,
        attempt=row.attempt,
        ordinals=None if row.ordinals is None else _unpack(row.ordinals),
    )


def _ordinals(chunk: Chunk) -> Sequence[int]:
    return chunk.ordinals if chunk.ordinals is not None else range(chunk.first, chunk.first + chunk.rows)


def _count(folder: Path, made: Sequence[Part], chunk: Chunk, shared: SharedFolder | None) -> Tally:
    """What the totals hold for the rows of a retry as they are now."""
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.compute as pc  # noqa: PLC0415

    ordinals = _ordinals(chunk)
    near = [part for part in made if part.first <= ordinals[-1] and last_ordinal(part) >= ordinals[0]]
    statuses: list[str] = []
    codes: list[str | None] = []
    rules: list[str] = []
    for batch in results(folder, near, columns=["status", "error_code", "findings"], shared=shared):
        mine = batch.filter(pc.is_in(batch.column("ordinal"), value_set=pa.array(ordinals, pa.int64())))
        for row in mine.to_pylist():
            statuses.append(row["status"])
            codes.append(row.get("error_code"))
            rules += [finding["rule"] for finding in msgspec.json.decode(row.get("findings") or "[]")]
    return counters.count_rows(statuses, codes, rules)


def _groups(ordinals: Sequence[int], *, span: int) -> Iterator[list[int]]:
    group: list[int] = []
    for ordinal in ordinals:
        if group and (len(group) >= RETRY_ROWS or ordinal - group[0] >= span):
            yield group
            group = []
        group.append(ordinal)
    if group:
        yield group


def _pack(ordinals: Sequence[int] | None) -> bytes | None:
    if ordinals is None:
        return None
    packed = array.array("q", ordinals)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def _unpack(packed: bytes) -> tuple[int, ...]:
    ordinals = array.array("q")
    ordinals.frombytes(packed)
    if sys.byteorder == "big":
        ordinals.byteswap()
    return tuple(ordinals)


def _delete(path: Path) -> None:
    with contextlib.suppress(StoreError), disk(path):  # an orphan; the next compaction sweeps it
        path.unlink(missing_ok=True)
