"""What a workbook says about itself: its sheets, number formats, shared strings, and the cells of a sheet in pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from goodsmith.catalog.layouts.naming import MAX_COLUMNS
from goodsmith.catalog.layouts.sheets import named_sheet
from goodsmith.catalog.workbooks import sheet_xml
from goodsmith.catalog.workbooks.format_codes import BUILT_IN
from goodsmith.catalog.workbooks.package import Package, damaged
from goodsmith.catalog.workbooks.sheet_xml import NotXml, Unusual
from goodsmith.errors import InputFileError

MAX_FORMAT_CHARACTERS = 1_000  # a spreadsheet allows 255

_SHEET_PARTS = frozenset({"worksheet", "cols", "col", "sheetData", "row", "c", "v", "f", "is", "t", "r", "rPh"})
_STRING_PARTS = frozenset({"sst", "si", "t", "r", "rPh"})
_HIDDEN_ROW = re.compile(r'<row (?=[^>]*\bhidden="(?:1|true)")[^>]*?\br="([0-9]+)"')
_COL = re.compile(r"<col\s([^>]*?)/?>")
_ATTRIBUTE = re.compile(r'([A-Za-z]+)="([^"]*)"')


def hidden_rows(rows: str) -> list[int]:
    """Numbers of the hidden rows in a piece of a sheet."""
    return [int(row) for row in _HIDDEN_ROW.findall(rows)] if 'hidden="' in rows else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    name: str
    part: str
    hidden: bool


class Workbook:
    """What a workbook says about its sheets, styles and strings."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.package = Package(path)
        try:
            self._open()
        except NotXml as error:
            self.package.close()
            raise damaged(path, str(error), str(error)) from error
        except BaseException:
            self.package.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.package.close()

    def named(self, asked: str) -> Sheet:
        """A sheet by its name, or by its 1-based place among all."""
        return named_sheet(self.sheets, asked)

    def hidden_columns(self, sheet: Sheet) -> frozenset[int]:
        try:
            head, _, _ = next(self._head(sheet, rewritten=False))
        except Unusual:
            head, _, _ = next(self._head(sheet, rewritten=True))
        hidden: set[int] = set()
        for attributes in _COL.findall(sheet_xml.decoded(head)):
            named = dict(_ATTRIBUTE.findall(attributes))
            if named.get("hidden") in {"1", "true"}:
                hidden.update(range(_number(named, "min", 1) - 1, min(_number(named, "max", 1), MAX_COLUMNS)))
        return frozenset(hidden)

    def all_names(self) -> tuple[str, ...]:
        """The names of all sheets, also of chart sheets, which defined names count with."""
        return tuple(attributes.get("name", "") for _, _, attributes in self._elements(self._main, "sheet"))

    def defined_names(self) -> Iterator[tuple[str, str, str]]:
        """Sheet ("" for the whole workbook), name and formula of each."""
        names = self.all_names()
        found = sheet_xml.branches(self.package.pieces(self._main), frozenset({"definedName"}))
        for _, attributes, texts in found:
            place = attributes.get("localSheetId", "")
            sheet = names[int(place)] if place.isdecimal() and int(place) < len(names) else ""
            yield sheet, attributes.get("name", ""), texts.get("", "").strip()

    def chunks(self, sheet: Sheet, *, rewritten: bool) -> Iterator[str]:
        """The XML of a sheet's rows in pieces of whole rows. Raises Unusual if it must be read rewritten."""
        try:
            for _, rows, _ in self._head(sheet, rewritten=rewritten):
                yield sheet_xml.decoded(rows)
        except Unusual:
            if rewritten:
                raise NotXml("cells that no spreadsheet writes") from None
            raise

    def first_cells(self, sheet: Sheet) -> list[sheet_xml.Cell]:
        """The cells of the first piece."""
        try:
            return sheet_xml.cells(next(self.chunks(sheet, rewritten=False)))
        except Unusual:
            return sheet_xml.cells(next(self.chunks(sheet, rewritten=True)))

    def strings(self) -> Iterator[list[str]]:
        """The shared strings in order, some thousand at a time."""
        part = self._strings_part
        if part is None:
            return
        given = 0
        try:
            for texts in self._strings(part, rewritten=False):
                given += len(texts)
                yield texts
        except Unusual:
            for texts in self._strings(part, rewritten=True):
                passed = min(given, len(texts))
                given -= passed
                yield texts[passed:]

    def _strings(self, part: str, *, rewritten: bool) -> Iterator[list[str]]:
        pieces = self.package.pieces(part)
        if rewritten:
            pieces = sheet_xml.usual(pieces, _STRING_PARTS)
        first = True
        for piece in sheet_xml.pieces_up_to(pieces, b"</si>"):
            if first and not rewritten:
                sheet_xml.check_usual(piece, b"sst")
            first = False
            try:
                yield sheet_xml.shared_strings(sheet_xml.decoded(piece))
            except Unusual:
                if rewritten:
                    raise NotXml("shared texts that no spreadsheet writes") from None
                raise

    def strings_at(self, wanted: set[int]) -> dict[int, str]:
        found: dict[int, str] = {}
        if not wanted:
            return found
        first, last = 0, max(wanted)
        for texts in self.strings():
            found |= {index: texts[index - first] for index in wanted if first <= index < first + len(texts)}
            first += len(texts)
            if first > last:
                break
        return found

    def _head(self, sheet: Sheet, *, rewritten: bool) -> Iterator[tuple[bytes, bytes, bool]]:
        """Pieces of whole rows: what stands before the rows (first piece only), the rows, and whether they are all."""
        pieces = self.package.pieces(sheet.part)
        if rewritten:
            pieces = sheet_xml.usual(pieces, _SHEET_PARTS)
        first = True
        for piece in sheet_xml.pieces_up_to(pieces, b"</row>"):
            if first and not rewritten:
                sheet_xml.check_usual(piece[:2000], b"worksheet")
            head, rows = b"", piece
            if first:
                found = re.search(rb"<sheetData\s*/?>", piece)
                if found is None:
                    raise Unusual if not rewritten else NotXml("no sheetData")
                head, rows = piece[: found.start()], piece[found.end() :]
                if b"<!" in head:
                    raise Unusual
                if found[0].endswith(b"/>"):
                    rows = b"</sheetData>"
                first = False
            end = rows.find(b"</sheetData>")
            yield head, rows[:end] if end >= 0 else rows, end >= 0
            if end >= 0:
                return
        raise NotXml("the sheet breaks off")

    def _open(self) -> None:
        package = self.package
        main = "xl/workbook.xml"
        if package.has("_rels/.rels"):
            for _, _, relation in self._elements("_rels/.rels", "Relationship"):
                if relation.get("Type", "").endswith("/officeDocument"):
                    main = relation.get("Target", main).lstrip("/")
        if not package.has(main):
            raise InputFileError(
                "a zip file that holds no Excel workbook; expected .xlsx or .xlsm",
                file=self.path.name, zh="这个压缩文件里没有 Excel 工作簿;需要 .xlsx 或 .xlsm",
            )  # fmt: skip
        if main.lower().endswith(".bin"):
            raise InputFileError(
                "a binary workbook (.xlsb). Open it in Excel or WPS and save it as .xlsx",
                file=self.path.name, zh="这是二进制工作簿(.xlsb)。请用 Excel 或 WPS 另存为 .xlsx",
            )  # fmt: skip
        self._main = main
        folder, _, file = main.rpartition("/")
        related: dict[str, tuple[str, str]] = {}
        relations = f"{folder}/_rels/{file}.rels" if folder else f"_rels/{file}.rels"
        for _, _, relation in self._elements(relations, "Relationship"):
            target = relation.get("Target", "")
            target = target.lstrip("/") if target.startswith("/") else f"{folder}/{target}" if folder else target
            related[relation.get("Id", "")] = (relation.get("Type", "").rpartition("/")[2], target)
        self.from_1904 = False
        self.calculated = True  # False: whoever wrote it asks for all to be calculated at opening
        sheets = []
        for name, _, attributes in self._elements(main, "workbookPr", "sheet", "calcPr"):
            if name == "workbookPr":
                self.from_1904 = attributes.get("date1904") in {"1", "true"}
            elif name == "calcPr":
                self.calculated = attributes.get("fullCalcOnLoad") not in {"1", "true"}
            else:
                kind, target = related.get(attributes.get("id", ""), ("", ""))
                if kind == "worksheet" and package.has(target):
                    hidden = attributes.get("state", "visible") != "visible"
                    sheets.append(Sheet(name=attributes.get("name", ""), part=target, hidden=hidden))
        if not sheets:
            raise damaged(self.path, "no sheet in it", "其中没有工作表")
        self.sheets = tuple(sheets)
        parts = dict(related.values())
        strings = parts.get("sharedStrings", "")
        self._strings_part = strings if package.has(strings) else None  # some writers name it and leave it out
        self.formats = self._formats(parts["styles"]) if package.has(parts.get("styles", "-")) else ["General"]

    def _formats(self, part: str) -> list[str]:
        """The number format of each cell style."""
        codes = dict(BUILT_IN)
        formats = []
        for name, parent, attributes in self._elements(part, "numFmt", "xf"):
            if name == "numFmt" and parent == "numFmts":
                code = attributes.get("formatCode", "General")
                codes[_number(attributes, "numFmtId")] = code if len(code) <= MAX_FORMAT_CHARACTERS else "General"
            elif name == "xf" and parent == "cellXfs":
                formats.append(_number(attributes, "numFmtId"))
        return [codes.get(number, "General") for number in formats]

    def _elements(self, part: str, *wanted: str) -> Iterator[tuple[str, str, dict[str, str]]]:
        return sheet_xml.elements(self.package.pieces(part), frozenset(wanted))


def _number(attributes: dict[str, str], name: str, default: int = 0) -> int:
    value = attributes.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 10 else default
