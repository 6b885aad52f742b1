"""The shipped recipes on the sample tables: columns found, rows made without a model, nothing left open."""

import csv
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from goodsmith.base.locales import parse_locale
from goodsmith.catalog import guess_mapping
from goodsmith.pipeline import Pipeline
from goodsmith.recipe import load_recipe, shipped_recipes
from goodsmith.records import Product, RowStatus

EXAMPLES = Path(__file__).parents[2] / "examples"


def table(lang):
    """Header and rows, as text."""
    if lang == "en":
        with (EXAMPLES / "products_en.csv").open(encoding="utf-8", newline="") as file:
            head, *rows = csv.reader(file)
        return head, rows
    sheet = openpyxl.load_workbook(EXAMPLES / "products_zh.xlsx")["商品"]
    head, *rows = ([str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True))
    return head, rows


def made(name, lang, tag):
    """(key, result) of every row of a sample table."""
    recipe = load_recipe(name)
    head, rows = table(lang)
    mapping = guess_mapping(head, recipe.fields)
    pipeline = Pipeline(recipe, locales=[parse_locale(tag)], columns=head, answerer=None)
    for ordinal, row in enumerate(rows):
        cells = dict(zip(head, row, strict=True))
        fields = cells | {field: cells[column] for field, column in mapping.fields.items()}
        key = cells[mapping.key]
        yield key, pipeline.make_from_stencil(Product(ordinal=ordinal, key=key, fields=fields))


@pytest.mark.parametrize("name", shipped_recipes())
def test_no_header_means_two_fields(name):
    meant = Counter(word.casefold() for spec in load_recipe(name).fields for word in (spec.name, *spec.aliases))
    assert [word for word, times in meant.items() if times > 1] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_columns_of_the_samples_are_found(lang):
    head, _ = table(lang)
    mapping = guess_mapping(head, load_recipe("listing").fields)
    wanted = {"name", "brand", "category", "attributes", "selling_points", "description"}
    assert set(mapping.fields) == wanted
    assert "near" not in mapping.how.values()
    assert mapping.key == head[0]


@pytest.mark.parametrize(("lang", "tag", "bare"), [("zh", "zh-CN", ["000206"]), ("en", "en-US", [])])
def test_every_sample_row_with_facts_becomes_a_listing(lang, tag, bare):
    results = dict(made("listing", lang, tag))
    assert [key for key, result in results.items() if result.status is not RowStatus.DONE] == bare
    for result in results.values():
        assert result.error is None
        assert [draft.maker for draft in result.drafts] == ["template"] * 3


@pytest.mark.parametrize(("lang", "tag"), [("zh", "en-US"), ("en", "zh-CN"), ("en", "fr-FR")])
@pytest.mark.parametrize("name", shipped_recipes())
def test_a_row_in_another_language_fails_and_says_that_it_needs_a_model(name, lang, tag):
    for _, result in made(name, lang, tag):
        assert result.status is RowStatus.FAILED
        assert "choose a model" in result.error.message
        assert result.drafts == ()


def test_a_chinese_row_asked_to_be_translated_to_chinese_is_taken_over():
    results = dict(made("translate", "zh", "zh-CN"))
    assert {result.status for result in results.values()} == {RowStatus.DONE}
    assert next(draft.value for draft in results["000109"].drafts) == "提花抱枕套 山形纹"
