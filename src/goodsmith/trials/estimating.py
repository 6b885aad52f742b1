"""From a few rows drawn at random to all rows, as an interval that says how far it can be trusted.

Shares (failed, to review, right) are bounded by Clopper and Pearson. Totals (money, tokens, seconds) are estimated by
the ratio to something that is known of every row, stratum by stratum where rows differ by category. What the intervals
hold in practice is measured by `bench/forecast.py`; the reasons stand in `docs/explanation/forecasts.md`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from goodsmith.base.binomial import lower_bound, upper_bound
from goodsmith.trials.quantiles import beta_quantile, t_quantile

CONFIDENCE: Final = 0.95
ENOUGH_ROWS: Final = 200  # fewer draws see too little of a long tail: below, an interval is wider and called rough
WIDER_ABOVE: Final = 1.6  # by so much towards the tail, which makes the whole interval 1.3 times as wide
LEAST_SKEWNESS: Final = 5.0  # of costs per row where two rows in a hundred cost three to six times as much
LEAST_PER_STRATUM: Final = 2  # draws: from one alone no spread can be seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate and where the truth lies with `confidence`. rough: from so few rows that it was widened."""

    value: float
    low: float
    high: float
    confidence: float = CONFIDENCE
    rough: bool = False

    def times(self, factor: float) -> Interval:
        """The same in another unit. factor: not negative."""
        return Interval(
            value=self.value * factor,
            low=self.low * factor,
            high=self.high * factor,
            confidence=self.confidence,
            rough=self.rough,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """Rows of one kind: how many, their sizes added up, and (size, amount) of those that were drawn at random.

    A size is known of every row before anything is asked, such as its prompt's estimated tokens; 0 for a row that
    will cost nothing.
    """

    rows: int
    size: float
    drawn: Sequence[tuple[float, float]]


def share(hits: int, of: int, *, confidence: float = CONFIDENCE) -> Interval:
    """The share of all rows by the exact bounds of Clopper and Pearson; one-sided where none or all were hits.

    of: draws, at least 1. So `0 of 12` is at most 22 %.
    """
    side = (1 + confidence) / 2 if 0 < hits < of else confidence
    return Interval(
        value=hits / of,
        low=lower_bound(hits, of, confidence=side),
        high=upper_bound(hits, of, confidence=side),
        confidence=confidence,
    )


def share_given(hits: int, of: int, *, earlier: float, weight: float, confidence: float = CONFIDENCE) -> Interval:
    """The share, where earlier rows that count as `weight` draws had the share `earlier`.

    Bayes with a beta prior; Jeffreys' half a hit on either side keeps it from certainty.
    """
    a, b = hits + earlier * weight + 0.5, of - hits + (1 - earlier) * weight + 0.5
    tail = (1 - confidence) / 2
    return Interval(
        value=a / (a + b),
        low=beta_quantile(tail, a, b),
        high=beta_quantile(1 - tail, a, b),
        confidence=confidence,
    )


def total(strata: Sequence[Stratum], *, size_error: float = 0.0, confidence: float = CONFIDENCE) -> Interval | None:
    """The amount of all rows: the combined ratio estimator over strata, with Student's t.

    size_error: standard error of the strata's sizes relative to their sum, where not every row was looked at. Fewer
    than 200 draws: 1.3 times as wide, and rough. None: nothing drawn. A single draw gives an open interval.
    Source: Cochran, Sampling Techniques, 6.11; Satterthwaite's degrees of freedom; the shift of Johnson 1978.
    """
    seen = [stratum for stratum in strata if stratum.drawn]
    draws = sum(len(stratum.drawn) for stratum in seen)
    if not draws:
        return None
    covered = sum(stratum.rows for stratum in seen)
    rows = sum(stratum.rows for stratum in strata)
    size = sum(stratum.size for stratum in strata)
    amount_drawn = sum(stratum.rows * _mean([y for _, y in stratum.drawn]) for stratum in seen)
    size_drawn = sum(stratum.rows * _mean([x for x, _ in stratum.drawn]) for stratum in seen)
    by_size = size > 0 and size_drawn > 0
    ratio = amount_drawn / size_drawn if by_size else 0.0
    value = ratio * size if by_size else amount_drawn * rows / covered
    if draws == 1:
        return Interval(value=value, low=0.0, high=math.inf, confidence=confidence, rough=True)
    spread, freedom = _spread(seen, ratio)
    spread *= (rows / covered) ** 2
    wide = t_quantile((1 + confidence) / 2, freedom) * math.sqrt(spread + (value * size_error) ** 2)
    rough = draws < min(ENOUGH_ROWS, rows)
    above = WIDER_ABOVE if rough else 1 + _shift(seen, ratio, confidence)
    paid = sum(y for stratum in seen for _, y in stratum.drawn)  # what was seen is not taken back
    return Interval(
        value=value,
        low=min(value, max(value - wide, paid)),
        high=value + above * wide,
        confidence=confidence,
        rough=rough,
    )


def allocate(sizes: Mapping[str, int], draws: int) -> tuple[dict[str, int], dict[int, int]]:
    """Strata for so many draws: category -> stratum, and stratum -> draws.

    A category with at least two expected draws is a stratum of its own; all others are one together. Draws are in
    proportion to the rows, so that each row has about the same chance. Strata are numbered from 0, the largest first.
    """
    rows = sum(sizes.values())
    draws = min(draws, rows)
    ordered = sorted(sizes, key=lambda name: (-sizes[name], name))
    own = [name for name in ordered if sizes[name] * draws >= LEAST_PER_STRATUM * rows]
    rest = rows - sum(sizes[name] for name in own)
    while own and 0 < rest * draws < LEAST_PER_STRATUM * rows:
        rest += sizes[own.pop()]  # too few for a stratum: together with the smallest
    strata = {name: number for number, name in enumerate(own)}
    counts = [sizes[name] for name in own] + ([rest] if rest else [])
    for name in ordered:
        strata.setdefault(name, len(own))
    return strata, dict(enumerate(_in_proportion(counts, draws)))


def _in_proportion(counts: Sequence[int], draws: int) -> list[int]:
    """Largest remainders; no more than there are."""
    rows = sum(counts)
    if not rows:
        return [0 for _ in counts]
    given = [count * draws // rows for count in counts]
    remainders = sorted(range(len(counts)), key=lambda at: (-(counts[at] * draws % rows), at))
    for at in remainders[: draws - sum(given)]:
        given[at] += 1
    return given


def _spread(strata: Sequence[Stratum], ratio: float) -> tuple[float, float]:
    """The variance of the total and its degrees of freedom."""
    parts: list[tuple[float, int]] = []
    for stratum in strata:
        n = len(stratum.drawn)
        if n < LEAST_PER_STRATUM:
            continue
        left = [y - ratio * x for x, y in stratum.drawn]
        middle = _mean(left)
        variance = sum((each - middle) ** 2 for each in left) / (n - 1)
        unseen = max(0.0, 1 - n / stratum.rows)
        parts.append((stratum.rows**2 * unseen * variance / n, n - 1))
    spread = sum(part for part, _ in parts)
    weighed = sum(part**2 / freedom for part, freedom in parts)
    return spread, spread**2 / weighed if weighed else max(1.0, float(sum(freedom for _, freedom in parts)))


def _shift(strata: Sequence[Stratum], ratio: float, confidence: float) -> float:
    """By what share the upper side is wider than t has it: a long tail lies there, seen or not."""
    left = [y - ratio * x for stratum in strata for x, y in stratum.drawn]
    middle = _mean(left)
    variance = _mean([(each - middle) ** 2 for each in left])
    skewness = _mean([(each - middle) ** 3 for each in left]) / variance**1.5 if variance else 0.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    return min(1.0, max(skewness, LEAST_SKEWNESS) * (1 + 2 * z * z) / (6 * z * math.sqrt(len(left))))


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)
