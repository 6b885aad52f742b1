"""How the stored value of a cell becomes the text that is shown, by the cell's type and style."""

from __future__ import annotations

import re
from collections.abc import Sequence

from goodsmith.catalog.workbooks import sheet_xml
from goodsmith.catalog.workbooks.format_codes import BUILT_IN, is_date
from goodsmith.catalog.workbooks.number_formats import Formatter, general, make_formatter, make_text_formatter
from goodsmith.catalog.workbooks.serial_dates import serial_of

_ATTRIBUTE = re.compile(r'([A-Za-z]+)="([^"]*)"')
_VALUE = re.compile(r"<v(?:\s[^>]*)?>([^<]*)</v>")


class CellTexts(dict[str, Formatter]):
    """How the stored value of a cell becomes text, by the cell's attributes as written."""

    def __init__(self, formats: Sequence[str], *, from_1904: bool) -> None:
        super().__init__()
        self._formats, self._from_1904 = formats, from_1904
        self._numbers: dict[int, Formatter] = {}
        self.numbers: set[Formatter] = {general}
        self.around: dict[str, tuple[str, str]] = {}  # attributes -> what the format puts around a text

    def __missing__(self, attributes: str) -> Formatter:
        named = dict(_ATTRIBUTE.findall(attributes))
        style = int(named["s"]) if named.get("s", "").isdecimal() else 0
        code = self._formats[style] if style < len(self._formats) else "General"
        kind = named.get("t", "n")
        made: Formatter
        if kind == "s":
            made = SHARED
        elif kind == "b":
            made = _boolean
        elif kind == "e":
            made = ERROR
        elif kind in {"str", "inlineStr"}:
            made = sheet_xml.plain
        elif kind == "d":
            made = self._iso_date(code)
        else:
            made = self._number(style, code)
        if kind in {"s", "str", "inlineStr"} and (around := make_text_formatter(code)):
            self.around[attributes] = around
        self[attributes] = made
        return made

    def _number(self, style: int, code: str) -> Formatter:
        if style not in self._numbers:
            made = self._numbers[style] = make_formatter(code, from_1904=self._from_1904)
            if not is_date(code):
                self.numbers.add(made)
        return self._numbers[style]

    def _iso_date(self, code: str) -> Formatter:
        from_1904 = self._from_1904
        show = make_formatter(code if is_date(code) else BUILT_IN[14], from_1904=from_1904)

        def shown(iso: str) -> str:
            serial = serial_of(iso, from_1904=from_1904)
            return show(serial) if serial is not None else iso

        return shown


def SHARED(index: str) -> str:  # noqa: N802  # a mark: the value is the place of a shared string
    return index


def ERROR(value: str) -> str:  # noqa: N802  # a mark: the value is an error such as #N/A
    return sheet_xml.plain(value)


def value_within(content: str) -> str | None:
    """The stored value of a cell that holds more than a value. None: it has no value element with anything in it."""
    found = _VALUE.search(content)
    return found[1] if found else None


def text_within(content: str, show: Formatter) -> str:
    """The text of a cell that holds more than a value: a formula with its result, an inline string."""
    if value := value_within(content):
        return show(value)
    return sheet_xml.plain(sheet_xml.rich_text(content)) if "<is" in content else ""


def string_place(value: str) -> int:
    """Where a shared string stands."""
    try:
        return int(value)
    except ValueError as error:
        raise sheet_xml.NotXml(f"{value[:40]!r} is not the place of a text") from error


def is_long(value: str) -> bool:
    """Whether a number has more digits before the point than a spreadsheet keeps."""
    try:
        return abs(float(value)) >= 1e15
    except ValueError:
        return False


def _boolean(value: str) -> str:
    return {"1": "TRUE", "0": "FALSE", "true": "TRUE", "false": "FALSE"}.get(value, value)


def is_picture(attributes: str, other: str) -> bool:
    """Whether a cell shows a picture: placed in the cell by Excel (a value of another kind, with an error for readers
    that do not know it), or by the function DISPIMG of WPS.
    """
    return (' vm="' in attributes and 't="e"' in attributes) or ("DISPIMG(" in other)
