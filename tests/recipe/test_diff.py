"""What differs between two recipes, part by part."""

from door import write_recipe
from goodsmith.recipe import parse_recipe
from goodsmith.recipe.comparing import compare

ONE = """\
recipe: mug
fields: {name: , brand: }
steps:
  - ask:
      instruction: |
        You write.
        Use only the facts.
      input: "{{ name }}"
      requirements: [Be brief, No praise]
      output:
        title: {max: 60}
"""


def changes(*replaced):
    text = ONE
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    return [(change.place, change.before, change.after) for change in compare(parse_recipe(ONE), parse_recipe(text))]


def test_the_same_words_otherwise_written_are_no_difference():
    assert changes(("{max: 60}", "\n          max: 60   # at most")) == []


def test_a_value_that_changed_is_shown_with_its_place():
    assert changes(("{max: 60}", "{max: 80}")) == [("steps › 1 › ask › output › title › max", 60, 80)]


def test_what_came_and_what_went_is_shown_at_its_place():
    assert changes(("brand: }", "maker: }")) == [("fields › brand", "", None), ("fields › maker", None, "")]
    assert changes(("[Be brief, No praise]", "[Be brief, Say the size, No praise]")) == [
        ("steps › 1 › ask › requirements › 2", None, "Say the size")
    ]


def test_a_text_of_several_lines_is_compared_line_by_line():
    (change,) = compare(parse_recipe(ONE), parse_recipe(ONE.replace("the facts.", "what is given.")))
    assert change.lines == ("- Use only the facts.", "+ Use only what is given.")


def test_the_exit_code_says_whether_they_differ(terminal):
    write_recipe(terminal.folder, ONE, "a.yaml")
    write_recipe(terminal.folder, ONE.replace("60", "80"), "b.yaml")
    assert terminal("recipe", "diff", "a.yaml", "a.yaml").stdout.startswith("They say the same")
    said = terminal("recipe", "diff", "a.yaml", "b.yaml", exit_code=1).stdout
    assert "steps › 1 › ask › output › title › max\n  - 60\n  + 80\n" in said
    facts = terminal.json("recipe", "diff", "a.yaml", "b.yaml", exit_code=1)
    assert (facts["same"], facts["changes"][0]["after"]) == (False, 80)


def test_where_only_tests_differ_it_says_that_what_is_made_stays_the_same(terminal):
    write_recipe(terminal.folder, ONE, "a.yaml")
    write_recipe(terminal.folder, ONE + "keywords: [mug]\n", "b.yaml")
    assert "what is made stays the same" in terminal("recipe", "diff", "a.yaml", "b.yaml", exit_code=1).stdout
