"""An answer is taken from the journal, the cache or a neighbour before it is bought."""

from __future__ import annotations

import asyncio

import pytest

from goodsmith.base.clock import run_in_virtual_time
from goodsmith.errors import BudgetExhausted, ContentRefused, RateLimited, Stopped, StoreError, TimedOut, UnknownName
from goodsmith.models.fake import MemoryCache, MemoryRecorder
from goodsmith.records import Answer


def test_an_answer_says_what_it_is_and_what_it_cost(desk):
    async def work():
        d = desk(["A mug."])
        answer = await d.ask()
        assert (answer.text, answer.model, answer.currency, answer.cost_nanos) == (
            "A mug.",
            "fake/model",
            "CNY",
            110_000,
        )
        assert (answer.from_cache, answer.retries) == (False, 0)
        assert d.wallet.spent_nanos == 110_000

    run_in_virtual_time(work())


def test_what_this_run_received_is_never_bought_twice(desk):
    async def work():
        first = desk(["A mug."])
        bought = await first.ask(ordinal=7)
        second = desk([])
        again = await second.ask(ordinal=7, recorder=first.recorder)
        assert again == bought
        assert (second.model.asked, second.wallet.spent_nanos) == (0, 0)

    run_in_virtual_time(work())


def test_a_call_is_announced_before_it_leaves_and_recorded_before_it_is_used(desk):
    async def work():
        story = []

        class Diary(MemoryRecorder):
            def sent(self, ordinal, call):
                story.append("sent")

            def received(self, ordinal, call, answer):
                story.append("received")

        def say(request):
            story.append("asked")
            return "A mug."

        d = desk([say])
        await d.ask(recorder=Diary())
        story.append("used")
        assert story == ["sent", "asked", "received", "used"]

    run_in_virtual_time(work())


def test_another_runs_answer_costs_nothing_and_says_so(desk):
    async def work():
        cache = MemoryCache()
        await desk(["A mug."], cache=cache).ask()
        d = desk([], cache=cache)
        answer = await d.ask(ordinal=3)
        assert (answer.text, answer.from_cache, answer.cost_nanos) == ("A mug.", True, 0)
        assert (d.model.asked, d.wallet.spent_nanos, d.gateway.stats().cached) == (0, 0, 1)
        assert len(d.recorder.answers) == 1  # a resume needs the cache no more

    run_in_virtual_time(work())


def test_asking_again_on_purpose_passes_the_cache_and_is_recorded_by_itself(desk):
    async def work():
        d = desk(["first", "second"], cache=MemoryCache())
        answers = [await d.ask(), await d.ask(repeat=1), await d.ask(repeat=1), await d.ask()]
        assert [answer.text for answer in answers] == ["first", "second", "second", "first"]
        assert d.model.asked == 2

    run_in_virtual_time(work())


def test_identical_prompts_in_flight_are_asked_once(desk):
    async def work():
        d = desk(["A mug."], fake={"latency_s": 2})
        answers = await asyncio.gather(*(d.ask(ordinal=row) for row in range(50)))
        assert d.model.asked == 1
        assert sum(answer.from_cache for answer in answers) == 49
        assert sum(answer.cost_nanos for answer in answers) == d.wallet.spent_nanos == 110_000
        assert len(d.recorder.answers) == 50

    run_in_virtual_time(work())


def test_different_prompts_in_flight_each_get_their_own_answer(desk):
    async def work():
        d = desk(then=lambda request: request.user.upper(), fake={"latency_s": 1})
        answers = await asyncio.gather(*(d.ask(f"mug {row}", ordinal=row) for row in range(50)))
        assert [answer.text for answer in answers] == [f"MUG {row}" for row in range(50)]

    run_in_virtual_time(work())


def test_if_the_leader_fails_the_followers_try_themselves(desk):
    async def work():
        d = desk([TimedOut("slow")] * 3, then="A mug.", fake={"latency_s": 1})
        answers = await asyncio.gather(*(d.ask(ordinal=row) for row in range(5)), return_exceptions=True)
        assert isinstance(answers[0], TimedOut)
        assert [answer.text for answer in answers[1:]] == ["A mug."] * 4
        assert d.model.asked == 7

    run_in_virtual_time(work())


def test_if_the_leader_is_cancelled_the_next_one_leads(desk):
    async def work():
        d = desk(then="A mug.", fake={"latency_s": 5})
        rows = [asyncio.create_task(d.ask(ordinal=row)) for row in range(5)]
        await asyncio.sleep(1)
        rows[0].cancel()
        answers = await asyncio.gather(*rows, return_exceptions=True)
        assert isinstance(answers[0], asyncio.CancelledError)
        assert [answer.from_cache for answer in answers[1:]] == [False, True, True, True]
        assert d.model.asked == 2

    run_in_virtual_time(work())


def test_if_the_leader_has_no_money_a_follower_with_money_leads(desk):
    async def work():
        d = desk(["A mug."], limit=10**9, fake={"latency_s": 1})
        poor = await d.wallet.reserve(0)
        poor_desk = desk([], limit=0)
        answers = await asyncio.gather(
            d.ask(purse=poor_desk.wallet), d.ask(ordinal=1), d.ask(ordinal=2), return_exceptions=True
        )
        poor.settle(0)
        assert isinstance(answers[0], BudgetExhausted)
        assert [answer.text for answer in answers[1:]] == ["A mug."] * 2

    run_in_virtual_time(work())


def test_a_refusal_holds_for_all_who_ask_the_same(desk):
    async def work():
        d = desk([ContentRefused("no")], fake={"latency_s": 1})
        answers = await asyncio.gather(*(d.ask(ordinal=row) for row in range(5)), return_exceptions=True)
        assert all(isinstance(answer, ContentRefused) for answer in answers)
        assert d.model.asked == 1

    run_in_virtual_time(work())


def test_a_cancelled_follower_harms_nobody(desk):
    async def work():
        d = desk(["A mug."], fake={"latency_s": 5})
        rows = [asyncio.create_task(d.ask(ordinal=row)) for row in range(3)]
        await asyncio.sleep(1)
        rows[1].cancel()
        answers = await asyncio.gather(*rows, return_exceptions=True)
        assert [type(answer) for answer in answers] == [Answer, asyncio.CancelledError, Answer]

    run_in_virtual_time(work())


def test_a_full_disk_stops_the_call_before_it_is_paid(desk):
    async def work():
        class Full(MemoryRecorder):
            def sent(self, ordinal, call):
                raise StoreError("the disk is full")

        d = desk([])
        with pytest.raises(StoreError):
            await d.ask(recorder=Full())
        assert (d.model.asked, d.wallet.spent_nanos, d.wallet.reserved_nanos) == (0, 0, 0)
        assert d.gateway.stats().in_flight == 0

    run_in_virtual_time(work())


def test_a_disk_that_fills_up_meanwhile_does_not_unspend_the_money(desk):
    async def work():
        class Full(MemoryRecorder):
            def received(self, ordinal, call, answer):
                raise StoreError("the disk is full")

        d = desk(["A mug."])
        with pytest.raises(StoreError):
            await d.ask(recorder=Full())
        assert (d.wallet.spent_nanos, d.wallet.reserved_nanos) == (110_000, 0)

    run_in_virtual_time(work())


def test_a_stop_wakes_those_who_wait_and_lets_those_in_flight_finish(desk):
    async def work():
        asked_to_stop = []
        d = desk([RateLimited("wait", retry_after_s=300)], stop=lambda: bool(asked_to_stop), then="A mug.")
        throttled = asyncio.create_task(d.ask())
        await asyncio.sleep(5)
        asked_to_stop.append(True)
        with pytest.raises(Stopped):
            await throttled
        assert asyncio.get_running_loop().time() < 7
        assert d.wallet.reserved_nanos == 0
        with pytest.raises(Stopped):
            await d.ask("another")

    run_in_virtual_time(work())


def test_a_call_in_flight_at_the_stop_is_finished_and_kept(desk):
    async def work():
        asked_to_stop = []
        d = desk(["A mug."], stop=lambda: bool(asked_to_stop), fake={"latency_s": 10})
        row = asyncio.create_task(d.ask())
        await asyncio.sleep(1)
        asked_to_stop.append(True)
        assert (await row).text == "A mug."
        assert len(d.recorder.answers) == 1

    run_in_virtual_time(work())


def test_closing_closes_the_model_and_the_cache_it_was_given(desk):
    async def work():
        cache = MemoryCache()
        d = desk([], cache=cache, closes_cache=True)
        await d.gateway.close()
        assert d.model.closed
        assert cache.closed

    asyncio.run(work())


def test_what_a_run_sets_goes_before_what_the_recipe_says(desk):
    async def work():
        d = desk(["A mug."], params={"temperature": 0.2, "seed": 7})
        await d.ask(temperature=0.9)
        assert (d.model.requests[0].temperature, d.model.requests[0].seed) == (0.2, 7)

    run_in_virtual_time(work())


def test_an_unknown_parameter_names_the_near_ones(desk):
    async def work():
        with pytest.raises(UnknownName, match="temperature"):
            desk(params={"temprature": 1})

    run_in_virtual_time(work())
