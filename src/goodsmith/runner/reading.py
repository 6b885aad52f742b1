"""How a source is read: what is said now, what was said about its layout before, and what is guessed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from goodsmith.catalog import (
    READ_WITH_A_LAYOUT,
    ReadOptions,
    first_look,
    forget_reading,
    has_readings,
    kind_of,
    load_reading,
    said_in,
    save_reading,
    with_remembered,
)
from goodsmith.errors import InputFileError
from goodsmith.records import ColumnMapping, TableInfo
from goodsmith.runner.request import Request
from goodsmith.settings import Settings

How = Literal["given", "remembered", "found"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """options: what counts. said: names of options given now; remembered: those given for an earlier file."""

    options: ReadOptions
    said: frozenset[str] = frozenset()
    remembered: frozenset[str] = frozenset()
    layout: tuple[str, ...] = ()  # the columns that are found when nothing is said; (): not looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """Something that was understood of a source, and the option that says otherwise."""

    what: str  # sheet, names, encoding, separator, transpose, rows, key
    en: str
    zh: str
    how: How
    option: str

    def say(self, language: str) -> str:
        return self.zh if language.startswith("zh") else self.en


def reading_of(request: Request, *, settings: Settings, home: Path) -> Reading:
    """What is said now goes before what is remembered for the layout. The source is looked at only if one is there."""
    options = ReadOptions(
        sheet=request.sheet,
        header=request.header,
        encoding=request.encoding,
        separator=request.separator,
        table=request.table,
        transpose=request.transpose,
        all_rows=request.all_rows,
        visible_only=request.visible_only,
    )
    said = said_in(options)
    if kind_of(request.source) not in READ_WITH_A_LAYOUT or not (said or has_readings(home)):
        return Reading(options=options, said=said)
    try:
        look = first_look(request.source, rows=1, memory_limit_bytes=settings.import_memory_bytes)
    except InputFileError:  # without being told more, there is no layout to be known by
        return Reading(options=options, said=said)
    layout = tuple(column.name for column in look.info.columns)
    if request.forget:
        forget_reading(home, layout)
    before = load_reading(home, layout)
    return Reading(
        options=with_remembered(options, before), said=said, remembered=said_in(before) - said, layout=layout
    )


def remember_reading(reading: Reading, home: Path) -> None:
    """What a person said counts for the next file with this layout."""
    if reading.said and reading.layout:
        save_reading(home, reading.layout, reading.options)


def guesses_of(info: TableInfo, reading: Reading, mapping: ColumnMapping) -> tuple[Guess, ...]:
    """Everything that was decided about how to read a source."""

    def how(option: str) -> How:
        return "given" if option in reading.said else "remembered" if option in reading.remembered else "found"

    found = []
    if info.sheet is not None:
        found.append(Guess(what="sheet", en=info.sheet, zh=info.sheet, how=how("sheet"), option="--sheet NAME"))
    if info.header_row is not None and info.format not in {"parquet", "jsonl", "sql", "frame"}:
        rows = _rows(info)
        found.append(Guess(what="names", en=rows[0], zh=rows[1], how=how("header"), option="--header ROW"))
    if info.encoding is not None:
        found.append(
            Guess(what="encoding", en=info.encoding, zh=info.encoding, how=how("encoding"), option="--encoding NAME")
        )
    if info.separator is not None:
        shown = {"\t": ("tab", "制表符"), " ": ("space", "空格")}.get(info.separator, (info.separator, info.separator))
        found.append(
            Guess(what="separator", en=shown[0], zh=shown[1], how=how("separator"), option="--separator CHARACTER")
        )
    for option, en, zh in (
        ("transpose", "products stand beside each other", "商品并排在各列"),
        ("all_rows", "titles and totals are products, too", "标题与合计行也是商品"),
        ("visible_only", "without hidden rows", "不含隐藏行"),
    ):
        if getattr(reading.options, option):
            found.append(Guess(what=option, en=en, zh=zh, how=how(option), option="--forget"))
    if mapping.key is not None:
        way = mapping.how.get("key", "")
        key_how: How = "given" if way == "given" else "remembered" if way == "remembered" else "found"
        found.append(Guess(what="key", en=mapping.key, zh=mapping.key, how=key_how, option="--key COLUMN"))
    return tuple(found)


def _rows(info: TableInfo) -> tuple[str, str]:
    last = info.header_row or 0
    first = last if info.header_first is None else info.header_first
    if not last:
        return "none", "无"
    return (f"row {last}", f"第 {last} 行") if first == last else (f"rows {first}–{last}", f"第 {first}–{last} 行")
