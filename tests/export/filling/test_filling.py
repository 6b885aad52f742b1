"""A platform's workbook comes back filled: nothing differs but the cells that were filled, and nothing wrong is in."""

import re

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goodsmith.catalog.template_workbooks import read_template
from goodsmith.errors import UsageError
from make_templates import kettle_en, pets_lazada, rewrite

from .conftest import KETTLE, Desk, parts_of

SHEET = "xl/worksheets/sheet3.xml"
CONSTANTS = {"Product Type": "kettle", "Capacity Unit": "Liters", "Main Image URL": "https://shop.example/a.jpg"}


def around_rows(sheet):
    """A sheet's XML before and behind its rows, without the size it states."""
    head, rows = sheet.split(b"<sheetData>")
    return re.sub(rb"<dimension[^>]*>", b"", head), rows.split(b"</sheetData>")[1]


def row_xml(sheet):
    return {int(found[1]): found[0] for found in re.finditer(rb'<row r="(\d+)".*?</row>', sheet)}


def test_every_part_but_the_filled_sheet_is_the_same_byte_for_byte(tmp_path):
    desk = Desk(tmp_path, read_template(kettle_en(tmp_path / "kettle.xlsm")))  # six sheets, macros, 3,000 rules
    desk.fill([KETTLE], constants=CONSTANTS)
    before, after = parts_of(desk.template.source), parts_of(tmp_path / "filled.xlsm")
    assert list(before) == list(after)
    assert {name for name in before if before[name] != after[name]} == {SHEET}
    assert around_rows(before[SHEET]) == around_rows(after[SHEET])
    assert before[SHEET].count(b"<dataValidation ") == 3_000
    old, new = row_xml(before[SHEET]), row_xml(after[SHEET])
    assert {number for number in new if new[number] != old.get(number)} == {4}


def test_the_drop_downs_of_the_extension_stay(bedding):
    bedding.fill([{"商家编码": "01", "商品标题": "四件套", "类目": "四件套"}])
    before, after = parts_of(bedding.template.source), parts_of(bedding.folder / "filled.xlsx")
    name = "xl/worksheets/sheet2.xml"
    assert b"x14:dataValidation" in around_rows(before[name])[1]
    assert around_rows(before[name]) == around_rows(after[name])


def test_cells_stand_under_their_headings_with_the_columns_format(kettle):
    report = kettle.fill([KETTLE], constants=CONSTANTS)
    assert (report.rows, report.missing, report.refused, report.problems) == (1, {}, {}, "")
    assert kettle.cells(report.files[0].path) == [
        {
            "feed_product_type": "kettle",
            "item_sku": "00042",
            "item_name": "Gooseneck kettle",
            "brand_name": "Sandfield",
            "standard_price": 39.9,
            "quantity": 20,
            "main_image_url": "https://shop.example/a.jpg",
            "material_type": "Glass",
            "capacity": 1.5,
            "capacity_unit_of_measure": "Liters",
            "voltage": 220,
            "plug_type": "Type G",
            "voltage_range": "220-240V",
            "country_of_origin": "China",
        }
    ]
    page = openpyxl.load_workbook(report.files[0].path)["Template"]
    assert page["B4"].number_format == "@"


def test_a_value_beside_the_drop_down_is_listed_and_not_written(kettle):
    report = kettle.fill([{**KETTLE, "Material": "Steel", "Plug type": "Socket G"}], constants=CONSTANTS)
    assert report.refused == {"Material Type": 1, "Plug Type": 1}
    assert {problem.heading: (problem.code, problem.value, problem.nearest) for problem in report.examples} == {
        "Material Type": ("not_listed", "Steel", "Stainless Steel"),
        "Plug Type": ("not_listed", "Socket G", ""),
    }
    assert "material_type" not in kettle.cells(report.files[0].path)[0]
    rows = list(openpyxl.load_workbook(report.problems).active.iter_rows(min_row=2, values_only=True))
    assert rows[0][:6] == ("00042", 2, "Material Type", "not in the drop-down", "Steel", "Stainless Steel")


def test_a_drop_down_that_depends_on_an_empty_column_takes_nothing(kettle):
    report = kettle.fill([{key: value for key, value in KETTLE.items() if key != "Voltage range"}])
    assert "parent_empty" in {problem.code for problem in report.examples}
    assert "plug_type" not in kettle.cells(report.files[0].path)[0]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("Title", "x" * 81, "too_long"),
        ("Price", "39.999", "too_many_decimals"),
        ("Price", "USD 39", "no_number"),
        ("Stock", "0", "out_of_range"),
        ("Stock", "2.5", "too_many_decimals"),
        ("Search terms", "茶" * 21, "too_long"),
    ],
)
def test_what_passes_a_limit_is_listed_and_not_written(kettle, column, value, code):
    report = kettle.fill([{**KETTLE, column: value}], constants=CONSTANTS)
    assert [problem.code for problem in report.examples] == [code]
    assert value not in kettle.cells(report.files[0].path)[0].values()


def test_missing_required_cells_are_listed_before_anything_is_written(kettle):
    report = kettle.fill([KETTLE, {**KETTLE, "SKU": "2", "Origin": ""}], write=False)
    assert report.files == ()
    assert report.missing == {"Product Type": 2, "Main Image URL": 2, "Capacity Unit": 2, "Country of Origin": 1}
    assert not (kettle.folder / "filled.xlsm").exists()
    assert openpyxl.load_workbook(report.problems).active.max_row == 8


def test_only_complete_rows_are_written_on_demand(kettle):
    rows = [KETTLE, {**KETTLE, "SKU": "2", "Origin": ""}]
    report = kettle.fill(rows, constants=CONSTANTS, complete_only=True)
    assert [row["item_sku"] for row in kettle.cells(report.files[0].path)] == ["00042"]
    assert [notice.code for notice in report.notices] == ["rows_left_out"]


def test_more_rows_than_the_template_takes_go_into_more_files(kettle):
    rows = [{**KETTLE, "SKU": f"{number:05d}"} for number in range(12)]
    report = kettle.fill(rows, constants=CONSTANTS)
    assert [(file.path.rsplit("/", 1)[1], file.rows) for file in report.files] == [
        ("filled.xlsm", 5),
        ("filled-2.xlsm", 5),
        ("filled-3.xlsm", 2),
    ]
    written = [row["item_sku"] for file in report.files for row in kettle.cells(file.path)]
    assert written == [f"{number:05d}" for number in range(12)]


def test_one_file_for_each_value_of_a_column(kettle):
    rows = [
        {**KETTLE, "SKU": str(number), "Shelf": shelf} for number, shelf in enumerate(["Tea / gift", "", "Tea / gift"])
    ]
    report = kettle.fill(rows, constants=CONSTANTS, split_by="Shelf")
    assert {(file.path.rsplit("/", 1)[1], file.rows) for file in report.files} == {
        ("filled.xlsm", 1),
        ("filled-Tea_gift.xlsm", 2),
    }


def test_rows_that_stand_in_the_template_are_filled_in_place_and_keep_what_they_have(kettle):
    first = kettle.fill([KETTLE, {**KETTLE, "SKU": "2"}], constants={"Product Type": "kettle"}, name="first.xlsm")
    again = Desk(kettle.folder, read_template(first.files[0].path))
    rows = [{**KETTLE, "SKU": "2", "Title": "Another name", "Color": "Ivory"}, {**KETTLE, "SKU": "3"}]
    report = again.fill(rows, constants=CONSTANTS)
    found = kettle.cells(report.files[0].path)
    assert [row["item_sku"] for row in found] == ["00042", "2", "3"]
    assert found[1]["item_name"] == "Gooseneck kettle"
    assert (found[1]["color_name"], found[1]["capacity_unit_of_measure"]) == ("Ivory", "Liters")
    assert "color_name" not in found[0]


def test_a_key_that_comes_twice_is_written_once_and_listed(kettle):
    report = kettle.fill([KETTLE, {**KETTLE, "Price": "12"}], constants=CONSTANTS)
    assert [row["standard_price"] for row in kettle.cells(report.files[0].path)] == [39.9]
    assert [(problem.code, problem.source_row) for problem in report.examples] == [("key_twice", 3)]


def test_only_changes_follow_on_what_was_uploaded_before(kettle):
    first = kettle.fill([KETTLE, {**KETTLE, "SKU": "2"}], constants=CONSTANTS, name="first.xlsm")
    uploaded = read_template(first.files[0].path)
    before = {row[1]: row for row in uploaded.filled.values()}
    rows = [KETTLE, {**KETTLE, "SKU": "2", "Price": "41"}, {**KETTLE, "SKU": "3"}]
    report = kettle.fill(rows, constants={"Update Delete": "PartialUpdate"}, before=before)
    found = kettle.cells(report.files[0].path)
    assert report.unchanged == 1
    assert found[0] == {"item_sku": "2", "standard_price": 41, "update_delete": "PartialUpdate"}
    assert found[1]["item_sku"] == "3"
    assert found[1]["item_name"] == "Gooseneck kettle"


def test_a_partial_update_holds_only_its_columns(kettle):
    columns = {column.name: column.index for column in kettle.template.columns}
    report = kettle.fill([KETTLE], only=frozenset({columns["item_sku"], columns["standard_price"]}))
    assert kettle.cells(report.files[0].path) == [{"item_sku": "00042", "standard_price": 39.9}]
    assert report.missing == {}


def test_a_proposing_drop_down_takes_other_values_only_when_they_are_accepted(tmp_path):
    desk = Desk(tmp_path, read_template(pets_lazada(tmp_path / "pets.xlsx")))
    row = {"SellerSKU": "1", "Product name": "Pet bed", "Brand": "Olmo", "Price": "9"}
    assert desk.fill([row]).refused == {"Brand": 1}
    assert desk.cells(desk.fill([row], accepted=["Brand"]).files[0].path)[0]["brand"] == "Olmo"


def test_no_text_becomes_a_formula_and_codes_keep_their_digits(kettle):
    rows = [{**KETTLE, "SKU": "1234567890123456789", "Title": "=1+1"}, {**KETTLE, "SKU": "1E5"}]
    page = openpyxl.load_workbook(kettle.fill(rows, constants=CONSTANTS).files[0].path)["Template"]
    assert [(page[place].value, page[place].data_type) for place in ("B4", "C4", "B5")] == [
        ("1234567890123456789", "s"),
        ("=1+1", "s"),
        ("1E5", "s"),
    ]


def test_formulas_of_the_template_are_left_alone(tmp_path):
    path = kettle_en(tmp_path / "kettle.xlsm", rows=3)
    formula = b'<c r="C4"><f>UPPER(B4)</f><v></v></c>'
    rewrite(path, {SHEET: lambda xml: xml.replace(b"</sheetData>", b'<row r="4">' + formula + b"</row></sheetData>")})
    desk = Desk(tmp_path, read_template(path))
    report = desk.fill([KETTLE], constants=CONSTANTS)
    assert formula in parts_of(report.files[0].path)[SHEET]
    assert "Product Name" not in report.missing


def test_a_template_that_changed_since_it_was_read_is_not_filled(kettle):
    rewrite(kettle.folder / "kettle.xlsm", {SHEET: lambda xml: xml + b"\n"})
    with pytest.raises(UsageError, match="has changed"):
        kettle.fill([KETTLE])


def test_macros_need_a_file_that_may_hold_them(kettle):
    with pytest.raises(UsageError, match=r"must be called filled\.xlsm"):
        kettle.fill([KETTLE], name="filled.xlsx")


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text("a茶=<&\"'\n\t_x0041_", max_size=12).map(str.strip), min_size=3, max_size=5))
def test_texts_come_back_as_they_were_given(kettle, texts):
    rows = [{"SKU": f"k{number}", "Warranty": text} for number, text in enumerate(texts)]
    written = kettle.cells(kettle.fill(rows).files[0].path)
    assert [row.get("warranty_description", "") for row in written] == texts


def test_a_measure_goes_into_a_number_and_its_unit(kettle):
    rows = [{"SKU": "1", "Capacity": "1.5 L"}, {"SKU": "2", "Capacity": "600毫升"}, {"SKU": "3", "Capacity": "1-2 L"}]
    report = kettle.fill(rows)
    found = [(row.get("capacity"), row.get("capacity_unit_of_measure")) for row in kettle.cells(report.files[0].path)]
    assert found == [(1.5, "Liters"), (600, "Milliliters"), (None, None)]
    assert [(problem.heading, problem.code) for problem in report.examples if problem.value] == [
        ("Capacity", "no_number")
    ]
    found = kettle.cells(kettle.fill(rows[:2], constants={"Capacity Unit": "Liters"}).files[0].path)
    assert [row["capacity"] for row in found] == [1.5, 0.6]


def test_a_unit_in_the_heading_is_what_values_are_converted_to(tmp_path):
    desk = Desk(tmp_path, read_template(pets_lazada(tmp_path / "pets.xlsx")))
    rows = [{"SellerSKU": "1", "Package weight": "850 g"}, {"SellerSKU": "2", "Package weight": "1.2"}]
    assert [row["package_weight"] for row in desk.cells(desk.fill(rows).files[0].path)] == ["0.85", "1.2"]
