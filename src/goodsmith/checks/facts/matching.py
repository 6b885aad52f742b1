"""Holds the facts of a text against the facts of its product: which cell supports each, or speaks against it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from goodsmith.checks.facts.claims import BOTH_SIDES, NAMED, RIGHT_SIDE, Claim
from goodsmith.checks.facts.codes import Code, plain
from goodsmith.checks.facts.dates import Day
from goodsmith.checks.facts.measures import Measure
from goodsmith.checks.facts.packs import Meaning, Unit, packs
from goodsmith.checks.facts.reading import Reading
from goodsmith.checks.facts.sizes import Size
from goodsmith.checks.facts.sources import KnownClaim, KnownMeasure, Place, Source, share_side
from goodsmith.checks.facts.superlatives import superlatives_in
from goodsmith.records import FactVerdict

CLOSED: Final = frozenset({
    "quantity", "percent", "count", "number", "duration", "model", "standard", "date", "size", "material", "colour",
    "origin", "certificate",
})  # fmt: skip
_AGAINST: Final = frozenset({FactVerdict.CONTRADICTED, FactVerdict.UNSUPPORTED})
_LITERAL: Final = frozenset({"quantity", "percent", "number", "duration", "model", "standard", "date", "size"})
_SAME_UNIT: Final = 1e-6  # relative
_CONVERTED_LEAST: Final = 0.004  # relative error that a converted value may always have
_CONVERTED_MOST: Final = 0.05
_ROUNDED: Final = 0.02  # relative error of a value that is written with fewer digits
_EXACT: Final = frozenset({"percent", "voltage", "frequency", "money", "money2", "money3", "time", "data", "brix", "denier"})
_APPROXIMATE: Final = 0.03
_BELOW: Final = 0.15  # `under 1 kg` for 900 g
_DEGREES: Final = 0.6  # kelvins between a converted temperature and its exact value
_DURATION: Final = 0.02  # a month is 30 days or 31
_TIME: Final = "time"
_SPOKEN_TIME: Final = 12  # hours and shorter times in words belong to stories
_TELLING: Final = 20  # a number from here on stands in a source twice by chance only rarely
_SIZE_UNITS: Final = frozenset({"yd"})  # 码 is a yard and a size
_DERIVED: Final = 6  # counts and amounts that are multiplied or added
_NEAR: Final = 4  # characters between a percentage and what it is of
_TOTAL: Final = re.compile(r"(?:共|合计|总|in all|in total|total|altogether|all together|insgesamt|zusammen|en total|計)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A fact of the text with its verdict. risk: 0 to 1, for what is open."""

    kind: str
    start: int
    end: int
    verdict: FactVerdict
    place: Place | None = None
    risk: float = 0.0
    sure: bool = False  # of what it contradicts, whatever else the source has

    @property
    def closed(self) -> bool:
        return self.kind in CLOSED


def judge(reading: Reading, source: Source) -> list[Judged]:
    """Every fact of a text with its verdict, in the order of the text."""
    found = _all(reading, source)
    found = [_as_written(each, reading, source) for each in found]
    found.sort(key=lambda each: (each.start, each.end))
    return found


def _as_written(judged: Judged, reading: Reading, source: Source) -> Judged:
    """Supported where the source has the very letters, whatever was read into them. What a role, a part or a polarity
    contradicts stays contradicted.
    """
    if judged.verdict not in _AGAINST or judged.kind not in _LITERAL or judged.sure:
        return judged
    literal = reading.small[judged.start : judged.end]
    if len(literal) > 1 and (place := _find(literal, source)) is not None:
        return replace(judged, verdict=FactVerdict.SUPPORTED, place=place)
    return judged


def _find(literal: str, source: Source) -> Place | None:
    """The cell that has these letters, not as part of a longer number or word."""
    for cell, small in source.cells:
        at = small.find(literal)
        while at >= 0:
            before, after = small[at - 1 : at], small[at + len(literal) : at + len(literal) + 1]
            if not (_joins(before, literal[0]) or _joins(literal[-1], after)):
                return Place(cell, at, at + len(literal))
            at = small.find(literal, at + 1)
    return None


def _joins(one: str, other: str) -> bool:
    return bool(one and other) and (
        (one.isdigit() and (other.isdigit() or other in ".,")) or (one in ".,-/" and other.isdigit()) or (
            one.isascii() and other.isascii() and one.isalpha() and other.isalpha()
        )
    )


def _all(reading: Reading, source: Source) -> list[Judged]:
    return [
        *_measures(reading, source),
        *(_code(code, reading, source) for code in reading.codes),
        *(_date(day, source) for day in reading.dates),
        *_sizes(reading.sizes, source),
        *_claims(reading, source),
        *_contents(reading, source),
        *_names(reading, source),
        *_superlatives(reading, source),
    ]


# ---- measures and counts ------------------------------------------------------------------------------------------


def _measures(reading: Reading, source: Source) -> Iterator[Judged]:
    spans = [(claim.start, claim.end) for claim in reading.claims if any(sign.isdigit() for sign in reading.text[claim.start : claim.end])]
    for measure in reading.measures:
        if any(start <= measure.start and measure.end <= end + 2 or start <= measure.start < end for start, end in spans):
            continue  # 304 stainless steel, 14-karat gold
        judged = _amount(measure, reading, source) if measure.units else _count(measure, reading, source)
        if judged is not None:
            yield judged


def _amount(measure: Measure, reading: Reading, source: Source) -> Judged | None:
    kind = _kind_of(measure)
    right, wrong_role, nearest = _search(measure, source)
    if right is not None:
        known, unit, same = right
        if kind == "percent" and (other := _other_share(measure, reading, source)) is not None:
            return _found(kind, measure, FactVerdict.CONTRADICTED, other.place, sure=True)
        return _found(kind, measure, FactVerdict.SUPPORTED if same else FactVerdict.CONVERTED, known.place)
    if wrong_role is not None:
        return _found(kind, measure, FactVerdict.CONTRADICTED, wrong_role.place, sure=True)
    derived = _derived(measure, reading, source)
    if derived is not None:
        return _found(kind, measure, FactVerdict.CONVERTED, derived)
    if (bare := _without_unit(measure, source)) is not None:
        return _found(kind, measure, FactVerdict.SUPPORTED, bare)
    if measure.units and {unit.name for unit in measure.units} <= _SIZE_UNITS and all(
        any(value in source.bare for value in values) for values in measure.values
    ):
        return _found("size", measure, FactVerdict.SUPPORTED, source.bare[_first_known(measure, source)])
    if measure.nouns:
        counted = _count(replace(measure, units=()), reading, source)
        if counted is None or counted.verdict in {FactVerdict.SUPPORTED, FactVerdict.CONVERTED}:
            return counted
    word = re.search("[a-zß-öø-ž]{3,}$", reading.small[measure.start : measure.end])
    if word is not None:
        for known in source.counts:  # `feet: 3`
            if _plain_word(word.group()) in known.nouns and _values_in(measure, known.measure):
                return _found("count", measure, FactVerdict.SUPPORTED, known.place)
    if _is_story(measure, reading, source, nearest):
        return None
    if nearest is not None:
        return _found(kind, measure, FactVerdict.CONTRADICTED, nearest.place)
    return _found(kind, measure, FactVerdict.UNSUPPORTED)


def _without_unit(measure: Measure, source: Source) -> Place | None:
    """The cell that has the number without its unit: `capacity: 500`, a unit in a column of its own."""
    strange = not measure.dimensions & source.by_dimension.keys()
    for known in source.counts:
        if known.measure.units or known.measure.nouns or not _values_in(measure, known.measure):
            continue
        if known.measure.shape == "range" and measure.shape != "range":
            continue
        role_fits = any(packs().role_dimensions.get(role) in measure.dimensions for role in known.roles)
        telling = any(value >= _TELLING or not value.is_integer() for values in measure.values for value in values)
        if strange or role_fits or telling:
            return known.place
    return None


def _search(
    measure: Measure, source: Source
) -> tuple[tuple[KnownMeasure, Unit, bool] | None, KnownMeasure | None, KnownMeasure | None]:
    """What supports a measure; what has its role and another value, if its value is another thing's; what is nearest."""
    best: tuple[KnownMeasure, Unit, bool] | None = None
    matched_role = False
    nearest: tuple[float, KnownMeasure] | None = None
    same_role: KnownMeasure | None = None
    for unit in measure.units:
        for known, other in source.by_dimension.get(unit.dimension, ()):
            agreed, same, distance = _agree(measure, unit, known.measure, other)
            shares = bool(measure.roles & known.roles)
            if agreed:
                fits = not measure.roles or not known.roles or shares
                if best is None or (fits and not matched_role) or (same and not best[2] and fits == matched_role):
                    best, matched_role = (known, other, same), fits
            else:
                if shares and same_role is None:
                    same_role = known
                weighted = distance - (10.0 if shares else 0.0)
                if nearest is None or weighted < nearest[0]:
                    nearest = (weighted, known)
    if best is not None and not matched_role and same_role is not None:
        return None, same_role, same_role
    if best is None and len(measure.values) > 1 and _may_be_gathered(measure, source):
        best = _each(measure, source)
    return best, None, nearest[1] if nearest else None


def _may_be_gathered(measure: Measure, source: Source) -> bool:
    """Can its values stand in different cells? Those of a product only where the source has no product."""
    if measure.shape == "product":
        return not any(
            len(known.measure.values) == len(measure.values)
            for dimension in measure.dimensions
            for known, _ in source.by_dimension.get(dimension, ())
        )
    return measure.shape == "list"


def _each(measure: Measure, source: Source) -> tuple[KnownMeasure, Unit, bool] | None:
    """Every value of a list in a cell of its own; the first of them."""
    first: tuple[KnownMeasure, Unit, bool] | None = None
    for values, half_step in zip(measure.values, measure.half_steps, strict=True):
        one = replace(measure, values=(values,), half_steps=(half_step,), shape="")
        hit = _search(one, source)[0]
        if hit is None:
            return None
        first = first or hit
    return first


def _agree(mine: Measure, unit: Unit, theirs: Measure, other: Unit) -> tuple[bool, bool, float]:
    """Do all values of mine stand in theirs? And in the same unit? Else how far the nearest is, relative."""
    same_unit = unit.factor == other.factor and unit.offset == other.offset
    distance = 0.0
    used: list[int] = []
    for values, half_step in zip(mine.values, mine.half_steps, strict=True):
        hit = None
        nearest = 9.0
        for place, known in enumerate(theirs.values):
            if place in used and len(theirs.values) >= len(mine.values):
                continue
            off = min(
                _distance(value, unit, half_step, each, other, theirs.half_steps[place], mine, same=same_unit)
                for value in values
                for each in known
            )
            nearest = min(nearest, off)
            if off <= 0.0:
                hit = place
                break
        if hit is None:
            distance += nearest
        else:
            used.append(hit)
    return distance <= 0.0, same_unit, distance


def _distance(
    value: float,
    unit: Unit,
    half_step: float,
    known: float,
    other: Unit,
    known_half_step: float,
    mine: Measure,
    *,
    same: bool,
) -> float:
    """0 if two values mean the same amount, else their relative difference."""
    if same:
        off = abs(value - known)
        allowed = max(abs(known) * _SAME_UNIT, 1e-12)
        if known_half_step < half_step and unit.dimension not in _EXACT:  # 22 for 22.05
            allowed = max(allowed, min(half_step, abs(known) * _ROUNDED))
    else:
        off = abs(unit.base(value) - other.base(known))
        if unit.dimension == "temperature":
            allowed = max(half_step * unit.factor, known_half_step * other.factor * 0.0, _DEGREES)
            return 0.0 if off <= allowed else off / 50.0
        size = abs(other.base(known))
        rounding = _last_place(value, half_step) * unit.factor
        allowed = min(max(rounding, size * _CONVERTED_LEAST), size * _CONVERTED_MOST)
        if unit.dimension == _TIME:
            allowed = max(size * _DURATION, 1e-9)
    scale = max(abs(known), 1e-9) if same else max(abs(other.base(known)), 1e-12)
    if mine.approximate:
        allowed = max(allowed, scale * _APPROXIMATE)
    elif mine.below and unit.base(value) > other.base(known) and unit.dimension in {"mass", "length", "volume"}:
        allowed = max(allowed, scale * _BELOW)
    return 0.0 if off <= allowed * (1 + 1e-9) else off / scale


def _last_place(value: float, half_step: float) -> float:
    """Half of what the last written digit is worth; the zeros at the end of a whole number may be rounding (620)."""
    if half_step == 0.5 and value:
        whole = int(abs(value))
        step = 1
        while whole % (step * 10) == 0 and step < whole:
            step *= 10
        return 0.5 * step
    return half_step or 0.05 * abs(value)


def _derived(measure: Measure, reading: Reading, source: Source) -> Place | None:
    """The cell of amounts of which this is the product with a count, or the sum."""
    if len(measure.values) != 1:
        return None
    total = _TOTAL.search(reading.text[max(0, measure.start - 12) : measure.end + 14]) is not None
    for unit in measure.units:
        amounts = [
            (known, other.base(value[0]))
            for known, other in source.by_dimension.get(unit.dimension, ())[: 2 * _DERIVED]
            for value in known.measure.values
        ]
        wanted = [unit.base(value) for value in measure.values[0]]
        counts = [
            (other, value) for other in source.counts[: 2 * _DERIVED] for values in other.measure.values for value in values
        ]
        for known, amount in amounts:
            for other, times in counts:
                if times > 1 and (total or other.place.field == known.place.field):
                    if any(_is_close(amount * times, each) for each in wanted):
                        return known.place
        if total and len(amounts) > 1 and any(_is_close(sum(amount for _, amount in amounts), each) for each in wanted):
            return amounts[0][0].place
    return None


def _is_close(value: float, wanted: float) -> bool:
    return abs(value - wanted) <= abs(wanted) * 1e-3


def _other_share(measure: Measure, reading: Reading, source: Source) -> KnownMeasure | None:
    """The cell that gives another percentage of what this one is said to be of: 30 % wool where 70 % is wool."""
    mine = _beside(measure.start, measure.end, reading.claims)
    known = [share for meaning in mine.meanings for share in source.shares.get(meaning.name, ())] if mine else []
    if not known or any(share.measure.values == measure.values for share in known):
        return None
    return known[0]


def _beside(start: int, end: int, claims: Sequence[Claim]) -> Claim | None:
    """What a percentage is of: 95%羊绒, 羊绒95%."""
    for claim in claims:
        side = share_side(claim) if -2 <= start - claim.end <= 2 or 0 <= claim.start - end <= _NEAR else 0
        if (side < 0 and claim.start + side + 1 == end) or (side > 0 and claim.end + side - 1 == start):
            return claim
    return None


def _is_story(measure: Measure, reading: Reading, source: Source, nearest: KnownMeasure | None) -> bool:
    """A time or amount in words that nothing around it ties to the product: ten minutes of peace, 半壶月光."""
    if not measure.spelled:
        return False
    if measure.roles:
        return False
    if measure.dimensions & {_TIME} and not (measure.dimensions - {_TIME}):
        return not _is_anchored(measure, reading) and not _is_replaced(measure, reading, source, nearest)
    return True


def _is_replaced(measure: Measure, reading: Reading, source: Source, nearest: KnownMeasure | None) -> bool:
    """Has the source a time in the same unit, of which the text is silent?"""
    if nearest is None or measure.values[0][0] == 1 or not {unit.name for unit in nearest.measure.units} & {unit.name for unit in measure.units}:
        return False
    return not any(_search(other, source)[0] is not None for other in reading.measures if other.dimensions & {_TIME})


_ANCHORS: Final = re.compile(
    r"(?:batter|charg|lasts?\b|lasting|runs?\b|warrant|guarante|covered|keeps?\b|shelf|ready|heat|playback|playtime|standby|"
    r"up to|burn|cur(?:e|ing)|dry|recoat|auto|off\b|timer|delay|cover|unopened|monitor|sealed|"
    r"续航|充电|充|保质|质保|保修|预热|定时|待机|播放|可用|能用|烘干|熬|制|静置|固化|保温|保冷|内喝完|内食用|有效|"
    r"garant|lauf|akku|halt|lade|laden|lädt|batería|autonom|garantía|carga|dura|curado|apagado|consumo|"
    r"保証|駆動|充電|賞味|使用|交換|持続|連続)",
    re.IGNORECASE,
)


def _is_anchored(measure: Measure, reading: Reading) -> bool:
    """Does its clause speak of batteries, warranties and the like? One of a unit (一个月) is a story even so."""
    if measure.values[0][0] == 1:
        return False
    before = re.split(r"[，。！？!?；;,]|\. ", reading.text[max(0, measure.start - 30) : measure.start])[-1]
    after = re.split(r"[，。！？!?；;,]|\. ", reading.text[measure.end : measure.end + 26])[0]
    return _ANCHORS.search(f"{before} {after}") is not None


def _count(measure: Measure, reading: Reading, source: Source) -> Judged | None:
    """A count or a number alone."""
    specific = frozenset(noun for noun in measure.nouns if noun != "piece_any")
    kind = "count" if measure.nouns else "number"
    if measure.shape == "range":
        return _bare_range(measure, source)
    same_thing = [known for known in source.counts if specific & known.nouns and known.measure.shape != "range"]
    for known in same_thing:
        if _values_in(measure, known.measure):
            return _found(kind, measure, FactVerdict.SUPPORTED, known.place)
    if (listed := _listed(measure, source)) is not None:
        return _found(kind, measure, FactVerdict.SUPPORTED, listed)
    if not specific - _OF_SETS and (total := _total(measure, source)) is not None:
        return _found(kind, measure, FactVerdict.CONVERTED, total)
    if same_thing and measure.spelled and _is_portion(measure, same_thing, reading):
        return None
    if same_thing and (measure.values[0][0] > 1 or not (measure.spelled or measure.general)):
        return _found(kind, measure, FactVerdict.CONTRADICTED, same_thing[0].place)
    numbers = source.bare if specific & _part_names() else source.numbers
    if all(any(value in numbers for value in values) for values in measure.values):
        value = next(value for values in measure.values for value in values if value in numbers)
        return _found(kind, measure, FactVerdict.SUPPORTED, numbers[value])
    if measure.spelled and not _counts_the_product(measure, specific, reading):
        return None
    if measure.values == ((1.0,),) or _is_unit_word(measure, reading, source):
        return None
    if not measure.spelled and not measure.nouns and _is_idle(measure, reading):
        return None
    return _found(kind, measure, FactVerdict.UNSUPPORTED)


def _is_unit_word(measure: Measure, reading: Reading, source: Source) -> bool:
    """`15 bars` counts, and measures pressure: the number will do."""
    word = re.search("[a-z]{3,}$", reading.small[measure.start : measure.end])
    if word is None or word.group().rstrip("s") not in _UNIT_NOUNS:
        return False
    return all(any(value in source.numbers for value in values) for values in measure.values)


_UNIT_NOUNS: Final = frozenset({"bar", "stone", "feet", "foot", "cup", "drop"})


def _bare_range(measure: Measure, source: Source) -> Judged | None:
    """`sizes 30 to 44`, `for ages 0-6`: both ends must stand together in the source."""
    for known in source.measures:
        if len(known.measure.values) > 1 and _values_in(measure, known.measure):
            return _found("number", measure, FactVerdict.SUPPORTED, known.place)
    if all(any(value in source.bare for value in values) for values in measure.values):
        return _found("number", measure, FactVerdict.SUPPORTED, source.bare[_first_known(measure, source)])
    rival = next((known for known in source.measures if known.measure.shape == "range"), None)
    return _found(
        "number", measure, FactVerdict.CONTRADICTED if rival else FactVerdict.UNSUPPORTED, rival.place if rival else None
    )


_FEW: Final = 2
_KINDS_OF_THINGS: Final = frozenset({"mode", "color_n", "accessory", "unlock", "size"})


def _listed(measure: Measure, source: Source) -> Place | None:
    """A cell that lists as many things: four ways to unlock, three colours."""
    if len(measure.values) != 1:
        return None
    if not measure.nouns & _KINDS_OF_THINGS and not any(
        measure.nouns & nouns for listed in source.lists.values() for _, nouns in listed
    ):
        return None
    wanted = {int(value) for value in measure.values[0] if value.is_integer() and value > 1}
    for number in wanted & source.lists.keys():
        for place, nouns in source.lists[number]:
            if measure.nouns & nouns or number > _FEW or measure.nouns & {"color_n"}:
                return place
    return None


_OF_SETS: Final = frozenset({"set", "piece", "pieces", "puzzle_piece"})


def _is_portion(measure: Measure, same_thing: Sequence[KnownMeasure], reading: Reading) -> bool:
    """Two of the eighteen bags, where the text has the eighteen as well."""
    others = [other for other in reading.measures if other.start != measure.start]
    return any(
        other.nouns & known.nouns
        and _values_in(other, known.measure)
        and measure.values[0][0] < known.measure.values[0][0]
        for known in same_thing
        for other in others
    )


def _values_in(mine: Measure, theirs: Measure) -> bool:
    known = {value for values in theirs.values for value in values}
    return all(any(value in known for value in values) for values in mine.values)


def _total(measure: Measure, source: Source) -> Place | None:
    """The cell whose counts add up to this one, or two counts whose product it is."""
    if len(measure.values) != 1:
        return None
    wanted = set(measure.values[0])
    by_cell: dict[str, list[tuple[float, Place]]] = {}
    for known in source.counts[:24]:
        for values in known.measure.values:
            by_cell.setdefault(known.place.field, []).append((values[0], known.place))
    for listed in by_cell.values():
        if len(listed) > 1 and sum(value for value, _ in listed) in wanted:
            return listed[0][1]
    return None


_OF_STORIES: Final = frozenset({"person", "cup_n", "room", "egg", "grade_n", "door_window", "leg", "glass_n", "bowl", "pair"})


def _counts_the_product(measure: Measure, specific: frozenset[str], reading: Reading) -> bool:
    """A number in words counts the product's parts if it counts sets, or what the packs know as parts."""
    if measure.values[0][0] <= 1 or not specific & _part_names() or specific & _OF_STORIES:
        return False
    counted = reading.small[measure.start : measure.end].lstrip("零一二两三四五六七八九十百千万双")
    return len(counted) > 1 or counted in _STRONG_COUNTERS or not counted or counted.isascii()


_STRONG_COUNTERS: Final = frozenset("档挡速键色轴套对双核枚")


@cache
def _part_names() -> frozenset[str]:
    return frozenset(word.meaning for word in packs().parts)


def _is_idle(measure: Measure, reading: Reading) -> bool:
    """24/7, 50/50, 10:30, the number of a list item."""
    around = reading.text[max(0, measure.start - 1) : measure.end + 1]
    if "/" in around and measure.values in {((24.0,),), ((7.0,),)}:
        return True
    if ":" in around and re.search(r"\d:\d\d", reading.text[max(0, measure.start - 3) : measure.end + 3]):
        return True
    before = reading.text[: measure.start]
    return (not before.strip() or before.endswith("\n")) and re.match(r"[.)、．]\D", reading.text[measure.end :]) is not None


def _kind_of(measure: Measure) -> str:
    dimensions = measure.dimensions
    if dimensions == {_TIME}:
        return "duration"
    return "percent" if dimensions == {"percent"} else "quantity"


def _first_known(measure: Measure, source: Source) -> float:
    return next(value for values in measure.values for value in values if value in source.numbers)


# ---- names with digits, dates, sizes ------------------------------------------------------------------------------


def _code(code: Code, reading: Reading, source: Source) -> Judged:
    kind = "standard" if code.shape == "standard" else "model"
    found = source.codes.get(code.plain)
    if found is None and len(code.plain) >= 3 and _stands_in(code.plain, source.plain):
        found = next(iter(source.codes.values()), Place("", -1, -1))
    if found is None:
        numbers = re.findall(r"\d+(?:\.\d+)?", reading.text[code.start : code.end])
        letters = re.sub(r"[^a-z]", "", code.plain)
        if code.shape == "numbered" and numbers and float(numbers[-1][:15]) in source.numbers:
            rivals = [known for known in source.codes if letters and re.sub(r"[^a-z]", "", known) == letters]
            if not rivals:
                found = source.numbers[float(numbers[-1][:15])]
    if found is not None:
        return Judged(kind=kind, start=code.start, end=code.end, verdict=FactVerdict.SUPPORTED, place=found if found.field else None)
    rival = _rival(code.plain, source.codes)
    return Judged(
        kind=kind,
        start=code.start,
        end=code.end,
        verdict=FactVerdict.CONTRADICTED if rival else FactVerdict.UNSUPPORTED,
        place=source.codes[rival] if rival else None,
    )


def _stands_in(code: str, text: str) -> bool:
    """Is the code part of the source's letters and digits, whole (not e14 within se145)?"""
    at = text.find(code)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(code) : at + len(code) + 1]
        if not (code[-1].isdigit() and after.isdigit()) and not (code[0].isdigit() and before.isdigit()):
            return True
        at = text.find(code, at + 1)
    return False


def _rival(code: str, known: Iterable[str]) -> str | None:
    letters = re.sub(r"\d", "", code)
    return next((other for other in known if re.sub(r"\d", "", other) == letters or _near(code, other)), None)


def _near(code: str, other: str) -> bool:
    return len(code) == len(other) and sum(a != b for a, b in zip(code, other, strict=True)) <= 2 and len(code) > 3


def _date(day: Day, source: Source) -> Judged:
    for other, place in source.dates:
        if day.agrees(other):
            return Judged(kind="date", start=day.start, end=day.end, verdict=FactVerdict.SUPPORTED, place=place)
    if day.month is None and day.year is not None and float(day.year) in source.numbers:
        return Judged(
            kind="date", start=day.start, end=day.end, verdict=FactVerdict.SUPPORTED, place=source.numbers[float(day.year)]
        )
    rival = source.dates[0][1] if source.dates else None
    return Judged(
        kind="date",
        start=day.start,
        end=day.end,
        verdict=FactVerdict.CONTRADICTED if rival else FactVerdict.UNSUPPORTED,
        place=rival,
    )


def _sizes(sizes: Sequence[Size], source: Source) -> Iterator[Judged]:
    known = {(size.low, size.high) for size, _ in source.sizes}
    ends = {end for pair in known for end in pair}
    for size in sizes:
        if not source.sizes and not size.sure:
            continue
        if (size.low, size.high) in known or (size.low == size.high and size.low in ends):
            place = next(place for other, place in source.sizes if size.low in {other.low, other.high})
            verdict = FactVerdict.SUPPORTED
        elif size.low == size.high and any(_within(size.low, other) for other, _ in source.sizes):
            place, verdict = source.sizes[0][1], FactVerdict.SUPPORTED
        elif not size.sure:
            continue
        elif len(known) > 1 and {size.low, size.high} <= ends:
            place, verdict = source.sizes[0][1], FactVerdict.SUPPORTED
        else:
            place = source.sizes[0][1] if source.sizes else None
            verdict = FactVerdict.CONTRADICTED if place else FactVerdict.UNSUPPORTED
        yield Judged(kind="size", start=size.start, end=size.end, verdict=verdict, place=place)


_ORDER: Final = ("XXXXS", "XXXS", "XXS", "XS", "S", "M", "L", "XL", "XXL", "XXXL", "XXXXL")


def _within(size: str, known: Size) -> bool:
    if size not in _ORDER or known.low not in _ORDER or known.high not in _ORDER:
        return False
    return _ORDER.index(known.low) <= _ORDER.index(size) <= _ORDER.index(known.high)


# ---- claims in words ----------------------------------------------------------------------------------------------


def _claims(reading: Reading, source: Source) -> Iterator[Judged]:
    judged = [(claim, _decided(claim, source)) for claim in reading.claims]
    unsaid = _unsaid(judged, source)
    for claim, each in judged:
        found = each or _undecided(claim, reading, source, unsaid)
        if found is not None:
            yield found


def _decided(claim: Claim, source: Source) -> Judged | None:
    """What the source says for or against it."""
    against: KnownClaim | None = None
    for meaning in claim.meanings:
        supported, opposed = _evidence(meaning, source)
        for_it, against_it = (supported, opposed) if claim.affirmed else (opposed, supported)
        if for_it is not None and not (against_it is not None and _is_nearer(claim, against_it, for_it)):
            if claim.affirmed and (other := _other_part(claim, meaning, source)) is not None:
                return _spoken(claim, meaning, FactVerdict.CONTRADICTED, other)
            return _spoken(claim, meaning, FactVerdict.SUPPORTED, for_it)
        against = against or against_it
    if against is None or (not claim.affirmed and against.kind == "colour"):
        return None
    meaning = next((each for each in claim.meanings if each.kind == against.kind), claim.meanings[0])
    return _spoken(claim, meaning, FactVerdict.CONTRADICTED, against)


def _other_part(claim: Claim, meaning: Meaning, source: Source) -> KnownClaim | None:
    """What the source says of the part that the claim is about, if it says this only of other parts."""
    if not claim.component:
        return None
    supporting = [
        each
        for name, listed in source.claims.items()
        if meaning.name in (packs().above.get(name) or {name})
        for each in listed
        if each.affirmed
    ]
    if any(each.component == claim.component for each in supporting):
        return None
    other = next((each for each in source.kinds.get(meaning.kind, ()) if each.component == claim.component), None)
    general = any(not each.component for each in supporting)
    return None if general and (other is None or meaning.kind == "colour") else other


def _is_nearer(claim: Claim, one: KnownClaim, other: KnownClaim) -> bool:
    """Is it said of the part that `one` speaks of? 枕芯可水洗 where 枕套可水洗，枕芯不可水洗."""
    mine = _subject(claim)
    return bool(mine & _subject(one.claim)) and not mine & _subject(other.claim)


def _subject(claim: Claim) -> set[str]:
    near = re.split(r"[，。；;,.!?！？:：()（）\n]", claim.before)[-1]
    return {word for word in re.findall(r"[a-zß-öø-ž]{3,}|(?=([\u4e00-\u9fff]{2}))", near) if word}


def _unsaid(judged: Sequence[tuple[Claim, Judged | None]], source: Source) -> set[str]:
    """Kinds of which the source has something that the text does not repeat."""
    places = {each.place for _, each in judged if each is not None and each.verdict is FactVerdict.SUPPORTED}
    return {kind for kind, listed in source.kinds.items() if any(known.place not in places for known in listed)}


def _undecided(claim: Claim, reading: Reading, source: Source, unsaid: set[str]) -> Judged | None:
    """A claim of which the source says nothing. unsaid: kinds of which the source has something else."""
    first = claim.meanings[0]
    if claim.figurative:
        return None
    literal = reading.small[claim.start : claim.end]
    written = literal if len(literal) > 1 else literal + claim.after[:1]
    if claim.affirmed and len(written) > 1 and written in source.small and not _is_only_denied(claim, source):
        return Judged(kind=first.kind, start=claim.start, end=claim.end, verdict=FactVerdict.SUPPORTED)
    if not claim.affirmed and first.kind != "claim":
        return None  # to say what it is not is cautious, not invented
    known = [meaning for meaning in claim.meanings if source.kinds.get(meaning.kind)]
    missing = [meaning for meaning in known if meaning.kind in unsaid]
    chosen = (missing or known or [first])[0]
    if not _is_meant(claim, chosen.kind, literal, source, known=bool(known), replaced=bool(missing)):
        return None
    rival = _rival_claim(chosen, source)
    verdict = FactVerdict.CONTRADICTED if rival else FactVerdict.UNSUPPORTED
    return _spoken(claim, chosen, verdict, rival, risk=_RISK.get(chosen.kind, 0.5))


def _is_meant(claim: Claim, kind: str, literal: str, source: Source, *, known: bool, replaced: bool) -> bool:
    """Is it said of the product, and not of the scene? known: the source has something of the kind; replaced: that is
    not in the text, so this may stand in its place, and less is asked of the words around it.
    """
    if kind == "ingredient" and not known:
        return False
    both = claim.stated & BOTH_SIDES == BOTH_SIDES
    if kind == "origin":
        if claim.origin_marked:
            return not claim.weak or replaced or both
        return replaced and (not claim.weak or bool(claim.stated & RIGHT_SIDE))
    if kind not in _REPLACED:
        return not claim.weak or both
    sides = _sides(claim, source)
    if len(literal) == 1 and not literal.isascii() and not _is_listed_sign(claim, kind, replaced=replaced):
        return False
    if sides & BOTH_SIDES == BOTH_SIDES or not replaced:
        return sides & BOTH_SIDES == BOTH_SIDES
    if not claim.weak:
        return kind != "colour" or bool(sides)
    if literal[0].isascii():
        return bool(sides & NAMED) or (kind == "material" and _OF.search(claim.before) is not None)
    return bool(sides & NAMED)


def _is_listed_sign(claim: Claim, kind: str, *, replaced: bool) -> bool:
    """A single Chinese sign (红, 铁) is meant in a list or before 色, or where it takes the place of a material."""
    if claim.after[:1] in _AFTER_SIGN or claim.before[-1:] in {"、", "/", "%"}:
        return True
    return kind == "material" and replaced and bool(claim.component)


_AFTER_SIGN: Final = frozenset("色制质製、/和柄盖底身")


_OF: Final = re.compile(r"(?:\bof|\bin|\bfrom|\bde|\baus) $")


def _sides(claim: Claim, source: Source) -> int:
    """The sides on which words speak of the product, those that the source uses among them."""
    after = re.match(r"[ 的]?([a-zß-öø-ž]{3,})|的?([\u4e00-\u9fff]{1,2})", claim.after)
    if after is None or claim.stated & NAMED:
        return claim.stated
    word, signs = after.groups()
    known = word is not None and _plain_word(word) in source.words or signs is not None and signs in source.small
    return claim.stated | (RIGHT_SIDE | NAMED if known else 0)


_REPLACED: Final = frozenset({"material", "colour", "ingredient"})  # where one value takes another's place
_RISK: Final = {"claim": 0.9, "certificate": 0.9, "origin": 0.8, "ingredient": 0.7, "feature": 0.6, "attribute": 0.5}


def _evidence(meaning: Meaning, source: Source) -> tuple[KnownClaim | None, KnownClaim | None]:
    """What of the source says that the product is this, and what says that it is not."""
    known = packs()
    supported = opposed = None
    for name, listed in source.claims.items():
        above = known.above.get(name) or frozenset({name})
        for each in listed:
            if each.affirmed and meaning.name in above:
                supported = supported or each
            elif not each.affirmed and name in (known.above.get(meaning.name) or frozenset({meaning.name})) and name == meaning.name:
                opposed = opposed or each
            elif each.affirmed and known.meanings.get(name) and meaning.name in known.meanings[name].denies:
                opposed = opposed or each
            elif name in meaning.denies:
                if each.affirmed:
                    opposed = opposed or each
                elif len(meaning.denies) == 1:
                    supported = supported or each
            elif not each.affirmed and known.meanings.get(name) and meaning.name in known.meanings[name].denies:
                supported = supported or each
    if supported is None and opposed is None and len(meaning.parents) > 1:
        each_parent = [_evidence(known.meanings[parent], source)[0] for parent in meaning.parents]
        if all(each_parent):
            return each_parent[0], None  # recycled polyamide where it says: polyamide, recycled
    return supported, opposed


def _is_only_denied(claim: Claim, source: Source) -> bool:
    return any(not known.affirmed for meaning in claim.meanings for known in source.claims.get(meaning.name, ()))


def _rival_claim(meaning: Meaning, source: Source) -> KnownClaim | None:
    """Another meaning of the kind (or of the group, where it has one) that the source has."""
    listed = source.kinds.get(meaning.kind, ())
    if meaning.group:
        groups = packs().meanings
        listed = tuple(each for each in listed if each.meaning in groups and groups[each.meaning].group == meaning.group)
    elif meaning.kind not in {"material", "colour", "origin"}:
        return None
    return listed[0] if listed else None


def _spoken(claim: Claim, meaning: Meaning, verdict: FactVerdict, known: KnownClaim | None, risk: float = 0.0) -> Judged:
    return Judged(
        kind=meaning.kind,
        start=claim.start,
        end=claim.end,
        verdict=verdict,
        place=known.place if known else None,
        risk=risk,
    )


# ---- what comes with it, and names --------------------------------------------------------------------------------


def _contents(reading: Reading, source: Source) -> Iterator[Judged]:
    for content in reading.contents:
        nouns = {_plain_word(noun) for noun in content.nouns}
        hit = next((source.included[noun] for noun in nouns if noun in source.included), None)
        if hit is not None:
            verdict = FactVerdict.SUPPORTED if hit[0] is content.affirmed else FactVerdict.CONTRADICTED
            yield Judged(kind="content", start=content.start, end=content.end, verdict=verdict, place=hit[1], risk=0.7)
        elif content.affirmed and reading.language in source.languages and not _is_known(content.nouns, source):
            yield Judged(
                kind="content", start=content.start, end=content.end, verdict=FactVerdict.UNSUPPORTED, risk=0.6
            )


def _superlatives(reading: Reading, source: Source) -> Iterator[Judged]:
    for start, end in superlatives_in(reading.small, reading.language):
        if reading.small[start:end] not in source.small:
            yield Judged(kind="claim", start=start, end=end, verdict=FactVerdict.UNSUPPORTED, risk=0.9)


def _plain_word(noun: str) -> str:
    return noun[:-1] if len(noun) > 3 and noun.endswith("s") and not noun.endswith("ss") else noun


def _is_known(nouns: Sequence[str], source: Source) -> bool:
    """Does the source have the last word of a thing (its head), or two signs of a Chinese one?"""
    head = nouns[-1]
    if not head.isascii() and any(name[-1] in head for name in source.included if not name.isascii()):
        return True
    if head.isascii() or not _HAN_SIGN.match(head):
        return any(_plain_word(noun) in source.words for noun in nouns)
    return any(head[place : place + 2] in source.small for place in range(len(head) - 1))


_HAN_SIGN: Final = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")


def _names(reading: Reading, source: Source) -> Iterator[Judged]:
    for name in reading.names:
        low = name.text.lower()
        if _plain_word(low) in source.words or low in source.small or plain(low) in source.plain:
            continue
        origins = source.kinds.get("origin", ())
        if origins and reading.language not in {"zh", "ja"} and _IN_PLACE.search(reading.small[: name.start][-24:]):
            said = any(
                claim.meanings[0].kind == "origin" and _evidence(claim.meanings[0], source)[0] for claim in reading.claims
            )
            if not said:
                yield Judged(
                    kind="origin", start=name.start, end=name.end, verdict=FactVerdict.CONTRADICTED, place=origins[0].place
                )
                continue
        yield Judged(kind="name", start=name.start, end=name.end, verdict=FactVerdict.UNSUPPORTED, risk=0.5)


_IN_PLACE: Final = re.compile(r"(?:\b(?:in|from|of|aus|de|en)) $")


def _found(
    kind: str, measure: Measure, verdict: FactVerdict, place: Place | None = None, *, sure: bool = False
) -> Judged:
    return Judged(kind=kind, start=measure.start, end=measure.end, verdict=verdict, place=place, sure=sure)
