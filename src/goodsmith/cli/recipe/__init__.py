"""`goodsmith recipe`: recipes, from looking at them to trying them on a catalog."""

from __future__ import annotations

import typer

from goodsmith.cli.recipe import diff, lint, new, showing, test
from goodsmith.cli.voice import both

app = typer.Typer(
    help=both("Find, write, check, test and compare recipes.", "查找、编写、检查、测试与比较配方。"),
    no_args_is_help=True,
)

app.command("list", help=showing.LIST)(showing.list_)
app.command("show", help=showing.SHOW)(showing.show)
app.command("new", help=new.HELP)(new.command)
app.command("check", help=showing.CHECK)(showing.check)
app.command("lint", help=lint.HELP)(lint.command)
app.command("test", help=test.HELP)(test.command)
app.command("diff", help=diff.HELP)(diff.command)
app.command("schema", help=showing.SCHEMA)(showing.schema)
