"""Small tables as a workbook for people: a sheet for each, the header frozen and filtered, every cell a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from goodsmith.export.atomic import written_whole
from goodsmith.export.cells import MAX_CELL_UNITS, units

_SAMPLE: Final = 200  # rows looked at for the widths
_WIDEST: Final = 60


def write_tables(
    path: Path, tables: Mapping[str, Sequence[Sequence[str]]], *, lists: Mapping[tuple[str, int], Sequence[str]] = {}
) -> None:
    """Write tables, headings first, by the name of their sheet.

    lists: (sheet, 0-based column) -> what a cell there may hold, as a drop-down. A text that is longer than a cell
    holds is cut. Raises StoreError where the file cannot be written.
    """
    import xlsxwriter  # noqa: PLC0415 - heavy

    options = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    with written_whole(path) as part, xlsxwriter.Workbook(str(part), options) as workbook:
        head = workbook.add_format({"bold": True, "bg_color": "#E8EEF7", "num_format": "@", "valign": "top"})
        body = workbook.add_format({"num_format": "@", "valign": "top", "text_wrap": True})
        for name, rows in tables.items():
            sheet = workbook.add_worksheet(name[:31])
            width = max(map(len, rows), default=0)
            for at in range(width):
                sheet.set_column(at, at, _width(rows, at), body)
            for number, row in enumerate(rows):
                for at, text in enumerate(row):
                    if text:
                        sheet.write_string(number, at, _fitting(text), body if number else head)
            if rows:
                sheet.freeze_panes(1, 0)
                sheet.autofilter(0, 0, max(1, len(rows) - 1), max(0, width - 1))
            for (listed, at), choices in lists.items():
                if listed == name and choices:
                    sheet.data_validation(
                        1, at, max(1, len(rows) - 1), at,
                        {"validate": "list", "source": list(choices), "error_type": "warning"},
                    )  # fmt: skip


def _width(rows: Sequence[Sequence[str]], at: int) -> float:
    texts = (row[at] for row in rows[:_SAMPLE] if at < len(row))
    longest = max(
        (sum(2 if sign >= "\u1100" else 1 for sign in text.split("\n")[0][:_WIDEST]) for text in texts), default=8
    )
    return min(_WIDEST, max(8, longest + 2))


def _fitting(text: str) -> str:
    return text if units(text) <= MAX_CELL_UNITS else text[: MAX_CELL_UNITS // 2]
