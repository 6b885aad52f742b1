"""A look at the first rows of a source, without importing it: its columns, some products, and what is guessed.

Of a workbook only the first rows are parsed, and only the shared texts that they need are looked up.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from goodsmith.catalog.child import ChildFailed, ask_child
from goodsmith.catalog.importing import DEFAULT_MEMORY_LIMIT_BYTES
from goodsmith.catalog.layouts.grid import ReadAgain
from goodsmith.catalog.layouts.reader import ROW_COLUMN, SheetTable
from goodsmith.catalog.opening import ReadOptions, kind_of, open_table
from goodsmith.records import Notice, TableInfo

ROWS = 200
WHOLE = frozenset({"xls", "html", "spreadsheet_xml"})  # kinds that can only be read as wholes


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLook:
    """rows: the first products, by column; places: their `_gs_row`; total_rows: about how many there are in all."""

    info: TableInfo
    rows: Sequence[Mapping[str, str | None]]
    places: Sequence[int]
    notices: tuple[Notice, ...] = ()
    total_rows: int | None = None


def first_look(
    source: Any,
    options: ReadOptions | None = None,
    *,
    rows: int = ROWS,
    memory_limit_bytes: int = DEFAULT_MEMORY_LIMIT_BYTES,
) -> FirstLook:
    """Raises InputFileError for what cannot be read. Files that can only be read as wholes are read by a child."""
    options = options or ReadOptions()
    if kind_of(source) not in WHOLE:
        return look_at(open_table(source, options, most_rows=rows), rows)
    import msgspec  # noqa: PLC0415  # only where a child answers

    order = {"source": str(source), "options": asdict(options), "rows": rows}
    try:
        return msgspec.convert(ask_child(order, Path(source), memory_limit_bytes=memory_limit_bytes), FirstLook)
    except ChildFailed as failure:
        raise failure.error from None


def look_at(reader: Any, rows: int) -> FirstLook:
    """The first products that a reader gives."""
    taken: list[dict[str, Any]] = []
    for _ in range(3):  # sections and stray cells count from the second reading on
        taken.clear()
        with contextlib.suppress(ReadAgain):
            for batch in reader.batches():
                taken += batch.slice(0, max(0, rows - len(taken))).to_pylist()
                if len(taken) >= rows and not isinstance(reader, SheetTable):  # ends by itself
                    break
            break
    info = reader.info()
    return FirstLook(
        info=replace(info, warnings=()),
        places=[row.pop(ROW_COLUMN, place) for place, row in enumerate(taken)],
        rows=taken,
        notices=info.warnings,
        total_rows=reader.total_rows if isinstance(reader, SheetTable) else info.rows,
    )
