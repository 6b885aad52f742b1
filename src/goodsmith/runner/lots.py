"""Release a lot on a sample: what it will cost to read, the drawing, how it stands, and the certificate."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from goodsmith.errors import UsageError
from goodsmith.review.sampling import SamplingPlan, Standing, Verdict, fixed_plan, sequential_plan, standing
from goodsmith.runner.planning import new_run_id

if TYPE_CHECKING:
    from goodsmith.runner.runs import Run
    from goodsmith.store.lots import Lot, LotCounts

READING_S: Final = 12.0  # seconds that a person needs for a row, for forecasts


@dataclass(frozen=True, slots=True, kw_only=True)
class LotPlan:
    """What releasing some rows of a run will cost. rows: that could be drawn; to_read: at most."""

    stratum: str
    rows: int
    plan: SamplingPlan

    @property
    def to_read(self) -> int:
        return min(self.plan.rows, self.rows)

    @property
    def all_are_read(self) -> bool:
        """Whether the lot is so small that every row must be read, which needs no statistics."""
        return self.plan.rows >= self.rows

    @property
    def reading_s(self) -> float:
        return self.to_read * READING_S


@dataclass(frozen=True, slots=True, kw_only=True)
class LotState:
    """A lot as it stands."""

    lot: Lot
    counts: LotCounts
    plan: SamplingPlan
    standing: Standing

    @property
    def rows(self) -> int:
        """How many rows the lot speaks of."""
        return int(self.lot.plan["of"])


def plan_lots(
    run: Run,
    *,
    most_wrong: float,
    confidence: float,
    expected_wrong: float = 0.0,
    sequential: bool = False,
    per_category: bool = False,
) -> list[LotPlan]:
    """What would have to be read, for all rows together or for each category on its own."""
    plan = sampling_plan(
        most_wrong=most_wrong, confidence=confidence, expected_wrong=expected_wrong, sequential=sequential
    )
    with run.store() as store:
        if not per_category:
            return [LotPlan(stratum="", rows=store.drawable(run.id), plan=plan)]
        return [
            LotPlan(stratum=category, rows=rows, plan=plan) for category, rows in store.drawable_by_category(run.id)
        ]


def draw_lot(
    run: Run,
    *,
    by: str,
    most_wrong: float,
    confidence: float,
    expected_wrong: float = 0.0,
    sequential: bool = False,
    category: str | None = None,
    locale: str | None = None,
    seed: int | None = None,
) -> LotState:
    """Draw the random rows of a new lot. seed: draws the same rows again; None: unforeseeable ones.

    Drawn are rows without a finding that nobody has decided and no other lot has; rows with findings are read anyway.
    """
    plan = sampling_plan(
        most_wrong=most_wrong, confidence=confidence, expected_wrong=expected_wrong, sequential=sequential
    )
    lot = f"lot-{new_run_id()}"
    used = secrets.randbits(48) if seed is None else seed
    with run.store() as store:
        if run.row.state.value not in {"done", "paused", "budget", "cancelled"}:
            raise UsageError(
                f"run {run.id} is still being made; draw a lot when it has stopped",
                zh=f"运行 {run.id} 尚未结束;请在其停止后再抽取批次",
            )
        drawn = store.draw_lot(
            run.id,
            lot,
            rows_wanted=plan.rows,
            seed=used,
            category=category,
            locale=locale,
            by=by,
            plan={
                "kind": plan.kind,
                "most_wrong": plan.most_wrong,
                "confidence": plan.confidence,
                "rows": plan.rows,
                "allowed": plan.allowed,
                "category": category,
                "locale": locale,
                "seed": used,
            },
        )
        if not drawn:
            raise UsageError(
                f"run {run.id} has no rows to draw: those without findings are decided or in a lot already",
                zh=f"运行 {run.id} 没有可抽取的行:无问题的行均已决定或已在其他批次中",
            )
        return _state(*store.lot(lot))


def lot_states(run: Run) -> list[LotState]:
    """The lots of a run, oldest first."""
    with run.store() as store:
        return [_state(lot, counts) for lot, counts in store.lots(run.id)]


def sign_lot(run: Run, lot: str, *, by: str) -> dict[str, Any]:
    """Release an accepted lot: its certificate, which is kept with it. Raises UsageError while it is not accepted."""
    with run.store() as store:
        state = _state(*store.lot(lot))
        if state.lot.certificate is not None:
            raise UsageError(f"{lot} is signed already", zh=f"{lot} 已签发")
        if state.standing.verdict is not Verdict.ACCEPTED:
            raise _not_accepted(state)
        certificate = _certificate(run, state, by=by, readers=store.readers(lot))
        store.sign_lot(lot, certificate)
        return certificate


def sampling_plan(
    *, most_wrong: float, confidence: float, expected_wrong: float = 0.0, sequential: bool = False
) -> SamplingPlan:
    if sequential:
        return sequential_plan(most_wrong=most_wrong, confidence=confidence)
    return fixed_plan(most_wrong=most_wrong, confidence=confidence, expected_wrong=expected_wrong)


def _state(lot: Lot, counts: LotCounts) -> LotState:
    said = lot.plan
    plan = SamplingPlan(
        kind=said["kind"],
        most_wrong=said["most_wrong"],
        confidence=said["confidence"],
        rows=said["rows"],
        allowed=said["allowed"],
    )
    wrong = counts.edited + counts.rejected
    stands = standing(plan, read=counts.read, wrong=wrong)
    if counts.read >= said["of"]:  # what was wrong has been mended or withheld, and no doubt is left
        stands = Standing(read=counts.read, wrong=wrong, bound=0.0, verdict=Verdict.ACCEPTED, left=0)
    return LotState(lot=lot, counts=counts, plan=plan, standing=stands)


def _certificate(run: Run, state: LotState, *, by: str, readers: dict[str, int]) -> dict[str, Any]:
    spec = run.row.spec
    plan, stands = state.plan, state.standing
    return {
        "certificate": "goodsmith lot",
        "lot": state.lot.lot,
        "run": run.id,
        "catalog": spec.catalog,
        "source_sha256": spec.source_sha256,
        "recipe": spec.recipe_name,
        "recipe_version": spec.recipe_version,
        "model": spec.model,
        "locales": list(spec.locales),
        "category": state.lot.plan["category"],
        "locale": state.lot.plan["locale"],
        "rows": state.rows,
        "drawn": state.counts.drawn,
        "seed": state.lot.plan["seed"],
        "read": stands.read,
        "approved": state.counts.approved,
        "edited": state.counts.edited,
        "rejected": state.counts.rejected,
        "plan": plan.kind,
        "most_wrong": plan.most_wrong,
        "confidence": plan.confidence,
        "bound": stands.bound,
        "method": "every row read"
        if stands.read >= state.rows
        else "Clopper-Pearson, one-sided"
        if plan.kind == "fixed"
        else "confidence sequence (beta mixture), one-sided",
        "readers": dict(readers),
        "signed_by": by,
        "signed_at": dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds"),
    }


def _not_accepted(state: LotState) -> UsageError:
    stands, lot = state.standing, state.lot.lot
    if stands.verdict is Verdict.REFUSED:
        return UsageError(
            f"{lot} is refused: {stands.wrong} of {stands.read} rows read were wrong, more than its plan allows. "
            "Mend the recipe, run again, and draw a new lot",
            zh=f"{lot} 未通过:已读 {stands.read} 行中有 {stands.wrong} 行有误,超过方案允许。"
            "请改进配方、重新运行并抽取新批次",
        )
    return UsageError(
        f"{lot} is not read yet: {stands.read} rows are, {stands.left} more are needed",
        zh=f"{lot} 尚未读完:已读 {stands.read} 行,还需 {stands.left} 行",
    )
