"""A fallback order is honoured, and an account without credit is skipped (one-api #1197; new-api #7007)."""

from __future__ import annotations

import asyncio

import pytest

from goodsmith.base.clock import run_in_virtual_time
from goodsmith.base.money import Wallet
from goodsmith.errors import AccountProblem, BadRequest, ContentRefused, ContextOverflow, Overloaded, UsageError
from goodsmith.models.fake import FakeModel, MemoryRecorder
from goodsmith.models.fallback import Fallback
from goodsmith.models.gateway import Gateway
from goodsmith.models.prices import parse_price
from goodsmith.records import ModelRequest

REQUEST = ModelRequest(system="Write.", user="a mug", max_output_tokens=50)


class Chain:
    def __init__(self, *models, price="in=1,out=1,currency=CNY"):
        self.models = models
        self.recorder, self.wallet = MemoryRecorder(), Wallet()
        now = asyncio.get_running_loop().time
        self.fallback = Fallback([Gateway(model, price=parse_price(price), now=now) for model in models])

    def ask(self, ordinal=0, user="a mug"):
        request = ModelRequest(system="Write.", user=user, max_output_tokens=50)
        return self.fallback.answer(request, ordinal=ordinal, recorder=self.recorder, purse=self.wallet)


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
        assert chain.fallback.dead is None

    run_in_virtual_time(work())


def test_when_no_account_works_the_run_is_told():
    async def work():
        chain = Chain(fake("a", AccountProblem("no credit")), fake("b", AccountProblem("wrong key")))
        for _ in range(2):
            with pytest.raises(AccountProblem, match="wrong key"):
                await chain.ask()
        assert chain.fallback.dead is not None

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
        assert Fallback([cheap, dear]).worst_cost_nanos(REQUEST) == dear.worst_cost_nanos(REQUEST)
        unknown = Gateway(fake("c"))
        with pytest.raises(UsageError, match="one currency"):
            Fallback([cheap, unknown])

    run_in_virtual_time(work())
