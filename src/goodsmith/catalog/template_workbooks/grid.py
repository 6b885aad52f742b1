"""The texts of a small workbook by place: sheet, row, column. Sheets are read when they are first asked for."""

from __future__ import annotations

from goodsmith.catalog.layouts.naming import column_index
from goodsmith.catalog.workbooks import sheet_xml
from goodsmith.catalog.workbooks.cell_texts import SHARED, CellTexts, string_place, text_within, value_within
from goodsmith.catalog.workbooks.sheet_xml import NotXml, Unusual
from goodsmith.catalog.workbooks.workbook import Sheet, Workbook
from goodsmith.errors import InputFileError

MAX_TEXTS = 3_000_000  # of all cells and shared strings together

Rows = dict[int, dict[int, str]]  # 1-based row -> 0-based column -> text; empty cells are not there


class Grid:
    """Reads sheets as wholes, so only for workbooks that are made to be filled, not for catalogs."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self._left = MAX_TEXTS
        self._sheets: dict[str, Rows] = {}
        self._formulas: dict[str, set[int]] = {}
        self._kinds = CellTexts(book.formats, from_1904=book.from_1904)
        self._strings: list[str] | None = None

    def rows(self, sheet: Sheet) -> Rows:
        """What stands in a sheet. A formula counts with its stored result."""
        if sheet.name not in self._sheets:
            self._read(sheet)
        return self._sheets[sheet.name]

    def formula_columns(self, sheet: Sheet, *, from_row: int) -> set[int]:
        """Columns that hold formulas in `from_row` or below."""
        self.rows(sheet)
        return {place % _WIDTH for place in self._formulas[sheet.name] if place // _WIDTH >= from_row}

    def _read(self, sheet: Sheet) -> None:
        rows: Rows = {}
        formulas: set[int] = set()
        strings = self._pool()
        for rewritten in (False, True):
            try:
                for piece in self.book.chunks(sheet, rewritten=rewritten):
                    self._take(sheet_xml.cells(piece), strings, rows, formulas)
                break
            except Unusual:
                rows.clear()
                formulas.clear()
        self._sheets[sheet.name], self._formulas[sheet.name] = rows, formulas

    def _take(
        self, chunk: list[tuple[str, str, str, str, str]], strings: list[str], rows: Rows, formulas: set[int]
    ) -> None:
        for letters, digits, attributes, stored, other in chunk:
            if not stored and not other:
                continue
            row, column = int(digits), column_index(letters)
            if "<f" in other:
                formulas.add(row * _WIDTH + column)
            kind = self._kinds[attributes]
            value = stored or value_within(other) or ""
            if not value:
                text = text_within(other, kind)
            elif kind is SHARED:
                place = string_place(value)
                if not 0 <= place < len(strings):
                    raise NotXml("a cell points to a text that the workbook does not have")
                text = strings[place]
            else:
                text = kind(value)
            if text:
                rows.setdefault(row, {})[column] = text
                self._count(1)

    def _pool(self) -> list[str]:
        if self._strings is None:
            self._strings = []
            for texts in self.book.strings():
                self._strings += texts
                self._count(len(texts))
        return self._strings

    def _count(self, texts: int) -> None:
        self._left -= texts
        if self._left < 0:
            raise InputFileError(
                f"more than {MAX_TEXTS:,} texts, which no platform's template has. Is it a catalog?",
                file=self.book.path.name,
                zh=f"文本超过 {MAX_TEXTS:,} 个,不像平台模板。这是商品表吗?",
            )


_WIDTH = 1 << 15  # columns of a row, for packing a place into one number
