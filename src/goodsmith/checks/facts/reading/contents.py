"""What comes with a product, and names that are no word of the language: both open, for a person or a judge.

`a gig bag is included`, `附赠收纳袋`, `mit Deckel`; and LTE, Nespresso or App in a text about something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from goodsmith.checks.facts.reading.packs import packs

_NP: Final = r"(?:(?!not |no |is |are )[a-z][a-z'-]{1,20} ){0,2}(?!not |no |is |are )[a-z][a-z'-]{2,20}"
_MAX_CONTENTS: Final = 60  # in one text
_WORDS_IN_BETWEEN: Final = frozenset(
    {
        "the",
        "and",
        "or",
        "with",
        "a",
        "an",
        "is",
        "are",
        "tools",
        "all",
        "it",
        "its",
        "them",
        "itself",
        "everything",
        "this",
        "that",
        "these",
        "set",
        "yes",
        "needed",
        "you",
        "be",
        "of",
        "both",
    }
)
_NAME: Final = re.compile(
    r"(?<![A-Za-z0-9À-ÖØ-öø-ž.@/-])(?:[A-Z]{2,7}|[A-Z][a-z]{0,12}[A-Z][A-Za-z]{0,12}|[A-Z][a-zß-öø-ž]{2,20}|[a-z][A-Z][A-Za-z]{1,12})(?![A-Za-z0-9À-ÖØ-öø-ž])"
)
_CAPITALS_ARE_NAMES: Final = frozenset({"en", "es", "zh", "ja", "fr", "it", "pt"})


@dataclass(frozen=True, slots=True)
class Content:
    """A thing that comes with the product, or does not. nouns: its words in small letters."""

    start: int
    end: int
    nouns: tuple[str, ...]
    affirmed: bool


@dataclass(frozen=True, slots=True)
class Name:
    """A capitalised or shouted word within a sentence."""

    start: int
    end: int
    text: str


def contents_in(small: str, language: str) -> list[Content]:
    """What a text in small letters says to come with the product."""
    found: list[Content] = []
    for signs, pattern in _patterns(language):
        if not any(sign in small for sign in signs):
            continue
        for match in pattern.finditer(small):
            nouns = tuple(word for word in re.split(r"[ -]", match["noun"]) if word not in _WORDS_IN_BETWEEN)
            if len(found) >= _MAX_CONTENTS:
                return found
            if nouns and not any(
                other.start < match.end("noun") and match.start("noun") < other.end for other in found
            ):
                denied = any(
                    value for name, value in match.groupdict().items() if name.startswith("no") and name != "noun"
                )
                found.append(Content(match.start("noun"), match.end(), nouns, not denied))
    return found


def names_in(text: str, language: str, taken: Sequence[tuple[int, int]]) -> Iterator[Name]:
    """Names in a folded text, but for those at the beginning of a sentence."""
    spans = sorted(taken)
    for match in _NAME.finditer(text):
        word = match.group()
        if word in _calendar(language):
            continue
        plain = word[0].isupper() and word[1:].islower()
        if plain and (language not in _CAPITALS_ARE_NAMES or _begins(text, match.start(), language)):
            continue
        if any(start < match.end() and match.start() < end for start, end in spans):
            continue
        yield Name(match.start(), match.end(), word)


def _begins(text: str, start: int, language: str) -> bool:
    if language in {"zh", "ja"}:
        return False
    before = text[:start].rstrip(" \"'(*•-–—")
    return not before or before[-1] in ".!?:;\n。！？…|/,"


@cache
def _patterns(language: str) -> tuple[tuple[tuple[str, ...], re.Pattern[str]], ...]:
    listed = packs().patterns["contents"].get(language, ())
    return tuple((tuple(each["needs"].split("|")), re.compile(each["pattern"].replace("{NP}", _NP))) for each in listed)


@cache
def _calendar(language: str) -> frozenset[str]:
    """Names of months and days, which are no news."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415  heavy

    try:
        locale = Locale.parse(language or "en")
    except (UnknownLocaleError, ValueError):
        return frozenset()
    words = {name for listed in (locale.months, locale.days) for name in listed["format"]["wide"].values()}
    words |= set(packs().patterns["common_names"].split())
    return frozenset(words | {f"{name}s" for name in words} | {name[:3] for name in words})
