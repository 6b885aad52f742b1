"""Tables as text that can be read: as wide as the terminal, or as wide as the content where there is none."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence

from goodsmith.cli.voice import width_of

GAP = "  "
LEAST = 8  # columns are not cut below this
ELLIPSIS = "…"


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, flexible: Sequence[int] = ()) -> None:
    """flexible: columns that are cut first where the terminal is too narrow, the last one first."""
    for line in table_lines(heads, rows, flexible=flexible, width=width_of(sys.stdout)):
        print(line)


def table_lines(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, flexible: Sequence[int] = (), width: int | None = None
) -> list[str]:
    """The lines of a table; no trailing spaces, one line per row."""
    cells = [[" ".join(cell.split()) for cell in row] for row in (heads, *rows)]
    widths = [max(columns_of(row[place]) for row in cells) for place in range(len(heads))]
    if width is not None:
        too_wide = sum(widths) + len(GAP) * (len(widths) - 1) - width
        for place in reversed(flexible):
            taken = max(0, min(too_wide, widths[place] - LEAST))
            widths[place] -= taken
            too_wide -= taken
    return [GAP.join(_fit(cell, wide) for cell, wide in zip(row, widths, strict=True)).rstrip() for row in cells]


def columns_of(text: str) -> int:
    """How many columns of a terminal a text takes; not a shop's half-widths, where `é` counts two."""
    if text.isascii():
        return len(text)
    return sum(
        2 if unicodedata.east_asian_width(letter) in "WF" else 0 if unicodedata.combining(letter) else 1
        for letter in text
    )


def fit(text: str, width: int) -> str:
    """`text`, cut with an ellipsis where it is wider than `width` columns."""
    if columns_of(text) <= width:
        return text
    kept = ""
    for letter in text:
        if columns_of(kept + letter) > width - 1:
            break
        kept += letter
    return kept + ELLIPSIS


def _fit(text: str, width: int) -> str:
    text = fit(text, width)
    return text + " " * (width - columns_of(text))
