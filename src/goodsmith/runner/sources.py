"""Read a request's source and map its columns to the recipe: the first step of every look, plan and run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from goodsmith.catalog import Import, ReadOptions, carried, guess_mapping, import_table
from goodsmith.recipe import load_recipe
from goodsmith.records import ColumnMapping, Notice, Recipe
from goodsmith.runner.request import Request
from goodsmith.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source as it was read, for a recipe."""

    recipe: Recipe
    imported: Import
    mapping: ColumnMapping
    columns: tuple[str, ...]
    notices: tuple[Notice, ...]  # of reading, and of what a workbook export cannot carry


def read_source(request: Request, *, settings: Settings, home: Path) -> Source:
    """Import the source (once; the same content is found again) and map it."""
    recipe = load_recipe(request.recipe)
    imported = import_table(
        request.source,
        home / "imports",
        _options(request),
        memory_limit_bytes=settings.import_memory_bytes,
    )
    lost = carried(request.source) if imported.info.format == "xlsx" else []
    return Source(
        recipe=recipe,
        imported=imported,
        mapping=guess_mapping(imported, recipe.fields, key=request.key, given=request.mapping, home=home),
        columns=tuple(column.name for column in imported.info.columns),
        notices=(*imported.notices, *lost),
    )


def _options(request: Request) -> ReadOptions:
    return ReadOptions(
        sheet=request.sheet,
        header=request.header,
        encoding=request.encoding,
        separator=request.separator,
        table=request.table,
        transpose=request.transpose,
        all_rows=request.all_rows,
        visible_only=request.visible_only,
    )
