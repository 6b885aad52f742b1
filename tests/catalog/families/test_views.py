"""A family as a whole and each variant for itself: what all say, what only one says, what a shared list means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodsmith.catalog.families.dividing import divide, list_items
from goodsmith.catalog.families.names import common_name, without_variant_words
from goodsmith.catalog.families.proposing import code_stems
from goodsmith.catalog.families.views import family_view

SHIRTS = [
    {
        "sku": "TS-R-S",
        "name": "纯棉T恤 红色 S码",
        "颜色": "红色",
        "属性": "材质:棉; 颜色:红色",
        "价格": "59",
        "品牌": "青禾埠",
    },
    {
        "sku": "TS-B-M",
        "name": "纯棉T恤 蓝色 M码",
        "颜色": "蓝色",
        "属性": "材质:棉; 颜色:蓝色",
        "价格": "59",
        "品牌": "",
    },
]


def test_the_whole_has_what_all_variants_say():
    view = family_view(SHIRTS, list(SHIRTS[0]))
    assert view.shared == {
        "sku": "",
        "name": "纯棉T恤",
        "颜色": "",
        "属性": "材质: 棉",
        "价格": "59",
        "品牌": "青禾埠",
    }
    assert view.varying == ("sku", "name", "颜色", "属性")


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("纯棉T恤 红色 L码", "纯棉T恤"),
        ("水洗棉四件套 雾蓝 1.8m床", "水洗棉四件套"),
        ("Linen tablecloth - Navy blue, 140x220 cm", "Linen tablecloth"),
        ("Chanson Eau de Parfum 50 ml", "Chanson Eau de Parfum"),
        ("Gooseneck kettle (matte black)", "Gooseneck kettle"),
        ("Model S notebook", "Model notebook"),
    ],
)
def test_variant_words_leave_a_name(name, bare):
    assert without_variant_words(name) == bare


def test_names_that_only_begin_alike_have_no_name_in_common():
    assert common_name(["红豆T恤", "红色T恤"]) == ""
    assert common_name(["Oak board", "Oak chair with a long back"]) == ""


WORDS = ["red", "blue", "cup", "oak", "tall", "红色", "被套", "1.5L", "220*240", "M"]
words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5)


@given(st.lists(words.map(" ".join), min_size=2, max_size=5))
def test_a_common_name_holds_no_word_that_a_variant_lacks(names):
    for word in common_name(names).split():
        assert all(word in name for name in names)


columns = st.fixed_dictionaries(
    {name: st.sampled_from(["", "red", "blue", "a/b", "k:v; c:red", "k:v; c:blue"]) for name in "abc"}
)


@given(st.lists(columns, min_size=2, max_size=4))
def test_no_variants_own_fact_is_in_the_whole(rows):
    view = family_view(rows, "abc")
    for column, text in view.shared.items():
        said = [row[column] for row in rows if row[column]]
        assert not text or all(piece.replace(": ", ":") in cell for cell in said for piece in text.split("; "))


@pytest.mark.parametrize(
    ("cell", "items"),
    [
        ("200*230/220*240cm", ("200*230cm", "220*240cm")),
        ("S、M、L", ("S", "M", "L")),
        ("原野绿/ 燕麦白", ("原野绿", "燕麦白")),
        ("https://shop.example/a", ()),
        ("棉", ()),
        ("red/red", ()),
    ],
)
def test_a_list_cell_is_read_with_the_unit_that_stands_last(cell, items):
    assert list_items(cell) == items


def test_a_list_is_divided_by_what_else_a_row_says():
    rows = [
        {"name": "被套 200×230", "尺寸": "200*230/220*240cm"},
        {"name": "被套 大号", "尺寸": "200*230/220*240cm"},
        {"name": "被套 220*240", "尺寸": "200*230/220*240cm"},
    ]
    found = divide(rows, "尺寸")
    assert found.own == {0: "200*230cm", 2: "220*240cm"}
    assert found.open == (1,)


def test_a_list_that_nothing_divides_belongs_to_the_whole_and_to_no_variant():
    rows = [{"name": "被套", "尺寸": "200*230/220*240cm", "价格": price} for price in ("199", "219")]
    view = family_view(rows, ["name", "尺寸", "价格"])
    assert view.shared["尺寸"] == "200*230/220*240cm"
    assert view.own == ({"尺寸": ""}, {"尺寸": ""})


@pytest.mark.parametrize(
    ("code", "stems"),
    [("TS01-RED-L", ("TS01-RED", "TS01")), ("SH/M897/S", ("SH/M897", "")), ("000101", ("", "")), ("A-B-C", ("", ""))],
)
def test_a_stem_is_a_code_without_its_last_parts(code, stems):
    assert code_stems(code) == stems
