"""What a few reviewed rows say about all rows: exact bounds and plans for a share of wrong ones.

Pure arithmetic, no SciPy: tails of the binomial distribution are summed from their largest term, quantiles are found by
bisection. Shares are 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

LARGEST_SAMPLE: Final = 100_000  # beyond this no person reads
_PRECISION: Final = 1e-12


def at_most(found: int, read: int, share: float) -> float:
    """P(X <= found) for X ~ Binomial(read, share)."""
    if found >= read or share <= 0:
        return 1.0
    if found < 0 or share >= 1:
        return 0.0
    first = max(0, min(found, math.floor((read + 1) * share)))  # the largest term of those that count
    largest = math.exp(
        math.lgamma(read + 1)
        - math.lgamma(first + 1)
        - math.lgamma(read - first + 1)
        + first * math.log(share)
        + (read - first) * math.log1p(-share)
    )
    odds = share / (1 - share)
    total, term = largest, largest
    for number in range(first, found):
        term *= (read - number) / (number + 1) * odds
        total += term
        if term < total * _PRECISION:
            break
    term = largest
    for number in range(first, 0, -1):
        term *= number / (read - number + 1) / odds
        total += term
        if term < total * _PRECISION:
            break
    return min(total, 1.0)


def upper_bound(found: int, read: int, *, confidence: float = 0.95) -> float:
    """The largest share of wrong rows that `found` wrong among `read` random ones leave possible; one-sided.

    Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404. Holds for a sample whose size was fixed before it was read.
    """
    if read <= 0 or found >= read:
        return 1.0
    return falling_root(lambda share: at_most(found, read, share) - (1 - confidence))


def lower_bound(found: int, read: int, *, confidence: float = 0.95) -> float:
    """The smallest such share; one-sided."""
    return 0.0 if read <= 0 or found <= 0 else 1 - upper_bound(read - found, read, confidence=confidence)


def rows_without_error(share: float, *, confidence: float = 0.95) -> int:
    """How many random rows, all of them right, show that at most `share` of all are wrong."""
    return math.ceil(math.log(1 - confidence) / math.log1p(-share) - 1e-9)


def falling_root(of: Callable[[float], float], low: float = 0.0, high: float = 1.0) -> float:
    """Where a falling function crosses 0 between low and high; the nearer end if it does not."""
    if of(low) <= 0:
        return low
    if of(high) >= 0:
        return high
    while high - low > _PRECISION * max(high, 1e-3):
        middle = (low + high) / 2
        low, high = (middle, high) if of(middle) > 0 else (low, middle)
    return (low + high) / 2
