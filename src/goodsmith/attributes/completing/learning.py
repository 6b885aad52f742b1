"""Learns from the catalog's own filled cells: values, a tagger of titles, and how sure an offer is.

To know how sure, the filled cells of a part of the sample are predicted by what the other part teaches, and compared.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from goodsmith.attributes.completing.category import CategoryReader, offers_of
from goodsmith.attributes.completing.confidence import Confidence, Judged, learn_confidence, reliability
from goodsmith.attributes.completing.lexicon import Entry, Lexicon
from goodsmith.attributes.completing.product import ProductRow
from goodsmith.attributes.completing.stated import Statement
from goodsmith.attributes.tagging.tagger import MAX_EXAMPLES, Example, Tagger, learn_tagger
from goodsmith.attributes.words import found_whole

MAX_ROWS: Final = 4_000  # of the sample; more rows teach little
_MAX_KNOWN: Final = 20_000  # values in all
_LEAST_CELLS: Final = 2  # that hold a value before other products are searched for it
_IN_TEXTS: Final = 0.1  # share of an attribute's filled cells whose words stand in titles, for it to be tagged
_LEAST_TAGGED: Final = 12  # cells
_LONGEST_KNOWN: Final = 60  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What a catalog taught. curve: (mean confidence, share right, cells) of predicted filled cells."""

    known: tuple[Entry, ...] = ()
    sided: frozenset[str] = frozenset()  # attributes whose values are products such as 48*74 cm
    tagger: Tagger | None = None
    confidence: Confidence = field(default_factory=Confidence)
    curve: tuple[tuple[float, float, int], ...] = ()
    rows: int = 0


def learn(
    rows: Sequence[ProductRow], readers: Mapping[str, CategoryReader], *, folds: int = 2, seed: int = 0
) -> Learned:
    """Learn from a sample of products. readers: by category id, of plain schemas without anything learnt.

    Rows of categories without a reader are left out. Deterministic for the same rows.
    """
    ours = [row for row in rows[:MAX_ROWS] if row.category in readers]
    stated = [_by_attribute(readers[row.category].statements(row)) for row in ours]
    if not any(stated):
        return Learned(rows=len(ours))
    drawn = random.Random(seed)
    parts = [drawn.randrange(folds) for _ in ours]
    tagged = _tagged_attributes(ours, stated, readers)
    judged: list[Judged] = []
    for part in range(folds):
        teaching = [at for at in range(len(ours)) if parts[at] != part]
        asked = [at for at in range(len(ours)) if parts[at] == part]
        taught = _teach([ours[at] for at in teaching], [stated[at] for at in teaching], readers, tagged, seed=seed)
        judged += _judged([ours[at] for at in asked], [stated[at] for at in asked], readers, taught)
    confidence = learn_confidence(judged)
    whole = _teach(ours, stated, readers, tagged, seed=seed)
    pairs = [(confidence.of(one.attribute, one.signs), one.right) for one in judged]
    return Learned(
        known=whole.known,
        sided=whole.sided,
        tagger=whole.tagger,
        confidence=confidence,
        curve=tuple(reliability(pairs)),
        rows=len(ours),
    )


def taught_readers(readers: Mapping[str, CategoryReader], learned: Learned) -> dict[str, CategoryReader]:
    """The categories with what was learnt; they share the values of other products."""
    known = Lexicon(learned.known)
    return {category: reader.taught(known, learned.sided) for category, reader in readers.items()}


def _by_attribute(said: Sequence[Statement]) -> dict[str, Statement]:
    """The first readable statement of each attribute: what a filled cell says."""
    found: dict[str, Statement] = {}
    for one in said:
        if not one.reading.problem:
            found.setdefault(one.attribute, one)
    return found


def _teach(
    rows: Sequence[ProductRow],
    stated: Sequence[Mapping[str, Statement]],
    readers: Mapping[str, CategoryReader],
    tagged: frozenset[str],
    *,
    seed: int,
) -> Learned:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    shapes: dict[str, Counter[bool]] = defaultdict(Counter)
    for said in stated:
        for name, one in said.items():
            if _is_measure(one):
                shapes[name][any(isinstance(key, tuple) and key[0] == "product" for key in _keys(one))] += 1
            elif len(one.raw) <= _LONGEST_KNOWN:
                counts[name][one.raw] += 1
    known = sorted(
        (
            Entry(attribute=name, spelling=value, count=count)
            for name, listed in counts.items()
            for value, count in listed.items()
            if count >= _LEAST_CELLS
        ),
        key=lambda entry: -entry.count,
    )[:_MAX_KNOWN]
    sided = frozenset(name for name, seen in shapes.items() if seen[True] > seen[False])
    tagger = None
    if tagged:
        examples = [
            Example(
                text=text, category=row.category, values={name: (said[name].raw,) for name in said if name in tagged}
            )
            for row, said in zip(rows, stated, strict=True)
            if (text := readers[row.category].title(row))
        ]
        asked = {category: frozenset(reader.attributes) & tagged for category, reader in readers.items()}
        tagger = learn_tagger(examples[:MAX_EXAMPLES], asked=asked, seed=seed)
    return Learned(known=tuple(known), sided=sided, tagger=tagger, rows=len(rows))


def _judged(
    rows: Sequence[ProductRow],
    stated: Sequence[Mapping[str, Statement]],
    readers: Mapping[str, CategoryReader],
    taught: Learned,
) -> list[Judged]:
    """What the texts of rows offer for their filled cells, compared with these."""
    found: list[Judged] = []
    offered = offers_of(rows, taught_readers(readers, taught), taught.tagger)
    for said, offers in zip(stated, offered, strict=True):
        for name, one in said.items():
            found += [
                Judged(attribute=name, signs=offer.signs, right=offer.reading.key == one.reading.key)
                for offer in offers.get(name, ())
                if any(piece.source != one.evidence.source for piece in offer.evidence)  # else it is read again
            ]
    return found


def _tagged_attributes(
    rows: Sequence[ProductRow], stated: Sequence[Mapping[str, Statement]], readers: Mapping[str, CategoryReader]
) -> frozenset[str]:
    filled: Counter[str] = Counter()
    there: Counter[str] = Counter()
    for row, said in zip(rows, stated, strict=True):
        title = readers[row.category].title(row)
        for name, one in said.items():
            filled[name] += 1
            there[name] += bool(title and len(one.raw) <= _LONGEST_KNOWN and found_whole(title, one.raw))
    return frozenset(
        name for name, count in there.items() if count >= _LEAST_TAGGED and count >= _IN_TEXTS * filled[name]
    )


def _is_measure(one: Statement) -> bool:
    return any(isinstance(key, tuple) for key in _keys(one))


def _keys(one: Statement) -> frozenset[object]:
    return one.reading.key if isinstance(one.reading.key, frozenset) else frozenset([one.reading.key])
