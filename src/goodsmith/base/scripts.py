"""Which script a text is written in: letters counted by Unicode block, and the scripts that a locale uses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from goodsmith.base.locales import script_of

HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
LATIN = "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"

# Character classes of letters; signs and digits belong to no script.
BLOCKS: dict[str, str] = {
    "Han": HAN,
    "Kana": "\u3041-\u3096\u30a1-\u30fa\u30fc",
    "Hangul": "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3",
    "Latin": LATIN,
    "Cyrillic": "\u0400-\u052f",
    "Arabic": "\u0620-\u064a\u066e-\u06d3\u06fa-\u06fc\u0750-\u077f",
    "Thai": "\u0e01-\u0e3a\u0e40-\u0e4e",
    "Hebrew": "\u05d0-\u05ea",
    "Greek": "\u0370-\u03ff\u1f00-\u1fff",
    "Devanagari": "\u0900-\u0963\u0970-\u097f",
    "Bengali": "\u0980-\u09e3",
    "Tamil": "\u0b80-\u0be5",
    "Telugu": "\u0c00-\u0c65",
    "Kannada": "\u0c80-\u0ce5",
    "Malayalam": "\u0d00-\u0d65",
    "Gujarati": "\u0a80-\u0ae5",
    "Gurmukhi": "\u0a00-\u0a65",
    "Sinhala": "\u0d80-\u0de5",
    "Lao": "\u0e81-\u0ecd\u0edc-\u0edf",
    "Burmese": "\u1000-\u103f\u1050-\u109f",
    "Khmer": "\u1780-\u17dd",
    "Georgian": "\u10a0-\u10ff",
    "Armenian": "\u0531-\u0587",
    "Ethiopic": "\u1200-\u135a",
}

# What CLDR calls a script -> the blocks that its texts are made of, the first one being the sign of it.
_SCRIPTS: dict[str, tuple[str, ...]] = {
    "Hans": ("Han",),
    "Hant": ("Han",),
    "Jpan": ("Kana", "Han"),
    "Kore": ("Hangul",),
    "Latn": ("Latin",),
    "Cyrl": ("Cyrillic",),
    "Arab": ("Arabic",),
    "Thai": ("Thai",),
    "Hebr": ("Hebrew",),
    "Grek": ("Greek",),
    "Deva": ("Devanagari",),
    "Beng": ("Bengali",),
    "Taml": ("Tamil",),
    "Telu": ("Telugu",),
    "Knda": ("Kannada",),
    "Mlym": ("Malayalam",),
    "Gujr": ("Gujarati",),
    "Guru": ("Gurmukhi",),
    "Sinh": ("Sinhala",),
    "Laoo": ("Lao",),
    "Mymr": ("Burmese",),
    "Khmr": ("Khmer",),
    "Geor": ("Georgian",),
    "Armn": ("Armenian",),
    "Ethi": ("Ethiopic",),
}


def blocks_of(tag: str) -> tuple[str, ...]:
    """The blocks that texts in a locale are made of; empty if its script is not known here."""
    return _SCRIPTS.get(script_of(tag), ())


@cache
def letters(*blocks: str) -> re.Pattern[str]:
    """Runs of letters of these blocks."""
    return re.compile(f"[{''.join(BLOCKS[block] for block in blocks)}]+")


def count_letters(text: str, blocks: Iterable[str] = tuple(BLOCKS)) -> dict[str, int]:
    """Block -> letters, the most frequent first; blocks without a letter are left out."""
    counts = {block: sum(map(len, letters(block).findall(text))) for block in blocks}
    return dict(sorted(((block, n) for block, n in counts.items() if n), key=lambda pair: -pair[1]))
