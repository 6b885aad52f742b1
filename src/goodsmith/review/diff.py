"""What changed between two texts, in pieces that a person reads: words where there are any, else characters."""

from __future__ import annotations

import difflib
import re
from typing import Final, Literal

Piece = tuple[Literal["same", "gone", "new"], str]

_PIECES: Final = re.compile(r"[^\W_]+|\s+|.", re.DOTALL)
_LONGEST: Final = 4_000  # pieces; beyond that only the whole is shown, because comparing would take seconds


def diff(old: str, new: str) -> list[Piece]:
    """The pieces of both texts in order. Ideographs are compared one by one, other letters as words."""
    if old == new:
        return [("same", old)] if old else []
    before, after = _pieces(old), _pieces(new)
    if max(len(before), len(after)) > _LONGEST:
        return [("gone", old), ("new", new)]
    found: list[Piece] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(("same", "".join(before[a:b])))
            continue
        if b > a:
            found.append(("gone", "".join(before[a:b])))
        if d > c:
            found.append(("new", "".join(after[c:d])))
    return found


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for piece in _PIECES.findall(text):
        pieces += list(piece) if "一" <= piece[0] <= "鿿" or "぀" <= piece[0] <= "ヿ" else [piece]
    return pieces
