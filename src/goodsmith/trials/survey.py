"""One pass over all rows before any is asked: how large their prompts are, what they show, and which are drawn.

Memory does not grow with the table. Rare traits are forgotten on the way by lossy counting (Manku and Motwani 2002,
doi:10.1016/B978-155860869-6/50038-X): every trait of a hundredth of the rows is kept, and its count is right within a
thousandth of them.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from goodsmith.errors import TemplateError
from goodsmith.pipeline.ground import Ground
from goodsmith.pipeline.turns import Derivation, Turn
from goodsmith.records import ModelRequest, Product
from goodsmith.trials.traits import LONGEST, SHORTEST, Trait, TraitReader

SURVEYED_ROWS: Final = 100_000  # of a larger table, so many are looked at, chosen by what they hold
KEPT_ROWS: Final = 6  # that show a trait, to choose from
_BUCKET: Final = 1_000  # rows between two rounds of forgetting
_HASHES: Final = 1 << 64

Counts = tuple[int, ...]  # of a prompt: what its tokens are estimated from
CountsBy = dict[str, Counts]  # language -> counts, added up over prompts


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A row as the survey saw it. counts: of all its prompts; fresh: of those that no row before it has too."""

    source_row: int
    traits: tuple[Trait, ...]
    stratum: int
    counts: Mapping[str, Counts] = field(default_factory=dict)
    fresh: Mapping[str, Counts] = field(default_factory=dict)


@dataclass(slots=True)
class StratumSeen:
    """What was seen of a stratum. rows: looked at."""

    rows: int = 0
    fresh: CountsBy = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What the pass found.

    rows: selected; surveyed: looked at, all but in large tables. strata: by number. traits: how many of the surveyed
    rows show each. candidates: rows to choose from. drawn: at random, stratum by stratum. known: at random among those
    whose answer is known. by_locale: counts of all fresh prompts, locale -> language -> counts. prompts, repeated: all
    prompts, and those that an earlier row has word for word, which cost nothing. refused: rows without a prompt.
    """

    rows: int
    surveyed: int
    strata: Mapping[int, StratumSeen]
    traits: Mapping[Trait, int]
    candidates: tuple[Seen, ...]
    drawn: tuple[Seen, ...]
    known: tuple[Seen, ...]
    by_locale: Mapping[str, CountsBy]
    prompts: int
    repeated: int
    refused: int


def survey(
    products: Iterable[Product],
    *,
    rows: int,
    derivations: Sequence[Derivation],
    turns: Sequence[Turn],
    reader: TraitReader,
    counts_of: Callable[[ModelRequest], Counts] | None,
    stratum_of: Callable[[Product], int],
    draws: Mapping[int, int],
    known_draws: int = 0,
    is_known: Callable[[Product], bool] = lambda _: False,
    seed: int = 0,
    most: int = SURVEYED_ROWS,
) -> Survey:
    """Look at the rows of a selection, once.

    rows: how many there are. counts_of: None where no model is asked. draws: stratum -> rows to draw from it.
    known_draws: rows to draw among those with `is_known`. The same rows are drawn each time, by hashes of their keys.
    """
    pass_ = _Pass(derivations, turns, counts_of)
    tally = _Traits()
    strata: dict[int, StratumSeen] = {}
    drawn: dict[int, _Lowest] = {number: _Lowest(count) for number, count in draws.items()}
    known = _Lowest(known_draws)
    limit = _HASHES if rows <= most else _HASHES * most // rows
    surveyed = 0
    for product in products:
        if limit < _HASHES and _hash(repr(sorted(product.fields.items()))) >= limit:
            continue
        surveyed += 1
        looked = pass_.look(product)
        traits = tuple(reader.read(product.fields, looked.holds))
        number = stratum_of(product)
        seen = Seen(
            source_row=product.source_row, traits=traits, stratum=number, counts=looked.counts, fresh=looked.fresh
        )
        stratum = strata.setdefault(number, StratumSeen())
        stratum.rows += 1
        add_counts(stratum.fresh, looked.fresh)
        luck = _hash(f"{seed}:{product.key}:{product.source_row}")
        if number in drawn:
            drawn[number].offer(luck, seen)
        if known_draws and is_known(product):
            known.offer(luck, seen)
        tally.take(seen, luck, looked.size)
    return Survey(
        rows=rows,
        surveyed=surveyed,
        strata=strata,
        traits=tally.counts(),
        candidates=tally.candidates(),
        drawn=tuple(seen for lowest in drawn.values() for seen in lowest.rows()),
        known=tuple(known.rows()),
        by_locale=pass_.by_locale,
        prompts=pass_.prompts,
        repeated=pass_.repeated,
        refused=pass_.refused,
    )


def add_counts(total: CountsBy, more: Mapping[str, Counts]) -> None:
    """Add counts to a running total, language by language."""
    for language, counts in more.items():
        old = total.get(language)
        total[language] = counts if old is None else tuple(map(sum, zip(old, counts, strict=True)))


@dataclass(slots=True)
class _Looked:
    holds: list[Sequence[bool]]
    counts: CountsBy
    fresh: CountsBy
    size: int  # of its prompts, or of its fields where there are none


class _Pass:
    """Writes the prompts of rows and notes which are new."""

    def __init__(
        self,
        derivations: Sequence[Derivation],
        turns: Sequence[Turn],
        counts_of: Callable[[ModelRequest], Counts] | None,
    ) -> None:
        self._derivations, self._turns, self._counts_of = derivations, turns, counts_of
        self._prompts: list[set[int]] = [set() for _ in turns]
        self.by_locale: dict[str, CountsBy] = {}
        self.prompts = self.repeated = self.refused = 0

    def look(self, product: Product) -> _Looked:
        looked = _Looked([], {}, {}, 0)
        if self._counts_of is None:
            looked.size = sum(map(len, product.fields.values()))
            return looked
        try:
            ground = Ground(product.fields, self._derivations, shared=product.shared)
            explained = [turn.prepared.explain(ground.of(turn), turn.locale) for turn in self._turns]
        except TemplateError:  # the run will say it of this row, and pay nothing
            self.refused += 1
            return looked
        for turn, said, (request, holds) in zip(self._turns, self._prompts, explained, strict=True):
            looked.holds.append(holds)
            looked.size += len(request.system) + len(request.user)
            counts = {request.language: self._counts_of(request)}
            add_counts(looked.counts, counts)
            self.prompts += 1
            mark = hash((request.system, request.user))
            if mark in said:
                self.repeated += 1
                continue
            said.add(mark)
            add_counts(looked.fresh, counts)
            add_counts(self.by_locale.setdefault(turn.tag, {}), counts)
        return looked


class _Lowest:
    """The `most` rows with the lowest numbers: a random draw, whatever the order of the rows."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._heap: list[tuple[int, int, Seen]] = []

    def offer(self, number: int, seen: Seen) -> bool:
        """Whether the row is kept for now."""
        entry = (-number, -seen.source_row, seen)
        if len(self._heap) < self._most:
            heapq.heappush(self._heap, entry)
            return True
        if self._most and entry[:2] > self._heap[0][:2]:
            heapq.heapreplace(self._heap, entry)
            return True
        return False

    def rows(self) -> list[Seen]:
        """The lowest first."""
        return [seen for _, _, seen in sorted(self._heap, key=lambda entry: (-entry[0], -entry[1]))]


@dataclass(slots=True)
class _Counted:
    count: int
    missed: int  # at most so many rows showed it before it was counted
    rows: _Lowest


class _Traits:
    """Counts traits and keeps some rows for each."""

    def __init__(self) -> None:
        self._counted: dict[Trait, _Counted] = {}
        self._rows = 0
        self._extremes: dict[Trait, tuple[int, Seen]] = {}

    def take(self, seen: Seen, luck: int, size: int) -> None:
        self._rows += 1
        bucket = self._rows // _BUCKET
        for trait in seen.traits:
            counted = self._counted.get(trait)
            if counted is None:
                counted = self._counted[trait] = _Counted(0, bucket, _Lowest(KEPT_ROWS))
            counted.count += 1
            counted.rows.offer(luck, seen)
        for trait, sign in ((LONGEST, 1), (SHORTEST, -1)):
            old = self._extremes.get(trait)
            if old is None or sign * size > sign * old[0]:
                self._extremes[trait] = (size, seen)
        if self._rows % _BUCKET == 0:
            rare = [trait for trait, counted in self._counted.items() if counted.count + counted.missed <= bucket]
            for trait in rare:
                del self._counted[trait]

    def counts(self) -> dict[Trait, int]:
        return {trait: counted.count for trait, counted in self._counted.items()} | dict.fromkeys(self._extremes, 1)

    def candidates(self) -> tuple[Seen, ...]:
        """Each row once; the extremes show it among their traits."""
        rows = {seen.source_row: seen for counted in self._counted.values() for seen in counted.rows.rows()}
        for trait, (_, seen) in self._extremes.items():
            old = rows.get(seen.source_row, seen)
            rows[seen.source_row] = Seen(
                source_row=old.source_row,
                traits=(*old.traits, trait),
                stratum=old.stratum,
                counts=old.counts,
                fresh=old.fresh,
            )
        return tuple(rows.values())


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
