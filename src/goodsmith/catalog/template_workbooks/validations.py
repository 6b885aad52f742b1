"""The drop-downs and limits that a sheet puts on its cells, those of Excel 2010's extension included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from goodsmith.catalog.layouts.naming import column_index
from goodsmith.catalog.workbooks import sheet_xml
from goodsmith.catalog.workbooks.workbook import Sheet, Workbook

MAX_VALIDATIONS = 200_000
MAX_FORMULA_CHARACTERS = 8_192  # a spreadsheet's own limit
_AREA = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Z]{1,3})\$?([0-9]{1,7}))?")


@dataclass(frozen=True, slots=True)
class Area:
    """Cells of a sheet, both ends included. Rows are 1-based, columns 0-based."""

    top: int
    left: int
    bottom: int
    right: int

    def holds(self, row: int, column: int) -> bool:
        return self.top <= row <= self.bottom and self.left <= column <= self.right


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """One rule and the cells that it holds for."""

    type: str  # list, whole, decimal, date, time, textLength, custom
    operator: str
    first: str  # formula, without `=`
    second: str
    areas: tuple[Area, ...]
    open: bool  # other values are taken too, at most with a warning
    prompt: str  # what the sheet tells a person who stands on such a cell


def validations(book: Workbook, sheet: Sheet) -> tuple[Validation, ...]:
    """All rules of a sheet, in its order."""
    return tuple(_read(book, sheet))


def _read(book: Workbook, sheet: Sheet) -> Iterator[Validation]:
    found = sheet_xml.branches(book.package.pieces(sheet.part), frozenset({"dataValidation"}))
    for count, (_, attributes, texts) in enumerate(found):
        if count == MAX_VALIDATIONS:
            raise book.package.harmful(
                f"more than {MAX_VALIDATIONS:,} validations", f"数据有效性超过 {MAX_VALIDATIONS:,} 条"
            )
        areas = tuple(_areas(attributes.get("sqref") or texts.get("sqref", "")))
        if not areas or attributes.get("type", "none") == "none":
            continue
        shown = attributes.get("showErrorMessage") in {"1", "true"}
        yield Validation(
            type=attributes["type"],
            operator=attributes.get("operator", "between"),
            first=texts.get("formula1", "").strip()[:MAX_FORMULA_CHARACTERS],
            second=texts.get("formula2", "").strip()[:MAX_FORMULA_CHARACTERS],
            areas=areas,
            open=not shown or attributes.get("errorStyle", "stop") != "stop",
            prompt=sheet_xml.plain(attributes.get("prompt", "")),
        )


def _areas(references: str) -> Iterator[Area]:
    for reference in references.split():
        if match := _AREA.fullmatch(reference):
            left, top, right, bottom = match.groups()
            yield Area(
                int(top), column_index(left), int(bottom or top), column_index(right or left)
            )  # fmt: skip
