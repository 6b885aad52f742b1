"""Words of a product text with their places: Latin words and numbers whole, Chinese and Japanese sign by sign."""

from __future__ import annotations

import re
from typing import Final

WIDE: Final = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD: Final = re.compile(
    rf"[{WIDE}]|[0-9]+(?:[.,][0-9]+)*|[^\W\d_{WIDE}]+(?:['’][^\W\d_{WIDE}]+)*|[^\w\s]|_|\d", re.UNICODE
)
_IS_WIDE: Final = re.compile(rf"[{WIDE}]")

Place = tuple[int, int]  # start and end of a word, in code points


def places(text: str) -> list[Place]:
    """Where the words of a text stand, from left to right; signs are words too."""
    return [found.span() for found in _WORD.finditer(text)]


def is_wide(text: str) -> bool:
    """Whether a text is written without spaces between words."""
    return _IS_WIDE.search(text) is not None


def found_whole(text: str, part: str) -> Place | None:
    """Where `part` first stands in `text`, not within a longer Latin word or number. Case does not matter."""
    if not part.strip():
        return None
    for found in re.finditer(re.escape(part), text, re.IGNORECASE):
        start, end = found.span()
        if _border(text, start) and _border(text, end):
            return start, end
    return None


def _border(text: str, at: int) -> bool:
    """No word goes on over the place: `red` stands in `red,` and not in `hundred`."""
    if at <= 0 or at >= len(text):
        return True
    left, right = text[at - 1], text[at]
    if not (left.isalnum() and right.isalnum()) or is_wide(left) or is_wide(right):
        return not (left in ".," and right.isdigit() and at >= 2 and text[at - 2].isdigit())
    return left.isdigit() != right.isdigit()
