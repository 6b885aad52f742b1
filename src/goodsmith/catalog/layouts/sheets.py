"""Which sheet of a file is read: the one that is asked for, or the first visible one that looks like a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from goodsmith.errors import InputFileError, UnknownName


class AnySheet(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def hidden(self) -> bool: ...


Sheet = TypeVar("Sheet", bound=AnySheet)
Peeked = TypeVar("Peeked")


def choose_sheet(
    sheets: Sequence[Sheet],
    asked: str | None,
    look: Callable[[Sheet], tuple[Peeked, int, int]],
    *,
    file: str,
) -> tuple[Sheet, Peeked]:
    """The sheet and what `look` gave of it, besides the numbers of its rows and columns.

    Raises UnknownName for a sheet that is not there, InputFileError if all of them are hidden.
    """
    if asked is not None:
        sheet = named_sheet(sheets, asked)
        return sheet, look(sheet)[0]
    best: tuple[Sheet, Peeked, int] | None = None
    for sheet in sheets:
        if sheet.hidden:
            continue
        peeked, rows, columns = look(sheet)
        if columns >= 2 and rows >= 2:
            return sheet, peeked
        if best is None or (rows and not best[2]):
            best = (sheet, peeked, rows)
    if best is None:
        names = [sheet.name for sheet in sheets]
        raise InputFileError(
            f"all sheets are hidden. Choose one with --sheet: {', '.join(names)}",
            file=file, zh=f"所有工作表都是隐藏的。请用 --sheet 选择:{'、'.join(names)}",
        )  # fmt: skip
    return best[0], best[1]


def named_sheet(sheets: Sequence[Sheet], asked: str) -> Sheet:
    """A sheet by its name, or by its 1-based place among all."""
    for same in (str, lambda name: name.strip().casefold()):
        for sheet in sheets:
            if same(sheet.name) == same(asked):
                return sheet
    if asked.isdecimal() and 0 < int(asked) <= len(sheets):
        return sheets[int(asked) - 1]
    raise UnknownName("sheet", asked, [sheet.name for sheet in sheets], kind_zh="工作表")


def other_sheets(sheets: Sequence[Sheet], chosen: str | None) -> dict[str, list[str]]:
    """The sheets that are not read, by the code of the notice that says so."""
    return {
        code: names
        for code, hidden in (("other_sheets", False), ("hidden_sheets", True))
        if (names := [sheet.name for sheet in sheets if sheet.hidden == hidden and sheet.name != chosen])
    }
