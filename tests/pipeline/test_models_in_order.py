"""Several models in an order: when a product moves on to the next, whose draft is kept, and how it is told."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from goodsmith.base.locales import parse_locales
from goodsmith.base.money import Wallet
from goodsmith.errors import ContentRefused, RecipeError
from goodsmith.models.fake import FakeModel, MemoryRecorder
from goodsmith.models.gateway import Gateway
from goodsmith.models.prices import parse_price
from goodsmith.models.router import Router, Rung
from goodsmith.pipeline import Pipeline
from goodsmith.recipe import parse_recipe
from goodsmith.records import Product, RowResult, RowStatus

RECIPE = """
recipe: one
fields: {name: {required: true}}
steps:
  - ask:
      instruction: Write a title.
      input: "Name: {{ name }}"
      output:
        title: {max: 20, language: any}
        confidence: {type: number, min: 0, max: 1}
checks: [schema, length]
models: [CHOICES]
"""
CHEAP, STRONG = "fake/cheap", "fake/strong"
USUAL = f"{CHEAP}, {STRONG}"
LONG = "A lamp that is much too long for its slot"


def says(title: str = "A lamp", confidence: float = 0.9) -> str:
    return json.dumps({"title": title, "confidence": confidence})


def make(*scripts: list[Any], models: str = USUAL) -> tuple[RowResult, list[FakeModel]]:
    recipe = parse_recipe(RECIPE.replace("CHOICES", models))
    fakes = [
        FakeModel(script, model_id=choice.model.replace("/", ":"))
        for script, choice in zip(scripts, recipe.models, strict=True)
    ]

    async def once() -> RowResult:
        rungs = [
            Rung(gateway=Gateway(fake, price=parse_price("in=1,out=1,currency=USD")), reasons=frozenset(choice.when))
            for fake, choice in zip(fakes, recipe.models, strict=True)
        ]
        ready = Pipeline(
            recipe,
            locales=parse_locales("en-US"),
            columns=("name",),
            answerer=Router(rungs),
            choices=recipe.models,
        )
        product = Product(ordinal=3, key="7", source_row=3, fields={"name": "Lamp"})
        return await ready.make(product, recorder=MemoryRecorder(), purse=Wallet())

    return asyncio.run(once()), fakes


def test_a_good_answer_of_the_first_model_asks_nobody_else_and_has_no_way_to_tell() -> None:
    row, fakes = make([says()], [])
    assert (row.status, row.route, [fake.asked for fake in fakes]) == (RowStatus.DONE, "", [1, 0])


def test_an_answer_that_cannot_be_read_after_a_repair_is_asked_of_the_next_model() -> None:
    row, fakes = make(["I am sorry", "I cannot"], [says()])
    assert (row.status, row.drafts[0].maker, row.calls) == (RowStatus.DONE, STRONG, 3)
    assert row.route == f"ask: {CHEAP} invalid → {STRONG} ok"
    assert fakes[1].requests[0].history == ()  # the next model begins afresh


def test_a_refusal_is_told_too() -> None:
    row, _ = make([ContentRefused("no")], [says()])
    assert row.route == f"ask: {CHEAP} content_refused → {STRONG} ok"


def test_a_row_that_nobody_would_write_says_who_was_asked() -> None:
    row, _ = make([ContentRefused("no")], [ContentRefused("never")])
    assert row.error is not None
    assert (row.status, row.error.code) == (RowStatus.FAILED, "content_refused")
    assert row.route == f"ask: {CHEAP} content_refused → {STRONG} content_refused"


def test_a_finding_moves_on_only_where_the_recipe_says_so() -> None:
    row, fakes = make([says(LONG), says(LONG)], [])
    assert (row.status, [fake.asked for fake in fakes]) == (RowStatus.REVIEW, [2, 0])
    row, fakes = make([says(LONG), says(LONG)], [says()], models=f"{CHEAP}, {{model: {STRONG}, when: [finding]}}")
    assert (row.status, row.drafts[0].value, [fake.asked for fake in fakes]) == (RowStatus.DONE, "A lamp", [2, 1])
    assert row.route == f"ask: {CHEAP} finding → {STRONG} ok"


def test_an_answer_that_is_not_sure_enough_moves_on() -> None:
    models = f"{{model: {CHEAP}, unsure: 'confidence < 0.6'}}, {{model: {STRONG}, when: [unsure]}}"
    row, _ = make([says(confidence=0.9)], [], models=models)
    assert row.route == ""
    row, _ = make([says(confidence=0.2)], [says("A better lamp", confidence=0.1)], models=models)
    assert (row.drafts[0].value, row.route) == ("A better lamp", f"ask: {CHEAP} unsure → {STRONG} ok")


def test_if_the_next_model_does_worse_the_first_ones_draft_stays() -> None:
    models = f"{CHEAP}, {{model: {STRONG}, when: [finding]}}"
    row, _ = make([says(LONG), says(LONG)], ["I am", "not able"], models=models)
    assert (row.drafts[0].value, row.drafts[0].maker) == (LONG, CHEAP)
    assert row.route == f"ask: {CHEAP} finding → {STRONG} invalid"
    row, _ = make([says(LONG), says(LONG)], [ContentRefused("no")], models=models)
    assert (row.drafts[0].value, row.route) == (LONG, f"ask: {CHEAP} finding → {STRONG} content_refused")


def test_all_that_was_asked_on_the_way_is_paid_by_the_row() -> None:
    row, _ = make(["I am sorry", "I cannot"], [says()])
    assert (row.cost_nanos, row.calls) == (3 * 110_000, 3)


@pytest.mark.parametrize(
    ("models", "words"),
    [
        ("fake/a, fake/a", "already"),
        ("'fake/a,fake/b'", "without commas"),
        ("{model: fake/a, when: [slow]}", "when"),
        ("{model: fake/a, unsure: 'confidance < 1'}", "confidence"),
        ("{model: fake/a, weight: 0}", "weight"),
        ("{when: [refused]}", "model"),
    ],
)
def test_a_mistake_in_the_order_is_named_with_its_line(models: str, words: str) -> None:
    with pytest.raises(RecipeError, match=words) as caught:
        parse_recipe(RECIPE.replace("CHOICES", models))
    assert caught.value.line == 12
