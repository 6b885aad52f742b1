"""Reads and writes category schemas as YAML. What a child does not say about an inherited attribute stays as it was."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from importlib.resources import files
from typing import Any, Final

from goodsmith.attributes.schemas.assembling import WrittenAttribute, WrittenCategory, assemble
from goodsmith.base.category_schema import path_of
from goodsmith.base.yaml_files import YamlFile, read_yaml
from goodsmith.errors import RecipeError, SchemaError
from goodsmith.records import AllowedValue, Attribute, Category, CategorySchema

_FIELDS: Final = {"name": "names"}  # key of the file -> field of the record, where they differ
_KEYS: Final = {field: key for key, field in _FIELDS.items()}


@cache
def yaml_form() -> Mapping[str, Any]:
    """The JSON Schema of schema files, for the reader and for editors."""
    text = (files("goodsmith.attributes.schemas") / "form.json").read_text(encoding="utf-8")
    form: dict[str, Any] = json.loads(text)
    return form


def read_schema_yaml(text: str, *, file: str, base: CategorySchema | None = None) -> CategorySchema:
    """The schema in `text`; versioned. base: the one that it `extends`. Raises SchemaError with the line."""
    yaml = _read(text, file)
    value = yaml.value
    return assemble(
        name=value["schema"],
        about=value.get("about", {}),
        categories=list(_categories(yaml)),
        base=base,
        source=file,
    )


def extended(text: str, *, file: str) -> str:
    """The name of the schema that the file extends, "" if none."""
    name: str = _read(text, file).value.get("extends") or ""
    return name


def write_schema_yaml(schema: CategorySchema) -> str:
    """The whole schema as a file that reads back to the same version."""
    lines = [f"schema: {_quoted(schema.name)}"]
    if schema.about:
        lines.append(f"about: {_inline(schema.about)}")
    lines.append("categories:")
    for category in schema.categories:
        above = {one.id: one for ancestor in path_of(schema, category.id)[:-1] for one in ancestor.attributes}
        lines += _category_lines(category, above)
    return "\n".join(lines) + "\n"


def _read(text: str, file: str) -> YamlFile:
    try:
        return read_yaml(text, yaml_form(), file=file)
    except RecipeError as wrong:
        raise SchemaError(wrong.en, zh=wrong.zh) from None


def _categories(yaml: YamlFile) -> Iterator[WrittenCategory]:
    for name, written in (yaml.value.get("categories") or {}).items():
        said = written or {}
        category = Category(
            id=name,
            names=said.get("name") or {},
            synonyms=tuple(said.get("synonyms") or ()),
            parent=said.get("parent") or "",
            place=_place(yaml, "categories", name),
        )
        yield WrittenCategory(category=category, attributes=tuple(_attributes(yaml, name, said)))


def _attributes(yaml: YamlFile, category: str, category_said: Mapping[str, Any]) -> Iterator[WrittenAttribute]:
    for name, written in (category_said.get("attributes") or {}).items():
        one = written or {}
        way = ("categories", category, "attributes", name)
        said: dict[str, Any] = {_FIELDS.get(key, key): value for key, value in one.items() if value is not None}
        said |= {key: tuple(value) for key, value in said.items() if isinstance(value, list)}
        if "values" in one:
            said["values"] = tuple(_values(yaml, one["values"], (*way, "values")))
        attribute = Attribute(id=name, place=_place(yaml, *way), **said)
        yield WrittenAttribute(attribute=attribute, said=frozenset(said))


def _values(yaml: YamlFile, said: Any, way: tuple[str | int, ...]) -> Iterator[AllowedValue]:
    if isinstance(said, list):
        for at, text in enumerate(said):
            yield AllowedValue(id=text, place=_place(yaml, *way, at))
        return
    for name, one in (said or {}).items():
        names = {"en": one} if isinstance(one, str) else dict(one or {})
        synonyms = names.pop("synonyms", ())
        yield AllowedValue(id=name, names=names, synonyms=tuple(synonyms), place=_place(yaml, *way, name))


def _place(yaml: YamlFile, *way: str | int) -> str:
    return f"{yaml.file}:{yaml.line(*way)}"


# ---- writing ------------------------------------------------------------------------------------------------------


def _category_lines(category: Category, above: Mapping[str, Attribute]) -> Iterator[str]:
    yield f"  {_quoted(category.id)}:"
    said = {"name": category.names, "synonyms": category.synonyms, "parent": category.parent}
    yield from (f"    {word}: {_inline(value)}" for word, value in said.items() if value)
    if category.attributes:
        yield "    attributes:"
    elif not any(said.values()):
        yield "    {}"
    for attribute in category.attributes:
        yield f"      {_quoted(attribute.id)}:"
        lines = list(_attribute_lines(attribute, above.get(attribute.id) or Attribute(id=attribute.id)))
        yield from lines or ["        {}"]


def _attribute_lines(attribute: Attribute, parent: Attribute) -> Iterator[str]:
    """What differs from the parent, whose other fields are inherited on reading."""
    for field in fields(Attribute):
        value = getattr(attribute, field.name)
        if not field.compare or field.name in {"id", "values"} or value == getattr(parent, field.name):
            continue
        if value is not None:  # a limit is never taken back by a child
            yield f"        {_KEYS.get(field.name, field.name)}: {_inline(value)}"
    if attribute.values and attribute.values != parent.values:
        yield "        values:"
        for value in attribute.values:
            said = {**value.names, **({"synonyms": value.synonyms} if value.synonyms else {})}
            yield f"          {_quoted(value.id)}: {_inline(said)}"


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_quoted(str(key))}: {_inline(one)}" for key, one in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return json.dumps(value) if isinstance(value, (bool, int, float)) else _quoted(str(value))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # JSON strings are YAML strings
