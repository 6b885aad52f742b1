"""What a process needs to know to work on a run; can be sent to another process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goodsmith.base.locales import parse_locale
from goodsmith.pipeline import Pipeline
from goodsmith.protocols import AnswerCache, Answerer
from goodsmith.recipe import parse_recipe
from goodsmith.records import RunSpec

STENCIL = "stencil"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrder:
    """A run for one process.

    concurrency: products in flight at once in this process. cache: URL or path of the answer cache, None without one.
    model_options: what `open_answerer` takes beside the model's name; secrets only as references.
    """

    spec: RunSpec
    folder: Path  # the run's folder
    concurrency: int
    cache: str | None = None
    model_options: tuple[tuple[str, Any], ...] = ()
    fallback_to_stencil: bool = False


def open_pipeline(order: WorkOrder, *, stop: Callable[[], bool] = lambda: False) -> Pipeline:
    """Parse the recipe, open the model and the checks."""
    from goodsmith.checks import DeepChecks, open_checks  # noqa: PLC0415

    spec = order.spec
    recipe = parse_recipe(spec.recipe_text, path=spec.recipe_path)
    deep = DeepChecks() if any(check.deep for check in open_checks(recipe.checks)) else None
    return Pipeline(
        recipe,
        locales=[parse_locale(tag) for tag in spec.locales],
        columns=spec.columns,
        answerer=None if spec.model == STENCIL else _open_answerer(order, stop),
        deep=deep,
        fallback_to_stencil=order.fallback_to_stencil,
    )


def open_cache(place: str | None) -> AnswerCache | None:
    """The exact answer cache: a SQLite file by path, or the tables of a Postgres URL."""
    from goodsmith.store.answers import open_answers  # noqa: PLC0415

    return open_answers(place) if place else None


def _open_answerer(order: WorkOrder, stop: Callable[[], bool]) -> Answerer:
    from goodsmith.models.gateway import open_answerer  # noqa: PLC0415

    return open_answerer(
        order.spec.model,
        base_url=order.spec.base_url,
        cache=open_cache(order.cache),
        concurrency=order.concurrency,
        params=order.spec.params,
        stop=stop,
        **dict(order.model_options),
    )
