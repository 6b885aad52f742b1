"""Each vendor's own way of saying what is wrong, told by the rehearsal vendor and heard as one of our errors."""

import pytest

from goodsmith.errors import (
    AccountProblem,
    ContentRefused,
    ContextOverflow,
    ModelError,
    Overloaded,
    RateLimited,
    TimedOut,
)
from goodsmith.models.rehearsal.manners import MANNERS

pytestmark = pytest.mark.servers


@pytest.fixture(params=MANNERS)
def vendor(request):
    return request.param


def heard(ask_rehearsal, name, **more):
    with pytest.raises(ModelError) as caught:
        ask_rehearsal(name, **more)
    assert caught.value.zh
    return caught.value


def test_a_throttle_is_waited_for(ask_rehearsal, vendor):
    error = heard(ask_rehearsal, f"closed@{vendor}")
    assert (type(error), error.retry_after_s, error.paid) == (RateLimited, 1.0, False)


def test_tokens_a_minute_are_a_throttle_and_no_bill(ask_rehearsal, rehearsal, vendor):
    rehearsal.ctl(tpm=1)
    ask_rehearsal(f"instant@{vendor}")  # an empty bucket lets one through
    assert type(heard(ask_rehearsal, f"instant@{vendor}")) is RateLimited


def test_trouble_of_its_own_is_waited_for(ask_rehearsal, vendor):
    for number in range(6):  # two kinds of it, drawn by the prompt
        error = heard(ask_rehearsal, f"down@{vendor}", user=f"Name: mug {number}")
        assert type(error) in {Overloaded, TimedOut}


def test_refused_content_of_the_prompt_is_told_as_such(ask_rehearsal, rehearsal, vendor):
    rehearsal.ctl(refused_input_share=1)
    error = heard(ask_rehearsal, f"instant@{vendor}")
    assert type(error) is ContentRefused
    assert error.side == "input" or vendor == "anthropic"  # which says so of answers only


def test_refused_content_of_the_answer_is_told_as_such(ask_rehearsal, rehearsal, vendor):
    rehearsal.ctl(refusal_share=1)
    error = heard(ask_rehearsal, f"instant@{vendor}")
    assert (type(error), error.side) == (ContentRefused, "output")


def test_a_prompt_that_is_too_long_is_told_as_such(ask_rehearsal, vendor):
    assert type(heard(ask_rehearsal, f"short@{vendor}", user="word " * 2_000)) is ContextOverflow


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("broke", "no credit left or an unpaid bill"),
        ("locked", "refuses the key"),
        ("retired", "knows no model"),
        ("abroad", "region"),
        ("skewed", "clock is wrong"),
    ],
)
def test_what_is_wrong_with_an_account_is_said_in_one_clear_line(ask_rehearsal, vendor, name, words):
    error = heard(ask_rehearsal, f"{name}@{vendor}")
    assert type(error) is AccountProblem
    assert words in error.en
    assert "\n" not in error.en
