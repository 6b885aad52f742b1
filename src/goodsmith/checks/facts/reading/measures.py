"""Measures and counts: numbers with their units, joined where the text joins them (183 × 61 cm, 2 and 4 h).

A unit that stands behind the last of joined numbers belongs to all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, Literal, NamedTuple

from goodsmith.checks.facts.reading.lexicon import CJK, Lexicon, Sign
from goodsmith.checks.facts.reading.numbers import Number
from goodsmith.checks.facts.reading.packs import ANY, Unit, packs

Shape = Literal["", "range", "product", "list"]
_ROLE_REACH: Final = 12  # characters between a number and the word that says what it measures
_ROLE_REACH_CJK: Final = 6
_COUNTED_WORDS: Final = 4
_RANGE: Final = re.compile(
    r" ?(?:-{1,2}|–|—|~|～|至|到|から|to|bis|bis zu|through|and up to|hasta|a|à|до|até|đến|hingga) ?"
)
_PRODUCT: Final = re.compile(r" ?(?:×|x|X|\*|乘以|乘|by|mal|por) ?", re.IGNORECASE)
_LIST: Final = re.compile(
    r" ?(?:、|/|，|,|和|与|及|或|\+|±|;|and|or|und|oder|y|o|と|や) ?|, (?:and|or|und|y) ", re.IGNORECASE
)
_AXIS: Final = re.compile(r' ?(?:[LWHDlwhd长宽高深]|"|cm|mm|in)?(?: ?\([LWHDlwhd]\))? ?')
_LETTERS: Final = re.compile(r"[A-Za-zÀ-ÖØ-öø-ž]")
_WORD: Final = re.compile(r"[A-Za-zÀ-ÖØ-öø-ž][A-Za-zÀ-ÖØ-öø-ž'-]*")
_NOT_INCHES: Final = re.compile(
    r" (?:the|a|an|one|1|two|my|your|our|his|her|its|their|this|that|these|stock|total|all|each|every|any|which|"
    r"case|order|addition|about|under|front|[A-Z][a-z]+ (?:and|or)\b)\b"
)
_MORE_HALF: Final = re.compile("半(?![价张数截天空])")
_MINUS: Final = re.compile(r"(?:(?<![A-Za-z0-9)\]])-|零下|minus |−|マイナス)$")
_SPACE_UNIT: Final = re.compile(r" ?-?")
_BEFORE_NOUN: Final = re.compile("([\u4e00-\u9fff\u30a0-\u30ff]{2,6}|[a-z][a-z-]{1,7}) ?[×x*:]?$")
_CURRENCY_BEFORE: Final = frozenset("$€£¥￥")


@dataclass(frozen=True, slots=True)
class Measure:
    """Numbers with what they measure. No units: a count or a bare number.

    values: per number everything that it can mean. units: what the spelling can mean (oz: mass or volume).
    nouns: meanings and words of what is counted. general: counts with a word that counts anything (个).
    """

    start: int
    end: int
    values: tuple[tuple[float, ...], ...]
    half_steps: tuple[float, ...]
    units: tuple[Unit, ...]
    shape: Shape
    spelled: bool
    approximate: bool = False
    below: bool = False
    roles: frozenset[str] = frozenset()
    nouns: frozenset[str] = frozenset()
    general: bool = False
    per: bool = False  # ± behind the number: the second value is a tolerance

    @property
    def dimensions(self) -> frozenset[str]:
        return frozenset(unit.dimension for unit in self.units)


class _Item(NamedTuple):
    number: Number
    end: int  # with unit
    units: tuple[Unit, ...]
    negative: bool
    half: bool  # 一年半


def measures_in(
    text: str, small: str, numbers: Sequence[Number], signs: Sequence[Sign], words: Lexicon
) -> list[Measure]:
    """All measures and counts of a folded text, in order."""
    items: list[_Item] = []
    for number in numbers:
        if not items or number.start >= items[-1].end:  # 一年半: the half is read with its unit
            items.append(_with_unit(text, small, number, words))
    measures = [measure for group in _joined(text, items) if (measure := _measure(group, text))]
    ends = {measure.end for measure in measures}
    return [_around(measure, small, signs, words, ends) for measure in measures]


# ---- units --------------------------------------------------------------------------------------------------------


def _with_unit(text: str, small: str, number: Number, words: Lexicon) -> _Item:
    place = number.end
    half = False
    if words.language in {"zh", "ja"} and text.startswith("个半", place):
        place, half = place + 2, True
    gap = _SPACE_UNIT.match(text, place)
    start = gap.end() if gap else place
    end, units = _unit_at(text, small, start, words.language)
    if not units and start > place:
        start = place
        end, units = _unit_at(text, small, start, words.language)
    spelling = text[start:end]
    if (spelling == '"' and text[number.start - 1 : number.start] == '"') or (spelling in _TIMES and start > place):
        units = ()  # a number in quotes; `3 x AAA`
    if number.spelled and text[start:end] in _DIGIT_UNITS and not half:  # 两次 counts, 四位 are people
        units = ()
    if not units:
        return _Item(number, number.end, (), _is_negative(text, number.start), False)
    if (more := _MORE_HALF.match(text, end)) is not None and words.language in {"zh", "ja"}:
        end, half = more.end(), True
    return _Item(number, end, units, _is_negative(text, number.start), half)


def _is_negative(text: str, start: int) -> bool:
    return _MINUS.search(text[max(0, start - 6) : start]) is not None


def _unit_at(text: str, small: str, start: int, language: str) -> tuple[int, tuple[Unit, ...]]:
    """The longest unit that is written at a place, and its end."""
    if start >= len(text):
        return start, ()
    exact, folded = _unit_words(language)
    for spelling, units in exact.get(text[start], ()):
        if text.startswith(spelling, start) and _unit_ends(text, start + len(spelling), spelling):
            return start + len(spelling), units
    for spelling, units in folded.get(small[start], ()):
        if small.startswith(spelling, start) and _unit_ends(text, start + len(spelling), spelling):
            return start + len(spelling), units
    return start, ()


def _unit_ends(text: str, end: int, spelling: str) -> bool:
    following = text[end : end + 1]
    if _LETTERS.match(spelling[-1]) and following and (_LETTERS.match(following) or following in "²³0123456789"):
        return False
    if spelling in {"in", "In"} and _NOT_INCHES.match(text, end):
        return False
    if spelling in {"x", "X"} and text[end : end + 2].lstrip()[:1].isdigit():
        return False
    return not (spelling == '"' and following and _LETTERS.match(following))


@cache
def _unit_words(
    language: str,
) -> tuple[dict[str, list[tuple[str, tuple[Unit, ...]]]], dict[str, list[tuple[str, tuple[Unit, ...]]]]]:
    """First sign -> spellings, longest first: as written, and in small letters."""
    known = packs()
    spelt: dict[str, tuple[str, ...]] = {}
    for tongue in (ANY, language, *(["en"] if language in CJK or not language else [])):
        for text, names in known.unit_words.get(tongue, {}).items():
            for form in _unit_forms(text, tongue):
                own = (*names, *(known.numerators[name] for name in names if name in known.numerators))
                spelt[form] = tuple(dict.fromkeys((*spelt.get(form, ()), *own)))
    for text, name in _cldr_units(language):
        spelt.setdefault(text, (name,))
    exact: dict[str, list[tuple[str, tuple[Unit, ...]]]] = {}
    folded: dict[str, dict[str, tuple[str, ...]]] = {}
    for text, names in spelt.items():
        exact.setdefault(text[0], []).append((text, tuple(known.units[name] for name in names)))
        low = folded.setdefault(text[0].lower(), {})
        if len(text.lower()) == len(text) and text not in _CAPITAL_UNITS:
            low[text.lower()] = tuple(dict.fromkeys((*low.get(text.lower(), ()), *names)))
    for listed in exact.values():
        listed.sort(key=lambda entry: -len(entry[0]))
    loose = {
        first: sorted(
            ((text, tuple(known.units[name] for name in names)) for text, names in spellings.items()),
            key=lambda entry: -len(entry[0]),
        )
        for first, spellings in folded.items()
    }
    return exact, loose


def _unit_forms(text: str, language: str) -> Iterator[str]:
    yield text
    if (language == "en" and text[-1].isalpha() and len(text) > 2 and not text.endswith("s")) or (
        language == "es" and text[-1] in "aeoáéó"
    ):
        yield f"{text}s"
    elif language == "de" and text.endswith("e"):
        yield f"{text}n"


_CLDR: Final = {
    "length-millimeter": "mm", "length-centimeter": "cm", "length-meter": "m", "length-kilometer": "km",
    "length-inch": "in", "length-foot": "ft", "mass-gram": "g", "mass-kilogram": "kg", "mass-milligram": "mg",
    "mass-ounce": "oz", "mass-pound": "lb", "volume-liter": "L", "volume-milliliter": "ml", "volume-centiliter": "cl",
    "duration-second": "s", "duration-minute": "min", "duration-hour": "h", "duration-day": "d",
    "duration-week": "wk", "duration-month": "mon", "duration-year": "yr", "power-watt": "W", "power-kilowatt": "kW",
    "electric-volt": "V", "electric-ampere": "A", "area-square-meter": "m2", "temperature-celsius": "C",
    "frequency-hertz": "Hz", "concentr-percent": "pct", "light-lumen": "lm", "digital-gigabyte": "GB",
    "speed-kilometer-per-hour": "kmh", "pressure-bar": "bar",
}  # fmt: skip


def _cldr_units(language: str) -> Iterator[tuple[str, str]]:
    """Names of common units in a language as CLDR has them."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415  heavy

    try:
        patterns = Locale.parse(language)._data["unit_patterns"]  # noqa: SLF001  Babel has no public list of them
    except (UnknownLocaleError, ValueError, KeyError):
        return
    for key, name in _CLDR.items():
        for width in ("long", "short", "narrow"):
            for form, pattern in dict(patterns.get(key, {}).get(width, {})).items():
                if form not in {"zero", "one", "two", "few", "many", "other"} or not isinstance(pattern, str):
                    continue
                text = pattern.replace("{0}", "").strip().replace("\u00a0", " ")
                if pattern.startswith("{0}") and len(text.rstrip(".")) > 2:
                    yield text, name


_ANY_COUNTER: Final = frozenset("个個只件条つ")  # say nothing of what they count
_CAPITAL_UNITS: Final = frozenset("ATDJNFCB")  # a, t, d are words
_TIMES: Final = frozenset({"x", "X"})
_COUNTS_TOO: Final = frozenset("根支针股次位滴转")
_DIGIT_UNITS: Final = frozenset(  # behind numbers in words they are something else: 两次 counts, 四位 are people
    [
        "度",
        "转",
        "次",
        "方",
        "平",
        "匹",
        "两",
        "钱",
        "成",
        "支",
        "针",
        "根",
        "股",
        "滴",
        "倍",
        "目",
        "码",
        "分",
        "位",
        "安",
        "伏",
        "开",
        "丹",
        "旦",
        "牛",
        "巴",
        "兆",
        "担",
        "平方",
        "立方",
        "赫",
        "日",
        "月",
        "夜",
        "晚",
        "点",
        "型",
        "才",
        "泊",
        "本",
        "x",
        "in",
        "t",
        "mal",
    ]
)


# ---- joining ------------------------------------------------------------------------------------------------------


def _joined(text: str, items: list[_Item]) -> Iterator[tuple[list[_Item], Shape]]:
    """Items that the text joins, together. Units go to the numbers before them that have none."""
    place = 0
    while place < len(items):
        group, shape = [items[place]], ""
        place += 1
        while place < len(items) and len(group) < 6:
            kind = _connection(text, group[-1], items[place])
            if kind == "product" and group[-1].units and not items[place].units:
                break  # 25g×30袋: an amount and a count
            if kind == "range" and text[group[-1].end : items[place].number.start] == "-":
                items[place] = items[place]._replace(negative=False)
            if not kind or (shape and kind != shape):
                break
            if kind == "list" and not _is_list(group[-1], items[place]):
                break
            if kind == "range" and len(group) > 1:
                break
            shape = kind
            group.append(items[place])
            place += 1
        yield group, shape  # type: ignore[misc]


def _connection(text: str, first: _Item, second: _Item) -> Shape:
    between = text[first.end : second.number.start]
    if len(between) > 12:
        return ""
    if second.negative:
        between = between.removesuffix("minus ").removesuffix("零下").removesuffix("-") or between
    if _RANGE.fullmatch(between):
        return "range" if _same_kind(first, second) else ""
    axis = _AXIS.match(between)
    stripped = between[axis.end() :] if axis and _PRODUCT.fullmatch(between[axis.end() :]) else between
    if _PRODUCT.fullmatch(stripped):
        return "product"
    return "list" if _LIST.fullmatch(between) else ""


def _same_kind(first: _Item, second: _Item) -> bool:
    if first.units and second.units:
        mine = {unit.dimension for unit in first.units}
        return any(unit.dimension in mine for unit in second.units)
    return not first.units


def _is_list(first: _Item, second: _Item) -> bool:
    """370ml、640ml and 2/4/8 h, but not `3 settings, 250 ml`."""
    return not first.units and bool(second.units) and not first.number.spelled


def _measure(joined: tuple[list[_Item], Shape], text: str) -> Measure | None:
    group, shape = joined
    if any(item.number.vague for item in group):
        return None
    last = group[-1]
    units = last.units or group[0].units
    sign = [(-1.0 if item.negative else 1.0) for item in group]
    if shape in {"range", "product"} and not last.units and group[0].units:
        units = group[0].units
    mixed = shape in {"range", "product"} and any(item.units and item.units != units for item in group)
    if mixed:  # 6个月-3岁: compare in the base of the dimension
        shared = {unit.dimension for unit in group[0].units} & {unit.dimension for unit in last.units}
        if shared:
            return _mixed(group, next(iter(shared)), shape, sign)
    return Measure(
        group[0].number.start - (1 if group[0].negative and text[group[0].number.start - 1] == "-" else 0),
        last.end,
        tuple(
            tuple((value + (0.5 if item.half else 0.0)) * plus for value in item.number.values)
            for item, plus in zip(group, sign, strict=True)
        ),
        tuple(item.number.half_step for item in group),
        units,
        shape,
        spelled=all(item.number.spelled for item in group),
    )


def _mixed(group: Sequence[_Item], dimension: str, shape: Shape, sign: Sequence[float]) -> Measure:
    own = Unit(dimension, dimension, 1.0)
    values: list[tuple[float, ...]] = []
    for item, plus in zip(group, sign, strict=True):
        unit = next((unit for unit in item.units if unit.dimension == dimension), None)
        last = unit or next(unit for unit in group[-1].units if unit.dimension == dimension)
        values.append(tuple(last.base((value + (0.5 if item.half else 0.0)) * plus) for value in item.number.values))
    return Measure(
        group[0].number.start, group[-1].end, tuple(values), tuple(0.0 for _ in group), (own,), shape,
        spelled=all(item.number.spelled for item in group),
    )  # fmt: skip


# ---- what stands around -------------------------------------------------------------------------------------------


def _around(measure: Measure, small: str, signs: Sequence[Sign], words: Lexicon, ends: set[int]) -> Measure:
    """With the roles, the caution and the counted things that the words around it name. ends: of all measures."""
    reach = _ROLE_REACH_CJK if words.language in CJK else _ROLE_REACH
    roles: set[str] = set()
    approximate = below = False
    for sign in signs:
        if sign.end < measure.start - reach or sign.kind not in {"role", "approximate", "below"}:
            continue
        if sign.start > measure.end + reach:
            break
        if sign.end <= measure.start and (sign.start in ends or sign.start - 1 in ends):
            continue  # `17 cm tall with a 7 cm mouth`: it belongs to the number before it
        between = small[sign.end : measure.start] if sign.end <= measure.start else small[measure.end : sign.start]
        if any(mark in between for mark in "，,。；;.!?、\n") or any(letter.isdigit() for letter in between):
            continue
        if sign.kind == "role":
            roles.add(sign.role)
        elif sign.kind == "approximate":
            approximate = True
        else:
            below = True
    if measure.units and not _counts_too(measure, small):
        fitting = words.known.role_dimensions
        roles = {role for role in roles if fitting[role] in measure.dimensions}
        if not (roles or approximate or below):
            return measure
        return replace(measure, roles=frozenset(roles), approximate=approximate, below=below)
    nouns, end, general = _counted(small, _without_unit(measure, small) if measure.units else measure, words)
    return replace(
        measure,
        end=max(end, measure.end),
        roles=frozenset(roles),
        approximate=approximate,
        below=below,
        nouns=nouns,
        general=general,
    )


def _counts_too(measure: Measure, small: str) -> bool:
    """6根 and 30支 are counts as often as measures."""
    return len(measure.values) == 1 and small[measure.end - 1] in _COUNTS_TOO and not small[measure.start].isalpha()


def _without_unit(measure: Measure, small: str) -> Measure:
    return replace(measure, end=measure.end - 1)


def _counted(small: str, measure: Measure, words: Lexicon) -> tuple[frozenset[str], int, bool]:
    """Meanings and words of what is counted, the end of the word that counts, and whether that word counts anything."""
    if words.language in CJK:
        return _counted_han(small, measure, words)
    nouns: set[str] = set()
    end, place = measure.end, measure.end
    if small.startswith("-", place):
        place += 1
    for _ in range(_COUNTED_WORDS):
        while small.startswith(" ", place):
            place += 1
        match = _WORD.match(small, place)
        if match is None:
            break
        known, stop = _part_at(small, place, words)
        word = match.group()
        if known is not None:
            nouns.update(known[0].split())
            if not known[1]:
                return frozenset(nouns | {_stem(word)}), max(stop, match.end()), False
            end = stop
        if word in {"of", "and", "or", "with", "in", "for", "to", "is", "are", "on", "de", "y", "und", "mit", "the"}:
            if word in {"of", "de"} and nouns:
                place = match.end()
                continue
            break
        nouns.add(_stem(word))
        place = match.end()
    return frozenset(nouns), end, bool(nouns) and end > measure.end


def _counted_han(small: str, measure: Measure, words: Lexicon) -> tuple[frozenset[str], int, bool]:
    place = measure.end + (1 if small.startswith((" ", "-"), measure.end) else 0)
    known, end = _part_at(small, place, words)
    nouns: set[str] = _noun_before(small, measure.start, words)
    general = False
    if known is not None:
        nouns.update(known[0].split())
        general = known[1]
        place = end
        if general:
            if small[place - 1] not in _ANY_COUNTER:
                nouns.add(f"~{small[place - 1]}")
            more, stop = _part_at(small, place, words)
            if more is not None and not more[1]:
                nouns.update(more[0].split())
                end = place = stop
    if words.language == "ja" and small.startswith("の", place):
        place += 1
    tail = small[place : place + 6]
    latin = re.match(r" ?([a-z][a-z-]{1,12})", tail)
    if latin:
        nouns.add(_stem(latin.group(1)))
    elif run := re.match("[\u4e00-\u9fff\u3040-\u30ff]{2,4}", tail):
        nouns.add(run.group()[:2])
    return frozenset(nouns), end if known is not None else measure.end, general


def _noun_before(small: str, start: int, words: Lexicon) -> set[str]:
    """背带两条 and HDMI×1 name the thing first."""
    run = _BEFORE_NOUN.search(small[max(0, start - 8) : start])
    if run is None:
        return set()
    noun = run.group(1)
    nouns = {noun[-2:]} if not noun.isascii() else {_stem(noun)}
    for length in range(min(4, len(noun)), 0, -1):
        part = words.parts.get(noun[-length:])
        if part is not None and not part[1]:
            nouns.update(part[0].split())
            break
    return nouns


def _part_at(small: str, place: int, words: Lexicon) -> tuple[tuple[str, bool] | None, int]:
    for length in range(min(words.longest_part, len(small) - place), 0, -1):
        known = words.parts.get(small[place : place + length])
        if known is not None and (words.language in CJK or not small[place + length : place + length + 1].isalpha()):
            return known, place + length
    return None, place


def _stem(word: str) -> str:
    """A word without its plural: pockets as pocket."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
