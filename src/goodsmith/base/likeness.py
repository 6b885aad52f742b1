"""How alike two short texts are, by the groups of letters that they share: works for any script, needs no model."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Final

_GROUP: Final = 3  # letters; a Chinese word has two, so pairs count as well


@lru_cache(maxsize=4_096)
def letter_groups(text: str) -> frozenset[str]:
    """The pairs and triples of letters of a text's words, without case, width and punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = "".join(letter if letter.isalnum() else " " for letter in folded).split()
    return frozenset(
        word[start : start + size]
        for word in words
        for size in (2, _GROUP)
        for start in range(max(1, len(word) - size + 1))
    )


def likeness(one: AbstractSet[str], other: AbstractSet[str]) -> float:
    """0 for nothing in common, 1 for the same groups: the cosine of the two sets (Ochiai 1957)."""
    if not one or not other:
        return 0.0
    return len(one & other) / math.sqrt(len(one) * len(other))
