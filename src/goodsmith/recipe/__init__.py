"""Reads a recipe: parses, checks and versions the YAML that says what to make of a product.

Everything that can be wrong is found here, with its line, before any row is read: keys, templates, names, orders, and
outputs that no model could fill. `recipe_schema()` is the one description of the format; the parser obeys it, editors
and the reference page use it.
"""

from __future__ import annotations

from goodsmith.recipe.loading import load_recipe, shipped_recipes
from goodsmith.recipe.parsing import parse_recipe
from goodsmith.recipe.schema import recipe_schema

__all__ = ["load_recipe", "parse_recipe", "recipe_schema", "shipped_recipes"]
