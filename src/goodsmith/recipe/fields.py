"""The fields that a recipe reads, which a look at a catalog needs without the recipe's templates."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from goodsmith.base.yaml_files import read_yaml
from goodsmith.recipe.finding import recipe_text
from goodsmith.recipe.known_fields import known_field
from goodsmith.records import FieldSpec

_FIELD: dict[str, Any] = {
    "type": ["object", "null"],
    "properties": {
        "required": {"type": "boolean"},
        "aliases": {"type": "array", "items": {"type": "string"}},
        "about": {"type": "string"},
    },
}
_ANY: dict[str, Any] = {  # as much of the format as the fields need; the parser knows all of it
    "type": "object",
    "properties": {"fields": {"type": ["object", "null"], "additionalProperties": _FIELD}},
}


def load_fields(name_or_path: str | Path) -> tuple[str, tuple[FieldSpec, ...]]:
    """The name and the fields of a recipe; nothing else of it is checked. Raises UnknownName and RecipeError."""
    text, file = recipe_text(name_or_path)
    value = read_yaml(text, _ANY, file=file).value
    return str(value.get("recipe", "")), read_fields(value)


def read_fields(value: Mapping[str, Any]) -> tuple[FieldSpec, ...]:
    """What a recipe's YAML says of its fields, filled up with what is known of fields with such names."""
    specs: list[FieldSpec] = []
    for name, options in (value.get("fields") or {}).items():
        given, known = options or {}, known_field(name)
        specs.append(
            FieldSpec(
                name=name,
                required=given.get("required", False),
                aliases=tuple(dict.fromkeys((*given.get("aliases", ()), *known.aliases))),
                about=given.get("about", known.about),
            )
        )
    return tuple(specs)
