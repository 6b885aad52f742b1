"""A text as a value of an attribute."""

import pytest

from goodsmith.attributes.names import NameMap, propose_names, unit_in_name
from goodsmith.attributes.reading import Reader
from goodsmith.attributes.words import found_whole
from goodsmith.records import AllowedValue, Attribute

COLOURS = Attribute(
    id="colour",
    type="choice",
    open=True,
    multiple=True,
    values=(
        AllowedValue(id="blue", names={"en": "Blue", "zh": "蓝色"}, synonyms=("蓝", "sky blue")),
        AllowedValue(id="beige", names={"en": "Beige", "zh": "米色"}),
        AllowedValue(id="cotton", names={"en": "Cotton", "zh": "棉"}, synonyms=("纯棉", "100%棉")),
        AllowedValue(id="linen", names={"en": "Linen", "zh": "亚麻"}),
    ),
)
SIZE = Attribute(id="size", type="quantity", unit="cm", units=("mm",), multiple=True)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("SKY BLUE", ("蓝色",)),
        ("雾霾蓝", ("蓝色",)),
        ("蓝色系列", ("蓝色",)),
        ("蓝/米色", ("蓝色", "米色")),
        ("65%亚麻 35%棉", ("亚麻", "棉")),
        ("棉100%", ("棉",)),
        ("紫藤", ("紫藤",)),  # an open choice keeps what it does not know
        ("65%亚麻 35%牛皮纸", ("65%亚麻 35%牛皮纸",)),
    ],
)
def test_a_choice_is_read_by_any_spelling(text, values):
    assert Reader(COLOURS, language="zh").read(text).values == values


def test_a_closed_choice_refuses_what_it_does_not_know():
    closed = Reader(Attribute(id="c", type="choice", values=COLOURS.values), language="zh")
    assert closed.read("紫藤").problem == "not_allowed"
    assert closed.read("紫藤").values == ()


def test_a_decided_spelling_means_what_a_person_said():
    reader = Reader(COLOURS, language="en", decided={"浅杏粉": "beige", "见图": "-"})
    assert reader.read("浅杏粉").ids == ("beige",)
    assert reader.read("见图").problem == "not_allowed"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("200*230cm/220*240cm", ("200*230 cm", "220*240 cm")),
        ("48 × 74 CM", ("48*74 cm",)),
        ("1.5m", ("150 cm",)),
        ("120 mm", ("120 mm",)),
        ("约30cm", ("30 cm",)),
    ],
)
def test_sizes_are_written_alike(text, values):
    assert Reader(SIZE, language="zh").read(text).values == values


def test_equal_amounts_have_equal_keys_whatever_their_unit_and_order():
    read = Reader(SIZE, language="zh").read
    assert read("48*74cm").key == read("0.74m×0.48m").key
    assert read("48*74cm").key != read("48*75cm").key


def test_codes_are_equal_without_their_signs_and_words_are_not():
    read = Reader(Attribute(id="model"), language="en").read
    assert read("KD-R320").key == read("kdr320").key
    assert read("1.5").key != read("15").key
    assert read("sea green").key != read("seagreen").key


@pytest.mark.parametrize(
    ("text", "part", "place"),
    [
        ("hundred red mugs", "red", (8, 11)),
        ("12.5 L", "5 L", None),
        ("纯棉四件套", "棉", (1, 2)),
        ("Kettle 500W", "500", (7, 10)),
        ("X", "", None),
    ],
)
def test_a_part_is_found_only_as_a_whole_word(text, part, place):
    assert found_whole(text, part) == place


def test_a_name_leads_to_its_attribute_and_an_ambiguous_one_to_none():
    weight = Attribute(id="weight", names={"zh": "重量"}, synonyms=("净重", "规格"))
    size = Attribute(id="size", names={"zh": "尺寸"}, synonyms=("规格",))
    names = NameMap((weight, size), decided={"克数": "weight"})
    assert names.attribute("净重(g)") == ("weight", "name")
    assert names.attribute("规格") == ("", "none")
    assert names.attribute("克数") == ("weight", "decided")


@pytest.mark.parametrize(
    ("name", "unit"), [("容量(ml)", "ml"), ("weight_g", "g"), ("Length [inch]", "in"), ("尺寸", "")]
)
def test_a_name_may_carry_the_unit(name, unit):
    assert unit_in_name(name) == unit


@pytest.mark.parametrize(
    ("name", "values", "attribute", "how"),
    [
        ("颜色分類", ("x",), "colour", "likeness"),
        ("大小", ("30 cm", "40*50cm"), "size", "units"),
        ("款式", ("蓝色", "米色"), "colour", "values"),
    ],
)
def test_an_unknown_name_is_proposed_by_likeness_units_or_values(name, values, attribute, how):
    attributes = (Attribute(**{**vars_of(COLOURS), "names": {"zh": "颜色"}}), SIZE)
    readers = {one.id: Reader(one, language="zh") for one in attributes}
    first = propose_names(name, values, attributes, readers)[0]
    assert (first.attribute, first.how) == (attribute, how)


def vars_of(attribute):
    return {name: getattr(attribute, name) for name in attribute.__slots__}
