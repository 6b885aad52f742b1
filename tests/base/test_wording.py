import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodsmith.base.fact_sentences import in_sentences, with_facts
from goodsmith.base.wording import (
    after_name,
    as_sentence,
    fact,
    facts,
    neat,
    neat_lines,
    options,
    phrase,
    says,
    shop_case,
    shop_words,
    with_brand,
    written_in,
)

cells = st.text(
    alphabet=st.one_of(
        st.sampled_from([*"棉红绒 AaBb019%/：:;；，,、。.()（）<>&\n\t*+-'\"\u200b\u3000"]),
        st.characters(codec="utf-8"),
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("  a \n b ", "a b"),
        ("<p>棉<br/>质&nbsp; 面料</p><script>x</script><!-- y -->", "棉 质 面料"),
        ("cu . ft . , blue ( not included )", "cu. ft., blue (not included)"),
        ("let 's 24 ' user ( s )", "let's 24' user(s)"),
        ("8-22 ,000 and f/3 .5", "8-22,000 and f/3.5"),
        ("100% 棉", "100%棉"),
        ("面料： 棉 （ 厚 ）", "面料：棉（厚）"),
        ("棉\u200b质", "棉质"),
        ("a ( ) b", "a b"),
        ("Acme Inc.. Hub", "Acme Inc. Hub"),
        ("1 < 2", "1 < 2"),
        ("NA bag", "NA bag"),
    ],
)
def test_a_cell_is_put_on_one_line_with_its_spaces_set_right(cell, said):
    assert neat(cell) == said


@pytest.mark.parametrize(
    "cell", ["", "NA", "n/a", "-", "——", "暂无", "无", "null", '=HYPERLINK("a","b")', "<p></p>", "&nbsp;", " . "]
)
def test_what_means_nothing_is_empty(cell):
    assert neat(cell) == ""


def test_points_are_parted_at_lines_bullets_and_semicolons():
    assert neat_lines("- 柔软。\n2. 可机洗； • 四季可用") == ["柔软", "可机洗", "四季可用"]
    assert neat_lines("salt &amp; pepper; ready!") == ["salt & pepper", "ready"]
    assert neat_lines("<p>one;</p><p>3D two</p>") == ["one", "3D two"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("天蓝色/ 烟草色/ 米白", "天蓝色、烟草色、米白"),
        ("面料：100% 亚麻\n填充：100%聚酯纤维", "面料为100%亚麻，填充为100%聚酯纤维"),
        ("外壳：100% 纯棉  内充：棉 背面：麻", "外壳为100%纯棉，内充为棉，背面为麻"),
        ("60%棉 40%聚酯纤维", "60%棉、40%聚酯纤维"),
        ("45%麻45%棉10%聚酯纤维", "45%麻、45%棉、10%聚酯纤维"),
        ("锦纶80%氨纶20%", "锦纶80%氨纶20%"),
        ("合金钢 \n塑胶（TPR）。", "合金钢、塑胶（TPR）"),
        ("60%、90%驼绒/40%、10%驼毛", "60%、90%驼绒/40%、10%驼毛"),
        ("S 145mm\nM 187mm", "S 145mm / M 187mm"),
        ("法式翻领 气质格纹", "法式翻领，气质格纹"),
        ("浙江 江苏", "浙江、江苏"),
        ("营业10:30-12:00", "营业10:30-12:00"),
        ("55% linen, 45% cotton.", "55% linen, 45% cotton"),
    ],
)
def test_a_value_becomes_a_part_of_a_sentence(value, said):
    assert phrase(value) == said


@pytest.mark.parametrize(
    ("value", "choices"),
    [
        ("红/ 蓝", ["红", "蓝"]),
        ("0.5KG/1KG", ["0.5KG", "1KG"]),
        ("200*230cm/ 220*240cm", ["200*230cm", "220*240cm"]),
        ("oat / sage", ["oat", "sage"]),
        ("1.5/1.8m*2m", ["1.5/1.8m*2m"]),
        ("36/37/38", ["36", "37", "38"]),
        ("1400/1600*820mm", ["1400/1600*820mm"]),
        ("47%棉/ 53%麻", ["47%棉/ 53%麻"]),
        ("", []),
    ],
)
def test_only_real_choices_are_parted(value, choices):
    assert options(value) == choices


def test_facts_leave_out_what_is_too_long_unwanted_or_a_standard():
    cell = "材质:棉; 温馨提示:洗; 执行标准:GB/T 22844-2009; 颜色:GB/T 28495-2012; 尺寸:" + "9" * 50 + "; 产地:NA"
    assert facts(cell, 32, ["提示"]) == [("材质", "棉")]
    assert fact(cell, ["面料", "材质"]) == "棉"


@pytest.mark.parametrize(
    ("name", "brand", "title"),
    [
        ("Mug", "Acme", "Acme Mug"),
        ("acme-line mug", "AcmeLine", "acme-line mug"),
        ("Acme Home Mug", "Acme Living", "Acme Home Mug"),
        ("棉麻抱枕", "MUJI制造商", "MUJI制造商 棉麻抱枕"),
        ("Mug", "", "Mug"),
        ("", "Acme", ""),
    ],
)
def test_a_brand_is_never_doubled_and_never_alone(name, brand, title):
    assert with_brand(name, brand) == title


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("hp usb 2.0 cable 10 ft", "HP USB 2.0 Cable 10 ft"),
        ("apple ipod touch 8gb, 2.4 ghz", "Apple iPod Touch 8GB, 2.4 GHz"),
        ("case for mb470lla and phdc-1", "Case for MB470LLA and PHDC-1"),
        ("4-port 1080p all-in-1 hub", "4-Port 1080p All-in-1 Hub"),
        ("windows98 user(s) f/3.5", "Windows98 User(s) f/3.5"),
        ("sony-pictures-entertainment", "Sony Pictures Entertainment"),
        ("screen 96 x 96", "Screen 96 x 96"),
        ("Already written", "Already written"),
        ("棉麻抱枕", "棉麻抱枕"),
    ],
)
def test_small_letters_become_a_shops_capitals(name, shown):
    assert shop_case(name) == shown


def test_a_text_in_small_letters_keeps_its_words_small():
    said = shop_words("works with acme usb hubs, 5-cd/dual deck", "Acme Hub")
    assert said == "works with Acme USB hubs, 5-CD/dual deck"


def test_the_name_goes_from_the_front_of_a_description_and_no_other_word():
    assert after_name("acme black mug 300 black finish", "Acme Black Mug") == "300 black finish"
    assert after_name("A mug for tea", "Acme Mug") == "A mug for tea"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("soft", "soft."),
        (", soft", "soft."),
        ("soft ...", "soft."),
        ("柔软", "柔软。"),
        ("柔软，", "柔软。"),
        ("100%棉（厚）", "100%棉（厚）。"),
        ("Wow!", "Wow!"),
        ("", ""),
    ],
)
def test_a_sentence_ends_once(text, sentence):
    assert as_sentence(text) == sentence


def test_a_line_that_only_repeats_the_name_is_said_already():
    assert says("清新全棉四件套 绿格", "清新全棉四件套 青粉")
    assert not says("双宫茧桑蚕丝被", "一级桑蚕丝，吸湿透气柔软")
    assert says("Acme Mug", "ACME-mug")


@pytest.mark.parametrize(
    ("text", "code", "can_be"),
    [
        ("纯棉被套", "zh", True),
        ("春の物语抱枕", "zh", True),
        ("ふわふわの枕", "zh", False),
        ("ふわふわの枕", "ja", True),
        ("Lock Nut 8", "en", True),
        ("La Crosse Clock", "en", True),
        ("纯棉 quilt", "en", False),
        ("Das Fahrrad für die Stadt mit dem Licht", "en", False),
        ("Das Fahrrad für die Stadt mit dem Licht", "de", True),
        ("8-1029", "en", False),
        ("", "zh", False),
    ],
)
def test_the_language_is_told_by_script_then_by_small_words(text, code, can_be):
    assert written_in(text, code) is can_be


def test_a_name_alone_does_not_show_its_language():
    assert not written_in("Lock Nut 8", "en", surely=True)
    assert written_in("A nut for your bike and the wheel", "en", surely=True)


def test_facts_are_said_in_chinese():
    given_facts = [("材质", "100%棉"), ("产地", "中国江苏"), ("工艺", "手工编织"), ("颜色", "红、蓝"), ("件数", "4件")]
    assert (
        in_sentences(given_facts, "zh") == "材质为100%棉，产自中国江苏，采用手工编织工艺。颜色有红、蓝可选。件数：4件。"
    )


def test_facts_are_said_in_english():
    given_facts = [("Material", "oak"), ("Color", "oat / sage / rust"), ("origin", "Portugal"), ("width", "45 cm")]
    said = "Made of oak. Comes in oat, sage and rust. Made in Portugal. Width: 45 cm."
    assert in_sentences(given_facts, "en") == said


def test_a_fact_is_not_added_twice():
    assert with_facts([("材质", "棉")], [("材质", "麻"), ("面料", "棉"), ("颜色", "NA"), ("尺寸", "5cm")]) == [
        ("材质", "棉"),
        ("尺寸", "5cm"),
    ]


@given(cells)
def test_neat_words_stay_neat(cell):
    said = neat(cell)
    assert neat(said) == said
    assert "  " not in said
    assert "\n" not in said


@given(cells)
def test_a_phrase_is_one_line_without_an_end_mark(cell):
    said = phrase(cell)
    assert "\n" not in said
    assert not said.endswith(("。", "；", "，", "、", ",", ";"))


@given(cells)
def test_no_number_appears_that_the_cell_does_not_have(cell):
    digits = [sign for sign in cell if sign.isdecimal()]
    for said in (phrase(cell), shop_case(cell), shop_words(cell), *options(cell), *neat_lines(cell)):
        left = list(digits)
        for sign in said:
            if sign.isdecimal() and "&" not in cell:
                left.remove(sign)


def test_words_take_time_in_proportion_to_the_cell():
    started = time.process_time()
    for cell in (
        "<" * 50_000,
        "棉 " * 30_000 + ":",
        "1%棉" * 20_000,
        "( " * 30_000,
        " /" * 30_000,
        "&" * 50_000,
        "a" * 60_000,
    ):
        for work in (neat, phrase, options, neat_lines, shop_case, shop_words, as_sentence):
            work(cell)
        written_in(cell, "en")
        after_name(cell, cell)
    assert time.process_time() - started < 8
