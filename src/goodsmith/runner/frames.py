"""A data frame in, the same kind of data frame with the made columns out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodsmith.engines.chunks import draft_columns, result_table
from goodsmith.errors import UsageError
from goodsmith.recipe import parse_recipe
from goodsmith.runner.planning import plan
from goodsmith.runner.request import Request
from goodsmith.runner.runs import Run, start
from goodsmith.settings import Settings, load_settings

if TYPE_CHECKING:
    import pyarrow as pa

REPORTED = ("status", "findings", "maker", "error")


def enrich(
    frame: Any, *, recipe: str = "listing", settings: Settings | None = None, home: Path | None = None, **request: Any
) -> Any:
    """Make what a recipe says for every row of a pandas, polars or Arrow table.

    request: the fields of `Request`, such as model, locales, where, budget. The answer has the frame's rows and columns
    as they were, in their order, then one column per output, then `status`, `findings`, `maker` and `error`; rows that
    were not selected or not made have nulls. A failed row is `failed` with its reason, never an exception.
    Raises UsageError for what must be changed first, BudgetExhausted never: such rows are null and the state says so.
    """
    settings = settings or load_settings()
    home = home or settings.home
    understood = plan(
        Request(source=frame, recipe=recipe, **_typed(request)),
        settings=settings,
        home=home,
    )
    run = start(understood, settings=settings, home=home)
    return _beside(frame, run)


def _typed(request: dict[str, Any]) -> dict[str, Any]:
    from goodsmith.base.money import parse_budget  # noqa: PLC0415

    if isinstance(request.get("locales"), str):
        request["locales"] = tuple(tag.strip() for tag in request["locales"].split(","))
    if isinstance(request.get("budget"), str):
        request["budget"] = parse_budget(request["budget"])
    return request


def _beside(frame: Any, run: Run) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.compute as pc  # noqa: PLC0415

    row = run.row
    recipe = parse_recipe(row.spec.recipe_text, path=row.spec.recipe_path)
    single = len(row.spec.locales) <= 1
    names = {
        name: (output.slot if single or not tag else f"{output.slot} ({tag})")
        for name, output, tag in draft_columns(recipe, row.spec.locales)
    }
    wanted = [*names, *REPORTED]
    batches = list(run.batches())
    if batches:
        made = pa.Table.from_batches([_made(batch, wanted) for batch in batches])
    else:  # no row was selected
        made = result_table([], [], recipe, row.spec).select(wanted).append_column("_gs_row", pa.array([], pa.int64()))
    place = pc.index_in(pa.array(range(len(frame)), pa.int64()), value_set=made.column("_gs_row").combine_chunks())
    side = made.select(wanted).take(place)
    side = side.rename_columns([names.get(name, name) for name in side.column_names])
    return attach(frame, side)


def _made(batch: pa.RecordBatch, wanted: Sequence[str]) -> pa.RecordBatch:
    """What was made; where the frame has a column of that name, the made one stands under `_gs_`."""
    there = set(batch.schema.names)
    picked = batch.select(["_gs_row", *(f"_gs_{name}" if f"_gs_{name}" in there else name for name in wanted)])
    return picked.rename_columns(["_gs_row", *wanted])


def attach(frame: Any, side: pa.Table) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    kind = type(frame).__module__.partition(".")[0]
    taken = set(frame.column_names if isinstance(frame, pa.Table) else frame.columns)
    free: list[str] = []
    for name in side.column_names:
        tries = (f"{name} (goodsmith)", *(f"{name} (goodsmith {number})" for number in range(2, 1000)))
        free.append(next(tried for tried in (name, *tries) if tried not in taken))
    side = side.rename_columns(free)
    if isinstance(frame, pa.Table):
        for name in side.column_names:
            frame = frame.append_column(name, side.column(name))
        return frame
    if kind == "pandas":
        added = side.to_pandas()
        added.index = frame.index
        return frame.assign(**{name: added[name] for name in added.columns})
    if kind == "polars":
        import polars as pl  # noqa: PLC0415 - only where the caller has it

        return frame.hstack(pl.from_arrow(side))
    raise UsageError(f"cannot give back a {type(frame).__name__}; expected a pandas, polars or Arrow table")
