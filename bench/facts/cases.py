"""Cases of right and wrong copy, unfolded from hand-written texts: each error text has one planted error.

A text is written once, with the places where it can be said otherwise in braces:

    holds {500 ml~half a litre|quantity=750 ml|conversion=500 ml (25 fl oz)}

Before the first `|` stand right ways to say it, behind it wrong ones with the kind of their error. Each wrong one is a
case of its own, and every product gives as many clean texts, as far as its words allow different ones.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CLOSED = frozenset({
    "quantity", "conversion", "range", "count", "percent", "material", "colour", "size", "model", "date", "duration",
    "origin", "certificate",
})  # fmt: skip
OPEN = frozenset({
    "compatibility", "brand", "ingredient", "polarity", "feature", "claim", "superlative", "care", "safety",
    "attribute", "audience",
})  # fmt: skip
_PLACE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A product, a text about it, and the planted error: its kind and span; no kind: the text is right."""

    name: str
    product: str  # cases of one product are not independent of each other
    pair: str  # language of the source and of the text, such as zh-en
    long: bool
    source: dict[str, str]
    text: str
    kind: str = ""
    start: int = -1
    end: int = -1

    @property
    def locale(self) -> str:
        return self.pair.partition("-")[2]


@dataclass(frozen=True, slots=True)
class _Place:
    right: tuple[str, ...]
    wrong: tuple[tuple[str, str], ...]  # kind and words


def read_cases(split: str) -> list[Case]:
    """All cases of `dev` or `test`, the same ones each time."""
    found: list[Case] = []
    for path in sorted((HERE / split).glob("*.txt")):
        for block in re.split(r"(?m)^## ", path.read_text("utf-8"))[1:]:
            found += _unfold(block, path.stem)
    return found


def _unfold(block: str, stem: str) -> Iterator[Case]:
    head, _, body = block.partition("\n")
    title, pair, length = head.rsplit(" ", 2)
    fields, _, text = body.strip().partition("\n\n")
    source = dict(line.split(": ", 1) for line in fields.split("\n"))
    fixed, places = _parts(text.strip())
    dice = random.Random(f"{stem}/{title}")
    common = {"product": f"{stem}/{title}", "pair": pair, "long": length == "long", "source": source}
    errors = [(spot, kind, words) for spot, place in enumerate(places) for kind, words in place.wrong]
    for number, (spot, kind, words) in enumerate(errors):
        chosen = [dice.choice(place.right) for place in places]
        chosen[spot] = words
        said, start = _said(fixed, chosen, spot)
        yield Case(
            name=f"{stem}/{title}/{kind}-{number}", text=said, kind=kind, start=start, end=start + len(words), **common
        )
    seen: set[str] = set()
    for number in range(8 * len(errors)):
        if len(seen) == len(errors):
            break
        said, _ = _said(fixed, [place.right[0] if not number else dice.choice(place.right) for place in places], 0)
        if said not in seen:
            seen.add(said)
            yield Case(name=f"{stem}/{title}/clean-{len(seen)}", text=said, **common)


def _parts(text: str) -> tuple[list[str], list[_Place]]:
    pieces = _PLACE.split(text)
    return pieces[::2], [_place(inner) for inner in pieces[1::2]]


def _place(inner: str) -> _Place:
    right, *others = inner.split("|")
    wrong: list[tuple[str, str]] = []
    for other in others:
        kind, _, words = other.partition("=")
        if kind not in CLOSED | OPEN:
            raise ValueError(f"no kind of error: {kind!r} in {inner!r}")
        wrong += [(kind, each) for each in words.split("~")]
    return _Place(tuple(right.split("~")), tuple(wrong))


def _said(fixed: list[str], chosen: list[str], spot: int) -> tuple[str, int]:
    out, start = fixed[0], 0
    for place, words in enumerate(chosen):
        if place == spot:
            start = len(out)
        out += words + fixed[place + 1]
    return out, start
