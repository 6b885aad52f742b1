"""Rows as Parquet: source columns as text, outputs with their types, findings as a list of structs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from goodsmith.export.layout import OutputColumn
from goodsmith.export.plan import ExportPlan
from goodsmith.export.rows import Rows, sliced

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_PER_GROUP = 20_000


def write_parquet(
    plan: ExportPlan, columns: Sequence[OutputColumn], batches: Iterable[pa.RecordBatch], path: Path
) -> int:
    """zstd, one row group for about 20,000 rows. Returns the number of rows."""
    import pyarrow as pa  # noqa: PLC0415 (heavy)
    import pyarrow.parquet as pq  # noqa: PLC0415 (heavy)

    schema = _schema(plan, columns)
    count, waiting, waiting_rows = 0, [], 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in sliced(batches):
            rows = Rows(batch, plan)
            arrays = [array.cast(pa.string()) for array in rows.source]
            arrays += [_array(rows, column, schema.field(len(arrays) + at).type) for at, column in enumerate(columns)]
            waiting.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
            waiting_rows += rows.count
            if waiting_rows >= ROWS_PER_GROUP:
                writer.write_table(pa.Table.from_batches(waiting, schema))
                count, waiting, waiting_rows = count + waiting_rows, [], 0
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting, schema))
    return count + waiting_rows


def _schema(plan: ExportPlan, columns: Sequence[OutputColumn]) -> pa.Schema:
    import pyarrow as pa  # noqa: PLC0415 (heavy)

    types = {slot.spec.slot: slot.spec.type for slot in plan.slots}
    slot_types = {
        "list": pa.list_(pa.string()),
        "number": pa.float64(),
        "integer": pa.int64(),
        "boolean": pa.bool_(),
    }
    finding = pa.struct(
        [
            *((name, pa.string()) for name in ("rule", "severity", "slot", "locale", "en", "zh")),
            *((name, pa.int64()) for name in ("start", "end")),
        ]
    )
    counts = (
        "cost_nanos",
        "calls",
        "cached_calls",
        "retries",
        "repairs",
        "input_tokens",
        "output_tokens",
        "prefix_tokens",
    )

    def type_of(column: OutputColumn) -> pa.DataType:
        if column.role == "slot":
            return slot_types.get(types[column.slot], pa.string())
        if column.role == "findings":
            return pa.list_(finding)
        return pa.int64() if column.part in counts else pa.string()

    return pa.schema(
        [
            *((column.name, pa.string()) for column in plan.source.columns),
            *((column.heading, type_of(column)) for column in columns),
        ],
        metadata={
            "goodsmith.run": plan.run_id,
            "goodsmith.recipe": plan.recipe_name,
            "goodsmith.recipe_version": plan.recipe_version,
        },
    )


def _array(rows: Rows, column: OutputColumn, wanted: pa.DataType) -> pa.Array:
    import pyarrow as pa  # noqa: PLC0415 (heavy)
    import pyarrow.compute as pc  # noqa: PLC0415 (heavy)

    if column.role == "findings":
        return pa.array(rows.findings, wanted)
    if not rows.has(column.part) and column.role in {"trace", "receipts"}:
        return pa.nulls(rows.count, wanted)
    array = rows.array(column.part).cast(wanted)
    mask = rows.withheld(column.slot, column.locale) if column.role == "slot" else None
    return array if mask is None else pc.if_else(pa.array(mask), pa.scalar(None, wanted), array)
