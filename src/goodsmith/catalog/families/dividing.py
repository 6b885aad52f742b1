"""Lists such as `200*230/220*240cm` that stand in every variant's cell: which item is whose, if anything says it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from goodsmith.base.spelling import plain_value

MAX_ITEMS = 60
_SEPARATOR = re.compile(r"\s*(?:[/、|;；]|,(?=\s)|，)\s*")
_UNIT_BEHIND = re.compile(r"(?<=[0-9])\s*([A-Za-zµμ²³%\"]{1,4}|[一-鿿]{1,2})\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """What became of a list. own: place of a row -> its item. open: places of rows to which nothing assigns an item."""

    items: tuple[str, ...]
    own: Mapping[int, str]
    open: tuple[int, ...]


def list_items(cell: str) -> tuple[str, ...]:
    """The items of a list cell; a unit behind the last one belongs to all. Nothing for what is no list."""
    if "://" in cell or not re.search(r"[/、|;；,，]", cell):
        return ()
    items = [item.strip() for item in _SEPARATOR.split(cell.strip()) if item.strip()]
    if not 2 <= len(items) <= MAX_ITEMS or len({plain_value(item) for item in items}) != len(items):
        return ()
    unit = _UNIT_BEHIND.search(items[-1])
    if unit and all(re.search(r"[0-9]$", item) for item in items[:-1]):
        items = [*(f"{item}{unit[1]}" for item in items[:-1]), items[-1]]
    return tuple(items)


def divide(rows: Sequence[Mapping[str, str]], column: str) -> Division | None:
    """Divide the list in a column among the rows of a family; None where the rows do not share a list.

    An item belongs to a row whose other cells name it and no other item of the list; two rows may have the same one.
    """
    cells = {row.get(column, "").strip() for row in rows} - {""}
    if len(rows) < 2 or len(cells) != 1:
        return None
    items = list_items(next(iter(cells)))
    if not items:
        return None
    spelled = [_spellings(item) for item in items]
    own: dict[int, str] = {}
    unassigned: list[int] = []
    for place, row in enumerate(rows):
        if not row.get(column, "").strip():
            continue
        said = "\n".join(plain_value(text) for name, text in row.items() if name != column and text)
        named = [item for item, forms in zip(items, spelled, strict=True) if any(_names(said, form) for form in forms)]
        named = [item for item in named if not any(item != other and item in other for other in named)]
        if len(named) == 1:
            own[place] = named[0]
        else:
            unassigned.append(place)
    return Division(items=items, own=own, open=tuple(unassigned))


def _spellings(item: str) -> tuple[str, ...]:
    """An item with and without the unit behind it."""
    plain = plain_value(item)
    bare = _UNIT_BEHIND.sub("", plain)
    return (plain, bare) if bare != plain and len(bare) > 2 else (plain,)


def _names(said: str, item: str) -> bool:
    return re.search(rf"(?<![a-z0-9.]){re.escape(item)}(?![0-9]|[a-z](?<=[a-z]{{2}}))", said) is not None
