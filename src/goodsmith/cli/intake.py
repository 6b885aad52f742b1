"""`goodsmith intake`: take in a folder of suppliers' files, with one report."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from goodsmith.cli import options
from goodsmith.cli.voice import Voice, both, settings, speak

if TYPE_CHECKING:
    from goodsmith.runner.intake import TakenFile

HELP = both(
    "Take in a folder of suppliers' files: one report, and what changed since each supplier's last file.",
    "读入一个文件夹中的供应商文件:一份报告,并列出各供应商与上次文件相比的变化。",
)


def command(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help=both("The folder.", "文件夹。"))],
    recipe: options.Recipe = "listing",
    as_json: options.Json = False,
) -> None:
    from goodsmith.cli.tables import print_table  # noqa: PLC0415
    from goodsmith.runner import take_in  # noqa: PLC0415

    voice = speak()
    found = take_in(folder, recipe=recipe, settings=settings(), home=settings().home)
    if as_json:
        print(json.dumps({"ok": not found.refused, **dataclasses.asdict(found)}, ensure_ascii=False, indent=2))
        raise typer.Exit(1 if found.refused else 0)
    pick = voice.pick
    voice.say(
        f"{len(found.files):,} files, {found.products:,} products, {found.refused:,} refused",
        f"{len(found.files):,} 个文件,{found.products:,} 个商品,{found.refused:,} 个未能读取",
    )
    print()
    heads = (
        ("file", "文件"),
        ("supplier", "供应商"),
        ("products", "商品"),
        ("key", "主键"),
        ("since last time", "与上次相比"),
    )
    print_table(
        [pick(*head) for head in heads],
        [
            [Path(file.path).name, file.supplier, f"{file.products:,}", file.key or "", _since(voice, file)]
            for file in found.files
        ],
        flexible=(0, 4),
    )
    for file in found.files:
        _print_cares(voice, file)
    raise typer.Exit(1 if found.refused else 0)


def _since(voice: Voice, file: TakenFile) -> str:
    pick = voice.pick
    if file.refused is not None:
        return pick("refused", "未能读取")
    if not file.known:
        return pick("first time", "首次")
    if file.same_file:
        return pick("the same file", "与上次相同")
    changes = file.changes
    said = [pick("the layout changed", "表格布局有变化")] if file.new_columns or file.gone_columns else []
    if changes is not None:
        said.append(
            pick(
                f"{changes.new:,} new, {changes.changed:,} changed, {changes.absent:,} absent",
                f"新增 {changes.new:,}、变化 {changes.changed:,}、缺失 {changes.absent:,}",
            )
        )
    return "; ".join(said)


def _print_cares(voice: Voice, file: TakenFile) -> None:
    name = Path(file.path).name
    if file.refused is not None:
        voice.say(file.refused.en, file.refused.say("zh"))  # which names the file
    if file.missing:
        voice.say(
            f"{name}: no column found for {', '.join(file.missing)}; say which: goodsmith inspect {name} --map …",
            f"{name}:找不到对应的列:{'、'.join(file.missing)};请用 goodsmith inspect {name} --map 指定",
        )
    if file.unmapped:
        voice.say(
            f"{name}: new columns that nothing reads: {', '.join(file.unmapped)}",
            f"{name}:新增且未使用的列:{'、'.join(file.unmapped)}",
        )
    if file.gone_columns:
        voice.say(
            f"{name}: columns that are gone: {', '.join(file.gone_columns)}",
            f"{name}:消失的列:{'、'.join(file.gone_columns)}",
        )
