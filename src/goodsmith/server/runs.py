"""Watch a run, steer it, and get its results."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, RedirectResponse, Response, StreamingResponse
from starlette.background import BackgroundTask

from goodsmith.base.money import parse_budget
from goodsmith.records import RowStatus
from goodsmith.runner import Run, lot_states
from goodsmith.runner.summary import state_of, summary
from goodsmith.server.access import Visitor, needs
from goodsmith.server.pages import answer, language_of
from goodsmith.server.shop import Shop

router = APIRouter()
EVERY_S: Final = 1.0
ENDED: Final = frozenset({"done", "cancelled", "failed"})
Format = Literal["xlsx", "csv", "jsonl", "parquet"]


@router.get("/runs/{run_id}")
def look(request: Request, run_id: str, _: Annotated[Visitor, Depends(needs("viewer"))]) -> Response:
    """How a run stands and what can be done with it."""
    shop: Shop = request.app.state.shop
    run = shop.run(run_id)
    facts = figures(shop, run)
    facts["lots"] = [
        {
            "lot": state.lot.lot,
            "read": state.standing.read,
            "drawn": state.counts.drawn,
            "verdict": state.standing.verdict.value,
            "bound": state.standing.bound,
            "signed": state.lot.certificate is not None,
        }
        for state in lot_states(run)
    ]
    facts["events"] = [
        {"at": event.at, "kind": event.kind, "by": event.by, "detail": event.detail}
        for event in shop.store.events(run.id)[-12:]
    ]
    return answer(request, "run.html", facts)


@router.get("/runs/{run_id}/events")
async def events(request: Request, run_id: str, _: Annotated[Visitor, Depends(needs("viewer"))]) -> Response:
    """The figures of a run as they change, once a second. Each tells all, so a connection may break and begin anew."""
    shop: Shop = request.app.state.shop
    run = await run_in_threadpool(shop.run, run_id)

    async def told() -> AsyncIterator[str]:
        before = ""
        while not await request.is_disconnected():
            facts = await run_in_threadpool(figures, shop, run)
            said = json.dumps(facts, ensure_ascii=False)
            if said != before:
                before = said
                yield f"data: {said}\n\n"
            else:
                yield ": still here\n\n"
            if facts["state"] in ENDED:
                return
            await asyncio.sleep(EVERY_S)

    return StreamingResponse(told(), media_type="text/event-stream", headers={"x-accel-buffering": "no"})


@router.post("/runs/{run_id}/actions")
def act(
    request: Request,
    run_id: str,
    action: Annotated[Literal["pause", "resume", "cancel", "retry_failed"], Form()],
    _: Annotated[Visitor, Depends(needs("operator"))],
    budget: Annotated[str, Form()] = "",
) -> Response:
    """Pause, go on, cancel, raise the budget, try failed rows again."""
    shop: Shop = request.app.state.shop
    run = shop.run(run_id)
    if budget.strip():
        shop.store.set_budget(run.id, parse_budget(budget.strip()))
    if action == "pause":
        run.pause()
    elif action == "cancel":
        run.cancel()
    elif action == "retry_failed":
        if shop.store.reopen_rows(run.id, {RowStatus.FAILED}):
            shop.store.offer(run.id)
    else:
        shop.store.offer(run.id)
    place = request.scope.get("root_path", "").rstrip("/") + f"/runs/{run.id}"
    return RedirectResponse(place, status_code=303)


@router.get("/runs/{run_id}/export")
def export(
    request: Request,
    run_id: str,
    _: Annotated[Visitor, Depends(needs("viewer"))],
    to: Annotated[Format, Query()] = "xlsx",
    trace: Annotated[bool, Query()] = False,
) -> Response:
    """The results as a file, with what people decided."""
    shop: Shop = request.app.state.shop
    run = shop.run(run_id)
    folder = tempfile.TemporaryDirectory(prefix="goodsmith-export-")
    suffix = to
    if to == "xlsx" and run.row.spec.catalog.lower().endswith(".xlsm"):
        suffix = "xlsm"  # type: ignore[assignment]  # a workbook with macros keeps its ending
    name = f"{Path(run.row.spec.catalog).stem}-{run.id}.{suffix}"
    place = Path(folder.name) / name
    run.export(place, to=to, language=language_of(request), trace=trace)
    return FileResponse(place, filename=name, background=BackgroundTask(folder.cleanup))


def figures(shop: Shop, run: Run) -> dict[str, Any]:
    """What a page and its stream show of a run: the ledger's counts, or the driver's where they are newer."""
    facts = summary(run, home=shop.home)
    live = facts.pop("live") or {}
    now = {**facts, **{name: value for name, value in live.items() if name not in {"at", "pid"}}}
    now["words"] = list(state_of(facts["state"], live=bool(facts["driver"])))
    now["gone"] = facts["state"] == "running" and not facts["driver"]
    now.setdefault("rows_per_s", None)
    now.setdefault("eta_s", None)
    return now
