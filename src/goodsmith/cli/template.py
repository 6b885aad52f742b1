"""`goodsmith template`: platforms' template workbooks, read and filled."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from goodsmith.cli import filling, options
from goodsmith.cli.voice import Voice, both, settings, speak

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
VALUES_SHOWN = 4
UNKNOWN_SHOWN = 10
ABOUT_COLUMNS = 40


@app.command(help=both("Show what a template asks for, column by column.", "逐列查看模板要求填写的内容。"))
def inspect(
    template: Template,
    sheet: filling.TemplateSheet = None,
    label_row: filling.LabelRow = None,
    first_row: filling.FirstRow = None,
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


@app.command(
    help=both(
        "Fill a template from any table, such as a completed sheet; `export --template` does it from a run.",
        "用任意表格(例如补全后的表)填写模板;由运行结果填写请用 export --template。",
    )
)
def fill(
    template: Template,
    source: options.Source,
    output: options.Output = None,
    columns: filling.Columns = None,
    constants: filling.Constants = None,
    accepted: filling.Accepted = None,
    only: filling.Only = None,
    since: filling.Since = None,
    split_by: filling.SplitBy = None,
    max_rows: filling.MaxRows = None,
    complete_only: filling.CompleteOnly = False,
    check: filling.Check = False,
    template_sheet: filling.TemplateSheet = None,
    label_row: filling.LabelRow = None,
    first_row: filling.FirstRow = None,
    sheet: options.Sheet = None,
    header: options.Header = None,
    key: options.Key = None,
    as_json: options.Json = False,
) -> None:
    from goodsmith.runner import FillRequest, offer_of_table  # noqa: PLC0415
    from goodsmith.runner import fill as fill_templates  # noqa: PLC0415

    voice = speak()
    request = FillRequest(
        templates=(template,),
        output=output,
        columns=options.pairs(columns, option="--map"),
        constants=options.pairs(constants, option="--set"),
        accepted=tuple(accepted or ()),
        only=tuple(only or ()),
        since=since,
        split_by=split_by,
        max_rows=max_rows,
        complete_only=complete_only,
        write=not check,
        sheet=template_sheet,
        label_row=label_row,
        first_row=first_row,
    )
    offer = offer_of_table(source, settings=settings(), home=settings().home, sheet=sheet, header=header, key=key)
    made = fill_templates(offer, request, settings=settings(), home=settings().home)
    raise typer.Exit(filling.show(voice, made, as_json=as_json, check=check))


@app.command(
    help=both(
        "Take a platform's error report: what it refused waits for a person again, with what it said.",
        "导入平台的错误报告:被拒的商品重新进入审核,并附上平台给出的原因。",
    )
)
def errors(
    report: Annotated[
        Path,
        typer.Argument(
            metavar="REPORT", help=both("The report (xlsx, csv, tsv, txt).", "错误报告(xlsx、csv、tsv、txt)。")
        ),
    ],
    run: options.RunId = None,
    template: Annotated[
        str | None,
        typer.Option(
            "--template",
            metavar="FILE",
            help=both("What was uploaded, so that its headings are known.", "上传的模板,用于识别其列名。"),
        ),
    ] = None,
    locale: filling.Locale = None,
    sheet: options.Sheet = None,
    key: options.Key = None,
    warnings_too: Annotated[
        bool, typer.Option("--warnings", help=both("Also lines that are only warnings.", "也导入仅为警告的行。"))
    ] = False,
    by: Annotated[
        str | None,
        typer.Option(
            "--by", metavar="NAME", help=both("Who says it; none: the file's name.", "来源名称;不填则为文件名。")
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    from goodsmith.runner import open_run, take_platform_report  # noqa: PLC0415

    voice = speak()
    found = open_run(run, settings=settings(), home=settings().home)
    taken = take_platform_report(
        found, report, template=template, locale=locale, sheet=sheet, key=key, by=by or "", warnings_too=warnings_too
    )
    if as_json:
        print(json.dumps({"ok": True, **dataclasses.asdict(taken)}, ensure_ascii=False, indent=2))
        return
    voice.say(
        f"run {taken.run}: {taken.lines:,} lines; {taken.products:,} products wait for a person; see "
        "goodsmith review export",
        f"运行 {taken.run}:共 {taken.lines:,} 行;{taken.products:,} 个商品进入审核:goodsmith review export",
    )
    for field, count in taken.by_field.items():
        print(f"  {field or voice.pick('(no field)', '(未注明字段)')}: {count:,}")
    if taken.warnings and not warnings_too:
        voice.say(
            f"  {taken.warnings:,} warnings left out (--warnings takes them)",
            f"  略去 {taken.warnings:,} 条警告(可用 --warnings 导入)",
        )
    for line in taken.unknown[:UNKNOWN_SHOWN]:
        voice.say(
            f"Row {line.row}: the run has no product {line.key!r}", f"第 {line.row} 行:本次运行中没有商品 {line.key!r}"
        )
    if len(taken.unknown) > UNKNOWN_SHOWN:
        voice.say(
            f"… and {len(taken.unknown) - UNKNOWN_SHOWN:,} more", f"…… 另有 {len(taken.unknown) - UNKNOWN_SHOWN:,} 行"
        )


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
        (sum(_need(column) == need for column in found.columns), voice.pick(*filling.NEEDS[need]))
        for need in ("required", "conditional", "recommended")
    ]
    if found.filled:
        voice.say(
            f"Filled    {len(found.filled):,} rows already; products go below them",
            f"已填写    {len(found.filled):,} 行;新商品写在其后",
        )
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
                voice.pick(*filling.NEEDS[_need(column)]),
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
    return {
        **facts,
        "columns": columns,
        "filled": len(found.filled),
        "notices": [dataclasses.asdict(notice) for notice in found.notices],
    }
