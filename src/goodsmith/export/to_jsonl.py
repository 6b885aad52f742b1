"""Rows as JSON Lines: source columns as text, outputs with their types, findings as objects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from goodsmith.export.layout import OutputColumn
from goodsmith.export.plan import ExportPlan
from goodsmith.export.rows import Rows, sliced

if TYPE_CHECKING:
    import pyarrow as pa


def write_jsonl(
    plan: ExportPlan, columns: Sequence[OutputColumn], batches: Iterable[pa.RecordBatch], path: Path
) -> int:
    """One object a line, UTF-8. Returns the number of rows."""
    encoder = msgspec.json.Encoder()
    names = [column.name for column in plan.source.columns] + [column.heading for column in columns]
    count = 0
    with path.open("wb") as file:
        for batch in sliced(batches):
            rows = Rows(batch, plan)
            table = [array.to_pylist() for array in rows.source] + [typed_values(rows, column) for column in columns]
            file.write(encoder.encode_lines(dict(zip(names, row, strict=True)) for row in zip(*table, strict=True)))
            count += rows.count
    return count


def typed_values(rows: Rows, column: OutputColumn) -> list[Any]:
    """The column as Python values, None where there is none."""
    if column.role == "slot":
        return rows.slot_values(column.part, column.slot, column.locale)
    if column.role == "findings":
        return rows.findings
    if column.role == "receipts":
        return rows.receipts
    return rows.values(column.part) if rows.has(column.part) else [None] * rows.count
