"""Options that several commands share, and how they become a request."""

from __future__ import annotations

from typing import Annotated

import typer

from goodsmith.errors import UsageError

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
RunId = Annotated[str | None, typer.Argument(metavar="RUN", help="The run, or how its id begins; none: the latest.")]
Recipe = Annotated[str, typer.Option("--recipe", "-r", help="A shipped recipe's name or a YAML file.")]
Sheet = Annotated[str | None, typer.Option("--sheet", help="The sheet to read; none: the first visible one.")]
Header = Annotated[int | None, typer.Option("--header", help="The row with the column names, as Excel counts.")]
Encoding = Annotated[str | None, typer.Option("--encoding", help="Such as utf-8, gb18030; none: recognised.")]
Separator = Annotated[str | None, typer.Option("--separator", help="Of a text file; none: recognised.")]
Table = Annotated[str | None, typer.Option("--table", help="A database's table, or a SELECT.")]
Key = Annotated[str | None, typer.Option("--key", help="The column that identifies a product.")]
Map = Annotated[list[str] | None, typer.Option("--map", help="field=column, such as name=商品名称; can be repeated.")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="Processes; none: as many as pay.")]
Concurrency = Annotated[int | None, typer.Option("--concurrency", min=1, help="Products in flight at once, in all.")]


def pairs(given: list[str] | None, *, option: str) -> dict[str, str]:
    """`["name=商品名称"]` -> `{"name": "商品名称"}`."""
    found: dict[str, str] = {}
    for text in given or ():
        name, sign, value = text.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise UsageError(
                f"{option} {text!r}: expected NAME=VALUE, such as {option} 'name=Product name'",
                zh=f"{option} {text!r}:应为 名称=值,例如 {option} 'name=商品名称'",
            )
        found[name.strip()] = value.strip()
    return found
