"""A category schema as a tree: a category's attributes with those of its ancestors, names by language, content hash.

Schemas come from YAML, from xlsx and from platforms' template workbooks; all of them make the records of
`records.CategorySchema` and meet here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, replace
from typing import Any, Final

from goodsmith.errors import UnknownName
from goodsmith.records import AllowedValue, Attribute, Category, CategorySchema

VERSION_DIGITS: Final = 12


def category_of(schema: CategorySchema, name: str) -> Category:
    """The category with this id, else the one that is called so in any language. Raises UnknownName."""
    wanted = name.strip().casefold()
    for category in schema.categories:
        if category.id == name:
            return category
    found = [category for category in schema.categories if wanted in _spellings(category)]
    if len(found) == 1:
        return found[0]
    raise UnknownName("category", name, [category.id for category in schema.categories], kind_zh="类目")


def path_of(schema: CategorySchema, category: str) -> tuple[Category, ...]:
    """A category and its ancestors, the root first. An ancestor that is not there, or comes again, ends the way."""
    by_id = {one.id: one for one in schema.categories}
    way: list[Category] = []
    seen: set[str] = set()
    here = category
    while here in by_id and here not in seen:
        seen.add(here)
        way.append(by_id[here])
        here = by_id[here].parent
    return tuple(reversed(way))


def attributes_of(schema: CategorySchema, category: str) -> tuple[Attribute, ...]:
    """What a category asks for: the attributes of its ancestors, then its own, required ones first.

    An attribute that is declared again further down takes the place of the inherited one. `inherited` says whose it
    is, empty for the category's own. Raises UnknownName for a category that the schema does not have.
    """
    own = category_of(schema, category).id
    found: dict[str, Attribute] = {}
    for ancestor in path_of(schema, own):
        for attribute in ancestor.attributes:
            found[attribute.id] = replace(attribute, inherited="" if ancestor.id == own else ancestor.id)
    order = {"required": 0, "recommended": 1, "optional": 2}
    return tuple(sorted(found.values(), key=lambda attribute: order[attribute.need]))


def leaves(schema: CategorySchema) -> tuple[Category, ...]:
    """The categories that products are put into: those without children."""
    parents = {category.parent for category in schema.categories}
    return tuple(category for category in schema.categories if category.id not in parents)


def name_in(thing: Category | Attribute | AllowedValue, language: str) -> str:
    """The name in a language (`zh`, `zh-CN`), else in English, else in any, else the id."""
    names = thing.names
    code = language.partition("-")[0]
    return names.get(language) or names.get(code) or names.get("en") or next(iter(names.values()), thing.id)


def spellings_of(thing: Category | Attribute | AllowedValue) -> tuple[str, ...]:
    """Every way to write it: names in all languages, synonyms, the id; each once."""
    return tuple(dict.fromkeys((*thing.names.values(), *thing.synonyms, thing.id)))


def with_version(schema: CategorySchema) -> CategorySchema:
    """The schema with the hash of its content. Places and the order of categories do not count."""
    content = to_plain(schema)
    content.pop("version", None)
    content["categories"] = sorted(content.get("categories", []), key=lambda category: str(category["id"]))
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return replace(schema, version=hashlib.sha256(text.encode()).hexdigest()[:VERSION_DIGITS])


def to_plain(schema: CategorySchema) -> dict[str, Any]:
    """The schema as values of JSON, without what is as by default and without places."""
    plain: dict[str, Any] = _plain(schema)
    return plain


def from_plain(plain: Mapping[str, Any], *, source: str = "") -> CategorySchema:
    """A schema from what `to_plain` made."""
    categories = tuple(
        Category(**_shaped({**one, "attributes": tuple(map(_attribute, one.get("attributes", ())))}))
        for one in plain.get("categories", ())
    )
    return CategorySchema(**_shaped({**plain, "categories": categories}), source=source)


def _attribute(plain: Mapping[str, Any]) -> Attribute:
    values = tuple(AllowedValue(**_shaped(value)) for value in plain.get("values", ()))
    return Attribute(**_shaped({**plain, "values": values}))


def _shaped(plain: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()}


def _plain(thing: Any) -> Any:
    if isinstance(thing, (CategorySchema, Category, Attribute, AllowedValue)):
        made: dict[str, Any] = {}
        for one in fields(thing):
            value = getattr(thing, one.name)
            empty = one.default_factory() if one.default_factory is not MISSING else one.default
            if one.compare and one.name != "inherited" and value != empty:
                made[one.name] = _plain(value)
        return made
    if isinstance(thing, tuple):
        return [_plain(one) for one in thing]
    return dict(thing) if isinstance(thing, Mapping) else thing


def _spellings(category: Category) -> set[str]:
    return {spelling.casefold() for spelling in spellings_of(category)}


__all__ = [
    "attributes_of",
    "category_of",
    "from_plain",
    "leaves",
    "name_in",
    "path_of",
    "spellings_of",
    "to_plain",
    "with_version",
]
