"""Look at a source without making anything: what is in it, what was guessed, and how it would map to a recipe."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodsmith.catalog import (
    FirstLook,
    Picture,
    Profile,
    first_look,
    forget_mapping,
    guess_category,
    guess_family,
    guess_mapping,
    list_pictures,
    profile,
)
from goodsmith.recipe import load_fields
from goodsmith.records import ColumnMapping, Notice, TableInfo
from goodsmith.runner.reading import Guess, guesses_of, reading_of
from goodsmith.runner.request import Request
from goodsmith.settings import Settings, load_settings

if TYPE_CHECKING:
    from goodsmith.catalog.families import FamilyReport
    from goodsmith.runner.sources import Source

HEAD_ROWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What a person wants to know before anything else.

    looked_at: how many products the figures are about, None for all of them; total_rows: about how many there are.
    """

    info: TableInfo
    profile: Profile
    mapping: ColumnMapping
    recipe: str
    category: str | None
    family: str | None
    families: FamilyReport | None  # None: every product stands alone, or only the head was looked at
    notices: tuple[Notice, ...]
    guesses: tuple[Guess, ...] = ()
    pictures: tuple[Picture, ...] = ()
    looked_at: int | None = None
    total_rows: int | None = None


def inspect(
    request: Request, *, head: bool = False, settings: Settings | None = None, home: Path | None = None
) -> Inspection:
    """Products, duplicates, fill per column, and the mapping to the request's recipe.

    head: only of the first products, which takes a second however long the table is.
    """
    settings = settings or load_settings()
    home = home or settings.home
    if head:
        return _inspect_head(request, settings=settings, home=home)
    from goodsmith.runner.sources import read_source  # noqa: PLC0415  # brings the compiler of templates

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
        guesses=guesses_of(imported.info, source.reading, source.mapping),
        pictures=_pictures(imported.info, source.notices),
        total_rows=imported.rows,
    )


def _inspect_head(request: Request, *, settings: Settings, home: Path) -> Inspection:
    recipe, fields = load_fields(request.recipe)
    reading = reading_of(request, settings=settings, home=home)
    look = first_look(request.source, reading.options, rows=HEAD_ROWS, memory_limit_bytes=settings.import_memory_bytes)
    columns = [column.name for column in look.info.columns]
    if request.forget:
        forget_mapping(home, columns)
    sample = {name: [row[name] for row in look.rows] for name in columns}
    mapping = guess_mapping(look.info, fields, key=request.key, given=request.mapping, sample=sample, home=home)
    seen = profile(_table(look, columns), mapping, header_row=look.info.header_row or 0)
    return Inspection(
        info=look.info,
        profile=seen,
        mapping=mapping,
        recipe=recipe,
        category=guess_category(columns),
        family=guess_family(columns),
        families=None,
        notices=(*look.notices, *seen.notices),
        guesses=guesses_of(look.info, reading, mapping),
        looked_at=len(look.rows),
        total_rows=look.total_rows,
    )


def _families(request: Request, source: Source) -> FamilyReport | None:
    from goodsmith.runner.families import best_families, families_of  # noqa: PLC0415  # not for a look at the head

    if request.family is None:
        return best_families(source.imported, source.mapping)
    return families_of(source.imported, source.mapping, request.family).report(source.columns)


def _table(look: FirstLook, columns: list[str]) -> Any:
    import pyarrow as pa  # noqa: PLC0415  # heavy

    texts = {name: pa.array([row[name] for row in look.rows], pa.string()) for name in columns}
    return pa.table({**texts, "_gs_row": pa.array(look.places, pa.int64())})


def _pictures(info: TableInfo, notices: tuple[Notice, ...]) -> tuple[Picture, ...]:
    if info.format != "xlsx" or not {notice.code for notice in notices} & {"pictures", "pictures_in_cells"}:
        return ()
    return list_pictures(Path(info.source), info.sheet)
