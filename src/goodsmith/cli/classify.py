"""`goodsmith classify`: which category each product belongs to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from goodsmith.cli import options
from goodsmith.cli.complete import Column, Supplier
from goodsmith.cli.mapping import Schema
from goodsmith.cli.voice import both, settings, speak

HELP = both(
    "Put products into a schema's categories; groups that are not sure become questions, one for all alike products.",
    "把商品归入模板的类目;拿不准的按相似商品分组,每组只需决定一次。",
)


def command(
    source: options.Source,
    schema: Schema,
    output: options.Output = None,
    questions: Annotated[
        Path | None,
        typer.Option("--questions", metavar="FILE", help=both("Write the open groups.", "导出待决定的分组。")),
    ] = None,
    decided: Annotated[
        Path | None,
        typer.Option("--decided", metavar="FILE", help=both("The answered questions.", "填写好的分组表。")),
    ] = None,
    supplier: Supplier = "",
    column: Column = None,
    as_json: options.Json = False,
) -> None:
    from goodsmith.runner import AttributeRequest, classify_table  # noqa: PLC0415
    from goodsmith.runner.attributes.classifying import plain  # noqa: PLC0415

    voice = speak()
    request = AttributeRequest(
        source=source, schema=schema, supplier=supplier, columns=options.pairs(column, option="--column")
    )
    done = classify_table(
        request, Path(output) if output else None, language=voice.language, questions=questions, decided=decided,
        settings=settings(), home=settings().home,
    )  # fmt: skip
    if as_json:
        print(plain(done))
        return
    placed = done.products - done.how["unsure"]
    voice.say(
        f"{placed:,} of {done.products:,} products placed; {done.how['unsure']:,} not sure, in {done.groups:,} groups",
        f"共 {done.products:,} 个商品,已归类 {placed:,} 个;不确定 {done.how['unsure']:,} 个,分为 {done.groups:,} 组",
    )
    for file in done.files:
        voice.say(f"Wrote {file}", f"已写入 {file}")
