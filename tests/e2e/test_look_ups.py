"""Fields from a second table: in the copy, in the hashes, and as they were when the run began."""

import polars as pl
import pytest

from door import products, write_recipe
from goodsmith import enrich
from goodsmith.errors import RecipeError, UnknownName

RECIPE = """
recipe: makers
locales: [en-US]
fields:
  name: {required: true}
  brand: {}
steps:
  - look_up:
      name: maker
      table: facts/makers.csv
      key: brand
      fields: {origin: Made in, since: }
  - ask:
      instruction: Write a line.
      input: "{{ name }}{{ origin | labelled: 'Made in' }}"
      output: {line: {max: 80}}
    stencil:
      line: "{{ name }}, made in {{ origin }}{% if since %} since {{ since }}{% endif %}"
"""
MAKERS = "Brand,Made in,since\nOlmo,Portugal,1951\n"


@pytest.fixture
def makers(goodsmith):
    """A terminal whose folder has the recipe, and `write(text)` for its second table."""
    (goodsmith.folder / "facts").mkdir()
    write_recipe(goodsmith.folder, RECIPE, "makers.yaml")

    def write(text):
        (goodsmith.folder / "facts" / "makers.csv").write_text(text, encoding="utf-8")

    write(MAKERS)
    goodsmith.write = write
    return goodsmith


def run(terminal, *more):
    return terminal.json("run", "products.csv", "-r", "makers.yaml", *more)


def test_a_field_comes_from_a_second_table_by_key(makers):
    makers.table(products(2))
    run(makers, "-o", "out.jsonl")
    assert [row["line"] for row in makers.lines()] == [
        "Linen tablecloth 0, made in Portugal since 1951",
        "Linen tablecloth 1, made in Portugal since 1951",
    ]


def test_what_the_row_says_itself_goes_before_the_table(makers):
    rows = products(2)
    rows[0]["origin"] = "Spain"
    makers.table(rows)
    write_recipe(makers.folder, RECIPE.replace("  brand: {}", "  brand: {}\n  origin: {}"), "makers.yaml")
    run(makers, "-o", "out.jsonl")
    assert [row["line"].split(" since")[0] for row in makers.lines()] == [
        "Linen tablecloth 0, made in Spain",
        "Linen tablecloth 1, made in Portugal",
    ]


def test_keys_that_are_not_in_the_table_are_counted_before_the_run(makers):
    rows = products(6)
    for number, brand in enumerate(["", "olmo ", "Nordal", "Nordal", "Birk"]):
        rows[number]["brand"] = brand
    makers.table(rows)
    shown = makers.json("run", "products.csv", "-r", "makers.yaml", "--dry-run")
    assert (
        "makers.csv: 3 products have a Brand that is not in it, 2 in all: 'Nordal' (2), 'Birk' (1)" in shown["notices"]
    )
    limited = makers.json("run", "products.csv", "-r", "makers.yaml", "--dry-run", "--limit", "3")
    assert any("1 products have a Brand" in notice for notice in limited["notices"])


def test_only_changed_sees_a_changed_row_of_the_second_table(makers):
    rows = products(3)
    rows[2]["brand"] = "Birk"
    makers.table(rows)
    makers.write(MAKERS + "Birk,Norway,1900\n")
    run(makers)
    assert run(makers, "--only-changed")["rows"] == 0
    makers.write(MAKERS + "Birk,Sweden,1900\nOther,Spain,\n")
    assert run(makers, "--only-changed")["rows"] == 1


def test_only_changed_sees_it_with_a_model_too(makers, vendor):
    makers.table(products(3))
    model = ("-m", "rehearsal/smooth", "--base-url", vendor.base_url)
    run(makers, *model)
    assert run(makers, *model, "--only-changed")["rows"] == 0
    makers.write(MAKERS.replace("Portugal", "Spain"))
    assert run(makers, *model, "--only-changed")["rows"] == 3


def test_a_run_uses_the_table_as_it_was_when_it_began(makers):
    makers.table(products(2))
    run(makers, "--queue")
    (makers.folder / "facts" / "makers.csv").unlink()
    makers("worker", "--once")
    assert makers.exported()[0]["line"].endswith("made in Portugal since 1951")


def test_a_table_can_be_given_instead_of_the_one_in_the_recipe(tmp_path):
    recipe = write_recipe(tmp_path, RECIPE)
    frame = pl.DataFrame({"name": ["Mug"], "brand": ["Olmo"]})
    table = pl.DataFrame({"brand": ["Olmo"], "Made in": ["Spain"], "since": [""]})
    made = enrich(frame, recipe=str(recipe), look_ups={"maker": table}, home=tmp_path)
    assert made["line"].to_list() == ["Mug, made in Spain"]
    with pytest.raises(UnknownName, match="maker"):
        enrich(frame, recipe=str(recipe), look_ups={"makr": table}, home=tmp_path)


def test_a_missing_table_or_column_is_said_with_its_line(tmp_path):
    recipe = write_recipe(tmp_path, RECIPE)
    frame = pl.DataFrame({"name": ["Mug"], "brand": ["Olmo"]})
    with pytest.raises(RecipeError, match=r"marked\.yaml:10: there is no table .*--look-up 'maker=FILE'"):
        enrich(frame, recipe=str(recipe), home=tmp_path)
    table = pl.DataFrame({"brand": ["Olmo"], "Made": ["Spain"], "since": [""]})
    with pytest.raises(RecipeError, match=r"marked\.yaml:12: .*unknown column 'Made in'; did you mean: Made"):
        enrich(frame, recipe=str(recipe), look_ups={"maker": table}, home=tmp_path)


def test_rules_of_a_market_are_found_by_locale(tmp_path):
    text = RECIPE.replace("key: brand", "key: {Market: locale.region}").replace("[en-US]", "[en-US, en-GB]")
    recipe = write_recipe(tmp_path, text)
    table = pl.DataFrame({"Market": ["US", "GB"], "Made in": ["one", "two"], "since": ["", ""]})
    frame = pl.DataFrame({"name": ["Mug"]})
    made = enrich(frame, recipe=str(recipe), look_ups={"maker": table}, home=tmp_path)
    assert made.row(0, named=True)["line (en-US)"] == "Mug, made in one"
    assert made.row(0, named=True)["line (en-GB)"] == "Mug, made in two"
