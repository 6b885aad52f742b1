"""What is said about one cell: its status, its values, where they stand, how sure they are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Way = Literal["cell", "pair", "table", "lookup", "label", "allowed", "known", "measure", "tagger", "family", "model"]


class CellStatus(StrEnum):
    """How a cell came to its value, or why it has none."""

    GIVEN = "given"  # the own column says it
    EXTRACTED = "extracted"  # found word by word in another cell
    NORMALISED = "normalised"  # found or given, written as the schema has it
    DERIVED = "derived"  # the same for the whole family
    UNKNOWN = "unknown"  # no evidence that is sure enough
    CONFLICT = "conflict"  # sources that are trusted say different things
    NOT_APPLICABLE = "not_applicable"  # the schema's condition does not hold


FILLED = frozenset({CellStatus.GIVEN, CellStatus.EXTRACTED, CellStatus.NORMALISED, CellStatus.DERIVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where a value stands. source: column, table or `family`; start, end: code points of its text, -1 for the whole.

    text: the words there. A source with HTML is counted in its text without marks.
    """

    source: str
    way: Way
    text: str
    start: int = -1
    end: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A value that a source offers. ids: of allowed values, "" for others. confidence: that it is right, calibrated."""

    values: tuple[str, ...]
    ids: tuple[str, ...]
    confidence: float
    evidence: tuple[Evidence, ...]
    changed: bool = False  # written otherwise than in the source


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One attribute of one product.

    values: as written out; empty unless filled. raw: the words of the evidence. others: what else was offered: in a
    conflict all candidates, else suggestions that are not sure enough. problem: why the given text cannot stand.
    """

    attribute: str
    status: CellStatus
    values: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    confidence: float = 0.0
    evidence: tuple[Evidence, ...] = ()
    others: tuple[Candidate, ...] = ()
    raw: str = ""
    unit: str = ""
    problem: str = ""
    was_empty: bool = True  # the own column had no text, or there is no such column
