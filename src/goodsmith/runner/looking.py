"""Look at a source without making anything: what is in it and how it would map to a recipe."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from goodsmith.catalog import Profile, guess_category, guess_family, profile
from goodsmith.catalog.families import FamilyReport
from goodsmith.records import ColumnMapping, Notice, TableInfo
from goodsmith.runner.families import best_families, families_of
from goodsmith.runner.request import Request
from goodsmith.runner.sources import Source, read_source
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
    families: FamilyReport | None  # None: every product stands alone
    notices: tuple[Notice, ...]


def _families(request: Request, source: Source) -> FamilyReport | None:
    if request.family is None:
        return best_families(source.imported, source.mapping)
    return families_of(source.imported, source.mapping, request.family).report(source.columns)


def inspect(request: Request, *, settings: Settings | None = None, home: Path | None = None) -> Inspection:
    """Products, duplicates, fill per column, and the mapping to the request's recipe."""
    settings = settings or load_settings()
    home = home or settings.home
    source = read_source(request, settings=settings, home=home)
    imported = source.imported
    seen = profile(imported.parquet, source.mapping, header_row=imported.info.header_row or 0, home=home)
    return Inspection(
        info=imported.info,
        profile=seen,
        mapping=source.mapping,
        recipe=source.recipe.name,
        category=guess_category(source.columns),
        family=guess_family(source.columns),
        families=_families(request, source),
        notices=(*source.notices, *seen.notices),
    )
