"""Groups products that are alike, so that a person decides once for all of a group."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from goodsmith.attributes.classifying.alikeness import Described, pieces

ALIKE: Final = 0.42  # cosine to a group's first product; about the same noun and style in one's title
MAX_GROUPS: Final = 2_000
_SAMPLES: Final = 5
_GLUE: Final = "wb="  # words, pairs of words, facets: letters make strangers alike


@dataclass(slots=True)
class Group:
    """Alike products. votes: category -> confidence added up over the group."""

    number: int
    count: int = 0
    samples: list[str] = field(default_factory=list)
    votes: Counter[str] = field(default_factory=Counter)

    def ranked(self) -> list[tuple[str, float]]:
        """Categories and the mean confidence, the likeliest first."""
        return [(name, total / self.count) for name, total in self.votes.most_common(3)]


class Groups:
    """Takes products one by one; the first of a group stands for it. Memory is bounded by MAX_GROUPS."""

    def __init__(self) -> None:
        self.groups: list[Group] = []
        self._first: list[dict[str, float]] = []
        self._holding: dict[str, list[int]] = {}

    def add(self, product: Described, guesses: Mapping[str, float]) -> Group:
        """Put a product into the group that it is alike to, else into a new one; beyond the limit into the nearest."""
        mine = _weights(product)
        number = self._nearest(mine)
        if number is None:
            number = len(self.groups)
            self.groups.append(Group(number=number + 1))
            self._first.append(mine)
            for piece in mine:
                self._holding.setdefault(piece, []).append(number)
        group = self.groups[number]
        group.count += 1
        if len(group.samples) < _SAMPLES:
            group.samples.append(product.title)
        for category, confidence in guesses.items():
            group.votes[category] += confidence  # type: ignore[assignment]
        return group

    def _nearest(self, mine: Mapping[str, float]) -> int | None:
        shared: Counter[int] = Counter()
        for piece, weight in mine.items():
            for number in self._holding.get(piece, ()):
                shared[number] += weight * self._first[number][piece]  # type: ignore[assignment]
        if not shared:
            return 0 if len(self.groups) >= MAX_GROUPS else None
        number, likeness = max(shared.items(), key=lambda one: (one[1], -one[0]))
        return number if likeness >= ALIKE or len(self.groups) >= MAX_GROUPS else None


def _weights(product: Described) -> dict[str, float]:
    found = {piece: 1 + math.log(max(1.0, count)) for piece, count in pieces(product).items() if piece[0] in _GLUE}
    size = math.sqrt(sum(weight * weight for weight in found.values())) or 1.0
    return {piece: weight / size for piece, weight in found.items()}
