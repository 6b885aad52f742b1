"""What a process needs to know to work on a run; can be sent to another process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goodsmith.base.locales import parse_locale
from goodsmith.base.money import ASSUMED_RATES, Rates
from goodsmith.checks import DeepChecks, open_checks
from goodsmith.engines.look_ups import kept_look_ups
from goodsmith.pipeline import Pipeline
from goodsmith.protocols import LookUpTable
from goodsmith.recipe import parse_recipe
from goodsmith.records import ModelChoice, RunSpec, TokenSums
from goodsmith.store.answers import open_answers
from goodsmith.store.shared import SharedFolder, Sharing

STENCIL = "stencil"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrder:
    """A run for one process.

    concurrency: products in flight at once in this process. cache: URL or path of the answer cache, None without one.
    model_options: what `open_answerer` takes beside the model's name; secrets only as references.
    sharing: how other machines get files and answers, None where there are none. token_sums: what earlier runs learnt.
    """

    spec: RunSpec
    folder: Path  # the run's folder
    concurrency: int
    cache: str | None = None
    sharers: int = 1  # processes that share the account's limits
    model_options: tuple[tuple[str, Any], ...] = ()
    sharing: Sharing | None = None
    token_sums: tuple[TokenSums, ...] = ()


def open_pipeline(
    order: WorkOrder,
    *,
    stop: Callable[[], bool] = lambda: False,
    look_ups: Mapping[str, LookUpTable] | None = None,
) -> Pipeline:
    """Parse the recipe, open the model and the checks. Nothing is asked yet.

    look_ups: the tables of the recipe's look-ups, by step; None: those that the run keeps in its folder.
    """
    from goodsmith.models.gateway import open_answerer  # noqa: PLC0415 - loads the client

    spec = order.spec
    recipe = parse_recipe(spec.recipe_text, path=spec.recipe_path)
    answerer = open_answerer(
        spec.model,
        base_url=spec.base_url,
        cache=open_answers(order.cache) if order.cache and spec.model != STENCIL else None,
        concurrency=order.concurrency,
        sharers=order.sharers,
        params=spec.params,
        rates=rates_of(spec.rates),
        stop=stop,
        token_sums=order.token_sums,
        **dict(order.model_options),
    )
    return Pipeline(
        recipe,
        locales=[parse_locale(tag) for tag in spec.locales],
        columns=spec.columns,
        answerer=answerer,
        deep=DeepChecks() if any(check.deep for check in open_checks(recipe.checks)) else None,
        fallback_to_stencil=spec.fallback_to_stencil,
        look_ups=_kept(order) if look_ups is None else look_ups,
        choices=[ModelChoice(**choice) for choice in spec.model_options.get("choices", ())],
    )


def _kept(order: WorkOrder) -> Mapping[str, LookUpTable]:
    if not order.spec.look_ups:
        return {}
    return kept_look_ups(order.folder, shared=SharedFolder.of(order.folder, order.sharing))


def rates_of(stated: Sequence[str]) -> Rates:
    """The exchange rates that the user stated, above the assumed ones."""
    rates = ASSUMED_RATES
    for text in stated:
        rates = rates.stated(text)
    return rates
