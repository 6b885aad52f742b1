"""The step `look_up` as it is read: what it fills, what it may read, and what is wrong with its line."""

import pytest

from goodsmith.errors import RecipeError
from goodsmith.recipe import parse_recipe

RECIPE = """\
recipe: one
fields: {name: , brand: }
steps:
  - look_up:
      table: brands.xlsx
      key: brand
      fields: {story: 品牌故事, since: }
  - ask:
      instruction: Write.
      input: "{{ name }} {{ story }}"
      output:
        title: {max: 60}
"""
CHANGES = [
    (("key: brand", "key: maker"), 6, "unknown name 'maker'"),
    (("key: brand", "key: story"), 6, "'story' is made by this very step"),
    (
        ("key: brand", "key: brand | upcase"),
        6,
        "say which column of the table holds it: `key: {COLUMN: brand | upcase}`",
    ),
    (("{story: 品牌故事, since: }", "{}"), 7, "nothing is listed here"),
    (("since: }", "locale: }"), 7, "taken by the template language"),
    (("since: }", "title: }"), 12, "the slot 'title' is already filled by step 1"),
    (("  - ask:", "    stencil: {title: x}\n  - ask:"), 8, "'stencil' does not belong to 'look_up'"),
    (("      table: brands.xlsx\n", ""), 4, "the key 'table' is missing"),
]
AFTER_AN_ANSWER = (
    RECIPE
    + """\
  - look_up:
      name: more
      table: more.csv
      key: title
      fields: {more: }
"""
)


def error_of(text):
    with pytest.raises(RecipeError) as caught:
        parse_recipe(text, path="file.yaml")
    assert caught.value.zh, "every error is said in Chinese too"
    return caught.value


def test_a_look_up_fills_fields_and_no_column_of_the_export():
    recipe = parse_recipe(RECIPE)
    look_up, ask = recipe.steps
    assert (look_up.fills, look_up.outputs) == (("story", "since"), ())
    assert (look_up.key, look_up.fields) == ({"": "brand"}, {"story": "品牌故事", "since": "since"})
    assert [output.slot for output in recipe.outputs] == ["title"]
    assert (ask.needs, ask.per_locale) == (("look_up",), False)


def test_a_key_can_have_several_parts():
    text = RECIPE.replace("key: brand", "key: {品牌: 'brand | strip', 市场: locale.region}")
    look_up, ask = parse_recipe(text).steps
    assert look_up.key == {"品牌": "brand | strip", "市场": "locale.region"}
    assert look_up.per_locale
    assert ask.per_locale, "what differs by market makes the question differ"


@pytest.mark.parametrize(("change", "line", "said"), CHANGES, ids=[said for _, _, said in CHANGES])
def test_what_is_wrong_is_said_with_its_line(change, line, said):
    error = error_of(RECIPE.replace(*change))
    assert error.line == line
    assert said in str(error)


def test_a_look_up_cannot_wait_for_an_answer():
    error = error_of(AFTER_AN_ANSWER)
    assert error.line == 13
    assert "cannot read what step 2 answers; let it read fields" in str(error)


def test_a_step_says_one_thing_to_do():
    assert "it needs one of: ask, look_up" in str(error_of(RECIPE.replace("  - ask:", "    ask:")))
