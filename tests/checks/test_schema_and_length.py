import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodsmith.base.lengths import length
from goodsmith.checks import open_checks, run_checks
from goodsmith.records import Draft, OutputSpec, Severity


def test_a_row_as_asked_has_no_finding(check):
    row = {"title": "蓝湾保温杯", "points": ("保温", "轻便"), "weight_g": 320, "price": 9.5, "new": True, "color": "红"}
    outputs = {
        "title": {"max": 60},
        "points": {"type": "list", "min_items": 2, "max_items": 2},
        "weight_g": {"type": "integer", "min": 1, "max": 999},
        "price": {"type": "number"},
        "new": {"type": "boolean"},
        "color": {"type": "choice", "choices": ("红", "蓝")},
    }
    assert check("schema length", row, outputs=outputs) == ()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", ("a",)),
        ("text", 3),
        ("list", "a"),
        ("integer", 3.0),
        ("integer", True),
        ("number", "3"),
        ("number", math.nan),
        ("number", math.inf),
        ("boolean", 1),
    ],
)
def test_a_value_of_another_type_blocks(check, kind, value):
    (found,) = check("schema", {"slot": value}, outputs={"slot": {"type": kind}})
    assert found.severity is Severity.BLOCK
    assert found.slot == "slot"


def test_a_value_outside_the_allowed_ones_blocks_and_names_the_near_ones(check):
    outputs = {"color": {"type": "choice", "choices": ("navy blue", "sky blue", "red")}}
    (found,) = check("schema", {"color": "navy bleu"}, outputs=outputs)
    assert found.severity is Severity.BLOCK
    assert "navy blue" in found.en
    assert "navy blue" in found.zh


def test_a_missing_slot_is_an_error_only_where_it_is_required(check):
    outputs = {"title": {}, "seo": {"required": False}, "brief": {}}
    found = check("schema", {"title": None}, outputs=outputs)
    assert [(one.slot, one.severity) for one in found] == [("title", Severity.ERROR), ("brief", Severity.ERROR)]


@pytest.mark.parametrize(("items", "said"), [(4, "exactly 5"), (6, "exactly 5")])
def test_the_number_of_items_is_held(check, items, said):
    outputs = {"points": {"type": "list", "min_items": 5, "max_items": 5}}
    (found,) = check("schema", {"points": ("轻便",) * items}, outputs=outputs)
    assert said in found.en
    assert f"{items} items" in found.en


def test_a_slot_that_the_recipe_does_not_have_blocks():
    draft = Draft(slot="titel", locale="", value="a", maker="m")
    (found,) = run_checks(open_checks(["schema"]), [draft], outputs={}, fields={}, locale=None)
    assert found.severity is Severity.BLOCK


def test_half_widths_count_a_chinese_character_twice(check):
    row = {"title": "北欧风简约陶瓷马克杯"}
    assert check("length", row, outputs={"title": {"max": 20, "unit": "half_width"}}) == ()
    (found,) = check("length", row, outputs={"title": {"max": 18, "unit": "half_width"}})
    assert (found.start, found.end) == (9, 10)
    assert "20" in found.zh
    assert "18" in found.zh


def test_each_item_of_a_list_is_measured_and_named(check):
    (found,) = check("length", {"points": ("short", "far too long")}, outputs={"points": {"type": "list", "max": 6}})
    assert found.en.startswith("points, item 2: 12 characters, 6 more")


def test_too_short_is_an_error_and_empty_is_left_to_another_check(check):
    outputs = {"title": {"min": 10}}
    assert [found.rule for found in check("length", {"title": "杯子"}, outputs=outputs)] == ["length"]
    assert check("length", {"title": ""}, outputs=outputs) == ()


@given(st.text(max_size=40), st.integers(0, 40), st.sampled_from(["characters", "utf8_bytes", "half_width"]))
def test_a_text_is_found_too_long_exactly_when_it_is(text, limit, unit):
    spec = OutputSpec(slot="title", max=limit, unit=unit)
    drafts = [Draft(slot="title", locale="", value=text, maker="m")]
    found = run_checks(open_checks(["length"]), drafts, outputs={"title": spec}, fields={}, locale=None)
    assert bool(found) == (length(text, unit) > limit)
    if found:
        assert length(text[: found[0].start], unit) <= limit
