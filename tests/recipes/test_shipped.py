"""The shipped recipes on the sample tables: columns found, rows made without a model, nothing left open."""

import csv
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from goodsmith.base.locales import parse_locale
from goodsmith.catalog import guess_mapping
from goodsmith.checks import open_checks, run_checks
from goodsmith.pipeline import Pipeline
from goodsmith.recipe import load_recipe, shipped_recipes
from goodsmith.records import Draft, Product, RowStatus, Severity
from goodsmith.runner import Request, run_recipe_tests

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
def test_a_row_in_another_language_says_that_it_needs_a_model(name, lang, tag):
    must_make = any(output.required for output in load_recipe(name).outputs)
    for _, result in made(name, lang, tag):
        assert [draft.value for draft in result.drafts if draft.value is not None] == []
        if must_make:
            assert result.status is RowStatus.FAILED
            assert "choose a model" in result.error.message
        else:  # nothing at all can be right: a question list without a question
            assert "choose a model" in result.findings[-1].en


@pytest.mark.parametrize("name", shipped_recipes())
def test_every_shipped_recipe_passes_its_own_tests_without_a_model(name, tmp_path):
    report = run_recipe_tests(Request(source=None, recipe=name), home=tmp_path)
    assert [outcome.test.name for outcome in report.outcomes if outcome.ran and not outcome.passed] == []
    assert sum(outcome.passed for outcome in report.outcomes) >= 2
    assert {outcome.test.locale[:2] for outcome in report.outcomes} == {"zh", "en"}


@pytest.mark.parametrize("name", shipped_recipes())
@pytest.mark.parametrize(("lang", "tag"), [("zh", "zh-CN"), ("en", "en-US")])
def test_no_sample_row_is_blocked_or_in_error(name, lang, tag):
    for key, result in made(name, lang, tag):
        blocking = [finding.en for finding in result.findings if finding.severity is Severity.BLOCK]
        assert blocking == [], key


@pytest.mark.parametrize("name", shipped_recipes())
def test_worked_examples_keep_the_limits_that_they_teach(name):
    for step in load_recipe(name).steps:
        outputs = {output.slot: output for output in step.outputs}
        for example in step.examples:
            drafts = [
                Draft(slot=slot, locale="", value=tuple(value) if isinstance(value, list) else value, maker="example")
                for slot, value in example.output.items()
            ]
            checks = open_checks(["schema", "length", "repetition", "placeholder"])
            found = run_checks(checks, drafts, outputs=outputs, fields={}, locale=parse_locale(example.language))
            assert [finding.en for finding in found] == [], example.input


def test_a_chinese_row_asked_to_be_translated_to_chinese_is_taken_over():
    results = dict(made("translate", "zh", "zh-CN"))
    assert {result.status for result in results.values()} == {RowStatus.DONE}
    assert next(draft.value for draft in results["000109"].drafts) == "提花抱枕套 山形纹"
