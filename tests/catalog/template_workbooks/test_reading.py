"""A platform's template workbook says what to fill: columns, needs, limits, drop-downs, where products begin."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goodsmith.catalog.template_workbooks import read_template
from goodsmith.errors import InputFileError, UnknownName
from make_templates import bedding_zh, kettle_en, pets_lazada, snacks_shopee


def by_name(found):
    return {column.name or column.heading: column for column in found.columns}


def choices(column):
    return [value.id for value in column.attribute.values]


@pytest.fixture(scope="module")
def kettle(tmp_path_factory):
    return read_template(kettle_en(tmp_path_factory.mktemp("kettle") / "kettle.xlsm"))


@pytest.fixture(scope="module")
def bedding(tmp_path_factory):
    return read_template(bedding_zh(tmp_path_factory.mktemp("bedding") / "bedding.xlsx"))


def test_the_sheet_to_fill_and_its_rows_are_found(kettle, bedding):
    assert (kettle.sheet, kettle.label_row, kettle.name_row, kettle.first_row) == ("Template", 2, 3, 4)
    assert (bedding.sheet, bedding.label_row, bedding.name_row, bedding.first_row) == ("商品模板", 3, None, 6)
    assert (kettle.last_row, bedding.last_row) == (103, 205)


def test_the_workbook_says_whose_it_is(kettle, bedding):
    assert (kettle.platform, kettle.version, kettle.language, kettle.macros) == ("amazon", "2031.0117", "en", True)
    assert (bedding.platform, bedding.language, bedding.macros) == ("taobao", "zh", False)


def test_needs_come_from_the_definitions_or_from_marks(kettle, bedding):
    assert by_name(kettle)["item_sku"].attribute.need == "required"
    assert by_name(kettle)["color_name"].attribute.need == "recommended"
    assert by_name(kettle)["parent_sku"].conditional
    assert by_name(bedding)["面料材质"].attribute.need == "required"
    assert by_name(bedding)["面料材质"].written == "*面料材质【必填】"
    assert by_name(bedding)["品牌"].attribute.need == "optional"


def test_drop_downs_are_read_by_name_by_range_and_from_the_extension(kettle, bedding):
    assert choices(by_name(kettle)["country_of_origin"]) == ["China", "Germany", "Japan", "Thailand"]
    assert choices(by_name(bedding)["适用季节"]) == ["春秋", "夏季", "冬季", "四季通用"]


def test_a_drop_down_that_depends_on_another_column_is_known_for_each_of_its_values(kettle, bedding):
    plug = by_name(kettle)["plug_type"]
    assert plug.depends_on == (by_name(kettle)["voltage_range"].index,)
    assert plug.choices_by == {
        ("220-240V",): ("Type F", "Type G", "Type I"),
        ("100-127V",): ("Type A", "Type B"),
    }
    assert by_name(bedding)["款式"].choices_by[("被套",)] == ("纽扣款", "拉链款")


def test_limits_come_from_rules_and_from_words(kettle, bedding):
    keywords = by_name(kettle)["generic_keywords"].attribute
    assert (keywords.max_length, keywords.length_unit) == (60, "utf8_bytes")
    title = by_name(bedding)["宝贝标题"].attribute
    assert (title.max_length, title.length_unit) == (60, "half_width")
    assert by_name(kettle)["quantity"].attribute.max == 99_999
    assert by_name(kettle)["quantity"].decimals == 0
    assert by_name(kettle)["standard_price"].decimals == 2


def test_headings_that_stand_twice_become_different(kettle):
    assert [column.heading for column in kettle.columns if column.name.startswith("bullet")] == [
        "Key Product Features",
        "Key Product Features 2",
        "Key Product Features 3",
    ]


def test_an_example_row_is_no_product(bedding):
    assert by_name(bedding)["商家编码"].attribute.examples == ("BED-0001",)
    assert [notice.code for notice in bedding.notices] == ["template_examples"]
    assert bedding.notices[0].row == 5


def test_names_first_and_needs_in_a_row_of_their_own(tmp_path):
    found = read_template(snacks_shopee(tmp_path / "snacks.xlsx"))
    assert (found.platform, found.label_row, found.name_row, found.first_row) == ("shopee", 2, 1, 5)
    columns = by_name(found)
    assert columns["ps_product_name"].attribute.need == "required"
    assert columns["et_title_variation_1"].conditional
    assert columns["ps_product_name"].attribute.min_length == 20
    assert columns["ps_product_description"].attribute.max_length == 3_000


def test_a_list_within_the_rule_and_one_that_only_warns(tmp_path):
    found = by_name(read_template(pets_lazada(tmp_path / "pets.xlsx")))
    assert choices(found["filling_material"]) == ["PP Cotton", "Feather", "Foam"]
    assert not found["filling_material"].attribute.open
    assert found["brand"].attribute.open
    assert found["SellerSku"].heading == "SellerSKU"


def test_a_template_without_any_rule_is_read_by_its_headings(template):
    found = template(
        [
            ["批量上传"],
            ["*货号", "商品名称（必填）", "颜色", "材质"],
            ["请填写", "不超过20个字符", "请填写颜色", "请填写"],
        ]
    )
    assert (found.label_row, found.first_row, found.last_row) == (2, 4, None)
    needs = {column.heading: column.attribute.need for column in found.columns}
    assert needs == {"货号": "required", "商品名称": "required", "颜色": "optional", "材质": "optional"}
    assert found.columns[1].attribute.max_length == 20


def test_definitions_in_german_belong_to_their_fields(template):
    found = template(
        [["Artikelnummer", "Farbe"], ["item_sku", "color_name"]],
        lists={
            "Datendefinitionen": [["Feldname", "item_sku", "color_name"], ["Erforderlich?", "Pflichtfeld", "Optional"]]
        },
    )
    assert [column.attribute.need for column in found.columns] == ["required", "optional"]


def test_values_of_a_list_sheet_count_where_there_is_no_drop_down(template):
    found = template(
        [["Name", "Color"], ["item_name", "color_map"]],
        lists={"Valid Values": [["Color"], ["Red"], ["Blue"]]},
    )
    assert choices(found.columns[1]) == ["Red", "Blue"]


def test_lists_found_with_offset_and_match_are_known(template):
    found = template(
        [["Name", "Kind", "Part"], ["item_name", "item_kind", "item_part"]],
        [
            ("B3", "B9", {"validate": "list", "source": ["pot", "cup"]}),
            (
                "C3",
                "C9",
                {"validate": "list", "source": "=OFFSET(L!$B$1,MATCH($B3,L!$A:$A,0)-1,0,COUNTIF(L!$A:$A,$B3),1)"},
            ),
        ],
        lists={"L": [["cup", "cup", "pot"], ["handle", "rim", "lid"]]},
    )
    assert found.columns[2].choices_by == {("pot",): ("lid",), ("cup",): ("handle", "rim")}


def test_a_list_that_depends_on_one_that_depends_is_known(template):
    found = template(
        [["Kind", "Part", "Colour"], ["item_kind", "item_part", "item_colour"]],
        [
            ("A3", "A9", {"validate": "list", "source": ["pot", "cup"]}),
            ("B3", "B9", {"validate": "list", "source": "=INDIRECT($A3)"}),
            ("C3", "C9", {"validate": "list", "source": '=IF($B3="lid",INDIRECT("dark"),INDIRECT("light"))'}),
        ],
        lists={"L": [["lid"], ["rim"], ["black"], ["white", "cream"]]},
        names={"pot": "=L!$A$1", "cup": "=L!$B$1", "dark": "=L!$C$1", "light": "=L!$D$1:$D$2"},
    )
    assert found.columns[2].choices_by == {("lid",): ("black",), ("rim",): ("white", "cream")}


@pytest.mark.parametrize(
    ("formula", "why"),
    [
        ("=FILTER(L!$A$1:$A$3,L!$A$1:$A$3<>0)", "FILTER"),
        ("=INDIRECT($A3)", "column A"),
        ("=not_there", "not_there"),
        ("=circle", "each other"),
    ],
)
def test_a_drop_down_that_is_not_understood_says_so_and_is_not_taken_for_none(template, formula, why):
    found = template(
        [["Name", "Colour"], ["item_name", "item_colour"]],
        [("B3", "B9", {"validate": "list", "source": formula})],
        lists={"L": [["a", "b"]]},
        names={"circle": "=circle"},
    )
    assert why in found.columns[1].unread.en
    assert found.columns[1].unread.zh
    assert [notice.code for notice in found.notices] == ["drop_down_unread"]
    assert not found.columns[1].attribute.values


def test_rows_with_different_drop_downs_get_only_what_all_of_them_allow(template):
    found = template(
        [["Name", "Colour"], ["item_name", "item_colour"]],
        [
            ("B3", "B5", {"validate": "list", "source": ["red", "blue", "green"]}),
            ("B6", "B9", {"validate": "list", "source": ["blue", "green", "white"]}),
        ],
    )
    assert choices(found.columns[1]) == ["blue", "green"]


def test_a_person_can_say_where_the_headings_are(template):
    rows = [["a", "b", "c"], ["Number", "Name", "Colour"], ["1", "cup", "red"]]
    found = template(rows, label_row=2, first_row=4)
    assert (found.label_row, found.first_row) == (2, 4)
    assert [column.heading for column in found.columns] == ["Number", "Name", "Colour"]
    with pytest.raises(UnknownName):
        template(rows, sheet="Templat")


def test_columns_that_the_template_calculates_are_marked(tmp_path):
    import xlsxwriter

    path = tmp_path / "template.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Template")
        for row, texts in enumerate([["SKU", "Net", "Gross"], ["item_sku", "net_price", "gross_price"]]):
            sheet.write_row(row, 0, texts)
        sheet.write_formula("C3", "=B3*1.2")
    assert [column.computed for column in read_template(path).columns] == [False, False, True]


def test_what_is_no_template_is_refused_with_the_cure(tmp_path):
    (tmp_path / "a.csv").write_text("sku,name\n1,cup\n", encoding="utf-8")
    with pytest.raises(InputFileError, match="workbook"):
        read_template(tmp_path / "a.csv")


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.text("abcXYZ 中色-'\"&<", min_size=1).filter(str.strip), min_size=1, max_size=9))
def test_a_drop_down_offers_exactly_the_texts_of_its_cells(template, values):
    found = template(
        [["Name", "Colour"], ["item_name", "item_colour"]],
        [("B3", "B9", {"validate": "list", "source": f"=L!$A$1:$A${len(values)}"})],
        lists={"L": [values]},
    )
    assert choices(found.columns[1]) == list(dict.fromkeys(value.strip() for value in values))
