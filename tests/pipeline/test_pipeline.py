"""One product through its steps: ask, read, check, mend once, decide. No chunk, file or database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from goodsmith.base.locales import parse_locales
from goodsmith.base.money import Wallet
from goodsmith.errors import AccountProblem, BudgetExhausted, ContentRefused, Stopped
from goodsmith.models.fake import FakeModel, MemoryRecorder
from goodsmith.models.gateway import Gateway
from goodsmith.models.prices import parse_price
from goodsmith.pipeline import Pipeline
from goodsmith.recipe import parse_recipe
from goodsmith.records import Product, RowResult, RowStatus

ONE_STEP = """
recipe: one
fields: {name: {required: true}, brand: {}}
steps:
  - ask:
      instruction: Write in {{ locale.language }}.
      input: "Name: {{ name }}{% if brand %} of {{ brand }}{% endif %}"
      output:
        title: {max: 20}
    stencil:
      title: "{{ name }}"
checks: [schema, length]
"""

TWO_STEPS = """
recipe: two
fields: {name: {required: true}}
steps:
  - ask:
      name: facts
      instruction: Name the material.
      input: "Name: {{ name }}"
      output:
        material: {max: 20, language: any}
    stencil: {material: "of {{ name }}"}
  - ask:
      name: title
      instruction: Write in {{ locale.language }}.
      input: "Material: {{ material }}"
      output:
        title: {max: 30}
    stencil: {title: "{{ name }}, {{ material }}"}
checks: [schema, length]
"""

LAMP = Product(ordinal=3, key="7", source_row=3, fields={"name": "Lamp", "brand": ""})


def says(**slots: Any) -> str:
    return json.dumps(slots)


def pipeline(model: FakeModel | None, *, recipe: str = ONE_STEP, locales: str = "en-US", **options: Any) -> Pipeline:
    answerer = Gateway(model, price=parse_price("in=1,out=2,currency=USD")) if model else None
    return Pipeline(
        parse_recipe(recipe), locales=parse_locales(locales), columns=("name", "brand"), answerer=answerer, **options
    )


def make(
    ready: Pipeline,
    product: Product = LAMP,
    *,
    wallet: Wallet | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> RowResult:
    async def once() -> RowResult:
        try:
            return await ready.make(product, recorder=MemoryRecorder(), purse=wallet or Wallet(), stop=stop)
        finally:
            await ready.close()

    return asyncio.run(once())


def test_a_product_becomes_drafts_with_their_maker_and_their_cost() -> None:
    row = make(pipeline(FakeModel([says(title="A lamp")])))
    assert [(draft.slot, draft.locale, draft.value, draft.maker) for draft in row.drafts] == [
        ("title", "en-US", "A lamp", "fake/model")
    ]
    assert (row.ordinal, row.key, row.status, row.calls) == (3, "7", RowStatus.DONE, 1)
    assert row.cost_nanos == 120_000  # 100 tokens in, 10 out


def test_a_finding_is_mended_by_one_request_that_carries_it() -> None:
    model = FakeModel([says(title="A lamp that is much too long for its slot"), says(title="A lamp")])
    row = make(pipeline(model))
    assert (row.drafts[0].value, row.repairs, row.calls) == ("A lamp", 1, 2)
    assert "20" in model.requests[1].history[-1][1]
    assert row.status is RowStatus.DONE


def test_what_is_still_wrong_after_one_repair_goes_to_a_person() -> None:
    long = says(title="A lamp that is much too long for its slot")
    model = FakeModel([long, long])
    row = make(pipeline(model))
    assert (row.status, model.asked) == (RowStatus.REVIEW, 2)
    assert {finding.rule for finding in row.findings} & {"length", "schema"}


def test_a_repair_that_makes_it_worse_is_not_taken() -> None:
    first = says(title="A lamp that is a bit too long")
    row = make(pipeline(FakeModel([first, "no JSON at all"])))
    assert row.drafts[0].value == "A lamp that is a bit too long"
    assert (row.status, row.calls) == (RowStatus.REVIEW, 2)


def test_an_answer_without_the_asked_shape_after_a_repair_fails_the_row() -> None:
    row = make(pipeline(FakeModel(["I am sorry", "I cannot"])))
    assert (row.status, row.drafts, row.calls) == (RowStatus.FAILED, (), 2)
    assert row.error is not None
    assert (row.error.code, row.error.step) == ("answer_invalid", "ask")


def test_a_later_step_reads_what_an_earlier_one_said() -> None:
    model = FakeModel([says(material="brass"), says(title="A brass lamp")])
    row = make(pipeline(model, recipe=TWO_STEPS))
    assert "Material: " in model.requests[1].user
    assert "brass" in model.requests[1].user
    assert [draft.value for draft in row.drafts] == ["brass", "A brass lamp"]


def test_half_a_product_is_not_a_product() -> None:
    model = FakeModel([says(material="brass"), ContentRefused("too hot", status=400)])
    row = make(pipeline(model, recipe=TWO_STEPS))
    assert (row.status, row.drafts, row.findings) == (RowStatus.FAILED, (), ())
    assert row.error is not None
    assert (row.error.code, row.error.step, row.error.locale) == ("content_refused", "title", "en-US")
    assert row.cost_nanos == 120_000, "the first step was paid for"


def test_a_step_that_reads_no_locale_is_asked_once_for_all() -> None:
    model = FakeModel(
        [says(material="brass")],
        then=lambda request: says(title="黄铜台灯" if "Chinese" in request.system else "A brass lamp"),
    )
    row = make(pipeline(model, recipe=TWO_STEPS, locales="en-US,zh-CN"))
    assert model.asked == 3
    assert {(draft.slot, draft.locale): draft.value for draft in row.drafts} == {
        ("material", ""): "brass",
        ("title", "en-US"): "A brass lamp",
        ("title", "zh-CN"): "黄铜台灯",
    }


def test_the_stencil_stands_in_for_a_model_that_fails_and_a_person_looks() -> None:
    row = make(pipeline(FakeModel([ContentRefused("too hot")]), fallback_to_stencil=True))
    assert [(draft.value, draft.maker) for draft in row.drafts] == [("Lamp", "template")]
    assert (row.status, row.error) == (RowStatus.REVIEW, None)
    assert "fallback" in {finding.rule for finding in row.findings}


def test_the_stencil_does_not_stand_in_for_a_wrong_key() -> None:
    with pytest.raises(AccountProblem):
        make(pipeline(FakeModel([AccountProblem("wrong key")]), fallback_to_stencil=True))


def test_without_a_model_the_recipes_sentences_are_filled_and_cost_nothing() -> None:
    row = make(pipeline(None, recipe=TWO_STEPS))
    assert [(draft.value, draft.maker) for draft in row.drafts] == [
        ("of Lamp", "template"),
        ("Lamp, of Lamp", "template"),
    ]
    assert (row.calls, row.cost_nanos) == (0, 0)


def test_sentences_that_say_nothing_at_all_are_a_failure_not_an_empty_product() -> None:
    row = make(pipeline(None), Product(ordinal=0, key="1", fields={"name": "", "brand": ""}))
    assert (row.status, row.drafts) == (RowStatus.FAILED, ())
    assert row.error is not None
    assert row.error.code == "nothing_made"


def test_no_money_and_a_stop_leave_the_row_as_if_not_tried() -> None:
    model = FakeModel()
    with pytest.raises(BudgetExhausted):
        make(pipeline(model), wallet=Wallet(1_000, currency="USD"))
    with pytest.raises(Stopped):
        make(pipeline(model), stop=lambda: True)
    assert model.asked == 0


@pytest.mark.parametrize("recipe", [ONE_STEP, TWO_STEPS])
def test_a_product_never_costs_more_than_its_worst_case(recipe: str) -> None:
    """Every answer as long as it may be, and a repair for each."""

    class Longest(FakeModel):
        async def complete(self, request, *, timeout_s):
            answer = await super().complete(request, timeout_s=timeout_s)
            from dataclasses import replace

            from goodsmith.records import Usage

            told = len((request.system + request.user + "".join(text for _, text in request.history)).encode())
            return replace(answer, usage=Usage(input_tokens=told, output_tokens=request.max_output_tokens))

    ready = pipeline(Longest(then="x" * 40), recipe=recipe)
    worst = ready.worst_cost_nanos(LAMP)
    row = make(ready)
    assert row.calls >= 2
    assert 0 < row.cost_nanos <= worst


def test_an_unknown_price_is_unknown_in_the_worst_case_and_in_the_row() -> None:
    ready = Pipeline(
        parse_recipe(ONE_STEP),
        locales=parse_locales("en-US"),
        columns=("name", "brand"),
        answerer=Gateway(FakeModel([says(title="A lamp")])),
    )
    assert ready.worst_cost_nanos(LAMP) is None
    assert make(ready).cost_nanos is None


def test_the_inputs_hash_moves_with_what_is_used_and_with_nothing_else() -> None:
    ready = pipeline(FakeModel())

    def digest(**fields: str) -> str:
        return ready.inputs_hashes(Product(ordinal=0, key="1", fields={"name": "Lamp", "brand": "", **fields}))["en-US"]

    assert digest() == digest(price="9") == digest(weight="1 kg")
    assert len({digest(), digest(name="Lamps"), digest(brand="Olmo")}) == 3
    other = pipeline(FakeModel(), recipe=ONE_STEP.replace("[schema, length]", "[schema]"))
    assert other.inputs_hashes(LAMP)["en-US"] != ready.inputs_hashes(LAMP)["en-US"], "a check that is gone counts too"
