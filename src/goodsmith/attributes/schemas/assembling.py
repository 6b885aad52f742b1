"""Puts categories as they are written together into a schema: with a base, children after parents, gaps inherited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from goodsmith.base.category_schema import with_version
from goodsmith.errors import SchemaError
from goodsmith.records import Attribute, Category, CategorySchema, Names


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenAttribute:
    """An attribute and the names of the fields that its writer gave; the others are as an ancestor has them."""

    attribute: Attribute
    said: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenCategory:
    """A category as one file has it; `category.attributes` is not read."""

    category: Category
    attributes: tuple[WrittenAttribute, ...] = ()


def assemble(
    *,
    name: str,
    about: Names | None = None,
    categories: Sequence[WrittenCategory],
    base: CategorySchema | None = None,
    source: str = "",
) -> CategorySchema:
    """A schema with its version. A category that the base has too is extended; its attributes are added or replaced.

    Raises SchemaError for an id that is written twice, a parent that is not there, a circle of parents.
    """
    made = {category.id: category for category in base.categories} if base else {}
    written: dict[str, WrittenCategory] = {}
    for one in categories:
        if (first := written.get(one.category.id)) is not None:
            raise _twice("category", "类目", one.category.id, first.category.place, one.category.place)
        written[one.category.id] = one
    for one in _parents_first(written, made):
        made[one.category.id] = _made(one, made)
    return with_version(CategorySchema(name=name, about=about or {}, categories=tuple(made.values()), source=source))


def _made(one: WrittenCategory, made: Mapping[str, Category]) -> Category:
    before = made.get(one.category.id)
    category = one.category
    if before is not None:
        category = replace(
            before,
            names={**before.names, **category.names},
            synonyms=tuple(dict.fromkeys((*before.synonyms, *category.synonyms))),
            parent=category.parent or before.parent,
            place=category.place,
        )
    inherited = _inherited(category.parent, made)
    own = {attribute.id: attribute for attribute in category.attributes}
    seen: dict[str, str] = {}
    for writing in one.attributes:
        attribute = writing.attribute
        if attribute.id in seen:
            raise _twice("attribute", "属性", attribute.id, seen[attribute.id], attribute.place)
        seen[attribute.id] = attribute.place
        parent = own.get(attribute.id) or inherited.get(attribute.id)
        own[attribute.id] = _filled(writing, parent) if parent else attribute
    return replace(category, attributes=tuple(own.values()))


def _filled(writing: WrittenAttribute, parent: Attribute) -> Attribute:
    fields = {name: getattr(writing.attribute, name) for name in writing.said}
    if "names" in fields:
        fields["names"] = {**parent.names, **fields["names"]}
    if "synonyms" in fields:
        fields["synonyms"] = tuple(dict.fromkeys((*parent.synonyms, *fields["synonyms"])))
    return replace(parent, **fields, place=writing.attribute.place)


def _inherited(parent: str, made: Mapping[str, Category]) -> dict[str, Attribute]:
    way: list[Category] = []
    while parent:
        way.append(made[parent])
        parent = made[parent].parent
    return {attribute.id: attribute for category in reversed(way) for attribute in category.attributes}


def _parents_first(written: Mapping[str, WrittenCategory], made: Mapping[str, Category]) -> list[WrittenCategory]:
    ordered: dict[str, WrittenCategory] = {}
    for start in written:
        way: list[str] = []
        here = start
        while here in written and here not in ordered:
            if here in way:
                circle = " → ".join([*way[way.index(here) :], here])
                raise SchemaError(
                    f"{written[here].category.place}: the parents go round in a circle: {circle}",
                    zh=f"{written[here].category.place}:上级类目形成循环:{circle}",
                )
            way.append(here)
            here = written[here].category.parent
        if here and here not in ordered and here not in made:
            place, child = written[way[-1]].category.place, way[-1]
            raise SchemaError(
                f"{place}: the parent {here!r} of {child!r} is not there; add the category, or mend its id",
                zh=f"{place}:{child!r} 的上级类目 {here!r} 不存在;请添加该类目或改正编号",
            )
        ordered.update((name, written[name]) for name in reversed(way))
    return list(ordered.values())


def _twice(kind: str, kind_zh: str, name: str, first: str, second: str) -> SchemaError:
    return SchemaError(
        f"{second}: the {kind} {name!r} stands here again; it is already in {first}. Keep one of them",
        zh=f"{second}:{kind_zh} {name!r} 重复,已在 {first} 出现。请只保留一个",
    )
