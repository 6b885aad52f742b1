"""The pages of the shipped recipes show what they make of the sample tables.

Everything on a page is made: fields, slots, the prompt of the first row, what the sentences say without a model.
`python tests/recipes/test_recipe_pages.py` writes them.
"""

import csv
from pathlib import Path

import openpyxl
import pytest

from goodsmith.base.locales import parse_locale
from goodsmith.catalog import guess_mapping
from goodsmith.pipeline import Pipeline
from goodsmith.prompts.asking import described
from goodsmith.recipe import load_recipe, shipped_recipes
from goodsmith.records import Product

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "reference" / "recipes"
ROWS_SHOWN = 3


def rows(tag):
    """The rows of the sample table of a language, as text."""
    if tag == "en-US":
        with (ROOT / "examples" / "products_en.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    sheet = openpyxl.load_workbook(ROOT / "examples" / "products_zh.xlsx")["商品"]
    head, *cells = ([str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True))
    return [dict(zip(head, row, strict=True)) for row in cells]


def products(recipe, tag):
    """The rows of the sample that say most, with their pipeline."""
    table = rows(tag)
    head = list(table[0])
    mapping = guess_mapping(head, recipe.fields)
    pipeline = Pipeline(recipe, locales=[parse_locale(tag)], columns=head, answerer=None)
    found = [
        Product(
            ordinal=number,
            key=row[mapping.key],
            fields=row | {field: row[column] for field, column in mapping.fields.items()},
        )
        for number, row in enumerate(table)
    ]
    found.sort(key=lambda product: sum(not product.fields.get(field) for field in mapping.fields))
    return pipeline, found[:ROWS_SHOWN]


def value_lines(value):
    if value is None:
        return ["*(empty)*"]
    if isinstance(value, tuple):
        return ["", *(f"  - {one}" for one in value)]
    return [str(value)]


def shown(recipe, tag):
    pipeline, found = products(recipe, tag)
    lines = []
    for product in found:
        result = pipeline.make_from_stencil(product)
        lines.append(f"**{product.fields.get('name')}** (`{product.key}`)")
        lines.append("")
        if result.error is not None:
            lines.append(f"- {result.error.message}")
        for draft in result.drafts:
            first, *rest = value_lines(draft.value)
            lines.append(f"- `{draft.slot}`: {first}".rstrip())
            lines += rest
        lines += [f"- Note: {finding.en}" for finding in result.findings]
        lines.append("")
    return lines


def page(name):
    recipe = load_recipe(name)
    tag = "zh-CN"
    pipeline, found = products(recipe, tag)
    turn, request = pipeline.requests(found[0])[0]
    size = len((request.system + request.user).encode())
    needed = ", ".join(f"`{spec.name}`" + (" (required)" if spec.required else "") for spec in recipe.fields)
    lines = [
        f"# {name}",
        "<!-- made by `python tests/recipes/test_recipe_pages.py`; a test compares it -->",
        recipe.about,
        "",
        "```console",
        f"$ goodsmith run products.xlsx -r {name} -o out.xlsx                # the recipe's own sentences",
        f"$ goodsmith run products.xlsx -r {name} -m openai/my-model --budget 5USD -o out.xlsx",
        f"$ goodsmith recipe show {name} > mine.yaml                         # to change it",
        "```",
        "",
        f"Reads {needed}. A field without a column, or empty in a row, leaves its words out.",
        "",
        "| slot | what it holds |",
        "| --- | --- |",
        *(f"| `{output.slot}` | {described(output, zh=False)} |" for output in recipe.outputs),
        "",
        f"Checks: {', '.join(f'`{check}`' for check in recipe.checks)}.",
        "",
        f"Of the prompt below, {turn.prepared.cacheable_bytes(turn.locale):,} of {size:,} bytes are in every prompt.",
        "",
        "## Without a model",
        "What the recipe's sentences say of the sample tables (`examples/`). It is a template and marked so.",
        "",
        *shown(recipe, "zh-CN"),
        *shown(recipe, "en-US"),
        "## What a model is asked",
        "For the first product above:",
        "",
        "```text",
        request.system,
        "",
        "────",
        request.user,
        "```",
    ]
    return "\n".join(lines).rstrip() + "\n"


@pytest.mark.parametrize("name", shipped_recipes())
def test_the_page_of_a_recipe_shows_what_it_makes(name):
    made = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    assert made == page(name), "run: python tests/recipes/test_recipe_pages.py"


def test_the_reference_lists_every_shipped_recipe():
    text = (ROOT / "docs" / "reference" / "recipe.md").read_text(encoding="utf-8")
    for name in shipped_recipes():
        assert f"[{name}](recipes/{name}.md)" in text


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in shipped_recipes():
        (FOLDER / f"{each}.md").write_text(page(each), encoding="utf-8")
