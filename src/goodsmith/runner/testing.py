"""Runs a recipe's own tests: its rows, made by its sentences or by a model, against its assertions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from goodsmith.base.money import Wallet
from goodsmith.engines.order import STENCIL, rates_of
from goodsmith.models.prices import require_price
from goodsmith.pipeline import Pipeline
from goodsmith.recipe import load_recipe
from goodsmith.recipe.assertions import Tried, Verdict, judge
from goodsmith.records import Assertion, Product, Recipe, RecipeTest, RowResult
from goodsmith.runner.at_once import make_at_once, open_at_once
from goodsmith.runner.look_ups import open_look_ups
from goodsmith.runner.planning import with_models
from goodsmith.runner.request import Request
from goodsmith.settings import Settings, load_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeTestOutcome:
    """How a test went. verdicts: None for an assertion about another maker, which did not run."""

    test: RecipeTest
    result: RowResult
    verdicts: tuple[tuple[Assertion, Verdict | None], ...]

    @property
    def ran(self) -> bool:
        return any(verdict is not None for _, verdict in self.verdicts)

    @property
    def passed(self) -> bool:
        """False also for a test that did not run: nothing was shown."""
        return self.ran and all(verdict is None or verdict.ok for _, verdict in self.verdicts)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeTestReport:
    """The tests of a recipe, in their order."""

    recipe: Recipe
    model: str
    outcomes: tuple[RecipeTestOutcome, ...]
    cost_nanos: int | None  # None: a price is unknown
    currency: str

    @property
    def failed(self) -> int:
        return sum(outcome.ran and not outcome.passed for outcome in self.outcomes)

    @property
    def skipped(self) -> int:
        return sum(not outcome.ran for outcome in self.outcomes)


def run_recipe_tests(
    request: Request, *, settings: Settings | None = None, home: Path | None = None
) -> RecipeTestReport:
    """Run the tests of the request's recipe with its model; `stencil` asks nobody. Its source is not read.

    Raises UsageError for what must be changed first, BudgetExhausted and AccountProblem.
    """
    settings = settings or load_settings()
    home = home or settings.home
    request = replace(request, model=request.model or STENCIL)  # a test asks a model only if it is told to
    recipe = load_recipe(request.recipe)
    request, _ = with_models(request, recipe, settings)
    look_ups = open_look_ups(recipe, request.look_ups, settings=settings, home=home)[0] if recipe.tests else {}
    made: dict[int, tuple[RowResult, dict[str, str]]] = {}
    cost: int | None = 0
    currency = ""
    for locale in dict.fromkeys(test.locale for test in recipe.tests):
        pipeline = open_at_once(
            recipe,
            request,
            locales=[locale] if locale else [],
            look_ups=look_ups,
            settings=settings,
            home=home,
        )
        currency = pipeline.answerer.currency if pipeline.answerer else ""
        if request.budget is not None and pipeline.answerer and not currency:
            require_price(None, model=request.model)
        places = [place for place, test in enumerate(recipe.tests) if test.locale == locale]
        products = [_product(recipe, recipe.tests[place], place) for place in places]
        prompts = [_prompts(pipeline, product) for product in products]
        results = make_at_once(pipeline, products, wallet=_wallet(request, currency, cost or 0))
        for place, result, asked in zip(places, results, prompts, strict=True):
            made[place] = (result, asked)
            cost = None if cost is None or result.cost_nanos is None else cost + result.cost_nanos
    maker = "stencil" if request.model == STENCIL else "model"
    return RecipeTestReport(
        recipe=recipe,
        model=request.model,
        outcomes=tuple(_judged(test, *made[place], maker=maker) for place, test in enumerate(recipe.tests)),
        cost_nanos=cost,
        currency=currency,
    )


def _judged(test: RecipeTest, result: RowResult, prompts: dict[str, str], *, maker: str) -> RecipeTestOutcome:
    tried = Tried(result=result, locale=test.locale, prompts=prompts)
    return RecipeTestOutcome(
        test=test,
        result=result,
        verdicts=tuple((one, judge(one, tried) if one.only in {"", maker} else None) for one in test.assertions),
    )


def _product(recipe: Recipe, test: RecipeTest, place: int) -> Product:
    fields = {spec.name: "" for spec in recipe.fields} | dict(test.row)
    return Product(ordinal=place, key=test.name, fields=fields)


def _prompts(pipeline: Pipeline, product: Product) -> dict[str, str]:
    """Step -> what a model would be asked; of steps whose prompt does not wait for an answer."""
    return {turn.step: f"{asked.system}\n{asked.user}" for turn, asked in pipeline.requests(product)}


def _wallet(request: Request, currency: str, spent_nanos: int) -> Wallet:
    if request.budget is None or not currency:
        return Wallet(None, currency=currency)
    limit = rates_of(request.rates).convert(request.budget.nanos, request.budget.currency, currency)
    return Wallet(limit, currency=currency, spent_nanos=spent_nanos)
