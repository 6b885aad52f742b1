"""One pass over a sheet that gives its rows as columns of displayed texts, with what a person should know of them.

Rows that are written in the usual way are read as a whole (`row_scan`), others cell by cell, and XML in another form is
rewritten first (`sheet_xml`): three ways with one meaning, from fast to slow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from goodsmith.catalog.layouts.grid import Beyond, Rows
from goodsmith.catalog.layouts.naming import MAX_COLUMNS, column_index, letters, too_wide
from goodsmith.catalog.notices import NoticeBoard
from goodsmith.catalog.workbooks import sheet_xml
from goodsmith.catalog.workbooks.cell_texts import (
    ERROR,
    SHARED,
    CellTexts,
    is_long,
    is_picture,
    string_place,
    text_within,
    value_within,
)
from goodsmith.catalog.workbooks.number_formats import Formatter
from goodsmith.catalog.workbooks.row_scan import MOST_COLUMNS, ColumnCells, RowScan
from goodsmith.catalog.workbooks.sheet_xml import NotXml, Unusual
from goodsmith.catalog.workbooks.strings import FewStrings, StringPool
from goodsmith.catalog.workbooks.workbook import Sheet, Workbook, hidden_rows
from goodsmith.records import Column

if TYPE_CHECKING:
    import pyarrow as pa

MAX_ROWS = 1_048_576  # of a sheet
MAX_CELLS = 500_000_000  # read from one sheet
MAX_TEXT_BYTES = 64 * 1024**3  # of all displayed texts: a short file can show one long text a million times
BATCH_BYTES = 32 * 1024**2
REMEMBERED = 50_000  # displayed texts of numbers, per format

_Made = tuple[Sequence[str | None] | None, Sequence[str | None] | None]  # places of shared texts, and own texts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What there is in a piece of a sheet at all."""

    formulas: bool
    inline: bool
    values: bool
    escapes: bool


class Scan:
    """Reads the rows below `after`, in the given columns."""

    def __init__(
        self,
        book: Workbook,
        sheet: Sheet,
        columns: Sequence[Column],
        *,
        after: int,
        beyond: Beyond,
        board: NoticeBoard,
        most_rows: int | None = None,
    ) -> None:
        self.book, self.sheet, self.columns = book, sheet, columns
        self.after, self.beyond, self.board, self.most_rows = after, beyond, board, most_rows
        self.kinds = CellTexts(book.formats, from_1904=book.from_1904)
        self.places = {column.index: place for place, column in enumerate(columns)}
        self.cells_read = self.text_bytes = self.rows_read = 0
        self.last_row = 0
        self.formulas: dict[int, list[int]] = {}  # place -> formulas with a value, those whose value is 0
        self._shown: dict[Formatter, _Shown] = {}
        self._kinds: dict[str, Formatter] = {}
        self._decorated: set[str] = set()  # attributes of texts that their format puts something around
        width = max((column.index for column in columns), default=0) + 1
        self._row_scan = RowScan(width) if width <= MOST_COLUMNS else None

    def rows(self) -> Iterator[Rows]:
        self.pool: StringPool | FewStrings = FewStrings(self.book) if self.most_rows else StringPool(self.book)
        try:
            for piece in self.book.chunks(self.sheet, rewritten=False):
                yield from self._take(piece)
                if self.most_rows and self.rows_read >= self.most_rows:
                    return
        except Unusual:
            for piece in self.book.chunks(self.sheet, rewritten=True):
                yield from self._take(piece)
                if self.most_rows and self.rows_read >= self.most_rows:
                    return
        for place, (made, zero) in self.formulas.items():
            if made == zero and made > 1 and not self.book.calculated:
                self.board.add("formulas_all_zero", column=self.columns[place].name, count=made)

    def _take(self, piece: str) -> Iterator[Rows]:
        """The rows of one piece of XML; those that were read before the XML turned out unusual are passed over."""
        found = self._row_scan.columns(piece) if self._row_scan else None
        if found is not None:
            yield from self._whole_rows(piece, *found)
        else:
            yield from self._single_cells(piece)

    # ---- rows as a whole ------------------------------------------------------------------------------------------

    def _whole_rows(
        self, piece: str, numbers: list[int], attributes: Sequence[str], cells: list[ColumnCells]
    ) -> Iterator[Rows]:
        start = self._start(numbers)
        self._count(len(numbers) * len(cells))
        hidden = hidden_rows(piece) if any('hidden="' in held for held in attributes) else []
        seen = _Seen(
            formulas="<f" in piece,
            inline="<is>" in piece,
            values="<v>" in piece,
            escapes="&" in piece or "_x" in piece or "\r" in piece,
        )
        made: dict[int, _Made] = {}
        for index, column in enumerate(cells):
            place = self.places.get(index)
            if place is not None:
                made[place] = self._column(column, numbers, place, start, seen)
            elif seen.values or seen.inline:
                self._note_others(column, numbers, index, start)
        yield from self._handed_on(numbers, [made[place] for place in range(len(self.columns))], start, hidden)

    def _column(self, cells: ColumnCells, numbers: Sequence[int], place: int, start: int, seen: _Seen) -> _Made:
        """Places of shared texts and own texts of one column; None where there are none at all."""
        attributes = set(cells.attributes)
        attributes.discard("")
        if not attributes:
            return None, [None] * len(numbers)
        kinds = {self._kind(held) for held in attributes}
        if (seen.formulas and any(cells.formulas)) or attributes & self._decorated:
            return self._mixed(cells, numbers, place, start)
        inline = seen.inline and any(cells.inline)
        if kinds == {SHARED}:
            return cells.values, None
        if kinds == {sheet_xml.plain}:
            texts = cells.inline if inline else cells.values
            if inline and any(cells.values):
                texts = [left or right for left, right in zip(cells.inline, cells.values, strict=True)]
            return None, _unescaped(texts) if seen.escapes else texts
        if len(kinds) == 1 and not inline:
            kind = next(iter(kinds))
            if kind is not ERROR and (kind not in self.kinds.numbers or max(map(len, cells.values)) <= 15):
                shown = self._shown.setdefault(kind, _Shown(kind))
                return None, [shown[value] for value in cells.values]
        return self._mixed(cells, numbers, place, start)

    def _kind(self, held: str) -> Formatter:
        """What a cell is, by its attributes as the scan of whole rows gives them."""
        kind = self._kinds.get(held)
        if kind is None:
            kind = self._kinds[held] = self.kinds[held[1:]]
            if held[1:] in self.kinds.around:
                self._decorated.add(held)
        return kind

    def _mixed(self, cells: ColumnCells, numbers: Sequence[int], place: int, start: int) -> _Made:
        ids: list[str | None] = []
        texts: list[str | None] = []
        each = zip(cells.attributes, cells.formulas, cells.values, cells.inline, numbers, strict=True)
        for at, (held, formula, value, inline, row) in enumerate(each):
            text: str | None = None
            own: str | None = None
            if (value or formula or inline) and at >= start:
                kind = self._kind(held)
                if kind is SHARED and not formula and held not in self._decorated:
                    own = value
                elif kind in self.kinds.numbers and not formula and len(value) <= 15:
                    text = kind(value)
                else:
                    other = f"<is><t>{inline}</t></is>" if inline else formula
                    if formula and value:
                        other += f"<v>{value}</v>"
                    text = self._text(kind, held[1:], "" if other else value, other, row, place)
            ids.append(own)
            texts.append(text)
        return ids if any(ids) else None, texts

    def _note_others(self, cells: ColumnCells, numbers: Sequence[int], index: int, start: int) -> None:
        """Cells in a column that has no name and had nothing in it in the first rows."""
        if not any(cells.values) and not any(cells.inline):
            return
        each = zip(numbers[start:], cells.values[start:], cells.inline[start:], strict=True)
        for row, value, inline in each:
            if value or inline:
                self.beyond.add(index, row)

    # ---- cell by cell ---------------------------------------------------------------------------------------------

    def _single_cells(self, piece: str) -> Iterator[Rows]:
        """Some million turns where a sheet is written in an unusual way: kept lean."""
        cells = sheet_xml.cells(piece)
        self._count(len(cells))
        order = {digits: at for at, digits in enumerate(dict.fromkeys(digits for _, digits, _, _, _ in cells))}
        numbers = [int(digits) for digits in order]
        start = self._start(numbers)
        kinds, places = self.kinds, {letters(index): place for index, place in self.places.items()}
        plain_numbers, around = kinds.numbers, kinds.around
        ids: list[list[str | None]] = [[None] * len(numbers) for _ in self.columns]
        texts: list[list[str | None]] = [[None] * len(numbers) for _ in self.columns]
        for letter, digits, attributes, value, other in cells:
            if not value and not other:
                continue
            at = order[digits]
            if at < start:
                continue
            place = places.get(letter)
            if place is None:
                self._note_beyond(letter, numbers[at], attributes, value, other)
                continue
            kind = kinds[attributes]
            plain = value and attributes not in around
            if plain and kind is SHARED:
                ids[place][at] = value
            elif plain and kind is not ERROR and (len(value) <= 15 or kind not in plain_numbers):
                texts[place][at] = kind(value)
            else:
                texts[place][at] = self._text(kind, attributes, value, other, numbers[at], place)
        yield from self._handed_on(numbers, list(zip(ids, texts, strict=True)), start, hidden_rows(piece))

    def _note_beyond(self, letter: str, row: int, attributes: str, value: str, other: str) -> None:
        if not value and not text_within(other, self.kinds[attributes]):
            return
        column = column_index(letter)
        if column >= MAX_COLUMNS:
            raise too_wide(self.book.path.name, row=row, sheet=self.sheet.name)
        self.beyond.add(column, row)

    # ---- one cell -------------------------------------------------------------------------------------------------

    def _text(self, kind: Formatter, attributes: str, value: str, other: str, row: int, place: int) -> str:
        """The text of a cell that is out of the ordinary: a formula, an error, an inline string, a long number."""
        name = self.columns[place].name
        if is_picture(attributes, other):
            self.board.add("pictures_in_cells", column=name, row=row)
            return ""
        if other:
            value = self._value_of(other, kind, row, place)
        if not value:
            text = text_within(other, kind)
        elif kind is SHARED:
            text = self.pool.text(string_place(value))
        else:
            if kind is ERROR:
                self.board.add("error_values", column=name, row=row, detail=value)
            elif kind in self.kinds.numbers and is_long(value):
                self.board.add("long_number", column=name, row=row)
            text = kind(value)
        before, after = self.kinds.around.get(attributes, ("", ""))
        return f"{before}{text}{after}" if text else ""

    def _value_of(self, other: str, kind: Formatter, row: int, place: int) -> str:
        value = value_within(other)
        if "<f" in other:
            if value:
                made = self.formulas.setdefault(place, [0, 0])
                made[0] += 1
                made[1] += value == "0"
            elif kind is not sheet_xml.plain:  # a text formula may well give an empty text
                self.board.add("formula_without_value", column=self.columns[place].name, row=row)
        return value or ""

    # ---- handing on -----------------------------------------------------------------------------------------------

    def _start(self, numbers: Sequence[int]) -> int:
        """The first place that is below the names and was not read before. Raises NotXml if rows are out of order."""
        start = 0
        for place, number in enumerate(numbers):
            if number <= self.after or number <= self.last_row:
                start = place + 1
            if place and number <= numbers[place - 1]:
                raise NotXml(f"row {number} stands where it cannot")
        if numbers and numbers[-1] > MAX_ROWS:
            raise NotXml(f"row {numbers[-1]} stands where it cannot")
        return start

    def _count(self, cells: int) -> None:
        self.cells_read += cells
        if self.cells_read > MAX_CELLS:
            raise self.book.package.harmful(f"more than {MAX_CELLS:,} cells", f"超过 {MAX_CELLS:,} 个单元格")

    def _handed_on(
        self,
        numbers: Sequence[int],
        columns: Sequence[_Made],
        start: int,
        hidden: Sequence[int],
    ) -> Iterator[Rows]:
        """The rows from `start` on, in several parts if their texts are long."""
        if numbers:
            self.last_row = max(self.last_row, numbers[-1])
        end = len(numbers) if self.most_rows is None else min(len(numbers), start + self.most_rows - self.rows_read)
        if start >= end:
            return
        self.rows_read += end - start
        pairs = [
            (
                None if ids is None else _ids(ids[start:end]),
                None if texts is None else _texts(texts[start:end]),
            )
            for ids, texts in columns
        ]
        shared = [(place, ids) for place, (ids, _) in enumerate(pairs) if ids is not None]
        if (missing := self.pool.missing([ids for _, ids in shared])) is not None:
            name = self.columns[shared[missing][0]].name
            raise NotXml(f"column {name!r} points to a text that the workbook does not have")
        size = sum(texts.nbytes for _, texts in pairs if texts is not None)
        size += self.pool.bytes_of([ids for _, ids in shared])
        self.text_bytes += size
        if self.text_bytes > MAX_TEXT_BYTES:
            limit = f"{MAX_TEXT_BYTES // 1024**3} GiB"
            raise self.book.package.harmful(f"more than {limit} of text", f"文本超过 {limit}")
        rows = end - start
        step = max(1, rows // (1 + size // BATCH_BYTES))
        for first in range(0, rows, step):
            part = numbers[start + first : min(end, start + first + step)]
            yield Rows(
                numbers=part,
                columns=[self._texts(ids, texts, first, len(part)) for ids, texts in pairs],
                hidden=frozenset(hidden).intersection(part) if hidden else (),
            )

    def _texts(self, ids: pa.Int64Array | None, texts: pa.StringArray | None, first: int, rows: int) -> pa.StringArray:
        import pyarrow.compute as pc  # noqa: PLC0415  # heavy

        own = texts.slice(first, rows) if texts is not None else None
        if ids is None:
            assert own is not None
            return own
        shared = self.pool.take(ids.slice(first, rows))
        return shared if own is None or own.null_count == rows else pc.coalesce(shared, own)


def _ids(values: Sequence[str | None]) -> pa.Int64Array:
    import pyarrow as pa  # noqa: PLC0415  # heavy

    try:
        return _texts(values).cast(pa.int64())
    except pa.ArrowInvalid:
        for value in values:
            if value:
                string_place(value)
        raise NotXml("a place of a text that is too large") from None


def _texts(values: Sequence[str | None]) -> pa.StringArray:
    import pyarrow as pa  # noqa: PLC0415  # heavy

    return pa.array([value or None for value in values] if "" in values else values, pa.string())


class _Shown(dict[str, str | None]):
    """What numbers look like in one format; catalogs repeat them."""

    def __init__(self, show: Formatter) -> None:
        super().__init__()
        self._show = show

    def __missing__(self, value: str) -> str | None:
        if len(self) >= REMEMBERED:
            self.clear()
        text = self[value] = (self._show(value) or None) if value else None
        return text


def _unescaped(texts: Sequence[str]) -> list[str]:
    plain = sheet_xml.plain
    return [plain(text) if "&" in text or "_x" in text or "\r" in text else text for text in texts]
