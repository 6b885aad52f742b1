"""What the shipped recipes say when no model is asked, on rows that we made up."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodsmith.base.locales import parse_locale
from goodsmith.prompts import prepare
from goodsmith.recipe import load_recipe, shipped_recipes

CUSHION_ZH = {
    "name": "棉麻提花抱枕套",
    "brand": "青禾里",
    "category": "家居 > 布艺软装",
    "attributes": "材质:面料：55% 亚麻 45% 棉; 尺寸:45*45cm/ 60*60cm; 颜色:燕麦色/ 豆绿; 产地:中国浙江;"
    " 执行标准:GB/T 1-2020; 温馨提示:此商品不含枕芯",
    "selling_points": "隐形拉链 便于拆洗；提花纹理",
}
KETTLE_EN = {
    "name": "pour-over kettle 1.2l",
    "brand": "northmoor",
    "category": "kitchen > kettles",
    "model": "nk-12g",
    "attributes": "Material: 304 stainless steel; Color: black / cream; Country of origin: Portugal",
    "selling_points": "- gooseneck spout\n- stays cool to the touch",
}
FIELDS = (
    "name",
    "brand",
    "category",
    "attributes",
    "selling_points",
    "description",
    "model",
    "material",
    "color",
    "size",
)

steps = {}


def said(recipe, row, tag):
    if recipe not in steps:
        loaded = load_recipe(recipe)
        steps[recipe] = prepare(loaded.steps[0], fields=loaded.fields, columns=[], earlier=[])
    return steps[recipe].stencil(row, parse_locale(tag))


# ---- whole rows ---------------------------------------------------------------------------------------------------


def test_a_full_chinese_row_reads_as_shop_copy():
    made = said("listing", CUSHION_ZH, "zh-CN")
    assert made["title"] == "青禾里 棉麻提花抱枕套"
    assert made["points"] == (
        "隐形拉链，便于拆洗",
        "提花纹理",
        "材质：面料为55%亚麻、45%棉",
        "尺寸：45*45cm / 60*60cm",
        "颜色：燕麦色、豆绿",
    )
    assert made["description"] == (
        "棉麻提花抱枕套由青禾里出品，隐形拉链，便于拆洗，提花纹理。面料为55%亚麻、45%棉，产自中国浙江。"
        "尺寸有45*45cm、60*60cm可选，颜色有燕麦色、豆绿可选。温馨提示：此商品不含枕芯。"
    )


def test_a_full_english_row_reads_as_shop_copy():
    made = said("listing", KETTLE_EN, "en-US")
    assert made["title"] == "Northmoor Pour-over Kettle 1.2L NK-12G"
    assert made["points"] == (
        "Gooseneck spout",
        "Stays cool to the touch",
        "Material: 304 stainless steel",
        "Color: black / cream",
        "Country of origin: Portugal",
    )
    assert made["description"] == (
        "Northmoor Pour-over Kettle 1.2L (model NK-12G). Gooseneck spout. Stays cool to the touch."
        " Made of 304 stainless steel. Comes in black and cream. Made in Portugal."
    )


def test_columns_of_their_own_are_facts_too():
    row = {"name": "陶瓷马克杯", "material": "陶瓷", "color": "白色/ 蓝色", "size": "350ml", "attributes": "颜色:红"}
    assert said("listing", row, "zh-CN")["points"] == ("颜色：红", "材质：陶瓷", "尺寸：350ml")


def test_a_sparse_english_row_still_says_where_it_belongs():
    made = said("listing", {"name": "usb hub", "category": "computers", "model": "uh4"}, "en-US")
    assert made["title"] == "USB Hub UH4"
    assert made["points"] == ("Model: UH4", "Category: Computers")
    assert made["description"] == "USB Hub, model UH4, is listed under Computers."


def test_a_row_with_a_name_only_gets_no_filler():
    assert said("listing", {"name": "Wall Clock"}, "en-US") == {
        "title": "Wall Clock",
        "points": None,
        "description": None,
    }
    assert said("description", {"name": "Wall Clock"}, "en-US") == {"description": None}


def test_a_brand_in_the_name_is_not_said_twice():
    made = said("listing", {"name": "青禾里抱枕", "brand": "青禾里", "selling_points": "柔软"}, "zh-CN")
    assert made == {"title": "青禾里抱枕", "points": ("柔软",), "description": "青禾里抱枕，柔软。"}


def test_a_description_in_small_letters_is_shown_as_details():
    row = {"name": "acme usb lamp", "description": "acme usb lamp dimmable led 3 ft . cord ..."}
    assert said("listing", row, "en-US")["description"] == "Acme USB Lamp. Details: dimmable LED 3 ft. cord."


def test_html_and_delivery_notices_do_not_enter_the_copy():
    row = {
        "name": "实木桌",
        "attributes": "材质:橡木",
        "description": "<p>温馨提示：<b>家具</b>送货上门</p><img src='a.png'>",
    }
    assert said("listing", row, "zh-CN")["description"] == "实木桌。材质为橡木。"
    row["description"] = "<p>桌面经过打磨，边角圆润。</p>"
    assert said("listing", row, "zh-CN")["description"] == "实木桌。桌面经过打磨，边角圆润。材质为橡木。"


# ---- languages ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("recipe", shipped_recipes())
def test_languages_are_not_mixed(recipe):
    assert set(said(recipe, CUSHION_ZH, "en-US").values()) == {None}, "Chinese words in no English sentence"
    assert set(said(recipe, KETTLE_EN, "zh-CN").values()) == {None}
    assert set(said(recipe, KETTLE_EN, "fr-FR").values()) == {None}, "no sentences in French: a model is needed"


def test_a_chinese_cell_in_an_english_row_is_left_out():
    row = {**KETTLE_EN, "attributes": "材质: 不锈钢", "brand": "青禾里"}
    made = said("listing", row, "en-US")
    assert made["title"] == "Pour-over Kettle 1.2L NK-12G"
    assert not re.search("[\u4e00-\u9fff]", str(made))


def test_translation_takes_over_what_the_table_has_and_invents_nothing():
    row = {"name": "保温壶", "description": "双层不锈钢。", "name_en": "Vacuum Jug", "selling_points": "保温"}
    assert said("translate", row, "zh-CN") == {
        "name": "保温壶",
        "selling_points": ("保温",),
        "description": "双层不锈钢。",
    }
    assert said("translate", row, "en-US") == {"name": "Vacuum Jug", "selling_points": None, "description": None}
    assert set(said("translate", row, "zh-TW").values()) == {None}, "simplified text is no Taiwanese copy"


def test_translation_needs_to_be_sure_of_a_latin_language():
    row = {"name": "Lock Nut 8"}
    assert said("translate", row, "en-US")["name"] is None
    assert said("translate", {**row, "source_language": "English"}, "en-US")["name"] == "Lock Nut 8"
    assert (
        said("translate", {**row, "description": "A nut for the wheel of your bike."}, "en-US")["name"] == "Lock Nut 8"
    )


# ---- laws ---------------------------------------------------------------------------------------------------------

ODD = (
    "",
    " ",
    "NA",
    "暂无",
    "-",
    "<p></p>",
    "()",
    "；；",
    "材质:",
    ":",
    "棉",
    "a / b",
    "None sold",
    "<br>\n",
    "Fun!",
    "好用！",
    "棉麻提花抱枕套",
)


def subsets(row):
    return st.fixed_dictionaries(
        {name: st.sampled_from([row.get(name, ""), row.get(name, ""), *ODD]) for name in FIELDS}
    )


def assert_whole(made):
    """No sentence is broken: whatever its empty slots left behind would show here."""
    for value in made.values():
        for text in (value,) if isinstance(value, str) else value or ():
            assert text == text.strip()
            assert text, "an empty slot is None"
            for broken in (
                "{{",
                "{%",
                "  ",
                "\n\n",
                "()",
                "（）",
                "[]",
                "【】",
                "。。",
                "，，",
                "，。",
                ",,",
                "..",
                ": ,",
                "：，",
                "：。",
            ):
                assert broken not in text, f"{broken!r} in {text!r}"
            assert not re.search(r"\bNone\b(?! sold)|[，、；：,;:]$|^[，、；：。,;:.]|\s[,.;:!?，。]", text), text


@given(subsets(CUSHION_ZH), st.sampled_from(shipped_recipes()))
def test_whatever_is_missing_no_chinese_sentence_is_broken(row, recipe):
    assert_whole(said(recipe, row, "zh-CN"))


@given(subsets(KETTLE_EN), st.sampled_from(shipped_recipes()))
def test_whatever_is_missing_no_english_sentence_is_broken(row, recipe):
    assert_whole(said(recipe, row, "en-US"))


@given(subsets(CUSHION_ZH))
def test_every_number_that_is_said_stands_in_the_row(row):
    numbers = set(re.findall(r"\d+", " ".join(row.values())))
    assert set(re.findall(r"\d+", str(said("listing", row, "zh-CN")))) <= numbers


@given(subsets(KETTLE_EN))
def test_the_same_row_always_gets_the_same_words(row):
    assert said("listing", row, "en-US") == said("listing", dict(row), "en-US")
