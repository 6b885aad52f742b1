"""What comes with a product, and names that are not a word of the language: both are open, so a person or judge decides.

`a gig bag is included`, `附赠收纳袋`, `mit Deckel`; and LTE, Nespresso or App in a text about something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

_MAX: Final = 60  # in one text
_NP: Final = r"(?:(?!not |no |is |are )[a-z][a-z'-]{1,20} ){0,2}(?!not |no |is |are )[a-z][a-z'-]{2,20}"
_FRAMES: Final = {  # language -> words that a pattern needs, and the pattern
    "en": (
        (("included",), rf"(?P<noun>{_NP}) (?:is |are |comes? )?(?P<no>not )?included\b(?! in the price)"),
        (("sold separately",), rf"(?P<noun>{_NP})(?:,| is| are)? \(?(?P<no>sold separately)"),
        (
            ("with", "includes"),
            rf"\b(?:comes? with|includes|supplied with|ships with|bundled with) (?:an? |two |three |its own |the )?(?P<noun>{_NP})",
        ),
        ((", with ",), rf", with (?:an? |a built-in |built-in )(?P<noun>{_NP})(?=[.;]|$)"),
        (("built-in", "integrated"), rf"\b(?:built-in|integrated) (?P<noun>{_NP})"),
    ),
    "zh": (
        (
            ("附", "赠", "送"),
            "(?P<no>不)?(?:附赠|赠送|附送|附带|随箱附|内附|加赠|另送|(?<![输传运断赠附])送(?![人礼长给到来一去达出入爱友她他你我家同朋领客老父母妈爸孩女男自闺恋])|"
            "附(?![近着带件属加图表送赠]))(?:同款|配套)?(?:一|两|[二三四五六\\d])?(?:个|只|条|张|本|把|支|根|对|份|包)?的?(?P<noun>(?!的)[\u4e00-\u9fff]{2,6})",
        ),
        (
            ("自带", "内置", "配备", "搭载", "带有", "还带", "支持"),
            "(?:自带|内置|配备|搭载|带有|还带|支持)(?P<noun>[\u4e00-\u9fffA-Za-z]{2,6})",
        ),
    ),
    "de": (
        (
            ("bei", "dazu", "dabei", "enthalten", "inklusive", "inbegriffen"),
            r"(?P<noun>[a-zäöüß-]{4,24}) (?:(?:liegt|liegen) (?P<no>nicht )?bei|(?:gehört|gehören) (?P<no2>nicht )?dazu|"
            r"(?:ist |sind )?(?P<no3>nicht )?(?:dabei|enthalten|inklusive|inbegriffen))(?![a-zäöüß])",
        ),
        ((", mit ", ", inklusive "), r", (?:mit|inklusive) (?P<noun>[a-zäöüß-]{4,24})(?=[.,;]|$)"),
        (("separat",), r"(?P<noun>[a-zäöüß-]{4,24}) (?:ist |sind )?(?P<no>separat erhältlich)"),
    ),
    "es": (
        (("incluid",), r"(?P<noun>[a-záéíóúñ]{4,20}) (?P<no>no )?incluid[oa]s?"),
        (
            ("incluye", "viene con", "trae", "lleva"),
            r"(?:incluye|viene con|trae|lleva)(?: un| una| dos| tres)? (?P<noun>[a-záéíóúñ]{4,20})",
        ),
    ),
    "ja": (
        (
            ("付", "同梱", "内蔵"),
            "(?P<noun>[\u30a0-\u30ff\u4e00-\u9fffA-Za-z]{2,12})(?:付き|が付属|が付いて|を同梱|を内蔵|も内蔵)",
        ),
    ),
}
_WORDS_IN_BETWEEN: Final = frozenset({"the", "and", "or", "with", "a", "an", "is", "are", "tools", "all", "it", "its", "them", "itself", "everything", "this", "that", "these", "set", "yes", "needed", "you", "be", "of", "both"})
_NAME: Final = re.compile(r"(?<![A-Za-z0-9À-ÖØ-öø-ž.@/-])(?:[A-Z]{2,7}|[A-Z][a-z]{0,12}[A-Z][A-Za-z]{0,12}|[A-Z][a-zß-öø-ž]{2,20}|[a-z][A-Z][A-Za-z]{1,12})(?![A-Za-z0-9À-ÖØ-öø-ž])")
_COMMON_NAMES: Final = frozenset({
    "DIY", "VIP", "OK", "FAQ", "AM", "PM", "TV", "CEO", "TIPS", "NEW", "HOT", "SALE", "PS", "ID", "No", "Nr", "Christmas",
    "Easter", "Halloween", "God", "Mr", "Mrs", "Ms", "Dr", "St", "Instagram", "English", "French", "Spanish", "German",
    "Italian", "Japanese", "Chinese", "Roman", "Latin", "European", "American", "Asian", "Mum", "Dad", "Santa", "Earth", "Sun",
    "Moon", "North", "South", "East", "West", "Internet", "Email", "The", "And", "For", "With", "But", "You", "Your", "Our",
})  # fmt: skip
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
            if len(found) >= _MAX:
                return found
            if nouns and not any(other.start < match.end("noun") and match.start("noun") < other.end for other in found):
                denied = any(value for name, value in match.groupdict().items() if name.startswith("no") and name != "noun")
                found.append(Content(match.start("noun"), match.end(), nouns, not denied))
    return found


def names_in(text: str, language: str, taken: Sequence[tuple[int, int]]) -> Iterator[Name]:
    """Names in a folded text, but for those at the beginning of a sentence."""
    spans = sorted(taken)
    for match in _NAME.finditer(text):
        word = match.group()
        if word in _COMMON_NAMES or word in _calendar(language):
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
    return tuple((signs, re.compile(pattern)) for signs, pattern in _FRAMES.get(language, ()))


@cache
def _calendar(language: str) -> frozenset[str]:
    """Names of months and days, which are no news."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415  heavy

    try:
        locale = Locale.parse(language or "en")
    except (UnknownLocaleError, ValueError):
        return frozenset()
    words = {name for listed in (locale.months, locale.days) for name in listed["format"]["wide"].values()}
    return frozenset(words | {f"{name}s" for name in words} | {name[:3] for name in words})
