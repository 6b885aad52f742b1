"""`goodsmith template`: platforms' template workbooks, read and filled."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Annotated

import typer

from goodsmith.cli import options
from goodsmith.cli.voice import Voice, both, speak

if TYPE_CHECKING:
    from goodsmith.records import Attribute, TemplateColumn, TemplateWorkbook

app = typer.Typer(
    help=both("Read and fill platforms' template workbooks.", "读取并填写平台的商品模板。"), no_args_is_help=True
)
Template = Annotated[
    str,
    typer.Argument(
        metavar="TEMPLATE",
        help=both("The platform's own workbook (.xlsx, .xlsm).", "平台提供的模板工作簿(.xlsx、.xlsm)。"),
    ),
]
TemplateSheet = Annotated[
    str | None,
    typer.Option(
        "--template-sheet",
        metavar="NAME",
        help=both("The sheet to be filled; none: the one that looks so.", "要填写的工作表;不填则自动判断。"),
    ),
]
LabelRow = Annotated[
    int | None,
    typer.Option(
        "--label-row",
        metavar="ROW",
        min=1,
        help=both("The row of its headings; none: guessed.", "模板表头所在行;不填则自动判断。"),
    ),
]
FirstRow = Annotated[
    int | None,
    typer.Option(
        "--first-row",
        metavar="ROW",
        min=1,
        help=both("The first row for products; none: guessed.", "第一个商品所在行;不填则自动判断。"),
    ),
]
NEEDS = {
    "required": ("required", "必填"),
    "conditional": ("conditional", "条件必填"),
    "recommended": ("recommended", "推荐"),
    "optional": ("", ""),
}
VALUES_SHOWN = 4
ABOUT_COLUMNS = 40


@app.command(help=both("Show what a template asks for, column by column.", "逐列查看模板要求填写的内容。"))
def inspect(
    template: Template,
    sheet: TemplateSheet = None,
    label_row: LabelRow = None,
    first_row: FirstRow = None,
    as_json: options.Json = False,
) -> None:
    from goodsmith.runner import read_template  # noqa: PLC0415

    voice = speak()
    found = read_template(template, sheet=sheet, label_row=label_row, first_row=first_row)
    if as_json:
        print(json.dumps({"ok": True, **_facts(found)}, ensure_ascii=False, indent=2))
        return
    _print_head(voice, found)
    _print_columns(voice, found)
    for notice in found.notices:
        voice.say(f"Note: {notice.en}", f"提示:{notice.say('zh')}")


def _print_head(voice: Voice, found: TemplateWorkbook) -> None:
    said = [found.platform, found.version, found.language, voice.pick("with macros", "含宏") if found.macros else ""]
    print(f"{found.source} ({', '.join(part for part in said if part)})" if any(said) else found.source)
    voice.say(
        f"Sheet     {found.sheet}; headings in row {found.label_row}, products from row {found.first_row}"
        + (f" to {found.last_row}" if found.last_row else ""),
        f"工作表    {found.sheet};表头在第 {found.label_row} 行,商品从第 {found.first_row} 行开始"
        + (f",至第 {found.last_row} 行" if found.last_row else ""),
    )
    counts = [
        (sum(_need(column) == need for column in found.columns), voice.pick(*NEEDS[need]))
        for need in ("required", "conditional", "recommended")
    ]
    listed = voice.pick(", ", "、").join(f"{count} {word}" for count, word in counts if count)
    voice.say(f"Columns   {len(found.columns)}; {listed}", f"列        {len(found.columns)};{listed}")
    print()


def _print_columns(voice: Voice, found: TemplateWorkbook) -> None:
    from goodsmith.cli.tables import fit, print_table  # noqa: PLC0415

    heads = (("column", "列"), ("name", "字段名"), ("needed", "要求"), ("takes", "可填内容"), ("about", "说明"))
    print_table(
        [voice.pick(*head) for head in heads],
        [
            [
                column.heading,
                column.name,
                voice.pick(*NEEDS[_need(column)]),
                _takes(voice, column, found),
                fit(next(iter(column.attribute.about.values()), "").partition("\n")[0], ABOUT_COLUMNS),
            ]
            for column in found.columns
        ],
        flexible=(1, 3, 4),
    )


def _need(column: TemplateColumn) -> str:
    return "conditional" if column.conditional else column.attribute.need


def _takes(voice: Voice, column: TemplateColumn, found: TemplateWorkbook) -> str:
    attribute, pick = column.attribute, voice.pick
    if column.computed:
        return pick("calculated by the template", "由模板计算")
    if column.unread:
        return pick("a drop-down that is not understood", "无法识别的下拉列表")
    if attribute.values:
        shown = ", ".join(value.id for value in attribute.values[:VALUES_SHOWN])
        more = len(attribute.values) - VALUES_SHOWN
        shown += pick(f" and {more} more", f" 等 {len(attribute.values)} 项") if more > 0 else ""
        if column.depends_on:
            parents = ", ".join(other.heading for other in found.columns if other.index in column.depends_on)
            shown += pick(f" (depends on {parents})", f"(取决于 {parents})")
        return shown + (pick(" or other", " 或其他") if attribute.open else "")
    return ", ".join(part for part in (_kind(voice, column), _bounds(attribute), _length(voice, attribute)) if part)


def _kind(voice: Voice, column: TemplateColumn) -> str:
    if column.attribute.type == "date":
        return voice.pick("a date", "日期")
    if column.decimals == 0:
        return voice.pick("a whole number", "整数")
    if column.decimals is not None:
        return voice.pick(f"up to {column.decimals} decimals", f"最多 {column.decimals} 位小数")
    return voice.pick("a number", "数字") if column.attribute.type == "number" else ""


def _bounds(attribute: Attribute) -> str:
    low, high = attribute.min, attribute.max
    if low is not None and high is not None:
        return f"{low:g}-{high:g}"
    return f">= {low:g}" if low is not None else f"<= {high:g}" if high is not None else ""


def _length(voice: Voice, attribute: Attribute) -> str:
    units = {
        "characters": ("characters", "个字符"),
        "utf8_bytes": ("bytes", "字节"),
        "half_width": ("half-widths", "个半角字符"),
    }
    low, high = attribute.min_length, attribute.max_length
    if high is None and low is None:
        return ""
    counts = f"{low:,}-{high:,}" if low is not None and high is not None else f"{high or low:,}"
    en, zh = units[attribute.length_unit]
    if high is None:
        return voice.pick(f"at least {counts} {en}", f"不少于 {counts} {zh}")
    return voice.pick(f"{counts} {en}", f"{counts} {zh}" if low else f"不超过 {counts} {zh}")


def _facts(found: TemplateWorkbook) -> dict[str, object]:
    """As plain values; the lists that depend on other columns by the joined values of those."""
    columns = []
    for column in found.columns:
        facts = dataclasses.asdict(dataclasses.replace(column, choices_by={}))
        facts["attribute"]["values"] = [value.id for value in column.attribute.values]
        facts["choices_by"] = {" / ".join(values): choices for values, choices in column.choices_by.items()}
        columns.append(facts)
    facts = {field.name: getattr(found, field.name) for field in dataclasses.fields(found)}
    return {**facts, "columns": columns, "notices": [dataclasses.asdict(notice) for notice in found.notices]}
