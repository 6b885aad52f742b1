"""`goodsmith recipe diff`: what differs between two recipes."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import typer

from goodsmith.cli import options
from goodsmith.cli.recipe.showing import Name
from goodsmith.cli.voice import both, speak

HELP = both(
    "Show what differs between two recipes, part by part. Exits with 1 if they differ.",
    "逐项显示两个配方的差异;有差异时退出码为 1。",
)


def command(one: Name, other: Name, as_json: options.Json = False) -> None:
    from goodsmith.recipe import load_recipe  # noqa: PLC0415
    from goodsmith.recipe.comparing import compare  # noqa: PLC0415

    voice = speak()
    before, after = load_recipe(one), load_recipe(other)
    changes = compare(before, after)
    if as_json:
        facts = {
            "same": not changes,
            "versions": [before.version, after.version],
            "changes": [dataclasses.asdict(change) for change in changes],
        }
        print(json.dumps(facts, ensure_ascii=False, indent=2))
    elif not changes:
        voice.say(f"They say the same; version {before.version}", f"内容相同;版本 {before.version}")
    else:
        print(f"--- {one} ({before.version})\n+++ {other} ({after.version})")
        if before.version == after.version:
            voice.say(
                "Only tests and the like differ; what is made stays the same",
                "只有测试等部分不同;生成的内容不变",
            )
        for change in changes:
            print(f"\n{change.place}")
            if change.lines:
                print("\n".join(f"  {line}" for line in change.lines))
                continue
            if change.before is not None:
                print(f"  - {_shown(change.before)}")
            if change.after is not None:
                print(f"  + {_shown(change.after)}")
    if changes:
        raise typer.Exit(1)


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value.replace("\n", "\n    ")
    return json.dumps(value, ensure_ascii=False)
