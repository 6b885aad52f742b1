"""The rows of a run with all that was made of them, in the order of the source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from goodsmith.engines.chunks import result_table
from goodsmith.engines.snapshot import Snapshot
from goodsmith.export import ExportPlan, slots_of
from goodsmith.records import Part, Recipe, RunSpec, TableInfo
from goodsmith.settings import Settings
from goodsmith.store.parts import results
from goodsmith.store.shared import SharedFolder

if TYPE_CHECKING:
    import pyarrow as pa

TAKEN = ("key", "source_row", "family", "ordinal")  # stand in the snapshot already


def export_plan(
    spec: RunSpec, recipe: Recipe, *, settings: Settings, language: str = "en", trace: bool = False
) -> ExportPlan:
    """What an export of the run looks like."""
    return ExportPlan(
        source=msgspec.convert(spec.source_info, TableInfo),
        slots=slots_of(recipe, spec.locales),
        run_id=spec.run_id,
        recipe_name=spec.recipe_name,
        recipe_version=spec.recipe_version,
        key_column=spec.key_column,
        language="zh" if language.startswith("zh") else "en",
        source_sha256=spec.source_sha256,
        currency=spec.currency,
        trace=trace,
        memory_limit_bytes=settings.export_memory_bytes,
    )


def joined(
    folder: Path,
    spec: RunSpec,
    recipe: Recipe,
    parts: Callable[[], Sequence[Part]],
    *,
    shared: SharedFolder | None = None,
) -> Iterator[pa.RecordBatch]:
    """Snapshot and parts side by side: `_gs_*`, source columns, then the columns of the parts.

    parts: the run's parts as they are now; asked again when one has been compacted away meanwhile. A row that was not
    made yet has nulls in all columns of the parts. Source order; memory does not grow with the run.
    """
    in_ordinal_order = _join(folder, spec, recipe, parts, shared)
    if spec.priority_column is None and spec.family_column is None:
        yield from in_ordinal_order
        return
    yield from sorted_by_source(folder, in_ordinal_order)


def _join(
    folder: Path,
    spec: RunSpec,
    recipe: Recipe,
    parts: Callable[[], Sequence[Part]],
    shared: SharedFolder | None,
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.compute as pc  # noqa: PLC0415

    snapshot = Snapshot(folder, spec, shared=shared)
    made = results(folder, parts(), refresh=parts, shared=shared)
    nothing = result_table([], [], recipe, spec)
    waiting: list[pa.RecordBatch] = []
    held_to = -1
    try:
        for group in snapshot.groups():
            last = group.column("_gs_ordinal")[-1].as_py()
            while held_to < last and (batch := next(made, None)) is not None:
                waiting.append(batch)
                held_to = batch.column("ordinal")[-1].as_py()
            known = pa.Table.from_batches(waiting) if waiting else nothing
            place = pc.index_in(
                group.column("_gs_ordinal").combine_chunks(), value_set=known.column("ordinal").combine_chunks()
            )
            side = known.drop_columns([name for name in TAKEN if name in known.column_names]).take(place)
            both = group
            for name in side.column_names:
                both = both.append_column(name if name not in both.column_names else f"_gs_{name}", side.column(name))
            yield from both.combine_chunks().to_batches()
            rest = known.filter(pc.greater(known.column("ordinal"), last))
            waiting = rest.to_batches() if rest.num_rows else []
    finally:
        snapshot.close()


def sorted_by_source(folder: Path, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Through a file, because a run that follows a priority column has another order than its source."""
    import duckdb  # noqa: PLC0415 - heavy
    import pyarrow as pa  # noqa: PLC0415

    first = next(batches, None)
    if first is None:
        return
    scratch = folder / "sorting"
    scratch.mkdir(exist_ok=True)

    def all_of_them() -> Iterator[pa.RecordBatch]:
        yield first
        for batch in batches:
            yield batch.cast(first.schema) if batch.schema != first.schema else batch

    with duckdb.connect() as base:
        base.execute("SET memory_limit = '400MB'")
        base.execute("SET temp_directory = ?", [str(scratch)])
        base.register("joined", pa.RecordBatchReader.from_batches(first.schema, all_of_them()))
        yield from base.sql("SELECT * FROM joined ORDER BY _gs_row").to_arrow_reader(5_000)
