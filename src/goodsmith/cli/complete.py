"""`goodsmith complete`: fill empty attributes from what the catalog itself says."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from goodsmith.cli import options
from goodsmith.cli.voice import both, settings, speak, whisper, width_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from goodsmith.runner import Completion, Fill

HELP = both(
    "Fill the attributes that a category asks for, each value with its evidence; what no source says stays unknown.",
    "补全类目要求的属性,每个值都附依据;没有来源说明的保持未知。",
)
SCHEMA = both("What is asked", "补全哪些属性")

Files = Annotated[
    list[str],
    typer.Argument(metavar="SOURCE…", help=both("One or more tables.", "一个或多个表格。")),
]
Schema = Annotated[
    str | None,
    typer.Option(
        "--schema",
        "-S",
        metavar="NAME|FILE",
        rich_help_panel=SCHEMA,
        help=both(
            "A category schema; none: drafted from what the table fills itself.",
            "类目属性模板;不填则按表中已填内容自动拟定。",
        ),
    ),
]
Supplier = Annotated[
    str,
    typer.Option(
        "--supplier",
        metavar="NAME",
        rich_help_panel=SCHEMA,
        help=both(
            "Whose names and values these are; decisions are remembered for it.", "供应商名称;据此记住对应关系。"
        ),
    ),
]
Category = Annotated[
    str,
    typer.Option(
        "--category",
        metavar="NAME",
        rich_help_panel=SCHEMA,
        help=both("The category of all products.", "所有商品的类目。"),
    ),
]
Column = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="ROLE=COLUMN",
        rich_help_panel=options.READING,
        help=both(
            "Which column is key, title, category or family; can be repeated.",
            "指定 key(主键)、title(名称)、category(类目)、family(款)对应的列,可重复。",
        ),
    ),
]


def command(
    source: Files,
    schema: Schema = None,
    output: options.Output = None,
    supplier: Supplier = "",
    category: Category = "",
    evidence: Annotated[
        Path | None,
        typer.Option(
            "--evidence",
            metavar="PAGE.html",
            help=both(
                "Also write a page with the words that values rest on, in colour.", "另写一个网页,用颜色标出依据文字。"
            ),
        ),
    ] = None,
    threshold: Annotated[
        float,
        typer.Option(
            "--threshold",
            min=0.5,
            max=0.999,
            metavar="SHARE",
            help=both("How sure a value from a text must be.", "取自文本的值至少要多可靠。"),
        ),
    ] = 0.95,
    sources: Annotated[
        str,
        typer.Option(
            "--sources",
            metavar="LIST",
            help=both(
                "Where values may come from, most trusted first, of pair,table,lookup,label,title,text,family.",
                "取值来源及信任顺序,可选 pair,table,lookup,label,title,text,family。",
            ),
        ),
    ] = "",
    look_up: Annotated[
        Path | None,
        typer.Option(
            "--look-up",
            metavar="FILE",
            help=both(
                "A second table that says more about the same products, by key.", "第二张表,按主键补充同一商品的信息。"
            ),
        ),
    ] = None,
    look_up_key: Annotated[
        str,
        typer.Option("--look-up-key", metavar="COLUMN", help=both("The second table's key.", "第二张表的主键列。")),
    ] = "",
    language: Annotated[
        str,
        typer.Option(
            "--values-in", metavar="LANGUAGE", help=both("Write allowed values in zh or en.", "可选值写成 zh 或 en。")
        ),
    ] = "",
    column: Column = None,
    sheet: options.Sheet = None,
    header: options.Header = None,
    encoding: options.Encoding = None,
    separator: options.Separator = None,
    table: options.Table = None,
    as_json: options.Json = False,
) -> None:
    from goodsmith.errors import UsageError  # noqa: PLC0415
    from goodsmith.runner import AttributeRequest, Completion  # noqa: PLC0415

    voice = speak()
    if len(source) > 1 and (output or evidence) and not (output and Path(output).is_dir() and evidence is None):
        raise UsageError(
            "several tables are written into a folder: -o must name one that exists, without --evidence",
            zh="多个表格须写入同一文件夹:请用 -o 指定已存在的文件夹,且不带 --evidence",
        )
    facts = []
    for one in source:
        request = AttributeRequest(
            source=one, schema=schema, supplier=supplier, category=category, language=language, threshold=threshold,
            columns=options.pairs(column, option="--column"), look_up=look_up, look_up_key=look_up_key,
            sources=tuple(part.strip() for part in sources.replace("，", ",").split(",") if part.strip()),
            sheet=sheet, header=header, encoding=encoding, separator=separator, table=table,
        )  # fmt: skip
        target = _target(one, output, several=len(source) > 1)
        completion = Completion(request, settings=settings(), home=settings().home)
        fill = completion.write(target, language=voice.language, page=evidence, progress=_counter())
        if as_json:
            facts.append({"source": one, **fill.plain(), "line": fill.line(voice.language)})
        else:
            _say(one if len(source) > 1 else "", completion, fill)
    if as_json:
        print(json.dumps(facts if len(facts) > 1 else facts[0], ensure_ascii=False, indent=2))


def _target(source: str, output: str | None, *, several: bool) -> Path | None:
    if output is None:
        return None
    if several:
        return Path(output) / f"{Path(source).stem}.xlsx"
    return Path(output)


def _counter() -> Callable[[int], None] | None:
    if width_of(sys.stderr) is None:
        return None
    return lambda rows: whisper(f"\r{rows:,}")


def _say(source: str, completion: Completion, fill: Fill) -> None:
    from goodsmith.cli.tables import print_table  # noqa: PLC0415

    voice = speak()
    pick = voice.pick
    if source:
        print(f"\n{source}")
    drafted = completion.table.drafted
    voice.say(
        f"{fill.products:,} products, schema {fill.schema}{' (from the filled cells)' if drafted else ''}"
        + (f", {fill.unplaced:,} without a sure category" if fill.unplaced else ""),
        f"共 {fill.products:,} 个商品,模板 {'按已填内容拟定' if drafted else fill.schema}"
        + (f",{fill.unplaced:,} 个类目不确定" if fill.unplaced else ""),
    )
    heads = (("attribute", "属性"), ("given", "原有"), ("filled", "补全"), ("unknown", "未知"), ("conflict", "冲突"))
    rows = []
    for name, counts in fill.by_attribute.items():
        numbers = (counts["given"], counts["filled"], counts["unknown"], counts["conflict"])
        rows.append([completion.headings[name], *(f"{number:,}" for number in numbers)])
    print_table([pick(*head) for head in heads], rows, flexible=(0,))
    if fill.contradicted:
        voice.say(
            f"{fill.contradicted:,} given values are denied by another source; see their evidence",
            f"{fill.contradicted:,} 个原有值与其他来源不一致,见依据列",
        )
    line = fill.line(voice.language)
    print(line[0].upper() + line[1:])
    for notice in fill.notices:
        voice.say(f"Note: {notice.en}", f"提示:{notice.say('zh')}")
    for file in fill.files:
        voice.say(f"Wrote {file}", f"已写入 {file}")
