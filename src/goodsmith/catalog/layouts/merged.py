"""Cells merged downwards: what stands in the first of their rows holds for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from goodsmith.catalog.layouts.grid import Span
from goodsmith.catalog.notices import NoticeBoard
from goodsmith.records import Column

if TYPE_CHECKING:
    import pyarrow as pa


class FilledDown:
    """Fills merged cells while a sheet streams by. A merged block fills its first column only."""

    def __init__(self, spans: Iterable[Span], columns: Sequence[Column], board: NoticeBoard) -> None:
        self._board, self._columns = board, columns
        places = {column.index: place for place, column in enumerate(columns)}
        self._spans: dict[int, list[Span]] = {}  # by the column's place in the table, from top to bottom
        for span in sorted(spans, key=lambda span: span.top):
            if span.left in places:
                self._spans.setdefault(places[span.left], []).append(span)
        self._text: dict[int, str | None] = {}  # of the span that reaches into the next batch

    def fill(self, numbers: Sequence[int], arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        if not self._spans or not numbers:
            return arrays
        return [
            self._filled(place, numbers, array) if place in self._spans else array for place, array in enumerate(arrays)
        ]

    def _filled(self, place: int, numbers: Sequence[int], array: pa.Array) -> pa.Array:
        import pyarrow as pa  # noqa: PLC0415  # heavy

        spans = self._spans[place]
        texts: list[str | None] = []
        filled = first = 0
        for number, text in zip(numbers, array.to_pylist(), strict=True):
            while spans and spans[0].bottom < number:
                spans.pop(0)
                self._text.pop(place, None)
            if spans and spans[0].top <= number:
                if number == spans[0].top:
                    self._text[place] = text
                elif text is None and (held := self._text.get(place)) is not None:
                    text, filled, first = held, filled + 1, first or number  # noqa: PLW2901  # what the reader sees
            texts.append(text)
        if filled:
            self._board.add("merged_filled", column=self._columns[place].name, row=first, count=filled)
        return pa.array(texts, pa.string()) if filled else array
