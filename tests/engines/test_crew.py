"""The row slots of one process: order, families, money, stops, bad rows, and what is handed back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from goodsmith.base.locales import parse_locales
from goodsmith.base.money import Wallet
from goodsmith.engines.crew import Crew
from goodsmith.errors import AccountProblem, BudgetExhausted, ContentRefused, LeaseLost, Overloaded, StoreError
from goodsmith.models.fake import FakeModel, Line
from goodsmith.models.gateway import Gateway
from goodsmith.models.prices import parse_price
from goodsmith.pipeline import Pipeline
from goodsmith.protocols import StopWord
from goodsmith.recipe import parse_recipe
from goodsmith.records import Budget, Chunk, ChunkDone, ModelRequest, RunSpec
from goodsmith.store.journal import Journal

RECIPE = """
recipe: one
fields: {name: {required: true}}
steps:
  - ask:
      instruction: Write in {{ locale.language }}.
      input: "Name: {{ name }}"
      output:
        title: {max: 20}
checks: [schema]
"""


@dataclass
class Desk:
    """The driver's side of a crew: chunks to hand out, commits that came back."""

    folder: Path
    rows: int = 12
    chunk_rows: int = 4
    family_rows: int = 1
    budget: Budget | None = None
    word: StopWord = ""
    begun: list[int] = field(default_factory=list)
    done: list[ChunkDone] = field(default_factory=list)

    def __post_init__(self) -> None:
        ordinals = range(self.rows)
        table = pa.table(
            {
                "_gs_ordinal": pa.array(ordinals, pa.int64()),
                "_gs_key": [f"K{number}" for number in ordinals],
                "_gs_row": pa.array(ordinals, pa.int64()),
                "_gs_family": [f"F{number // self.family_rows}" for number in ordinals],
                "name": [f"Lamp {number:02d}" for number in ordinals],
            }
        )
        pq.write_table(table, self.folder / "snapshot.parquet", row_group_size=self.chunk_rows)
        starts = range(0, self.rows, self.chunk_rows)
        self.waiting = [
            Chunk(number=number, first=first, rows=self.chunk_rows, attempt=1) for number, first in enumerate(starts)
        ]

    async def next_chunk(self) -> Chunk | None:
        if not self.waiting:
            return None
        chunk = self.waiting.pop(0)
        self.begun.append(chunk.number)
        return chunk

    async def commit(self, done: ChunkDone) -> None:
        self.done.append(done)

    def run(self, model: FakeModel, *, slots: int = 4, purse: Wallet | None = None, **gateway: Any) -> Crew:
        spec = RunSpec(
            run_id="r1",
            catalog="c",
            source="s",
            recipe_text=RECIPE,
            recipe_path="",
            recipe_version="0" * 12,
            recipe_name="one",
            model="fake/model",
            locales=("en-US",),
            mapping={"name": "name"},
            key_column=None,
            columns=("name",),
            budget=self.budget,
        )

        async def work() -> Crew:
            pipeline = Pipeline(
                parse_recipe(RECIPE),
                locales=parse_locales("en-US"),
                columns=spec.columns,
                answerer=Gateway(model, price=parse_price("in=1,out=1,currency=USD"), **gateway),
            )
            crew = Crew(
                pipeline,
                spec=spec,
                folder=self.folder,
                slots=slots,
                purse=purse or Wallet(),
                next_chunk=self.next_chunk,
                commit=self.commit,
                stop=lambda: self.word,
            )
            try:
                await crew.run()
            finally:
                await pipeline.close()
            return crew

        return asyncio.run(work())

    def statuses(self) -> dict[int, str]:
        found: dict[int, str] = {}
        for done in self.done:
            table = pq.read_table(self.folder / done.part.path)
            found |= dict(zip(table["ordinal"].to_pylist(), table["status"].to_pylist(), strict=True))
        return found

    def titles(self) -> list[str | None]:
        made: dict[int, str | None] = {}
        for done in self.done:
            table = pq.read_table(self.folder / done.part.path)
            made |= dict(zip(table["ordinal"].to_pylist(), table["title@en-US"].to_pylist(), strict=True))
        return [made[ordinal] for ordinal in sorted(made)]


@pytest.fixture
def desk(tmp_path: Path) -> Callable[..., Desk]:
    def made(**options: Any) -> Desk:
        return Desk(tmp_path, **options)

    return made


def names_it(request: ModelRequest) -> str:
    return json.dumps({"title": number_of(request)})


def number_of(request: ModelRequest) -> str:
    return "Lamp " + request.user.partition("Lamp ")[2][:2]


def on(number: str, line: Line) -> Line:
    """An answer for all, and another one for one row."""

    def said(request: ModelRequest) -> Any:
        if number_of(request) != f"Lamp {number}":
            return names_it(request)
        return line(request) if callable(line) else line

    return said


def test_every_row_is_made_once_and_stands_in_its_place(desk: Callable[..., Desk]) -> None:
    mine = desk()
    model = FakeModel(then=names_it, latency_s=0.001)
    crew = mine.run(model)
    assert mine.titles() == [f"Lamp {number:02d}" for number in range(12)]
    assert (model.asked, model.most_in_flight) == (12, 4)
    assert [done.final for done in mine.done] == [True] * 3
    assert crew.tally().rows == sum(done.tally.rows for done in mine.done) == 12


def test_chunks_are_begun_in_their_order_and_one_slow_row_holds_back_only_its_own(desk: Callable[..., Desk]) -> None:
    mine = desk()
    gate = asyncio.Event()

    class Slow(FakeModel):
        async def complete(self, request: ModelRequest, *, timeout_s: float) -> Any:
            if number_of(request) == "Lamp 01":
                await gate.wait()
            return await super().complete(request, timeout_s=timeout_s)

    async def commit(done: ChunkDone) -> None:
        mine.done.append(done)
        gate.set()  # not before another chunk is committed

    mine.commit = commit  # type: ignore[method-assign]
    mine.run(Slow(then=names_it))
    assert mine.begun == [0, 1, 2]
    assert mine.done[0].chunk.number != 0
    assert mine.titles() == [f"Lamp {number:02d}" for number in range(12)]


def test_a_bad_row_fails_alone(desk: Callable[..., Desk]) -> None:
    mine = desk()
    mine.run(FakeModel(then=on("05", ContentRefused("too hot"))))
    assert mine.statuses() == {number: "failed" if number == 5 else "done" for number in range(12)}


def test_an_error_that_nobody_foresaw_fails_its_row_and_no_other(
    desk: Callable[..., Desk], caplog: pytest.LogCaptureFixture
) -> None:
    mine = desk()
    mine.run(FakeModel(then=on("05", ZeroDivisionError("a bug of ours"))))
    assert mine.statuses() == {number: "failed" if number == 5 else "done" for number in range(12)}
    assert "row 5 failed" in caplog.text


def test_a_stop_commits_what_is_made_and_leaves_the_rest_open(desk: Callable[..., Desk]) -> None:
    mine = desk()

    def then_stop(request: ModelRequest) -> str:
        mine.word = "drain"
        return names_it(request)

    mine.run(FakeModel(then=on("05", then_stop), latency_s=0.001), slots=2)
    made = [number for number, status in mine.statuses().items() if status == "done"]
    assert {0, 1, 2, 3, 5} <= set(made)
    assert len(made) < 12
    assert {done.chunk.number: done.final for done in mine.done}[0] is True
    assert {done.chunk.number: done.final for done in mine.done}[1] is (len(made) >= 8)


def test_an_abort_writes_nothing_and_the_journal_keeps_what_came(desk: Callable[..., Desk]) -> None:
    mine = desk()

    class Lost(FakeModel):
        async def complete(self, request: ModelRequest, *, timeout_s: float) -> Any:
            if self.asked >= 2:
                mine.word = "abort"
                await asyncio.sleep(60)
            return await super().complete(request, timeout_s=timeout_s)

    with pytest.raises(LeaseLost):
        mine.run(Lost(then=names_it), slots=1)
    assert mine.done == []
    journal = Journal.open(mine.folder, 0, 2)
    assert journal.recovered_nanos > 0
    journal.close()


def test_an_account_problem_ends_the_crew_and_leaves_its_rows_open(desk: Callable[..., Desk]) -> None:
    mine = desk()
    with pytest.raises(AccountProblem):
        mine.run(FakeModel(then=on("05", AccountProblem("no credit"))), slots=1)
    assert {number for number, status in mine.statuses().items() if status == "done"} == {0, 1, 2, 3, 4}
    assert mine.statuses()[5] == "skipped"


def test_a_vendor_that_never_answers_is_an_account_problem_not_many_failed_rows(desk: Callable[..., Desk]) -> None:
    mine = desk()
    with pytest.raises(AccountProblem, match="has answered nobody"):
        mine.run(FakeModel(then=Overloaded("connection refused")), first_patience_s=0.3)
    assert mine.statuses() == {}


def test_a_short_budget_finishes_whole_families_in_their_order(desk: Callable[..., Desk]) -> None:
    mine = desk(rows=24, chunk_rows=12, family_rows=3, budget=Budget(nanos=1, currency="USD"))
    purse = Wallet(13_000_000, currency="USD")
    with pytest.raises(BudgetExhausted):
        mine.run(FakeModel(then=names_it, latency_s=0.001), purse=purse)
    made = [number for number, status in sorted(mine.statuses().items()) if status == "done"]
    assert 0 < len(made) < 24
    assert made == list(range(len(made)))
    assert len(made) % 3 == 0
    assert purse.spent_nanos <= 13_000_000
    assert purse.reserved_nanos == 0


def test_money_that_comes_back_is_waited_for(desk: Callable[..., Desk]) -> None:
    """The worst case of two rows covers one at a time; all the same both slots go on, one after the other."""
    mine = desk(budget=Budget(nanos=1, currency="USD"))
    purse = Wallet(6_000_000, currency="USD")
    mine.run(FakeModel(then=names_it, latency_s=0.001), purse=purse)
    assert set(mine.statuses().values()) == {"done"}


def test_a_commit_that_the_ledger_refuses_ends_the_crew(desk: Callable[..., Desk]) -> None:
    mine = desk()

    async def refuse(done: ChunkDone) -> None:
        raise StoreError("the disk is full")

    mine.commit = refuse  # type: ignore[method-assign]
    with pytest.raises(StoreError, match="full"):
        mine.run(FakeModel(then=names_it))


def test_a_second_attempt_buys_only_what_the_first_did_not_receive(desk: Callable[..., Desk]) -> None:
    mine = desk(rows=8, chunk_rows=8)
    with pytest.raises(AccountProblem):
        mine.run(FakeModel(then=on("05", AccountProblem("no credit"))), slots=1)
    mine.waiting = [Chunk(number=0, first=0, rows=8, attempt=2)]
    model = FakeModel(then=names_it)
    mine.run(model, slots=1)
    assert model.asked == 3
    assert mine.titles() == [f"Lamp {number:02d}" for number in range(8)]
    assert mine.done[-1].tally.calls == 8, "what the first attempt bought is on the bill of the chunk"
