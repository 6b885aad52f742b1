"""The shared texts of a workbook: all of them in one compact array, or only those that some rows need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from goodsmith.catalog.workbooks.workbook import Workbook

if TYPE_CHECKING:
    import pyarrow as pa


class StringPool:
    """All shared texts, in an array that grows in place: joining arrays would need the memory twice."""

    def __init__(self, book: Workbook) -> None:
        import pyarrow as pa  # noqa: PLC0415  # heavy
        import pyarrow.compute as pc  # noqa: PLC0415

        words, ends, count = bytearray(), bytearray(8), 0
        self._has_empty = False
        for texts in book.strings():
            if not texts:
                continue
            array = pa.array(texts, pa.large_string())
            _, places, bytes_ = array.buffers()
            own_ends = pa.Array.from_buffers(pa.int64(), len(texts) + 1, [None, places]).slice(1)
            ends += memoryview(pc.add(own_ends, len(words)).buffers()[1])[: 8 * len(texts)]
            if own_ends[-1].as_py():
                words += memoryview(bytes_)[: own_ends[-1].as_py()]
            count += len(texts)
            self._has_empty = self._has_empty or "" in texts
        self._texts = pa.LargeStringArray.from_buffers(count, pa.py_buffer(ends), pa.py_buffer(words))
        self._count = count
        self._lengths = pc.binary_length(self._texts).cast(pa.int32())

    def text(self, place: int) -> str:
        return self._texts[place].as_py() or "" if 0 <= place < len(self._texts) else ""

    def missing(self, columns: Sequence[pa.Int64Array]) -> int | None:
        """The first of the columns that points to a text that is not there."""
        import pyarrow.compute as pc  # noqa: PLC0415  # heavy

        for column, places in enumerate(columns):
            bounds = pc.min_max(places)
            if (
                places.null_count < len(places)
                and not 0 <= bounds["min"].as_py() <= bounds["max"].as_py() < self._count
            ):
                return column
        return None

    def bytes_of(self, columns: Sequence[pa.Int64Array]) -> int:
        """How long the texts are together."""
        import pyarrow.compute as pc  # noqa: PLC0415  # heavy

        return sum(pc.sum(self._lengths.take(places)).as_py() or 0 for places in columns)

    def take(self, places: pa.Int64Array) -> pa.StringArray:
        """The texts in these places; null for an empty one."""
        import pyarrow as pa  # noqa: PLC0415  # heavy
        import pyarrow.compute as pc  # noqa: PLC0415

        texts = self._texts.take(places)
        if self._has_empty:
            texts = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.large_string()), texts)
        return texts.cast(pa.string())


class FewStrings:
    """Only the shared texts that are asked for: reading stops behind the last of them."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._known: dict[int, str] = {}

    def text(self, place: int) -> str:
        self._look_up({place})
        return self._known.get(place, "")

    def missing(self, columns: Sequence[pa.Int64Array]) -> int | None:
        wanted = [{place for place in places.to_pylist() if place is not None} for places in columns]
        self._look_up(set().union(*wanted))
        return next((column for column, places in enumerate(wanted) if not places <= self._known.keys()), None)

    def bytes_of(self, columns: Sequence[pa.Int64Array]) -> int:
        return sum(len(self._known[place]) for places in columns for place in places.to_pylist() if place is not None)

    def take(self, places: pa.Int64Array) -> pa.StringArray:
        import pyarrow as pa  # noqa: PLC0415  # heavy

        return pa.array(
            [place if place is None else self._known[place] or None for place in places.to_pylist()], pa.string()
        )

    def _look_up(self, wanted: set[int]) -> None:
        missing = wanted - self._known.keys()
        if missing:
            self._known |= self._book.strings_at(missing)
