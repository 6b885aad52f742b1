"""What goes wrong is tried again by its class, and no more."""

from __future__ import annotations

import asyncio
import random
from types import SimpleNamespace

import pytest

from goodsmith.base.clock import run_in_virtual_time
from goodsmith.base.limits import Limits
from goodsmith.errors import (
    AccountProblem,
    BadRequest,
    ContentRefused,
    ContextOverflow,
    ModelError,
    NotUnderstood,
    Overloaded,
    RateLimited,
    TimedOut,
    Truncated,
)
from goodsmith.models.fake import FakeModel


def time_now():
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize(
    ("error", "retries"),
    [
        (TimedOut("slow"), 2),
        (Truncated("broke off"), 1),
        (NotUnderstood("<html>"), 1),
        (ContentRefused("no"), 0),
        (ContextOverflow("too long"), 0),
        (BadRequest("what?"), 0),
    ],
)
def test_each_kind_of_trouble_has_its_number_of_retries(desk, error, retries):
    async def work():
        d = desk(then=error)
        with pytest.raises(type(error)) as caught:
            await d.ask()
        assert (d.model.asked, caught.value.retries) == (retries + 1, retries)
        assert d.gateway.stats().failures == {error.code: 1}

    run_in_virtual_time(work())


@pytest.mark.parametrize("error", [RateLimited("wait"), Overloaded("503"), TimedOut("slow"), NotUnderstood("<html>")])
def test_a_call_that_succeeds_at_last_says_how_often_it_was_tried(desk, error):
    async def work():
        d = desk([error, "A mug."])
        answer = await d.ask()
        assert (answer.text, answer.retries) == ("A mug.", 1)
        assert d.gateway.stats().retries == {error.code: 1}

    run_in_virtual_time(work())


def test_429s_for_minutes_lose_no_row(desk):
    """Daft #5678."""

    async def work():
        def say(request):
            return RateLimited("too many requests", retry_after_s=20) if time_now() < 480 else request.user

        d = desk(then=say, limits=Limits(in_flight=64), fake={"latency_s": 0.5})
        answers = await asyncio.gather(*(d.ask(f"mug {row}", ordinal=row) for row in range(200)))
        assert [answer.text for answer in answers] == [f"mug {row}" for row in range(200)]
        assert d.gateway.stats().retries["rate_limited"] < 100
        assert d.gateway.wait_s > 200 * 400

    run_in_virtual_time(work())


def test_an_outage_of_minutes_loses_no_row(desk):
    async def work():
        def say(request):
            return Overloaded("503", status=503) if 20 < time_now() < 400 else request.user

        d = desk(then=say, limits=Limits(in_flight=16), fake={"latency_s": 1})
        answers = await asyncio.gather(*(d.ask(f"mug {row}", ordinal=row) for row in range(600)))
        assert len({answer.text for answer in answers}) == 600
        assert d.model.asked < 600 + 120  # the breaker let few through meanwhile

    run_in_virtual_time(work())


def test_a_vendor_that_is_silent_to_all_stops_the_run_instead_of_burning_its_rows(desk):
    async def work():
        d = desk(["A mug."], then=RateLimited("daily quota", retry_after_s=30), limits=Limits(in_flight=8))
        await d.ask("the first")
        rows = [d.ask(f"mug {row}", ordinal=row) for row in range(50)]
        answers = await asyncio.gather(*rows, return_exceptions=True)
        assert {type(answer) for answer in answers} == {AccountProblem}
        assert "daily quota" in str(d.gateway.dead)
        assert 590 < time_now() < 700

    run_in_virtual_time(work())


def test_an_address_where_nobody_ever_answered_is_given_up_sooner(desk):
    async def work():
        refused = Overloaded("connection refused")
        refused.paid = False
        d = desk(then=refused)
        with pytest.raises(AccountProblem, match="check the address"):
            await d.ask()
        assert 50 < time_now() < 90
        assert d.wallet.spent_nanos == 0

    run_in_virtual_time(work())


def test_one_row_in_trouble_fails_alone_when_others_are_answered(desk):
    async def work():
        def say(request):
            return Overloaded("500", status=500) if request.user == "bad" else "A mug."

        d = desk(then=say, fake={"latency_s": 1})

        async def others():
            for row in range(700):
                await d.ask(f"mug {row}", ordinal=row)
                await asyncio.sleep(0.5)

        neighbours = asyncio.create_task(others())
        with pytest.raises(Overloaded) as caught:
            await d.ask("bad")
        await neighbours
        assert not isinstance(caught.value, AccountProblem)
        assert d.gateway.dead is None

    run_in_virtual_time(work())


def test_an_account_problem_stops_the_vendor_for_all_with_the_same_sentence(desk):
    async def work():
        d = desk(
            ["A mug.", AccountProblem("no credit left")],
            then="A mug.",
            limits=Limits(in_flight=1, ramp_per_s=None),
            fake={"latency_s": 1},
        )
        answers = await asyncio.gather(*(d.ask(f"mug {row}", ordinal=row) for row in range(20)), return_exceptions=True)
        assert answers[0].text == "A mug."
        assert {str(answer) for answer in answers[1:]} == {"no credit left"}
        assert (d.model.asked, str(d.gateway.dead)) == (2, "no credit left")
        with pytest.raises(AccountProblem):
            await d.ask("later")

    run_in_virtual_time(work())


def test_an_answer_that_reached_the_limit_of_tokens_gets_twice_the_room(desk):
    async def work():
        d = desk([Truncated("the limit", vendor_code="length"), "A mug."])
        assert (await d.ask()).text == "A mug."
        assert [request.max_output_tokens for request in d.model.requests] == [50, 100]

    run_in_virtual_time(work())


def test_retries_are_a_small_share_of_the_traffic_when_much_goes_wrong(desk):
    async def work():
        chance = random.Random(1)
        d = desk(
            then=lambda request: NotUnderstood("<html>", status=502) if chance.random() < 0.9 else "A mug.",
            fake={"latency_s": 0.1},
        )
        await asyncio.gather(*(d.ask(f"mug {row}", ordinal=row) for row in range(300)), return_exceptions=True)
        seconds = time_now()
        assert d.model.asked - 300 <= 10 + 0.1 * 300 + seconds + 1

    run_in_virtual_time(work())


def test_a_bug_in_a_model_is_not_swallowed(desk):
    async def work():
        d = desk([ZeroDivisionError("a bug")])
        with pytest.raises(ZeroDivisionError):
            await d.ask()
        assert (d.gateway.stats().in_flight, d.wallet.reserved_nanos) == (0, 0)
        assert d.wallet.spent_nanos == d.worst()  # the request had left

    run_in_virtual_time(work())


def test_a_storm_of_all_kinds_of_trouble_ends_every_call_one_way_or_the_other(desk):
    async def work():
        chance = random.Random(7)
        kinds = (RateLimited, Overloaded, TimedOut, Truncated, NotUnderstood, ContentRefused, BadRequest)

        def say(request):
            return chance.choice(kinds)("trouble") if chance.random() < 0.4 else request.user

        d = desk(then=say, limits=Limits(in_flight=20), fake={"latency_s": 0.3})
        answers = await asyncio.gather(
            *(d.ask(f"mug {row}", ordinal=row) for row in range(500)), return_exceptions=True
        )
        told = [answer for answer in answers if not isinstance(answer, ModelError)]
        assert all(answer.text == f"mug {row}" for row, answer in enumerate(answers) if answer in told)
        assert len(told) > 350
        assert (d.gateway.stats().in_flight, d.gateway.stats().waiting, d.wallet.reserved_nanos) == (0, 0, 0)
        paid = sum(answer.cost_nanos for answer in told)
        lost = sum(answer.spent_nanos for answer in answers if isinstance(answer, ModelError))
        assert d.wallet.spent_nanos == paid + lost == d.gateway.stats().spent_nanos

    run_in_virtual_time(work())


def test_an_answer_that_used_up_its_tokens_gets_twice_the_room_too(desk):
    async def work():
        limit = Truncated("the limit")
        limit.input_tokens, limit.output_tokens = 30, 50
        d = desk([limit, Truncated("a broken stream"), "A mug."])
        with pytest.raises(Truncated):
            await d.ask()
        assert [request.max_output_tokens for request in d.model.requests] == [50, 100]

    run_in_virtual_time(work())


def test_the_rates_that_a_vendors_headers_tell_are_kept(desk):
    async def work():
        class Telling(FakeModel):
            rate_headers = SimpleNamespace(limit_requests=600, limit_tokens=None)

        d = desk(model=Telling(then="A mug."))
        await asyncio.gather(*(d.ask(f"mug {row}", ordinal=row) for row in range(100)))
        began = time_now()
        await asyncio.gather(*(d.ask(f"cup {row}", ordinal=row) for row in range(200)))
        assert 18 < time_now() - began < 22  # 95 % of 10 a second

    run_in_virtual_time(work())
