import json
from contextlib import suppress
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodsmith.errors import GoodsmithError, RecipeError, UnknownName
from goodsmith.recipe import load_recipe, parse_recipe, recipe_schema, shipped_recipes

RECIPE = """\
recipe: mug
about: A title for a mug
fields:
  name: {required: true, aliases: [商品名称, "no", 0123]}
  brand:
  category:
locales: [zh-CN, en-US]
steps:
  - ask:
      instruction: Write in {{ locale.language }}.
      input: |
        Name: {{ name }}
        {% if brand %}Brand: {{ brand }}{% endif %}
      requirements:
        - Plain words
        - {when: 'category contains "食品"', say: No medicine}
      rules:
        - {when: brand == blank, add: requirements, text: Invent no brand}
      output:
        title: {max: 60, unit: half_width}
        points: {type: list, items: 5, each_max: 40, each_min: 4}
        kind: {type: choice, choices: [cup, bowl], required: false}
      examples:
        - input: "Name: Mug"
          output: {title: Mug, points: [a, b], kind: cup}
    stencil:
      title: "{{ brand }} {{ name }}"
      points: ["{{ name }}", "{{ brand }}"]
checks: [schema, length]
"""
ONE_STEP = """\
recipe: one
fields: {name: , brand: }
steps:
  - ask:
      instruction: Write.
      input: "{{ name }}"
      output:
        title: {max: 60}
"""
SECOND_STEP = """\
  - ask:
      name: second
      instruction: Write more.
      input: "{{ title }}"
      output:
        more: {}
"""


def error_of(text: str) -> RecipeError:
    with pytest.raises(RecipeError) as caught:
        parse_recipe(text, path="file.yaml")
    assert caught.value.zh, "every error is said in Chinese too"
    return caught.value


def with_output(spec: str) -> str:
    return ONE_STEP.replace("{max: 60}", spec)


# ---- reading ------------------------------------------------------------------------------------------------------


def test_a_recipe_becomes_records():
    recipe = parse_recipe(RECIPE, path="mug.yaml")
    step = recipe.steps[0]
    assert (recipe.name, recipe.about, recipe.locales) == ("mug", "A title for a mug", ("zh-CN", "en-US"))
    assert (recipe.checks, recipe.path, recipe.text) == (("schema", "length"), "mug.yaml", RECIPE)
    assert [(field.name, field.required) for field in recipe.fields] == [
        ("name", True),
        ("brand", False),
        ("category", False),
    ]
    assert (step.name, step.instruction) == ("ask", "Write in {{ locale.language }}.")
    assert [(each.say, each.when) for each in step.requirements][1] == ("No medicine", 'category contains "食品"')
    assert (step.rules[0].action, step.rules[0].part, step.rules[0].text) == ("add", "requirements", "Invent no brand")
    assert step.examples[0].output == {"title": "Mug", "points": ["a", "b"], "kind": "cup"}
    assert step.stencil == {"title": "{{ brand }} {{ name }}", "points": ("{{ name }}", "{{ brand }}")}


def test_limits_of_a_list_are_those_of_its_items():
    title, points, kind = parse_recipe(RECIPE).outputs
    assert (title.type, title.max, title.unit, title.required) == ("text", 60, "half_width", True)
    assert (points.type, points.min_items, points.max_items, points.min, points.max) == ("list", 5, 5, 4, 40)
    assert (kind.choices, kind.required) == (("cup", "bowl"), False)


def test_no_and_0123_stay_text():
    assert parse_recipe(RECIPE).fields[0].aliases[:3] == ("商品名称", "no", "0123")
    odd = with_output("{type: choice, choices: [no, 0123, 1E5, 1.50, null, 2026-01-02]}")
    assert parse_recipe(odd).outputs[0].choices == ("no", "0123", "1E5", "1.50", "null", "2026-01-02")


def test_an_example_keeps_ids_and_takes_numbers():
    examples = "      examples:\n        - {input: x, output: {title: 00123, n: 5, p: 0.5, ok: true, t: '5'}}\n"
    spec = "{max: 9}\n        n: {type: integer}\n        p: {type: number}\n        ok: {type: boolean}\n        t: {}"
    recipe = parse_recipe(with_output(spec) + examples)
    assert recipe.steps[0].examples[0].output == {"title": "00123", "n": 5, "p": 0.5, "ok": True, "t": "5"}


def test_the_line_of_each_part_is_kept():
    lines = parse_recipe(RECIPE).steps[0].lines
    assert lines["instruction"] == 10
    assert lines["input"] == 12, "a block's first line, not that of its mark"
    assert lines["requirements.1.say"] == 16
    assert lines["stencil.points.1"] == 28


# ---- versions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "same",
    [
        "# a comment\n" + RECIPE,
        RECIPE.replace("about: A title for a mug", "about:   'A title for a mug'   # quoted"),
        RECIPE.replace("{max: 60, unit: half_width}", "{unit: half_width, max: 60}"),
        RECIPE.replace("        - Plain words", "        -   |\n          Plain words\n"),
        "\ufeff" + RECIPE.replace("\n", "\r\n"),
    ],
    ids=["comment", "quotes", "key order", "block", "line ends"],
)
def test_comments_and_formatting_do_not_change_the_version(same):
    assert parse_recipe(same).version == parse_recipe(RECIPE).version


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("max: 60", "max: 61"),
        ("Plain words", "Plain  words"),
        ("checks: [schema, length]", "checks: [schema]"),
        ("required: true, ", ""),
        ("[cup, bowl]", "[bowl, cup]"),
        ('"{{ brand }} {{ name }}"', '"{{ name }}"'),
    ],
)
def test_content_changes_the_version(old, new):
    assert old in RECIPE
    assert parse_recipe(RECIPE.replace(old, new)).version != parse_recipe(RECIPE).version


def test_the_order_of_fields_and_outputs_counts_since_a_model_reads_them_so():
    swapped = ONE_STEP.replace("{name: , brand: }", "{brand: , name: }")
    assert parse_recipe(swapped).version != parse_recipe(ONE_STEP).version


def test_a_version_is_twelve_hex_digits():
    version = parse_recipe(ONE_STEP).version
    assert len(version) == 12
    int(version, 16)


# ---- steps --------------------------------------------------------------------------------------------------------


def test_a_step_that_reads_no_locale_is_asked_once_for_all():
    assert not parse_recipe(ONE_STEP).steps[0].per_locale


@pytest.mark.parametrize(
    "change",
    [
        ("instruction: Write.", "instruction: Write {{ locale.own_name }}."),
        ('"{{ name }}"', "'{{ locale.tag }}'"),
        ("      output:", "      requirements: [{when: 'locale.code == \"zh\"', say: x}]\n      output:"),
        ("      output:", "      rules: [{when: 'locale.tag == \"zh-CN\"', drop: requirements}]\n      output:"),
        ("{max: 60}\n", "{max: 60}\n    stencil: {title: '{{ locale.tag }}'}\n"),
        ("{max: 60}\n", "{max: 60}\n    stencil: {zh: {title: '{{ name }}'}}\n"),
        ("{max: 60}\n", "{max: 60}\n    stencil: {let: {l: locale.tag}, title: '{{ l }}'}\n"),
    ],
    ids=["instruction", "input", "requirement", "rule", "stencil", "overlay", "let"],
)
def test_a_step_that_reads_the_locale_anywhere_is_asked_per_locale(change):
    assert parse_recipe(ONE_STEP.replace(*change)).steps[0].per_locale


def test_a_step_that_reads_a_per_locale_step_is_per_locale_too():
    first = ONE_STEP.replace("Write.", "Write {{ locale.tag }}.")
    assert [step.per_locale for step in parse_recipe(first + SECOND_STEP).steps] == [True, True]
    assert [step.per_locale for step in parse_recipe(ONE_STEP + SECOND_STEP).steps] == [False, False]


def test_a_step_needs_the_steps_whose_slots_it_reads():
    assert [step.needs for step in parse_recipe(ONE_STEP + SECOND_STEP).steps] == [(), ("ask",)]


def test_a_forward_reference_is_an_error_with_its_line():
    error = error_of(ONE_STEP.replace("{{ name }}", "{{ more }}") + SECOND_STEP.replace("{{ title }}", "{{ name }}"))
    assert error.line == 6
    assert "'more' is made later, by step 2" in str(error)


def test_a_circle_is_an_error_with_its_line():
    error = error_of(ONE_STEP.replace("{{ name }}", "{{ more }}") + SECOND_STEP)
    assert error.line == 6
    assert "circle" in str(error)


def test_a_step_cannot_read_its_own_slot():
    assert "made by this very step" in str(error_of(ONE_STEP.replace("{{ name }}", "{{ title }}")))


def test_a_slot_may_have_the_name_of_a_field():
    recipe = parse_recipe(ONE_STEP.replace("title: {max", "name: {max"))
    assert recipe.outputs[0].slot == "name"


# ---- sentences ----------------------------------------------------------------------------------------------------


def stencils(text: str):
    step = parse_recipe(ONE_STEP + "    stencil:\n" + text).steps[0]
    return step.stencil, step.stencil_locales


def test_sentences_are_for_all_locales_or_for_one_language():
    flat, overlays = stencils("      title: a\n      zh: {title: b}\n      en_gb: {title: c}\n")
    assert flat == {"title": "a"}
    assert overlays == {"zh": {"title": "b"}, "en-GB": {"title": "c"}}


def test_a_let_becomes_an_assignment_only_where_it_is_read():
    flat, _ = stencils("      let: {maker: brand | upcase, unread: name}\n      title: '{{ maker }}'\n")
    assert flat["title"] == "{% assign maker = brand | upcase %}{{ maker }}"


def test_a_let_may_use_those_before_it():
    flat, _ = stencils("      let: {a: name, b: a | upcase}\n      title: '{{ b }}'\n")
    assert flat["title"] == "{% assign a = name %}{% assign b = a | upcase %}{{ b }}"
    error = error_of(ONE_STEP + "    stencil:\n      let: {b: a, a: name}\n      title: '{{ b }}'\n")
    assert (error.line, "unknown name 'a'" in str(error)) == (10, True)


def test_a_let_cannot_take_the_name_of_a_field():
    assert "'name' is taken" in str(error_of(ONE_STEP + "    stencil:\n      let: {name: brand}\n      title: x\n"))


# ---- errors -------------------------------------------------------------------------------------------------------

BROKEN = [
    (ONE_STEP.replace("recipe: one\n", ""), 1, "the key 'recipe' is missing"),
    (ONE_STEP.replace("max: 60", "maxx: 60"), 8, "unknown key 'maxx'; did you mean max"),
    (ONE_STEP.replace("instruction", "instructions"), 5, "unknown key 'instructions'; did you mean instruction"),
    (ONE_STEP.replace("{{ name }}", "{{ nmae }}"), 6, "unknown name 'nmae'; did you mean: name"),
    (ONE_STEP.replace('"{{ name }}"', "|\n        a\n        {{ nmae }}"), 8, "unknown name 'nmae'"),
    (ONE_STEP.replace("{{ name }}", "{{ name | upcas }}"), 6, "unknown filter 'upcas'; did you mean: upcase"),
    (ONE_STEP.replace("{{ name }}", "{% include 'x' %}"), 6, "the tag 'include' is not allowed"),
    (ONE_STEP.replace("{{ name }}", "{{ name.__class__ }}"), 6, "cannot be reached"),
    (ONE_STEP + "checks: [schema, lenght]\n", 9, "unknown check 'lenght'; did you mean: length"),
    (ONE_STEP + "locales: [zh-CN, zh-CM]\n", 9, "unknown locale 'zh-CM'"),
    (ONE_STEP + "    stencil:\n      titel: x\n", 10, "unknown slot 'titel'; did you mean: title"),
    (ONE_STEP + "    stencil:\n      zh: {titel: x}\n", 10, "unknown slot 'titel'"),
    (ONE_STEP + "    stencil:\n      chinese: {title: x}\n", 10, "unknown locale 'chinese'"),
    (ONE_STEP + "    stencil:\n      title: [a, b]\n", 10, "takes one template, not a list"),
    (ONE_STEP + SECOND_STEP.replace("      name: second\n", ""), 9, "the same name as step 1"),
    (ONE_STEP + SECOND_STEP.replace("more: {}", "title: {}"), 14, "already filled by step 1"),
    (ONE_STEP.replace("{name: ,", "{name: , name: ,"), 2, "already given in line 2"),
    (ONE_STEP.replace("{name: ,", "{name: , locale: ,"), 2, "'locale' is taken"),
    (ONE_STEP.replace("title:", "1st title:"), 8, "the name '1st title' is not allowed"),
    (ONE_STEP.replace("{max: 60}", "{max: sixty}"), 8, "seen 'sixty', expected a whole number"),
    (ONE_STEP.replace("brand: }", "brand: {required: yes}}"), 2, "seen 'yes', expected true or false"),
    (ONE_STEP.replace("instruction: Write.", "instruction: [Write]"), 5, "seen a list, expected text"),
    (ONE_STEP.replace("instruction: Write.", "instruction: ''"), 5, "text is missing"),
    ("", None, "the file is empty"),
    ("- a\n", 1, "seen a list, expected keys with values"),
    ("recipe: x\n\tsteps: []\n", 2, "indent with spaces, not tabs"),
    ("recipe: x\nsteps: [\n", 3, "not well-formed YAML"),
    ("recipe: {{ name }}\nsteps: []\n", 1, ""),
    (ONE_STEP + "---\nrecipe: two\n", 9, "a second document"),
    (ONE_STEP.replace("recipe: one", "recipe: !!python/name:os.system one"), 1, "tags"),
    (ONE_STEP.replace("recipe: one", "? [a]\n: b\nrecipe: one"), 1, "a key must be plain text"),
]


@pytest.mark.parametrize(("text", "line", "said"), BROKEN)
def test_a_mistake_is_named_with_its_line(text, line, said):
    error = error_of(text)
    assert (error.file, error.line) == ("file.yaml", line)
    assert str(error).startswith(f"file.yaml:{line}: " if line else "file.yaml: ")
    assert said in str(error)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("{max: 0}", "no text is that short"),
        ("{max: 10, min: 20}", "nothing is at least 20 and at most 10"),
        ("{type: list, each_max: 3, each_min: 4}", "nothing is at least 4 and at most 3"),
        ("{type: list, min_items: 4, max_items: 3}", "nothing is at least 4 and at most 3"),
        ("{type: list, items: 0}", "seen 0, expected at least 1"),
        ("{type: list, items: 3, max_items: 5}", "exact number"),
        ("{type: list, max: 5}", "each_max limits the length of one item"),
        ("{type: text, items: 5}", "'items' does not belong to the type text"),
        ("{type: choice, choices: []}", "expected at least 1"),
        ("{type: choice}", "needs `choices`"),
        ("{type: choice, choices: [a, a]}", "listed twice: a"),
        ("{type: number, min: 2, max: 1}", "nothing is at least 2 and at most 1"),
        ("{type: boolean, max: 1}", "does not belong to the type boolean"),
        ("{type: texts}", "did you mean text"),
        ("{unit: bytes}", "expected one of characters, utf8_bytes, half_width"),
    ],
)
def test_an_output_that_no_model_could_satisfy_is_an_error(spec, said):
    error = error_of(with_output(spec))
    assert error.line == 8
    assert said in str(error)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{when: name, text: x}", "one of add, replace, drop; seen: none"),
        ("{when: name, add: input, drop: input, text: x}", "seen: add, drop"),
        ("{when: name, add: input}", "add needs a text"),
        ("{when: name, drop: input, text: x}", "drop takes no text"),
        ("{when: name, add: inputs, text: x}", "did you mean input"),
        ("{when: nmae, drop: input}", "did you mean: name"),
        ("{when: name = 1, drop: input}", "write == to compare"),
    ],
)
def test_a_rule_does_one_thing(rule, said):
    error = error_of(ONE_STEP.replace("      output:", f"      rules:\n        - {rule}\n      output:"))
    assert error.line == 8
    assert said in str(error)


def test_an_example_shows_every_required_slot_and_no_other():
    example = ONE_STEP.replace("      output:", "      examples: [{input: x, output: {OUT}}]\n      output:")
    assert "does not show 'title'" in str(error_of(example.replace("OUT", "")))
    assert "unknown slot 'titel'" in str(error_of(example.replace("OUT", "titel: x")))


# ---- hostile files ------------------------------------------------------------------------------------------------


def test_a_yaml_bomb_is_refused():
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    error = error_of(bomb)
    assert (error.line, "aliases (*a)" in str(error)) == (2, True)


def test_a_file_that_is_too_large_is_refused_at_once():
    assert "larger than 512 KiB" in str(error_of("#" * 600_000))


def test_deep_nesting_is_an_error_and_no_crash():
    assert "too deeply nested" in str(error_of("[" * 5000))
    assert "too deeply nested" in str(error_of("steps: " + "{a: " * 5000))


@given(st.text(max_size=200))
def test_whatever_a_file_holds_is_a_recipe_or_an_error_of_ours(text):
    with suppress(GoodsmithError):
        parse_recipe(text)


@given(st.integers(0, len(RECIPE) - 1), st.sampled_from([*"{}[]:,'\"-|>&*!%#\t\n 0é中"]))
def test_a_recipe_with_one_sign_changed_is_a_recipe_or_an_error_of_ours(at, sign):
    with suppress(RecipeError):
        parse_recipe(RECIPE[:at] + sign + RECIPE[at + 1 :])


# ---- files --------------------------------------------------------------------------------------------------------


def test_every_shipped_recipe_parses():
    assert {"listing", "title", "selling-points", "description", "faq", "translate", "alt-text", "video-script"} <= set(
        shipped_recipes()
    )
    for name in shipped_recipes():
        assert load_recipe(name).name == name


def test_a_recipe_is_loaded_by_its_path(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("\ufeff" + ONE_STEP, encoding="utf-8")
    assert load_recipe(file).path == str(file)
    assert load_recipe(file).version == parse_recipe(ONE_STEP).version


def test_an_unknown_recipe_is_told_the_near_names():
    with pytest.raises(UnknownName, match="did you mean: listing"):
        load_recipe("lisitng")


def test_a_missing_file_is_told_what_lies_there(tmp_path):
    (tmp_path / "mine.yaml").write_text(ONE_STEP)
    with pytest.raises(RecipeError, match=r"no such file; recipes there: mine\.yaml"):
        load_recipe(tmp_path / "main.yaml")


def test_a_file_in_another_encoding_is_named_with_its_line(tmp_path):
    file = tmp_path / "gbk.yaml"
    file.write_bytes("recipe: x\nabout: 中文\n".encode("gb18030"))
    with pytest.raises(RecipeError, match="not UTF-8") as caught:
        load_recipe(file)
    assert caught.value.line == 2


def test_a_folder_is_no_recipe(tmp_path):
    folder = tmp_path / "x.yaml"
    folder.mkdir()
    with pytest.raises(RecipeError, match="cannot be read"):
        load_recipe(folder)


# ---- the schema ---------------------------------------------------------------------------------------------------


def test_the_schema_file_is_what_the_function_says():
    file = resources.files("goodsmith") / "recipes" / "recipe.schema.json"
    assert json.loads(file.read_text(encoding="utf-8")) == recipe_schema()


def test_every_key_is_described():
    def walk(schema, place):
        for name, inner in schema.get("properties", {}).items():
            assert inner.get("description") or "$ref" in inner, f"{place} {name} has no description"
            walk(inner, f"{place} {name}")

    walk(recipe_schema(), "recipe")
    for name, definition in recipe_schema()["$defs"].items():
        assert definition["description"], name
        for branch in [definition, *definition.get("anyOf", [])]:
            walk(branch, name)


def loaded(text: str):
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).load(text)


def validator():
    import jsonschema

    jsonschema.Draft202012Validator.check_schema(recipe_schema())
    return jsonschema.Draft202012Validator(recipe_schema())


@pytest.mark.parametrize("name", shipped_recipes())
def test_the_schema_accepts_the_shipped_recipes(name):
    assert list(validator().iter_errors(loaded(load_recipe(name).text))) == []


WRONG = [
    ONE_STEP.replace("recipe: one\n", ""),
    ONE_STEP.replace("recipe: one", "recipe: a b"),
    ONE_STEP + "chekcs: []\n",
    with_output("{maxx: 60}"),
    with_output("{max: sixty}"),
    with_output("{type: list, max: 5}"),
    with_output("{type: choice}"),
    with_output("{type: list, items: 0}"),
    with_output("{max: 0}"),
    ONE_STEP.replace("title:", "1st:"),
    ONE_STEP.replace("      output:", "      rules: [{when: name, text: x}]\n      output:"),
    ONE_STEP.replace("      output:", "      rules: [{when: name, drop: input, text: x}]\n      output:"),
    ONE_STEP.replace("      output:", "      requirements: [{say: x}]\n      output:"),
    ONE_STEP.replace("      instruction: Write.\n", ""),
    ONE_STEP.replace("        title: {max: 60}", "        {}"),
    ONE_STEP + "    stencil: {title: 5}\n",
    "recipe: x\nsteps: []\n",
]


@pytest.mark.parametrize("text", WRONG)
def test_the_schema_and_the_parser_reject_the_same_mistakes(text):
    if "title: 5" not in text:  # to the parser, 5 is a text as it stands
        error_of(text)
    assert list(validator().iter_errors(loaded(text)))
