"""Lint: a recipe over all rows of a source, without a model."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from goodsmith.pipeline.linting import Lint, LintReport
from goodsmith.pipeline.turns import turns_of
from goodsmith.records import Notice
from goodsmith.runner.look_ups import missing_keys, open_look_ups
from goodsmith.runner.planning import locales_of, require_fields, selection_of
from goodsmith.runner.request import Request
from goodsmith.runner.sources import read_source
from goodsmith.selection import all_products
from goodsmith.settings import Settings, load_settings

PROGRESS_ROWS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """What lint found in a source. notices: of reading it and of look-ups."""

    report: LintReport
    source: str
    locales: tuple[str, ...]
    mapping: Mapping[str, str]
    seconds: float
    notices: tuple[Notice, ...]


def lint(
    request: Request,
    *,
    settings: Settings | None = None,
    home: Path | None = None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Linted:
    """Write every prompt and every sentence of the chosen rows, and count. Asks nobody, makes no run.

    on_progress: told the rows so far. Raises UsageError with what to change.
    """
    settings = settings or load_settings()
    home = home or settings.home
    source = read_source(request, settings=settings, home=home)
    recipe, mapping = source.recipe, source.mapping
    require_fields(mapping, source.columns, source.imported.info, recipe)
    look_ups, told = open_look_ups(recipe, request.look_ups, settings=settings, home=home)
    locales = locales_of(request, source)
    selection = selection_of(request, family=None)
    began = time.monotonic()
    derivations, turns = turns_of(recipe, locales, source.columns, look_ups)
    linted = Lint(recipe, derivations, turns, mapping.fields)
    for number, product in enumerate(all_products(source.imported.parquet, selection, mapping), start=1):
        linted.take(product)
        if number % PROGRESS_ROWS == 0:
            on_progress(number)
    return Linted(
        report=linted.report(),
        source=source.imported.info.source,
        locales=tuple(locale.tag for locale in locales),
        mapping=dict(mapping.fields),
        seconds=time.monotonic() - began,
        notices=(*source.notices, *told, *missing_keys(derivations, source.imported.parquet, selection, mapping)),
    )
