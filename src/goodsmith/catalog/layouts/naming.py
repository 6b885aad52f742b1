"""How columns get names that are unique, and what their places are called in a spreadsheet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from goodsmith.catalog.notices import NoticeBoard
from goodsmith.errors import InputFileError
from goodsmith.records import Column

MAX_COLUMNS = 16_384  # what a spreadsheet can hold
RESERVED = "_gs_"  # our own columns start so


def name_columns(
    names: Iterable[tuple[int, str | None, str]], board: NoticeBoard, *, hidden: frozenset[int] = frozenset()
) -> tuple[Column, ...]:
    """Columns from their places, names and whole headings, with names that are unique also where case does not count.

    A blank name becomes `column C`, the second `price` becomes `price (2)`. Line breaks in a name become spaces.
    """
    taken: set[str] = set()
    columns = []
    for index, name, heading in names:
        wanted = re.sub(r"[\s\x00]+", " ", name or "").strip()
        if not wanted:
            wanted = f"column {letters(index)}"
            board.add("blank_header", detail=wanted)
        unique = _unique(wanted, taken)
        if unique != wanted:
            board.add("duplicate_header", detail=wanted)
        taken.add(unique.casefold())
        columns.append(
            Column(name=unique, index=index, hidden=index in hidden, written=heading if heading != unique else "")
        )
    return tuple(columns)


def named(cells: Sequence[str | None]) -> list[tuple[int, str | None, str]]:
    """Names that stand in one row, or come with a typed source."""
    return [(index, cell, cell or "") for index, cell in enumerate(cells)]


def _unique(wanted: str, taken: set[str]) -> str:
    base = f"source {wanted}" if wanted.casefold().startswith(RESERVED) else wanted
    name, number = wanted, 1
    while name.casefold() in taken or name.casefold().startswith(RESERVED):
        number += 1
        name = f"{base} ({number})"
    return name


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
