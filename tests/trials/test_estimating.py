"""Shares and totals from a few rows, and whether their intervals hold."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from goodsmith.trials.estimating import Stratum, allocate, share, share_given, total


def test_no_failure_of_12_means_up_to_22_percent():
    found = share(0, 12)
    assert (found.value, found.low, round(found.high, 2)) == (0.0, 0.0, 0.22)


@given(st.integers(1, 2_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_bounds_of_a_share_are_those_of_clopper_and_pearson(counts):
    hits, of = counts
    side = "two-sided" if 0 < hits < of else "less" if hits == 0 else "greater"
    expected = stats.binomtest(hits, of, alternative=side).proportion_ci(0.95, method="exact")
    found = share(hits, of)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_what_earlier_rows_showed_narrows_a_share_and_weighs_no_more_than_it_is_given():
    alone, helped = share(0, 12), share_given(0, 12, earlier=0.004, weight=12)
    assert helped.high < alone.high
    assert share_given(6, 12, earlier=0.004, weight=12).low > 0.1


def rows_of(chance, categories=8, rows=2_000):
    """(category, size, amount), sorted by category."""
    made = []
    for category in range(categories):
        level = chance.lognormvariate(0, 0.4)
        for _ in range(rows // categories * (category + 1) // categories + 10):
            size = level * chance.lognormvariate(5, 0.5)
            made.append((str(category), size, (size + 80) * chance.lognormvariate(0, 0.3)))
    return made


def trial_of(chance, rows, draws):
    sizes = {}
    for category, _, _ in rows:
        sizes[category] = sizes.get(category, 0) + 1
    place, given_draws = allocate(sizes, draws)
    strata = []
    for number, count in given_draws.items():
        mine = [(size, amount) for category, size, amount in rows if place[category] == number]
        strata.append(Stratum(rows=len(mine), size=sum(size for size, _ in mine), drawn=chance.sample(mine, count)))
    return strata


@pytest.mark.parametrize("draws", [12, 300])
def test_the_interval_of_a_total_holds_the_truth_about_as_often_as_it_says(draws):
    chance = random.Random(draws)
    held = 0
    for _ in range(120):
        rows = rows_of(chance)
        found = total(trial_of(chance, rows, draws))
        assert found.rough == (draws < 200)
        held += found.low <= sum(amount for _, _, amount in rows) <= found.high
    assert 0.9 <= held / 120 <= 1.0


def test_knowing_the_sizes_of_all_rows_makes_the_interval_narrower():
    chance = random.Random(3)
    rows = rows_of(chance)
    drawn = chance.sample(rows, 200)
    known = Stratum(
        rows=len(rows), size=sum(size for _, size, _ in rows), drawn=[(size, amount) for _, size, amount in drawn]
    )
    unknown = Stratum(rows=len(rows), size=0.0, drawn=[(0.0, amount) for _, _, amount in drawn])
    assert total([known]).high - total([known]).low < 0.7 * (total([unknown]).high - total([unknown]).low)


def test_all_rows_drawn_leave_nothing_to_guess():
    amounts = [1.0, 2.0, 9.0]
    found = total([Stratum(rows=3, size=0.0, drawn=[(0.0, each) for each in amounts])])
    assert (found.value, found.low, found.high, found.rough) == (12.0, 12.0, 12.0, False)


def test_what_was_spent_on_the_drawn_rows_is_not_taken_back():
    found = total([Stratum(rows=20, size=0.0, drawn=[(0.0, 1.0), (0.0, 1.0), (0.0, 100.0)])])
    assert found.low == 102.0


def test_one_row_alone_bounds_nothing_and_none_says_nothing():
    one = total([Stratum(rows=50, size=0.0, drawn=[(0.0, 2.0)])])
    assert (one.value, one.low, one.high) == (100.0, 0.0, math.inf)
    assert total([Stratum(rows=50, size=10.0, drawn=[])]) is None


def test_rows_that_cost_nothing_make_a_total_of_nothing():
    assert total([Stratum(rows=9, size=5.0, drawn=[(1.0, 0.0), (1.0, 0.0)])]).high == 0.0


@given(
    st.dictionaries(st.text(max_size=3), st.integers(1, 5_000), min_size=1, max_size=40),
    st.integers(1, 500),
)
def test_draws_are_shared_in_proportion_and_no_stratum_gives_more_than_it_has(sizes, draws):
    place, given_draws = allocate(sizes, draws)
    rows = sum(sizes.values())
    assert set(place) == set(sizes)
    assert sum(given_draws.values()) == min(draws, rows)
    for number, count in given_draws.items():
        mine = sum(size for name, size in sizes.items() if place[name] == number)
        assert count <= mine
        assert abs(count - mine * min(draws, rows) / rows) < 1
        assert count >= 2 or len(given_draws) == 1 or mine < 2
