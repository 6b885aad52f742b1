"""`goodsmith inspect`: what is in a source, and how its columns map to a recipe."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from goodsmith.cli import options
from goodsmith.cli.reports import HOW
from goodsmith.cli.voice import Voice, settings, speak_with

if TYPE_CHECKING:
    from goodsmith.runner import Inspection


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


def _print(voice: Voice, seen: Inspection) -> None:
    from rich.table import Table  # noqa: PLC0415

    info, found, pick = seen.info, seen.profile, voice.pick
    where = [info.format]
    if info.sheet:
        where.append(pick(f"sheet {info.sheet}", f"工作表 {info.sheet}"))
    if info.header_row:
        where.append(pick(f"names in row {info.header_row}", f"表头在第 {info.header_row} 行"))
    where += [part for part in (info.encoding, info.separator and repr(info.separator)) if part]
    voice.out.print(f"{info.source} ({', '.join(where)})", markup=False, highlight=False)
    scripts = ", ".join(f"{script} {share:.0%}" for script, share in found.scripts[:3])
    voice.out.print(
        pick(
            f"{found.rows:,} products; key {found.key or 'row number'}; {found.duplicate_keys:,} keys occur twice or "
            f"more, {found.blank_keys:,} are empty; scripts: {scripts}",
            f"{found.rows:,} 个商品;主键 {found.key or '行号'};重复主键 {found.duplicate_keys:,} 个,"
            f"空主键 {found.blank_keys:,} 个;文字:{scripts}",
        ),
        markup=False,
        highlight=False,
    )
    by_column = {column: field for field, column in seen.mapping.fields.items()}
    table = Table(box=None, pad_edge=False)
    for en, zh in (
        ("column", "列"),
        ("filled", "填充率"),
        ("distinct", "不同值"),
        ("field", "配方字段"),
        ("such as", "示例"),
    ):
        table.add_column(pick(en, zh), overflow="ellipsis", no_wrap=True, max_width=48)
    for column in found.columns:
        field = by_column.get(column.name, "")
        if field:
            way = pick(*HOW.get(seen.mapping.how.get(field, ""), ("", "")))
            field = f"{field} ({way})" if way else field
        roles = [pick("key", "主键")] if column.name == found.key else []
        roles += [pick("category", "类目")] if column.name == seen.category else []
        sample = next(iter(column.samples), "").replace("\n", " ")
        table.add_row(
            escape(column.name),
            f"{column.fill_rate:.0%}",
            f"{column.distinct:,}",
            escape(" · ".join([*roles, *([field] if field else [])])),
            escape(sample),
        )
    voice.out.print(table)
    for twice in found.duplicates:
        rows = ", ".join(str(row) for row in twice.rows)
        differs = ", ".join(twice.conflicts) or pick("nothing", "无")
        voice.out.print(
            pick(
                f"Key {twice.key}: rows {rows}; they differ in: {differs}",
                f"主键 {twice.key}:第 {rows} 行;不同之处:{differs}",
            ),
            markup=False,
            highlight=False,
        )
    if seen.mapping.missing:
        wanted = ", ".join(seen.mapping.missing)
        voice.out.print(
            pick(
                f"No column found for: {wanted}. Say which one it is: --map '{seen.mapping.missing[0]}=COLUMN'",
                f"找不到对应的列:{wanted}。请指定:--map '{seen.mapping.missing[0]}=列名'",
            ),
            markup=False,
            highlight=False,
        )
    for notice in seen.notices:
        voice.out.print(pick("Note: ", "提示:") + notice.say(voice.language), markup=False, highlight=False)
