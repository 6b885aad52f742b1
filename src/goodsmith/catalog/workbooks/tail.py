"""What stands behind the rows of a sheet: merged cells and the link to its drawing, found without parsing the rows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from goodsmith.catalog.layouts.grid import Span
from goodsmith.catalog.layouts.naming import column_index
from goodsmith.catalog.workbooks.package import Package
from goodsmith.catalog.workbooks.sheet_xml import NotXml

MAX_TAIL_BYTES = 64 * 1024**2
_END = re.compile(rb"</(?:[A-Za-z_][\w.\-]*:)?sheetData\s*>|<(?:[A-Za-z_][\w.\-]*:)?sheetData\s*/>")
_MERGE = re.compile(
    rb"""mergeCell\s[^>]*?ref\s*=\s*["']\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})["']"""
)
_DRAWING = re.compile(rb"""<(?:[A-Za-z_][\w.\-]*:)?drawing\s[^>]*?\bid\s*=\s*["']([^"']+)["']""")
_NAME = b"sheetData"
_OVERLAP = 64  # bytes in which a closing tag may be torn


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    spans: tuple[Span, ...] = ()
    drawing: str | None = None  # id of the relation
    rows: int = 0  # that have a tag; of a sheet in another encoding than UTF-8, 0


def read_tail(package: Package, part: str) -> Tail:
    """Inflates the whole sheet: 0.2 s for 100,000 rows of 10 texts."""
    rows, rest, tail = 0, b"", None
    for piece in package.pieces(part):
        if tail is not None:
            tail += piece
            if len(tail) > MAX_TAIL_BYTES:
                raise NotXml(f"more than {MAX_TAIL_BYTES // 1024**2} MiB behind the rows")
            continue
        joined = rest + piece  # a tag may be torn
        rows += joined.count(b"<row ") - rest.count(b"<row ")
        if (end := _end_of_rows(joined)) is not None:
            tail = joined[end:]
        rest = piece[-_OVERLAP:]
    if tail is None:
        return Tail(rows=rows)
    drawing = _DRAWING.search(tail)
    spans = tuple(
        Span(top=int(top), bottom=int(bottom), left=column_index(left.decode()), right=column_index(right.decode()))
        for left, top, right, bottom in _MERGE.findall(tail)
    )
    return Tail(spans=spans, drawing=drawing[1].decode("utf-8", "replace") if drawing else None, rows=rows)


def _end_of_rows(piece: bytes) -> int | None:
    """Where the rows end. A plain search goes first: it is twenty times faster than the expression."""
    at = piece.find(_NAME)
    while at >= 0:
        if found := _END.search(piece, max(0, at - _OVERLAP), at + _OVERLAP):
            return found.end()
        at = piece.find(_NAME, at + 1)
    return None
