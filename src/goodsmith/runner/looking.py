"""Look at a source without making anything: what is in it and how it would map to a recipe."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from goodsmith.catalog import Profile, carried, guess_category, guess_family, guess_mapping, import_table, profile
from goodsmith.recipe import load_recipe
from goodsmith.records import ColumnMapping, Notice, TableInfo
from goodsmith.runner.request import Request
from goodsmith.settings import Settings, load_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What a person wants to know before anything else."""

    info: TableInfo
    profile: Profile
    mapping: ColumnMapping
    recipe: str
    category: str | None
    family: str | None
    notices: tuple[Notice, ...]


def inspect(request: Request, *, settings: Settings | None = None, home: Path | None = None) -> Inspection:
    """Products, duplicates, fill per column, and the mapping to the request's recipe."""
    settings = settings or load_settings()
    home = home or settings.home
    recipe = load_recipe(request.recipe)
    imported = import_table(
        request.source,
        home / "imports",
        sheet=request.sheet,
        header=request.header,
        encoding=request.encoding,
        separator=request.separator,
        table=request.table,
        memory_limit_bytes=settings.import_memory_bytes,
    )
    columns = [column.name for column in imported.info.columns]
    mapping = guess_mapping(imported, recipe.fields, key=request.key, given=request.mapping, home=home)
    seen = profile(imported.parquet, mapping, header_row=imported.info.header_row or 0, home=home)
    lost = carried(request.source) if imported.info.format == "xlsx" else []
    return Inspection(
        info=imported.info,
        profile=seen,
        mapping=mapping,
        recipe=recipe.name,
        category=guess_category(columns),
        family=guess_family(columns),
        notices=(*imported.notices, *seen.notices, *lost),
    )
