"""Loads a recipe: finds its text and parses it."""

from __future__ import annotations

from pathlib import Path

from goodsmith.recipe.finding import recipe_text
from goodsmith.recipe.parsing import parse_recipe
from goodsmith.records import Recipe


def load_recipe(name_or_path: str | Path) -> Recipe:
    """A shipped recipe by its name, or any recipe by the path of its file.

    Raises UnknownName with the near names, or RecipeError with file and line.
    """
    text, file = recipe_text(name_or_path)
    return parse_recipe(text, path=file)
