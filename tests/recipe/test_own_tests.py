"""Tests that a recipe brings along: what they can say, how they run, and how they fail."""

import pytest

from door import write_recipe
from goodsmith.errors import RecipeError
from goodsmith.recipe import parse_recipe
from goodsmith.recipe.assertions import ASSERTIONS, words
from goodsmith.runner import Request, run_recipe_tests

RECIPE = """\
recipe: mug
fields:
  name: {required: true}
  material:
steps:
  - ask:
      instruction: You write shop copy in {{ locale.language }}.
      input: "{{ name }} {{ material | labelled: 'Material' }}"
      requirements:
        - {when: 'material contains "bone"', say: Say that it is bone china.}
      output:
        title: {max: 30, unit: half_width}
        points: {type: list, max_items: 3, required: false}
    stencil:
      title: "{{ name | neat }}"
      points: ["{{ material | neat }}", "{{ name | upcase }}"]
checks: [schema, length, empty]
tests:
  - name: a mug
    row: {name: Mug 陶杯, material: fine bone china}
    locale: en-US
    assert:
"""
HOLDS = [
    "{type: equals, slot: title, value: Mug 陶杯}",
    "{type: contains, slot: points, value: bone}",
    "{type: not-contains, value: steel}",
    "{type: icontains, slot: title, value: mUG}",
    "{type: contains-any, value: [steel, bone]}",
    "{type: contains-all, value: [Mug, bone]}",
    "{type: icontains-any, value: [STEEL, BONE]}",
    "{type: icontains-all, value: [MUG, BONE]}",
    "{type: starts-with, slot: title, value: Mug}",
    "{type: regex, slot: title, value: '^M.g '}",
    "{type: not-is-json, slot: title}",
    "{type: word-count, slot: title, value: 3}",
    "{type: word-count, slot: title, value: {min: 2, max: 3}}",
    "{type: max-length, slot: title, value: 8, unit: half_width}",
    "{type: min-length, slot: title, value: 6}",
    "{type: items, slot: points, value: 2}",
    "{type: not-empty, slot: points}",
    "{type: no-finding}",
    "{type: not-finding, value: [length]}",
    "{type: status, value: done}",
    "{type: prompt-contains, value: Say that it is bone china.}",
]
FAILS = [
    ("{type: equals, slot: title, value: Mug}", "Mug 陶杯"),
    ("{type: contains, slot: points, value: steel}", "fine bone china | MUG 陶杯"),
    ("{type: not-contains, value: Mug}", "Mug 陶杯 | fine bone china | MUG 陶杯"),
    ("{type: max-length, slot: title, value: 7, unit: half_width}", "Mug 陶杯"),
    ("{type: items, slot: points, value: {min: 3}}", "fine bone china | MUG 陶杯"),
    ("{type: empty, slot: title}", "Mug 陶杯"),
    ("{type: finding}", "no finding"),
    ("{type: status, value: review}", "done"),
    ("{type: is-json, slot: title}", "Mug 陶杯"),
]
WRONG = [
    ("{type: contians, value: x}", "did you mean contains"),
    ("{type: contains}", "seen None as value, expected a text"),
    ("{type: contains-any, value: x}", "expected a list of texts"),
    ("{type: max-length, value: a}", "expected a whole number"),
    ("{type: is-json, value: a}", "expected no value"),
    ("{type: regex, value: '('}", "regex: missing ), unterminated subpattern"),
    ("{type: contains, slot: titel, value: x}", "unknown slot 'titel'; did you mean: title?"),
    ("{type: status, value: dine}", "unknown status 'dine'; did you mean: done"),
]


def with_assertions(*lines):
    return RECIPE + "".join(f"      - {line}\n" for line in lines)


@pytest.fixture
def tried(tmp_path):
    def run(text, **request):
        path = write_recipe(tmp_path, text, "mug.yaml")
        return run_recipe_tests(Request(source=None, recipe=str(path), **request), home=tmp_path / "home")

    return run


def test_every_assertion_is_shown_to_hold():
    assert {one.split(",")[0].removeprefix("{type: ").removeprefix("not-").rstrip("}") for one in HOLDS} == set(
        ASSERTIONS
    )


def test_what_holds_passes(tried):
    (outcome,) = tried(with_assertions(*HOLDS)).outcomes
    assert [(one.type, verdict) for one, verdict in outcome.verdicts if not verdict.ok] == []
    assert outcome.passed


@pytest.mark.parametrize(("line", "seen"), FAILS)
def test_what_does_not_hold_fails_and_says_what_was_seen(tried, line, seen):
    report = tried(with_assertions("{type: not-empty, slot: title}", line))
    ((_, good), (one, bad)) = report.outcomes[0].verdicts
    assert (good.ok, bad.ok, bad.seen, one.line) == (True, False, seen, 24)
    assert (report.failed, report.outcomes[0].passed) == (1, False)


@pytest.mark.parametrize(("line", "said"), WRONG)
def test_an_assertion_that_makes_no_sense_is_an_error_with_its_line(line, said):
    with pytest.raises(RecipeError, match=r":23:") as caught:
        parse_recipe(with_assertions(line), path="mug.yaml")
    assert said in str(caught.value)
    assert caught.value.zh


def test_a_test_names_fields_and_a_language_that_exist():
    with pytest.raises(RecipeError, match=r":20: unknown field 'materiel'; did you mean: material"):
        parse_recipe(with_assertions(HOLDS[0]).replace("material: fine", "materiel: fine"), path="mug.yaml")
    with pytest.raises(RecipeError, match="its tests must say in which"):
        parse_recipe(with_assertions(HOLDS[0]).replace("    locale: en-US\n", ""))


def test_tests_are_no_part_of_the_version():
    assert parse_recipe(with_assertions(*HOLDS)).version == parse_recipe(with_assertions(HOLDS[0])).version


def test_a_failed_row_satisfies_nothing(tried):
    text = with_assertions("{type: not-contains, value: steel}", "{type: status, value: failed}")
    (outcome,) = tried(text.replace("name: Mug 陶杯, material: fine bone china", "name: ' '")).outcomes
    ((_, first), (_, second)) = outcome.verdicts
    assert (first.ok, second.ok) == (False, True)
    assert first.seen.startswith("failed: no sentence")


def test_an_assertion_about_another_maker_does_not_run_and_alone_shows_nothing(tried, vendor):
    text = with_assertions("{type: starts-with, value: Mug, only: stencil}")
    assert tried(text).failed == 0
    report = tried(text, model="rehearsal/instant", base_url=vendor.base_url)
    assert (report.failed, report.skipped, report.outcomes[0].passed) == (0, 1, False)


def test_with_a_model_the_same_tests_judge_its_answers(tried, vendor):
    text = with_assertions("{type: not-empty, slot: title}", "{type: equals, slot: title, value: Mug 陶杯}")
    report = tried(text, model="rehearsal/instant", base_url=vendor.base_url, price="in=1,out=4,currency=USD")
    assert [verdict.ok for _, verdict in report.outcomes[0].verdicts] == [True, False]
    assert report.cost_nanos > 0
    before = vendor.stats()["requests"]
    tried(text, model="rehearsal/instant", base_url=vendor.base_url, price="in=1,out=4,currency=USD")
    assert vendor.stats()["requests"] == before, "the same answers are not bought again"


def test_words_are_counted_as_a_word_processor_does():
    assert words("水洗棉 four-piece set, 12 件") == 7
    assert words("") == 0


def test_a_person_sees_what_failed_and_a_script_the_exit_code(terminal):
    write_recipe(terminal.folder, with_assertions("{type: contains, slot: title, value: Cup}", HOLDS[1]), "mug.yaml")
    said = terminal("recipe", "test", "mug.yaml", exit_code=1).stdout
    assert "FAIL  a mug (en-US)  1/2\n      line 23: title contains Cup; seen: Mug 陶杯\n" in said
    assert "mug with stencil: 0 of 1 tests pass" in said
    facts = terminal.json("recipe", "test", "mug.yaml", exit_code=1)
    assert (facts["ok"], facts["failed"], facts["tests"][0]["failures"][0]["line"]) == (False, 1, 23)
    terminal.environment["GOODSMITH_LANGUAGE"] = "zh"
    assert "第 23 行:title contains Cup;实为:Mug 陶杯" in terminal("recipe", "test", "mug.yaml", exit_code=1).stdout
