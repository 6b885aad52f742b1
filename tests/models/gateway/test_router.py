"""A fallback order is honoured, and an account without credit is skipped (one-api #1197; new-api #7007)."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodsmith.base.clock import run_in_virtual_time
from goodsmith.base.money import Wallet
from goodsmith.errors import AccountProblem, BadRequest, ContentRefused, ContextOverflow, Overloaded, UsageError
from goodsmith.models.fake import FakeModel, MemoryRecorder
from goodsmith.models.gateway import Gateway
from goodsmith.models.prices import parse_price
from goodsmith.models.router import Router, Rung
from goodsmith.records import ModelRequest

REQUEST = ModelRequest(system="Write.", user="a mug", max_output_tokens=50)


class Chain:
    def __init__(self, *models, price="in=1,out=1,currency=CNY"):
        self.models = models
        self.recorder, self.wallet = MemoryRecorder(), Wallet()
        now = asyncio.get_running_loop().time
        self.router = Router([Gateway(model, price=parse_price(price), now=now) for model in models], now=now)

    def ask(self, ordinal=0, user="a mug"):
        request = ModelRequest(system="Write.", user=user, max_output_tokens=50)
        return self.router.answer(request, ordinal=ordinal, recorder=self.recorder, purse=self.wallet)


def fake(name, *lines, then=None):
    return FakeModel(lines, then=then, model_id=f"fake:{name}")


def test_the_first_model_of_the_order_answers_while_it_can():
    async def work():
        chain = Chain(fake("a", then="from a"), fake("b"))
        assert [(await chain.ask(row, f"mug {row}")).text for row in range(3)] == ["from a"] * 3

    run_in_virtual_time(work())


def test_an_account_without_credit_is_skipped_from_then_on():
    async def work():
        chain = Chain(fake("a", AccountProblem("no credit")), fake("b", then="from b"))
        assert [(await chain.ask(row, f"mug {row}")).model for row in range(3)] == ["fake/b"] * 3
        assert [model.asked for model in chain.models] == [1, 3]
        assert chain.router.dead is None

    run_in_virtual_time(work())


def test_when_no_account_works_the_run_is_told():
    async def work():
        chain = Chain(fake("a", AccountProblem("no credit")), fake("b", AccountProblem("wrong key")))
        for _ in range(2):
            with pytest.raises(AccountProblem, match="wrong key"):
                await chain.ask()
        assert chain.router.dead is not None

    run_in_virtual_time(work())


@pytest.mark.parametrize("error", [ContentRefused("no"), ContextOverflow("too long")])
def test_what_one_model_cannot_take_goes_to_the_next(error):
    async def work():
        chain = Chain(fake("a", error, then="from a"), fake("b", "from b"))
        answer = await chain.ask()
        assert (answer.text, (await chain.ask(1, "next")).text) == ("from b", "from a")

    run_in_virtual_time(work())


def test_a_refusal_is_sent_on_once_and_then_it_is_for_a_person():
    async def work():
        chain = Chain(fake("a", ContentRefused("no")), fake("b", ContentRefused("never")), fake("c"))
        with pytest.raises(ContentRefused, match="never") as caught:
            await chain.ask()
        assert caught.value.spent_nanos == chain.wallet.spent_nanos

    run_in_virtual_time(work())


def test_a_refused_row_is_no_account_problem_though_the_next_account_is_empty():
    async def work():
        chain = Chain(fake("a", ContentRefused("no"), then="from a"), fake("b", AccountProblem("no credit")))
        with pytest.raises(ContentRefused):
            await chain.ask()
        assert (await chain.ask(1, "next")).text == "from a"

    run_in_virtual_time(work())


def test_a_vendor_that_is_down_hands_over_after_its_patience():
    async def work():
        chain = Chain(fake("a", then=Overloaded("503", status=503)), fake("b", then="from b"))
        answers = await asyncio.gather(*(chain.ask(row, f"mug {row}") for row in range(20)))
        assert {answer.text for answer in answers} == {"from b"}
        assert asyncio.get_running_loop().time() < 90

    run_in_virtual_time(work())


def test_a_request_that_nobody_understands_is_not_sent_on():
    async def work():
        chain = Chain(fake("a", BadRequest("what?")), fake("b"))
        with pytest.raises(BadRequest):
            await chain.ask()

    run_in_virtual_time(work())


def test_what_the_second_model_answered_is_recalled_without_asking_the_first():
    async def work():
        first = Chain(fake("a", ContentRefused("no")), fake("b", "from b"))
        await first.ask()
        second = Chain(fake("a"), fake("b"))
        second.recorder = first.recorder
        assert (await second.ask()).text == "from b"

    run_in_virtual_time(work())


def test_what_the_first_model_cost_in_vain_is_on_the_answer():
    async def work():
        chain = Chain(fake("a", ContentRefused("no")), fake("b", "from b"))
        assert (await chain.ask()).cost_nanos == chain.wallet.spent_nanos > 110_000
        assert chain.wallet.reserved_nanos == 0

    run_in_virtual_time(work())


def test_the_worst_case_is_that_of_the_dearest_model():
    async def work():
        cheap, dear = (
            Gateway(fake(name), price=parse_price(f"in={price},out={price},currency=CNY"))
            for name, price in (("a", 1), ("b", 9))
        )
        assert Router([cheap, dear]).worst_cost_nanos(REQUEST) == dear.worst_cost_nanos(REQUEST)
        unknown = Gateway(fake("c"))
        with pytest.raises(UsageError, match="one currency"):
            Router([cheap, unknown])

    run_in_virtual_time(work())


# ---- reasons, shares, cooling down --------------------------------------------------------------------------------


class Ladder:
    """A router over rungs with their own rules."""

    def __init__(self, *rungs, **settings):
        now = asyncio.get_running_loop().time
        self.recorder, self.wallet = MemoryRecorder(), Wallet()
        self.router = Router(
            [
                Rung(
                    gateway=Gateway(
                        model, price=parse_price("in=1,out=1,currency=CNY"), now=now, patience_s=20, mortal=False
                    ),
                    **rules,
                )
                for model, rules in rungs
            ],
            now=now,
            **settings,
        )

    def ask(self, ordinal=0, user="a mug", passed=0):
        request = ModelRequest(system="Write.", user=user, max_output_tokens=50)
        return self.router.answer(request, ordinal=ordinal, recorder=self.recorder, purse=self.wallet, passed=passed)


def told(route):
    return [(step.model, step.outcome) for step in route]


def test_each_models_outcome_stands_on_the_answer_and_in_the_journal():
    async def work():
        chain = Chain(fake("a", ContentRefused("no")), fake("b", "from b"))
        answer = await chain.ask()
        assert told(answer.route) == [("fake/a", "content_refused"), ("fake/b", "ok")]
        assert answer.rung == 1
        again = Chain(fake("a"), fake("b"))
        again.recorder = chain.recorder
        recalled = await again.ask()
        assert (recalled.route, recalled.cost_nanos) == (answer.route, answer.cost_nanos)

    run_in_virtual_time(work())


def test_an_answer_at_once_has_no_way_to_tell():
    async def work():
        assert (await Chain(fake("a", "from a"), fake("b")).ask()).route == ()

    run_in_virtual_time(work())


def test_an_error_that_ends_a_call_says_who_was_tried():
    async def work():
        chain = Chain(fake("a", ContextOverflow("long")), fake("b", BadRequest("what?")))
        with pytest.raises(BadRequest) as caught:
            await chain.ask()
        assert told(caught.value.route) == [("fake/a", "context_overflow"), ("fake/b", "bad_request")]

    run_in_virtual_time(work())


def test_a_call_moves_on_only_for_the_reasons_that_the_next_model_states():
    async def work():
        only_refused = {"reasons": frozenset({"refused"})}
        ladder = Ladder((fake("a", ContextOverflow("long")), {}), (fake("b"), only_refused), (fake("c", "from c"), {}))
        answer = await ladder.ask()
        assert told(answer.route) == [("fake/a", "context_overflow"), ("fake/c", "ok")]
        with pytest.raises(ContextOverflow):
            await Ladder((fake("a", ContextOverflow("long")), {}), (fake("b"), only_refused)).ask()

    run_in_virtual_time(work())


def test_an_answer_that_is_not_good_enough_is_asked_of_the_next_model_that_is_there_for_it():
    async def work():
        strong = {"reasons": frozenset({"finding"})}
        ladder = Ladder((fake("a", "from a"), {}), (fake("b"), {}), (fake("c", "from c"), strong))
        first = await ladder.ask()
        assert ladder.router.next_for(first, "invalid") == 1
        assert ladder.router.next_for(first, "finding") == 2
        assert ladder.router.next_for(first, "unsure") is None
        second = await ladder.ask(passed=2)
        assert (second.text, second.rung) == ("from c", 2)
        assert ladder.router.next_for(second, "finding") is None

    run_in_virtual_time(work())


def test_models_with_weights_share_the_calls_and_the_same_call_falls_to_the_same_model():
    async def work():
        ladder = Ladder(
            (fake("a", then="from a"), {"weight": 3}), (fake("b", then="from b"), {"weight": 1}), (fake("c"), {})
        )
        said = [(await ladder.ask(row, f"mug {row}")).text for row in range(400)]
        assert 260 < said.count("from a") < 340
        again = [(await ladder.ask(1000 + row, f"mug {row}")).text for row in range(400)]
        assert again == said

    run_in_virtual_time(work())


def test_of_models_that_share_the_other_one_takes_over_before_the_next_in_the_order():
    async def work():
        for row in range(20):
            models = fake("a", then=ContentRefused("no")), fake("b", then=ContentRefused("no")), fake("c")
            ladder = Ladder((models[0], {"weight": 1}), (models[1], {"weight": 1}), (models[2], {}))
            with pytest.raises(ContentRefused):
                await ladder.ask(user=f"mug {row}")
            assert [model.asked for model in models] == [1, 1, 0]

    run_in_virtual_time(work())


def test_a_model_in_trouble_cools_down_and_is_asked_again_afterwards():
    async def work():
        clock = asyncio.get_running_loop().time
        down = fake("a", then=lambda request: Overloaded("503", status=503) if clock() < 100 else "from a")
        ladder = Ladder((down, {"cooldown_s": 60}), (fake("b", then="from b"), {}))
        assert (await ladder.ask(0, "mug 0")).text == "from b"
        asked = down.asked
        assert [(await ladder.ask(row, f"mug {row}")).text for row in range(1, 9)] == ["from b"] * 8
        assert down.asked == asked  # nobody waited for it
        await asyncio.sleep(120)
        assert (await ladder.ask(9, "mug 9")).text == "from a"

    run_in_virtual_time(work())


def test_when_all_have_trouble_a_call_goes_on_through_the_order_until_one_answers():
    async def work():
        clock = asyncio.get_running_loop().time
        models = [fake(name, then=lambda request: Overloaded("503") if clock() < 200 else "at last") for name in "ab"]
        ladder = Ladder(*((model, {}) for model in models))
        assert (await ladder.ask()).text == "at last"
        assert 200 <= clock() < 300

    run_in_virtual_time(work())


def test_when_nobody_answers_for_ten_minutes_the_run_is_told_and_no_row_fails_for_it():
    async def work():
        ladder = Ladder(*((fake(name, then=Overloaded("503")), {}) for name in "ab"))
        outcomes = await asyncio.gather(*(ladder.ask(row, f"mug {row}") for row in range(20)), return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {AccountProblem}
        assert ladder.router.dead is not None
        assert 600 <= asyncio.get_running_loop().time() < 700

    run_in_virtual_time(work())


OUTCOMES = {"ok": None, "refused": ContentRefused("no"), "long": ContextOverflow("long"), "broke": AccountProblem("no")}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([*OUTCOMES]), min_size=2, max_size=5))
def test_whatever_happens_the_models_are_asked_in_their_order_and_none_twice(script):
    async def work():
        asked = []

        def line(name, outcome):
            def say(request):
                asked.append(name)
                return OUTCOMES[outcome] or f"from {name}"

            return say

        models = [fake(str(place), then=line(place, outcome)) for place, outcome in enumerate(script)]
        outcome = (await asyncio.gather(Chain(*models).ask(), return_exceptions=True))[0]
        refusals = [place for place, word in enumerate(script) if word == "refused"]
        end = min([place for place, word in enumerate(script) if word == "ok"] + refusals[1:2] + [len(script) - 1])
        assert asked == list(range(end + 1))
        if script[end] == "ok":
            assert outcome.text == f"from {end}"
            assert [step.outcome == "ok" for step in outcome.route] == [False] * end + [True] * bool(end)
        else:
            assert isinstance(outcome, (ContentRefused, ContextOverflow, AccountProblem))

    run_in_virtual_time(work())
