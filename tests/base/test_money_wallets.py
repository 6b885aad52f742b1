"""Wallets: money stops at the limit, nothing leaks."""

from __future__ import annotations

import asyncio
import contextlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodsmith.base.money import BlockBank, BlockWallet, Wallet
from goodsmith.errors import BudgetExhausted
from goodsmith.records import Budget


def run(work):
    return asyncio.run(work)


def test_a_wallet_lets_out_what_it_has_and_no_more():
    async def work():
        wallet = Wallet(Budget(nanos=100, currency="CNY"))
        held = await wallet.reserve(60)
        with pytest.raises(BudgetExhausted, match="CNY"):
            await wallet.reserve(41)
        held.settle(10)
        await wallet.reserve(90)
        assert (wallet.spent_nanos, wallet.reserved_nanos, wallet.remaining_nanos) == (10, 90, 0)

    run(work())


def test_a_wallet_without_limit_counts_all_the_same():
    async def work():
        wallet = Wallet()
        (await wallet.reserve(10**18)).settle(7)
        assert wallet.spent_nanos == 7
        assert wallet.remaining_nanos is None

    run(work())


def test_spending_more_than_was_reserved_is_counted():
    async def work():
        wallet = Wallet(100)
        (await wallet.reserve(50)).settle(120)
        assert wallet.spent_nanos == 120
        with pytest.raises(BudgetExhausted):
            await wallet.reserve(1)

    run(work())


def test_calls_draw_from_the_money_of_their_product():
    async def work():
        wallet = Wallet(100)
        product = await wallet.reserve(80)
        call = await product.reserve(50)
        call.settle(20)
        assert (wallet.spent_nanos, wallet.reserved_nanos) == (20, 60)
        product.settle(0)
        assert (wallet.spent_nanos, wallet.reserved_nanos) == (20, 0)

    run(work())


def test_the_sum_of_its_calls_settles_a_product_too():
    async def work():
        wallet = Wallet(100)
        product = await wallet.reserve(80)
        (await product.reserve(50)).settle(20)
        product.settle(20)
        assert wallet.spent_nanos == 20

    run(work())


def test_a_product_extends_its_money_from_the_wallet():
    async def work():
        wallet = Wallet(100)
        product = await wallet.reserve(30)
        (await product.reserve(30)).settle(30)
        retry = await product.reserve(30)
        assert wallet.reserved_nanos == 30
        with pytest.raises(BudgetExhausted):
            await product.reserve(41)
        retry.settle(0)

    run(work())


def test_a_reservation_is_settled_once():
    async def work():
        held = await Wallet(100).reserve(10)
        held.settle(10)
        with pytest.raises(RuntimeError):
            held.settle(10)
        with pytest.raises(RuntimeError):
            await held.reserve(0)

    run(work())


def test_a_call_that_outlives_its_product_keeps_its_claim():
    async def work():
        wallet = Wallet(100)
        product = await wallet.reserve(50)
        call = await product.reserve(40)
        product.settle(0)
        assert wallet.reserved_nanos == 40
        call.settle(45)
        assert (wallet.spent_nanos, wallet.reserved_nanos) == (45, 0)

    run(work())


def test_what_earlier_attempts_spent_counts_against_the_limit():
    async def work():
        with pytest.raises(BudgetExhausted):
            await Wallet(100, spent_nanos=60).reserve(41)

    run(work())


moves = st.lists(
    st.tuples(st.sampled_from(["open", "settle"]), st.integers(0, 30), st.integers(0, 60), st.integers(0, 99)),
    max_size=60,
)


@given(limit=st.integers(0, 200), moves=moves)
@settings(max_examples=300, deadline=None)
def test_whatever_happens_no_more_is_out_than_the_limit_and_the_overshoot(limit, moves):
    """A tree of reservations, opened and settled in any order."""

    async def work():
        wallet = Wallet(limit)
        open_pots = [wallet]
        overshoot = settled = 0
        for what, amount, spent, which in moves:
            pot = open_pots[which % len(open_pots)]
            if what == "open":
                with contextlib.suppress(BudgetExhausted):
                    open_pots.append(await pot.reserve(amount))
            elif pot is not wallet:
                before = wallet.spent_nanos
                pot.settle(pot.spent_nanos + spent)
                open_pots.remove(pot)
                settled += spent
                overshoot += spent  # an upper bound: what this settle can be over its reservation
                assert wallet.spent_nanos - before == spent
            assert wallet.spent_nanos == settled
            assert wallet.reserved_nanos >= 0
            assert wallet.spent_nanos + wallet.reserved_nanos <= limit + overshoot
        for pot in open_pots[1:]:
            pot.settle(0)
        assert (wallet.spent_nanos, wallet.reserved_nanos) == (settled, 0)

    run(work())


@given(limit=st.integers(1, 10_000), seed=st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_settling_within_the_reservation_never_passes_the_limit(limit, seed):
    async def call(product, chance):
        held = await product.reserve(chance.randint(0, 300))
        await asyncio.sleep(0)
        held.settle(chance.randint(0, held._amount))

    async def row(wallet, chance):
        try:
            product = await wallet.reserve(chance.randint(0, 300))
        except BudgetExhausted:
            return
        await asyncio.gather(*(call(product, chance) for _ in range(3)), return_exceptions=True)
        product.settle(0)
        assert wallet.spent_nanos + wallet.reserved_nanos <= limit

    async def work():
        wallet, chance = Wallet(limit), random.Random(seed)
        await asyncio.gather(*(row(wallet, chance) for _ in range(50)))
        assert wallet.reserved_nanos == 0
        assert wallet.spent_nanos <= limit

    run(work())


def open_workers(limit, workers):
    """A bank and the wallets of its workers; every question travels through the event loop, as through a pipe."""
    wallet = Wallet(limit)
    bank = BlockBank(wallet, workers=workers)

    def door(name):
        async def take(nanos):
            await asyncio.sleep(0)
            return bank.take(name, nanos)

        async def give_back(nanos):
            await asyncio.sleep(0)
            bank.give_back(name, nanos)

        return BlockWallet(take, give_back, currency="CNY")

    return wallet, bank, [door(name) for name in range(workers)]


@given(limit=st.integers(1, 100_000), workers=st.integers(1, 5), seed=st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_fifty_calls_over_several_processes_never_pass_the_budget(limit, workers, seed):
    chance = random.Random(seed)

    async def call(purse):
        worst = chance.randint(1, 2_000)
        try:
            held = await purse.reserve(worst)
        except BudgetExhausted:
            return 0
        await asyncio.sleep(0)
        spent = chance.randint(0, worst)
        held.settle(spent)
        return spent

    async def work():
        wallet, _, purses = open_workers(limit, workers)
        spent = sum(await asyncio.gather(*(call(purses[turn % workers]) for turn in range(50))))
        assert wallet.spent_nanos + wallet.reserved_nanos <= limit
        for purse in purses:
            await purse.close()
        assert (wallet.spent_nanos, wallet.reserved_nanos) == (spent, 0)

    run(work())


def test_blocks_shrink_with_what_remains():
    bank = BlockBank(Wallet(1_600), workers=4)
    blocks = [bank.take(worker % 4, 1) for worker in range(40)]
    assert blocks[0] == 100
    assert blocks == sorted(blocks, reverse=True)
    assert blocks[-1] < 15


def test_a_worker_out_of_money_says_so_and_the_others_go_on():
    async def work():
        wallet, _, (first, second) = open_workers(800, 2)
        (await second.reserve(10)).settle(10)
        with pytest.raises(BudgetExhausted):
            await first.reserve(701)
        await second.reserve(90)
        assert wallet.reserved_nanos == 100

    run(work())


def test_a_block_asked_for_by_a_cancelled_caller_is_not_lost():
    async def work():
        wallet, _, (purse,) = open_workers(800, 1)
        caller = asyncio.create_task(purse.reserve(100))
        await asyncio.sleep(0)
        caller.cancel()
        await asyncio.gather(caller, return_exceptions=True)
        await asyncio.sleep(0.01)
        assert purse.granted_nanos == 200
        await purse.close()
        assert (wallet.spent_nanos, wallet.reserved_nanos) == (0, 0)

    run(work())


def test_spending_over_a_block_is_paid_from_the_next_one():
    async def work():
        wallet, _, (purse,) = open_workers(1_000, 1)
        (await purse.reserve(10)).settle(500)
        await purse.reserve(10)
        assert purse.granted_nanos >= 510
        await purse.close()
        assert wallet.spent_nanos == 510  # what is still reserved at the end counts as spent

    run(work())


def test_a_dead_workers_block_settles_from_its_journal():
    wallet = Wallet(1_000)
    bank = BlockBank(wallet, workers=1)
    bank.take("w", 200)
    bank.report("w", 30)
    assert (wallet.spent_nanos, wallet.reserved_nanos) == (30, 220)
    bank.settle_dead("w", 80)
    assert (wallet.spent_nanos, wallet.reserved_nanos) == (80, 0)


@given(
    st.lists(st.tuples(st.sampled_from(["take", "report", "end"]), st.integers(0, 2), st.integers(0, 300)), max_size=40)
)
def test_a_banks_figures_always_add_up(moves):
    wallet = Wallet(2_000)
    bank = BlockBank(wallet, workers=3)
    spent = {}
    total = 0
    for what, worker, amount in moves:
        if what == "take":
            bank.take(worker, amount)
        elif what == "report":
            spent[worker] = spent.get(worker, 0) + amount
            bank.report(worker, spent[worker])
        else:
            bank.settle_dead(worker, spent.get(worker, 0) + amount)
            total += spent.pop(worker, 0) + amount
        assert wallet.spent_nanos == total + sum(spent.values())
        assert wallet.reserved_nanos >= 0
    for worker in range(3):
        bank.settle_dead(worker, spent.get(worker, 0))
    assert wallet.reserved_nanos == 0
