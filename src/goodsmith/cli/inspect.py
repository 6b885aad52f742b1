"""`goodsmith inspect`: what is in a source, and how its columns map to a recipe."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated

import typer

from goodsmith.cli import options
from goodsmith.cli.voice import Voice, settings, speak_with


def command(
    source: Annotated[str, typer.Argument(help="xlsx, csv, tsv, jsonl or parquet file, or a database URL.")],
    recipe: options.Recipe = "listing",
    sheet: options.Sheet = None,
    header: options.Header = None,
    encoding: options.Encoding = None,
    separator: options.Separator = None,
    table: options.Table = None,
    key: options.Key = None,
    mapping: options.Map = None,
    as_json: options.Json = False,
) -> None:
    """Show what is in a source: products, duplicates, fill rates, and which column is which recipe field."""
    from goodsmith.runner import Request, inspect  # noqa: PLC0415

    voice = speak_with()
    seen = inspect(
        Request(
            source=source,
            recipe=recipe,
            sheet=sheet,
            header=header,
            encoding=encoding,
            separator=separator,
            table=table,
            key=key,
            mapping=options.pairs(mapping, option="--map"),
        ),
        settings=settings(),
        home=settings().home,
    )
    if as_json:
        print(json.dumps(dataclasses.asdict(seen), ensure_ascii=False, indent=2, default=str))
        return
    _print(voice, seen)


def _print(voice: Voice, seen: object) -> None:
    raise NotImplementedError
