"""A few products made here and now, without a ledger: for tests of recipes and other small looks.

Answers go through the cache, so asking again costs nothing; nothing else is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from goodsmith.base.money import Wallet
from goodsmith.engines.order import STENCIL, WorkOrder, open_pipeline
from goodsmith.models.fake import MemoryRecorder
from goodsmith.pipeline import Pipeline
from goodsmith.protocols import LookUpTable
from goodsmith.records import Product, Recipe, RowResult, RunSpec
from goodsmith.runner.planning import model_options_of
from goodsmith.runner.request import Request
from goodsmith.settings import Settings


def open_at_once(
    recipe: Recipe,
    request: Request,
    *,
    locales: Sequence[str],
    look_ups: Mapping[str, LookUpTable],
    settings: Settings,
    home: Path,
) -> Pipeline:
    """The recipe ready to make products that come from nowhere. Of the request, only model and money count."""
    spec = RunSpec(
        run_id="",
        catalog="",
        source="",
        recipe_text=recipe.text,
        recipe_path=recipe.path,
        recipe_version=recipe.version,
        recipe_name=recipe.name,
        model=request.model,
        locales=tuple(locales),
        mapping={},
        key_column=None,
        base_url=request.base_url,
        params=dict(request.params),
        model_options=model_options_of(request, settings),
    )
    order = WorkOrder(
        spec=spec,
        folder=home,
        concurrency=settings.concurrency,
        cache=str(home / "answers.db") if settings.cache and request.model != STENCIL else None,
        model_options=tuple(spec.model_options.items()),
    )
    return open_pipeline(order, look_ups=look_ups)


def make_at_once(pipeline: Pipeline, products: Sequence[Product], *, wallet: Wallet) -> list[RowResult]:
    """All drafts of these products, in order; the pipeline is closed. Raises BudgetExhausted and AccountProblem."""

    async def make_all() -> list[RowResult]:
        recorder = MemoryRecorder()
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(pipeline.make(product, recorder=recorder, purse=wallet)) for product in products
                ]
        except* Exception as problems:  # noqa: BLE001  a group of one kind: the first says it
            raise _first(problems) from None
        finally:
            await pipeline.close()
        return [task.result() for task in tasks]

    return asyncio.run(make_all())


def _first(problems: BaseExceptionGroup[BaseException]) -> BaseException:
    found: BaseException = problems
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found
