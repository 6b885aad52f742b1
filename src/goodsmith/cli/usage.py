"""`goodsmith usage`: what runs have used and cost, by project, model, recipe or day."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goodsmith.cli import options
from goodsmith.cli.voice import both, settings, speak
from goodsmith.errors import UsageError

if TYPE_CHECKING:
    from goodsmith.runner.usage import UsageSum

HELP = both(
    "Add up what runs have used and cost: by model, recipe, project or day.",
    "汇总运行的用量与费用:按模型、配方、项目或日期。",
)


def command(
    by: Annotated[
        str,
        typer.Option("--by", metavar="project|model|recipe|day", help=both("What to add up by.", "汇总方式。")),
    ] = "model",
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="DAY",
            help=both("Runs that began on this day (UTC) or later: 2026-11-01.", "此日(UTC)起的运行,如 2026-11-01。"),
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    from goodsmith.cli.tables import print_table  # noqa: PLC0415
    from goodsmith.runner.usage import usage  # noqa: PLC0415

    voice = speak()
    chosen = settings()
    sums = usage(by=by, since=_day(since), settings=chosen, home=chosen.home)
    if as_json:
        print(json.dumps([_facts(one) for one in sums], ensure_ascii=False, indent=2))
        return
    if not sums:
        voice.note(f"No run yet in {chosen.home}", f"{chosen.home} 中还没有运行记录")
        return
    names = {"project": "项目", "model": "模型", "recipe": "配方", "day": "日期"}
    heads = (
        (by, names[by]),
        ("runs", "运行"),
        ("rows", "行数"),
        ("calls", "调用"),
        ("tokens in", "输入 token"),
        ("tokens out", "输出 token"),
        ("cost", "费用"),
        ("per row", "每行"),
        ("per row done", "每个完成行"),
    )
    print_table([voice.pick(*head) for head in heads], [_cells(one) for one in sums], flexible=(0,))
    unknown = sum(one.unknown_calls for one in sums)
    if unknown:
        voice.note(
            f"{unknown:,} calls had no known price; they are in no sum",
            f"{unknown:,} 次调用价格未知,未计入费用",
        )


def _cells(one: UsageSum) -> list[str]:
    counts = (one.runs, one.rows, one.calls, one.input_tokens, one.output_tokens)
    money = (one.spent, one.per(one.rows), one.per(one.done))
    return [one.name, *(f"{count:,}" for count in counts), *map(_money, money)]


def _money(amounts: Mapping[str, int]) -> str:
    from goodsmith.base.money import format_money  # noqa: PLC0415

    return ", ".join(format_money(nanos, currency) for currency, nanos in sorted(amounts.items())) or "-"


def _facts(one: UsageSum) -> dict[str, Any]:
    return {
        "name": one.name,
        "runs": one.runs,
        "rows": one.rows,
        "done": one.done,
        "calls": one.calls,
        "cached_calls": one.cached_calls,
        "input_tokens": one.input_tokens,
        "prefix_tokens": one.prefix_tokens,
        "output_tokens": one.output_tokens,
        "unknown_price_calls": one.unknown_calls,
        "cost_nanos": one.spent,
        "cost_nanos_per_row": dict(one.per(one.rows)),
        "cost_nanos_per_done_row": dict(one.per(one.done)),
    }


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(
            f"--since {text!r} is no day; write it as 2026-11-01", zh=f"--since {text!r} 不是日期;请写成 2026-11-01"
        ) from None
