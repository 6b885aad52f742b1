"""Reading answers: forgiving of the wrapping, strict on the content."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodsmith.errors import AnswerInvalid
from goodsmith.prompts import parse_answer
from goodsmith.records import OutputSpec

OUTPUTS = (
    OutputSpec(slot="title", max=60),
    OutputSpec(slot="points", type="list", max_items=5),
    OutputSpec(slot="color", type="choice", choices=("red", "navy blue"), required=False),
    OutputSpec(slot="weight", type="number", required=False),
    OutputSpec(slot="count", type="integer", required=False),
    OutputSpec(slot="fragile", type="boolean", required=False),
)
NONE = {"color": None, "weight": None, "count": None, "fragile": None}
PLAIN = {"title": "Mug", "points": ("hot", "cold")} | NONE
GOOD = '{"title": "Mug", "points": ["hot", "cold"]}'


@pytest.mark.parametrize(
    "answer",
    [
        GOOD,
        f"\ufeff \n{GOOD}\n",
        f"```json\n{GOOD}\n```",
        f"Sure! Here is the JSON:\n{GOOD}\nLet me know [if] it {{helps}}.",
        '{"title": "Mug", "points": ["hot", "cold",],}',
        f"[{GOOD}]",
        f'{{"answer": {GOOD}}}',
        f'<think>{{"title": "no"}} maybe</think>{GOOD}',
        f'{{"title": "draft"}} no, better: {GOOD}',
        '{"Title ": "Mug", "POINTS": ["hot", "cold"]}',
        '{"title": "Mug", "points": "- hot\\n2. cold"}',
        '{"title": "Mug", "points": "[\\"hot\\", \\"cold\\"]"}',
        '{"title": " Mug\\u0000 ", "points": [" hot ", "", null, "cold"], "more": [1, {"a": 2}]}',
        '{"title": "Mug", "points": [{"text": "hot"}, {"text": "cold"}]}',
        json.dumps(GOOD),
        '{"title": "Mu\x01g", "points": ["hot", "cold"]}',
    ],
)
def test_an_answer_is_read_however_it_is_wrapped(answer):
    assert parse_answer(answer, OUTPUTS) == PLAIN


@pytest.mark.parametrize(
    ("slot", "said", "value"),
    [
        ("color", "Navy Blue", "navy blue"),
        ("weight", "1,299.50", 1299.5),
        ("weight", 3, 3),
        ("count", "12", 12),
        ("count", 12.0, 12),
        ("fragile", "是", True),
        ("fragile", "no", False),
        ("title", 42, "42"),
        ("color", None, None),
    ],
)
def test_a_value_is_read_as_its_type(slot, said, value):
    answer = json.dumps({"title": "Mug", "points": ["hot", "cold"]} | {slot: said})
    assert parse_answer(answer, OUTPUTS)[slot] == value


@pytest.mark.parametrize(
    ("slot", "said", "expected"),
    [
        ("title", None, '"title" is null; expected a text'),
        ("title", ["a"], "expected a text, seen the list '[\"a\"]'"),
        ("title", True, "expected a text, seen the boolean"),
        ("points", 5, "expected a list of texts, seen the number"),
        ("points", [["a"]], "seen an item that is the list"),
        ("color", "green", 'expected one of "red", "navy blue", seen the text \'green\''),
        ("weight", "about 5 kg", "expected a number, seen the text 'about 5 kg'"),
        ("count", 1.5, "expected a whole number, seen the number '1.5'"),
        ("fragile", "perhaps", "expected true or false"),
    ],
)
def test_a_wrong_value_is_refused_with_what_was_seen_and_expected(slot, said, expected):
    answer = json.dumps({"title": "Mug", "points": ["hot"]} | {slot: said})
    with pytest.raises(AnswerInvalid) as caught:
        parse_answer(answer, OUTPUTS)
    assert expected in caught.value.en
    assert caught.value.zh


def test_a_key_that_is_spelt_wrong_is_a_missing_one():
    with pytest.raises(AnswerInvalid, match='"title" is missing; expected a text'):
        parse_answer('{"titel": "Mug"}', OUTPUTS[:1])


def test_everything_wrong_is_said_at_once():
    with pytest.raises(AnswerInvalid, match=r'"points" is missing.*"color": expected one of'):
        parse_answer('{"title": "Mug", "color": "green"}', OUTPUTS)


@pytest.mark.parametrize(
    "answer", ["", "  ", "I cannot help with that.", "[]", "null", "42", '"x"', "{", "[" * 5000, '{"a":' * 5000]
)
def test_what_is_no_object_is_refused(answer):
    with pytest.raises(AnswerInvalid):
        parse_answer(answer, OUTPUTS)


@pytest.mark.parametrize(
    "answer",
    [
        "{" * 999_000,
        '{"' * 499_000,
        "x" * 10_000_000,
        '{"title": "' + "\\" * 900_000,
        "<think>" * 140_000,
        ",\n" * 490_000,
    ],
)
def test_a_huge_or_hostile_answer_is_refused_soon(answer):
    started = time.process_time()
    with pytest.raises(AnswerInvalid):
        parse_answer(answer, OUTPUTS)
    assert time.process_time() - started < 2


def test_half_a_surrogate_pair_never_reaches_a_draft():
    parse_answer('{"title": "a\\ud83d", "points": ["x"]}', OUTPUTS)["title"].encode()


@given(
    st.fixed_dictionaries(
        {
            "title": st.text(max_size=20),
            "points": st.lists(st.text(max_size=9), max_size=4),
            "color": st.sampled_from(["red", "navy blue", None]),
            "weight": st.none() | st.floats(allow_nan=False, allow_infinity=False),
            "count": st.none() | st.integers(-(2**53), 2**53),
            "fragile": st.none() | st.booleans(),
        }
    ),
    st.sampled_from(["{}", "```\n{}\n```", "Here:\n{}", "[{}]"]),
)
def test_what_json_says_is_what_is_read(said, wrapping):
    made = parse_answer(wrapping.replace("{}", json.dumps(said)), OUTPUTS)
    for slot in ("color", "weight", "count", "fragile"):
        assert made[slot] == said[slot]
    assert set(made["title"]) <= set(said["title"]) | {"\n"}
