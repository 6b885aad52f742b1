"""A tagger of product texts, learnt from products whose cells are filled, and what it finds in others."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from goodsmith.attributes.tagging.chain import Chain, Chances, Sentence, fit
from goodsmith.attributes.tagging.features import KnownValues, features
from goodsmith.attributes.words import Place, found_whole, places

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MAX_WORDS: Final = 80  # of a text; what stands behind is not read
MAX_EXAMPLES: Final = 2_000  # more teach little and cost much
LEAST_EXAMPLES: Final = 40  # with fewer nothing is learnt
_LEAST_SEEN: Final = 2  # a feature of one word only teaches nothing
_FAINT: Final = 0.1  # a chance below this is no finding
_LONGEST: Final = 12  # words of a finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A product text and what its cells say. values: attribute -> values as written."""

    text: str
    category: str
    values: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A stretch of a text that may be an attribute's value. chance: the tagger's own, 0 to 1, not calibrated."""

    attribute: str
    start: int
    end: int
    chance: float


class Tagger:
    """Finds values in texts. Deterministic for the same examples."""

    def __init__(
        self,
        chain: Chain,
        *,
        attributes: Sequence[str],
        numbers: Mapping[str, int],
        known: KnownValues,
        asked: Mapping[str, frozenset[str]],
    ) -> None:
        self._chain, self._attributes, self._numbers, self._known = chain, tuple(attributes), numbers, known
        self._asked = asked
        self._masks: dict[str, npt.NDArray[np.bool_]] = {}

    def find(self, texts: Sequence[tuple[str, str]]) -> list[list[Finding]]:
        """For each (text, category), the likely values from left to right; findings of one attribute may be several.

        No two findings of a text overlap. Texts are worked on together: many at once cost less.
        """
        prepared = [self._prepared(text, category) for text, category in texts]
        chances = iter(self._chain.chances([sentence for _, sentence in prepared if len(sentence.features)]))
        return [self._found(words, next(chances)) if words else [] for words, _ in prepared]

    def _prepared(self, text: str, category: str) -> tuple[list[Place], Sentence]:

        words = places(text)[:MAX_WORDS]
        seen = _features(text, words, category, self._known, None)
        if category not in self._masks:
            self._masks[category] = _mask(self._attributes, self._asked.get(category))
        return words, Sentence(features=_numbered(seen, self._numbers), allowed=self._masks[category])

    def _found(self, words: Sequence[Place], chances: Chances) -> list[Finding]:
        marginals = chances.marginals
        starts = [
            (word, number)
            for number in range(len(self._attributes))
            for word in (marginals[:, 1 + 2 * number] > _FAINT).nonzero()[0]
        ]
        spans: list[tuple[float, int, int, int]] = []
        for word, number in starts:
            spans += self._spans(int(word), number, chances)
        found: list[Finding] = []
        taken: set[int] = set()
        for chance, first, last, number in sorted(spans, key=lambda span: (-span[0], span[1])):
            if chance < _FAINT or taken.intersection(range(first, last + 1)):
                continue
            taken.update(range(first, last + 1))
            found.append(
                Finding(
                    attribute=self._attributes[number], start=words[first][0], end=words[last][1],
                    chance=min(1.0, float(chance)),
                )
            )  # fmt: skip
        return sorted(found, key=lambda one: one.start)

    def _spans(self, first: int, number: int, chances: Chances) -> list[tuple[float, int, int, int]]:
        """(chance, first word, last word, attribute) of the likely stretches that begin at a word."""
        step, begin, inside = self._chain.step, 1 + 2 * number, 2 + 2 * number
        made = []
        here = float(chances.forward[first, begin])
        label, count = begin, len(chances.emit)
        for last in range(first, min(count, first + _LONGEST)):
            if last > first:
                here *= float(step[label, inside] * chances.emit[last, inside] / chances.scale[last])
                label = inside
            ends = here
            if last + 1 < count:
                ahead = step[label] * chances.emit[last + 1] * chances.backward[last + 1] / chances.scale[last + 1]
                ends = here * float(ahead.sum() - ahead[inside])
            if ends >= _FAINT:
                made.append((ends, first, last, number))
            if here < 1e-3:  # nothing likely goes on from here
                break
        return made


def learn_tagger(
    examples: Sequence[Example], *, asked: Mapping[str, frozenset[str]], passes: int = 12, seed: int = 0
) -> Tagger | None:
    """A tagger, or None where too few examples have their values in their texts.

    asked: category -> the attributes that may be found in its texts; a category that is not there may have any.
    """
    import numpy as np  # noqa: PLC0415  heavy

    usable = [one for one in examples if one.text]
    if len(usable) > MAX_EXAMPLES:
        usable = random.Random(seed).sample(usable, MAX_EXAMPLES)
    attributes = sorted({name for one in usable for name in one.values})
    place = {name: number for number, name in enumerate(attributes)}
    known = KnownValues((name, value) for one in usable for name, values in one.values.items() for value in values)
    labelled = []
    for one in usable:
        words = places(one.text)[:MAX_WORDS]
        if words:
            labels = _labels(one, words, place)
            labelled.append((one, _features(one.text, words, one.category, known, one.values), labels))
    if sum(any(labels) for _, _, labels in labelled) < LEAST_EXAMPLES:
        return None
    counted = Counter(feature for _, seen, _ in labelled for word in seen for feature in word)
    kept = (feature for feature, count in counted.items() if count >= _LEAST_SEEN)
    numbers = {feature: number for number, feature in enumerate(kept, 1)}
    sentences = [
        Sentence(
            features=_numbered(seen, numbers),
            labels=np.array(labels, np.int32),
            allowed=_mask(attributes, _taught(one, seen, attributes, asked.get(one.category))),
        )
        for one, seen, labels in labelled
    ]
    chain = fit(sentences, features=len(numbers) + 1, forbidden=_forbidden(len(attributes)), passes=passes, seed=seed)
    return Tagger(chain, attributes=attributes, numbers=numbers, known=known, asked=asked)


def _taught(
    one: Example, seen: Sequence[Sequence[str]], attributes: Sequence[str], asked: frozenset[str] | None
) -> frozenset[str]:
    """The attributes that an example teaches.

    An empty cell teaches that its text holds no value, unless the text holds a value that other cells have: then the
    cell was only left empty, and the example says nothing of that attribute.
    """
    marked = {feature[3:-1] for word in seen for feature in word if feature.startswith("d=B")}
    return frozenset(
        name for name in attributes if name in one.values or ((asked is None or name in asked) and name not in marked)
    )


def _features(
    text: str, words: Sequence[Place], category: str, known: KnownValues, own: Mapping[str, Sequence[str]] | None
) -> list[list[str]]:
    lowered = text.casefold()
    if len(lowered) != len(text):  # a letter whose small form is longer, such as İ
        lowered = text
    return features(text, lowered, words, category, known.marks(lowered, words, own))


def _labels(one: Example, words: Sequence[Place], place: Mapping[str, int]) -> list[int]:
    """For each word: 0, or 1 + 2n where a value of attribute n begins, 2 + 2n where it goes on. Long values first."""
    labels = [0] * len(words)
    values = [(value, name) for name, listed in one.values.items() for value in listed]
    for value, name in sorted(values, key=lambda pair: -len(pair[0])):
        found = found_whole(one.text, value)
        if found is None:
            continue
        inside = [at for at, (start, end) in enumerate(words) if start >= found[0] and end <= found[1]]
        exact = inside and words[inside[0]][0] == found[0] and words[inside[-1]][1] == found[1]
        if exact and not any(labels[at] for at in inside):
            for at in inside:
                labels[at] = (1 if at == inside[0] else 2) + 2 * place[name]
    return labels


def _numbered(seen: Sequence[Sequence[str]], numbers: Mapping[str, int]) -> npt.NDArray[np.int32]:
    import numpy as np  # noqa: PLC0415  heavy

    rows = [[numbers[feature] for feature in word if feature in numbers] for word in seen]
    made = np.zeros((len(rows), max(1, max(map(len, rows), default=1))), np.int32)
    for at, row in enumerate(rows):
        made[at, : len(row)] = row
    return made


def _mask(attributes: Sequence[str], asked: frozenset[str] | None) -> npt.NDArray[np.bool_]:
    import numpy as np  # noqa: PLC0415  heavy

    allowed = [asked is None or name in asked for name in attributes]
    return np.array([True, *(one for one in allowed for _ in range(2))])


def _forbidden(attributes: int) -> npt.NDArray[np.bool_]:
    """(labels + 1, labels): a value goes on only where the same attribute began or went on."""
    import numpy as np  # noqa: PLC0415  heavy

    labels = 1 + 2 * attributes
    forbidden = np.zeros((labels + 1, labels), bool)
    for number in range(attributes):
        begin, inside = 1 + 2 * number, 2 + 2 * number
        forbidden[:, inside] = True
        forbidden[[begin, inside], inside] = False
    return forbidden
