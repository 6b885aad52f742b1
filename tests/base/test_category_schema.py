"""A category schema as a tree: inheritance, names by language, content hash."""

import dataclasses

import pytest

from goodsmith.base.category_schema import (
    attributes_of,
    category_of,
    from_plain,
    leaves,
    name_in,
    path_of,
    to_plain,
    with_version,
)
from goodsmith.errors import UnknownName
from goodsmith.records import AllowedValue, Attribute, Category, CategorySchema

COLOUR = Attribute(
    id="colour",
    names={"en": "Colour", "zh": "颜色"},
    type="choice",
    level="variant",
    values=(AllowedValue(id="1", names={"en": "Red", "zh": "红色"}), AllowedValue(id="2", names={"en": "Blue"})),
)
SCHEMA = CategorySchema(
    name="mugs",
    categories=(
        Category(id="product", attributes=(Attribute(id="brand"), COLOUR)),
        Category(
            id="mug",
            names={"en": "Mug", "zh": "马克杯"},
            parent="product",
            attributes=(
                Attribute(id="capacity", type="quantity", unit="ml", need="required"),
                dataclasses.replace(COLOUR, need="recommended"),
            ),
        ),
    ),
)


def test_a_category_has_its_ancestors_attributes_and_its_own_required_ones_first():
    found = attributes_of(SCHEMA, "mug")
    assert [(one.id, one.need, one.inherited) for one in found] == [
        ("capacity", "required", ""),
        ("colour", "recommended", ""),
        ("brand", "optional", "product"),
    ]


def test_a_category_is_found_by_id_or_by_any_of_its_names():
    assert category_of(SCHEMA, "mug") is category_of(SCHEMA, "马克杯") is category_of(SCHEMA, "MUG ")
    with pytest.raises(UnknownName):
        category_of(SCHEMA, "plate")


def test_products_are_put_into_leaves_and_the_way_begins_at_the_root():
    assert [one.id for one in leaves(SCHEMA)] == ["mug"]
    assert [one.id for one in path_of(SCHEMA, "mug")] == ["product", "mug"]


def test_a_circle_of_parents_ends():
    circle = CategorySchema(name="x", categories=(Category(id="a", parent="b"), Category(id="b", parent="a")))
    assert {one.id for one in path_of(circle, "a")} == {"a", "b"}


def test_a_name_falls_back_to_english_then_to_any_then_to_the_id():
    assert name_in(COLOUR, "zh-CN") == "颜色"
    assert name_in(COLOUR, "th") == "Colour"
    assert name_in(Attribute(id="capacity"), "zh") == "capacity"


def test_the_version_is_that_of_the_content_wherever_it_was_read():
    made = with_version(SCHEMA)
    moved = dataclasses.replace(
        SCHEMA, source="elsewhere.yaml", categories=tuple(reversed(SCHEMA.categories)), version="old"
    )
    assert made.version == with_version(moved).version
    assert len(made.version) == 12
    renamed = dataclasses.replace(SCHEMA.categories[1], names={"en": "Cup"})
    assert with_version(dataclasses.replace(SCHEMA, categories=(renamed,))).version != made.version


def test_a_schema_goes_to_plain_values_and_comes_back():
    assert from_plain(to_plain(with_version(SCHEMA))) == with_version(SCHEMA)
