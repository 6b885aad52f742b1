"""Rows that are no products and are set apart: section titles, totals, names repeated on each page, notes at the end.

What a row is must be sure: a row with a single cell that might be a product stays one, with a notice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from goodsmith.catalog.layouts.kinds import Kind, fits, kind_of
from goodsmith.catalog.layouts.words import TOTAL, is_note, is_total
from goodsmith.catalog.notices import NoticeBoard

if TYPE_CHECKING:
    import pyarrow as pa

WIDTH = 3  # columns that a table needs before a row with one cell means anything
SHOWN = 60  # characters of a title in a notice
LABEL_COLUMNS = 6  # in which the label of a total is looked for

What = Literal["product", "section", "total", "note", "repeated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the first rows showed of a table, by which its other rows are judged. Places are those in `names`."""

    names: Sequence[str]
    body: Mapping[int, Kind] = field(default_factory=dict)
    filled: float = 0.0  # cells of a usual row
    wide_rows: frozenset[int] = frozenset()  # rows with one cell over most of the table


@dataclass(slots=True)
class Sorted:
    """A batch, sorted: which rows are products, and the section that each row stands in."""

    products: pa.BooleanArray
    sections: pa.StringArray | None


@dataclass(slots=True)
class RowSorter:
    """Sorts the rows of one table, batch by batch."""

    shape: Shape
    board: NoticeBoard
    section: str | None = None  # the title that counts now
    _waiting: list[tuple[int, str]] = field(default_factory=list)  # titles that no product has followed yet

    def sort(self, numbers: Sequence[int], columns: Sequence[pa.StringArray], counts: pa.Int32Array) -> Sorted | None:
        """None: all rows are products, and none of them stands in a section. counts: filled cells of each row."""
        import pyarrow as pa  # noqa: PLC0415  # heavy

        doubtful = self._doubtful(columns, counts)
        if not doubtful and self.section is None:
            return None
        products = [True] * len(numbers)
        titles: list[str | None] = []
        start = 0
        for place in doubtful:
            cells = {
                column: text
                for column, array in enumerate(columns)
                if (text := array[place].as_py()) and not text.isspace()
            }
            number = numbers[place]
            what = self._what(number, cells)
            if place > start or what == "product":
                self._settle("section_rows")
            if what == "product":
                continue
            products[place] = False
            titles += [self.section] * (place - len(titles))
            start = place + 1
            self._note(what, number, next(iter(cells.values())))
        if len(numbers) > start:
            self._settle("section_rows")
        titles += [self.section] * (len(numbers) - len(titles))
        return Sorted(
            products=pa.array(products, pa.bool_()),
            sections=pa.array(titles, pa.string()) if any(titles) else None,
        )

    def finish(self) -> None:
        """Titles at the end that stand over nothing were notes."""
        self._settle("note_rows")

    def _settle(self, code: str) -> None:
        for number, title in self._waiting:
            self.board.add(code, row=number, detail=title)
        self._waiting.clear()

    def _doubtful(self, columns: Sequence[pa.StringArray], counts: pa.Int32Array) -> list[int]:
        """Places of the rows that must be looked at one by one."""
        import pyarrow.compute as pc  # noqa: PLC0415

        if len(columns) < 2 or not len(columns[0]):
            return []
        label = pc.coalesce(*columns[:LABEL_COLUMNS])
        short = pc.less_equal(pc.utf8_length(label), 40)
        odd = pc.and_(short, pc.match_substring_regex(label, rf"^\s*(?:{TOTAL})", ignore_case=True))
        if len(columns) >= WIDTH:
            odd = pc.or_kleene(odd, pc.less_equal(counts, 1))
        if self.shape.names and self.shape.names[0]:
            odd = pc.or_kleene(odd, pc.equal(columns[0], self.shape.names[0]))
        places: list[int] = pc.indices_nonzero(pc.fill_null(odd, False)).to_pylist()
        return places

    def _what(self, number: int, cells: Mapping[int, str]) -> What:
        if not cells:
            return "product"
        same = sum(
            column < len(self.shape.names) and self.shape.names[column] == text for column, text in cells.items()
        )
        if same >= 2 and same * 5 >= len(cells) * 4:
            return "repeated"
        label, *rest = cells.values()
        if is_total(label) and all(_is_amount(text) for text in rest):
            return "total"
        if len(cells) > 1:
            return "product"
        if self._stands_alone(number, next(iter(cells)), label):
            return "note" if is_note(label) else "section"
        self.board.add("lonely_rows", row=number, detail=_shown(label))
        return "product"

    def _stands_alone(self, number: int, column: int, text: str) -> bool:
        """Whether a row's only cell cannot be a product's."""
        if number in self.shape.wide_rows:
            return True
        if self.shape.filled < WIDTH or column > 1:
            return False
        kind = self.shape.body.get(column)
        return kind is not None and kind != "flag" and not fits(text, kind)

    def _note(self, what: What, number: int, text: str) -> None:
        if what == "section":
            self.section = " ".join(text.split()).strip(_ORNAMENTS) or text.strip()
            self._waiting.append((number, _shown(text)))
        else:
            self.board.add(f"{what}_rows", row=number, detail=_shown(text))


_ORNAMENTS = "-–—=~*#_|>·•■□◆◇●○▲△▼★☆【】[]《》 "  # around a title


def wide_rows(spans: Collection[tuple[int, int, int]], width: int) -> frozenset[int]:
    """Rows in which one cell covers at least half of the table. spans: row, first and last column, one row high."""
    return frozenset(row for row, left, right in spans if (right - left + 1) * 2 >= width and right > left)


def _is_amount(text: str) -> bool:
    return kind_of(text) in {"number", "flag"} or len(text.strip()) <= 4 or text.startswith(("=", "#"))


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
