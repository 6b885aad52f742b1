"""Letter sizes and their ranges: M, S-3XL, `from S to XXL`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_SIZE: Final = r"(?:[2-9]X[SL]|X{1,4}[SL]|[SML])"
_PATTERN: Final = re.compile(
    rf"(?<![A-Za-z0-9'&.])(?P<low>{_SIZE})(?: ?(?:-|–|~|至|到|to|bis|a) ?(?P<high>{_SIZE}))?"
    r"(?![A-Za-z0-9'&])(?! ?[×x*] ?\d)"
)
_SPEAKS: Final = re.compile(
    r"(?:size|sizes|码|号|尺码|talla|tallas|größe|größen|サイズ|fits|in)[ :s]{0,3}$", re.IGNORECASE
)
_SPEAKS_AFTER: Final = re.compile(r"^ ?(?:码|号|サイズ|size)", re.IGNORECASE)
_ALIKE: Final = {"2XL": "XXL", "3XL": "XXXL", "4XL": "XXXXL", "2XS": "XXS"}


@dataclass(frozen=True, slots=True)
class Size:
    """A size, or the first and last of a range."""

    start: int
    end: int
    low: str
    high: str
    sure: bool  # a range, or a word beside it speaks of sizes


def sizes_in(text: str) -> list[Size]:
    """All letter sizes of a folded text."""
    found: list[Size] = []
    for match in _PATTERN.finditer(text):
        low = _ALIKE.get(match["low"], match["low"])
        high = _ALIKE.get(match["high"], match["high"]) if match["high"] else low
        sure = bool(match["high"]) or len(match["low"]) > 1 or _is_spoken_of(text, match)
        found.append(Size(match.start(), match.end(), low, high, sure))
    return found


def _is_spoken_of(text: str, match: re.Match[str]) -> bool:
    return (
        _SPEAKS.search(text[max(0, match.start() - 12) : match.start()]) is not None
        or _SPEAKS_AFTER.match(text[match.end() : match.end() + 6]) is not None
    )
