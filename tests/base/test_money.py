"""Budgets, amounts for people, and exchange rates."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodsmith.base.money import ASSUMED_RATES, Rates, format_money, parse_budget, parse_currency, parse_rate
from goodsmith.errors import UsageError
from goodsmith.records import NANOS, Budget

amounts = st.integers(min_value=0, max_value=10**15)


@pytest.mark.parametrize(
    ("text", "units", "currency"),
    [
        ("300CNY", 300, "CNY"),
        ("40 USD", 40, "USD"),
        ("¥300", 300, "CNY"),
        ("￥300", 300, "CNY"),
        ("$40", 40, "USD"),
        ("300元", 300, "CNY"),
        ("300 rmb", 300, "CNY"),
        ("CNY 1,000", 1000, "CNY"),
        ("３００元", 300, "CNY"),
        ("HK$20", 20, "HKD"),
    ],
)
def test_a_budget_is_read_as_a_person_writes_it(text, units, currency):
    assert parse_budget(text) == Budget(nanos=units * NANOS, currency=currency)


def test_a_budget_keeps_its_decimals():
    assert parse_budget("0.05 USD").nanos == 50_000_000


@pytest.mark.parametrize(
    "text", ["300", "CNY", "", "-5CNY", "0USD", "1e3CNY", "¥300CNY", "3,00CNY", "300XYZ", "nanUSD", "9999999999CNY"]
)
def test_what_is_not_a_budget_is_refused_in_both_languages(text):
    with pytest.raises(UsageError) as caught:
        parse_budget(text)
    assert caught.value.say("en") != caught.value.say("zh")


def test_a_budget_without_currency_says_what_to_write():
    with pytest.raises(UsageError, match="write 300CNY or 300USD"):
        parse_budget("300")


def test_an_unknown_currency_names_the_known_ones():
    with pytest.raises(UsageError, match="CNY"):
        parse_currency("CYN")


@pytest.mark.parametrize(
    ("nanos", "shown"),
    [
        (12_300_000_000, "12.30 CNY"),
        (1_234_567_890_000, "1,234.57 CNY"),
        (0, "0.00 CNY"),
        (12_345_678, "0.01235 CNY"),
        (500_000_000, "0.50 CNY"),
        (3, "0.000000003 CNY"),
        (-2 * NANOS, "-2.00 CNY"),
    ],
)
def test_an_amount_reads_well_at_every_size(nanos, shown):
    assert format_money(nanos, "CNY") == shown


def test_an_unknown_amount_is_called_unknown_and_never_zero():
    assert format_money(None, "CNY") == "unknown"
    assert format_money(None, "CNY", language="zh-CN") == "未知"


@given(st.integers(min_value=1, max_value=10**9 * 100))
def test_a_budget_survives_being_written_and_read(cents):
    budget = Budget(nanos=cents * NANOS // 100, currency="CNY")
    assert parse_budget(format_money(budget.nanos, budget.currency)) == budget


def test_the_shipped_rate_says_that_it_is_an_assumption_and_of_when():
    rate = ASSUMED_RATES.find("CNY", "USD")
    assert rate.assumed
    assert "assumed" in rate.say("en")
    assert rate.on.isoformat() in rate.say("en")
    assert "假定" in rate.say("zh")


def test_a_stated_rate_goes_before_the_assumed_one():
    rates = ASSUMED_RATES.stated("USD/CNY=7.25", on=dt.date(2026, 11, 20))
    assert rates.convert(NANOS, "USD", "CNY") == 7_250_000_000
    assert rates.find("USD", "CNY").say() == "1 USD = 7.25 CNY (2026-11-20, stated by the user)"


def test_a_rate_serves_in_both_directions():
    rates = Rates(rates=(parse_rate("CNY/USD=0.125"),))
    assert rates.convert(NANOS, "USD", "CNY") == 8 * NANOS
    assert rates.find("USD", "CNY").value == Decimal("0.125")


def test_a_missing_rate_tells_how_to_state_it():
    with pytest.raises(UsageError, match="--rate EUR/CNY="):
        ASSUMED_RATES.convert(1, "EUR", "CNY")


@pytest.mark.parametrize("text", ["USD/CNY", "USD/CNY=0", "USD/USD=1", "7.1", "USD:CNY=7.1", "USD/CNY=-7"])
def test_what_is_not_a_rate_is_refused(text):
    with pytest.raises(UsageError):
        parse_rate(text)


@given(amounts)
def test_converting_there_and_back_never_loses_money(nanos):
    there = ASSUMED_RATES.convert(nanos, "USD", "CNY")
    assert ASSUMED_RATES.convert(there, "CNY", "USD") >= nanos
    assert ASSUMED_RATES.convert(nanos, "CNY", "CNY") == nanos
