"""The pages about recipes say what the code does. `python tests/recipes/test_recipe_docs.py` writes their tables."""

import csv
import re
from pathlib import Path

import pytest

from goodsmith.base.liquid import FILTERS
from goodsmith.base.locales import parse_locale
from goodsmith.errors import RecipeError
from goodsmith.prompts import prepare
from goodsmith.recipe import parse_recipe, recipe_schema
from goodsmith.recipe.assertions import ASSERTIONS

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference" / "recipe.md"
HOW_TO = ROOT / "docs" / "how-to" / "write-a-recipe.md"
_KINDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true, false",
    "array": "list",
    "object": "keys",
}


def kind_of(schema):
    if "$ref" in schema:
        return kind_of(recipe_schema()["$defs"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return " or ".join(kind_of(branch) for branch in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return " or ".join(_KINDS[name] for name in types if name != "null")


def about(schema):
    found = schema.get("description") or recipe_schema()["$defs"][schema["$ref"].rpartition("/")[2]]["description"]
    default = schema.get("default")
    shown = {True: "true", False: "false"}.get(default, default) if isinstance(default, bool) else default
    return found + (f" Default: `{shown}`." if shown is not None else "")


def table(title, schema):
    required = schema.get("required", [])
    lines = [f"### {title}", "", schema["description"], "", "| key | value | what it is |", "| --- | --- | --- |"]
    for name, inner in schema["properties"].items():
        star = " (required)" if name in required else ""
        lines.append(f"| `{name}`{star} | {kind_of(inner)} | {about(inner)} |")
    return "\n".join(lines)


def keys():
    whole = recipe_schema()
    parts = whole["$defs"]
    pieces = [("The file", whole), ("A field", parts["field"]), ("A step", parts["step"]), ("`ask`", parts["ask"])]
    requirement = {**parts["requirement"]["anyOf"][1], "description": parts["requirement"]["description"]}
    pieces += [("A requirement", requirement), ("A rule", parts["rule"]), ("An output", parts["output"])]
    pieces += [("An example", parts["example"]), ("`look_up`", parts["look_up"])]
    said = parts["assertion"]["properties"]
    named = {**said, "type": {"type": "string", "description": said["type"]["description"] + " See Tests."}}
    pieces += [
        ("A model", parts["model"]),
        ("A test", parts["test"]),
        ("An assertion", {**parts["assertion"], "properties": named}),
    ]
    return "\n\n".join(table(*piece) for piece in pieces)


def assertions():
    lines = ["| type | value | what must hold |", "| --- | --- | --- |"]
    kinds = {"texts": "list", "optional_texts": "list or nothing", "range": "whole number or `{min: …, max: …}`"}
    for name, listed in ASSERTIONS.items():
        kind = kinds.get(listed.value, {"number": "whole number", "none": ""}.get(listed.value, listed.value))
        lines.append(f"| `{name}` | {kind} | {listed.about} |")
    return "\n".join(lines)


def filters():
    lines = ["| filter | arguments | gives |", "| --- | --- | --- |"]
    for name, listed in FILTERS.items():
        least, most = listed.arguments
        many = str(most) if least == most else f"{least}–{most}"
        said = listed.about.replace("|", r"\|")
        lines.append(f"| `{name}` | {many} | {said} |")
    return "\n".join(lines)


def page_with_tables(text):
    for name, made in (("keys", keys()), ("filters", filters()), ("assertions", assertions())):
        pattern = rf"(<!-- {name}: [^\n]*-->\n).*?(<!-- end of {name} -->)"
        text = re.sub(pattern, lambda found, made=made: f"{found[1]}{made}\n{found[2]}", text, flags=re.DOTALL)
    return text


def recipes_of(page):
    return re.findall(r"^```yaml\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def first_row(lang):
    if lang == "en":
        with (ROOT / "examples" / "products_en.csv").open(encoding="utf-8", newline="") as file:
            row = next(csv.DictReader(file))
        return {"name": row["product name"], "brand": row["brand"], "specs": row["specs"]}
    return {"name": "水洗棉四件套 原野格", "brand": "青禾埠", "specs": "面料:100%棉; 件数:4件"}


def test_the_tables_are_those_of_the_code():
    text = REFERENCE.read_text(encoding="utf-8")
    assert text == page_with_tables(text), "run: python tests/recipes/test_recipe_docs.py"


@pytest.mark.parametrize("page", [REFERENCE, HOW_TO], ids=["reference", "how-to"])
def test_every_recipe_in_the_pages_parses(page):
    recipes = recipes_of(page)
    assert len(recipes) > 1
    for text in recipes:
        recipe = parse_recipe(text)
        for step in recipe.steps:
            prepare(step, fields=recipe.fields, columns=[], earlier=[output.slot for output in recipe.outputs])


def test_the_how_to_shows_what_the_sentences_say():
    recipe = parse_recipe(next(text for text in recipes_of(HOW_TO) if "with_brand" in text))
    step = prepare(recipe.steps[0], fields=recipe.fields, columns=[], earlier=[])
    page = HOW_TO.read_text(encoding="utf-8")
    for lang, tag in (("en", "en-US"), ("zh", "zh-CN")):
        assert f"\n{step.stencil(first_row(lang), parse_locale(tag))['slogan']}\n" in page


def test_the_how_to_shows_the_error_that_is_raised():
    broken = recipes_of(HOW_TO)[0].replace("{{ name }}", "{{ nmae }}").replace("input: ", "input:\n        ")
    with pytest.raises(RecipeError) as caught:
        parse_recipe(broken, path="slogan.yaml")
    said = str(caught.value).splitlines()[0]
    assert re.sub(r":\d+: column \d+", "", said) in re.sub(r":\d+: column \d+", "", HOW_TO.read_text(encoding="utf-8"))


if __name__ == "__main__":
    REFERENCE.write_text(page_with_tables(REFERENCE.read_text(encoding="utf-8")), encoding="utf-8")
