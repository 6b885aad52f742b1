"""`goodsmith runs`: the runs of this folder, newest first."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from goodsmith.cli import options
from goodsmith.cli.voice import settings, speak_with


def command(
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many.")] = 20,
    as_json: options.Json = False,
) -> None:
    """List runs, newest first."""
    from rich.table import Table  # noqa: PLC0415

    from goodsmith.cli.reports import STATES  # noqa: PLC0415
    from goodsmith.runner import list_runs  # noqa: PLC0415

    voice = speak_with()
    rows = list_runs(settings=settings(), home=settings().home, limit=limit)
    if as_json:
        facts = [
            {"run": row.run_id, "state": row.state.value, "rows": row.spec.rows, "source": row.spec.source}
            for row in rows
        ]
        print(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    table = Table(box=None)
    for en, zh in (("run", "运行"), ("state", "状态"), ("rows", "行数"), ("recipe", "配方"), ("source", "来源")):
        table.add_column(voice.pick(en, zh))
    for row in rows:
        table.add_row(
            row.run_id,
            voice.pick(*STATES[row.state.value]),
            f"{row.totals.rows:,}/{row.spec.rows:,}",
            row.spec.recipe_name,
            row.spec.source,
        )
    voice.out.print(table)
