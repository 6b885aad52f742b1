"""`goodsmith runs`: the runs of this folder, newest first."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goodsmith.cli import options
from goodsmith.cli.voice import both, settings, speak

if TYPE_CHECKING:
    from goodsmith.store.ledger import RunRow

HELP = both("List runs, newest first.", "列出运行记录,最新的在前。")


def command(
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=1000, metavar="N", help=both("How many.", "显示条数。"))
    ] = 20,
    as_json: options.Json = False,
) -> None:
    from goodsmith.cli.tables import print_table  # noqa: PLC0415
    from goodsmith.runner import list_runs  # noqa: PLC0415
    from goodsmith.runner.summary import state_of  # noqa: PLC0415

    voice = speak()
    rows = list_runs(settings=settings(), home=settings().home, limit=limit)
    if as_json:
        print(json.dumps([_facts(row) for row in rows], ensure_ascii=False, indent=2))
        return
    if not rows:
        voice.note(f"No run yet in {settings().home}", f"{settings().home} 中还没有运行记录")
        return
    heads = (
        ("run", "运行"),
        ("state", "状态"),
        ("rows", "行数"),
        ("recipe", "配方"),
        ("model", "模型"),
        ("source", "来源"),
    )
    print_table(
        [voice.pick(*head) for head in heads],
        [
            [
                row.run_id,
                voice.pick(*state_of(row.state.value, live=row.live)),
                f"{row.totals.rows:,}/{row.spec.rows:,}",
                row.spec.recipe_name + (voice.pick(", trial", ",试跑") if row.spec.trial else ""),
                row.spec.model,
                row.spec.catalog,
            ]
            for row in rows
        ],
        flexible=(1, 4, 5),
    )


def _facts(row: RunRow) -> dict[str, Any]:
    return {
        "run": row.run_id,
        "state": row.state.value,
        "live": row.live,
        "rows": row.spec.rows,
        "made": row.totals.rows,
        "failed": row.totals.failed,
        "recipe": row.spec.recipe_name,
        "trial": row.spec.trial,
        "model": row.spec.model,
        "source": row.spec.source,
        "created": dt.datetime.fromtimestamp(row.created, tz=dt.UTC).isoformat(timespec="seconds"),
    }
