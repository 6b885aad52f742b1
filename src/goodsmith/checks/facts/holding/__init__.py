"""Holds the facts of a text against the facts of its product: which cell supports each, or speaks against it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from goodsmith.checks.facts.holding.amounts import amounts
from goodsmith.checks.facts.holding.claims import claims
from goodsmith.checks.facts.holding.names import codes, dates, names, sizes
from goodsmith.checks.facts.holding.offers import contents, superlatives
from goodsmith.checks.facts.holding.sources import Place, Source, source_of
from goodsmith.checks.facts.holding.verdicts import AGAINST, CLOSED, Judged
from goodsmith.checks.facts.reading.texts import Reading
from goodsmith.records import FactVerdict

__all__ = ["CLOSED", "Judged", "Place", "Source", "judge", "source_of"]


_LITERAL: Final = frozenset({"quantity", "percent", "number", "duration", "model", "standard", "date", "size"})


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
    if judged.verdict not in AGAINST or judged.kind not in _LITERAL or judged.sure:
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
        (one.isdigit() and (other.isdigit() or other in ".,"))
        or (one in ".,-/" and other.isdigit())
        or (one.isascii() and other.isascii() and one.isalpha() and other.isalpha())
    )


def _all(reading: Reading, source: Source) -> list[Judged]:
    return [
        *amounts(reading, source),
        *codes(reading, source),
        *dates(reading, source),
        *sizes(reading, source),
        *claims(reading, source),
        *contents(reading, source),
        *names(reading, source),
        *superlatives(reading, source),
    ]
