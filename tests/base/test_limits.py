"""Limits on a clock of their own: buckets, the level of calls in flight, pauses, the ramp, the breaker, the retries."""

from __future__ import annotations

import asyncio
import itertools
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodsmith.base.clock import run_in_virtual_time
from goodsmith.base.limits import UNLIMITED, Breaker, Limiter, Limits, RetryBudget, TokenBucket
from goodsmith.errors import AccountProblem

STEADY = Limits(in_flight=100, ramp_per_s=None)


def now() -> float:
    return asyncio.get_running_loop().time()


def limiter(limits: Limits = STEADY) -> Limiter:
    return Limiter(limits, now=now)


def open_breaker(lim: Limiter) -> None:
    for permit in [lim.try_enter() for _ in range(Breaker.IN_A_ROW)]:
        lim.leave(permit, "slow")
    assert lim.breaker.state == "open"


def test_time_jumps_to_the_next_timer():
    async def work():
        await asyncio.sleep(3600)
        return now()

    assert run_in_virtual_time(work()) == pytest.approx(3600)


def test_a_simulation_in_which_nothing_can_happen_any_more_says_so():
    async def work():
        await asyncio.get_running_loop().create_future()

    with pytest.raises(RuntimeError, match="nothing is left"):
        run_in_virtual_time(work())


@given(
    per_s=st.floats(0.1, 100),
    burst=st.floats(1, 50),
    waits=st.lists(st.tuples(st.floats(0, 5), st.floats(0.1, 5)), max_size=50),
)
def test_a_bucket_never_lets_through_more_than_its_rate_and_its_burst(per_s, burst, waits):
    clock = [0.0]
    bucket = TokenBucket(per_s, burst=burst, now=lambda: clock[0])
    taken = larger = 0.0
    for wait, amount in waits:
        clock[0] += wait
        if bucket.delay_s(amount) == 0:
            bucket.take(amount)
            taken += amount
            larger = max(larger, amount - burst)  # passes when the bucket is full, and is a debt then
        assert taken <= clock[0] * per_s + burst + larger + 1e-6


def test_six_hundred_requests_a_minute_pass_in_a_minute_and_not_sooner():
    async def work():
        lim = limiter(Limits(in_flight=1000, requests_per_minute=600, use_share=1, ramp_per_s=None))

        async def call():
            lim.leave(await lim.enter(), "ok")

        await asyncio.gather(*(call() for _ in range(610)))
        return now()

    assert 59 < run_in_virtual_time(work()) < 61


def test_tokens_that_were_not_used_are_put_back():
    async def work(used):
        lim = limiter(Limits(in_flight=1000, tokens_per_minute=60_000, use_share=1, ramp_per_s=None))

        async def call():
            permit = await lim.enter(1_000)
            lim.leave(permit, "ok", tokens=used)

        await asyncio.gather(*(call() for _ in range(121)))
        return now()

    assert run_in_virtual_time(work(1_000)) == pytest.approx(120, abs=2)
    assert run_in_virtual_time(work(500)) == pytest.approx(60, abs=2)


def test_no_more_calls_are_in_flight_than_allowed_and_they_go_in_order():
    async def work():
        lim, order, peak = limiter(Limits(in_flight=5, ramp_per_s=None)), [], 0

        async def call(number):
            nonlocal peak
            permit = await lim.enter()
            order.append(number)
            peak = max(peak, lim.in_flight)
            await asyncio.sleep(1)
            lim.leave(permit, "ok")

        await asyncio.gather(*(call(number) for number in range(50)))
        assert (peak, order, lim.in_flight) == (5, list(range(50)), 0)
        assert lim.waited_s == pytest.approx(sum(number // 5 for number in range(50)))

    run_in_virtual_time(work())


def test_the_seconds_of_those_who_still_wait_count_too():
    async def work():
        lim = limiter(Limits(in_flight=1, ramp_per_s=None))
        lim.try_enter()
        waiters = [asyncio.create_task(lim.enter()) for _ in range(3)]
        await asyncio.sleep(10)
        assert lim.waited_s == pytest.approx(30)
        assert lim.waiting == 3
        for waiter in waiters:
            waiter.cancel()

    run_in_virtual_time(work())


def test_after_a_429_all_wait_together_as_long_as_the_vendor_says():
    async def work():
        lim = limiter()
        first, second = lim.try_enter(), lim.try_enter()
        lim.leave(first, "throttled", retry_after_s=20)
        lim.leave(second, "ok")
        assert lim.try_enter() is None
        await lim.enter()
        return now()

    assert 20 <= run_in_virtual_time(work()) <= 22


def test_without_advice_the_pause_doubles_until_a_call_goes_well():
    async def work():
        lim, pauses = limiter(), []
        for _ in range(5):
            permit = await lim.enter()
            began = now()
            lim.leave(permit, "throttled")
            lim.leave(await lim.enter(), "neutral")
            pauses.append(now() - began)
            await asyncio.sleep(1)
        lim.leave(await lim.enter(), "ok")
        lim.leave(await lim.enter(), "throttled")
        assert lim.paused_s < 1
        return pauses

    pauses = run_in_virtual_time(work())
    assert all(half * 1.7 < pause < half * 2.4 for half, pause in itertools.pairwise(pauses))


def test_many_429s_of_one_moment_count_once():
    async def work():
        lim = limiter()
        permits = [lim.try_enter() for _ in range(100)]
        for permit in permits:
            lim.leave(permit, "throttled")
        assert (lim.level, lim.throttled) == (80, 100)
        assert lim.paused_s < 1

    run_in_virtual_time(work())


def test_the_level_shrinks_by_a_factor_and_grows_back():
    async def work():
        lim = limiter(Limits(in_flight=50, ramp_per_s=None))
        permits = [lim.try_enter() for _ in range(50)]
        for _ in range(3):  # of one moment: they count once
            lim.leave(permits.pop(), "overloaded")
        assert lim.level == 38
        for permit in permits:
            lim.leave(permit, "neutral")

        async def call():
            permit = await lim.enter()
            await asyncio.sleep(1)
            lim.leave(permit, "ok")

        await asyncio.gather(*(call() for _ in range(1_000)))
        assert lim.level == 50

    run_in_virtual_time(work())


def test_a_stray_429_among_many_good_answers_is_its_callers_affair():
    async def work():
        lim = limiter()
        for _ in range(60):
            lim.leave(await lim.enter(), "ok")
        assert lim.leave(await lim.enter(), "throttled", retry_after_s=7) == 7
        assert 0.5 <= lim.leave(await lim.enter(), "throttled") <= 1
        assert (lim.paused_s, lim.level, lim.throttled) == (0, 100, 2)
        for _ in range(2):
            alone_s = lim.leave(await lim.enter(), "throttled", retry_after_s=7)
        assert alone_s == 0
        assert lim.paused_s >= 7

    run_in_virtual_time(work())


@pytest.mark.parametrize(("outcome", "share", "at_most_s"), [("overloaded", 0.1, 25), ("throttled", 0.01, 15)])
def test_stray_errors_do_not_slow_a_run_down(outcome, share, at_most_s):
    """1,000 calls, 64 in flight, 0.5 s each: 8 seconds without trouble."""

    async def work():
        chance, lim = random.Random(1), limiter(Limits(in_flight=64, ramp_per_s=None))

        async def call(rows):
            for _ in rows:
                permit = await lim.enter()
                await asyncio.sleep(0.5)
                await asyncio.sleep(lim.leave(permit, outcome if chance.random() < share else "ok"))

        rows = iter(range(1_000))
        await asyncio.gather(*(call(rows) for _ in range(64)))
        return now()

    assert run_in_virtual_time(work()) < at_most_s


def test_the_ramp_opens_a_tenth_per_second_from_the_first_call_on():
    async def work():
        lim = limiter(Limits(in_flight=100))
        await asyncio.sleep(100)  # before the first call nothing is warm
        seen = []
        for _ in range(11):
            while lim.try_enter():
                pass
            seen.append(lim.in_flight)
            await asyncio.sleep(1)
        return seen

    assert run_in_virtual_time(work()) == pytest.approx([10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 100], abs=1)


def test_waiters_go_as_the_ramp_opens_though_no_call_ends():
    async def work():
        lim = limiter(Limits(in_flight=20))
        await asyncio.gather(*(lim.enter() for _ in range(20)))
        return now()

    assert 8.5 < run_in_virtual_time(work()) < 9.5


def test_after_a_long_pause_the_ramp_begins_again():
    async def work():
        lim = limiter(Limits(in_flight=100, ramp_start=0.1))
        await asyncio.gather(*(lim.enter() for _ in range(60)))
        lim.leave((await lim.enter()), "throttled", retry_after_s=60)
        await asyncio.sleep(lim.paused_s + 0.01)
        assert lim.level == 10

    run_in_virtual_time(work())


def test_the_breaker_opens_after_trouble_in_a_row_and_one_call_probes():
    async def work():
        lim = limiter()
        open_breaker(lim)
        assert lim.try_enter() is None
        waiters = [asyncio.create_task(lim.enter()) for _ in range(5)]
        await asyncio.sleep(6)
        assert [waiter.done() for waiter in waiters] == [True, False, False, False, False]
        lim.leave(waiters[0].result(), "ok")
        await asyncio.gather(*waiters)
        assert lim.breaker.state == "closed"

    run_in_virtual_time(work())


def test_a_failed_probe_keeps_the_breaker_open_for_longer():
    async def work():
        lim = limiter()
        open_breaker(lim)
        lim.leave(await lim.enter(), "overloaded")
        began = now()
        await lim.enter()
        return now() - began

    assert 10 <= run_in_virtual_time(work()) <= 11


def test_a_probe_that_is_cancelled_lets_the_next_one_probe():
    async def work():
        lim = limiter()
        open_breaker(lim)
        lim.leave(await lim.enter(), "neutral")
        lim.leave(await lim.enter(), "ok")
        assert lim.breaker.state == "closed"

    run_in_virtual_time(work())


def test_half_of_the_recent_calls_in_trouble_open_the_breaker_too():
    async def work():
        lim = limiter()
        for turn in range(Breaker.RECENT):
            lim.leave(lim.try_enter(), "slow" if turn % 2 else "ok")
        assert lim.breaker.state == "open"

    run_in_virtual_time(work())


@pytest.mark.parametrize("outcome", ["throttled", "neutral", "ok"])
def test_the_breaker_does_not_open_for_429s_nor_for_refusals(outcome):
    async def work():
        lim = limiter()
        for _ in range(50):
            lim.leave(await lim.enter(), outcome)
        assert lim.breaker.state == "closed"

    run_in_virtual_time(work())


def test_retries_are_about_a_tenth_of_the_traffic():
    async def work():
        budget = RetryBudget(start=5, per_s=0.001, now=now)
        assert [budget.take() for _ in range(5)] == [0] * 5
        assert budget.take() > 0
        for _ in range(100):
            budget.success()
        assert sum(budget.take() == 0 for _ in range(100)) == 10

    run_in_virtual_time(work())


def test_a_small_run_may_retry_without_any_success():
    async def work():
        budget = RetryBudget(now=now)
        for _ in range(10):
            assert budget.take() == 0
        await asyncio.sleep(budget.take() + 0.01)
        assert budget.take() == 0

    run_in_virtual_time(work())


def test_a_caller_can_give_up_waiting():
    async def work():
        lim = limiter()
        lim.leave(lim.try_enter(), "throttled", retry_after_s=100)
        with pytest.raises(TimeoutError):
            await lim.enter(until=now() + 5)
        assert (now(), lim.waiting, lim.in_flight) == (5, 0, 0)

    run_in_virtual_time(work())


def test_stopping_wakes_all_who_wait_and_refuses_newcomers():
    async def work():
        lim = limiter(Limits(in_flight=1, ramp_per_s=None))
        permit = await lim.enter()
        waiters = [asyncio.create_task(lim.enter()) for _ in range(3)]
        await asyncio.sleep(0)
        lim.stop(AccountProblem("wrong key"))
        answers = await asyncio.gather(*waiters, return_exceptions=True)
        assert [str(answer) for answer in answers] == ["wrong key"] * 3
        assert len({id(answer) for answer in answers}) == 3
        with pytest.raises(AccountProblem):
            lim.try_enter()
        lim.leave(permit, "ok")

    run_in_virtual_time(work())


@given(seed=st.integers(0, 10**6))
def test_whoever_is_cancelled_the_slots_add_up(seed):
    chance = random.Random(seed)

    async def work():
        lim = limiter(Limits(in_flight=3, requests_per_minute=600, ramp_per_s=None))

        async def call():
            permit = await lim.enter(until=now() + chance.choice([0.1, 1, 100]))
            try:
                await asyncio.sleep(chance.random())
            finally:
                lim.leave(permit, chance.choice(["ok", "throttled", "slow", "overloaded", "neutral"]))

        tasks = [asyncio.create_task(call()) for _ in range(20)]
        while not all(task.done() for task in tasks):
            await asyncio.sleep(chance.random() * 3)
            chance.choice(tasks).cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert (lim.in_flight, lim.waiting) == (0, 0)
        lim.leave(await lim.enter(), "ok")

    run_in_virtual_time(work())


def test_an_account_is_shared_among_processes():
    one = Limits(in_flight=64, requests_per_minute=600, tokens_per_minute=None).split(4)
    assert (one.in_flight, one.requests_per_minute, one.tokens_per_minute) == (16, 150, None)


def test_where_nothing_is_limited_a_call_costs_microseconds():
    async def work():
        lim, calls = Limiter(UNLIMITED), 20_000
        began = time.process_time()
        for _ in range(calls):
            lim.leave(lim.try_enter(), "ok")
        return (time.process_time() - began) / calls

    assert asyncio.run(work()) < 10e-6


class Refused(Exception):
    """The simulated vendor answers 429."""


async def strict_vendor(limits: Limits, *, calls: int, seed: int, mean_tokens: int = 450) -> tuple[float, float]:
    """A vendor of 600 requests and 300,000 tokens a minute that dips to 40 % for a minute; 2 % of its answers take ten
    times as long. A call takes half to one and a half times `mean_tokens`.

    The answer: throughput as a share of the possible, and the share of calls that it refused.
    """
    chance = random.Random(seed)
    random.seed(seed)
    allowance = TokenBucket(10, burst=10, now=now)
    tokens = TokenBucket(5_000, burst=5_000, now=now)
    lim, sent, refused, ends = limiter(limits), 0, 0, []

    async def ask(size):
        nonlocal sent, refused
        sent += 1
        allowance.per_s, tokens.per_s = (4, 2_000) if 200 <= now() < 260 else (10, 5_000)
        wait = max(allowance.delay_s(1), tokens.delay_s(size))
        if wait:
            refused += 1
            await asyncio.sleep(0.05)
            raise Refused
        allowance.take(1)
        tokens.take(size)
        await asyncio.sleep(20 if chance.random() < 0.02 else 2 * chance.lognormvariate(0, 0.4))

    async def work(rows):
        for size in rows:
            while True:
                permit = await lim.enter(round(1.2 * mean_tokens))
                try:
                    await ask(size)
                except Refused:
                    alone_s = lim.leave(permit, "throttled", retry_after_s=1 if chance.random() < 0.5 else None)
                    await asyncio.sleep(alone_s)
                else:
                    lim.leave(permit, "ok", tokens=size)
                    ends.append(now())
                    break

    sizes = [chance.randrange(mean_tokens // 2, 3 * mean_tokens // 2) for _ in range(calls)]
    rows = iter(sizes)
    await asyncio.gather(*(work(rows) for _ in range(limits.in_flight)))
    possible_s = max(calls / 10, sum(sizes) / 5_000) + 36  # the dip takes away 36 seconds' worth
    return possible_s / max(ends), refused / sent


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_strict_vendor_is_used_well_and_seldom_refuses(seed):
    limits = Limits(in_flight=64, requests_per_minute=600, tokens_per_minute=300_000)
    used, refused = run_in_virtual_time(strict_vendor(limits, calls=6_000, seed=seed))
    assert used >= 0.9
    assert refused < 0.01


@pytest.mark.parametrize("seed", [1, 2])
def test_where_the_tokens_are_what_is_short_they_are_used_well_too(seed):
    limits = Limits(in_flight=64, requests_per_minute=600, tokens_per_minute=300_000)
    used, refused = run_in_virtual_time(strict_vendor(limits, calls=4_000, seed=seed, mean_tokens=900))
    assert used >= 0.9
    assert refused < 0.01


@pytest.mark.parametrize("in_flight", [64, 256])
def test_without_stated_rates_the_level_is_found(in_flight):
    used, refused = run_in_virtual_time(strict_vendor(Limits(in_flight=in_flight), calls=6_000, seed=1))
    assert used >= 0.88
    assert refused < 0.05
