"""Read what was made, one product a screen: source on the left, draft on the right, decided with the keyboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from goodsmith.errors import UsageError
from goodsmith.records import Decision, DecisionKind, Value
from goodsmith.review.book import ReviewRow, Slot, cell_text, value_of
from goodsmith.review.diff import diff
from goodsmith.runner import Run, review_page
from goodsmith.runner.reviewing import slots_by_locale
from goodsmith.server.access import Visitor, needs
from goodsmith.server.pages import answer, language_of, wants_json
from goodsmith.server.shop import Shop

router = APIRouter()
Queue = Literal["review", "blocked", "all", "lot"]
REASONS: Final = (
    ("wrong fact", "事实有误"),
    ("not in the source", "来源中没有"),
    ("wrong language or tone", "语言或语气不当"),
    ("too long or too short", "过长或过短"),
    ("reads badly", "读起来不通顺"),
    ("forbidden words", "违禁用语"),
    ("wrong product", "不是该商品"),
    ("repeats itself", "内容重复"),
    ("another reason", "其他原因"),
)


class Decided(BaseModel):
    """What a reviewer sends: a decision about one product in one locale."""

    ordinal: int = Field(ge=0)
    locale: str = Field(max_length=40)
    version: int = Field(ge=1)
    kind: DecisionKind
    reason: str = Field(default="", max_length=2_000)
    edits: dict[str, str] = Field(default_factory=dict, max_length=200)  # slot column -> text as typed


@router.get("/runs/{run_id}/review")
def page(
    request: Request,
    run_id: str,
    visitor: Annotated[Visitor, Depends(needs("viewer"))],
    queue: Annotated[Queue, Query()] = "review",
    lot: Annotated[str | None, Query(max_length=80)] = None,
    after: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 2,
) -> Response:
    """The next undecided products of a queue; `next` is where to go on when these are skipped."""
    shop: Shop = request.app.state.shop
    run = shop.run(run_id)
    rows, following = review_page(run, queue="lot" if lot else queue, lot=lot, after=after, limit=limit)
    slots = slots_by_locale(run.row)
    language = language_of(request)
    return answer(
        request,
        "review.html",
        {
            "run": run.id,
            "catalog": run.row.spec.catalog,
            "queue": queue,
            "lot": lot,
            "left": _left(run, queue, lot),
            "after": after,
            "next": following,
            "may_decide": visitor.may("reviewer"),
            "reasons": [reason[language == "zh"] for reason in REASONS],
            "rows": [shown(row, slots[row.locale], run, language) for row in rows],
        },
    )


@router.post("/runs/{run_id}/decisions")
async def decide(request: Request, run_id: str, visitor: Annotated[Visitor, Depends(needs("reviewer"))]) -> Response:
    """Take a decision; 409 with the name of the person who was faster. A form or JSON."""
    shop: Shop = request.app.state.shop
    run = shop.run(run_id)
    said = await _said(request)
    slots = {slot.column: slot for slot in slots_by_locale(run.row).get(said.locale, ())}
    decision = Decision(
        ordinal=said.ordinal,
        locale=said.locale,
        kind=said.kind,
        by=visitor.name,
        reason=said.reason,
        edits=_edits(said.edits, slots) if said.kind is DecisionKind.EDIT else {},
        version=said.version,
    )
    late = shop.store.decide(run.id, [decision])
    if late:
        zh = language_of(request) == "zh"
        by = late[0].by or ("他人" if zh else "somebody")
        message = f"{by} 已对该商品作出决定,请查看后再定" if zh else f"{by} has decided this one; look again first"
        facts = {"status": 409, "error": "late", "message": message, "errors": [message]}
        return answer(request, "error.html", facts, status=409)
    if wants_json(request):
        return answer(request, "", {"decided": said.ordinal, "locale": said.locale})
    back = str(request.headers.get("referer", "")) or f"/runs/{run.id}/review"
    return RedirectResponse(back, status_code=303)


def shown(row: ReviewRow, slots: Sequence[Slot], run: Run, language: str) -> dict[str, Any]:
    """A product as its page shows it."""
    mapping = run.row.spec.mapping
    columns = dict.fromkeys([*mapping.values(), *run.row.spec.columns])
    return {
        "ordinal": row.ordinal,
        "locale": row.locale,
        "key": row.key,
        "version": row.version,
        "status": row.status,
        "maker": row.maker,
        "decision": None if row.decision is None else {"kind": row.decision.kind.value, "by": row.decision.by},
        "source": [
            {"column": column, "text": row.fields[column], "used": column in mapping.values()}
            for column in columns
            if row.fields.get(column)
        ],
        "findings": [
            {
                "slot": finding.get("slot") or "",
                "severity": finding.get("severity") or "warning",
                "text": (finding.get("zh") if language == "zh" else "") or finding.get("en") or "",
            }
            for finding in row.findings
        ],
        "slots": [_slot(row, slot) for slot in slots],
    }


def _slot(row: ReviewRow, slot: Slot) -> dict[str, Any]:
    now = cell_text(row.now.get(slot.column))
    old = row.fields.get(slot.spec.slot, "")
    return {
        "column": slot.column,
        "slot": slot.spec.slot,
        "type": slot.spec.type,
        "text": now,
        "edited": row.now.get(slot.column) != row.made.get(slot.column),
        "max": slot.spec.max,
        "unit": slot.spec.unit,
        "spans": _spans(now, row.findings, slot) if slot.spec.type == "text" else [{"text": now, "severity": ""}],
        "old": [{"kind": kind, "text": text} for kind, text in diff(old, now)] if old and old != now else [],
    }


def _spans(text: str, findings: Sequence[Mapping[str, Any]], slot: Slot) -> list[dict[str, str]]:
    """The text in pieces, those that a finding speaks of marked with its severity."""
    marks = sorted(
        (finding["start"], finding["end"], finding.get("severity") or "warning")
        for finding in findings
        if finding.get("slot") == slot.spec.slot and 0 <= finding.get("start", -1) < finding.get("end", -1) <= len(text)
    )
    pieces, at = [], 0
    for start, end, severity in marks:
        if start < at:
            continue
        pieces += [{"text": text[at:start], "severity": ""}, {"text": text[start:end], "severity": severity}]
        at = end
    return [piece for piece in [*pieces, {"text": text[at:], "severity": ""}] if piece["text"]]


def _edits(given: Mapping[str, str], slots: Mapping[str, Slot]) -> dict[str, Value]:
    edits: dict[str, Value] = {}
    for column, text in given.items():
        if column not in slots:
            raise UsageError(f"there is no text {column!r} here", zh=f"此处没有文本 {column!r}")
        edits[column] = value_of(text.replace("\r\n", "\n").strip(), slots[column].spec)
    return edits


async def _said(request: Request) -> Decided:
    if "json" in request.headers.get("content-type", ""):
        data: Any = await request.json()
    else:
        form = {name: str(value) for name, value in (await request.form()).items()}
        data = {name: form[name] for name in ("ordinal", "locale", "version", "kind", "reason") if name in form}
        data["edits"] = {name[5:]: value for name, value in form.items() if name.startswith("edit.")}
    try:
        return Decided.model_validate(data)
    except ValueError as problem:
        raise UsageError(f"the decision is not understood: {problem}", zh=f"无法理解该决定:{problem}") from problem


def _left(run: Run, queue: str, lot: str | None) -> int | None:
    """How many products wait in a queue, as far as counters say."""
    totals = run.row.totals
    if lot is not None:
        with run.store() as store:
            _, counts = store.lot(lot)
            return counts.drawn - counts.read
    return {"review": totals.review, "blocked": totals.blocked}.get(queue)
