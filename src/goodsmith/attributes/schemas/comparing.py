"""What changed between two versions of a category schema, for the person who must fill the new one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Final, Literal

from goodsmith.base.category_schema import attributes_of, leaves
from goodsmith.records import Attribute, CategorySchema

_COMPARED: Final = tuple(
    one.name for one in fields(Attribute) if one.compare and one.name not in {"id", "values", "about", "examples"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaChange:
    """One difference. `attribute` is empty where a whole category came or went; `field` where an attribute did."""

    action: Literal["added", "removed", "changed"]
    category: str
    attribute: str = ""
    field: str = ""
    before: str = ""
    after: str = ""


def diff_schemas(old: CategorySchema, new: CategorySchema) -> tuple[SchemaChange, ...]:
    """Differences of what products are asked for, per leaf category, inherited attributes included."""
    before, after = ({one.id for one in leaves(schema)} for schema in (old, new))
    found = [SchemaChange(action="removed", category=one) for one in sorted(before - after)]
    found += [SchemaChange(action="added", category=one) for one in sorted(after - before)]
    for category in sorted(before & after):
        found += _attributes(category, old, new)
    return tuple(found)


def _attributes(category: str, old: CategorySchema, new: CategorySchema) -> Iterator[SchemaChange]:
    before = {one.id: one for one in attributes_of(old, category)}
    after = {one.id: one for one in attributes_of(new, category)}
    for name in [*before, *(name for name in after if name not in before)]:
        if name not in after:
            yield SchemaChange(action="removed", category=category, attribute=name, before=before[name].need)
        elif name not in before:
            yield SchemaChange(action="added", category=category, attribute=name, after=after[name].need)
        else:
            yield from _fields(category, before[name], after[name])


def _fields(category: str, old: Attribute, new: Attribute) -> Iterator[SchemaChange]:
    for field in _COMPARED:
        one, other = getattr(old, field), getattr(new, field)
        if one != other:
            yield SchemaChange(
                action="changed",
                category=category,
                attribute=old.id,
                field=field,
                before=_said(one),
                after=_said(other),
            )
    before, after = ({value.id: value for value in one.values} for one in (old, new))
    for name in before:
        if name not in after:
            yield SchemaChange(action="removed", category=category, attribute=old.id, field="values", before=name)
        elif before[name] != after[name]:
            yield SchemaChange(
                action="changed", category=category, attribute=old.id, field="values",
                before=_said(before[name].names), after=_said(after[name].names),
            )  # fmt: skip
    for name in after:
        if name not in before:
            yield SchemaChange(action="added", category=category, attribute=old.id, field="values", after=name)


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {text}" for key, text in value.items())
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
