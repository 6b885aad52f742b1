"""Vendors' prefix caches: one call goes first, so that the many after it find the beginning of their prompts stored."""

from __future__ import annotations

import asyncio

import pytest

from goodsmith.base.clock import run_in_virtual_time
from goodsmith.base.money import Wallet
from goodsmith.errors import BadRequest
from goodsmith.models.fake import FakeModel, MemoryRecorder
from goodsmith.models.gateway import Gateway, open_answerer
from goodsmith.models.prices import parse_price
from goodsmith.records import ModelRequest

LONG = "You write product copy. " * 200


class Desk:
    def __init__(self, model, prefix_from=256):
        self.model, self.recorder, self.wallet = model, MemoryRecorder(), Wallet()
        self.gateway = Gateway(
            model,
            price=parse_price("in=1,out=1,currency=CNY"),
            prefix_from=prefix_from,
            now=asyncio.get_running_loop().time,
        )

    async def ask_many(self, count, system=LONG):
        async def one(number):
            request = ModelRequest(system=system, user=f"mug {number}", max_output_tokens=50)
            return await self.gateway.answer(request, ordinal=number, recorder=self.recorder, purse=self.wallet)

        return await asyncio.gather(*map(one, range(count)), return_exceptions=True)


def test_one_call_goes_first_and_the_others_follow_at_once():
    async def work():
        desk = Desk(FakeModel(then="a mug", latency_s=1))
        await desk.ask_many(50)
        assert desk.model.asked == 50
        assert desk.model.most_in_flight == 49
        assert asyncio.get_running_loop().time() == pytest.approx(2)

    run_in_virtual_time(work())


@pytest.mark.parametrize(("prefix_from", "system"), [(None, LONG), (256, "Short.")])
def test_nobody_waits_where_there_is_no_cache_or_the_beginning_is_too_short_for_it(prefix_from, system):
    async def work():
        desk = Desk(FakeModel(then="a mug", latency_s=1), prefix_from)
        await desk.ask_many(50, system)
        assert desk.model.most_in_flight == 50

    run_in_virtual_time(work())


def test_each_beginning_has_a_first_call_of_its_own_and_only_one():
    async def work():
        desk = Desk(FakeModel(then="a mug", latency_s=1))
        await asyncio.gather(desk.ask_many(10), desk.ask_many(10, LONG + "In English."))
        await desk.ask_many(10)
        assert asyncio.get_running_loop().time() == pytest.approx(2)

    run_in_virtual_time(work())


def test_a_first_call_that_fails_or_takes_long_holds_nobody_up():
    async def work():
        desk = Desk(FakeModel([BadRequest("what?")], then="a mug"))
        outcomes = await desk.ask_many(5)
        assert sum(isinstance(outcome, BadRequest) for outcome in outcomes) == 1
        slow = Desk(FakeModel(then="a mug", latency_s=100))
        began = asyncio.get_running_loop().time()
        await slow.ask_many(5)
        assert asyncio.get_running_loop().time() - began == pytest.approx(120)

    run_in_virtual_time(work())


@pytest.mark.servers
@pytest.mark.parametrize("model", ["rehearsal/storing", "rehearsal/storing-if-asked@anthropic"])
def test_all_but_the_first_find_their_beginning_stored(rehearsal, model, monkeypatch):
    monkeypatch.setenv("GOODSMITH_REHEARSAL_URL", rehearsal.base_url)
    rehearsal.ctl(latency_ms=50)

    async def work():
        answerer = open_answerer(model)
        recorder, wallet = MemoryRecorder(), Wallet()

        async def one(number):
            request = ModelRequest(system=LONG, user=f"Name: mug {number}", max_output_tokens=50)
            return await answerer.answer(request, ordinal=number, recorder=recorder, purse=wallet)

        answers = await asyncio.gather(*map(one, range(20)))
        await answerer.close()
        return [answer.usage.cached_tokens for answer in answers], answers[0].cost_nanos, answers[1].cost_nanos

    cached, first, second = asyncio.run(work())
    assert cached == [0] + [len(LONG) // 4] * 19
    assert second < first
