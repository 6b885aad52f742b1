"""Reads a recipe: parses, checks and versions the YAML that says what to make of a product.

Everything that can be wrong is found here, with its line, before any row is read: keys, templates, names, orders, and
outputs that no model could fill. `recipe_schema()` is the one description of the format; the parser obeys it, editors
and the reference page use it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from goodsmith.recipe.finding import shipped_recipes

if TYPE_CHECKING:
    from goodsmith.recipe.fields import load_fields
    from goodsmith.recipe.loading import load_recipe
    from goodsmith.recipe.parsing import parse_recipe
    from goodsmith.recipe.schema import recipe_schema

__all__ = ["load_fields", "load_recipe", "parse_recipe", "recipe_schema", "shipped_recipes"]

# Templates bring their compiler, 0.4 s: a look at a catalog needs only the fields.
_HOMES = {"load_fields": "fields", "load_recipe": "loading", "parse_recipe": "parsing", "recipe_schema": "schema"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
