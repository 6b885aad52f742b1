"""Decides a cell from all that sources say: given, taken over, left open, or shown as a conflict."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from goodsmith.attributes.completing.cells import Candidate, Cell, CellStatus, Evidence, Way
from goodsmith.attributes.completing.confidence import Confidence
from goodsmith.attributes.completing.offers import Offer
from goodsmith.attributes.completing.stated import Statement
from goodsmith.attributes.reading import Reading
from goodsmith.records import Attribute

SOURCES: Final[tuple[str, ...]] = ("cell", "pair", "table", "lookup", "label", "title", "text", "family")
# How often a value under a name that means the attribute is right; offers from texts have a model of their own.
STATED: Final[Mapping[Way, float]] = {"cell": 1.0, "pair": 0.99, "table": 0.98, "lookup": 0.98, "label": 0.96}
_SUGGESTED: Final = 0.3  # a weaker offer is not even shown
_TOLERANCE: Final = 0.02  # relative: amounts that differ less are one amount, rounded
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weighed:
    """A candidate with what makes it comparable."""

    candidate: Candidate
    key: Hashable
    raw: str


def decide(
    attribute: Attribute,
    said: Sequence[Statement],
    offers: Sequence[Offer],
    confidence: Confidence,
    *,
    threshold: float,
    order: Sequence[str] = SOURCES,
) -> Cell:
    """The cell of one attribute.

    threshold: offers of texts below it are suggestions only. order: the sources that are asked, the most trusted first.
    Trusted sources that say different things make a conflict, with all that they say. A value of the own column stays
    as it is, also where another source differs; then the others are listed.
    """
    own = next((one for one in said if one.way == "cell"), None)
    stated = sorted(
        (one for one in said if one.way in order and one.way != "cell"), key=lambda one: order.index(one.way)
    )
    readable = [_stated(one) for one in stated if not one.reading.problem]
    weighed = sorted(_offered(offers, confidence, order), key=lambda one: -one.candidate.confidence)
    trusted = readable + [one for one in weighed if one.candidate.confidence >= threshold]
    unsure = tuple(one.candidate for one in weighed if _SUGGESTED <= one.candidate.confidence < threshold)[:_SHOWN]
    if own is not None and "cell" in order:
        return _given(attribute, own, trusted)
    groups = _agreeing(attribute, trusted)
    if len(groups) == 1:
        return _filled(attribute, groups[0])
    if groups:
        return Cell(
            attribute=attribute.id, status=CellStatus.CONFLICT, unit=attribute.unit, others=tuple(map(_best, groups))
        )
    odd = next((one for one in stated if one.reading.problem), None)
    return Cell(
        attribute=attribute.id,
        status=CellStatus.UNKNOWN,
        unit=attribute.unit,
        others=unsure,
        problem=odd.reading.problem if odd else "",
        raw=odd.raw if odd else "",
        evidence=(odd.evidence,) if odd else (),
    )


def agree(attribute: Attribute, left: Hashable, right: Hashable) -> bool:
    """Whether two readings' keys mean the same value, within tolerance; of several values, whether they share one."""
    if left == right:
        return True
    if not isinstance(left, frozenset) or not isinstance(right, frozenset):
        return False
    if left & right:
        return attribute.multiple
    if attribute.type == "quantity":
        return all(any(_near(one, other) for other in right) for one in left)
    if attribute.values or len(left) != 1 or len(right) != 1:
        return False
    (one,), (other,) = left, right
    return (
        isinstance(one, str) and isinstance(other, str) and (f" {one} " in f" {other} " or f" {other} " in f" {one} ")
    )


def _near(left: Hashable, right: Hashable) -> bool:
    if not isinstance(left, tuple) or not isinstance(right, tuple) or left[0] != right[0]:
        return False
    pairs = list(zip(map(float, left[1]), map(float, right[1]), strict=False))
    return len(left[1]) == len(right[1]) and all(
        abs(one - other) <= _TOLERANCE * max(abs(one), abs(other)) for one, other in pairs
    )


def _stated(one: Statement) -> _Weighed:
    candidate = _candidate(one.reading, STATED[one.way], (one.evidence,))
    return _Weighed(candidate=candidate, key=one.reading.key, raw=one.raw)


def _offered(offers: Sequence[Offer], confidence: Confidence, order: Sequence[str]) -> list[_Weighed]:
    made = []
    for offer in offers:
        if not any(name.endswith("@text") for name in offer.signs) or "title" in order:
            chance = confidence.of(offer.attribute, offer.signs)
            candidate = _candidate(offer.reading, chance, tuple(offer.evidence))
            made.append(_Weighed(candidate=candidate, key=offer.reading.key, raw=offer.raw))
    return made


def _candidate(reading: Reading, chance: float, evidence: tuple[Evidence, ...]) -> Candidate:
    return Candidate(
        values=reading.values, ids=reading.ids, confidence=chance, evidence=evidence, changed=reading.changed
    )


def _agreeing(attribute: Attribute, trusted: Sequence[_Weighed]) -> list[list[_Weighed]]:
    groups: list[list[_Weighed]] = []
    for one in trusted:
        group = next((group for group in groups if agree(attribute, group[0].key, one.key)), None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    return groups


def _best(group: Sequence[_Weighed]) -> Candidate:
    return max(group, key=lambda one: one.candidate.confidence).candidate


def _filled(attribute: Attribute, group: Sequence[_Weighed]) -> Cell:
    first = group[0]
    evidence = tuple(dict.fromkeys(piece for one in group for piece in one.candidate.evidence))[:_SHOWN]
    return Cell(
        attribute=attribute.id,
        status=CellStatus.NORMALISED if first.candidate.changed else CellStatus.EXTRACTED,
        values=first.candidate.values,
        ids=first.candidate.ids,
        confidence=max(one.candidate.confidence for one in group),
        evidence=evidence,
        raw=first.raw,
        unit=attribute.unit,
    )


def _given(attribute: Attribute, own: Statement, trusted: Sequence[_Weighed]) -> Cell:
    reading = own.reading
    others = (
        ()
        if reading.problem
        else tuple(
            _best(group) for group in _agreeing(attribute, trusted) if not agree(attribute, reading.key, group[0].key)
        )
    )
    if reading.problem:
        others = tuple(map(_best, _agreeing(attribute, trusted)))
    status = CellStatus.NORMALISED if reading.changed else CellStatus.GIVEN
    return Cell(
        attribute=attribute.id,
        status=CellStatus.UNKNOWN if reading.problem else status,
        values=reading.values,
        ids=reading.ids,
        confidence=0.0 if reading.problem else 1.0,
        evidence=(own.evidence,),
        others=others[:_SHOWN],
        raw=own.raw,
        unit=attribute.unit,
        problem=reading.problem,
        was_empty=False,
    )
