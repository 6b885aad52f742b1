"""What a run will have cost at its end, told anew while it goes on: what is spent is exact, the rest follows from it.

Catalogs are sorted, so the rows made so far are not like the rest. Each chunk's size on disk is known beforehand, and a
chunk costs so much for a row and so much for a byte: that is fitted to the chunks that are committed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from goodsmith.records import Chunk, Tally

LEAST_ROWS: Final = 10  # made in this process, before anything is said
LEAST_CHUNKS: Final = 5  # committed, before sizes are weighed
_FLAT: Final = 1e-4  # chunks whose rows are all of one length teach nothing about bytes


class Outlook:
    """Of one run. open_chunks: those that are still to be made. columns: those that the recipe reads."""

    def __init__(self, snapshot: Path, columns: Collection[str], open_chunks: Sequence[Chunk]) -> None:
        sizes = _bytes_by_first(snapshot, frozenset(columns))
        self._open = {
            chunk.number: (chunk.rows, sizes.get(chunk.first, 0) if chunk.ordinals is None else 0)
            for chunk in open_chunks
        }
        self._seen: list[tuple[int, int, int]] = []  # rows, bytes, nanos

    def committed(self, chunk: Chunk, nanos: int) -> None:
        """A chunk is made to its end, and cost so much."""
        rows, size = self._open.pop(chunk.number, (0, 0))
        if rows and size:
            self._seen.append((rows, size, nanos))

    def cost_at_end(self, tally: Tally, live: Tally, total_rows: int) -> int | None:
        """tally: of the whole run; live: since this process began. Nanos; None while too little is known."""
        left = total_rows - tally.rows
        if left <= 0:
            return tally.cost_nanos
        if live.rows < LEAST_ROWS or tally.cost_unknown_calls:
            return None
        return tally.cost_nanos + round(self._rest(left) or left * live.cost_nanos / live.rows)

    def _rest(self, rows: int) -> float | None:
        """Of the rows that are left, by their bytes; None where those say nothing."""
        ahead, seen = list(self._open.values()), list(self._seen)  # commits come from another thread
        ahead_rows, ahead_bytes = (sum(each) for each in zip(*ahead, strict=True)) if ahead else (0, 0)
        if len(seen) < LEAST_CHUNKS or not ahead_bytes or not ahead_rows:
            return None
        rr, rb = sum(r * r for r, _, _ in seen), sum(r * b for r, b, _ in seen)
        bb = sum(b * b for _, b, _ in seen)
        rc, bc = sum(r * cost for r, _, cost in seen), sum(b * cost for _, b, cost in seen)
        determinant = rr * bb - rb * rb
        if determinant <= _FLAT * rr * bb:
            return None
        per_row, per_byte = (rc * bb - bc * rb) / determinant, (bc * rr - rc * rb) / determinant
        if per_byte < 0:
            return None
        if per_row < 0:
            per_row, per_byte = 0.0, sum(cost for _, _, cost in seen) / sum(b for _, b, _ in seen)
        return rows * (per_row + per_byte * ahead_bytes / ahead_rows)


def _bytes_by_first(snapshot: Path, columns: frozenset[str]) -> dict[int, int]:
    """First ordinal of each row group -> bytes of these columns, from the file's footer alone."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    sizes: dict[int, int] = {}
    first = 0
    with pq.ParquetFile(snapshot) as file:
        names = file.schema_arrow.names
        wanted = [place for place, name in enumerate(names) if name in columns]
        for number in range(file.metadata.num_row_groups):
            group = file.metadata.row_group(number)
            sizes[first] = sum(group.column(place).total_uncompressed_size for place in wanted)
            first += group.num_rows
    return sizes
