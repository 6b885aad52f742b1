"""Which row names the columns, and how names become unique. Difficult headers get their own finder here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from goodsmith.catalog.notices import NoticeBoard
from goodsmith.errors import InputFileError
from goodsmith.records import Column

MAX_COLUMNS = 16_384  # what a spreadsheet can hold
RESERVED = "_gs_"  # our own columns start so


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Where the names are. row is 1-based as a spreadsheet shows it, 0 if the table has none."""

    row: int
    cells: tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """Cells to the right of all known columns: how far they reach, in how many rows, first in which."""

    width: int
    row: int
    last: int
    rows: int = 1

    def wider(self, width: int, row: int) -> Beyond:
        return Beyond(width=max(width, self.width), row=self.row, last=row, rows=self.rows + (row != self.last))


class Wider(InputFileError):
    """Rows far down have more cells than the first ones showed. `info()` has more columns now: read again."""

    def __init__(self, file: str) -> None:
        super().__init__(
            "rows further down have more cells than the first ones; read the file again",
            file=file, zh="后面的行比开头的行有更多单元格;请重新读取文件",
        )  # fmt: skip


def find_header(rows: Iterable[tuple[int, Sequence[str | None]]], *, asked: int | None = None) -> Header | None:
    """The header among the numbered first rows of a table: the asked one, or the first that is not blank.

    asked: 1-based row; 0 says that there is no header. None: there is none to be found.
    """
    if asked == 0:
        return Header(row=0, cells=())
    for number, cells in rows:
        if not is_blank(cells) and (asked is None or number == asked):
            return Header(row=number, cells=tuple(cells))
    return None


def no_header(file: str, *, asked: int | None, sheet: str | None = None) -> InputFileError:
    """The error for a table in which `find_header` finds none."""
    if asked:
        return InputFileError(
            "the header row that was asked for is blank or not there",
            file=file, sheet=sheet, row=asked, zh="指定的表头行为空或不存在",
        )  # fmt: skip
    if sheet is not None:
        return InputFileError(
            "the sheet is empty. Choose another with --sheet", file=file, sheet=sheet,
            zh="工作表是空的。可用 --sheet 选择其他工作表",
        )  # fmt: skip
    return InputFileError(
        "the file is empty; expected a header row and data", file=file, zh="文件是空的;需要表头和数据"
    )


def is_blank(cells: Sequence[str | None]) -> bool:
    return not any(cell and not cell.isspace() for cell in cells)


def used_width(cells: Sequence[str | None]) -> int:
    """How many cells there are up to the last that is not empty."""
    for index in range(len(cells) - 1, -1, -1):
        if cells[index]:
            return index + 1
    return 0


def name_columns(
    cells: Sequence[str | None], width: int, board: NoticeBoard, *, hidden: frozenset[int] = frozenset()
) -> tuple[Column, ...]:
    """Columns with names that are unique also where case does not count, as in SQL.

    A blank name becomes `column C`, the second `price` becomes `price (2)`. Line breaks in a name become spaces.
    """
    taken: set[str] = set()
    columns = []
    for index in range(max(width, len(cells))):
        written = (cells[index] if index < len(cells) else None) or ""
        wanted = re.sub(r"[\s\x00]+", " ", written).strip()
        if not wanted:
            wanted = f"column {letters(index)}"
            board.add("blank_header", column=None, detail=wanted)
        name, number = wanted, 1
        while name.casefold() in taken or name.casefold().startswith(RESERVED):
            number += 1
            name = (
                f"{wanted} ({number})" if not wanted.casefold().startswith(RESERVED) else f"source {wanted} ({number})"
            )
        if name != wanted:
            board.add("duplicate_header", detail=wanted)
        taken.add(name.casefold())
        columns.append(
            Column(name=name, index=index, hidden=index in hidden, written=written if written != name else "")
        )
    return tuple(columns)


def letters(index: int) -> str:
    """A column's name in a spreadsheet: 0 is A, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def column_index(name: str) -> int:
    """The place of a column by its name in a spreadsheet: A is 0, AA is 26."""
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - 64
    return number - 1


def too_wide(file: str, *, row: int, sheet: str | None = None) -> InputFileError:
    return InputFileError(
        f"more than {MAX_COLUMNS:,} columns. Is the separator right, or a quote left open?",
        file=file,
        sheet=sheet,
        row=row,
        zh=f"超过 {MAX_COLUMNS:,} 列。分隔符是否正确?是否有未闭合的引号?",
    )
