"""`goodsmith recipe list`, `show`, `check` and `schema`: the recipes at hand."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from goodsmith.cli import options
from goodsmith.cli.voice import both, speak

LIST = both("List the shipped recipes.", "列出自带的配方。")
SHOW = both("Print a recipe as it is written, to copy and change.", "原样输出配方,便于复制修改。")
CHECK = both("Read a recipe and say what is wrong with it, with the line.", "检查配方,指出错误所在的行。")
SCHEMA = both("Print the JSON Schema of recipe files, for editors.", "输出配方文件的 JSON Schema,供编辑器使用。")
Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME|FILE", help=both("A shipped recipe's name or a YAML file.", "自带配方的名称,或 YAML 文件。")
    ),
]


def list_(as_json: options.Json = False) -> None:
    from goodsmith.cli.tables import print_table  # noqa: PLC0415
    from goodsmith.recipe import load_recipe, shipped_recipes  # noqa: PLC0415

    recipes = [load_recipe(name) for name in shipped_recipes()]
    if as_json:
        facts = [
            {
                "name": recipe.name,
                "version": recipe.version,
                "about": recipe.about,
                "locales": list(recipe.locales),
                "fields": [field.name for field in recipe.fields],
                "outputs": [output.slot for output in recipe.outputs],
            }
            for recipe in recipes
        ]
        print(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    pick = speak().pick
    heads = (("recipe", "配方"), ("version", "版本"), ("locales", "语言"), ("makes", "产出"), ("about", "说明"))
    print_table(
        [pick(*head) for head in heads],
        [
            [
                recipe.name,
                recipe.version,
                ", ".join(recipe.locales),
                ", ".join(output.slot for output in recipe.outputs),
                recipe.about,
            ]
            for recipe in recipes
        ],
        flexible=(3, 4),
    )


def show(name: Name) -> None:
    from goodsmith.recipe import load_recipe  # noqa: PLC0415

    print(load_recipe(name).text, end="")


def check(file: Name, as_json: options.Json = False) -> None:
    from goodsmith.recipe import load_recipe  # noqa: PLC0415

    recipe = load_recipe(file)
    outputs = [output.slot for output in recipe.outputs]
    if as_json:
        facts = {"ok": True, "name": recipe.name, "version": recipe.version, "outputs": outputs}
        print(json.dumps(facts, ensure_ascii=False))
        return
    speak().say(
        f"{file}: good. {recipe.name}, version {recipe.version}; makes {', '.join(outputs)}",
        f"{file}:无误。{recipe.name},版本 {recipe.version};产出 {', '.join(outputs)}",
    )


def schema() -> None:
    from goodsmith.recipe import recipe_schema  # noqa: PLC0415

    print(json.dumps(recipe_schema(), ensure_ascii=False, indent=2))
