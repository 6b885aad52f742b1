"""How a template is filled on the command line: the options that two commands share, and what they print."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goodsmith.cli.reports import HOW
from goodsmith.cli.voice import Voice, both

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodsmith.records import TemplateColumn
    from goodsmith.runner import Filled

TEMPLATE = both("Platform's template", "平台模板")
EXAMPLES_SHOWN = 3


def _option(*names: str, metavar: str | None = None, en: str, zh: str, **more: Any) -> Any:
    return typer.Option(*names, metavar=metavar, help=both(en, zh), rich_help_panel=TEMPLATE, **more)


Templates = Annotated[
    list[str] | None,
    _option(
        "--template",
        metavar="[CATEGORY=]FILE",
        en="Fill this workbook of the platform; can be repeated, each for a category.",
        zh="填写平台的此模板;可重复使用,每个类目一个模板。",
    ),
]
Columns = Annotated[
    list[str] | None,
    _option(
        "--map",
        metavar="HEADING=COLUMN",
        en="Which of our columns goes under a heading; remembered.",
        zh="模板列取自我们的哪一列;会被记住。",
    ),
]
Constants = Annotated[
    list[str] | None,
    _option(
        "--set",
        metavar="HEADING=TEXT",
        en="The same text in every row, such as 'Update Delete=Update'; remembered.",
        zh="每一行都填写的固定内容,如 'Update Delete=Update';会被记住。",
    ),
]
Accepted = Annotated[
    list[str] | None,
    _option(
        "--accept",
        metavar="HEADING",
        en="Also take values beside a drop-down that only proposes, or that is not understood; remembered.",
        zh="放行建议性或无法识别的下拉列表之外的值;会被记住。",
    ),
]
Only = Annotated[
    list[str] | None,
    _option(
        "--only",
        metavar="HEADING",
        en="A partial update: only this column and the key; can be repeated.",
        zh="部分更新:只填写此列与主键;可重复使用。",
    ),
]
MadeOnly = Annotated[
    bool,
    _option(
        "--made-only",
        en="A partial update: only the columns that the run made, and the key.",
        zh="部分更新:只填写本次运行生成的列与主键。",
    ),
]
Since = Annotated[
    str | None,
    _option(
        "--since",
        metavar="FILE",
        en="What was uploaded last; only new products and changed cells are written.",
        zh="上次上传的文件;只写入新商品与有变化的单元格。",
    ),
]
Category = Annotated[
    str | None,
    _option(
        "--category",
        metavar="COLUMN",
        en="Our column with the category, where each has a template of its own; none: guessed.",
        zh="按类目使用不同模板时,我们的类目所在列;不填则自动识别。",
    ),
]
SplitBy = Annotated[
    str | None,
    _option(
        "--split-by",
        metavar="COLUMN",
        en="One file for each value of our column.",
        zh="按此列的每个取值各生成一个文件。",
    ),
]
Locale = Annotated[
    str | None,
    _option(
        "--locale",
        metavar="TAG",
        en="Whose texts, where the run made several languages.",
        zh="运行包含多种语言时,写入哪一种。",
    ),
]
MaxRows = Annotated[
    int | None,
    _option(
        "--max-rows",
        metavar="N",
        min=1,
        en="Products in one file at most; none: as many as the template's drop-downs reach.",
        zh="单个文件最多的商品数;不填则按模板下拉列表覆盖的行数。",
    ),
]
CompleteOnly = Annotated[
    bool,
    _option(
        "--complete-only",
        en="List products without a required value, and write the others.",
        zh="缺少必填值的商品只列出、不写入。",
    ),
]
Check = Annotated[
    bool,
    _option("--check", en="Only list what is missing; fill nothing.", zh="只列出缺失内容,不填写。"),
]
TemplateSheet = Annotated[
    str | None,
    _option(
        "--template-sheet",
        metavar="NAME",
        en="The template's sheet to fill; none: the one that looks so.",
        zh="要填写的模板工作表;不填则自动判断。",
    ),
]
LabelRow = Annotated[
    int | None,
    _option(
        "--label-row",
        metavar="ROW",
        min=1,
        en="The row of its headings; none: guessed.",
        zh="模板表头所在行;不填则自动判断。",
    ),
]
FirstRow = Annotated[
    int | None,
    _option(
        "--first-row",
        metavar="ROW",
        min=1,
        en="The first row for products; none: guessed.",
        zh="第一个商品所在行;不填则自动判断。",
    ),
]


def show(voice: Voice, made: Sequence[Filled], *, as_json: bool, check: bool) -> int:
    """Print what went where, what is missing, and the files. The exit code: 1 if a check finds something."""
    code = 1 if check and any(one.report.missing or one.report.refused for one in made) else 0
    if as_json:
        print(json.dumps({"ok": True, "templates": [_facts(voice, one) for one in made]}, ensure_ascii=False, indent=2))
        return code
    for one in made:
        _print_assignment(voice, one)
        _print_missing(voice, one, check=check)
        for notice in one.notices:
            voice.note(f"Note: {notice.en}", f"提示:{notice.say('zh')}")
        for file in one.report.files:
            voice.note(
                f"Wrote {file.path} ({file.rows:,} rows)",
                f"已写入 {file.path}({file.rows:,} 行)",
            )
        if one.report.problems:
            voice.note(f"Wrote {one.report.problems}", f"已写入 {one.report.problems}")
    return code


def _print_assignment(voice: Voice, one: Filled) -> None:
    from goodsmith.cli.tables import print_table  # noqa: PLC0415

    heads = (("column of the template", "模板列"), ("needed", "要求"), ("filled with", "填写内容"), ("how", "依据"))
    rows = []
    for column in one.template.columns:
        source, how = _source(voice, one, column)
        if source or column.attribute.need != "optional":
            need = voice.pick(*NEEDS["conditional" if column.conditional else column.attribute.need])
            rows.append([column.heading, need, source, how])
    print_table([voice.pick(*head) for head in heads], rows, flexible=(0, 2))
    print()


def _source(voice: Voice, one: Filled, column: TemplateColumn) -> tuple[str, str]:
    if column.index in one.constants:
        return repr(one.constants[column.index]), voice.pick("set", "固定值")
    name = one.assignment.sources.get(column.index, "")
    measured = next((other for other in one.template.columns if other.unit_column == column.index), None)
    if not name and measured is not None and measured.index in one.assignment.sources:
        return voice.pick(f"the unit of {measured.heading}", f"{measured.heading} 的单位"), ""
    way = one.assignment.how.get(column.index, "")
    return name, voice.pick("the key", "主键") if way == "key" else voice.pick(*HOW.get(way, ("", "")))


def _print_missing(voice: Voice, one: Filled, *, check: bool) -> None:
    report = one.report
    would = voice.pick("would be written" if check else "written", "将写入" if check else "已写入")
    said = voice.pick(f"{report.rows:,} rows {would}", f"{would} {report.rows:,} 行")
    if report.unchanged:
        said += voice.pick(f", {report.unchanged:,} unchanged", f",{report.unchanged:,} 行无变化")
    print(f"{one.category}: {said}" if one.category else said)
    named = {column.heading: one.assignment.sources.get(column.index, "") for column in one.template.columns}
    for heading, rows in sorted(report.missing.items(), key=lambda pair: -pair[1]):
        cure = "" if named.get(heading) else voice.pick(
            f"; nothing goes there: --map '{heading}=COLUMN' or --set '{heading}=TEXT'",
            f";尚无数据来源:--map '{heading}=列名' 或 --set '{heading}=内容'",
        )  # fmt: skip
        voice.say(f"Missing   {heading}: {rows:,} rows{cure}", f"缺失    {heading}:{rows:,} 行{cure}")
    for heading, rows in sorted(report.refused.items(), key=lambda pair: -pair[1]):
        voice.say(f"Refused   {heading}: {rows:,} values", f"不可写  {heading}:{rows:,} 个值")
        for problem in [one for one in report.examples if one.heading == heading and one.code != "missing"][
            :EXAMPLES_SHOWN
        ]:
            near = voice.pick(f"; nearest: {problem.nearest}", f";最接近:{problem.nearest}") if problem.nearest else ""
            value = f"{problem.value[:40]!r}: " if problem.value else ""
            print(f"          {problem.key}  {value}{problem.zh if voice.language == 'zh' else problem.en}{near}")


def _facts(voice: Voice, one: Filled) -> dict[str, object]:
    report = one.report
    named = {column.index: column.heading for column in one.template.columns}
    return {
        "template": one.template.source,
        "category": one.category,
        "columns": {named[place]: name for place, name in one.assignment.sources.items()},
        "set": {named[place]: text for place, text in one.constants.items()},
        "rows": report.rows,
        "unchanged": report.unchanged,
        "files": [dataclasses.asdict(file) for file in report.files],
        "missing": dict(report.missing),
        "refused": dict(report.refused),
        "problems": report.problems,
        "examples": [dataclasses.asdict(problem) for problem in report.examples],
        "notices": [notice.say(voice.language) for notice in one.notices],
    }


NEEDS = {
    "required": ("required", "必填"),
    "conditional": ("conditional", "条件必填"),
    "recommended": ("recommended", "推荐"),
    "optional": ("", ""),
}
