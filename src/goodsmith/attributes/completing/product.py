"""One product as it is read: its category, its cells, and what stands in them by the roles of their columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from goodsmith.attributes.completing.layout import Layout
from goodsmith.attributes.completing.markup import unmarked
from goodsmith.attributes.words import Place, places


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRow:
    """A row with its category. cells: column -> text, empty ones left out. ordinal: its place in the table."""

    ordinal: int
    key: str
    category: str  # id; "" where it is not known
    cells: Mapping[str, str]
    family: str = ""


@dataclass(frozen=True, slots=True)
class SourceText:
    """A text that is read for evidence, once taken apart. lowered has the same length."""

    column: str
    kind: Literal["title", "text"]
    text: str
    lowered: str
    words: list[Place]


def source_texts(row: ProductRow, layout: Layout, *, max_chars: int) -> list[SourceText]:
    """The titles and texts of a product, without HTML, titles first; no more than `max_chars` of each."""
    found = []
    for column in layout.sources:
        cell = row.cells.get(column)
        if not cell:
            continue
        text = (unmarked(cell).text if column in layout.marked else cell)[:max_chars]
        lowered = text.casefold()
        if len(lowered) != len(text):  # a letter whose small form is longer, such as İ
            lowered = text.lower() if len(text.lower()) == len(text) else text
        kind: Literal["title", "text"] = "title" if column in layout.titles else "text"
        found.append(SourceText(column, kind, text, lowered, places(text)))
    return found
