"""How often a model finds what is known: its values against cells that it did not see, slot by slot."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from goodsmith.records import OutputSpec, Value
from goodsmith.trials.estimating import Interval, share

EXAMPLES: Final = 5


class Match(StrEnum):
    EXACT = "exact"  # letter by letter, but for blanks around it
    SAME = "same"  # but for case, width, blanks and punctuation; numbers by value; lists in any order
    DIFFERENT = "different"
    EMPTY = "empty"  # nothing was made


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One known cell beside what was made for it."""

    key: str
    known: str
    made: Value
    match: Match


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotAccuracy:
    """A slot over all rows whose value is known.

    right: share of all of them that is the same; when_made: of those where anything was made, None if nowhere.
    wrong: some that differ.
    """

    slot: str
    locale: str
    column: str
    known: int
    exact: int
    same: int  # the exact ones included
    empty: int
    right: Interval
    when_made: Interval | None
    wrong: tuple[Compared, ...]


def compare(made: Value, known: str, spec: OutputSpec) -> Match:
    """Whether a made value says what the known cell says. known: not blank."""
    if made is None or made in {"", ()}:
        return Match.EMPTY
    if spec.type == "list" or isinstance(made, tuple):
        mine = made if isinstance(made, tuple) else (str(made),)
        theirs = [part for part in _BREAKS.split(known) if part.strip()]
        if [part.strip() for part in mine] == [part.strip() for part in theirs]:
            return Match.EXACT
        return Match.SAME if _set(mine) == _set(theirs) else Match.DIFFERENT
    if isinstance(made, bool):
        said = unicodedata.normalize("NFKC", known).strip().casefold()
        return Match.EXACT if said in (_YES if made else _NO) else Match.DIFFERENT
    if isinstance(made, int | float):
        number = _number(known)
        return Match.EXACT if number is not None and number == Decimal(str(made)) else Match.DIFFERENT
    if made.strip() == known.strip():
        return Match.EXACT
    return Match.SAME if plain(made) == plain(known) else Match.DIFFERENT


def accuracy(slot: str, locale: str, column: str, compared: Iterable[Compared]) -> SlotAccuracy | None:
    """Counted up. None: nothing is known."""
    found = list(compared)
    if not found:
        return None
    exact = sum(one.match is Match.EXACT for one in found)
    same = exact + sum(one.match is Match.SAME for one in found)
    empty = sum(one.match is Match.EMPTY for one in found)
    made = len(found) - empty
    return SlotAccuracy(
        slot=slot,
        locale=locale,
        column=column,
        known=len(found),
        exact=exact,
        same=same,
        empty=empty,
        right=share(same, len(found)),
        when_made=share(same, made) if made else None,
        wrong=tuple(one for one in found if one.match is Match.DIFFERENT)[:EXAMPLES],
    )


def plain(text: str) -> str:
    """A text without what people write in different ways: width, case, blanks, punctuation; numbers by value."""
    flat = unicodedata.normalize("NFKC", text).casefold().replace("×", "x")
    flat = _NUMBER.sub(lambda found: f" {_canonical(found[0])} ", flat)
    words = "".join(letter if letter.isalnum() or letter in ".-" else " " for letter in flat).split()
    return "".join(f"<{word}>" if _NUMBER.fullmatch(word) else word.replace(".", "").replace("-", "") for word in words)


_BREAKS: Final = re.compile(r"[\n;；、|]+")
_NUMBER: Final = re.compile(r"(?:(?<![\w.])-)?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?")
_YES: Final = frozenset({"yes", "y", "true", "1", "是", "有", "支持"})
_NO: Final = frozenset({"no", "n", "false", "0", "否", "无", "不支持"})


def _canonical(digits: str) -> str:
    value = Decimal(digits.replace(",", "")).normalize()
    return f"{value:f}"


def _number(text: str) -> Decimal | None:
    """The one number that a cell holds, whatever unit stands behind it."""
    found = _NUMBER.findall(unicodedata.normalize("NFKC", text))
    try:
        return Decimal(found[0].replace(",", "")) if len(found) == 1 else None
    except InvalidOperation:
        return None


def _set(parts: Sequence[str]) -> set[str]:
    return {plain(part) for part in parts}
