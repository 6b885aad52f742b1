"""Names with digits: models (HK-1742), standards (GB/T 24252-2019), classes (IPX7), numbered things (Wi-Fi 6).

They are compared by their letters and digits alone, so that `T30 Pro` is `T-30 Pro`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice
from typing import Final, Literal

from goodsmith.checks.facts.reading.packs import packs

Shape = Literal["model", "standard", "numbered", "ratio"]
_TOKEN: Final = re.compile(
    r"(?<![A-Za-zÀ-ÖØ-öø-ž0-9])[A-Za-zÀ-ÖØ-öø-ž0-9]+(?:[-./_+][A-Za-zÀ-ÖØ-öø-ž0-9]+){0,7}(?![A-Za-zÀ-ÖØ-öø-ž0-9])"
)
_HAS_DIGIT: Final = re.compile(r"\d")
_HAS_LETTER: Final = re.compile(r"[A-Za-z]")
_MAX_CHARS: Final = 40
_MAX_CODES: Final = 100
_PLAIN: Final = re.compile(r"[^a-z0-9]")
_NAMED: Final = r"[a-z]?[A-Z][A-Za-z-]{0,20}|No\.|Nr\.|N\.º|Nº|型号|安卓|蓝牙|鸿蒙|华为|小米|苹果|第"
_NUMBERED: Final = re.compile(
    rf"(?<![A-Za-z0-9])(?P<word>{_NAMED})(?P<gap> ?)(?P<number>\d{{1,6}}(?:\.\d{{1,3}})?)(?![\d.,]*\d)"
)
_RATIO: Final = re.compile(r"(?<![\d:.])(?!(?:[01]?\d|2[0-3]):[0-5]\d(?!\d))\d{1,6}(?:\.\d)?:\d{1,2}(?:\.\d)?(?![\d:])")
_COMMON: Final = frozenset(
    {"3d", "2d", "2-in-1", "3-in-1", "4-in-1", "b2b", "o2", "h2o", "co2", "1st", "2nd", "3rd", "4th", "5th"}
)


@dataclass(frozen=True, slots=True)
class Code:
    """A name with digits. plain: its letters and digits in small letters."""

    start: int
    end: int
    plain: str
    shape: Shape


def plain(text: str) -> str:
    """The letters and digits of a code, in small letters."""
    return _PLAIN.sub("", text.lower())


def codes_in(text: str) -> list[Code]:
    """All codes of a folded text, in order, none within another."""
    found = _standards(text)
    taken = bytearray(len(text))
    for code in found:
        taken[code.start : code.end] = b"\1" * (code.end - code.start)
    for code in chain(_models(text), _ratios(text), _numbered(text)):
        if any(taken[code.start : code.end]):
            continue
        found.append(code)
        taken[code.start : code.end] = b"\1" * (code.end - code.start)
        if len(found) > _MAX_CODES:
            break
    found.sort(key=lambda code: code.start)
    return found


def _models(text: str) -> Iterator[Code]:
    for match in _TOKEN.finditer(text):
        written = match.group()
        if (
            len(written) <= _MAX_CHARS
            and _HAS_DIGIT.search(written)
            and _HAS_LETTER.search(written)
            and not _is_measure(written)
        ):
            yield Code(match.start(), match.end(), plain(written), "model")


def _ratios(text: str) -> Iterator[Code]:
    for match in _RATIO.finditer(text):
        yield Code(match.start(), match.end(), match.group(), "ratio")


def _numbered(text: str) -> Iterator[Code]:
    for match in _NUMBERED.finditer(text):
        if _is_numbered(text, match):
            word = match["word"].rstrip(".")
            yield Code(match.start(), match.end(), plain(word) + plain(match["number"]), "numbered")


def _is_numbered(text: str, match: re.Match[str]) -> bool:
    word = match["word"]
    if word == "第" or (word[0].isascii() and not match["gap"] and word[-1].isascii() and not word.endswith(".")):
        return False
    before = text[: match.start()].rstrip()
    sentence_start = not before or before[-1] in ".!?。！？\n:;"
    if sentence_start and word[1:].islower():
        return False  # `Weighs 520 g`
    return not _is_measure_ahead(text, match.end())


def _is_measure_ahead(text: str, end: int) -> bool:
    """Does a unit or another number follow, so that the number is no name? `Size 30 x 40`, `Holds 2 litres`."""
    ahead = text[end : end + 16]
    unit = re.match(r" ?([A-Za-zμΩ]{1,8})(?![A-Za-z])", ahead)
    if unit is not None and unit.group(1).lower() in _unit_symbols():
        return True
    return re.match(r" ?(?:[×x*~–-] ?\d|%|°|[a-zμ]{1,3}(?![a-z])|[a-z]{3,}|[\u4e00-\u9fff])", ahead) is not None


def _is_measure(written: str) -> bool:
    """500ml, 2.4GHz, 183x61cm, 24-bit: a number with its unit, not a name."""
    low = written.lower()
    if (
        low in _COMMON
        or re.fullmatch(r"\d[\d.,]*-[a-z]{1,14}", low)
        or _is_unit_rate(low)
        or re.fullmatch(r"\d{1,2}aaa?", low)
    ):
        return True
    if not low[0].isdigit():
        return False
    pieces = re.split(r"[-/+]|(?<=\d)x(?=\d)", low)
    return all(piece.replace(".", "").isdigit() or piece in _unit_symbols() or _unit_tail(piece) for piece in pieces)


def _is_unit_rate(low: str) -> bool:
    match = re.fullmatch(r"\d[\d.,]*([a-zμ]{1,5}[23]?/[a-z]{1,5}[23]?)", low)
    return match is not None and match.group(1) in _unit_symbols()


def _unit_tail(piece: str) -> bool:
    match = re.fullmatch(r"\d[\d.,]*([a-zμ]{1,6}[23]?)", piece)
    return match is not None and match.group(1) in _unit_symbols()


@cache
def _unit_symbols() -> frozenset[str]:
    known = packs().unit_words
    return frozenset(word.lower() for language in ("any", "en") for word in known.get(language, {})) | {"s", "fl"}


@cache
def _standard() -> re.Pattern[str]:
    names = sorted(packs().standards, key=len, reverse=True)
    listed = "|".join(re.escape(name) for name in names)
    return re.compile(
        rf"(?<![A-Za-z0-9/])(?:{listed})[ -]?[A-Z]{{0,2}}\d{{1,6}}(?:[-.:/][A-Z]?\d{{1,5}}){{0,4}}(?![A-Za-z0-9])"
    )


def _standards(text: str) -> list[Code]:
    matches = islice(_standard().finditer(text), _MAX_CODES)
    return [Code(match.start(), match.end(), plain(match.group()), "standard") for match in matches]
