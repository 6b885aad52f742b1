"""`goodsmith inspect`: what is in a source, and how its columns map to a recipe."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Annotated

import typer

from goodsmith.cli import options
from goodsmith.cli.reports import HOW
from goodsmith.cli.voice import Voice, both, settings, speak

if TYPE_CHECKING:
    from goodsmith.catalog import Profile
    from goodsmith.catalog.comparing import Comparison
    from goodsmith.catalog.families import FamilyReport
    from goodsmith.runner import Inspection

HELP = both(
    "Show what is in a source: products, key, duplicates, fill rates, and which column is which recipe field.",
    "查看来源内容:商品数、主键、重复项、填充率,以及每个配方字段对应哪一列。",
)
SAMPLE_COLUMNS = 40  # of an example value
VALUE_COLUMNS = 24  # of a changed value
LISTS_SHOWN = 5
EXACT_ROWS = 1_000  # distinct values of larger tables are an estimate


def command(
    source: options.Source,
    recipe: options.Recipe = "listing",
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
    family: options.Family = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="LAST",
            help=both(
                "The supplier's last sheet: show what is new, changed, absent or emptied since.",
                "供应商上一次的表:显示新增、变化、缺失与清空的内容。",
            ),
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    from goodsmith.runner import Request, compare, inspect  # noqa: PLC0415

    voice = speak()
    if against is not None:
        request = Request(
            source=source,
            recipe=recipe,
            sheet=sheet,
            header=header,
            encoding=encoding,
            separator=separator,
            transpose=transpose,
            all_rows=all_rows,
            visible_only=visible_only,
            table=table,
            key=key,
        )
        found = compare(request, against, settings=settings(), home=settings().home)
        if as_json:
            print(json.dumps({"ok": True, **dataclasses.asdict(found)}, ensure_ascii=False, indent=2))
            return
        _print_comparison(voice, found)
        return
    seen = inspect(
        Request(
            source=source,
            recipe=recipe,
            sheet=sheet,
            header=header,
            encoding=encoding,
            separator=separator,
            transpose=transpose,
            all_rows=all_rows,
            visible_only=visible_only,
            table=table,
            key=key,
            family=family,
            mapping=options.pairs(mapping, option="--map"),
        ),
        settings=settings(),
        home=settings().home,
    )
    if as_json:
        print(json.dumps({"ok": True, **dataclasses.asdict(seen)}, ensure_ascii=False, indent=2, default=str))
        return
    _print_head(voice, seen)
    _print_columns(voice, seen)
    _print_mapping(voice, seen)
    _print_families(voice, seen.families)
    _print_duplicates(voice, seen.profile)
    for notice in seen.notices:
        voice.say(f"Note: {notice.en}", f"提示:{notice.say('zh')}")


def _print_comparison(voice: Voice, found: Comparison) -> None:
    from goodsmith.cli.tables import fit, print_table  # noqa: PLC0415

    pick = voice.pick
    some, none = ", ".join(found.new_keys), ", ".join(found.absent_keys)
    voice.say(
        f"New        {found.new:,}" + (f": {some}" if some else ""),
        f"新增    {found.new:,}" + (f":{some}" if some else ""),
    )
    voice.say(f"Changed    {found.changed:,}", f"变化    {found.changed:,}")
    voice.say(f"Same       {found.same:,}", f"相同    {found.same:,}")
    voice.say(
        f"Emptied    {found.emptied:,} products only have cells that are empty now; that erases nothing by itself",
        f"清空    {found.emptied:,} 个商品仅有单元格变为空;这不代表要求删除内容",
    )
    voice.say(
        f"Absent     {found.absent:,}" + (f": {none}" if none else "") + "; an absent row is no deletion",
        f"缺失    {found.absent:,}" + (f":{none}" if none else "") + ";缺少的行不代表删除",
    )
    if found.twice:
        voice.say(
            f"Twice      {found.twice:,} keys stand more than once and are not compared",
            f"重复    {found.twice:,} 个主键出现多次,未作比较",
        )
    if found.added:
        voice.say(f"New columns: {', '.join(found.added)}", f"新增列:{'、'.join(found.added)}")
    if found.gone:
        voice.say(f"Columns that are gone: {', '.join(found.gone)}", f"消失的列:{'、'.join(found.gone)}")
    if not found.columns:
        return
    print()
    heads = (("column", "列"), ("changed", "变化"), ("filled", "补全"), ("emptied", "清空"), ("such as", "示例"))
    print_table(
        [pick(*head) for head in heads],
        [
            [
                one.column,
                f"{one.changed:,}",
                f"{one.filled:,}",
                f"{one.emptied:,}",
                "; ".join(
                    f"{cell.key}: {fit(cell.before, VALUE_COLUMNS)} → {fit(cell.now, VALUE_COLUMNS)}"
                    for cell in one.examples[:2]
                ),
            ]
            for one in found.columns
        ],
        flexible=(0, 4),
    )


def _print_head(voice: Voice, seen: Inspection) -> None:
    info, found, pick = seen.info, seen.profile, voice.pick
    where = [info.format]
    if info.sheet:
        where.append(pick(f"sheet {info.sheet}", f"工作表 {info.sheet}"))
    if info.header_row:
        where.append(pick(f"names in row {info.header_row}", f"列名在第 {info.header_row} 行"))
    where += [part for part in (info.encoding, info.separator and repr(info.separator)) if part]
    print(f"{info.source} ({', '.join(where)})")
    voice.say(f"Products    {found.rows:,}", f"商品    {found.rows:,}")
    key = found.key or pick(
        "none found, so the row number is it; choose one with --key", "未找到,按行号识别;可用 --key 指定"
    )
    voice.say(
        f"Key         {key}; {found.duplicate_keys:,} occur twice or more, {found.blank_keys:,} are empty"
        if found.key
        else f"Key         {key}",
        f"主键    {key};重复 {found.duplicate_keys:,} 个,为空 {found.blank_keys:,} 个"
        if found.key
        else f"主键    {key}",
    )
    if found.scripts:
        scripts = ", ".join(f"{script} {share:.0%}" for script, share in found.scripts[:3])
        voice.say(f"Scripts     {scripts}", f"文字    {scripts}")
    print()


def _print_columns(voice: Voice, seen: Inspection) -> None:
    from goodsmith.cli.tables import fit, print_table  # noqa: PLC0415

    pick = voice.pick
    roles = {seen.category: pick("category", "类目"), seen.family: pick("family", "款")}
    roles[seen.profile.key] = pick("key", "主键")
    heads = (("column", "列"), ("filled", "填充率"), ("distinct", "不同值"), ("role", "角色"), ("such as", "示例"))
    print_table(
        [pick(*head) for head in heads],
        [
            [
                column.name,
                f"{column.fill_rate:.0%}",
                f"{'~' if seen.profile.rows > EXACT_ROWS else ''}{column.distinct:,}",
                roles.get(column.name, ""),
                fit(" ".join(next(iter(column.samples), "").split()), SAMPLE_COLUMNS),
            ]
            for column in seen.profile.columns
        ],
        flexible=(0, 4),
    )
    print()


def _print_mapping(voice: Voice, seen: Inspection) -> None:
    from goodsmith.cli.tables import print_table  # noqa: PLC0415

    pick, mapping = voice.pick, seen.mapping
    heads = (("field of ", "配方 "), ("column", "列"), ("how", "依据"))
    print_table(
        [pick(*heads[0]) + seen.recipe + pick("", " 的字段"), pick(*heads[1]), pick(*heads[2])],
        [
            [field, column, pick(*HOW.get(mapping.how.get(field, ""), ("", "")))]
            for field, column in mapping.fields.items()
        ],
        flexible=(1,),
    )
    if mapping.missing:
        wanted = ", ".join(mapping.missing)
        voice.say(
            f"No column found for: {wanted}. Say which one it is: --map '{mapping.missing[0]}=COLUMN'",
            f"找不到对应的列:{wanted}。请指定:--map '{mapping.missing[0]}=列名'",
        )
    print()


def _print_families(voice: Voice, found: FamilyReport | None) -> None:
    if found is None:
        return
    by = (
        voice.pick(f"column {found.column}", f"列 {found.column}")
        if found.how == "column"
        else voice.pick("proposed from names and codes: --family proposed", "按名称与编码推测:--family proposed")
    )
    voice.say(
        f"Families    {found.families:,} ({by}); {found.products:,} products in them, {found.alone:,} alone, "
        f"at most {found.largest:,} variants",
        f"款    {found.families:,} 个({by});含 {found.products:,} 个商品,另有 {found.alone:,} 个单独的商品,"
        f"每款最多 {found.largest:,} 个规格",
    )
    if found.axes:
        axes = ", ".join(f"{axis.column} ({axis.families:,})" for axis in found.axes)
        voice.say(f"Differ in   {axes}", f"区别    {axes}")
    if found.examples:
        shown = ", ".join(f"{name} ({size})" for name, size in found.examples)
        voice.say(f"Such as     {shown}", f"例如    {shown}")
    if found.divided_rows:
        voice.say(
            f"Lists       {found.divided_rows:,} variants have their own item of a list that all of them carry",
            f"列表    {found.divided_rows:,} 个规格从共有的列表中分得各自的取值",
        )
    for one in found.open_lists[:LISTS_SHOWN]:
        voice.say(
            f"Conflict    {one.family}: nothing says whose item of {one.column!r} is whose ({one.rows} rows); it "
            "counts for the family only",
            f"冲突    {one.family}:无法确定 {one.column!r} 列表中各规格的取值({one.rows} 行),仅作为整款信息使用",
        )
    if len(found.open_lists) > LISTS_SHOWN:
        more = len(found.open_lists) - LISTS_SHOWN
        voice.say(f"            … and {more:,} more", f"        …… 另有 {more:,} 处")
    print()


def _print_duplicates(voice: Voice, found: Profile) -> None:
    for twice in found.duplicates:
        rows = ", ".join(str(row) for row in twice.rows)
        differs = ", ".join(twice.conflicts)
        voice.say(
            f"Key {twice.key}: rows {rows}; " + (f"they differ in {differs}" if differs else "they are alike"),
            f"主键 {twice.key}:第 {rows} 行;" + (f"{differs} 不一致" if differs else "内容相同"),
        )
