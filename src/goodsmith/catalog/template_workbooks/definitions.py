"""What a template's other sheets say of its fields: a list of definitions, and lists of allowed values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from goodsmith.base.spelling import plain_name
from goodsmith.catalog.template_workbooks.grid import Rows
from goodsmith.catalog.template_workbooks.headings import need_of
from goodsmith.catalog.template_workbooks.words import DEFINITIONS, VALUE_SHEETS

_HEADER_WITHIN = 12  # rows
_MAX_NUMBERED = 200  # fields that one line such as `bullet_point1 - bullet_point5` describes


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a sheet says of one field."""

    need: str = ""
    group: str = ""
    about: str = ""
    example: str = ""
    accepted: str = ""


def definitions(rows: Rows) -> dict[str, Definition]:
    """By plain name, for technical names and labels alike; empty where the sheet defines no fields."""
    for number in sorted(rows)[:_HEADER_WITHIN]:
        places = _columns(rows[number])
        if ("name" in places or "label" in places) and len(places.keys() & {"need", "about", "accepted"}) >= 1:
            return dict(_defined(rows, number, places))
    return {}


def listed_values(rows: Rows, wanted: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Values from a sheet that lists them: a field and its values in a row, or in a column.

    wanted: plain names of fields; the direction that knows more of them is taken.
    """
    names = frozenset(wanted)
    across = _across(rows, names)
    down = _down(rows, names)
    return across if len(across) >= len(down) else down


def lists_values(sheet: str) -> bool:
    """Whether a sheet is called so."""
    return plain_name(sheet) in VALUE_SHEETS


def _columns(row: Mapping[int, str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for kind, words in DEFINITIONS.items():
        for column, text in sorted(row.items()):
            if plain_name(text) in words and column not in places.values():
                places.setdefault(kind, column)
    return places


def _defined(rows: Rows, header: int, places: Mapping[str, int]) -> Iterator[tuple[str, Definition]]:
    group = ""
    for number in sorted(rows):
        if number <= header:
            continue
        row = rows[number]

        def said(kind: str, row: Mapping[int, str] = row) -> str:
            return row.get(places.get(kind, -1), "").strip()

        names = [said("name"), said("label")]
        if not any(names):
            group = next(iter(row.values())).strip() if len(row) == 1 else group
            continue
        if len(row) == 1:  # a heading of a group stands alone
            group = next(iter(row.values())).strip()
            continue
        made = Definition(
            need=need_of(said("need")),
            group=said("group") or group,
            about=said("about"),
            example=said("example"),
            accepted=said("accepted"),
        )
        for name in names:
            for one in _numbered(name):
                if plain := plain_name(one):
                    yield plain, made


def _numbered(name: str) -> Iterator[str]:
    """`bullet_point1 - bullet_point5` as five names."""
    match = re.fullmatch(r"(.*?)([0-9]{1,3})\s*(?:-|–|~|to|bis|至|到)\s*\1([0-9]{1,3})", name)
    if match and 0 < int(match[3]) - int(match[2]) < _MAX_NUMBERED:
        yield from (f"{match[1]}{number}" for number in range(int(match[2]), int(match[3]) + 1))
    else:
        yield name


def _across(rows: Rows, names: frozenset[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for number in sorted(rows):
        row = [rows[number][column] for column in sorted(rows[number])]
        for place, text in enumerate(row[:2]):
            plain = plain_name(re.sub(r"\s*-\s*\[.*$", "", text))
            if plain in names and len(row) > place + 1:
                found.setdefault(plain, tuple(dict.fromkeys(value.strip() for value in row[place + 1 :])))
                break
    return found


def _down(rows: Rows, names: frozenset[str]) -> dict[str, tuple[str, ...]]:
    for number in sorted(rows)[:3]:
        headed = {column: plain_name(text) for column, text in rows[number].items()}
        if any(plain in names for plain in headed.values()):
            below = [rows[later] for later in sorted(rows) if later > number]
            return {
                plain: values
                for column, plain in headed.items()
                if plain in names
                and (values := tuple(dict.fromkeys(row[column].strip() for row in below if column in row)))
            }
    return {}
