"""The life of a run, one call each: start, resume, cancel, retry, look, export."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from goodsmith.base.family_fields import variant_and_family
from goodsmith.engines.look_ups import LOOK_UPS, keep_look_ups
from goodsmith.engines.order import WorkOrder, open_pipeline
from goodsmith.engines.snapshot import SNAPSHOT
from goodsmith.errors import TemplateError, UsageError
from goodsmith.export import ExportReport, export_rows
from goodsmith.recipe import parse_recipe
from goodsmith.records import Budget, Product, Recipe, RowStatus, RunState
from goodsmith.runner.decided import decided
from goodsmith.runner.drive import Progress, drive
from goodsmith.runner.planning import selection_of
from goodsmith.runner.request import Plan
from goodsmith.runner.results import export_plan, joined
from goodsmith.selection import Keep, only_changed, write_snapshot
from goodsmith.settings import Settings, load_settings
from goodsmith.store import open_store
from goodsmith.store.ledger import RunRow, Store

if TYPE_CHECKING:
    import pyarrow as pa

EXIT_DONE: Final = 0
EXIT_FAILED_ROWS: Final = 1
EXIT_USAGE: Final = 2
EXIT_BUDGET: Final = 3
EXIT_CHECKS: Final = 4
EXIT_INTERRUPTED: Final = 130


@dataclass(frozen=True, slots=True)
class Run:
    """A run as a person holds it. Every look at it reads the ledger."""

    id: str
    settings: Settings
    home: Path

    @property
    def row(self) -> RunRow:
        with self.store() as store:
            return store.run(self.id)

    @property
    def state(self) -> RunState:
        return self.row.state

    @property
    def exit_code(self) -> int:
        return exit_code(self.row)

    @contextmanager
    def store(self) -> Iterator[Store]:
        store = open_store(self.home, self.settings.database_url, files_url=self.settings.files_url)
        try:
            yield store
        finally:
            store.close()

    def resume(
        self,
        *,
        budget: Budget | None = None,
        on_progress: Callable[[Progress], None] = lambda _: None,
        workers: int | None = None,
        concurrency: int | None = None,
    ) -> Run:
        """Go on where the run stopped; answers that were received are not bought again. budget: a new limit in all."""
        with self.store() as store:
            row = store.run(self.id)
            if row.state is RunState.CANCELLED:
                raise UsageError(
                    f"run {row.run_id} was cancelled; start a new run, its answers are taken from the cache",
                    zh=f"运行 {row.run_id} 已取消;请重新运行,已有回答会从缓存中取用",
                )
            if budget is not None:
                store.set_budget(row.run_id, budget)
            drive(
                store,
                row.run_id,
                settings=self.settings,
                on_progress=on_progress,
                workers=workers,
                concurrency=concurrency,
            )
        return self

    def pause(self) -> None:
        """Ask the driver to finish the calls in flight and stop; `resume` goes on."""
        with self.store() as store:
            store.request_stop(self.id, "pause")

    def cancel(self) -> None:
        """Ask the driver to finish the calls in flight and end the run for good. What was made can be exported."""
        with self.store() as store:
            store.request_stop(self.id, "cancel")

    def retry(
        self,
        *,
        statuses: frozenset[RowStatus] = frozenset({RowStatus.FAILED}),
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> int:
        """Make the rows with these statuses again; the new rows take the place of the old. How many there were."""
        with self.store() as store:
            rows = sum(chunk.rows for chunk in store.reopen_rows(self.id, statuses))
            if rows:
                drive(store, self.id, settings=self.settings, on_progress=on_progress)
        return rows

    def export(
        self,
        path: str | Path,
        *,
        to: str | None = None,
        language: str = "en",
        trace: bool = False,
    ) -> ExportReport:
        """Write the results. xlsx from xlsx: the source workbook with columns added on the right."""
        with self.store() as store:
            row = store.run(self.id)
            spec = row.spec
            recipe = parse_recipe(spec.recipe_text, path=spec.recipe_path)
            plan = export_plan(spec, recipe, settings=self.settings, language=language, trace=trace)
            return export_rows(plan, _results(store, row, recipe), path, format=to)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Source columns and results, in source order."""
        with self.store() as store:
            row = store.run(self.id)
            recipe = parse_recipe(row.spec.recipe_text, path=row.spec.recipe_path)
            yield from _results(store, row, recipe)


def start(
    plan: Plan,
    *,
    settings: Settings | None = None,
    home: Path | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
    queue: bool = False,
    keep: Keep | None = None,
) -> Run:
    """Freeze the selection, write the run into the ledger and work on it until it is done or stopped.

    queue: only write it; a worker takes it. keep: a last filter of the selected rows; None: `only_changed`, if asked.
    """
    settings = settings or load_settings()
    home = home or settings.home
    spec = plan.spec
    run = Run(spec.run_id, settings, home)
    with run.store() as store:
        folder = store.run_folder(spec.run_id)
        chunks = write_snapshot(
            Path(plan.import_path),
            folder / SNAPSHOT,
            selection=selection_of(plan.request, family=spec.family_column),
            mapping=plan.mapping,
            chunk_rows=settings.chunk_rows,
            families=plan.families,
            keep=keep or (_changed(plan, store, home) if plan.request.only_changed else None),
        )
        spec = replace(spec, rows=sum(chunk.rows for chunk in chunks))
        shared = store.shared(spec.run_id)
        if plan.look_ups:
            keep_look_ups(folder, plan.look_ups)
        if shared is not None:
            shared.give(SNAPSHOT)
            if plan.look_ups:
                shared.give(LOOK_UPS)
        store.create_run(spec, chunks, adoptable=queue)
        if queue:
            return run
        drive(
            store,
            spec.run_id,
            settings=settings,
            on_progress=on_progress,
            workers=plan.request.workers,
            concurrency=plan.request.concurrency,
        )
    return run


def open_run(run_id: str | None = None, *, settings: Settings | None = None, home: Path | None = None) -> Run:
    """A run by its id or the beginning of it; None: the latest. Raises UnknownName."""
    settings = settings or load_settings()
    home = home or settings.home
    store = open_store(home, settings.database_url, files_url=settings.files_url)
    try:
        row = store.run(run_id) if run_id else store.latest_run()
    finally:
        store.close()
    if row is None:
        raise UsageError(f"no run yet in {home}", zh=f"{home} 中还没有任何运行")
    return Run(row.run_id, settings, home)


def list_runs(*, settings: Settings, home: Path, limit: int = 20) -> list[RunRow]:
    """Newest first."""
    store = open_store(home, settings.database_url, files_url=settings.files_url)
    try:
        return store.runs(limit=limit)
    finally:
        store.close()


def exit_code(row: RunRow) -> int:
    """0 complete · 1 failed rows or nothing usable · 2 configuration · 3 budget · 4 checks · 130 interrupted."""
    if row.state is RunState.BUDGET:
        return EXIT_BUDGET
    if row.state is RunState.FAILED or (row.state is RunState.PAUSED and row.error):
        return EXIT_USAGE
    if row.state is not RunState.DONE:
        return EXIT_INTERRUPTED
    totals = row.totals
    if totals.failed or (row.spec.rows and not (totals.done or totals.review or totals.blocked)):
        return EXIT_FAILED_ROWS
    return EXIT_CHECKS if totals.blocked else EXIT_DONE


def _results(store: Store, row: RunRow, recipe: Recipe) -> Iterator[pa.RecordBatch]:
    """Source columns and results, as made and as decided."""
    folder, shared = store.run_folder(row.run_id), store.shared(row.run_id)
    made = joined(folder, row.spec, recipe, lambda: store.parts(row.run_id), shared=shared)
    return decided(made, store, row.spec, recipe)


def _changed(plan: Plan, store: Store, home: Path) -> Keep:
    """Keep the products whose used fields, conditions or checks differ from those of their last release."""
    spec = plan.spec
    pipeline = open_pipeline(
        WorkOrder(spec=spec, folder=home, concurrency=1, model_options=tuple(spec.model_options.items())),
        look_ups=plan.look_ups,
    )

    def used(row: dict[str, str | None]) -> dict[str, str]:
        try:
            return pipeline.inputs_hashes(_product(row, plan))
        except TemplateError:  # the run will say it of this row
            return dict.fromkeys(pipeline.tags, "")

    def keep(batch: pa.RecordBatch) -> pa.RecordBatch:
        import pyarrow as pa  # noqa: PLC0415 - heavy

        rows = [(row["_gs_key"] or "", used(row)) for row in batch.to_pylist()]
        pairs = [(key, tag) for key, wanted in rows for tag in wanted]
        heads = store.heads(spec.project, spec.catalog, spec.recipe_name, pairs)
        known = {pair: head.seen_hash or head.inputs_hash for pair, head in heads.items()}
        return batch.filter(pa.array(only_changed(rows, known).keep, pa.bool_()))

    return keep


def _product(row: dict[str, str | None], plan: Plan) -> Product:
    fields = {name: text or "" for name, text in row.items() if not name.startswith("_gs_")}
    fields |= {field: fields.get(column, "") for field, column in plan.spec.mapping.items()}
    mapped = list(plan.spec.mapping.items())
    fields, shared = variant_and_family(fields, row.get("_gs_family_fields"), int(row.get("_gs_row") or 0), mapped)
    return Product(ordinal=0, key=str(row.get("_gs_key") or ""), fields=fields, shared=shared)
