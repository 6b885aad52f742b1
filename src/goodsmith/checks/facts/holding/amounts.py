"""Amounts with a unit: the same value, the same amount in another unit, a sum or a product of what the source has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from goodsmith.checks.facts.holding.counts import first_known, found, hold_count, values_in
from goodsmith.checks.facts.holding.sources import KnownMeasure, Place, Source, share_side
from goodsmith.checks.facts.holding.verdicts import Judged, plain_word
from goodsmith.checks.facts.reading.claims import Claim
from goodsmith.checks.facts.reading.measures import Measure
from goodsmith.checks.facts.reading.packs import Unit, packs
from goodsmith.checks.facts.reading.texts import Reading
from goodsmith.records import FactVerdict

_SAME_UNIT: Final = 1e-6  # relative
_CONVERTED_LEAST: Final = 0.004  # relative error that a converted value may always have
_CONVERTED_MOST: Final = 0.05
_ROUNDED: Final = 0.02  # relative error of a value that is written with fewer digits
_EXACT: Final = frozenset(
    {"percent", "voltage", "frequency", "money", "money2", "money3", "time", "data", "brix", "denier"}
)
_APPROXIMATE: Final = 0.03
_BELOW: Final = 0.15  # `under 1 kg` for 900 g
_DEGREES: Final = 0.6  # kelvins between a converted temperature and its exact value
_DURATION: Final = 0.02  # a month is 30 days or 31
_TIME: Final = "time"
_TELLING: Final = 20  # a number from here on stands in a source twice by chance only rarely
_SIZE_UNITS: Final = frozenset({"yd"})  # 码 is a yard and a size
_DERIVED: Final = 6  # counts and amounts that are multiplied or added
_NEAR: Final = 4  # characters between a percentage and what it is of
_TOTAL: Final = re.compile(
    r"(?:共|合计|总|in all|in total|total|altogether|all together|insgesamt|zusammen|en total|計)", re.IGNORECASE
)


def amounts(reading: Reading, source: Source) -> Iterator[Judged]:
    spans = [
        (claim.start, claim.end)
        for claim in reading.claims
        if any(sign.isdigit() for sign in reading.text[claim.start : claim.end])
    ]
    for measure in reading.measures:
        if any(
            (start <= measure.start and measure.end <= end + 2) or start <= measure.start < end for start, end in spans
        ):
            continue  # 304 stainless steel, 14-karat gold
        judged = _amount(measure, reading, source) if measure.units else hold_count(measure, reading, source)
        if judged is not None:
            yield judged


def _amount(measure: Measure, reading: Reading, source: Source) -> Judged | None:
    kind = _kind_of(measure)
    right, wrong_role, nearest = _search(measure, source)
    if right is not None:
        known, _, same = right
        if kind == "percent" and (other := _other_share(measure, reading, source)) is not None:
            return found(kind, measure, FactVerdict.CONTRADICTED, other.place, sure=True)
        return found(kind, measure, FactVerdict.SUPPORTED if same else FactVerdict.CONVERTED, known.place)
    if wrong_role is not None:
        return found(kind, measure, FactVerdict.CONTRADICTED, wrong_role.place, sure=True)
    derived = _derived(measure, reading, source)
    if derived is not None:
        return found(kind, measure, FactVerdict.CONVERTED, derived)
    if (bare := _without_unit(measure, source)) is not None:
        return found(kind, measure, FactVerdict.SUPPORTED, bare)
    if (
        measure.units
        and {unit.name for unit in measure.units} <= _SIZE_UNITS
        and all(any(value in source.bare for value in values) for values in measure.values)
    ):
        return found("size", measure, FactVerdict.SUPPORTED, source.bare[first_known(measure, source)])
    if measure.nouns:
        counted = hold_count(replace(measure, units=()), reading, source)
        if counted is None or counted.verdict in {FactVerdict.SUPPORTED, FactVerdict.CONVERTED}:
            return counted
    word = re.search("[a-zß-öø-ž]{3,}$", reading.small[measure.start : measure.end])
    if word is not None:
        for known in source.counts:  # `feet: 3`
            if plain_word(word.group()) in known.nouns and values_in(measure, known.measure):
                return found("count", measure, FactVerdict.SUPPORTED, known.place)
    if _is_story(measure, reading, source, nearest):
        return None
    if nearest is not None:
        return found(kind, measure, FactVerdict.CONTRADICTED, nearest.place)
    return found(kind, measure, FactVerdict.UNSUPPORTED)


def _without_unit(measure: Measure, source: Source) -> Place | None:
    """The cell that has the number without its unit: `capacity: 500`, a unit in a column of its own."""
    strange = not measure.dimensions & source.by_dimension.keys()
    for known in source.counts:
        if known.measure.units or known.measure.nouns or not values_in(measure, known.measure):
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
    """What supports a measure; what has its role and another value, if its value is another's; what is nearest."""
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
            (other, value)
            for other in source.counts[: 2 * _DERIVED]
            for values in other.measure.values
            for value in values
        ]
        for known, amount in amounts:
            for other, times in counts:
                together = total or other.place.field == known.place.field
                if times > 1 and together and any(_is_close(amount * times, each) for each in wanted):
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
    if (
        nearest is None
        or measure.values[0][0] == 1
        or not {unit.name for unit in nearest.measure.units} & {unit.name for unit in measure.units}
    ):
        return False
    return not any(_search(other, source)[0] is not None for other in reading.measures if other.dimensions & {_TIME})


@cache
def _anchors() -> re.Pattern[str]:
    return re.compile(packs().patterns["anchors"], re.IGNORECASE)


def _is_anchored(measure: Measure, reading: Reading) -> bool:
    """Does its clause speak of batteries, warranties and the like? One of a unit (一个月) is a story even so."""
    if measure.values[0][0] == 1:
        return False
    before = re.split(r"[，。！？!?；;,]|\. ", reading.text[max(0, measure.start - 30) : measure.start])[-1]
    after = re.split(r"[，。！？!?；;,]|\. ", reading.text[measure.end : measure.end + 26])[0]
    return _anchors().search(f"{before} {after}") is not None


def _kind_of(measure: Measure) -> str:
    dimensions = measure.dimensions
    if dimensions == {_TIME}:
        return "duration"
    return "percent" if dimensions == {"percent"} else "quantity"
