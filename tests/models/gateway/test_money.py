"""Money stops at the limit, on every path; every attempt settles exactly once."""

from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodsmith.base.clock import run_in_virtual_time
from goodsmith.base.limits import Limits
from goodsmith.base.money import BlockBank, BlockWallet, Wallet
from goodsmith.errors import (
    BudgetExhausted,
    ContentRefused,
    GoodsmithError,
    NotUnderstood,
    Overloaded,
    RateLimited,
    TimedOut,
    Truncated,
)
from goodsmith.models.fake import FakeModel, MemoryRecorder
from goodsmith.models.gateway import Gateway
from goodsmith.models.prices import parse_price
from goodsmith.records import Answer, ModelRequest, Usage


class CountingPurse:
    """Passes everything on, and counts: each reservation must be settled once."""

    def __init__(self, inner, book):
        self.inner, self.book, self.settled = inner, book, 0

    async def reserve(self, nanos):
        purse = CountingPurse(await self.inner.reserve(nanos), self.book)
        self.book.append(purse)
        return purse

    def settle(self, spent_nanos):
        self.settled += 1
        self.inner.settle(spent_nanos)


def test_nothing_is_sent_that_the_budget_does_not_cover(desk):
    async def work():
        d = desk(["A mug."], limit=200)
        with pytest.raises(BudgetExhausted):
            await d.ask()
        assert (d.model.asked, d.recorder.sent_calls) == (0, [])

    run_in_virtual_time(work())


def test_the_worst_case_is_set_aside_before_the_call_and_settled_by_usage(desk):
    async def work():
        held = []
        d = desk([lambda request: held.append(d.wallet.reserved_nanos) or "A mug."])
        await d.ask()
        assert held == [d.worst()]
        assert (d.wallet.spent_nanos, d.wallet.reserved_nanos) == (110_000, 0)

    run_in_virtual_time(work())


def test_the_worst_case_counts_prompt_schema_and_history_by_their_bytes(desk):
    async def work():
        d = desk()
        plain = d.gateway.worst_cost_nanos(d.request("杯"))
        longer = d.gateway.worst_cost_nanos(d.request("杯杯"))
        assert longer - plain == 3 * 1_000
        told = d.gateway.worst_cost_nanos(d.request("杯", history=(("assistant", "x" * 100),)))
        asked = d.gateway.worst_cost_nanos(d.request("杯", schema={"type": "object"}))
        assert told - plain >= 100_000
        assert asked > plain

    run_in_virtual_time(work())


def test_missing_usage_settles_at_the_reserve(desk):
    async def work():
        d = desk([Answer(text="A mug.", model="m")])
        answer = await d.ask()
        assert answer.cost_nanos == d.wallet.spent_nanos == d.worst()

    run_in_virtual_time(work())


def test_an_answer_dearer_than_its_reserve_is_counted(desk):
    async def work():
        usage = Usage(input_tokens=5_000, output_tokens=900)
        d = desk([Answer(text="A mug.", model="m", usage=usage)])
        await d.ask()
        assert d.wallet.spent_nanos == 5_900_000 > d.worst()

    run_in_virtual_time(work())


def test_a_vendor_that_ignores_the_limit_of_an_answer_is_said_once_and_reckoned_with_from_then_on(desk, caplog):
    said = Answer(text="and on", model="m", usage=Usage(input_tokens=10, output_tokens=400))

    async def run():
        made = desk([], then=said)
        before = made.worst()
        for number in range(3):
            await made.ask(f"mug {number}")
        assert made.worst() - before == 350_000  # of 50 allowed tokens it said 400, at 1,000 nanos each
        assert made.wallet.spent_nanos == 3 * 410_000

    run_in_virtual_time(run())
    (record,) = [record for record in caplog.records if record.event == "output_limit_ignored"]
    assert "said 400 tokens where 50 were allowed" in record.getMessage()


def test_an_unknown_price_is_unknown_and_never_zero(desk):
    async def work():
        d = desk(["A mug."], price=None)
        assert (await d.ask()).cost_nanos is None
        assert d.gateway.currency == ""
        assert d.gateway.worst_cost_nanos(d.request()) is None
        assert d.gateway.expected_cost_nanos(d.request()) is None

    run_in_virtual_time(work())


def billed(error, paid=None, **told):
    error.paid = paid if paid is not None else error.paid
    for name, value in told.items():
        setattr(error, name, value)
    return error


@pytest.mark.parametrize(
    ("error", "reserves"),
    [
        (RateLimited("wait"), 0),
        (Overloaded("503", status=503), 0),
        (Overloaded("reset"), 1),
        (billed(Overloaded("refused"), paid=False), 0),
        (TimedOut("slow"), 1),
        (TimedOut("slow", status=504), 1),
        (billed(TimedOut("no connection"), paid=False), 0),
        (Truncated("broke off"), 1),
        (NotUnderstood("<html>"), 1),
        (NotUnderstood("<html>", status=502), 0),
    ],
)
def test_an_attempt_that_may_have_been_billed_settles_at_its_reserve(desk, error, reserves):
    async def work():
        d = desk([error, "A mug."])
        book = []
        answer = await d.ask(purse=CountingPurse(d.wallet, book))
        assert answer.cost_nanos == d.wallet.spent_nanos == reserves * d.worst() + 110_000
        assert [purse.settled for purse in book] == [1] * (1 + reserves)

    run_in_virtual_time(work())


def test_a_failed_attempt_whose_tokens_are_known_settles_by_them(desk):
    async def work():
        d = desk([billed(Truncated("the limit"), input_tokens=30, output_tokens=50), "A mug."])
        assert (await d.ask()).cost_nanos == 80_000 + 110_000

    run_in_virtual_time(work())


def test_a_refusal_by_status_is_free_and_one_after_the_answer_is_not(desk):
    async def work():
        d = desk([ContentRefused("no", status=400), ContentRefused("no")])
        for user, spent in (("a", 0), ("b", d.worst("b"))):
            with pytest.raises(ContentRefused) as caught:
                await d.ask(user)
            assert caught.value.spent_nanos == spent
        assert d.wallet.spent_nanos == d.worst("b")

    run_in_virtual_time(work())


def test_a_call_cancelled_in_flight_counts_as_possibly_spent(desk):
    async def work():
        d = desk(["A mug."], fake={"latency_s": 10})
        book = []
        row = asyncio.create_task(d.ask(purse=CountingPurse(d.wallet, book)))
        await asyncio.sleep(1)
        row.cancel()
        await asyncio.gather(row, return_exceptions=True)
        assert d.wallet.spent_nanos == d.gateway.stats().spent_nanos == d.worst()
        assert (d.wallet.reserved_nanos, [purse.settled for purse in book]) == (0, [1])
        assert d.gateway.stats().in_flight == 0

    run_in_virtual_time(work())


def test_a_call_cancelled_while_it_waits_costs_nothing(desk):
    async def work():
        d = desk([RateLimited("wait", retry_after_s=100)])
        row = asyncio.create_task(d.ask())
        await asyncio.sleep(1)
        row.cancel()
        await asyncio.gather(row, return_exceptions=True)
        assert (d.wallet.spent_nanos, d.wallet.reserved_nanos) == (0, 0)

    run_in_virtual_time(work())


def test_a_product_pays_for_its_calls_from_what_it_reserved(desk):
    async def work():
        d = desk(then="A mug.", limit=1_000_000)
        product = await d.wallet.reserve(900_000)
        await d.ask("title", purse=product)
        await d.ask("points", purse=product)
        assert (d.wallet.spent_nanos, d.wallet.reserved_nanos) == (220_000, 680_000)
        product.settle(0)
        assert d.wallet.reserved_nanos == 0

    run_in_virtual_time(work())


def test_a_forecast_learns_from_the_answers(desk):
    async def work():
        d = desk(then="A mug.")
        before = d.gateway.expected_cost_nanos(d.request())
        for row in range(5):
            await d.ask(f"mug {row}")
        after = d.gateway.expected_cost_nanos(d.request())
        assert 0 < after < before < d.worst()

    run_in_virtual_time(work())


def chaos(seed):
    """A model with every kind of trouble, usage from nothing to the bound, and slow answers to be cancelled in."""
    chance = random.Random(seed)

    def say(request):
        luck = chance.random()
        if luck < 0.5:
            most = len((request.system + request.user).encode()) + 64
            usage = Usage(input_tokens=chance.randint(0, most), output_tokens=chance.randint(0, 50))
            return Answer(text="ok", model="m", usage=usage if chance.random() < 0.8 else None)
        kinds = (RateLimited, Overloaded, TimedOut, Truncated, NotUnderstood, ContentRefused)
        return chance.choice(kinds)("trouble")

    return FakeModel(then=say, latency_s=0.5), chance


@given(seed=st.integers(0, 10**6), worsts=st.integers(0, 60), workers=st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_fifty_calls_in_chaos_over_several_wallets_never_pass_the_budget(seed, worsts, workers):
    """litellm #38176 #26672: the budget counts on every path, with N workers at once."""

    async def work():
        model, chance = chaos(seed)
        price = parse_price("in=1,out=1,currency=CNY")
        limit = worsts * 130_000
        wallet = Wallet(limit)
        bank = BlockBank(wallet, workers=workers)
        book = []

        def door(name):
            async def take(nanos):
                await asyncio.sleep(0)
                return bank.take(name, nanos)

            async def give_back(nanos):
                bank.give_back(name, nanos)

            return BlockWallet(take, give_back)

        purses = [door(name) for name in range(workers)]
        gateways = [
            Gateway(model, price=price, limits=Limits(in_flight=10), now=asyncio.get_running_loop().time)
            for _ in range(workers)
        ]

        async def ask(row):
            request = ModelRequest(system="s", user=f"mug {row % 30}", max_output_tokens=50)
            return await gateways[row % workers].answer(
                request, ordinal=row, recorder=MemoryRecorder(), purse=CountingPurse(purses[row % workers], book)
            )

        rows = [asyncio.create_task(ask(row)) for row in range(50)]
        for row in rows[::7]:
            asyncio.get_running_loop().call_later(chance.random() * 3, row.cancel)
        ended = await asyncio.gather(*rows, return_exceptions=True)
        assert all(isinstance(end, (Answer, GoodsmithError, asyncio.CancelledError)) for end in ended)
        assert all(purse.settled == 1 for purse in book)
        assert wallet.spent_nanos + wallet.reserved_nanos <= limit
        spent = sum(purse.spent_nanos for purse in purses)
        for purse in purses:
            await purse.close()
        assert (wallet.spent_nanos, wallet.reserved_nanos) == (spent, 0)
        assert spent == sum(gateway.stats().spent_nanos for gateway in gateways) <= limit

    run_in_virtual_time(work())
