"""Units of measure: what a text says, and conversion."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodsmith.base.units import UNITS, convert, convertible, number, quantities, shown


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1.7 L kettle, 1500W", [("1.7 L", (1.7,), "L", "single"), ("1500W", (1500,), "W", "single")]),
        ("220-240V", [("220-240V", (220, 240), "V", "range")]),
        ("20*30cm/22*24cm", [("20*30cm", (20, 30), "cm", "product"), ("22*24cm", (22, 24), "cm", "product")]),
        ("48cm × 74cm", [("48cm × 74cm", (48, 74), "cm", "product")]),
        ("1m*30cm", [("1m*30cm", (100, 30), "cm", "product")]),
        ("500g*2袋", [("500g", (500,), "g", "single"), ("2袋", (2,), "count", "single")]),
        ("2.5斤装", [("2.5斤", (2.5,), "斤", "single")]),
        ("1,200 ml", [("1,200 ml", (1200,), "ml", "single")]),
        ("1,5 kg", [("1,5 kg", (1.5,), "kg", "single")]),
        ("160*230羊毛", [("160*230", (160, 230), "", "product")]),
        ("10 M US width", []),
        ("a 3 in 1 tool, 2026-11-23, X100", []),
    ],
)  # fmt: skip
def test_measures_are_read_with_their_place(text, found):
    seen = [(text[one.start : one.end], one.amounts, one.unit, one.shape) for one in quantities(text)]
    assert seen == found


@pytest.mark.parametrize(
    ("amount", "unit", "to", "made"),
    [(212, "°F", "°C", 100), (1, "斤", "kg", 0.5), (12, "fl oz", "ml", 354.88235475), (1, "千克", "克", 1000)],
)
def test_amounts_are_converted(amount, unit, to, made):
    assert convert(amount, unit, to) == pytest.approx(made)


def test_what_measures_something_else_is_refused():
    assert not convertible("kg", "cm")
    with pytest.raises(ValueError, match="cannot be converted"):
        convert(1, "kg", "ml")


@given(st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(UNITS)), st.floats(0.01, 1e6))
def test_there_and_back_is_the_same_amount(one, other, amount):
    if convertible(one, other):
        assert convert(convert(amount, one, other), other, one) == pytest.approx(amount, rel=1e-9, abs=1e-9)


@given(st.integers(0, 10**9), st.integers(0, 3))
def test_a_number_is_shown_as_it_is_read(digits, places):
    amount = digits / 10**places
    assert number(shown(amount)) == pytest.approx(amount)
