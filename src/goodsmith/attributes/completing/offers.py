"""What a product's texts offer for its attributes, and the signs that speak for and against each offer."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from goodsmith.attributes.completing.cells import Evidence, Way
from goodsmith.attributes.completing.confidence import log_odds
from goodsmith.attributes.completing.guards import meant_for, negated
from goodsmith.attributes.completing.lexicon import Entry, Lexicon
from goodsmith.attributes.completing.product import SourceText
from goodsmith.attributes.reading import Reader, Reading
from goodsmith.attributes.tagging.tagger import Finding
from goodsmith.attributes.words import is_wide
from goodsmith.base.category_schema import spellings_of
from goodsmith.base.units import Quantity, quantities, unit_of
from goodsmith.records import Attribute

_CUE_BEFORE: Final = 14  # characters
_CUE_AFTER: Final = 10
_SHORT: Final = 3  # letters of a value that is found by chance
_SIZES: Final = re.compile(r"尺寸|规格|dimension|größe|taille|サイズ|\bsize", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"[\s:：=约≈~]+$|\s*\(?(?:approx\.?|about|is|of|ca\.)\s*$")
_PACK: Final = re.compile(r"\b(?:pack|set|box|case|lot) of ([0-9]{1,4})\b", re.IGNORECASE)
_FOR_OTHERS: Final = re.compile(r"compatib|适用|兼容|\bsuits?\b|\bfor\b", re.IGNORECASE)


@dataclass(slots=True)
class Offer:
    """One value for one attribute, with all that speaks for it."""

    attribute: str
    reading: Reading
    raw: str
    signs: dict[str, float] = field(default_factory=dict)
    evidence: list[Evidence] = field(default_factory=list)


class TextReader:
    """Reads the texts of one category's products."""

    def __init__(
        self,
        attributes: Sequence[Attribute],
        readers: Mapping[str, Reader],
        *,
        known: Lexicon | None = None,
        sided: frozenset[str] = frozenset(),
    ) -> None:
        """known: values of other products' cells. sided: attributes whose values are products such as 48*74 cm."""
        self._attributes = {attribute.id: attribute for attribute in attributes}
        self._readers = readers
        self._lexicons = (Lexicon(_allowed(attributes, readers)), *([known] if known else []))
        self._sided = sided
        self._by_dimension = _measured(attributes)
        self._names = {
            one.id: tuple(name.casefold() for name in spellings_of(one) if len(name) >= 2)
            for listed in self._by_dimension.values()
            for one in listed
        }
        self._cues = {one.id: _cue(one) for listed in self._by_dimension.values() for one in listed}
        self._takes_others = {
            one.id for one in attributes if any(_FOR_OTHERS.search(name) for name in (*one.names.values(), one.id))
        }

    def offers(self, texts: Sequence[SourceText], findings: Sequence[Sequence[Finding]] = ()) -> dict[str, list[Offer]]:
        """Attribute -> its offers. findings: of the tagger, for each text; texts without may be missing."""
        made: dict[tuple[str, Hashable], Offer] = {}
        for place, source in enumerate(texts):
            for offer in self._of_text(source, findings[place] if place < len(findings) else ()):
                same = made.setdefault((offer.attribute, offer.reading.key), offer)
                if same is not offer:
                    _join(same, offer)
        listed: dict[str, list[Offer]] = {}
        for offer in made.values():
            listed.setdefault(offer.attribute, []).append(offer)
        for name, offers in listed.items():
            if self._attributes[name].multiple and len(offers) > 1:
                listed[name] = _united(offers)
            else:
                for offer in offers:
                    offer.signs["rivals"] = float(min(2, len(offers) - 1))
        return listed

    def _of_text(self, source: SourceText, findings: Sequence[Finding]) -> Iterator[Offer]:
        for hit in (hit for lexicon in self._lexicons for hit in lexicon.hits(source.lowered, source.words)):
            if hit.entry.attribute not in self._attributes or negated(source.text, hit.start, hit.end):
                continue
            written = source.text[hit.start : hit.end]
            reading = self._readers[hit.entry.attribute].read(hit.entry.spelling if hit.entry.meant else written)
            if reading.problem:
                continue
            way: Way = "allowed" if hit.entry.meant else "known"
            signs = {f"{way}@{source.kind}": 1.0}
            if hit.entry.meant:
                if hit.end - hit.start >= (4 if is_wide(written) else 10):
                    signs["long"] = 1.0
                signs[f"={hit.entry.meant}"] = 1.0  # values of one attribute are not equally sure
            else:
                signs["known_often"] = math.log(hit.entry.count or 1)
            yield self._offer(source, hit.entry.attribute, reading, hit.start, hit.end, way, signs)
        if self._by_dimension:
            yield from self._measures(source)
        for finding in findings:
            if finding.attribute not in self._attributes or negated(source.text, finding.start, finding.end):
                continue
            reading = self._readers[finding.attribute].read(source.text[finding.start : finding.end])
            if not reading.problem:
                signs = {"tagged": 1.0, "tagger": log_odds(finding.chance)}
                yield self._offer(source, finding.attribute, reading, finding.start, finding.end, "tagger", signs)

    def _measures(self, source: SourceText) -> Iterator[Offer]:
        found = [(one, one.start, one.end) for one in quantities(source.text)]
        found += [
            (
                Quantity(amounts=(float(one[1]),), unit="count", shape="single", start=one.start(1), end=one.end(1)),
                *one.span(),
            )
            for one in _PACK.finditer(source.text)
        ]
        for measure, start, end in found:
            unit = unit_of(measure.unit)
            dimension = unit.dimension if unit else "length"
            fitting = [
                one for one in self._by_dimension.get(dimension, ())
                if self._takes(one, measure)
            ]  # fmt: skip
            cued = [one for one in fitting if self._is_cued(one, source, start, end)]
            for one in cued or (fitting if len(fitting) == 1 else ()):
                reader = self._readers[one.id]
                reading = reader.read(source.text[measure.start : measure.end])
                if unit is None and measure.shape == "product":
                    reading = reader.read(source.text[measure.start : measure.end] + one.unit)
                elif measure.unit == "count" and source.text[measure.start : measure.end].isdigit():
                    reading = reader.read(source.text[measure.start : measure.end] + "件")
                if reading.problem:
                    continue
                signs = {f"measure@{source.kind}": 1.0}
                if cued:
                    signs["named" if self._is_named(one, source, start) else "cue"] = 1.0
                if unit is None:
                    signs["no_unit"] = 1.0
                yield self._offer(source, one.id, reading, measure.start, measure.end, "measure", signs)

    def _takes(self, attribute: Attribute, measure: Quantity) -> bool:
        if measure.shape == "product":
            return attribute.id in self._sided or _is_size(attribute)
        return attribute.id not in self._sided

    def _is_named(self, attribute: Attribute, source: SourceText, start: int) -> bool:
        before = _BETWEEN.sub("", source.lowered[max(0, start - 2 * _CUE_BEFORE) : start])
        return before.endswith(self._names[attribute.id])

    def _is_cued(self, attribute: Attribute, source: SourceText, start: int, end: int) -> bool:
        cue = self._cues[attribute.id]
        before = source.lowered[max(0, start - _CUE_BEFORE) : start]
        return (
            cue.search(before) is not None
            or cue.match(source.lowered[end : end + _CUE_AFTER].lstrip(" -的")) is not None
        )

    def _offer(
        self,
        source: SourceText,
        attribute: str,
        reading: Reading,
        start: int,
        end: int,
        way: Way,
        signs: dict[str, float],
    ) -> Offer:
        raw = source.text[start:end]
        if source.kind == "title" and not source.lowered[:start].strip():
            signs["first"] = 1.0
        if attribute not in self._takes_others and meant_for(source.text, start):
            signs["for_other"] = 1.0
        if way != "measure" and len(raw) <= _SHORT:
            signs["short"] = 1.0
        evidence = Evidence(source=source.column, way=way, text=raw, start=start, end=end)
        return Offer(attribute, reading, raw, signs, [evidence])


def _allowed(attributes: Sequence[Attribute], readers: Mapping[str, Reader]) -> Iterator[Entry]:
    for attribute in attributes:
        for value in attribute.values:
            for spelling in spellings_of(value):
                reading = readers[attribute.id].read(spelling)
                if reading.ids == (value.id,) and (spelling != value.id or not value.names):
                    yield Entry(attribute=attribute.id, spelling=spelling, meant=value.id)


def _measured(attributes: Sequence[Attribute]) -> dict[str, list[Attribute]]:
    found: dict[str, list[Attribute]] = {}
    for attribute in attributes:
        unit = unit_of(attribute.unit) if attribute.type == "quantity" else None
        if unit is not None:
            found.setdefault(unit.dimension, []).append(attribute)
    return found


def _cue(attribute: Attribute) -> re.Pattern[str]:
    names = sorted({name.casefold() for name in spellings_of(attribute) if len(name) >= 2}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, names)) or "(?!)")


def _is_size(attribute: Attribute) -> bool:
    return any(_SIZES.search(name) for name in (*attribute.names.values(), attribute.id))


def _join(one: Offer, other: Offer) -> None:
    """Two finds of the same value: what speaks for either speaks for it."""
    if other.evidence[0].source != one.evidence[0].source:
        one.signs["two_sources"] = 1.0
    for name, amount in other.signs.items():
        if name in {"for_other", "short", "no_unit"}:  # a place without the doubt takes it away
            continue
        one.signs[name] = max(one.signs.get(name, amount), amount)
    for name in ("for_other", "short", "no_unit"):
        if name not in other.signs:
            one.signs.pop(name, None)
    if len(one.evidence) < 3:
        one.evidence += other.evidence[:1]


def _united(offers: Sequence[Offer]) -> list[Offer]:
    """Of an attribute with several values: all that the first source with any says, as one offer."""
    first = offers[0].evidence[0].source
    ours = [offer for offer in offers if any(one.source == first for one in offer.evidence)]
    ours = [one for one in ours if not any(one is not other and _within(one, other) for other in ours)]
    values = tuple(dict.fromkeys(value for offer in ours for value in offer.reading.values))
    ids = tuple(dict.fromkeys(one for offer in ours for one in offer.reading.ids))
    key = frozenset().union(*(offer.reading.key for offer in ours if isinstance(offer.reading.key, frozenset)))
    signs: dict[str, float] = {}
    for offer in ours:  # as sure as the weakest of them
        for name, amount in offer.signs.items():
            signs[name] = min(signs.get(name, amount), amount)
    signs["many"] = math.log(len(ours))
    reading = Reading(values=values, key=key, ids=ids, changed=any(offer.reading.changed for offer in ours))
    raw = "; ".join(offer.raw for offer in ours)
    evidence = [one for offer in ours for one in offer.evidence[:1]]
    return [Offer(offers[0].attribute, reading, raw, signs, evidence)]


def _within(one: Offer, other: Offer) -> bool:
    """Whether an offer's words stand within the longer ones of another."""
    mine, theirs = one.evidence[0], other.evidence[0]
    longer = theirs.end - theirs.start > mine.end - mine.start
    return longer and mine.source == theirs.source and theirs.start <= mine.start and mine.end <= theirs.end
