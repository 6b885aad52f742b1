"""`goodsmith recipe`: the recipes at hand."""

from __future__ import annotations

from typing import Annotated

import typer

from goodsmith.cli.voice import speak_with

app = typer.Typer(help="List, show and check recipes.", no_args_is_help=True)


@app.command("list")
def list_() -> None:
    """List the shipped recipes."""
    from goodsmith.recipe import load_recipe, shipped_recipes  # noqa: PLC0415

    for name in shipped_recipes():
        recipe = load_recipe(name)
        print(f"{name}\t{recipe.version}\t{recipe.about}")


@app.command()
def show(name: Annotated[str, typer.Argument(help="A shipped recipe's name or a file.")]) -> None:
    """Print a recipe as it is written, to copy and change."""
    from goodsmith.recipe import load_recipe  # noqa: PLC0415

    print(load_recipe(name).text, end="")


@app.command()
def check(file: Annotated[str, typer.Argument(help="A recipe file.")]) -> None:
    """Read a recipe and say what is wrong with it, with the line."""
    from goodsmith.recipe import load_recipe  # noqa: PLC0415

    recipe = load_recipe(file)
    speak_with().note(
        f"{file}: good. {recipe.name}, version {recipe.version}, {len(recipe.outputs)} outputs",
        f"{file}:无误。{recipe.name},版本 {recipe.version},{len(recipe.outputs)} 个输出",
    )
