"""How many rows to read, and what reading them shows."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodsmith.base.binomial import at_most, lower_bound, rows_without_error, upper_bound
from goodsmith.errors import UsageError
from goodsmith.review.sampling import Verdict, anytime_bound, fixed_plan, sequential_plan, sequential_rows, standing


@pytest.mark.parametrize(
    ("wrong", "read", "bound"),
    [(0, 300, 0.0099), (3, 300, 0.0256), (0, 1250, 0.0024), (7, 1250, 0.0105), (0, 332, 0.0090)],
)
def test_the_bound_is_the_one_in_the_tables_of_clopper_and_pearson(wrong, read, bound):
    assert upper_bound(wrong, read) == pytest.approx(bound, abs=5e-5)


@pytest.mark.parametrize(("share", "rows"), [(0.01, 299), (0.005, 598), (0.001, 2995)])
def test_so_many_rows_without_error_show_a_share(share, rows):
    assert rows_without_error(share) == rows
    assert upper_bound(0, rows) <= share < upper_bound(0, rows - 1)


@given(st.integers(1, 400), st.data())
def test_tails_add_up_and_the_bounds_enclose_what_was_seen(read, data):
    found = data.draw(st.integers(0, read))
    share = data.draw(st.floats(0.001, 0.999))
    exact = sum(_term(number, read, share) for number in range(found + 1))
    assert at_most(found, read, share) == pytest.approx(min(exact, 1.0), rel=1e-6, abs=1e-12)
    assert lower_bound(found, read) <= found / read <= upper_bound(found, read)


def _term(number, read, share):
    from math import comb, exp, log, log1p

    return exp(log(comb(read, number)) + number * log(share) + (read - number) * log1p(-share))


def test_a_fixed_plan_shows_what_it_promises_and_lets_good_lots_pass():
    plan = fixed_plan(most_wrong=0.01, expected_wrong=0.002, pass_rate=0.9)
    assert upper_bound(plan.allowed, plan.rows) <= 0.01
    assert at_most(plan.allowed, plan.rows, 0.002) >= 0.9
    assert fixed_plan(most_wrong=0.01).rows == 299


def test_a_share_that_cannot_be_shown_is_refused():
    with pytest.raises(UsageError, match="cannot be shown"):
        fixed_plan(most_wrong=0.01, expected_wrong=0.02)
    with pytest.raises(UsageError, match="have to be read"):
        fixed_plan(most_wrong=0.01, expected_wrong=0.0099)
    with pytest.raises(UsageError, match="between 0 % and 50 %"):
        fixed_plan(most_wrong=0)


@pytest.mark.parametrize("share", [0.005, 0.01, 0.03])
def test_the_anytime_bound_holds_however_often_one_looks(share):
    missed = 0
    for seed in range(200):
        draw, wrong = random.Random(seed), 0
        for read in range(1, 1201):
            wrong += draw.random() < share
            if read % 20 == 0 and anytime_bound(wrong, read) < share:
                missed += 1
                break
    assert missed <= 0.05 * 200


def test_looking_again_and_again_at_the_fixed_bound_would_deceive():
    missed = 0
    for seed in range(200):
        draw, wrong = random.Random(seed), 0
        for read in range(1, 1201):
            wrong += draw.random() < 0.01
            if read >= 20 and read % 20 == 0 and upper_bound(wrong, read) < 0.01:
                missed += 1
                break
    assert missed > 0.1 * 200


def test_a_sequential_lot_is_accepted_early_refused_when_hopeless_and_open_between():
    plan = sequential_plan(most_wrong=0.01)
    least = sequential_rows(0, 0.01)
    assert standing(plan, read=least, wrong=0).verdict is Verdict.ACCEPTED
    assert standing(plan, read=least - 1, wrong=0).left == 1
    assert standing(plan, read=200, wrong=1).verdict is Verdict.OPEN
    assert standing(plan, read=200, wrong=20).verdict is Verdict.REFUSED


def test_a_fixed_lot_is_refused_at_the_first_error_too_many():
    plan = fixed_plan(most_wrong=0.01)
    assert standing(plan, read=50, wrong=1).verdict is Verdict.REFUSED
    assert standing(plan, read=298, wrong=0).verdict is Verdict.OPEN
    done = standing(plan, read=299, wrong=0)
    assert (done.verdict, round(done.bound, 4)) == (Verdict.ACCEPTED, 0.01)
