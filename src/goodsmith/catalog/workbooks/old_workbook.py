"""Old Excel workbooks (.xls, BIFF), read by xlrd: it knows number formats and hidden rows, so texts are as displayed.

It is read as a whole by a process with a memory limit; such a sheet has at most 65,536 rows and 256 columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodsmith.catalog.layouts.grid import Span
from goodsmith.catalog.layouts.memory import HeldSheet, Remark
from goodsmith.catalog.typed.values import number_text
from goodsmith.catalog.workbooks.cell_texts import is_long
from goodsmith.catalog.workbooks.number_formats import Formatter, make_formatter, make_text_formatter
from goodsmith.catalog.workbooks.package import damaged, encrypted

if TYPE_CHECKING:
    from xlrd.book import Book
    from xlrd.sheet import Sheet

ENDINGS = {".xls", ".xlt", ".et"}


def read_old_workbook(path: Path, *, encoding: str | None = None) -> tuple[HeldSheet, ...]:
    """All sheets. encoding: of files older than Excel 97, which name a code page that is often wrong.

    Raises InputFileError for a damaged or protected workbook.
    """
    import xlrd  # noqa: PLC0415  # only for such files

    try:
        with path.open("rb") as file:
            content = file.read()
        book = xlrd.open_workbook(
            file_contents=content, formatting_info=True, encoding_override=encoding, logfile=_Silence()
        )
        return tuple(_Reading(book, sheet).held() for sheet in book.sheets())
    except MemoryError:
        raise
    except Exception as error:  # a parser of hostile bytes: whatever it stumbles over is damage
        reason = str(error) or type(error).__name__
        if "encrypted" in reason.lower():
            raise encrypted(path) from error
        raise damaged(path, reason, reason) from error


class _Reading:
    def __init__(self, book: Book, sheet: Sheet) -> None:
        self._book, self._sheet = book, sheet
        self._from_1904 = book.datemode == 1
        self._numbers: dict[int, Formatter] = {}
        self._around: dict[int, tuple[str, str] | None] = {}
        self._remarks: list[Remark] = []

    def held(self) -> HeldSheet:
        sheet = self._sheet
        return HeldSheet(
            name=sheet.name,
            hidden=sheet.visibility != 0,
            rows=dict(self._rows()),
            spans=tuple(
                Span(top=top + 1, bottom=below, left=left, right=beyond - 1)
                for top, below, left, beyond in sheet.merged_cells
            ),
            hidden_rows=frozenset(row + 1 for row, info in sheet.rowinfo_map.items() if info.hidden),
            hidden_columns=frozenset(column for column, info in sheet.colinfo_map.items() if info.hidden),
            remarks=tuple(self._remarks),
        )

    def _rows(self) -> Iterator[tuple[int, list[str | None]]]:
        sheet = self._sheet
        for row in range(sheet.nrows):
            cells = [
                self._text(kind, value, row, column) or None
                for column, (kind, value) in enumerate(zip(sheet.row_types(row), sheet.row_values(row), strict=True))
            ]
            if any(cells):
                yield row + 1, cells

    def _text(self, kind: int, value: Any, row: int, column: int) -> str:
        from xlrd import XL_CELL_BOOLEAN, XL_CELL_DATE, XL_CELL_ERROR, XL_CELL_NUMBER, XL_CELL_TEXT  # noqa: PLC0415
        from xlrd.biffh import error_text_from_code  # noqa: PLC0415

        if kind == XL_CELL_TEXT:
            around = self._words(row, column) if value else None
            return f"{around[0]}{value}{around[1]}" if around else str(value)
        if kind in {XL_CELL_NUMBER, XL_CELL_DATE}:
            text = number_text(value)
            if kind == XL_CELL_NUMBER and is_long(text):
                self._remarks.append(Remark(code="long_number", row=row + 1, column=column))
            return self._formatter(row, column)(text)
        if kind == XL_CELL_BOOLEAN:
            return "TRUE" if value else "FALSE"
        if kind == XL_CELL_ERROR:
            text = str(error_text_from_code.get(value, "#N/A"))
            self._remarks.append(Remark(code="error_values", row=row + 1, column=column, detail=text))
            return text
        return ""

    def _formatter(self, row: int, column: int) -> Formatter:
        style = self._sheet.cell_xf_index(row, column)
        if style not in self._numbers:
            self._numbers[style] = make_formatter(self._code(style), from_1904=self._from_1904)
        return self._numbers[style]

    def _words(self, row: int, column: int) -> tuple[str, str] | None:
        style = self._sheet.cell_xf_index(row, column)
        if style not in self._around:
            self._around[style] = make_text_formatter(self._code(style))
        return self._around[style]

    def _code(self, style: int) -> str:
        format_ = self._book.format_map.get(self._book.xf_list[style].format_key)
        return format_.format_str if format_ is not None else "General"


class _Silence:
    """Where xlrd may write what it thinks of a file."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        pass
