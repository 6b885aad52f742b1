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
    "Show what is in a source: products, key, duplicates, fill rates, odd cells, which column is which recipe field, "
    "and how it was read, with the options that say otherwise.",
    "查看来源内容:商品数、主键、重复项、填充率、异常单元格,以及每个配方字段对应哪一列;并说明读取方式及如何更改。",
)
SAMPLE_COLUMNS = 40  # of an example value
VALUE_COLUMNS = 24  # of a changed value
LISTS_SHOWN = 5
EXACT_ROWS = 1_000  # distinct values of larger tables are an estimate
SHOWN_ODD = 20  # kinds of odd cells
HOWS = {
    "given": ("given", "已指定"),
    "remembered": ("remembered", "按上次指定"),
    "found": ("found", "自动识别"),
}
WHATS = {
    "sheet": ("sheet", "工作表"),
    "names": ("names", "列名"),
    "encoding": ("encoding", "编码"),
    "separator": ("separator", "分隔符"),
    "transpose": ("turned", "转置"),
    "all_rows": ("rows", "行"),
    "visible_only": ("rows", "行"),
    "key": ("key", "主键"),
}


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
    forget: options.Forget = False,
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
    head: Annotated[
        bool,
        typer.Option(
            "--head",
            help=both(
                "Look at the first 200 products only: quick, however long it is.", "只看前 200 个商品,快速预览。"
            ),
        ),
    ] = False,
    as_json: options.Json = False,
) -> None:
    from goodsmith.base.spare_pandas import spare_pandas  # noqa: PLC0415
    from goodsmith.runner import Request, compare, inspect  # noqa: PLC0415

    spare_pandas()
    voice = speak()
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
        forget=forget,
        table=table,
        key=key,
        family=family,
        mapping=options.pairs(mapping, option="--map"),
    )
    if against is not None:
        found = compare(request, against, settings=settings(), home=settings().home)
        if as_json:
            print(json.dumps({"ok": True, **dataclasses.asdict(found)}, ensure_ascii=False, indent=2))
            return
        _print_comparison(voice, found)
        return
    seen = inspect(request, head=head, settings=settings(), home=settings().home)
    if as_json:
        print(json.dumps({"ok": True, **dataclasses.asdict(seen)}, ensure_ascii=False, indent=2, default=str))
        return
    _print_head(voice, seen)
    _print_guesses(voice, seen)
    _print_columns(voice, seen)
    _print_mapping(voice, seen)
    _print_families(voice, seen.families)
    _print_odd(voice, seen)
    _print_duplicates(voice, seen.profile)
    for notice in seen.notices:
        voice.say(f"Note: {notice.en}", f"提示:{notice.say('zh')}")
    if any(guess.how == "given" for guess in seen.guesses) or mapping:
        voice.say(
            "Say the same to `goodsmith run`: it remembers it for the next file with this layout.",
            "运行 goodsmith run 时请加上相同选项;之后会记住,用于相同版式的文件。",
        )


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
    found, pick = seen.profile, voice.pick
    print(f"{seen.info.source} ({seen.info.format})")
    if seen.looked_at is None:
        voice.say(f"Products    {found.rows:,}", f"商品    {found.rows:,}")
    else:
        about = f"{seen.total_rows:,}" if seen.total_rows is not None else pick("an unknown number", "未知数量")
        voice.say(
            f"Products    the first {found.rows:,} of about {about}", f"商品    前 {found.rows:,} 个(共约 {about} 个)"
        )
    none = pick("none found, so the row number is it; choose one with --key", "未找到,按行号识别;可用 --key 指定")
    if found.key:
        voice.say(
            f"Key         {found.key}: {found.different_keys:,} different, {found.duplicate_keys:,} occur twice or "
            f"more, {found.blank_keys:,} are empty",
            f"主键    {found.key}:不同 {found.different_keys:,} 个,重复 {found.duplicate_keys:,} 个,"
            f"为空 {found.blank_keys:,} 个",
        )
    else:
        voice.say(f"Key         {none}", f"主键    {none}")
    if found.languages or found.scripts:
        shares = found.languages or found.scripts
        listed = ", ".join(f"{name} {share:.0%}" for name, share in shares[:4])
        voice.say(f"Languages   {listed}", f"语言    {listed}")
    if seen.pictures:
        rows = len({row for picture in seen.pictures for row in range(picture.row, picture.last_row + 1)})
        columns = ", ".join(dict.fromkeys(picture.column for picture in seen.pictures))
        voice.say(
            f"Pictures    {len(seen.pictures):,} on {rows:,} rows, in column {columns}",
            f"图片    {len(seen.pictures):,} 张,位于 {columns} 列的 {rows:,} 行",
        )
    print()


def _print_guesses(voice: Voice, seen: Inspection) -> None:
    from goodsmith.cli.tables import print_table  # noqa: PLC0415

    if not seen.guesses:
        return
    pick = voice.pick
    heads = (("read as", "读取方式"), ("", ""), ("how", "依据"), ("otherwise", "更改"))
    print_table(
        [pick(*head) for head in heads],
        [
            [pick(*WHATS[guess.what]), guess.say(voice.language), pick(*HOWS[guess.how]), guess.option]
            for guess in seen.guesses
        ],
        flexible=(1,),
    )
    print()


def _print_columns(voice: Voice, seen: Inspection) -> None:
    from goodsmith.cli.tables import fit, print_table  # noqa: PLC0415

    pick = voice.pick
    roles = {seen.category: pick("category", "类目"), seen.family: pick("family", "款")}
    roles[seen.profile.key] = pick("key", "主键")
    hidden = {column.name for column in seen.info.columns if column.hidden}
    heads = (
        *(("column", "列"), ("filled", "填充率"), ("distinct", "不同值"), ("language", "语言"), ("role", "角色")),
        ("such as", "示例"),
    )
    print_table(
        [pick(*head) for head in heads],
        [
            [
                column.name,
                f"{column.fill_rate:.0%}",
                f"{'~' if seen.profile.rows > EXACT_ROWS else ''}{column.distinct:,}",
                column.language,
                roles.get(column.name, pick("hidden", "隐藏") if column.name in hidden else ""),
                fit(" ".join(next(iter(column.samples), "").split()), SAMPLE_COLUMNS),
            ]
            for column in seen.profile.columns
        ],
        flexible=(0, 5),
    )
    print()


def _print_odd(voice: Voice, seen: Inspection) -> None:
    from goodsmith.catalog import ODD  # noqa: PLC0415
    from goodsmith.cli.tables import fit, print_table  # noqa: PLC0415

    if not seen.profile.odd:
        return
    pick = voice.pick
    heads = (
        ("odd cells in", "异常单元格所在列"),
        ("what", "异常"),
        ("cells", "个数"),
        ("row", "行"),
        ("such as", "示例"),
    )
    print_table(
        [pick(*head) for head in heads],
        [
            [
                odd.column,
                pick(*ODD[odd.kind]),
                f"{odd.count:,}",
                str(odd.row),
                fit(" ".join(odd.example.split()), SAMPLE_COLUMNS),
            ]
            for odd in seen.profile.odd[:SHOWN_ODD]
        ],
        flexible=(0, 4),
    )
    if (more := len(seen.profile.odd) - SHOWN_ODD) > 0:
        voice.say(f"and {more} more kinds: --json", f"另有 {more} 种,见 --json")
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
