"""Dates, as far as they are said: a day, a month, a year."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice
from typing import Final

_MAX_DATES: Final = 120  # in one text
_HAN: Final = re.compile(
    r"(?<!\d)(?:(?P<y>(?:19|20)\d\d) ?年 ?)?(?P<m>1[0-2]|0?[1-9]) ?月(?: ?(?P<d>3[01]|[12]\d|0?[1-9]) ?[日号])?"
)
_ISO: Final = re.compile(
    r"(?<![\d.])(?P<y>(?:19|20)\d\d)([-/.])(?P<m>1[0-2]|0?[1-9])(?:\2(?P<d>3[01]|[12]\d|0?[1-9]))?(?![\d.-])"
)
_EUROPEAN: Final = re.compile(
    r"(?<!\d)(?P<d>3[01]|[12]\d|0?[1-9])([./])(?P<m>1[0-2]|0?[1-9])\2(?P<y>(?:19|20)\d\d)(?!\d)"
)
_AMERICAN: Final = re.compile(r"(?<!\d)(?P<m>1[0-2]|0?[1-9])/(?P<d>3[01]|[12]\d|0?[1-9])/(?P<y>(?:19|20)\d\d)(?!\d)")
_YEAR: Final = re.compile(r"(?<![\d.,/×x*-])(?:1[5-9]\d|20[0-4])\d(?![\d.,]?\d)(?! ?[×x*/~-] ?\d)")
_NO_YEAR: Final = re.compile(r" ?(?:[A-Za-zμΩ°%㎡]{1,8}|[\u4e00-\u9fff])")
_YEAR_TAIL: Final = re.compile(r" ?年?(?:款|版|春|夏|秋|冬|产|出|生|制|份|底|初|年份|年产|台历|新|日历)|年(?![\d半])")


@dataclass(frozen=True, slots=True)
class Day:
    """A date or a part of one. also: the same signs read the other way round (3/4/2026)."""

    start: int
    end: int
    year: int | None
    month: int | None
    day: int | None
    also: tuple[int | None, int | None] = (None, None)  # month and day

    def agrees(self, other: Day) -> bool:
        """Does what both say agree, and does the other say all that this says?"""
        if self.year is not None and self.year != other.year:
            return False
        mine = {(self.month, self.day), self.also if self.also != (None, None) else (self.month, self.day)}
        return any(
            month in {None, theirs[0]} and day in {None, theirs[1]}
            for month, day in mine
            for theirs in ((other.month, other.day), other.also)
        )


def dates_in(text: str, small: str, language: str) -> list[Day]:
    """All dates of a folded text, in order, none within another."""
    found: list[Day] = []
    for day in islice(chain(_written(text, small, language), _years(text, language)), _MAX_DATES):
        if not any(day.start < other.end and other.start < day.end for other in found):
            found.append(day)
    found.sort(key=lambda day: day.start)
    return found


def _written(text: str, small: str, language: str) -> Iterator[Day]:
    for match in _ISO.finditer(text):
        if match["d"] or (len(match["m"]) == 2 and match.group(2) == "-"):
            yield _day(match)
    for match in _EUROPEAN.finditer(text):
        other = _AMERICAN.match(text, match.start())
        yield _day(
            match, also=(int(match["d"]), int(match["m"])) if other and other.end() == match.end() else (None, None)
        )
    for match in _AMERICAN.finditer(text):
        yield _day(match)
    for match in _HAN.finditer(text):
        if match["y"] or match["d"]:
            yield _day(match)
    pattern, months = _named(language)
    if pattern is not None:
        for match in pattern.finditer(small):
            said = match.groupdict()
            year, day = said["y1"] or said["y2"], said["d1"] or said["d2"]
            if year or day:
                yield Day(
                    match.start(),
                    match.end(),
                    int(year) if year else None,
                    months[said["m"]],
                    int(day) if day else None,
                )


def _day(match: re.Match[str], also: tuple[int | None, int | None] = (None, None)) -> Day:
    year, month, day = match["y"], match["m"], match["d"]
    return Day(match.start(), match.end(), int(year) if year else None, int(month), int(day) if day else None, also)


def _years(text: str, language: str) -> Iterator[Day]:
    for match in _YEAR.finditer(text):
        tail = _YEAR_TAIL.match(text, match.end())
        if tail is None and language in {"zh", "ja"} and _NO_YEAR.match(text, match.end()):
            continue
        if tail is None and re.match(
            r" ?(?:[A-Zμ°%][A-Za-z]{0,3}(?![a-z])|[a-z]{1,3}(?![a-z]))", text[match.end() : match.end() + 6]
        ):
            continue
        if tail is None and not _speaks_of_years(text, match.start()):
            continue
        yield Day(
            match.start(),
            match.end() + (1 if text.startswith("年", match.end()) else 0),
            int(match.group()),
            None,
            None,
        )


def _speaks_of_years(text: str, start: int) -> bool:
    before = text[max(0, start - 14) : start].lower().rstrip()
    return before.endswith(_OF_YEARS)


_OF_YEARS: Final = (
    "since",
    "in",
    "from",
    "est.",
    "vintage",
    "harvest",
    "year",
    "founded",
    "seit",
    "jahr",
    "anno",
    "añada",
    "desde",
    "cosecha",
    "de",
    "en",
    "edition",
    "spring",
    "summer",
    "autumn",
    "winter",
    "of",
    "jahrgang",
    "ab",
    ":",
)


@cache
def _named(language: str) -> tuple[re.Pattern[str] | None, dict[str, int]]:
    """Dates with the names of months in the language, from CLDR."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415  heavy

    if language in {"zh", "ja", "ko", "th"}:
        return None, {}
    try:
        listed = Locale.parse(language or "en").months["format"]
    except (UnknownLocaleError, ValueError):
        return None, {}
    months = {
        name.lower().rstrip("."): number for width in ("abbreviated", "wide") for number, name in listed[width].items()
    }
    months |= {"sept": 9} if language in {"", "en"} else {}
    names = "|".join(re.escape(name) for name in sorted(months, key=len, reverse=True))
    year = r"(?:19|20)\d\d"
    day = r"(?:3[01]|[12]\d|0?[1-9])"
    return re.compile(
        rf"(?<![\w.])(?:(?P<d1>{day})(?:st|nd|rd|th|\.)?(?: of| de)? )?(?P<m>{names})\.?"
        rf"(?: (?P<d2>{day})(?:st|nd|rd|th)?(?!\d))?"
        rf"(?:,? (?:de |of )?(?:(?P<y1>{year})|(?P<y2>{year})))?(?!\w)"
    ), months
