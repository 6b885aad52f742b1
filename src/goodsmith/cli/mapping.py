"""`goodsmith mapping`: suppliers' names and values against a schema, decided in Excel, remembered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from goodsmith.cli import options
from goodsmith.cli.complete import Category, Supplier
from goodsmith.cli.voice import both, settings, speak

app = typer.Typer(
    help=both("Map suppliers' names and values once, in a workbook.", "在工作簿中一次性对应供应商的属性名和属性值。"),
    no_args_is_help=True,
)
Schema = Annotated[
    str,
    typer.Option("--schema", "-S", metavar="NAME|FILE", help=both("The category schema.", "类目属性模板。")),
]


@app.command(help=both("Write what maps how, and what needs a decision.", "导出当前对应关系和待决定项。"))
def export(
    source: options.Source,
    schema: Schema,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help=both("A workbook (xlsx).", "工作簿(xlsx)。"))
    ],
    supplier: Supplier = "",
    category: Category = "",
    as_json: options.Json = False,
) -> None:
    from goodsmith.runner import AttributeRequest, export_mapping  # noqa: PLC0415

    voice = speak()
    request = AttributeRequest(source=source, schema=schema, supplier=supplier, category=category)
    done = export_mapping(request, output, language=voice.language, settings=settings(), home=settings().home)
    if as_json:
        print(json.dumps({"ok": True, "file": str(output), **done}, ensure_ascii=False))
        return
    voice.say(
        f"Wrote {output}: {done['names']:,} names, {done['open_names']:,} of them open; {done['values']:,} values, "
        f"{done['open_values']:,} of them not allowed",
        f"已写入 {output}:属性名 {done['names']:,} 个,待定 {done['open_names']:,} 个;属性值 {done['values']:,} 个,"
        f"不在可选值内 {done['open_values']:,} 个",
    )


@app.command("import", help=both("Remember the decisions of a workbook.", "导入工作簿中的决定并记住。"))
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=both("The edited workbook.", "填写好的工作簿。"))],
    schema: Schema,
    supplier: Supplier = "",
    as_json: options.Json = False,
) -> None:
    from goodsmith.runner import import_mapping  # noqa: PLC0415

    done = import_mapping(file, schema=schema, supplier=supplier, settings=settings(), home=settings().home)
    if as_json:
        print(json.dumps({"ok": True, **done}, ensure_ascii=False))
        return
    speak().say(
        f"Remembered {done['names']:,} names and {done['values']:,} values",
        f"已记住 {done['names']:,} 个属性名、{done['values']:,} 个属性值",
    )
