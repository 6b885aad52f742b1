"""The two quantiles that intervals need, beta and Student's t, and no library of statistics."""

from __future__ import annotations

import math
from typing import Final

_STEPS: Final = 200  # of a bisection: more than a float has bits
_TERMS: Final = 5_000  # of the continued fraction; it needs about sqrt(max(a, b))
_TINY: Final = 1e-300
_PRECISE: Final = 1e-15


def beta_quantile(p: float, a: float, b: float) -> float:
    """Where the beta distribution with a, b > 0 has `p` of its mass to the left; 0 to 1."""
    if p <= 0:
        return 0.0
    if p >= 1:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        if beta_mass(middle, a, b) < p:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def t_quantile(p: float, df: float) -> float:
    """Student's t with `df` > 0 degrees of freedom, which may be a fraction; 0 < p < 1."""
    if p == 0.5:
        return 0.0
    x = beta_quantile(2 * min(p, 1 - p), df / 2, 0.5)
    t = math.sqrt(df * (1 - x) / x) if x else math.inf
    return t if p > 0.5 else -t


def beta_mass(x: float, a: float, b: float) -> float:
    """The mass of the beta distribution left of x.

    Source: DLMF 8.17.22, a continued fraction that converges quickly left of the mean; the other side by symmetry.
    """
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_mass(1 - x, b, a)
    front = a * math.log(x) + b * math.log1p(-x) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return math.exp(front) / a / _fraction(x, a, b)


def _fraction(x: float, a: float, b: float) -> float:
    """1 + d1/(1 + d2/(1 + …)), from the front, by Lentz's method."""
    value, above, below = 1.0, 1.0, 0.0
    for number in range(1, _TERMS):
        m = number // 2
        if number % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        below = 1 / (_not_zero(1 + term * below))
        above = _not_zero(1 + term / above)
        value *= above * below
        if abs(above * below - 1) < _PRECISE:
            break
    return value


def _not_zero(number: float) -> float:
    return number if abs(number) > _TINY else _TINY
