"""What became of a fact of a text: a verdict, and the cell that it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from goodsmith.checks.facts.holding.sources import Place
from goodsmith.records import FactVerdict

CLOSED: Final = frozenset({
    "quantity", "percent", "count", "number", "duration", "model", "standard", "date", "size", "material", "colour",
    "origin", "certificate",
})  # fmt: skip
AGAINST: Final = frozenset({FactVerdict.CONTRADICTED, FactVerdict.UNSUPPORTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A fact of the text with its verdict. risk: 0 to 1, for what is open."""

    kind: str
    start: int
    end: int
    verdict: FactVerdict
    place: Place | None = None
    risk: float = 0.0
    sure: bool = False  # of what it contradicts, whatever else the source has

    @property
    def closed(self) -> bool:
        return self.kind in CLOSED


def plain_word(noun: str) -> str:
    """A noun without its plural."""
    return noun[:-1] if len(noun) > 3 and noun.endswith("s") and not noun.endswith("ss") else noun
