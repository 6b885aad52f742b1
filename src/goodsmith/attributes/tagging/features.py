"""What is seen of each word of a product text: itself, its neighbours, its shape, its place, known values around it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from goodsmith.attributes.words import Place

_BREAKS: Final = frozenset(",-|()/;:–，、；：（）【】")
_LONGEST: Final = 8  # words of a known value
_EDGE: Final = "<>"


class KnownValues:
    """Values that the catalog's own cells hold, by attribute; asked whether they stand in a text.

    A text that is learnt from is asked with its own values taken away, so that a known value counts for a text only
    where another product has it too.
    """

    def __init__(self, values: Iterable[tuple[str, str]]) -> None:
        """values: (attribute, value) of each filled cell."""
        self._counts: dict[str, Counter[str]] = defaultdict(Counter)
        for attribute, value in values:
            self._counts[value.casefold()][attribute] += 1

    def marks(
        self, lowered: str, words: Sequence[Place], own: Mapping[str, Sequence[str]] | None = None
    ) -> list[list[str]]:
        """For each word, what known values it begins or goes on: `Bcolour1` for one word, `Icolour2` within more."""
        marks: list[list[str]] = [[] for _ in words]
        taken = Counter((value.casefold(), name) for name, values in (own or {}).items() for value in values)
        for first in range(len(words)):
            for last in range(min(len(words), first + _LONGEST) - 1, first - 1, -1):
                value = lowered[words[first][0] : words[last][1]]
                found = self._counts.get(value)
                if found is None:
                    continue
                names = [name for name, count in found.items() if count > taken[value, name]]
                for name in names:
                    many = "2" if last > first else "1"
                    for at in range(first, last + 1):
                        marks[at].append(("B" if at == first else "I") + name + many)
                if names and last > first:
                    break
        return marks


def features(
    text: str, lowered: str, words: Sequence[Place], category: str, marks: Sequence[Sequence[str]]
) -> list[list[str]]:
    """The features of each word as texts."""
    low = [lowered[start:end] for start, end in words]
    shapes = [_shape(text[start:end]) for start, end in words]
    count = len(words)
    low_at = [_EDGE, _EDGE, *low, _EDGE, _EDGE]  # two further to the right than `low`
    shape_at = [_EDGE, *shapes, _EDGE]
    segments, since = _segments(low)
    last_segment = segments[-1] if segments else 0
    made = []
    for at in range(count):
        word = low[at]
        before, after = low_at[at + 1], low_at[at + 3]
        place, segment = f"at={min(at, 5)}", f"seg={min(segments[at], 4)}"
        start, end = f"p={word[:3]}", f"e={word[-3:]}"
        pair, next_pair = f"2={before}_{word}", f"2+={word}_{after}"
        itself, left, right = f"w={word}", f"l={before}", f"r={after}"
        far_left, far_right = f"ll={low_at[at]}", f"rr={low_at[at + 4]}"
        shape = f"s={shapes[at]}"
        shape_left, shape_right = f"sl={shape_at[at]}{shapes[at]}", f"sr={shapes[at]}{shape_at[at + 2]}"
        glued = (at > 0 and words[at - 1][1] == words[at][0], at + 1 < count and words[at][1] == words[at + 1][0])
        near = [f"d={one}" for one in marks[at]]
        seen = [
            "1", itself, left, right, far_left, far_right, shape, shape_left, shape_right, start, end,
            f"e2={word[-2:]}", pair, next_pair, f"3={before}_{word}_{after}", f"h={before}_{after}",
            place, f"end={min(count - 1 - at, 4)}", segment, f"seg-={min(last_segment - segments[at], 3)}",
            f"in={min(since[at], 4)}", f"g={glued[0]:d}{glued[1]:d}",
            *near,
        ]  # fmt: skip
        if at + 1 < count:
            seen += [f"d+={one}" for one in marks[at + 1]]
        if at:
            seen += [f"d-={one}" for one in marks[at - 1]]
            if not before.isalnum():
                seen.append(f"k={before}")
        own = (
            "1",
            itself,
            left,
            right,
            far_left,
            far_right,
            shape,
            shape_left,
            start,
            end,
            place,
            segment,
            pair,
            next_pair,
        )
        seen += [f"{category}:{one}" for one in (*own, *near)]
        made.append(seen)
    return made


def _segments(low: Sequence[str]) -> tuple[list[int], list[int]]:
    """Which part between breaks each word stands in, and how far it is from that part's beginning."""
    segments, since, segment, place = [], [], 0, 0
    for word in low:
        if word in _BREAKS:
            segment, place = segment + 1, 0
        segments.append(segment)
        since.append(place)
        place += 1
    return segments, since


def _shape(word: str) -> str:
    if word.isdigit():
        return f"9{min(len(word), 4)}"
    first = word[0]
    if first.isdigit():
        return "9.9"
    if not first.isalnum():
        return word
    if word.isupper():
        return "A" if len(word) == 1 else "AA"
    if first.isupper():
        return "Aa" if word[1:].islower() else "AaA"
    return "a" if first.isascii() else "字"
