"""Values that are known before a text is read, and where they stand in it: allowed ones and those of other products."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from goodsmith.attributes.words import Place, is_wide, places

_LONGEST: Final = 10  # words of a known value


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A spelling that means a value. meant: id of an allowed value, "" for a value of another product's cell."""

    attribute: str
    spelling: str
    meant: str = ""
    count: int = 0  # of cells that hold it


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An entry that stands in a text."""

    entry: Entry
    start: int
    end: int


class Lexicon:
    """Many spellings, found in one pass over a text's words; of overlapping spellings of an attribute the longest."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._first: dict[str, list[tuple[tuple[str, ...], list[Entry]]]] = {}
        for entry in entries:
            low = entry.spelling.casefold()
            words = tuple(low[start:end] for start, end in places(low))
            if not words or len(words) > _LONGEST or not _telling(low):
                continue
            listed = self._first.setdefault(words[0], [])
            same = next((known for known in listed if known[0] == words), None)
            if same is None:
                listed.append((words, [entry]))
            else:
                same[1].append(entry)
        for listed in self._first.values():
            listed.sort(key=lambda known: -len(known[0]))

    def hits(self, lowered: str, words: Sequence[Place]) -> list[Hit]:
        """What stands in a text, from left to right."""
        low = [lowered[start:end] for start, end in words]
        found: list[Hit] = []
        reached: dict[str, int] = {}  # attribute -> word behind its last hit
        for at, word in enumerate(low):
            for spelled, entries in self._first.get(word, ()):
                last = at + len(spelled)
                if len(spelled) > 1 and tuple(low[at:last]) != spelled:
                    continue
                start, end = words[at][0], words[last - 1][1]
                found += [
                    Hit(entry=entry, start=start, end=end) for entry in entries if reached.get(entry.attribute, 0) <= at
                ]
                for entry in entries:
                    reached[entry.attribute] = max(reached.get(entry.attribute, 0), last)
        return found


def _telling(low: str) -> bool:
    """Whether a spelling says something within a text: not one sign, not a bare number."""
    if low.replace(".", "").replace(",", "").isdigit():
        return False
    return len(low) >= 2 if is_wide(low) else len(low) >= 3
