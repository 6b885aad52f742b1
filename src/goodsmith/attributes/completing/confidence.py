"""How sure an offered value is: a logistic model that starts from shipped weights and learns from filled cells.

The cells that a catalog has filled are predicted from its texts as if they were empty; what came out right and wrong
moves the weights, little with few cells (ridge regression towards the shipped weights). Source of the method: Hoerl and
Kennard 1970, https://doi.org/10.1080/00401706.1970.10488634; calibration by logistic regression: Platt 1999.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

Signs = Mapping[str, float]  # what speaks for and against an offer, by name

# Log odds, set on the training halves of the benchmark data (bench/attributes.py), never on their test parts.
SHIPPED: Final[dict[str, float]] = {
    "1": -1.0,
    "allowed@title": 4.0,
    "allowed@text": 2.6,
    "known@title": 1.6,
    "known@text": 0.4,
    "known_often": 0.25,  # times the logarithm of the cells that hold it
    "measure@title": 2.2,
    "measure@text": 1.2,
    "cue": 1.2,
    "named": 3.4,  # the attribute's name stands right before the amount
    "long": 1.6,  # a spelling of several words
    "tagger": 1.0,  # times the log odds of the tagger's own chance
    "tagged": 0.6,
    "first": 0.4,  # it stands at the beginning of the title
    "two_sources": 0.8,
    "rivals": -1.5,  # times the other values that the texts offer, at most two
    "for_other": -2.5,  # it names what the product is for
    "short": -0.8,
    "many": -0.7,  # times the logarithm of how many values it joins
    "no_unit": -1.0,
}
_RIDGE: Final = 1.0  # cells that the shipped weight of a sign counts as
_RIDGE_OWN: Final = 0.35  # of an attribute's own offset: attributes differ more than signs do
_STEPS: Final = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An offer for a cell that is filled, and whether it said the same."""

    attribute: str
    signs: Signs
    right: bool


@dataclass(frozen=True, slots=True)
class Confidence:
    """Weights by sign, and offsets by attribute and by attribute and way. cells: what it has learnt from."""

    weights: Mapping[str, float] = field(default_factory=lambda: dict(SHIPPED))
    cells: int = 0

    def of(self, attribute: str, signs: Signs) -> float:
        """Between 0 and 1: the share of offers such as this that are right."""
        weights = self.weights
        score = sum(weights.get(name, 0.0) * amount for name, amount in _all_signs(attribute, signs).items())
        return 1 / (1 + math.exp(-min(30.0, max(-30.0, score))))


def learn_confidence(judged: Sequence[Judged]) -> Confidence:
    """Move the shipped weights as far as the judged offers ask for."""
    if not judged:
        return Confidence()
    import numpy as np  # noqa: PLC0415  heavy

    rows = [_all_signs(one.attribute, one.signs) for one in judged]
    names = sorted({name for row in rows for name in row})
    place = {name: at for at, name in enumerate(names)}
    seen = np.zeros((len(rows), len(names)))
    for at, row in enumerate(rows):
        for name, amount in row.items():
            seen[at, place[name]] = amount
    right = np.array([one.right for one in judged], float)
    start = np.array([SHIPPED.get(name, 0.0) for name in names])
    ridge = np.array([_RIDGE_OWN if ":" in name else _RIDGE for name in names])
    weights = start.copy()
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(seen @ weights, -30, 30)))
        slope = seen.T @ (chance - right) + ridge * (weights - start)
        bend = (seen * (chance * (1 - chance))[:, None]).T @ seen + np.diag(ridge)
        step = np.linalg.solve(bend, slope)
        size = float(np.abs(step).max())
        weights -= step * min(1.0, 2.0 / max(size, 1e-12))
        if size < 1e-6:
            break
    learnt = dict(SHIPPED) | {name: float(weight) for name, weight in zip(names, weights, strict=True)}
    return Confidence(learnt, len(judged))


def reliability(pairs: Sequence[tuple[float, bool]], *, bins: int = 10) -> list[tuple[float, float, int]]:
    """(mean confidence, share that is right, cells) of each tenth between 0 and 1 that has any: a reliability curve."""
    listed: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for chance, right in pairs:
        listed[min(bins - 1, int(chance * bins))].append((chance, right))
    return [
        (sum(chance for chance, _ in one) / len(one), sum(right for _, right in one) / len(one), len(one))
        for one in listed
        if one
    ]


def log_odds(chance: float) -> float:
    """Bounded, so that a certain tagger is not infinitely sure."""
    chance = min(0.995, max(0.005, chance))
    return math.log(chance / (1 - chance))


def _all_signs(attribute: str, signs: Signs) -> dict[str, float]:
    ways = "+".join(sorted(name for name in signs if "@" in name or name == "tagged"))
    own = {name: amount for name, amount in signs.items() if not name.startswith("=")}
    meant = {f"v:{attribute}:{name}": 1.0 for name in signs if name.startswith("=")}
    return {"1": 1.0, **own, **meant, f"a:{attribute}": 1.0, f"w:{attribute}:{ways}": 1.0}
