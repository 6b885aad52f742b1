"""Rows as CSV that Excel opens as UTF-8 and that runs nothing.

A text that a spreadsheet would run as a formula gets an apostrophe in front: one that starts, after blanks, with
`= + - @` (also in their full-width forms), a tab or a carriage return. Plain numbers (`-5`, `+86`, `1E5`, `-12.5%`) and
signs alone (`-`) stay as they are. `unguard` gives the text back, so a guarded key still finds its product.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from goodsmith.export.cells import Cell
from goodsmith.export.layout import OutputColumn, cells
from goodsmith.export.plan import ExportPlan
from goodsmith.export.rows import Rows, sliced

if TYPE_CHECKING:
    import pyarrow as pa


def guard(text: str) -> str:
    """`text` so that no spreadsheet takes it for a formula; `unguard` undoes it."""
    return f"'{text}" if _acts(text) else text


def unguard(text: str) -> str:
    """What `guard` was given."""
    return text[1:] if text.startswith("'") and _acts(text[1:]) else text


def write_csv(plan: ExportPlan, columns: Sequence[OutputColumn], batches: Iterable[pa.RecordBatch], path: Path) -> int:
    """UTF-8 with BOM, CRLF. Returns the number of rows."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([guard(column.name) for column in plan.source.columns] + [guard(c.heading) for c in columns])
        for batch in sliced(batches):
            rows = Rows(batch, plan)
            source: list[list[Cell]] = [array.to_pylist() for array in rows.source]
            table = [[_field(cell) for cell in column] for column in (*source, *cells(rows, columns, plan))]
            writer.writerows(zip(*table, strict=True))
            count += rows.count
    return count


def _field(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f"'{cell}" if _SUSPECT.match(cell) and _acts(cell) else cell
    return str(cell).upper() if isinstance(cell, bool) else repr(cell)


def _acts(text: str) -> bool:
    return _SUSPECT.match(text) is not None and _HARMLESS.fullmatch(text) is None


# An apostrophe in front of such a text counts too, so that a guarded text can be told from one that had an apostrophe.
_SUSPECT = re.compile(r"'*[\s\x00-\x20\u200b-\u200f\u2060\ufeff]*?[=+\-@\uff1d\uff0b\uff0d\uff20\t\r]")
_HARMLESS = re.compile(r"[ ]*(?:[+\-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][+\-]?\d+)?%?|[+\-]+)[ ]*")
