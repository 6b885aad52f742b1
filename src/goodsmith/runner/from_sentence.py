"""A complete recipe from a plain sentence: designed by a model, or the nearest known one made to fit."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from goodsmith.base.money import Wallet
from goodsmith.engines.order import STENCIL, rates_of
from goodsmith.errors import GoodsmithError, ModelError, RecipeError
from goodsmith.models.fake import MemoryRecorder
from goodsmith.models.prices import require_price
from goodsmith.protocols import Answerer, Purse
from goodsmith.recipe import load_recipe, parse_recipe, shipped_recipes
from goodsmith.recipe.composing import adapted, assembled, design_schema
from goodsmith.recipe.wishes import Wish, understand
from goodsmith.records import ModelRequest, Recipe
from goodsmith.runner.at_once import open_at_once
from goodsmith.runner.request import Request
from goodsmith.settings import Settings, load_settings

_MAX_TOKENS = 3_000

_INSTRUCTION = """\
You design recipes for Goodsmith, which writes product copy for shops. A recipe asks a language model about one
product at a time: an instruction, the product's fields, requirements, and the slots to fill. You are given what a shop
wants, in its own words, and the nearest recipe that exists. Design the recipe that the shop wants.

Requirements:
- Ask only for what a product's data can answer; the model that runs the recipe must invent nothing. Say so in it.
- Say limits as numbers of the slots (max, max_items), not in words.
- Requirements are single sentences that a reader could check. Keep those of the nearest recipe that still hold.
- Read the fields that the slots need, and no others. Prefer the known names.

Answer with one JSON object that has the asked shape, and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecipe:
    """A recipe that was written. by: the model, or "" for the nearest known one. why: why a model's was not taken."""

    text: str
    recipe: Recipe
    base: str
    wish: Wish
    by: str = ""
    why: GoodsmithError | None = None
    cost_nanos: int | None = 0
    currency: str = ""


def new_recipe(
    sentence: str,
    request: Request,
    *,
    base: str | None = None,
    settings: Settings | None = None,
    home: Path | None = None,
) -> NewRecipe:
    """Write a recipe from a sentence. Of the request, only model and money count; `stencil` asks nobody.

    base: the recipe to start from; None: the nearest shipped one. What a model designs is checked as any recipe is; if
    that fails twice, the nearest known one is taken and `why` says so. Raises BudgetExhausted and AccountProblem.
    """
    settings = settings or load_settings()
    home = home or settings.home
    known = [load_recipe(name) for name in shipped_recipes()]
    wish = understand(sentence, known)
    start = load_recipe(base or wish.recipes[0])
    near = _parsed(adapted(start, wish), start, wish)
    if request.model in {"", STENCIL}:
        return near
    pipeline = open_at_once(start, request, locales=wish.locales, look_ups={}, settings=settings, home=home)
    assert pipeline.answerer is not None
    currency = pipeline.answerer.currency
    if request.budget is not None and not currency:
        require_price(None, model=request.model)
    wallet = Wallet(_limit(request, currency), currency=currency)

    async def ask() -> NewRecipe:
        assert pipeline.answerer is not None
        try:
            return await _designed(pipeline.answerer, wallet, start, wish, near)
        finally:
            await pipeline.close()

    return replace(asyncio.run(ask()), currency=currency)


async def _designed(answerer: Answerer, purse: Purse, start: Recipe, wish: Wish, near: NewRecipe) -> NewRecipe:
    request = ModelRequest(
        system=_INSTRUCTION,
        user=f"The shop wants: {wish.sentence}\n\nThe nearest recipe:\n{start.text}",
        schema=design_schema(),
        schema_name="recipe",
        max_output_tokens=_MAX_TOKENS,
    )
    recorder = MemoryRecorder()
    cost: int | None = 0
    why: GoodsmithError | None = None
    for _ in range(2):
        try:
            answer = await answerer.answer(request, ordinal=0, recorder=recorder, purse=purse)
        except ModelError as error:
            if error.code == "account":
                raise
            return replace(near, why=error, cost_nanos=_sum(cost, error.spent_nanos))
        cost = _sum(cost, answer.cost_nanos)
        try:
            made = _parsed(assembled(_parts(answer.text), start, wish), start, wish)
        except RecipeError as error:
            why = error
            said = f"That recipe is not valid: {error.en}. Give the whole object again, corrected."
            request = replace(request, history=(*request.history, ("assistant", answer.text), ("user", said)))
        else:
            return replace(made, by=answer.model, cost_nanos=cost)
    return replace(near, why=why, cost_nanos=cost)


def _parsed(text: str, start: Recipe, wish: Wish) -> NewRecipe:
    return NewRecipe(text=text, recipe=parse_recipe(text, path="recipe"), base=start.name, wish=wish)


def _parts(answer: str) -> Mapping[str, Any]:
    """The designed parts. Raises RecipeError for anything else."""
    start, end = answer.find("{"), answer.rfind("}")
    try:
        parts = json.loads(answer[start : end + 1])
    except ValueError as error:
        raise RecipeError(f"the answer is no JSON: {error}", zh=f"回答不是 JSON:{error}") from error
    wanted = design_schema()
    _like(parts, wanted, "the answer")
    made: Mapping[str, Any] = parts
    return made


def _like(value: Any, schema: Mapping[str, Any], place: str) -> None:
    """Whether a value has the shape of the few things that `design_schema` says. Raises RecipeError with the place."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    types = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "null": type(None)}
    fits = any(isinstance(value, types[kind]) for kind in kinds) and not (
        isinstance(value, bool) and "boolean" not in kinds
    )
    if not fits or ("enum" in schema and value not in schema["enum"]):
        wanted = " or ".join(schema.get("enum", kinds))
        raise RecipeError(f"{place}: expected {wanted}", zh=f"{place}:应为 {wanted}")
    if isinstance(value, dict):
        for name in schema["required"]:
            if name not in value:
                raise RecipeError(f"{place}: {name!r} is missing", zh=f"{place}:缺少 {name!r}")
            _like(value[name], schema["properties"][name], name)
    elif isinstance(value, list):
        for one in value:
            _like(one, schema["items"], place)


def _limit(request: Request, currency: str) -> int | None:
    if request.budget is None or not currency:
        return None
    return rates_of(request.rates).convert(request.budget.nanos, request.budget.currency, currency)


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
