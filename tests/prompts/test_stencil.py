"""The recipe's own sentences: filled, within the limits, never broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodsmith.prompts import tidy
from goodsmith.records import OutputSpec


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("Mug (), White - ", "Mug, White"),
        ("材质：，颜色：红。", "颜色：红。"),
        ("Brand: Acme. Material: .", "Brand: Acme."),
        ("Size: , Color: red", "Color: red"),
        ("温馨提示：。", ""),
        (" - ", ""),
        ("（）【】", ""),
        ("A | | B", "A | B"),
        ("A, , B", "A, B"),
        ("A、，B。", "A、B。"),
        ("，好", "好"),
        ("Mug in .", "Mug in."),
        ("好杯子。。", "好杯子。"),
        ("Mug /", "Mug"),
        ("“”杯", "杯"),
        ("a\n\n\n\nb\n", "a\n\nb"),
        ("Features:\n- a\n-\n- b", "Features:\n- a\n- b"),
    ],
)
def test_what_empty_slots_left_behind_is_mended(text, tidied):
    assert tidy(text) == tidied


@pytest.mark.parametrize(
    "text",
    [
        "Wow!!",
        "Prix : 5 €",
        "-20 °C bag",
        "a...b",
        "Inc., Ltd. etc.",
        "$5.00, 12:30",
        "好吗？！",
        "A/B",
        ".5 mm pin",
        "1.5米+1.8米",
    ],
)
def test_what_a_whole_sentence_can_hold_stays(text):
    assert tidy(text) == text


@given(st.text("ab杯 ,，.。:：-–|/()（）【】、;\n!?0", max_size=30))
def test_tidying_twice_changes_nothing_and_leaves_no_loose_ends(text):
    once = tidy(text)
    assert tidy(once) == once
    assert once == once.strip()
    assert not once or once[-1] not in ",，、;；:：|/-–"
    assert "()" not in once
    assert "（）" not in once


def test_slots_are_filled_per_locale_over_the_common_sentences(make, zh, en):
    step = make(
        outputs=(OutputSpec(slot="title"), OutputSpec(slot="intro")),
        stencil={"title": "{{ brand }} {{ name }}", "intro": "{{ name }}"},
        stencil_locales={"zh": {"intro": "{{ name }}，好用。"}, "zh-TW": {"intro": "no"}},
    )
    assert step.stencil({"name": "杯"}, zh) == {"title": "杯", "intro": "杯，好用。"}
    assert step.stencil({"name": "Mug", "brand": "Acme"}, en) == {"title": "Acme Mug", "intro": "Mug"}


def test_a_slot_that_ends_empty_is_none(make):
    step = make(
        outputs=(OutputSpec(slot="title"), OutputSpec(slot="points", type="list"), OutputSpec(slot="extra")),
        stencil={"title": "({{ brand }}) - ", "points": ("{{ brand }}", "{{ material }}")},
    )
    assert step.stencil({"name": "Mug"}) == {"title": None, "points": None, "extra": None}


def test_list_items_are_tidied_and_kept_once_and_at_most_so_many(make):
    step = make(
        outputs=(OutputSpec(slot="points", type="list", max_items=2, max=9),),
        stencil={"points": ("材质：{{ material }}", "{{ brand }}", "ACME", "{{ name }} with a long tail")},
    )
    assert step.stencil({"brand": "Acme", "name": "Mug"}) == {"points": ("Acme", "Mug")}


def test_the_lines_of_one_template_are_the_items_of_a_list(make):
    step = make(
        outputs=(OutputSpec(slot="points", type="list"),),
        stencil={"points": "{% assign all = 材质 | pairs %}\n{% for p in all %}- {{ p[0] }}：{{ p[1] }}\n{% endfor %}"},
    )
    assert step.stencil({"材质": "面料:棉; 填充:羊毛"}) == {"points": ("面料：棉", "填充：羊毛")}


def test_a_sentence_is_cut_at_a_border_to_its_limit(make):
    step = make(outputs=(OutputSpec(slot="title", max=20, unit="half_width"),), stencil={"title": "{{ name }}"})
    assert step.stencil({"name": "Stainless steel vacuum mug"}) == {"title": "Stainless steel"}
    assert step.stencil({"name": "纯棉刺绣水洗四件套居家床品"}) == {"title": "纯棉刺绣水洗四件套居"}


@pytest.mark.parametrize(
    ("spec", "cell", "value"),
    [
        (OutputSpec(slot="x", type="number"), "1,299.50", 1299.5),
        (OutputSpec(slot="x", type="number"), "about 5", None),
        (OutputSpec(slot="x", type="integer"), "5.0", 5),
        (OutputSpec(slot="x", type="integer"), "5.5", None),
        (OutputSpec(slot="x", type="boolean"), "TRUE", True),
        (OutputSpec(slot="x", type="boolean"), "maybe", None),
        (OutputSpec(slot="x", type="choice", choices=("Red", "Blue")), "red", "Red"),
        (OutputSpec(slot="x", type="choice", choices=("Red", "Blue")), "reddish", None),
    ],
)
def test_a_value_of_another_type_is_never_guessed(make, spec, cell, value):
    assert make(outputs=(spec,), stencil={"x": "{{ name }}"}).stencil({"name": cell}) == {"x": value}
