"""What a template is once it is read: a tree of pieces to write, values to read and questions to ask.

Reading checks everything that can be checked without a row; whoever walks the tree need not check again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liquid.builtin.expressions import Path

# ---- values -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that no row can change."""

    value: Any


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the row; empty if it has none of this name."""

    name: str


@dataclass(frozen=True, slots=True)
class Own:
    """A name that the template assigns. sure: on every way that leads here; otherwise `instead` is what it may be."""

    name: str
    sure: bool
    instead: Field | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """The item of a loop. depth: 1 is the outermost."""

    depth: int


@dataclass(frozen=True, slots=True)
class LoopPart:
    """What `forloop` says of a loop."""

    name: str
    depth: int


@dataclass(frozen=True, slots=True)
class Part:
    """One step into a value: a part of a mapping, an item of a list, or size, first, last. Anything else is empty."""

    of: Value
    segment: Value


@dataclass(frozen=True, slots=True)
class Filtered:
    """A listed filter and what it is given."""

    value: Value
    filter: str
    arguments: tuple[Value, ...]
    index: int


@dataclass(frozen=True, slots=True)
class Range:
    """(first..last), both included."""

    first: Value
    last: Value
    index: int


Value = Constant | Field | Own | Item | LoopPart | Part | Filtered | Range

# ---- questions ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Operand:
    """One side of a comparison: a path, with how it is read, or a literal."""

    index: int
    literal: Any = None
    path: Path | None = None
    read: Value | None = None


@dataclass(frozen=True, slots=True)
class Truth:
    operand: Operand


@dataclass(frozen=True, slots=True)
class Comparison:
    sign: str  # == != < <= > >= contains
    left: Operand
    right: Operand
    index: int


@dataclass(frozen=True, slots=True)
class Not:
    term: Term


@dataclass(frozen=True, slots=True)
class Junction:
    word: str  # and, or
    terms: tuple[Term, ...]


Term = Truth | Comparison | Not | Junction  # what a condition is made of


@dataclass(frozen=True, slots=True)
class OneOf:
    """Whether the subject of the `case` equals one of these."""

    options: tuple[Value, ...]


Question = Term | OneOf

# ---- pieces -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Words:
    """Text as it stands in the source."""

    text: str


@dataclass(frozen=True, slots=True)
class Output:
    """{{ value }}"""

    value: Value
    index: int


@dataclass(frozen=True, slots=True)
class Assign:
    """A name gets a value. origin: two assignments of one row with the same have the same value; None: unknown."""

    name: str
    value: Value
    origin: bytes | None


@dataclass(frozen=True, slots=True)
class Choice:
    """if, unless and case: the first branch whose question is answered with yes. subject: of a case."""

    subject: Value | None
    branches: tuple[tuple[Question, Block], ...]
    otherwise: Block | None
    index: int

    @property
    def blank(self) -> bool:
        return all(block.blank for _, block in self.branches) and (self.otherwise is None or self.otherwise.blank)


@dataclass(frozen=True, slots=True)
class Loop:
    """for. depth: 1 is the outermost. cost: steps that each pass counts."""

    items: Value
    limit: Value | None
    offset: Value | None
    backwards: bool
    body: Block
    otherwise: Block | None
    depth: int
    cost: int
    index: int

    @property
    def blank(self) -> bool:
        return self.body.blank and (self.otherwise is None or self.otherwise.blank)


Piece = Words | Output | Assign | Choice | Loop


@dataclass(frozen=True, slots=True)
class Block:
    """Pieces, one after the other.

    blank: it can only write whitespace. Where all branches of a tag can only do that, they write nothing, as in Liquid:
    only their assignments happen.
    """

    pieces: tuple[Piece, ...]
    blank: bool

    @property
    def constant(self) -> str | None:
        """Its text, if no row can change it."""
        if all(isinstance(piece, Words) for piece in self.pieces):
            return "".join(piece.text for piece in self.pieces if isinstance(piece, Words))
        return None
