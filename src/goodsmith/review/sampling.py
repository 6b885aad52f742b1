"""How many random rows a person must read before a lot can be released, and what reading them has shown.

Two kinds of plan. *Fixed*: read n rows, release if at most c are wrong; chosen so that a good lot mostly passes and a
bad one mostly does not, the way of ISO 2859-1 and of Dodge and Romig. *Sequential*: read row after row and stop as soon
as the bound is low enough; its bound holds however often one looks (a confidence sequence), which Clopper and Pearson's
does not. All figures treat the lot as large, which errs on the safe side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from goodsmith.base.binomial import LARGEST_SAMPLE, at_most, falling_root, rows_without_error, upper_bound
from goodsmith.errors import UsageError

PlanKind = Literal["fixed", "sequential"]
DEFAULT_SHARE: Final = 0.01
DEFAULT_CONFIDENCE: Final = 0.95
_WEIGHT_AT: Final = 3.0  # the mixture expects a third of the share that is to be shown


class Verdict(StrEnum):
    OPEN = "open"  # not enough was read
    ACCEPTED = "accepted"
    REFUSED = "refused"  # more were wrong than the plan allows


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingPlan:
    """What is to be shown, and how. most_wrong: the share of wrong rows that a released lot may have, 0 to 1.

    rows: to read at most; allowed: wrong ones among them (fixed plans). A sequential plan ends earlier if it can.
    """

    kind: PlanKind
    most_wrong: float
    confidence: float
    rows: int
    allowed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What reading has shown so far. bound: at most this share is wrong, with the plan's confidence."""

    read: int
    wrong: int
    bound: float
    verdict: Verdict
    left: int  # rows to read if no more wrong ones turn up


def fixed_plan(
    *,
    most_wrong: float = DEFAULT_SHARE,
    confidence: float = DEFAULT_CONFIDENCE,
    expected_wrong: float = 0.0,
    pass_rate: float = 0.9,
) -> SamplingPlan:
    """The smallest sample that shows `most_wrong` and that a lot with `expected_wrong` passes with `pass_rate`.

    Raises UsageError if the two shares are too near to each other for any readable sample.
    """
    _require_shares(most_wrong, confidence)
    if expected_wrong >= most_wrong:
        raise UsageError(
            f"a lot with {expected_wrong:.2%} wrong rows cannot be shown to have at most {most_wrong:.2%}",
            zh=f"错误率为 {expected_wrong:.2%} 的批次无法证明错误率不超过 {most_wrong:.2%}",
        )
    sizes = {0: rows_without_error(most_wrong, confidence=confidence)}

    def passes(allowed: int) -> bool:
        if allowed not in sizes:
            sizes[allowed] = _smallest(allowed, most_wrong, confidence)
        return at_most(allowed, sizes[allowed], expected_wrong) >= pass_rate

    low, high = -1, 0
    while not passes(high):
        low, high = high, 2 * high + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if passes(middle) else (middle, high)
    return SamplingPlan(kind="fixed", most_wrong=most_wrong, confidence=confidence, rows=sizes[high], allowed=high)


def sequential_plan(
    *, most_wrong: float = DEFAULT_SHARE, confidence: float = DEFAULT_CONFIDENCE, rows: int | None = None
) -> SamplingPlan:
    """Read until the bound is at most `most_wrong`, at most `rows` (three times the rows that no error would need)."""
    _require_shares(most_wrong, confidence)
    least = sequential_rows(0, most_wrong, confidence=confidence)
    return SamplingPlan(kind="sequential", most_wrong=most_wrong, confidence=confidence, rows=rows or 3 * least)


def standing(plan: SamplingPlan, *, read: int, wrong: int) -> Standing:
    """Where a lot stands after `read` of its drawn rows, `wrong` of them wrong."""
    if plan.kind == "fixed":
        bound = upper_bound(wrong, read, confidence=plan.confidence)
        verdict = Verdict.OPEN
        if wrong > plan.allowed:
            verdict = Verdict.REFUSED
        elif read >= plan.rows:
            verdict = Verdict.ACCEPTED
        left = max(0, plan.rows - read) if verdict is Verdict.OPEN else 0
        return Standing(read=read, wrong=wrong, bound=bound, verdict=verdict, left=left)
    bound = anytime_bound(wrong, read, confidence=plan.confidence, aimed_at=plan.most_wrong)
    if bound <= plan.most_wrong:
        return Standing(read=read, wrong=wrong, bound=bound, verdict=Verdict.ACCEPTED, left=0)
    needed = sequential_rows(wrong, plan.most_wrong, confidence=plan.confidence)
    refused = needed > plan.rows
    return Standing(
        read=read,
        wrong=wrong,
        bound=bound,
        verdict=Verdict.REFUSED if refused else Verdict.OPEN,
        left=0 if refused else needed - read,
    )


def anytime_bound(wrong: int, read: int, *, confidence: float = 0.95, aimed_at: float = DEFAULT_SHARE) -> float:
    """The upper end of a confidence sequence for the share of wrong rows: valid at every look at once.

    A Beta mixture of likelihood ratios is a martingale at the true share, and by Ville's inequality exceeds
    1/(1 - confidence) with at most the probability 1 - confidence, however long one reads. Source: Robbins 1970,
    doi:10.1214/aoms/1177696786; the mixture Beta(1, b) is placed where it is sharp for `aimed_at`.
    """
    if read <= 0:
        return 1.0
    against = math.log(1 / (1 - confidence)) - _log_mixture(wrong, read, aimed_at)
    seen = wrong / read

    def left(share: float) -> float:
        return wrong * math.log(share) + (read - wrong) * math.log1p(-share) + against

    highest = 1 - 1e-12
    if left(highest) > 0:
        return 1.0
    return falling_root(left, max(seen, 1e-12), highest)


def sequential_rows(wrong: int, most_wrong: float, *, confidence: float = DEFAULT_CONFIDENCE) -> int:
    """After how many rows a sequential plan accepts if `wrong` of them are wrong."""
    low, high = wrong, max(64, 2 * wrong)
    while anytime_bound(wrong, high, confidence=confidence, aimed_at=most_wrong) > most_wrong:
        low, high = high, 2 * high
        if high > 100 * LARGEST_SAMPLE:
            return high
    while high - low > 1:
        middle = (low + high) // 2
        enough = anytime_bound(wrong, middle, confidence=confidence, aimed_at=most_wrong) <= most_wrong
        low, high = (low, middle) if enough else (middle, high)
    return high


def _smallest(allowed: int, most_wrong: float, confidence: float) -> int:
    """The smallest sample in which at most `allowed` wrong rows still show the share."""
    low, high = allowed, max(64, 2 * allowed)
    while at_most(allowed, high, most_wrong) > 1 - confidence:
        low, high = high, 2 * high
        if high > 2 * LARGEST_SAMPLE:
            raise UsageError(
                f"more than {LARGEST_SAMPLE:,} rows would have to be read; allow a higher share of wrong rows",
                zh=f"需要阅读的行数超过 {LARGEST_SAMPLE:,};请放宽允许的错误率",
            )
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if at_most(allowed, middle, most_wrong) > 1 - confidence else (low, middle)
    return high


def _log_mixture(wrong: int, read: int, aimed_at: float) -> float:
    """Log of the likelihood of what was seen, averaged over shares that are Beta(1, b)."""
    b = _WEIGHT_AT / aimed_at
    return math.log(b) + math.lgamma(wrong + 1) + math.lgamma(read - wrong + b) - math.lgamma(read + 1 + b)


def _require_shares(most_wrong: float, confidence: float) -> None:
    if not 0 < most_wrong < 0.5:
        raise UsageError(
            f"the share of wrong rows is {most_wrong:g}; expected between 0 % and 50 %, such as 1%",
            zh=f"错误率为 {most_wrong:g};应在 0% 与 50% 之间,例如 1%",
        )
    if not 0.5 < confidence < 1:
        raise UsageError(
            f"the confidence is {confidence:g}; expected between 50 % and 100 %, such as 95%",
            zh=f"置信度为 {confidence:g};应在 50% 与 100% 之间,例如 95%",
        )
