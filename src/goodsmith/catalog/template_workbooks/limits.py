"""Limits that a platform writes in words: `Max. 200 characters`, 不超过60个字符, `bis zu 2 Nachkommastellen`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from goodsmith.records import LengthUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a text says about lengths; None where it says nothing."""

    min_length: int | None = None
    max_length: int | None = None
    unit: LengthUnit = "characters"
    decimals: int | None = None


def limits_in(text: str) -> Limits:
    """The limits stated in a description. A length of Chinese characters (汉字) counts two half-widths each."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    decimals = _DECIMALS.search(plain)
    digits = next((int(found) for found in decimals.groups() if found), None) if decimals else None
    for pattern in _LENGTHS:
        if found := pattern.search(plain):
            lowest = found.groupdict().get("low")
            unit, times = _unit(found["unit"])
            return Limits(
                min_length=_count(lowest) * times if lowest else None,
                max_length=_count(found["high"]) * times,
                unit=unit,
                decimals=digits,
            )
    return Limits(decimals=digits)


def _unit(word: str) -> tuple[LengthUnit, int]:
    if word.startswith(("byte", "字节", "バイト", "octet")):
        return "utf8_bytes", 1
    return ("half_width", 2) if word == "汉字" else ("characters", 1)


def _count(digits: str) -> int:
    return int(re.sub(r"[,.  ]", "", digits))


_N = r"[0-9]{1,3}(?:[,. ][0-9]{3}|[0-9]{0,4})"
_UNIT = (
    r"(?P<unit>characters?|chars?|zeichen|caract[èe]res?|caratteri|ký tự|karakter|字符|字元|汉字|文字|字(?!段|母|体)"
    r"|bytes?|字节|バイト|octets?)"
)
_GAP = r"[^0-9.;。;\n]{0,24}?"
_AT_MOST = (
    r"(?:max(?:imum|imal|\.)?|up to|at most|no more than|not exceed|less than or equal to|bis zu|höchstens|maximal"
    r"|jusqu'à|hasta|不超过|不能超过|不得超过|最多|最长|上限|以内|最大)"
)
_LENGTHS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<low>{_N})\s*(?:-|~|–|—|至|到|to|bis|and|und|à|から)\s*(?P<high>{_N})\s*(?:个|個)?\s*{_UNIT}",
        rf"{_AT_MOST}{_GAP}(?P<high>{_N})\s*(?:个|個)?\s*{_UNIT}",
        rf"(?P<high>{_N})\s*(?:个|個)?\s*{_UNIT}\s*(?:以内|以下|まで|之内|max|maximum|or less|or fewer|limit)",
    )
)
_DECIMALS = re.compile(
    r"([0-9])\s*(?:decimal|nachkommastelle|décimale|位小数)|(?:小数点?后|小数第)\s*([0-9])\s*位|小数\s*([0-9])\s*(?:位|桁)"
    r"|最多\s*([0-9])\s*位小数"
)
