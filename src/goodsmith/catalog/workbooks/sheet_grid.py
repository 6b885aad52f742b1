"""One sheet of an Excel workbook (.xlsx, .xlsm) as a grid: the displayed text of each cell, streamed from its XML."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from goodsmith.catalog.layouts.grid import HEAD_ROWS, PEEK_ROWS, Beyond, Cells, Head, Rows
from goodsmith.catalog.layouts.naming import column_index
from goodsmith.catalog.layouts.sheets import choose_sheet, other_sheets
from goodsmith.catalog.notices import NoticeBoard
from goodsmith.catalog.workbooks.cell_texts import SHARED, CellTexts, string_place, text_within
from goodsmith.catalog.workbooks.package import damaged
from goodsmith.catalog.workbooks.pictures import note_pictures
from goodsmith.catalog.workbooks.scan import Scan
from goodsmith.catalog.workbooks.sheet_xml import NotXml
from goodsmith.catalog.workbooks.tail import Tail, read_tail
from goodsmith.catalog.workbooks.workbook import Sheet, Workbook
from goodsmith.records import Column

WORKBOOK_NAMES = {".xlsx", ".xlsm", ".xltx", ".xltm"}

_Peek = tuple[dict[int, Cells], frozenset[int]]  # the first rows that are not empty, and the columns in use


class SheetGrid:
    """A sheet of a workbook: the asked one, or the first visible one that looks like a table.

    most_rows: how many rows are read at most; then only the shared texts that they need are looked up.
    """

    format = "xlsx"

    def __init__(self, path: Path, *, sheet: str | None = None, most_rows: int | None = None) -> None:
        self.path, self.file = path, path.name
        self.asked, self.most_rows = sheet, most_rows
        self.sheet: str | None = None
        self._tail = Tail()

    def head(self, wanted: Collection[int]) -> Head:
        with Workbook(self.path) as book:
            sheet, (rows, used) = self._chosen(book, wanted)
            self.sheet = sheet.name
            with _damage_reported(self.path, sheet.name):
                self._tail = read_tail(book.package, sheet.part)
                hidden = book.hidden_columns(sheet)
            return Head(
                rows=rows,
                used=used,
                spans=self._tail.spans,
                hidden_columns=hidden,
                total_rows=self._tail.rows or None,
            )

    def rows(self, columns: Sequence[Column], after: int, beyond: Beyond, board: NoticeBoard) -> Iterator[Rows]:
        with Workbook(self.path) as book:
            sheet = next(sheet for sheet in book.sheets if sheet.name == self.sheet)
            scan = Scan(book, sheet, columns, after=after, beyond=beyond, board=board, most_rows=self.most_rows)
            with _damage_reported(self.path, sheet.name):
                yield from scan.rows()

    def describe(self, board: NoticeBoard) -> Mapping[str, str]:
        if self.path.suffix.lower() not in WORKBOOK_NAMES:
            board.add("named_otherwise", column=self.path.suffix, detail="xlsx")
        with Workbook(self.path) as book:
            for code, names in other_sheets(book.sheets, self.sheet).items():
                board.add(code, detail=", ".join(names), count=len(names))
            sheet = next(sheet for sheet in book.sheets if sheet.name == self.sheet)
            with _damage_reported(self.path, sheet.name):
                note_pictures(book, sheet, self._tail.drawing, board)
        return {}

    def _chosen(self, book: Workbook, wanted: Collection[int]) -> tuple[Sheet, _Peek]:
        def look(sheet: Sheet) -> tuple[_Peek, int, int]:
            peeked = self._peek(book, sheet, wanted)
            return peeked, len(peeked[0]), len(peeked[1])

        return choose_sheet(book.sheets, self.asked, look, file=self.file)

    def _peek(self, book: Workbook, sheet: Sheet, wanted: Collection[int]) -> _Peek:
        with _damage_reported(self.path, sheet.name):
            return _peek(book, sheet, wanted)


@contextmanager
def _damage_reported(path: Path, sheet: str) -> Iterator[None]:
    try:
        yield
    except NotXml as error:
        raise damaged(path, f"sheet {sheet!r}: {error}", f"工作表 {sheet!r}:{error}") from error


def _peek(book: Workbook, sheet: Sheet, wanted: Collection[int]) -> _Peek:
    """The texts of the first rows and of the wanted ones, and which columns somewhat more rows use."""
    shown: dict[int, dict[int, str]] = {}
    strings: list[tuple[int, int, int]] = []
    seen: set[str] = set()
    used: set[int] = set()
    kinds = CellTexts(book.formats, from_1904=book.from_1904)
    for letter, digits, attributes, value, other in book.first_cells(sheet):
        if not value and not other:
            continue
        kind = kinds[attributes]
        text = None if kind is SHARED else kind(value) if value else text_within(other, kind)
        if text == "":
            continue
        seen.add(digits)
        if len(seen) > PEEK_ROWS:
            break
        column, number = column_index(letter), int(digits)
        used.add(column)
        if len(seen) > HEAD_ROWS and number not in wanted:
            continue
        row = shown.setdefault(number, {})
        if text is None:
            strings.append((number, column, string_place(value)))
        else:
            row[column] = text
    texts = book.strings_at({index for _, _, index in strings})
    for number, column, index in strings:
        if texts.get(index):
            shown[number][column] = texts[index]
    return {number: _spread(row) for number, row in shown.items() if row}, frozenset(used)


def _spread(cells: dict[int, str]) -> list[str | None]:
    row: list[str | None] = [None] * (max(cells) + 1)
    for column, text in cells.items():
        row[column] = text
    return row
