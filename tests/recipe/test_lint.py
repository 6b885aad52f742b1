"""Lint: every row of a source through a recipe, without a model, and what is counted on the way."""

import re

import polars as pl
import pytest

from door import write_recipe
from goodsmith import Request, lint

RECIPE = """
recipe: cups
locales: [en-US]
fields:
  name: {required: true}
  kind: {}
  note: {}
  colour: {}
steps:
  - ask:
      instruction: Write a line.
      input: "{{ name }}{{ note | labelled: 'Note' }}"
      requirements:
        - Plain words
        - {when: 'kind == "cup"', say: Say that it is a cup.}
        - {when: 'kind == "vase"', say: Say that it is a vase.}
        - {when: 'locale.code == "en"', say: British spelling.}
      rules:
        - {when: 'kind == "cup"', add: instruction, text: Be brief.}
        - {when: 'note contains "gift"', replace: instruction, text: Write a gift card.}
        - {when: 'name contains "x"', drop: requirements}
      output:
        line: {max: 80}
        card: {required: false, max: 90}
    stencil:
      line: "{{ name }}"
      card: "{{ note }}"
"""
CUPS = pl.DataFrame(
    {
        "sku": [f"{number:03d}" for number in range(40)],
        "name": [f"Cup {number}" for number in range(40)],
        "kind": ["cup" if number < 10 else "bowl" for number in range(40)],
        "note": ["a gift" if number < 4 else "red " * 300 if number == 30 else "" for number in range(40)],
    }
)


@pytest.fixture
def linted(tmp_path):
    def made(frame=CUPS, recipe=RECIPE, **request):
        path = write_recipe(tmp_path, recipe, "cups.yaml")
        return lint(Request(source=frame, recipe=str(path), **request), home=tmp_path / "home").report

    return made


def test_slots_that_stay_empty_are_counted_with_their_rows(linted):
    line, card = linted().slots
    assert (line.empty_rows, card.empty_rows, card.required) == (0, 35, False)
    assert card.examples == ("004", "005", "006", "007", "008")


def test_each_condition_says_in_how_many_rows_it_holds(linted):
    rules = linted().rules
    assert [(rule.does, rule.rows) for rule in rules] == [
        ("say", 10),
        ("say", 0),  # dead
        ("say", 40),  # the locale decides it
        ("add", 10),
        ("replace", 4),
        ("drop", 0),
    ]
    assert [rule.line for rule in rules] == [15, 16, 17, 19, 20, 21]


def test_a_rule_that_holds_in_one_of_two_locales_holds_once(linted):
    assert [rule.rows for rule in linted(locales=("en-US", "de-DE")).rules][:3] == [10, 0, 40]


def test_rules_that_get_in_each_others_way_are_named(linted):
    (overlap,) = linted().overlaps
    assert (overlap.part, overlap.rows, overlap.lines) == ("instruction", 4, (19, 20))


def test_fields_that_nothing_reads_or_no_column_fills_are_named(linted):
    fields = {field.name: field for field in linted().fields}
    assert (fields["colour"].read, fields["colour"].column) == (False, None)
    assert (fields["note"].read, fields["note"].column, fields["note"].blank_rows) == (True, "note", 35)


def test_a_prompt_that_stands_out_says_which_field_makes_it_long(linted):
    (prompts,) = linted().prompts
    assert (prompts.prompts, prompts.outliers) == (40, 1)
    assert [(long.key, long.field) for long in prompts.longest] == [("030", "note")]
    assert prompts.longest[0].bytes == prompts.longest_bytes > 2 * prompts.median_bytes


def test_the_cacheable_share_is_that_of_the_prompts_written(linted):
    (prompts,) = linted().prompts
    assert 0.5 < prompts.cacheable_share < 0.95
    assert prompts.cacheable_bytes < prompts.median_bytes


def test_prompts_that_are_the_same_are_counted_once(linted):
    (prompts,) = linted(pl.concat([CUPS, CUPS])).prompts
    assert (prompts.prompts, prompts.distinct) == (80, 40)


def test_a_row_that_a_template_refuses_is_counted_and_lint_goes_on(linted):
    loops = (
        "{% assign parts = name | split: '' %}{% for a in parts %}{% for b in parts %}{{ b }}{% endfor %}{% endfor %}"
    )
    long = CUPS.with_columns(pl.when(pl.col("sku") == "007").then(pl.lit("y" * 900)).otherwise("name").alias("name"))
    report = linted(long, RECIPE.replace('input: "', 'input: "' + loops))
    (refused,) = report.refused
    assert (refused.rows, refused.examples, report.rows) == (1, ("007",), 40)
    assert refused.message_zh


def test_a_second_step_reads_what_the_sentences_of_the_first_say(linted):
    second = (
        RECIPE
        + """\
  - ask:
      name: more
      instruction: Write more.
      input: "{{ line }}"
      output: {more: {}}
    stencil: {more: "{{ line }}!"}
"""
    )
    slots = {slot.slot: slot.empty_rows for slot in linted(recipe=second).slots}
    assert slots["more"] == 0


def test_a_person_reads_it_and_a_script_does(terminal):
    write_recipe(terminal.folder, RECIPE, "cups.yaml")
    CUPS.write_csv(terminal.folder / "cups.csv")
    said = terminal("recipe", "lint", "cups.csv", "-r", "cups.yaml").stdout
    assert "card (en-US): 35 (88%) rows, optional (004, 005, 006, 007, 008, …)" in said
    assert re.search(r'^16 +say +0 +never +kind == "vase"$', said, re.MULTILINE)
    assert "Lines 19 and 20 both change instruction in 4 rows" in said
    assert "Read by nothing: colour" in said
    facts = terminal.json("recipe", "lint", "cups.csv", "-r", "cups.yaml", "--where", 'kind == "cup"')
    assert (facts["ok"], facts["report"]["rows"]) == (True, 10)
    terminal.environment["GOODSMITH_LANGUAGE"] = "zh"
    assert "不用模型时为空" in terminal("recipe", "lint", "cups.csv", "-r", "cups.yaml").stdout
