"""Counts and bare numbers: four speeds, sixteen pieces, sizes 30 to 44."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from goodsmith.checks.facts.holding.sources import KnownMeasure, Place, Source
from goodsmith.checks.facts.holding.verdicts import Judged
from goodsmith.checks.facts.reading.measures import Measure
from goodsmith.checks.facts.reading.packs import packs
from goodsmith.checks.facts.reading.texts import Reading
from goodsmith.records import FactVerdict


def hold_count(measure: Measure, reading: Reading, source: Source) -> Judged | None:
    """A count or a number alone."""
    specific = frozenset(noun for noun in measure.nouns if noun != "piece_any")
    kind = "count" if measure.nouns else "number"
    if measure.shape == "range":
        return _bare_range(measure, source)
    same_thing = [known for known in source.counts if specific & known.nouns and known.measure.shape != "range"]
    for known in same_thing:
        if values_in(measure, known.measure):
            return found(kind, measure, FactVerdict.SUPPORTED, known.place)
    if (listed := _listed(measure, source)) is not None:
        return found(kind, measure, FactVerdict.SUPPORTED, listed)
    if not specific - _OF_SETS and (total := _total(measure, source)) is not None:
        return found(kind, measure, FactVerdict.CONVERTED, total)
    if same_thing and measure.spelled and _is_portion(measure, same_thing, reading):
        return None
    if same_thing and (measure.values[0][0] > 1 or not (measure.spelled or measure.general)):
        return found(kind, measure, FactVerdict.CONTRADICTED, same_thing[0].place)
    numbers = source.bare if specific & _part_names() else source.numbers
    if all(any(value in numbers for value in values) for values in measure.values):
        value = next(value for values in measure.values for value in values if value in numbers)
        return found(kind, measure, FactVerdict.SUPPORTED, numbers[value])
    if measure.spelled and not _counts_the_product(measure, specific, reading):
        return None
    if measure.values == ((1.0,),) or _is_unit_word(measure, reading, source):
        return None
    if not measure.spelled and not measure.nouns and _is_idle(measure, reading):
        return None
    return found(kind, measure, FactVerdict.UNSUPPORTED)


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
        if len(known.measure.values) > 1 and values_in(measure, known.measure):
            return found("number", measure, FactVerdict.SUPPORTED, known.place)
    if all(any(value in source.bare for value in values) for values in measure.values):
        return found("number", measure, FactVerdict.SUPPORTED, source.bare[first_known(measure, source)])
    rival = next((known for known in source.measures if known.measure.shape == "range"), None)
    return found(
        "number",
        measure,
        FactVerdict.CONTRADICTED if rival else FactVerdict.UNSUPPORTED,
        rival.place if rival else None,
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
        and values_in(other, known.measure)
        and measure.values[0][0] < known.measure.values[0][0]
        for known in same_thing
        for other in others
    )


def values_in(mine: Measure, theirs: Measure) -> bool:
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


_OF_STORIES: Final = frozenset(
    {"person", "cup_n", "room", "egg", "grade_n", "door_window", "leg", "glass_n", "bowl", "pair"}
)


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
    return (not before.strip() or before.endswith("\n")) and re.match(
        r"[.)、．]\D", reading.text[measure.end :]
    ) is not None


def first_known(measure: Measure, source: Source) -> float:
    """The first of its values that the source has."""
    return next(value for values in measure.values for value in values if value in source.numbers)


def found(
    kind: str, measure: Measure, verdict: FactVerdict, place: Place | None = None, *, sure: bool = False
) -> Judged:
    return Judged(kind=kind, start=measure.start, end=measure.end, verdict=verdict, place=place, sure=sure)
