"""Category schemas: read from YAML and workbooks, kept by version, checked, compared."""

import dataclasses

import pytest

from goodsmith.attributes import (
    SchemaTables,
    check_schema,
    diff_schemas,
    load_shipped,
    read_schema_text,
    schema_of_tables,
    shipped_schemas,
    tables_of_schema,
    write_schema_yaml,
)
from goodsmith.base.category_schema import attributes_of, leaves, with_version
from goodsmith.errors import SchemaError

MUGS = """\
schema: mugs
categories:
  drinkware:
    attributes:
      material:
        name: {en: Material, zh: 材质}
        need: recommended
        type: choice
        values:
          glass: {en: Glass, zh: 玻璃}
          clay: {en: Clay, zh: 陶土, synonyms: [ceramic clay]}
  mug:
    name: {en: Mug, zh: 马克杯}
    parent: drinkware
    attributes:
      material: {need: required}
      capacity: {need: required, type: quantity, unit: ml, units: [L], level: variant}
"""


def read(text, file="mugs.yaml"):
    return read_schema_text(text, file=file)


def test_a_child_says_only_what_differs():
    material = next(one for one in attributes_of(read(MUGS), "mug") if one.id == "material")
    assert (material.need, material.type, material.names["zh"]) == ("required", "choice", "材质")
    assert [value.id for value in material.values] == ["glass", "clay"]


def test_a_child_may_stand_before_its_parent():
    parts = MUGS.split("  mug:")
    turned = parts[0].split("categories:")[0] + "categories:\n  mug:" + parts[1] + parts[0].split("categories:\n")[1]
    assert read(turned).version == read(MUGS).version


@pytest.mark.parametrize("name", shipped_schemas())
def test_a_shipped_schema_is_without_contradiction_and_named_in_both_languages(name):
    schema = load_shipped(name)
    assert check_schema(schema) == ()
    for category in leaves(schema):
        for attribute in attributes_of(schema, category.id):
            assert {"en", "zh"} <= set(attribute.names), attribute.id
            for value in attribute.values:
                assert {"en", "zh"} <= set(value.names), (attribute.id, value.id)


@pytest.mark.parametrize("name", shipped_schemas())
def test_a_schema_survives_yaml_and_workbook(name):
    schema = load_shipped(name)
    assert read(write_schema_yaml(schema)).version == schema.version
    for language in ("en", "zh"):
        sheets = list(tables_of_schema(schema, language).values())
        categories, attributes, values = (
            [(f"row {at}", dict(zip(rows[0], row, strict=True))) for at, row in enumerate(rows[1:], 2)]
            for rows in sheets
        )
        tables = SchemaTables(attributes=attributes, values=values, categories=categories)
        back = schema_of_tables(tables, name=schema.name)
        assert with_version(dataclasses.replace(back, about=schema.about)).version == schema.version


def test_a_single_sheet_of_attributes_is_enough():
    row = {"类目": "杯子", "属性": "材质", "必填": "是", "可选值": "玻璃|陶瓷", "多选": "是"}
    schema = schema_of_tables(SchemaTables(attributes=[("杯子.xlsx, 属性, row 2", row)]), name="杯子")
    (attribute,) = attributes_of(schema, "杯子")
    assert (attribute.type, attribute.need, attribute.multiple) == ("choice", "required", True)
    assert [value.id for value in attribute.values] == ["玻璃", "陶瓷"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("clay: {en: Clay", "clay: {en: Glass", "spelling_of_two_values"),
        ("unit: ml, units: [L]", "unit: ml, units: [kg]", "unit_not_convertible"),
        ("unit: ml, units: [L]", "unit: ml, min: 500, max: 100", "limits_crossed"),
        ("material: {need: required}", "material: {need: required, type: number}", "type_differs"),
        ("type: quantity, unit: ml, units: [L]", "type: choice", "choice_without_values"),
        ("unit: ml, units: [L]", "unit: ml, when: 'lid == 1'", "condition_on_nothing"),
        ("unit: ml, units: [L]", "unit: ml, max_values: 3", "many_values_of_one"),
        ("unit: ml, units: [L]", 'unit: ml, pattern: "["', "bad_pattern"),
    ],
)
def test_a_contradiction_is_reported_with_its_place(old, new, code):
    assert old in MUGS
    found = {problem.code: problem for problem in check_schema(read(MUGS.replace(old, new)))}
    assert code in found
    assert found[code].place.startswith("mugs.yaml:")
    assert found[code].contradiction
    assert found[code].zh


def test_one_value_said_twice_in_a_child_is_found():
    both = MUGS.replace("clay: {en: Clay", "stoneware: {en: Glass")
    assert [problem.code for problem in check_schema(read(both))] == ["spelling_of_two_values"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (MUGS.replace("parent: drinkware", "parent: glassware"), 12),
        (MUGS.replace("need: recommended", "need: perhaps"), 7),
        (
            MUGS.replace(
                "    attributes:\n      material:\n", "    parent: mug\n    attributes:\n      material:\n", 1
            ),
            3,
        ),
    ],
)
def test_a_file_that_cannot_be_read_names_the_line(text, line):
    with pytest.raises(SchemaError, match=rf"mugs\.yaml:{line}\b"):
        read(text)


def test_a_diff_says_what_a_person_has_to_do_anew():
    new = MUGS.replace("need: recommended", "need: optional").replace("          glass: {en: Glass, zh: 玻璃}\n", "")
    new += "      lid: {need: required}\n"
    changes = diff_schemas(read(MUGS), read(new.replace("unit: ml", "unit: L")))
    said = {(one.action, one.attribute, one.field, one.before, one.after) for one in changes}
    assert said == {
        ("removed", "material", "values", "glass", ""),
        ("changed", "capacity", "unit", "ml", "L"),
        ("added", "lid", "", "", "required"),
    }


def test_a_schema_is_written_as_a_workbook_edited_and_imported(goodsmith):
    goodsmith("schema", "show", "kettles", "-o", "kettles.xlsx")
    assert goodsmith.json("schema", "import", "kettles.xlsx", "--name", "ours")["problems"] == []
    listed = goodsmith.json("schema", "list")
    assert listed[0]["name"] == "ours"
    assert not listed[0]["shipped"]
    assert goodsmith.json("schema", "diff", "kettles", "ours") == []


def test_earlier_versions_can_be_named(goodsmith):
    versions = []
    for text in (MUGS, MUGS.replace("need: recommended", "need: optional")):
        (goodsmith.folder / "mugs.yaml").write_text(text, encoding="utf-8")
        versions.append(goodsmith.json("schema", "import", "mugs.yaml")["version"])
    assert goodsmith.json("schema", "show", f"mugs@{versions[0]}")["version"] == versions[0]
    assert goodsmith.json("schema", "show", "mugs")["version"] == versions[1]


def test_a_contradicting_schema_fails_the_check(goodsmith):
    text = MUGS.replace("clay: {en: Clay", "clay: {en: Glass")
    (goodsmith.folder / "mugs.yaml").write_text(text, encoding="utf-8")
    assert "mugs.yaml:11" in goodsmith("schema", "check", "mugs.yaml", exit_code=2).stdout
