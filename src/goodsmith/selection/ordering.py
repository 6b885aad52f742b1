"""Puts wide rows into order on disk: dealt into files by their places, then sorted file by file.

DuckDB would sort them too, but its memory limit does not hold for long texts (a million rows took 530 MB under a limit
of 256), and under a small one it did not come to an end.
"""

from __future__ import annotations

import bisect
import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

PLACE = "_gs_place"  # 1-based
MAX_FILES = 128
FILE_ROWS = 16_384  # so many rows are sorted in memory, more if there would be too many files
_HAND_ROWS = 8_192  # dealt at once


def in_order(batches: Iterable[pa.RecordBatch], *, rows: int, folder: Path) -> Iterator[pa.RecordBatch]:
    """The same rows by `_gs_place`, without that column. rows: how many there are at most."""
    import pyarrow as pa  # noqa: PLC0415  -- heavy

    file_rows = max(FILE_ROWS, -(-rows // MAX_FILES))
    with contextlib.ExitStack() as stack:
        piles: dict[int, _Pile] = {}
        for hand in _hands(batches):
            ordered = hand.take(_order(hand.column(PLACE)))
            numbers = [(place - 1) // file_rows for place in ordered.column(PLACE).to_pylist()]
            start = 0
            while start < len(numbers):
                number = numbers[start]
                end = bisect.bisect_right(numbers, number, start)
                if number not in piles:
                    piles[number] = _Pile(folder / f"pile-{number}.arrow", ordered.schema, stack)
                piles[number].add(ordered.slice(start, end - start))
                start = end
        for number in sorted(piles):
            table = piles.pop(number).read()
            table = table.take(_order(table.column(PLACE))).drop_columns([PLACE])
            yield from table.to_batches(max_chunksize=2_048)
            del table
            pa.default_memory_pool().release_unused()


def _hands(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    import pyarrow as pa  # noqa: PLC0415  -- heavy

    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        if rows >= _HAND_ROWS:
            yield pa.Table.from_batches(held)
            held, rows = [], 0
    if rows:
        yield pa.Table.from_batches(held)


class _Pile:
    """Rows of one range of places, in a file. Nothing is held: a slice in memory keeps its whole batch alive."""

    def __init__(self, path: Path, schema: pa.Schema, stack: contextlib.ExitStack) -> None:
        import pyarrow as pa  # noqa: PLC0415  -- heavy

        self._path = path
        sink = stack.enter_context(pa.OSFile(str(path), "wb"))
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        self._writer = stack.enter_context(pa.ipc.new_stream(sink, schema, options=options))

    def add(self, rows: pa.Table) -> None:
        self._writer.write_table(rows)

    def read(self) -> pa.Table:
        import pyarrow as pa  # noqa: PLC0415  -- heavy

        self._writer.close()
        with pa.OSFile(str(self._path)) as source, pa.ipc.open_stream(source) as reader:
            table = reader.read_all()
        self._path.unlink()
        return table


def _order(places: Any) -> Any:
    import pyarrow.compute as pc  # noqa: PLC0415  -- heavy

    return pc.array_sort_indices(places)
