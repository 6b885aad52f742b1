"""Numbers as people write them: 1,055.5 · 1.055,5 · 3.1万 · 10 1/4 · ½ · 三百六十 · two and a half.

A number keeps every value that its signs can mean in the language (1.055 is two numbers), the likeliest first, and the
half of its last written digit, which is as exact as it claims to be.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import Final, NamedTuple

from goodsmith.checks.facts.reading.lexicon import Sign

MAX_NUMBERS: Final = 150  # of one text that are looked at
_MAX_DIGITS: Final = 15
_FRACTION: Final = r"(?<![\d.,/])\d/(?:2|3|4|8|16|32|64)(?![\d/])"
_TAIL: Final = r"(?:[ -]?[½¼¾⅓⅔⅛⅜⅝⅞]|[ -]\d/(?:2|3|4|8|16|32)(?![\d/]))?"
_RUN: Final = r"(?<!\d)(?<!\d[.,])\d{1,15}(?:[.,'٫]\d{1,15}){0,4}"
_BARE_POINT: Final = r"(?<![^\s(:~–-])\.\d{1,6}"  # .5 for 0.5
_WESTERN: Final = re.compile(f"{_FRACTION}|{_BARE_POINT}|{_RUN}{_TAIL}|[½¼¾⅓⅔⅛⅜⅝⅞]")
_SPACED: Final = re.compile(rf"{_FRACTION}|{_RUN}(?: \d{{3}}(?![\d.,])){{0,3}}{_TAIL}|[½¼¾⅓⅔⅛⅜⅝⅞]")  # 1 200
_VULGAR: Final = {
    "½": 1 / 2,
    "¼": 1 / 4,
    "¾": 3 / 4,
    "⅓": 1 / 3,
    "⅔": 2 / 3,
    "⅛": 1 / 8,
    "⅜": 3 / 8,
    "⅝": 5 / 8,
    "⅞": 7 / 8,
}
_HAN: Final = re.compile("[零一二两三四五六七八九十百千万亿半]{1,12}")
_DOUBLE: Final = re.compile(
    "(?<![\\d一二两三四五六七八九十百千万几数每这那成])双(?=[耳层面口头轴门肩排杯管核模孔卡屏麦喇排座把])|(?<![\\d一二两三四五六七八九十])双(?=[A-Z])"
)
_HAN_DIGIT: Final = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"两": 2}
_HAN_TENS: Final = {"十": 10, "百": 100, "千": 1000}
_SCALES: Final = {"万": 1e4, "亿": 1e8, "千": 1e3, "百": 1e2, "百万": 1e6, "千万": 1e7}
_SCALE: Final = re.compile(r" ?(百万|千万|万|亿|千|百)(?!分)")
_LOOSE: Final = re.compile("[一二两三四五六七八九]{2}")  # 三五 means a few
_VAGUE_BEFORE: Final = frozenset("几数第好")
_VAGUE_AFTER: Final = frozenset("几多余来")
_YEAR_HAN: Final = re.compile("[零一二三四五六七八九]{4}")
_DECIMAL_COMMA: Final = ","


class Number(NamedTuple):
    """A number in a text. half_step: half a unit of its last digit. spelled: in words, which stories use as well."""

    start: int
    end: int
    values: tuple[float, ...]
    half_step: float
    spelled: bool
    vague: bool = False


def numbers_in(text: str, signs: Sequence[Sign], language: str, decimal: str, *, han: bool) -> list[Number]:
    """All numbers of a folded text, in order, none within another. decimal: the sign of the language, "" if unknown."""
    pattern = _SPACED if decimal == _DECIMAL_COMMA else _WESTERN
    matches = islice(pattern.finditer(text), MAX_NUMBERS)
    found = [number for match in matches if (number := _western(match, text, decimal)) is not None]
    taken = [number.start for number in found]
    if han:
        runs = islice(_HAN.finditer(text), MAX_NUMBERS)
        found += [number for match in runs if (number := _chinese(match, text)) is not None]
        if "双" in text:
            found += [Number(match.start(), match.end(), (2.0,), 0.5, spelled=True) for match in _DOUBLE.finditer(text)]
    elif signs:
        found += _in_words(text, signs)
    if len(found) > len(taken):
        found.sort()
    return found


def _western(match: re.Match[str], text: str, decimal: str) -> Number | None:
    written = match.group()
    start, end = match.span()
    extra = 0.0
    if written[-1] in _VULGAR:
        extra = _VULGAR[written[-1]]
        written = written[:-1].rstrip(" -")
    elif "/" in written:
        whole, _, fraction = written.rpartition(" " if " " in written else "-")
        top, _, bottom = fraction.partition("/")
        extra = int(top) / int(bottom)
        written = whole
    if written.startswith("."):
        return Number(start, end, (float(f"0{written}"),), 0.5 * 10.0 ** (1 - len(written)), spelled=False)
    values, places = read_digits(written, decimal) if written else ((0.0,), 0)
    if not values:
        return None
    scale = 1.0
    if (after := _SCALE.match(text, end)) is not None:
        scale = _SCALES[after.group(1)]
        end = after.end()
    elif text[end : end + 1] == "半":  # 2半 is rare, 2个半 is read with the unit
        return None
    return Number(
        start,
        end,
        tuple((value + extra) * scale for value in values),
        (0.0 if extra else 0.5 * 10.0**-places) * scale,
        spelled=False,
    )


def read_digits(written: str, decimal: str) -> tuple[tuple[float, ...], int]:
    """What a run of digits and separators can mean, likeliest first, and its decimal places. () if it is no number."""
    plain = written.replace(" ", "").replace("'", "").replace("٫", ".")
    signs = [sign for sign in plain if sign in ".,"]
    if len(plain) - len(signs) > _MAX_DIGITS:
        return (), 0
    if not signs:
        return (float(plain),), 0
    groups = re.split("[.,]", plain)
    grouped = len(groups[0]) <= 3 and groups[0] != "0" and all(len(group) == 3 for group in groups[1:])
    last = signs[-1]
    if len(signs) > 1:
        if len(set(signs)) == 1:
            return ((float("".join(groups)),), 0) if grouped else ((), 0)
        if last in signs[:-1] or not all(len(group) == 3 for group in groups[1:-1]):
            return (), 0
        return (float("".join(groups[:-1]) + "." + groups[-1]),), len(groups[-1])
    as_decimal, as_thousands = float(".".join(groups)), float("".join(groups))
    if not grouped:
        return (as_decimal,), len(groups[1])
    if decimal and last != decimal:
        return (as_thousands,), 0
    if decimal and last == ".":
        return (as_decimal,), 3
    return (as_decimal, as_thousands), 0


def _chinese(match: re.Match[str], text: str) -> Number | None:
    written = match.group()
    start, end = match.span()
    if start and (text[start - 1].isdigit() or text[start - 1] in _VAGUE_BEFORE):
        return None
    if end < len(text) and text[end] in _VAGUE_AFTER:
        return None
    if (_LOOSE.fullmatch(written) and written != "一半") or (len(written) > 1 and written[0] == "半"):
        return None
    value = read_chinese(written)
    return None if value is None else Number(start, end, (value,), 0.5 if value >= 1 else 0.0, spelled=True)


def read_chinese(written: str) -> float | None:
    """三百六十 as 360. None: no number (千万, 一一)."""
    if _YEAR_HAN.fullmatch(written):
        return float("".join(str(_HAN_DIGIT[sign]) for sign in written))
    total = part = 0.0
    digit: int | None = None
    for place, sign in enumerate(written):
        if sign in _HAN_DIGIT:
            if digit:
                return None
            digit = _HAN_DIGIT[sign]
        elif sign in _HAN_TENS:
            if digit is None and sign != "十":
                return None
            part += (1 if digit is None else digit) * _HAN_TENS[sign]
            digit = None
        elif sign in {"万", "亿"}:
            if place == 0:
                return None
            total = (total + part + (digit or 0)) * _SCALES[sign]
            part, digit = 0.0, None
        elif place == 0 and len(written) == 1:
            return 0.5
        else:
            return None
    return total + part + (digit or 0)


def _in_words(text: str, signs: Sequence[Sign]) -> list[Number]:
    """Neighbouring number words make one number: two hundred and fifty."""
    words = [sign for sign in signs if sign.kind == "number"]
    found: list[Number] = []
    place = 0
    while place < len(words):
        first = words[place]
        value, end = first.value, first.end
        place += 1
        while place < len(words):
            between = text[end : words[place].start]
            more = words[place].value
            if between not in {" ", "-", " and ", " y "} or not (more >= 100 > value or value >= 100 > more >= 1):
                break
            value = value * more if more >= 100 else value + more
            end = words[place].end
            place += 1
        values = (value, 1.0) if "pair" in text[first.start : end] else (value,)  # two things, or one pair
        found.append(Number(first.start, end, values, 0.5 if value >= 1 else 0.0, spelled=True))
    return found
