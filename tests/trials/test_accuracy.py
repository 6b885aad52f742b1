"""When a made value says what a known cell says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodsmith.records import OutputSpec
from goodsmith.trials.accuracy import Compared, Match, accuracy, compare, plain

TEXT = OutputSpec(slot="color")
LIST = OutputSpec(slot="points", type="list")


@pytest.mark.parametrize(
    ("made", "known", "match"),
    [
        ("red", " red ", Match.EXACT),
        ("Red", "red.", Match.SAME),
        ("1,000 g", "1000g", Match.SAME),
        ("1000.0g", "1,000 g", Match.SAME),
        ("1000 g", "100 g", Match.DIFFERENT),
        ("-5 °C", "5 °C", Match.DIFFERENT),
        ("150×200 cm", "150 x 200cm", Match.SAME),
        ("12", "1 2", Match.DIFFERENT),
        ("100％棉", "100%棉。", Match.SAME),
        ("棉", "麻", Match.DIFFERENT),
        (None, "red", Match.EMPTY),
        ("", "red", Match.EMPTY),
    ],
)
def test_texts_match_by_what_they_say(made, known, match):
    assert compare(made, known, TEXT) is match


@pytest.mark.parametrize(
    ("made", "known", "match"),
    [
        (("a", "b"), "a\nb", Match.EXACT),
        (("b", "A"), "a；b", Match.SAME),
        (("a",), "a; b", Match.DIFFERENT),
        ((), "a", Match.EMPTY),
    ],
)
def test_lists_match_in_any_order(made, known, match):
    assert compare(made, known, LIST) is match


@pytest.mark.parametrize(
    ("made", "known", "match"),
    [
        (1000, "1,000 g", Match.EXACT),
        (1.5, "1.50", Match.EXACT),
        (2, "2 of 3", Match.DIFFERENT),
        (True, "是", Match.EXACT),
        (False, "yes", Match.DIFFERENT),
    ],
)
def test_numbers_and_answers_to_yes_or_no_match_by_value(made, known, match):
    assert compare(made, known, OutputSpec(slot="n", type="number")) is match


@given(st.text())
def test_what_is_plain_stays_plain_in_other_cases_widths_and_blanks(text):
    assert plain(f"  {text}\t") == plain(text)
    assert plain(text.upper()) == plain(text.upper().lower())


def test_a_slot_counts_what_is_right_and_what_was_left_empty():
    pairs = [("red", "red"), ("Red", "red"), (None, "blue"), ("green", "blue")]
    found = accuracy("color", "", "Colour", [
        Compared(key=str(at), known=known, made=made, match=compare(made, known, TEXT))
        for at, (made, known) in enumerate(pairs)
    ])  # fmt: skip
    assert (found.known, found.exact, found.same, found.empty) == (4, 1, 2, 1)
    assert found.right.value == 0.5
    assert found.when_made.value == pytest.approx(2 / 3)
    assert [one.key for one in found.wrong] == ["3"]
    assert accuracy("color", "", "Colour", []) is None
