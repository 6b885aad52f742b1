"""`goodsmith recipe lint`: a recipe over all rows of a source, without a model."""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import TYPE_CHECKING

import typer

from goodsmith.cli import options
from goodsmith.cli.voice import Voice, both, settings, speak, whisper

if TYPE_CHECKING:
    from collections.abc import Callable

    from goodsmith.pipeline.linting import LintReport
    from goodsmith.runner import Linted

HELP = both(
    "Try a recipe on every row without a model: empty slots, rules, unused fields, prompt lengths, cacheable share.",
    "不调用模型,用配方逐行试写:空字段、规则命中、未用字段、提示词长度、可缓存比例。",
)
WHEN_SHOWN = 60  # letters of a condition


def command(
    source: options.Source,
    recipe: options.Recipe = "listing",
    locale: options.Locales = None,
    where: options.Where = "",
    limit: options.Limit = None,
    sheet: options.Sheet = None,
    header: options.Header = None,
    encoding: options.Encoding = None,
    separator: options.Separator = None,
    transpose: options.Transpose = False,
    all_rows: options.AllRows = False,
    visible_only: options.VisibleOnly = False,
    table: options.Table = None,
    key: options.Key = None,
    mapping: options.Map = None,
    look_up: options.LookUp = None,
    as_json: options.Json = False,
) -> None:
    from goodsmith.runner import Request, lint  # noqa: PLC0415

    voice = speak()
    found = lint(
        Request(
            source=source,
            recipe=recipe,
            locales=options.tags(locale),
            where=where,
            limit=limit,
            sheet=sheet,
            header=header,
            encoding=encoding,
            separator=separator,
            transpose=transpose,
            all_rows=all_rows,
            visible_only=visible_only,
            table=table,
            key=key,
            mapping=options.pairs(mapping, option="--map"),
            look_ups=options.pairs(look_up, option="--look-up"),
        ),
        settings=settings(),
        home=settings().home,
        on_progress=_progress(voice, quiet=as_json),
    )
    report = found.report
    if as_json:
        facts = dataclasses.asdict(found) | {"notices": [notice.say(voice.language) for notice in found.notices]}
        print(json.dumps({"ok": not report.refused, **facts}, ensure_ascii=False, indent=2))
    else:
        _print(voice, found)
    if report.refused:
        raise typer.Exit(1)


def _print(voice: Voice, found: Linted) -> None:
    report = found.report
    locales = ", ".join(found.locales) or voice.pick("no locale", "不分语言")
    per_s = round(report.rows / found.seconds) if found.seconds else 0
    voice.say(
        f"{report.recipe} ({report.version}) on {found.source}: {report.rows:,} rows, {locales}; {per_s:,} rows/s",
        f"配方 {report.recipe}({report.version}),{found.source}:{report.rows:,} 行,{locales};每秒 {per_s:,} 行",
    )
    for notice in found.notices:
        voice.say(f"Note: {notice.en}", f"提示:{notice.say('zh')}")
    for part in (_refused, _prompts, _slots, _rules, _overlaps, _fields):
        part(voice, report)


def _refused(voice: Voice, report: LintReport) -> None:
    for one in report.refused:
        rows = ", ".join(one.examples)
        voice.say(
            f"\nCannot be written in {one.rows:,} rows ({rows}): {one.message}",
            f"\n有 {one.rows:,} 行无法写出({rows}):{one.message_zh}",
        )


def _prompts(voice: Voice, report: LintReport) -> None:
    for one in report.prompts:
        name = one.step + (f" ({one.locale})" if one.locale else "")
        again = one.prompts - one.distinct
        voice.say(
            f"\nPrompts of {name}: half are below {one.median_bytes:,} bytes, the longest has {one.longest_bytes:,}; "
            f"{one.cacheable_share:.0%} is the same for all rows and can be cached by the vendor"
            + (f"; {again:,} are the same as another's and paid once" if again else ""),
            f"\n{name} 的提示词:半数不足 {one.median_bytes:,} 字节,最长 {one.longest_bytes:,} 字节;"
            f"{one.cacheable_share:.0%} 各行相同,可由提供方缓存"
            + (f";{again:,} 条与其他行相同,只付一次" if again else ""),
        )
        for long in one.longest:
            voice.say(
                f"  stands out: {long.key}, {long.bytes:,} bytes, of which {long.field} {long.field_bytes:,}",
                f"  过长:{long.key},{long.bytes:,} 字节,其中 {long.field} 占 {long.field_bytes:,}",
            )
        if one.outliers > len(one.longest):
            voice.say(f"  {one.outliers:,} stand out in all", f"  过长的共 {one.outliers:,} 条")


def _slots(voice: Voice, report: LintReport) -> None:
    empty = [slot for slot in report.slots if slot.empty_rows]
    if not empty:
        voice.say("\nWithout a model every slot is filled in every row", "\n不用模型时,每行的每个字段都有内容")
        return
    voice.say("\nEmpty without a model:", "\n不用模型时为空:")
    for slot in empty:
        name = slot.slot + (f" ({slot.locale})" if slot.locale else "")
        examples = ", ".join(slot.examples) + (", …" if slot.empty_rows > len(slot.examples) else "")
        optional_en, optional_zh = ("", "") if slot.required else (", optional", ",非必填")
        voice.say(
            f"  {name}: {_of(slot.empty_rows, report.rows)} rows{optional_en} ({examples})",
            f"  {name}:{_of(slot.empty_rows, report.rows)} 行{optional_zh}({examples})",
        )


def _rules(voice: Voice, report: LintReport) -> None:
    from goodsmith.cli.tables import fit, print_table  # noqa: PLC0415

    if not report.rules:
        return
    print()
    pick = voice.pick
    heads = (("line", "行"), ("does", "作用"), ("rows", "命中行数"), ("", ""), ("when", "条件"))
    print_table(
        [pick(*head) for head in heads],
        [
            [
                str(rule.line or ""),
                rule.does if rule.does == "say" else f"{rule.does} {rule.part}",
                f"{rule.rows:,}",
                pick("never", "从未") if not rule.rows else pick("always", "总是") if rule.rows == report.rows else "",
                fit(" ".join(rule.when.split()), WHEN_SHOWN),
            ]
            for rule in report.rules
        ],
        flexible=(4,),
    )


def _overlaps(voice: Voice, report: LintReport) -> None:
    for one in report.overlaps:
        first, second = (str(line or "?") for line in one.lines)
        voice.say(
            f"Lines {first} and {second} both change {one.part} in {one.rows:,} rows; there the later one decides",
            f"第 {first} 行与第 {second} 行在 {one.rows:,} 行商品中都会改动 {one.part};以后面一条为准",
        )


def _fields(voice: Voice, report: LintReport) -> None:
    unread = [field.name for field in report.fields if not field.read]
    unmapped = [field.name for field in report.fields if field.read and field.column is None]
    thin = [field for field in report.fields if field.read and field.column is not None and field.blank_rows]
    print()
    if unread:
        listed = ", ".join(unread)
        voice.say(
            f"Read by nothing: {listed}; remove them from `fields`", f"没有任何模板读取:{listed};可从 `fields` 中删除"
        )
    if unmapped:
        listed = ", ".join(unmapped)
        voice.say(f"No column for: {listed}", f"没有对应的列:{listed}")
    if thin:
        shown = ", ".join(f"{field.name} {_of(field.blank_rows, report.rows)}" for field in thin)
        voice.say(f"Blank rows: {shown}", f"空白行数:{shown}")


def _of(rows: int, total: int) -> str:
    share = rows / total if total else 0.0
    return f"{rows:,} ({share:.0%})" if share >= 0.005 else f"{rows:,}"


def _progress(voice: Voice, *, quiet: bool) -> Callable[[int], None]:
    def show(rows: int) -> None:
        if not quiet and sys.stderr.isatty():
            whisper(voice.pick(f"\r{rows:,} rows", f"\r{rows:,} 行"))

    return show
