"""The text of a cell with HTML, and the rows of its tables and lists as pairs of name and value."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_MAX_CHARS: Final = 200_000
_DROPPED: Final = re.compile(r"<(script|style)\b.{0,20000}?</\1\s*>|<!--.{0,20000}?-->", re.IGNORECASE | re.DOTALL)
_TAG: Final = re.compile(r"</?([A-Za-z][A-Za-z0-9]{0,15})\b[^<>]{0,2000}>")
_BREAKING: Final = frozenset(
    ["p", "br", "div", "tr", "li", "ul", "ol", "table", "tbody", "h1", "h2", "h3", "h4", "h5", "h6", "dl", "dt"]
)
_CELLS: Final = frozenset(["td", "th", "dd"])


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedText:
    """text: without marks, a line per row. rows: (name, value, start, end) of two-celled rows, at the value's place."""

    text: str
    rows: tuple[tuple[str, str, int, int], ...] = ()


@lru_cache(maxsize=256)
def unmarked(cell: str) -> MarkedText:
    """The text of a cell and its table rows. What is cut off (over 200,000 characters) is not read."""
    text = _DROPPED.sub(" ", cell[:_MAX_CHARS])
    parts: list[str] = []
    at = 0
    for tag in _TAG.finditer(text):
        parts.append(" ".join(html.unescape(text[at : tag.start()]).split()))
        name = tag[1].lower()
        if name in _BREAKING:
            parts.append("\n")
        elif name in _CELLS and not tag[0].startswith("</"):
            parts.append("\t")
        else:
            parts.append(" ")
        at = tag.end()
    parts.append(" ".join(html.unescape(text[at:]).split()))
    lines = [re.sub(r" *\t *", "\t", " ".join(line.split(" "))).strip() for line in "".join(parts).split("\n")]
    lines = [re.sub(r" {2,}", " ", line) for line in lines if line]
    rows: list[tuple[str, str, int, int]] = []
    start = 0
    for line in lines:
        cells = line.split("\t")
        if len(cells) % 2 == 0:  # two cells, or several pairs beside each other
            place = start
            for name, value in zip(cells[::2], cells[1::2], strict=True):
                begin = place + len(name) + 1
                if name.strip() and value.strip() and len(name) <= 60:
                    rows.append((name.strip().rstrip(":："), value, begin, begin + len(value)))
                place = begin + len(value) + 1
        start += len(line) + 1
    return MarkedText(text="\n".join(lines), rows=tuple(rows))
