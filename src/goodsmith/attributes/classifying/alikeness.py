"""How alike products are: weighted letters, words, attribute names and values, compared by cosine through an index."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from goodsmith.attributes.words import WIDE

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_WORD: Final = re.compile(rf"[{WIDE}]|[^\W_{WIDE}]+")
_LETTERS: Final = range(2, 5)  # of the pieces that a title is cut into
_LONGEST_TITLE: Final = 160
_TEXT_WORDS: Final = 60  # of a longer text
_TEXT: Final = 0.3  # weight of its words; those of a title count 1
_VALUE_WORDS: Final = 12
_COMMON: Final = 0.3  # a piece that more of the products have says little and costs much


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What is compared of a product. named: attribute names and values. facets: columns with few values."""

    title: str
    texts: tuple[str, ...] = ()
    named: tuple[tuple[str, str], ...] = ()
    facets: tuple[tuple[str, str], ...] = ()


def pieces(product: Described) -> Counter[str]:
    """The pieces of a product and how often it has them."""
    found: Counter[str] = Counter()
    low = product.title[:_LONGEST_TITLE].casefold()
    spaced = f" {' '.join(low.split())} "
    for length in _LETTERS:
        found.update(f"c{spaced[at : at + length]}" for at in range(len(spaced) - length + 1))
    words = _WORD.findall(low)
    found.update(f"w{word}" for word in words)
    found.update(f"b{one} {other}" for one, other in pairwise(words))
    for text in product.texts:
        said = _WORD.findall(text[:2_000].casefold())[:_TEXT_WORDS]
        for word in set(said):
            found[f"w{word}"] += _TEXT  # type: ignore[assignment]
        for one, other in pairwise(said):
            found[f"b{one} {other}"] += _TEXT  # type: ignore[assignment]
    for name, value in product.named:
        found[f"n{name.casefold()}"] += 1
        for word in _WORD.findall(value[:200].casefold())[:_VALUE_WORDS]:
            found[f"v{name.casefold()}={word}"] += 1
    found.update(f"={name}={value.casefold()}" for name, value in product.facets)
    return found


class Index:
    """Known products by their pieces. Their number bounds its memory, not that of what is compared with them."""

    def __init__(self, known: Sequence[Counter[str]]) -> None:
        import numpy as np  # noqa: PLC0415  heavy

        self._np: Any = np
        self.size = len(known)
        seen = Counter(piece for one in known for piece in one)
        most = max(8, _COMMON * len(known))
        self._rarity = {
            piece: math.log((len(known) + 1) / (count + 0.5)) for piece, count in seen.items() if count <= most
        }
        listed: dict[str, tuple[list[int], list[float]]] = defaultdict(lambda: ([], []))
        for place, one in enumerate(known):
            for piece, weight in self._weighted(one).items():
                listed[piece][0].append(place)
                listed[piece][1].append(weight)
        self._places: dict[str, tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]] = {
            piece: (np.array(places, np.int32), np.array(weights, np.float32))
            for piece, (places, weights) in listed.items()
        }

    def alike(self, one: Mapping[str, float]) -> npt.NDArray[np.float32]:
        """(known,) cosines between 0 and 1."""
        found = self._np.zeros(self.size, self._np.float32)
        for piece, weight in self._weighted(one).items():
            there = self._places.get(piece)
            if there is not None:
                found[there[0]] += weight * there[1]
        cosines: npt.NDArray[np.float32] = found
        return cosines

    def _weighted(self, one: Mapping[str, float]) -> dict[str, float]:
        """Weights with a length of 1. A piece that no known product has does not count."""
        weights = {
            piece: (1 + math.log(count) if count >= 1 else count) * rarity
            for piece, count in one.items()
            if (rarity := self._rarity.get(piece)) is not None
        }
        size = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {piece: weight / size for piece, weight in weights.items()}
