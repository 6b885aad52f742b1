"""The chosen rows as they stand in the snapshots of the trial's runs, and what came of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from goodsmith.engines.order import rates_of
from goodsmith.engines.snapshot import Snapshot
from goodsmith.records import Budget, Chunk, Product, RunSpec
from goodsmith.runner.drive import Progress
from goodsmith.runner.planning import new_run_id
from goodsmith.runner.request import Plan
from goodsmith.runner.runs import Run, start
from goodsmith.runner.trying.known import Known
from goodsmith.selection import Keep
from goodsmith.settings import Settings
from goodsmith.store.parts import results
from goodsmith.trials.choosing import Choice, Chosen
from goodsmith.trials.tried import Tried, read_tried

if TYPE_CHECKING:
    import pyarrow as pa


class TriedRows:
    """Rows by their ordinal, which is the same in the runs of all models."""

    def __init__(self, chosen: Chosen, known: Sequence[Known]) -> None:
        self._known = known
        self._plain = {choice.source_row: choice for choice in chosen.choices if choice.part != "known"}
        self._hidden = {choice.source_row: choice for choice in chosen.choices if choice.part == "known"}
        self.choices: list[Choice] = []  # by ordinal
        self.products: list[Product] = []
        self.truths: list[Mapping[str, str]] = []  # by ordinal: column -> what was hidden

    def run(
        self,
        understood: Plan,
        spent: dict[str, int],
        *,
        settings: Settings,
        home: Path,
        on_progress: Callable[[Progress], None],
    ) -> Run:
        """Run the rows with one model. spent: by earlier models of this trial, by currency; this one's is added."""
        request = understood.request
        spec = replace(
            understood.spec,
            run_id=new_run_id(),
            trial=True,
            priority_column=None,
            budget=_left(request.budget, understood.spec, spent),
        )
        plain = replace(
            understood,
            spec=spec,
            request=replace(request, where="", sample=None, per=None, limit=None, priority=None),
        )
        run = start(plain, settings=settings, home=home, on_progress=on_progress, keep=self._keep())
        row = run.row
        if spec.currency:
            spent[spec.currency] = spent.get(spec.currency, 0) + row.totals.cost_nanos
        return run

    def read(self, understood: Plan, run: Run) -> dict[int, Tried]:
        """What a run made, by ordinal."""
        with run.store() as store:
            row = store.run(run.id)
            folder, shared = store.run_folder(run.id), store.shared(run.id)
            if not self.products:
                self.products = list(_products(Snapshot(folder, row.spec, shared=shared)))
            found = [
                read_tried(made, understood.recipe, row.spec.locales)
                for batch in results(folder, store.parts(run.id), shared=shared)
                for made in batch.to_pylist()
            ]
        return {tried.ordinal: tried for tried in found}

    def _keep(self) -> Keep:
        columns = list(dict.fromkeys(each.column for each in self._known))
        self.choices, self.truths = [], []

        def keep(batch: pa.RecordBatch) -> pa.RecordBatch:
            import pyarrow as pa  # noqa: PLC0415 - heavy

            rows = batch.column("_gs_row").to_pylist()
            plain = [at for at, row in enumerate(rows) if row in self._plain]
            hidden = [at for at, row in enumerate(rows) if row in self._hidden]
            self.choices += [self._plain[rows[at]] for at in plain] + [self._hidden[rows[at]] for at in hidden]
            taken = batch.take(pa.array(hidden, pa.int64()))
            self.truths += [{}] * len(plain)
            self.truths += [
                {name: text for name, text in truth.items() if text and text.strip()}
                for truth in taken.select(columns).to_pylist()
            ]
            for name in (*columns, "_gs_family", "_gs_family_fields"):  # what the variants share would tell it
                blank = pa.nulls(len(hidden), pa.string())
                taken = taken.set_column(taken.schema.get_field_index(name), name, blank)
            both = pa.Table.from_batches([batch.take(pa.array(plain, pa.int64())), taken.cast(batch.schema)])
            return both.combine_chunks().to_batches()[0] if both.num_rows else batch.slice(0, 0)

        return keep


def _left(budget: Budget | None, spec: RunSpec, spent: Mapping[str, int]) -> Budget | None:
    """What earlier models of the trial have left of the budget."""
    if budget is None:
        return None
    rates = rates_of(spec.rates)
    gone = sum(rates.convert(nanos, currency, budget.currency) for currency, nanos in spent.items())
    return Budget(nanos=max(1, budget.nanos - gone), currency=budget.currency)


def _products(snapshot: Snapshot) -> Iterator[Product]:
    first = 0
    while first < snapshot.rows:
        group = list(snapshot.products(Chunk(number=0, first=first, rows=0)))
        yield from group
        first += len(group)
    snapshot.close()
