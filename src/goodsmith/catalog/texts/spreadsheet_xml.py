"""The XML of Excel 2003 (`urn:schemas-microsoft-com:office:spreadsheet`), as ERP programs still write it under .xls."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.parsers import expat

from goodsmith.catalog.layouts.grid import Span
from goodsmith.catalog.layouts.memory import HeldSheet, Remark
from goodsmith.catalog.layouts.naming import MAX_COLUMNS, too_wide
from goodsmith.catalog.workbooks.number_formats import Formatter, make_formatter
from goodsmith.catalog.workbooks.package import damaged
from goodsmith.catalog.workbooks.serial_dates import serial_of

ENDINGS = {".xml", ".xls"}
NAMESPACE = b"urn:schemas-microsoft-com:office:spreadsheet"
PIECE_BYTES = 1024**2
MAX_ROWS = 1_048_576
# What the format names of that time mean as codes.
_NAMED = {
    "General": "General", "General Number": "General", "General Date": "yyyy/m/d h:mm", "Long Date": "yyyy年m月d日",
    "Medium Date": "dd-mmm-yy", "Short Date": "yyyy/m/d", "Long Time": "h:mm:ss", "Medium Time": "h:mm AM/PM",
    "Short Time": "h:mm", "Currency": "#,##0.00", "Euro Currency": "[$€]#,##0.00", "Fixed": "0.00",
    "Standard": "#,##0.00", "Percent": "0.00%", "Scientific": "0.00E+00",
}  # fmt: skip


def read_spreadsheet_xml(path: Path) -> tuple[HeldSheet, ...]:
    """All sheets. Raises InputFileError for damage and for a document type definition."""
    reading = _Reading(path)
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                reading.parser.Parse(piece, False)  # expat's own signature
        reading.parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise damaged(path, str(error), str(error)) from error
    return tuple(reading.sheets)


class _Reading:
    def __init__(self, path: Path) -> None:
        self._path = path
        self.sheets: list[HeldSheet] = []
        self._formats: dict[str, Formatter] = {}
        self._style = ""
        self._text: list[str] | None = None
        self._kind = ""
        self._sheet: dict[str, Any] = {}
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._start, self._end
        self.parser.CharacterDataHandler = self._characters

    def _refuse(self, *_: object) -> None:
        raise ValueError("a document type definition is not allowed")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        told = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        if local == "Style":
            self._style = told.get("ID", "")
        elif local == "NumberFormat" and self._style:
            code = told.get("Format", "General")
            self._formats[self._style] = make_formatter(_NAMED.get(code, code), from_1904=False)
        elif local == "Worksheet":
            self._begin_sheet(told.get("Name", f"sheet {len(self.sheets) + 1}"))
        elif local == "Column" and self._sheet:
            self._begin_column(told)
        elif local == "Row" and self._sheet:
            self._begin_row(told)
        elif local == "Cell" and self._sheet:
            self._begin_cell(told)
        elif local == "Data" and self._sheet:
            self._text, self._kind = [], told.get("Type", "String")
        elif local == "Visible" and self._sheet:
            self._text, self._kind = [], "Visible"

    def _end(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        if local == "Styles":
            self._style = ""
        elif local == "Data" and self._text is not None:
            self._put("".join(self._text))
            self._text = None
        elif local == "Visible" and self._text is not None:
            self._sheet["hidden"] = "".join(self._text).strip().startswith("SheetHidden") or self._sheet["hidden"]
            self._text = None
        elif local == "Worksheet" and self._sheet:
            self._end_sheet()

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _begin_sheet(self, name: str) -> None:
        self._sheet = {
            "name": name, "hidden": False, "rows": {}, "spans": [], "hidden_rows": set(), "hidden_columns": set(),
            "remarks": [],
        }  # fmt: skip
        self._row = self._column = self._listed = 0
        self._cell_style = self._row_style = ""

    def _begin_column(self, told: dict[str, str]) -> None:
        first = _number(told.get("Index"), self._listed + 1)
        self._listed = first + _number(told.get("Span"), 0)
        if told.get("Hidden") == "1":
            self._sheet["hidden_columns"].update(range(first - 1, min(self._listed, MAX_COLUMNS)))

    def _begin_row(self, told: dict[str, str]) -> None:
        row = _number(told.get("Index"), self._row + 1)
        if row <= self._row or row > MAX_ROWS:
            raise ValueError(f"row {row} stands where it cannot")
        self._row, self._column, self._row_style = row, 0, told.get("StyleID", "")
        if told.get("Hidden") == "1":
            self._sheet["hidden_rows"].add(row)

    def _begin_cell(self, told: dict[str, str]) -> None:
        self._place = _number(told.get("Index"), self._column + 1) - 1
        across, down = _number(told.get("MergeAcross"), 0), _number(told.get("MergeDown"), 0)
        self._column = self._place + across + 1
        if self._column > MAX_COLUMNS:
            raise too_wide(self._path.name, row=self._row, sheet=self._sheet["name"])
        self._cell_style = told.get("StyleID", self._row_style)
        if across or down:
            self._sheet["spans"].append(
                Span(top=self._row, bottom=self._row + down, left=self._place, right=self._place + across)
            )

    def _put(self, written: str) -> None:
        text = self._shown(written)
        if self._kind == "Error":
            remark = Remark(code="error_values", row=self._row, column=self._place, detail=text)
            self._sheet["remarks"].append(remark)
        if text and self._row:
            cells = self._sheet["rows"].setdefault(self._row, [])
            cells.extend([None] * (self._place + 1 - len(cells)))
            cells[self._place] = text

    def _shown(self, written: str) -> str:
        show = self._formats.get(self._cell_style) or self._formats.get("Default")
        if self._kind == "Boolean":
            return "TRUE" if written.strip() == "1" else "FALSE"
        if self._kind == "DateTime":
            serial = serial_of(written.strip(), from_1904=False)
            return (show or make_formatter("yyyy/m/d", from_1904=False))(serial) if serial else written
        if self._kind == "Number" and re.fullmatch(r"\s*[-+0-9.eE]+\s*", written):
            return (show or make_formatter("General", from_1904=False))(written.strip())
        return written

    def _end_sheet(self) -> None:
        held = self._sheet
        self.sheets.append(
            HeldSheet(
                name=held["name"],
                hidden=held["hidden"],
                rows=held["rows"],
                spans=tuple(held["spans"]),
                hidden_rows=frozenset(held["hidden_rows"]),
                hidden_columns=frozenset(held["hidden_columns"]),
                remarks=tuple(held["remarks"]),
            )
        )
        self._sheet = {}


def _number(written: str | None, instead: int) -> int:
    return int(written) if written and written.isdecimal() and len(written) < 8 else instead
