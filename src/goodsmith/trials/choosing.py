"""Which rows a trial tries, and why: some at random, for the forecast, and some that show what those do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from goodsmith.trials.survey import Seen, Survey
from goodsmith.trials.traits import MUST, Trait

COMMON: Final = 0.01  # share of the rows from which on a trait is shown

Part = Literal["random", "cover", "known"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A trait that a row was chosen for, and the share of all rows that have it."""

    trait: Trait
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A row to be tried. reasons: of a row chosen to cover, what it is the first to show."""

    seen: Seen
    part: Part
    reasons: tuple[Reason, ...] = ()

    @property
    def source_row(self) -> int:
        return self.seen.source_row


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """missed: traits of at least a hundredth of the rows that no chosen row shows. needed: rows that would show all."""

    choices: tuple[Choice, ...]
    missed: tuple[Reason, ...]
    needed: int


def choose(surveyed: Survey, *, cover: int | None = None) -> Chosen:
    """The drawn rows, then some more, greedily: each the one that shows most of what is not shown yet.

    Fields that are missing together and conditions go first, then categories, scripts and the longest and shortest
    prompts; only traits of at least a hundredth of the rows, and the two extremes. cover: at most so many; None: as
    many as were drawn, and more where the first kind of traits needs them.
    """
    shares = {
        trait: count / max(1, surveyed.surveyed)
        for trait, count in surveyed.traits.items()
        if trait.kind == "length" or count >= COMMON * surveyed.surveyed
    }
    shown = {trait for seen in surveyed.drawn for trait in seen.traits}
    open_traits = {trait for trait in shares if trait not in shown}
    drawn_rows = {seen.source_row for seen in surveyed.drawn}
    for seen in surveyed.candidates:  # a drawn row may be the longest one
        if seen.source_row in drawn_rows:
            open_traits -= set(seen.traits)
    covering: list[Choice] = []
    left = [seen for seen in surveyed.candidates if seen.source_row not in drawn_rows]
    while open_traits and left:
        best = max(left, key=lambda seen: (*_worth(seen, open_traits, shares), -seen.source_row))
        new = [trait for trait in best.traits if trait in open_traits]
        if not new:
            break
        left.remove(best)
        open_traits -= set(new)
        covering.append(Choice(seen=best, part="cover", reasons=_reasons(new, shares)))
    if cover is None:
        first = sum(any(reason.trait.kind in MUST for reason in choice.reasons) for choice in covering)
        cover = max(first, len(surveyed.drawn))
    taken = covering[:cover]
    missed = [reason for choice in covering[cover:] for reason in choice.reasons]
    return Chosen(
        choices=(
            *(Choice(seen=seen, part="random") for seen in surveyed.drawn),
            *taken,
            *(Choice(seen=seen, part="known") for seen in surveyed.known),
        ),
        missed=tuple(sorted(missed, key=lambda reason: -reason.share)),
        needed=len(covering),
    )


def _worth(seen: Seen, wanted: set[Trait], shares: dict[Trait, float]) -> tuple[int, float]:
    new = [trait for trait in seen.traits if trait in wanted]
    return sum(trait.kind in MUST for trait in new), sum(shares[trait] for trait in new)


def _reasons(traits: Sequence[Trait], shares: dict[Trait, float]) -> tuple[Reason, ...]:
    return tuple(Reason(trait=trait, share=shares[trait]) for trait in sorted(traits, key=lambda one: -shares[one]))
