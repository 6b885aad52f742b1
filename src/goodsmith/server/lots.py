"""Release a lot from the page: what it costs to read, the drawing, the signing, the certificate."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from goodsmith.errors import UsageError
from goodsmith.review.certificate import certificate_page, statement
from goodsmith.runner import draw_lot, lot_states, plan_lots, sign_lot
from goodsmith.server.access import Visitor, needs
from goodsmith.server.pages import answer, language_of
from goodsmith.server.shop import Shop

router = APIRouter()
Percent = Annotated[float, Form(gt=0, lt=50)]


@router.get("/runs/{run_id}/lots")
def page(
    request: Request,
    run_id: str,
    _: Annotated[Visitor, Depends(needs("viewer"))],
    at_most: float = 1.0,
    confidence: float = 95.0,
) -> Response:
    """The lots of a run, and what the next one would cost to read. at_most, confidence: in percent."""
    shop: Shop = request.app.state.shop
    run = shop.run(run_id)
    plans = [
        plan_lots(run, most_wrong=at_most / 100, confidence=confidence / 100, sequential=sequential)[0]
        for sequential in (False, True)
    ]
    return answer(
        request,
        "lots.html",
        {
            "run": run.id,
            "catalog": run.row.spec.catalog,
            "rows": plans[0].rows,
            "at_most": at_most,
            "confidence": confidence,
            "plans": [
                {
                    "kind": plan.plan.kind,
                    "to_read": min(plan.to_read, plan.rows),
                    "all": plan.all_are_read,
                    "minutes": round(plan.reading_s / 60),
                }
                for plan in plans
            ],
            "lots": [
                {
                    "lot": state.lot.lot,
                    "rows": state.rows,
                    "drawn": state.counts.drawn,
                    "read": state.standing.read,
                    "wrong": state.standing.wrong,
                    "left": state.standing.left,
                    "bound": state.standing.bound,
                    "verdict": state.standing.verdict.value,
                    "certificate": state.lot.certificate
                    and {"statement": statement(state.lot.certificate, language_of(request))},
                }
                for state in lot_states(run)
            ],
        },
    )


@router.post("/runs/{run_id}/lots")
def draw(
    request: Request,
    run_id: str,
    visitor: Annotated[Visitor, Depends(needs("operator"))],
    at_most: Percent = 1.0,
    confidence: Annotated[float, Form(gt=50, lt=100)] = 95.0,
    sequential: Annotated[bool, Form()] = False,
) -> Response:
    """Draw the rows of a new lot."""
    shop: Shop = request.app.state.shop
    run = shop.run(run_id)
    draw_lot(run, by=visitor.name, most_wrong=at_most / 100, confidence=confidence / 100, sequential=sequential)
    return RedirectResponse(_place(request, run.id), status_code=303)


@router.post("/runs/{run_id}/lots/{lot}/sign")
def sign(request: Request, run_id: str, lot: str, visitor: Annotated[Visitor, Depends(needs("operator"))]) -> Response:
    """Release a lot that was read."""
    shop: Shop = request.app.state.shop
    run = shop.run(run_id)
    sign_lot(run, lot, by=visitor.name)
    return RedirectResponse(_place(request, run.id), status_code=303)


@router.get("/runs/{run_id}/lots/{lot}/certificate")
def certificate(request: Request, run_id: str, lot: str, _: Annotated[Visitor, Depends(needs("viewer"))]) -> Response:
    """The certificate of a signed lot, to be printed."""
    shop: Shop = request.app.state.shop
    found, _counts = shop.store.lot(lot)
    if found.certificate is None:
        raise UsageError(f"{lot} is not signed yet", zh=f"{lot} 尚未签发")
    page_of_its_own = certificate_page(found.certificate, language_of(request))
    return HTMLResponse(
        page_of_its_own, headers={"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}
    )


def _place(request: Request, run_id: str) -> str:
    return f"{request.scope.get('root_path', '').rstrip('/')}/runs/{run_id}/lots"
