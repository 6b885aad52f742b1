"""Claims to be the best: of a class, a market or the world. Said of one's own Sunday they are no claim."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from goodsmith.checks.facts.reading.packs import packs


def superlatives_in(small: str, language: str) -> Iterator[tuple[int, int]]:
    """Places of the superlatives in a text in small letters."""
    for pattern in _compiled(language):
        for match in pattern.finditer(small):
            yield match.span()


@cache
def _compiled(language: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in packs().patterns["superlatives"].get(language, ()))
