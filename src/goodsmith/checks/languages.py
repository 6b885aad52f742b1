"""Which of several languages with one script a text is in: by its function words, and by py3langid where they are few.

py3langid is loaded at the first text that needs it (0.6 s, 55 MB), which most runs never meet.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from goodsmith.base.function_words import FUNCTION_WORDS, LANGUAGES_OF

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_ALIASES = {"nb": "no", "nn": "no", "fil": "tl", "in": "id", "iw": "he"}
_NEAR = (
    {"no", "da", "sv"},
    {"id", "ms"},
    {"hr", "sr", "bs", "sl"},
    {"es", "pt", "gl", "ca"},
    {"cs", "sk"},
    {"ru", "uk", "bg", "be"},
    {"ar", "fa", "ur"},
)
_CANDIDATES = [
    *("en", "de", "fr", "es", "it", "pt", "nl", "pl", "tr", "vi", "id", "ms", "sv", "da", "no", "fi", "cs", "sk", "ro"),
    *("hu", "hr", "sl", "ca", "tl", "sw", "et", "lv", "lt"),
    *("ru", "uk", "bg", "sr", "be", "kk", "ar", "fa", "ur", "hi", "mr", "ne"),
]
_ALL_FUNCTION_WORDS = frozenset(LANGUAGES_OF)
_PLAIN = {"en", "id", "ms", "sw", "tl"}  # written without accents
_ACCENTED_WORDS = 2  # in a text of a plain language: one may be a brand
_SURE_HITS = 3
_SUSPECT_HITS = 2
_SURE_SHARE = 1 / 8  # of the words of a text
_SURE = 0.9  # probability of another language
_SURE_OF_NEAR = 0.99
_LEFT_FOR_TARGET = 0.03


def other_language(words: list[str], code: str, *, strict: bool = False) -> str | None:
    """The language code that a text is certainly in instead of `code`, or None if it may be the right one.

    words: of the running text, lower case, at least five; fewer cannot be judged. Not strict: a text is suspected only
    where another language's function words outnumber those of `code`, or by accents that `code` does not have, so a
    title of names costs nothing.
    """
    code = _ALIASES.get(code, code)
    if code not in _CANDIDATES:
        return None
    hits = len(FUNCTION_WORDS.get(code, frozenset()).intersection(words))
    if hits >= _SURE_HITS and hits >= _SURE_SHARE * len(words):
        return None
    if not strict and not _others_outnumber(words, hits) and not (code in _PLAIN and _has_accents(words)):
        return None
    ranked = _identifier().rank(" ".join(words))
    best, share = ranked[0]
    if best == code or dict(ranked).get(code, 0.0) > _LEFT_FOR_TARGET:
        return None
    near = any({best, code} <= family for family in _NEAR)
    return str(best) if share >= (_SURE_OF_NEAR if near else _SURE) else None


def _others_outnumber(words: list[str], hits: int) -> bool:
    """Whether another language has more function words here than the wanted one."""
    telling = _ALL_FUNCTION_WORDS.intersection(words)
    if len(telling) < _SUSPECT_HITS:
        return False
    counts = Counter(code for word in telling for code in LANGUAGES_OF[word])
    return max(counts.values()) >= max(_SUSPECT_HITS, hits + 1)


def _has_accents(words: list[str]) -> bool:
    if "".join(words).isascii():
        return False
    accented = 0
    for word in words:
        accented += not word.isascii() and any(char.isalpha() and not char.isascii() for char in word)
    return accented >= _ACCENTED_WORDS


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  55 MB, rarely needed

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(_CANDIDATES)
    return identifier
