"""Read a request's source and map its columns to the recipe: the first step of every look, plan and run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from goodsmith.catalog import Import, carried, forget_mapping, guess_mapping, import_table
from goodsmith.recipe import load_recipe
from goodsmith.records import ColumnMapping, Notice, Recipe
from goodsmith.runner.reading import Reading, reading_of
from goodsmith.runner.request import Request
from goodsmith.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source as it was read, for a recipe."""

    recipe: Recipe
    imported: Import
    mapping: ColumnMapping
    columns: tuple[str, ...]
    reading: Reading
    notices: tuple[Notice, ...]  # of reading, and of what a workbook export cannot carry


def read_source(request: Request, *, settings: Settings, home: Path) -> Source:
    """Import the source (once; the same content is found again) and map it."""
    recipe = load_recipe(request.recipe)
    reading = reading_of(request, settings=settings, home=home)
    imported = import_table(
        request.source,
        home / "imports",
        reading.options,
        memory_limit_bytes=settings.import_memory_bytes,
    )
    columns = tuple(column.name for column in imported.info.columns)
    if request.forget:
        forget_mapping(home, columns)
    lost = carried(request.source) if imported.info.format == "xlsx" else []
    return Source(
        recipe=recipe,
        imported=imported,
        mapping=guess_mapping(imported, recipe.fields, key=request.key, given=request.mapping, home=home),
        columns=columns,
        reading=reading,
        notices=(*imported.notices, *lost),
    )
