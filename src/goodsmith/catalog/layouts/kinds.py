"""What kind of thing a cell holds, as far as its text tells: what sets a row of names apart from a row of goods."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

Kind = Literal["number", "date", "url", "code", "flag", "text"]

MAJORITY = 0.7  # share of a column's cells that gives the column its kind
FEWEST = 2  # cells that can give a column its kind
CODE_LENGTH = 32

_MONEY = r"(?:[€$£¥¥₩₹฿元]|US\$|RMB|CNY|USD|EUR|GBP|JPY)?"  # both signs of the yuan
_NUMBER = re.compile(
    rf"[-+(]?\s*{_MONEY}\s*[-+]?(?:\d{{1,3}}(?:[ ,.'\u00a0\u202f]\d{{3}})+|\d+)(?:[.,]\d+)?"
    rf"(?:[eE][-+]?\d{{1,3}})?\s*(?:%|{_MONEY})\)?"
)
_DATE = re.compile(
    r"\d{4}([-/.])\d{1,2}\1\d{1,2}(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?|\d{1,2}([-/.])\d{1,2}\2\d{2,4}|"
    r"\d{2,4}年\d{1,2}月(?:\d{1,2}日)?|\d{1,2}[- ](?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*[- ]\d{2,4}"
)
_URL = re.compile(r"(?:https?|ftp)://\S|//\S+\.\S|\S+\.(?:jpe?g|png|webp|gif|html?)\b", re.IGNORECASE)
_FLAG_WORDS = "true false yes no 是 否 有 无 √ × ✓ ✗ 上架 下架 - / na n/a #n/a"
_FLAGS = frozenset(_FLAG_WORDS.split())


@lru_cache(8_192)  # a row is judged by the same rows as the one before it
def kind_of(text: str) -> Kind:
    """The kind of a text that is not blank."""
    text = text.strip()
    if len(text) <= 40:
        if _NUMBER.fullmatch(text):
            return "number"
        if _DATE.fullmatch(text):
            return "date"
        if text.casefold() in _FLAGS:
            return "flag"
    if _URL.match(text):
        return "url"
    return "code" if is_code(text) else "text"


def is_code(text: str) -> bool:
    """Without spaces, not a word: AB-1020, KB1020, 1020/3, A_7."""
    if not 2 <= len(text) <= CODE_LENGTH or not text.isascii() or not any(map(str.isdigit, text)):
        return False
    return all(sign.isalnum() or sign in "-_./#+:" for sign in text)


def column_kind(texts: Iterable[str | None]) -> Kind | None:
    """The kind that most filled cells of a column have; None: no kind, or plain text, which proves nothing."""
    kinds = Counter(kind_of(text) for text in texts if text and not text.isspace())
    total = kinds.total()
    if total < FEWEST:
        return None
    # An id that is all digits is a number to the eye; columns of codes often mix the two.
    if kinds["code"] and (kinds["code"] + kinds["number"]) >= MAJORITY * total:
        return "code"
    kind, count = kinds.most_common(1)[0]
    return kind if kind != "text" and count >= MAJORITY * total else None


def fits(text: str, kind: Kind) -> bool:
    """Whether a cell is what its column usually holds."""
    own = kind_of(text)
    return own == kind or {own, kind} == {"code", "number"} or (own == "flag" and kind in {"number", "date"})
