"""What a plain sentence asks for: which of the known recipes, in which languages, how many and how long."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from goodsmith.base.likeness import letter_groups, likeness
from goodsmith.base.locales import likely_tag
from goodsmith.records import Recipe

USUAL: Final = "listing"
_ALIKE: Final = 0.25  # likeness of a sentence and a recipe's own words that is no chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A sentence, understood. recipes: the known ones from the nearest on; surely: a word of its own names the first.

    locales: the languages to write in. items, longest: None where the sentence says nothing; longest in characters.
    """

    sentence: str
    recipes: tuple[str, ...]
    surely: bool
    locales: tuple[str, ...] = ()
    items: int | None = None
    longest: int | None = None


def understand(sentence: str, recipes: Sequence[Recipe]) -> Wish:
    """Read a sentence such as `把海外香水写成中文卖点` or `five bullet points in German, at most 80 characters`."""
    said = " ".join(sentence.split())
    named = _named(said, recipes)
    groups = letter_groups(said)

    def nearness(recipe: Recipe) -> tuple[int, int, float]:
        weight, place = named.get(recipe.name, (0, -1))
        words = " ".join((recipe.name, recipe.about, *recipe.keywords))
        return (weight, place, likeness(groups, letter_groups(words)))

    ranked = sorted(recipes, key=nearness, reverse=True)
    if not named and ranked and nearness(ranked[0])[2] < _ALIKE:  # nothing says what is wanted: what most shops want
        ranked.sort(key=lambda recipe: recipe.name != USUAL)
    return Wish(
        sentence=said,
        recipes=tuple(recipe.name for recipe in ranked),
        surely=bool(named),
        locales=_locales(said),
        items=_items(said),
        longest=_longest(said),
    )


# ---- tasks --------------------------------------------------------------------------------------------------------


def _named(said: str, recipes: Iterable[Recipe]) -> dict[str, tuple[int, int]]:
    """Recipe -> (letters of its words that stand in the sentence, place of the last one). Longer words take theirs
    first: in 图片描述 there is no 描述.
    """
    words = sorted(
        ((word.casefold(), recipe.name) for recipe in recipes for word in (*recipe.keywords, recipe.name)),
        key=lambda pair: -len(pair[0]),
    )
    left = said.casefold()
    found: dict[str, tuple[int, int]] = {}
    for word, name in words:
        borders = r"\b{}s?\b" if word.isascii() else "{}"
        for match in re.finditer(borders.format(re.escape(word)), left):
            weight, place = found.get(name, (0, -1))
            found[name] = (weight + len(word) * (1 if word.isascii() else 3), max(place, match.start()))
            left = left[: match.start()] + "\0" * (match.end() - match.start()) + left[match.end() :]
    return found


# ---- languages ----------------------------------------------------------------------------------------------------

_CODES: Final = "zh en ja ko de fr es it pt ru ar th vi id ms nl pl tr sv da fi cs uk el he hi"
_MORE_NAMES: Final = {
    "中文": "zh-CN",
    "汉语": "zh-CN",
    "简体": "zh-CN",
    "繁体": "zh-TW",
    "简体中文": "zh-CN",
    "繁体中文": "zh-TW",
    "西语": "es-ES",
    "葡语": "pt-BR",
    "阿语": "ar-SA",
    "印尼语": "id-ID",
    "british english": "en-GB",
    "traditional chinese": "zh-TW",
    "simplified chinese": "zh-CN",
    "brazilian portuguese": "pt-BR",
}
_INTO_ZH: Final = r"(?:写成|译成|译为|翻成|改成|做成|翻译成|翻译为|本地化为|成|用|以|为|生成|写)\s*$"
_INTO_EN: Final = r"\b(?:in|into|to)(?:\s+(?:and|or))?\s*$"
_FROM: Final = r"(?:\bfrom|从|由|把|将)\s*$"
_JOINED: Final = r"^\s*(?:and|,|、|和|与|及|/|&)\s*$"


def _locales(said: str) -> tuple[str, ...]:
    """The languages to write in. One that the texts come from (`from French`, `把英文商品`) does not count."""
    lower = said.casefold()
    spans: list[tuple[int, int, str]] = []
    for name, tag in sorted(_language_names().items(), key=lambda pair: -len(pair[0])):
        borders = r"\b{}\b" if name.isascii() else "{}"
        for match in re.finditer(borders.format(re.escape(name)), lower):
            if all(match.end() <= start or match.start() >= end for start, end, _ in spans):
                spans.append((match.start(), match.end(), tag))
    spans.sort()
    wanted: dict[str, None] = {}
    unsure: list[str] = []
    last_end, last_wanted = -1, False
    for start, end, tag in spans:
        before = lower[:start]
        joined = last_end >= 0 and re.search(_JOINED, lower[last_end:start]) is not None
        if re.search(_FROM, before):
            last_end, last_wanted = end, False
            continue
        into = re.search(_INTO_ZH, before) or re.search(_INTO_EN, before) or (joined and last_wanted)
        if into:
            wanted[tag] = None
        else:
            unsure.append(tag)
        last_end, last_wanted = end, bool(into)
    return tuple(wanted) or tuple(dict.fromkeys(unsure))


@cache
def _language_names() -> dict[str, str]:
    from babel.core import Locale  # noqa: PLC0415  Babel loads where it is used

    names: dict[str, str] = {}
    for code in _CODES.split():
        english, chinese = Locale.parse("en").languages[code], Locale.parse("zh").languages[code]
        tag = likely_tag(code)
        names[english.casefold()] = tag
        names[chinese] = tag
        if chinese.endswith("语"):
            names[f"{chinese[:-1]}文"] = tag
    return names | _MORE_NAMES


# ---- numbers ------------------------------------------------------------------------------------------------------

_NUMBERS: Final = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10,
}  # fmt: skip
_NUMBER: Final = rf"(\d{{1,4}}|{'|'.join(_NUMBERS)})"
_ITEMS: Final = (
    re.compile(rf"{_NUMBER}\s*(?:条|个|点|组|句|项)(?!字)"),
    re.compile(rf"\b{_NUMBER}\s+(?:\w+\s+)?(?:bullets?|points?|questions?|shots?|items?|lines?)\b", re.IGNORECASE),
)
_LONGEST: Final = (
    re.compile(rf"{_NUMBER}\s*(?:个)?(?:汉字|字符|字)"),
    re.compile(rf"{_NUMBER}\s*(?:characters?|chars|letters)\b", re.IGNORECASE),
)
_MOST_ITEMS: Final = 100


def _items(said: str) -> int | None:
    found = _first_number(_ITEMS, said)
    return found if found is not None and 0 < found <= _MOST_ITEMS else None


def _longest(said: str) -> int | None:
    found = _first_number(_LONGEST, said)
    return found or None


def _first_number(patterns: Iterable[re.Pattern[str]], said: str) -> int | None:
    for pattern in patterns:
        if match := pattern.search(said):
            word = match[1].casefold()
            return _NUMBERS[word] if word in _NUMBERS else int(word)
    return None
