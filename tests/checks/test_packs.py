"""Laws and marketplaces as data: what a pack finds, where, and what it lets pass."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodsmith.base.locales import parse_locale
from goodsmith.checks import open_checks, run_checks
from goodsmith.checks.packs.folding import fold, squeeze
from goodsmith.checks.packs.format import parse_pack
from goodsmith.checks.packs.opening import open_pack, shipped_packs
from goodsmith.checks.packs.testing import try_pack
from goodsmith.checks.packs.words import Words
from goodsmith.errors import RecipeError, UnknownName
from goodsmith.records import Draft, OutputSpec

HEAD = """
pack: mine
about: a shop's own
about_zh: 店铺自有
market: [CN]
read_on: "2026-11-28"
sources: [ours]
rules:
"""


def found(pack, text, *, slot="title", locale="zh-CN", **fields):
    draft = Draft(slot=slot, locale=locale, value=text, maker="")
    checks = open_checks([f"rules:{pack}"])
    return run_checks(
        checks, [draft], outputs={slot: OutputSpec(slot=slot)}, fields=fields, locale=parse_locale(locale)
    )


@pytest.mark.parametrize("name", shipped_packs())
def test_every_shipped_rule_finds_what_it_must_and_leaves_the_rest_alone(name):
    pack = open_pack(name)
    assert [(one.rule.id, one.sample.text) for one in try_pack(pack)] == []
    assert all(rule.say and rule.zh for rule in pack.rules)


def test_a_finding_marks_the_word_in_the_original_and_names_the_law():
    (finding,) = found("cn_ad_law", "水洗棉,最佳的手感")
    assert (finding.rule, finding.severity, finding.start, finding.end) == ("cn.absolute", "block", 4, 6)
    assert "广告法第 9 条" in finding.zh


@pytest.mark.parametrize(
    "text", ["最 佳手感", "最*佳手感", "最\u200b佳手感", "最・佳手感".replace("・", "·"), "国家級".replace("級", "级")]
)
def test_a_split_or_disguised_word_is_found_where_it_stands(text):
    (finding,) = found("cn_ad_law", text)
    assert text[finding.start : finding.end].replace(" ", "")[0] in "最国"


def test_latin_words_are_whole_words_in_any_case_and_width():
    assert found("us_ftc", "Clinically PROVEN", locale="en-US")
    assert found("us_ftc", "\uff23\uff35\uff32\uff25\uff33 all", locale="en-US")  # full width
    assert found("us_ftc", "It secures the lid", locale="en-US") == ()


def test_a_rule_of_a_language_or_category_does_not_judge_others():
    assert found("cn_ad_law", "最佳", locale="en-US") == ()
    assert found("cn_food", "减肥好帮手", category="运动器材") == ()
    assert found("cn_food", "减肥好帮手", category="食品 > 茶")


def test_evidence_in_the_row_allows_what_is_forbidden_without():
    assert found("eu_consumer", "Biodegradable bags", locale="en-GB")
    assert found("eu_consumer", "Biodegradable bags", locale="en-GB", certificate="EN 13432") == ()


def test_a_recipe_that_names_an_unknown_pack_does_not_start():
    with pytest.raises(UnknownName, match="amazon"):
        open_checks(["rules:amazn"])


def test_a_pack_tells_the_model_beforehand_and_checks_afterwards(tmp_path):
    from goodsmith.pipeline import Pipeline
    from goodsmith.recipe import parse_recipe
    from goodsmith.records import Product

    recipe = parse_recipe(
        "recipe: x\nlocales: [zh-CN]\nfields: {name: {}}\nsteps:\n"
        "  - ask:\n      instruction: 为 {{ locale.language }} 写\n"
        "      input: '{{ name }}'\n      output: {title: {max: 60}}\n    stencil: {title: '最好的{{ name }}'}\n"
        "checks: ['rules:cn_ad_law', 'rules:taobao']\n"
    )
    pipeline = Pipeline(recipe, locales=[parse_locale("zh-CN")], columns=["name"], answerer=None)
    product = Product(ordinal=0, key="1", fields={"name": "水壶"})
    ((_, request),) = pipeline.requests(product)
    assert "不使用“最”字开头的评价" in request.system + request.user
    assert "half-widths" in request.system + request.user
    made = pipeline.make_from_stencil(product)
    assert (made.status, made.findings[0].rule) == ("blocked", "cn.absolute")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("  - {id: a.b.c, say: x, zh: x, severity: block, words: [x], letters: y}", "must look for one thing"),
        ("  - {id: a.b.c, say: x, zh: x, severity: block}", "must look for one thing"),
        ("  - {id: a.b.c, say: x, zh: x, severity: loud, words: [x]}", "severity"),
        ("  - {id: a.b.c, say: x, zh: x, severity: block, pattern: 'a+'}", "how often at most"),
        ("  - {id: a.b.c, say: x, zh: x, severity: block, pattern: '('}", "not understood"),
        ("  - {id: a.b.c, say: x, zh: x, severity: block, wrds: [x]}", "words"),
    ],
)
def test_a_mistake_in_a_pack_is_said_with_its_line(rule, said):
    with pytest.raises(RecipeError, match=said) as wrong:
        parse_pack(HEAD + rule + "\n", path="mine.yaml")
    assert "mine.yaml:9" in str(wrong.value)


def test_a_changed_pack_has_another_version_and_a_comment_changes_nothing():
    text = HEAD + "  - {id: a.b.c, say: x, zh: x, severity: block, words: [x]}\n"
    assert parse_pack(text).version == parse_pack(text + "# a comment\n").version
    assert parse_pack(text).version != parse_pack(text.replace("words: [x]", "words: [y]")).version


@given(st.text(max_size=60))
def test_folding_never_loses_its_place(text):
    for folded in (fold(text), squeeze(fold(text))):
        if folded is not None:
            for at in range(len(folded.text)):
                start, end = folded.span(at, at + 1, text)
                assert 0 <= start < end <= len(text)


def test_hostile_texts_take_no_time():
    texts = ["最" * 20_000, "1 x " * 5_000, "a" * 20_000, "<" * 20_000, "@" * 20_000, "+1 " * 6_000, "www." * 5_000]
    checks = open_checks([f"rules:{name}" for name in ("cn_ad_law", "amazon", "us_ftc")])
    for text in texts:
        drafts = [Draft(slot="title", locale="zh-CN", value=text, maker="")]
        began = time.process_time()
        run_checks(checks, drafts, outputs={}, fields={}, locale=parse_locale("zh-CN"))
        assert time.process_time() - began < 1.0


def test_ten_thousand_words_are_one_search():
    words = Words([[f"word{number}" for number in range(10_000)]])
    assert list(words.find(fold("A word77 and word9999x, word5"))) == [(0, 2, 8), (0, 24, 29)]
