"""What platforms, suppliers and our recipes call the same field: `field_names.yaml`, and how to look a name up.

Names only: what a field may hold, the template says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from goodsmith.base.spelling import plain_name
from goodsmith.base.yaml_files import read_yaml

MAX_NUMBERED: Final = 20
_FILE: Final = "field_names.yaml"
_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["names"],
        "additionalProperties": False,
        "properties": {
            "numbered": {"type": "boolean"},
            "names": {"type": "array", "items": {"type": "string"}},
        },
    },
}


def synonyms_of(*names: str) -> tuple[str, ...]:
    """Other names of the field that one of the names means, the surest first; none if it is not known."""
    for name in names:
        if found := _by_name().get(plain_name(name)):
            return found
    return ()


def field_of(*names: str) -> str:
    """The field that one of the names means, as `field_names.yaml` calls it, or `key` or `parent`; "" if unknown."""
    if is_key(*names):
        return "key"
    if is_parent(*names):
        return "parent"
    for name in names:
        for field, known in _fields():
            if plain_name(name) in known:
                return field
    return ""


def is_key(*names: str) -> bool:
    """Whether a column so called holds the seller's own code."""
    return any(plain_name(name) in _KEYS for name in names if name)


def is_parent(*names: str) -> bool:
    """Whether a column so called holds the code of the style that variants share."""
    return any(plain_name(name) in _PARENTS for name in names if name)


@cache
def _by_name() -> dict[str, tuple[str, ...]]:
    """Every name as `plain_name` makes it -> all names of its field."""
    found: dict[str, tuple[str, ...]] = {}
    for _, known in _fields():
        for plain, names in known.items():
            found.setdefault(plain, names)
    return found


@cache
def _fields() -> tuple[tuple[str, dict[str, tuple[str, ...]]], ...]:
    """Each field with its names as `plain_name` makes them -> its names that stand for the same place in a list."""
    text = files(__package__).joinpath(_FILE).read_text(encoding="utf-8")
    return tuple(
        (
            field,
            {
                plain_name(name): tuple(names)
                for names in _spelled([field, *said["names"]], numbered=said.get("numbered", False))
                for name in names
            },
        )
        for field, said in read_yaml(text, _SCHEMA, file=_FILE).value.items()
    )


def _spelled(names: list[str], *, numbered: bool) -> Iterator[list[str]]:
    if not numbered:
        yield names
        return
    for number in range(1, MAX_NUMBERED + 1):
        spelled = [f"{name} {number}" for name in names]
        yield spelled + (names if number == 1 else [])


_KEYS = frozenset(
    map(
        plain_name,
        (
            *(
                "seller sku",
                "item sku",
                "sku",
                "sku编码",
                "sku id",
                "商家编码",
                "商家sku",
                "商家sku编码",
                "ps_sku_short",
            ),
            *("出品者sku", "货号", "商品货号", "商品编码", "商品编号", "卖家sku", "item number", "article number"),
            *("artikelnummer", "verkäufer-sku", "sku du vendeur", "sku vendedor", "contribution_sku"),
        ),
    )
)
_PARENTS = frozenset(
    map(
        plain_name,
        (
            *("parent sku", "parent id", "spu", "款号", "父sku", "父商品编码", "主商品编码", "父体sku"),
            *("ps_sku_parent_short", "family", "parent code"),
        ),
    )
)
