"""What stands around a value and turns it: a negation, an imitation, or a thing that the product is only for."""

from __future__ import annotations

import re
from typing import Final

_NEAR: Final = 24  # characters before that are looked at
_NEGATED: Final = re.compile(
    r"(?:不含|不带|无|非|仿|除|without|no|non|not|free\s?(?:of|from)|imitation|faux|fake|ohne|sans)[\s-]?(?:a\s|any\s|的)?$",
    re.IGNORECASE,
)
_TURNED: Final = re.compile(
    r"\s?-?(?:free\b|frei\b|look\b|style\b|effect\b|scented\b|感|风格?|系列?|款式)", re.IGNORECASE
)
_MEANT_FOR: Final = re.compile(
    r"(?:\bfor|\bfits?|compatible with|replacement for|works with|suitable for|适用于?|兼容|替代|配套)\s?"
    r"(?:the\s|all\s|most\s|use with\s|\w{1,12}\s){0,1}$",
    re.IGNORECASE,
)


def negated(text: str, start: int, end: int) -> bool:
    """Whether the words around say that it is not so: `不含糖`, `sugar-free`, `leather look`."""
    return bool(_NEGATED.search(text[max(0, start - _NEAR) : start]) or _TURNED.match(text, end))


def meant_for(text: str, start: int) -> bool:
    """Whether it names what the product is for, not the product: `cable for Vireo phones`."""
    return _MEANT_FOR.search(text[max(0, start - _NEAR) : start]) is not None
