"""Facts of a text are held against the cells of its product."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodsmith.base.locales import parse_locale
from goodsmith.checks import look, open_checks
from goodsmith.records import Draft, FactVerdict, OutputSpec, Severity

FLASK = {
    "name": "Walking flask",
    "capacity": "650 ml",
    "material": "304 stainless steel, lid PP",
    "weight": "310 g",
    "colour": "moss green",
    "made in": "Izmir, Turkey",
    "care": "hand wash, not for the microwave",
    "set": "2 flasks",
}
KETTLE = {
    "品名": "随行壶",
    "容量": "650毫升",
    "材质": "304不锈钢，盖PP",
    "重量": "310克",
    "颜色": "苔藓绿",
    "产地": "浙江永康",
    "洗涤": "手洗，不可用微波炉",
    "数量": "2只装",
}


def see(text, fields=FLASK, locale="en-US", slot="description"):
    outputs = {slot: OutputSpec(slot=slot, type="list" if isinstance(text, tuple) else "text")}
    drafts = [Draft(slot=slot, locale=locale, value=text, maker="m/x")]
    return look(open_checks(["facts"]), drafts, outputs=outputs, fields=fields, locale=parse_locale(locale))


def verdicts(text, fields=FLASK, locale="en-US"):
    looked = see(text, fields, locale)
    return {text[receipt.start : receipt.end]: receipt.verdict for receipt in looked.receipts}


@pytest.mark.parametrize(
    ("locale", "fields", "text"),
    [
        ("en-US", FLASK, "A pair of moss green flasks in 304 stainless steel, 650 ml each. Made in Izmir; hand wash."),
        ("en-US", KETTLE, "A moss green flask of 304 stainless steel, 0.65 L and 310 g, made in Yongkang, Zhejiang."),
        ("zh-CN", KETTLE, "两只装，304不锈钢壶身，容量0.65升，重310克，永康制造，请手洗。"),
        ("zh-CN", FLASK, "苔藓绿的不锈钢壶，650毫升，约0.31公斤，土耳其制造。"),
        ("de-DE", FLASK, "Zwei Flaschen aus Edelstahl 304, 0,65 l, 310 g, hergestellt in Izmir."),
        ("es-ES", FLASK, "Botella de acero inoxidable, 650 ml, 310 gramos, hecha en Turquía."),
        ("ja-JP", KETTLE, "ステンレスの水筒、650ml、310グラム、浙江省永康で作られました。"),
        ("en-US", FLASK, "For slow mornings, long trains and the calm before the rain."),
        ("zh-CN", KETTLE, "像把一朵云装进包里，走到哪里，都有三分从容。"),
    ],
)
def test_what_the_cells_say_may_be_said_in_other_words_and_units(locale, fields, text):
    assert see(text, fields, locale).findings == ()


@pytest.mark.parametrize(
    ("locale", "fields", "text", "wrong"),
    [
        ("en-US", FLASK, "It holds 750 ml.", "750 ml"),
        ("en-US", FLASK, "It weighs 310 g (about 14 oz).", "14 oz"),
        ("en-US", FLASK, "Three flasks in a box.", "Three"),
        ("en-US", FLASK, "Made of titanium.", "titanium"),
        ("en-US", FLASK, "In navy blue.", "navy blue"),
        ("en-US", FLASK, "Made in Portugal.", "Portugal"),
        ("en-US", FLASK, "Tested to EN 12546.", "EN 12546"),
        ("en-US", FLASK, "The lid is stainless steel.", "stainless steel"),
        ("zh-CN", KETTLE, "容量750毫升。", "750毫升"),
        ("zh-CN", KETTLE, "316不锈钢内胆。", "316不锈钢"),
        ("zh-CN", KETTLE, "三只装。", "三只装"),
        ("zh-CN", KETTLE, "产自广东佛山。", "广东"),
        ("zh-CN", KETTLE, "通过FDA认证。", "FDA认证"),
        ("de-DE", FLASK, "Hält 0,75 l.", "0,75 l"),
        ("es-ES", FLASK, "Hecha en Portugal.", "Portugal"),
        ("ja-JP", KETTLE, "容量は750mlです。", "750ml"),
    ],
)
def test_a_closed_fact_that_the_cells_do_not_bear_out_is_withheld(locale, fields, text, wrong):
    findings = see(text, fields, locale).findings
    assert {finding.severity for finding in findings} == {Severity.BLOCK}
    assert wrong in {text[finding.start : finding.end] for finding in findings}


@pytest.mark.parametrize(
    ("locale", "fields", "text"),
    [
        ("en-US", FLASK, "It is microwave safe."),
        ("en-US", FLASK, "It kills 99 percent of bacteria.".replace("99 percent of ", "")),
        ("en-US", FLASK, "A cleaning brush is included."),
        ("en-US", FLASK, "The finest flask in the world."),
        ("zh-CN", KETTLE, "可用微波炉加热。"),
        ("zh-CN", KETTLE, "还能改善失眠。"),
    ],
)
def test_an_open_fact_brings_a_person_in_and_withholds_nothing(locale, fields, text):
    findings = see(text, fields, locale).findings
    assert findings
    assert {finding.severity for finding in findings} <= {Severity.WARNING, Severity.ERROR}


def test_every_fact_has_a_receipt_with_its_cell_and_place():
    text = "It holds 0.65 L and weighs 400 g."
    held, weighs = see(text).receipts
    assert (held.verdict, held.field) == (FactVerdict.CONVERTED, "capacity")
    assert FLASK["capacity"][held.field_start : held.field_end] == "650 ml"
    assert (weighs.verdict, weighs.field) == (FactVerdict.CONTRADICTED, "weight")
    assert text[weighs.start : weighs.end] == "400 g"


def test_a_receipt_of_a_list_counts_its_items_from_one():
    looked = see(("Light in the hand", "Holds 650 ml"), slot="points")
    assert [(receipt.item, receipt.verdict) for receipt in looked.receipts] == [(2, FactVerdict.SUPPORTED)]


def test_a_finding_says_what_the_cell_has_in_both_languages():
    (finding,) = see("It holds 750 ml.").findings
    assert finding.en == "description: the measure “750 ml” is not what the source says: capacity has “650 ml”"
    assert finding.zh == "description:数值“750 ml”与原始数据不符：capacity 为“650 ml”"


def test_shares_are_held_with_what_they_are_of():
    wool = {"成分": "70%羊绒 30%美利奴羊毛"}
    assert verdicts("30%羊绒，70%美利奴羊毛。", wool, "zh-CN")["30%"] is FactVerdict.CONTRADICTED
    assert set(verdicts("70%羊绒，30%美利奴羊毛。", wool, "zh-CN").values()) == {FactVerdict.SUPPORTED}


def test_an_attribute_cell_is_read_name_by_name():
    looked = see("Weighs 380 g.", {"specs": "Material: cotton; Size: 70 x 140 cm; Weight: 380 g"})
    (receipt,) = looked.receipts
    assert receipt.field == "specs"
    assert (receipt.field_start, receipt.field_end) == (45, 50)


def test_a_unit_in_a_columns_name_counts_for_its_numbers():
    assert verdicts("Weighs 5.2 kg.", {"Weight (kg)": "5.2"}) == {"5.2 kg": FactVerdict.SUPPORTED}


def test_what_a_template_filled_from_the_cells_is_not_looked_at():
    drafts = [Draft(slot="title", locale="en-US", value="Holds 9 litres", maker="template")]
    looked = look(
        open_checks(["facts"]),
        drafts,
        outputs={"title": OutputSpec(slot="title")},
        fields=FLASK,
        locale=parse_locale("en-US"),
    )
    assert not looked.findings
    assert not looked.receipts


def test_a_language_that_is_not_read_in_full_is_said():
    (note,) = see("Contient 650 ml.", locale="fr-FR").findings
    assert note.severity is Severity.NOTE
    assert "no materials" in note.en
    (warning,) = see("Tilavuus 650 ml.", locale="fi-FI").findings
    assert warning.severity is Severity.WARNING


def test_further_languages_are_read_for_numbers_units_and_countries():
    for locale, text in (
        ("fr-FR", "Contient 750 millilitres."),
        ("pt-BR", "Tem 750 mililitros."),
        ("it-IT", "Contiene 750 millilitri."),
        ("ru-RU", "Объём 750 миллилитров."),
        ("ko-KR", "용량 750 밀리리터."),
        ("vi-VN", "Dung tích 750 mililit."),
        ("id-ID", "Isi 750 mililiter."),
    ):
        findings = [finding for finding in see(text, locale=locale).findings if finding.severity is Severity.BLOCK]
        assert findings, text


def test_a_text_or_cell_that_is_too_long_is_said_and_withholds_nothing_unseen():
    text = "Plain words. " * 500
    assert any("longer than" in finding.en for finding in see(text).findings)
    long = {**FLASK, "description": "word " * 4_000}
    findings = see("It holds 750 ml.", long).findings
    assert {finding.severity for finding in findings} == {Severity.WARNING}
    assert any("too long to be read whole" in finding.en for finding in findings)


@pytest.mark.parametrize(
    "cell",
    [
        "1" * 3_000,
        "1 x " * 4_000,
        "1,000," * 3_000,
        "A1-" * 6_000,
        "95% wool " * 2_000,
        "12V/2A " * 3_000,
        "<p>500 ml cotton</p>" * 50_000,
        "三" * 20_000,
        "棉500ml，" * 200_000,
    ],
)
def test_a_hostile_cell_costs_milliseconds(cell):
    see("Warm the words up: 5 ml.")
    began = time.process_time()
    see(cell[:20_000], {"a": cell, "b": cell[::-1]})
    assert time.process_time() - began < 0.5  # 50 ms, and room for a machine that does other things


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.dictionaries(st.text(max_size=20), st.text(max_size=80), max_size=4))
def test_any_text_against_any_cells_gives_receipts_within_the_text(text, fields):
    for receipt in see(text, fields).receipts:
        assert 0 <= receipt.start < receipt.end <= len(text)
        assert receipt.field == "" or receipt.field in fields


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 9_999), st.sampled_from(["g", "cm", "ml", "W", "mAh"]))
def test_a_measure_is_supported_by_itself_and_not_by_its_double(value, unit):
    fields = {"value": f"{value} {unit}"}
    assert FactVerdict.SUPPORTED in verdicts(f"Here it is {value} {unit}, so.", fields).values()
    assert FactVerdict.CONTRADICTED in verdicts(f"Here it is {2 * value} {unit}, so.", fields).values()
