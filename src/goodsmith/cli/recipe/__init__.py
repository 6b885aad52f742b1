"""`goodsmith recipe`: recipes, from looking at them to trying them on a catalog."""

from __future__ import annotations

import typer

from goodsmith.cli.recipe import lint, showing, test
from goodsmith.cli.voice import both

app = typer.Typer(help=both("List, show and check recipes.", "查看与检查配方。"), no_args_is_help=True)

app.command("list", help=showing.LIST)(showing.list_)
app.command("show", help=showing.SHOW)(showing.show)
app.command("check", help=showing.CHECK)(showing.check)
app.command("lint", help=lint.HELP)(lint.command)
app.command("test", help=test.HELP)(test.command)
app.command("schema", help=showing.SCHEMA)(showing.schema)
