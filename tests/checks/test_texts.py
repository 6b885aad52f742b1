import pytest

from goodsmith.records import Severity


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\u3000",
        "\u200b",
        "\u3164",
        "-",
        "——",
        "。。。",
        "无",
        "“无”",
        "N/A",
        "null",
        "None",
        " none. ",
        "暂无描述",
        "undefined",
        "TBD",
    ],
)
def test_nothing_said_is_an_error_where_something_is_required(check, text):
    (found,) = check("empty", {"title": text})
    assert found.severity is Severity.ERROR


@pytest.mark.parametrize("text", ["无糖", "NA-200", "None of the usual fuss", "杯", "0", "7", "无线耳机", "空气炸锅"])
def test_a_short_text_that_says_something_is_not_empty(check, text):
    assert check("empty", {"title": text}) == ()


def test_an_optional_slot_may_be_left_out_but_not_filled_with_nothing(check):
    outputs = {"title": {"required": False}}
    assert check("empty", {"title": ""}, outputs=outputs) == ()
    (found,) = check("empty", {"title": "N/A"}, outputs=outputs)
    assert found.severity is Severity.WARNING


def test_an_empty_item_and_an_empty_list_are_found(check):
    assert [found.en for found in check("empty", {"points": ("轻便", " ")})] == ["points, item 2: it is empty"]
    assert [found.slot for found in check("empty", {"points": ()})] == ["points"]


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("杯身采用不锈钢。保温十二小时。杯身采用不锈钢。", "杯身采用不锈钢"),
        ("It keeps drinks hot. Easy to clean. It keeps drinks hot.", "It keeps drinks hot"),
        ("很好很好很好很好很好很好很好很好", "很好很好很好很好很好很好很好"),
        (
            "保温杯真空不锈钢大容量车载便携杯，适合办公保温杯真空不锈钢大容量车载便携杯",
            "保温杯真空不锈钢大容量车载便携杯",
        ),
        (
            "The wide mouth takes ice cubes and lemon slices, the wide mouth takes ice cubes and lemon slices",
            "he wide mouth takes ice cubes and lemon slices",
        ),
    ],
)
def test_what_is_said_twice_is_found_at_the_second_place(check, text, second):
    (found,) = check("repetition", {"description": text})
    assert found.severity in {Severity.ERROR, Severity.WARNING}
    assert text[found.start : found.end] == second


@pytest.mark.parametrize("title", ["bottle steel bottle red bottle big bottle", "杯杯杯杯", "保温保温保温保温"])
def test_a_title_of_one_word_is_an_error(check, title):
    assert [found.severity for found in check("repetition", {"title": title})] == [Severity.ERROR]


@pytest.mark.parametrize(
    "text",
    [
        "蓝湾不锈钢保温杯，容量大。这只不锈钢保温杯杯口宽，容易清洗，适合办公室和户外使用。",
        "The bottle holds 500 ml. The bottle weighs 320 g and its lid has a seal. The bottle is easy to clean.",
        "慢慢走，天天用，干干净净",
        "1,000,000,000,000,000,000",
        "10×10×10×10×10 cm",
        "============================",
        "型号:A-1\n型号:A-2\n型号:A-3",
    ],
)
def test_names_may_come_again(check, text):
    assert check("repetition", {"description": text}) == ()


def test_equal_items_are_an_error_and_nearly_equal_ones_a_warning(check):
    points = (
        "304 不锈钢内胆,耐腐蚀易清洗",
        "热饮保温约 12 小时",
        "304不锈钢内胆，耐腐蚀易清洗。",
        "304 不锈钢内胆,耐腐蚀好清洗",
    )
    found = check("repetition", {"points": points})
    assert [(one.severity, one.en[:14]) for one in found] == [
        (Severity.ERROR, "points, item 3"),
        (Severity.WARNING, "points, item 4"),
    ]


def test_items_that_differ_in_a_number_are_different(check):
    assert check("repetition", {"points": ("大杯容量 750 毫升不锈钢", "小杯容量 500 毫升不锈钢")}) == ()


@pytest.mark.parametrize(
    ("text", "leftover"),
    [
        ("Buy {{ brand }} today", "{{ brand }} today"),
        ("{% if brand %}x", "{% if brand %}x"),
        ("Meet the [brand] bottle", "[brand]"),
        ("Meet the <Product Name> bottle", "<Product Name>"),
        ("[Insert brand name here] bottle", "[Insert brand name here]"),
        ("来自[品牌名称]的杯子", "[品牌名称]"),
        ("来自【品牌名】的杯子", "【品牌名】"),
        ("a [材质] bottle", "[材质]"),
        ("[SKIPPED]", "[SKIPPED]"),
        ("Lorem ipsum dolor sit amet", "Lorem ipsum dolor sit amet"),
        ("made by XXX in Oslo", "XXX"),
        ("XX品牌保温杯", "XX品牌"),
        ("保温杯 TODO 补充材质", "TODO"),
        ("材质:TBD", "TBD"),
        ("材质待补充", "待补充"),
        ("此处填写卖点", "此处填写卖点"),
        ("As an AI language model, I cannot know", "As an AI language model, I cannot know"),
        ("I'm sorry, but I can't write this", "I'm sorry, but I can't write this"),
        ("作为一个AI语言模型,我无法撰写", "作为一个AI语言模型,我无法撰写"),
        ("抱歉，我无法提供", "抱歉，我无法提供"),
        ("Here is the title: Steel bottle", "Here is the title:"),
        ("Sure! Here are five selling points: light", "Sure! Here are five selling points: light"),
        ("以下是商品标题：保温杯", "以下是商品标题："),
        ("好的，这是为您撰写的文案", "好的，这是为您撰写的文案"),
        ("```json", "```json"),
    ],
)
def test_what_a_writer_should_have_replaced_is_an_error(check, text, leftover):
    (found,) = check("placeholder", {"description": text}, fields={"材质": "钢"})
    assert found.severity is Severity.ERROR
    assert text[found.start : found.end] == leftover


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("[NEW] Steel bottle [2 Pack] <b>light</b><br>", "en-US"),
        ("【新品】【品牌直供】保温杯", "zh-CN"),
        ("T-shirt XXXL, XXX-Large, 3XL", "en-US"),
        ("TODO EN UNO para la cocina", "es-ES"),
        ("Here is a mug for slow mornings", "en-US"),
        ("Sure grip, of course", "en-US"),
        ("作为礼物送给家人", "zh-CN"),
        ("待机时间 12 小时", "zh-CN"),
        ("以下尺寸手工测量，请以实物为准", "zh-CN"),
        ("An AI speaker that translates", "en-US"),
        ("Insert the battery and close the lid", "en-US"),
    ],
)
def test_decoration_sizes_and_plain_words_are_no_placeholders(check, text, locale):
    assert check("placeholder", {"description": text}, locale=locale) == ()


def test_xxx_in_the_source_is_a_name(check):
    assert check("placeholder", {"title": "XXX lager glass"}, fields={"brand": "XXX"}, locale="en-US") == ()


PARAGRAPH = "双层真空保温杯，宽口设计，容量五百毫升，适合办公与车载使用"


def test_a_paragraph_handed_back_by_a_model_is_a_warning_with_its_field(check):
    (found,) = check("echo", {"description": f" {PARAGRAPH}\n"}, fields={"detail": PARAGRAPH})
    assert (found.severity, found.field) == (Severity.WARNING, "detail")


def test_a_name_that_stays_is_a_note_and_a_template_may_repeat_the_row(check):
    fields = {"name": "保温杯", "detail": PARAGRAPH}
    assert [found.severity for found in check("echo", {"title": "保温杯"}, fields=fields)] == [Severity.NOTE]
    assert check("echo", {"title": "保温杯"}, fields=fields, maker="template") == ()
    (found,) = check("echo", {"description": PARAGRAPH}, fields=fields, maker="template")
    assert found.severity is Severity.NOTE


def test_a_text_of_its_own_is_no_echo(check):
    assert check("echo", {"description": PARAGRAPH + "。"}, fields={"detail": PARAGRAPH, "empty": ""}) == ()
