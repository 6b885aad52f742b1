"""Text as words are looked for in it: width, case, invisible letters, look-alikes and split words do not hide them.

Each folded letter knows where it came from, so that a finding marks the original.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

# Cyrillic and Greek letters that look like Latin ones. Source: Unicode UTS #39, confusables, the common few.
_ALIKE: Final = str.maketrans("аеорсухіјѕԁɡһոⅼοανυ", "aeopcyxijsdghnloavu")
# Letters that fold one by one: most texts have no others, and need no record of places.
_PLAIN: Final = re.compile(r"[\x00-\x7f\u2013-\u2026\u3001-\u3003\u3008-\u3011\u4e00-\u9fff\uff01-\uff5e×·]*")
_HALF: Final = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
_BETWEEN: Final = frozenset(" -_.·*~|/\\,,、。'\"")  # what people put between letters to hide a word

_SPLIT: Final = re.compile(f"[㐀-鿿][{re.escape(''.join(sorted(_BETWEEN)))}]{{1,8}}[㐀-鿿]")


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text; `places[i]` is where letter i stands in the original. None: where it stands here."""

    text: str
    places: tuple[int, ...] | None

    def span(self, start: int, end: int, original: str) -> tuple[int, int]:
        """The original's span of a folded one."""
        if self.places is None:
            return start, end
        last = self.places[end - 1]
        return self.places[start], min(len(original), last + 1)


def fold(text: str) -> Folded:
    """Lower case, one width, no invisible letters, look-alikes as the letters that they look like."""
    if text.isascii():
        return Folded(text.lower(), None)
    if _PLAIN.fullmatch(text):
        return Folded(text.translate(_HALF).lower(), None)
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        if letter.isascii():
            made = letter.lower()
        elif unicodedata.category(letter) in {"Cf", "Mn"} and not letter.isalpha():
            continue
        else:
            made = unicodedata.normalize("NFKC", letter).casefold().translate(_ALIKE)
        letters += made
        places += [place] * len(made)
    return Folded("".join(letters), tuple(places))


def squeeze(folded: Folded) -> Folded | None:
    """The same without what stands between ideographs; None if nothing does, so there is nothing new to find."""
    text, places = folded.text, folded.places
    if not _SPLIT.search(text):
        return None
    kept = [
        at
        for at, letter in enumerate(text)
        if letter not in _BETWEEN or not (_is_ideograph(_near(text, at, -1)) and _is_ideograph(_near(text, at, 1)))
    ]
    if len(kept) == len(text):
        return None
    return Folded("".join(text[at] for at in kept), tuple(at if places is None else places[at] for at in kept))


def _near(text: str, at: int, step: int) -> str:
    """The next letter in a direction that is no separator."""
    at += step
    while 0 <= at < len(text):
        if text[at] not in _BETWEEN:
            return text[at]
        at += step
    return ""


def _is_ideograph(letter: str) -> bool:
    return "㐀" <= letter <= "鿿"
