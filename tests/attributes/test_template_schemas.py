"""A platform's template workbook is a category schema: what it asks for, what it takes, and in which category."""

import pytest

from goodsmith.base.category_schema import attributes_of, leaves
from goodsmith.errors import SchemaError
from goodsmith.runner import import_schema, open_schema
from goodsmith.settings import load_settings
from make_templates import bedding_zh, kettle_en, pets_lazada, snacks_shopee


@pytest.fixture
def opened(tmp_path):
    def schema(make, name):
        path = make(tmp_path / name)
        return open_schema(path, home=tmp_path / "home", settings=load_settings({}))

    return schema


def by_id(schema, category):
    return {attribute.id: attribute for attribute in attributes_of(schema, category)}


def test_attributes_are_the_columns_that_say_something_of_the_goods(opened):
    schema = opened(kettle_en, "kettle.xlsm")
    assert [category.id for category in leaves(schema)] == ["kettle"]
    found = by_id(schema, "kettle")
    assert "material_type" in found
    assert not {"item_sku", "item_name", "standard_price", "bullet_point1", "update_delete"} & found.keys()
    assert [value.id for value in found["material_type"].values] == ["Stainless Steel", "Glass", "Ceramic", "Plastic"]
    assert (found["material_type"].need, found["color_name"].need) == ("required", "recommended")


def test_a_number_and_the_column_of_its_unit_are_one_attribute(opened):
    found = by_id(opened(kettle_en, "kettle.xlsm"), "kettle")
    assert (found["capacity"].type, found["capacity"].unit, found["capacity"].units) == ("quantity", "L", ("L", "ml"))
    assert "capacity_unit_of_measure" not in found


def test_a_unit_in_a_heading_is_the_unit_of_the_attribute(opened):
    schema = opened(pets_lazada, "pets.xlsx")
    assert by_id(schema, "pets")["package_weight"].unit == "kg"
    assert by_id(schema, "pets")["brand"].open


def test_the_choices_of_the_category_column_are_the_categories_with_their_own_values(opened):
    schema = opened(bedding_zh, "bedding.xlsx")
    assert [category.id for category in leaves(schema)] == ["四件套", "被套", "枕套"]
    assert [value.id for value in by_id(schema, "被套")["款式"].values] == ["纽扣款", "拉链款"]
    assert [value.id for value in by_id(schema, "枕套")["款式"].values] == ["信封款"]
    assert by_id(schema, "枕套")["适用季节"].inherited


def test_what_must_be_stated_is_not_to_be_inferred_and_variants_may_differ(opened):
    found = by_id(opened(snacks_shopee, "snacks.xlsx"), "Snacks")
    assert found["et_title_allergens"].stated_only
    kettle = by_id(opened(kettle_en, "kettle.xlsm"), "kettle")
    assert (kettle["country_of_origin"].stated_only, kettle["color_name"].level) == (True, "variant")
    assert "产地" in kettle["country_of_origin"].synonyms


def test_an_imported_template_can_be_named_from_then_on(tmp_path):
    settings, home = load_settings({}), tmp_path / "home"
    kept = import_schema(kettle_en(tmp_path / "kettle.xlsm"), home=home, settings=settings, name="kettles_us")
    assert open_schema("kettles_us", home=home, settings=settings) == kept


def test_a_workbook_that_asks_for_nothing_is_no_schema(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    for row in (["sku", "name"], ["1", "cup"]):
        book.active.append(row)
    book.save(tmp_path / "products.xlsx")
    with pytest.raises(SchemaError, match="no sheet lists attributes"):
        open_schema(tmp_path / "products.xlsx", home=tmp_path, settings=load_settings({}))
