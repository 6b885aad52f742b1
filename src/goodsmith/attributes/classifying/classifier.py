"""The likeliest categories of a product, from products whose category is known and from the categories' own names.

Kernel ridge regression over the likeness of products, with the nearest ones as a second voice. How sure it is comes
from predicting each known product by the others, which the regression gives without fitting again (Rifkin and Lippert
2007, https://dspace.mit.edu/handle/1721.1/37318).
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from goodsmith.attributes.classifying.alikeness import Described, Index, pieces

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

MAX_KNOWN: Final = 3_500  # products; more cost memory by their square
OTHER: Final = ""  # the category of products that are known to be in none of the named ones
_RIDGE: Final = 1.0
_NEAREST: Final = 20
_NEAREST_POWER: Final = 2
_NEAREST_WEIGHT: Final = 0.3
_FACET: Final = 4.0  # how much more alike two products are that share a facet, where facets tell categories apart
_SHOWN: Final = 3
_SCALE: Final = 4.0  # where too few products are known to fit it
_LEAST_FITTED: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A category, how sure, and what speaks for it: the titles of alike known products, or the category's name."""

    category: str
    confidence: float
    evidence: tuple[str, ...] = ()


class Classifier:
    """Learnt once; then any number of products, with the same memory."""

    def __init__(
        self,
        known: Sequence[tuple[Described, str]],
        *,
        names: Sequence[tuple[str, str]] = (),
        seed: int = 0,
    ) -> None:
        """known: products and their category. names: (category, spelling) of the categories that may be given.

        Where `names` is given, known products of other categories are left out, but for those in OTHER; else the known
        categories are all that can be given, by their own names.
        """
        import numpy as np  # noqa: PLC0415  heavy

        self._np: Any = np
        allowed = {category for category, _ in names} | ({OTHER} if names else set())
        chosen = _sampled([one for one in known if not names or one[1] in allowed], seed)
        self.categories = sorted({category for _, category in chosen} | (allowed - {OTHER}))
        names = names or [(category, category) for category in self.categories]
        documents = [product for product, _ in chosen] + [Described(title=spelling) for _, spelling in names]
        place = {category: at for at, category in enumerate(self.categories)}
        self._titles = [product.title for product in documents]
        self._own = np.array(
            [place[category] for _, category in chosen] + [place[category] for category, _ in names], np.int32
        )
        self._products = len(chosen)
        # A category of one product would not be known without it, unless it was named beforehand.
        seen = Counter(category for _, category in chosen)
        self._foreseen = np.array([bool(allowed) or seen[category] > 1 for _, category in chosen], bool)
        cut = [pieces(product) for product in documents]
        self._index = Index(cut)
        plain = np.stack([self._index.alike(one) for one in cut]) if cut else np.zeros((0, 0), np.float32)
        self._facets: dict[str, npt.NDArray[np.object_]] = {}
        self._solve(plain)
        self._choose_facets(plain, documents)
        self._scale = self._fitted_scale()

    def guess(self, product: Described, *, most: int = _SHOWN) -> tuple[Guess, ...]:
        """The likeliest categories, the surest first. Nothing where nothing is known at all."""
        if not self.categories:
            return ()
        np = self._np
        alike = self._with_facets(self._index.alike(pieces(product))[None, :], [product])[0]
        scores = self._scores((alike @ self._weights)[None, :], alike[None, :])[0]
        chances = self._chances(scores[None, :])[0]
        order = np.argsort(-scores, kind="stable")[:most]
        return tuple(
            Guess(
                category=self.categories[at],
                confidence=float(chances[at]),
                evidence=self._speaking(alike, int(at)),
            )
            for at in order
        )

    # ---- learning ----

    def _solve(self, alike: Floats) -> None:
        np = self._np
        count = len(alike)
        self._marks = np.zeros((count, len(self.categories)), np.float32)
        self._marks[np.arange(count), self._own] = 1
        inverse = np.linalg.inv(alike + _RIDGE * np.eye(count, dtype=np.float32)) if count else alike
        self._weights: Floats = (inverse @ self._marks).astype(np.float32)
        # Leave-one-out: y - f without the product itself = weights / diagonal of the inverse.
        diagonal = np.diag(inverse)[:, None] if count else inverse
        left_out = self._marks - self._weights / np.maximum(diagonal, 1e-9) if count else self._marks
        alone = alike.copy()
        np.fill_diagonal(alone, 0)
        self._left_out: Floats = self._scores(left_out, alone)

    def _choose_facets(self, plain: Floats, documents: Sequence[Described]) -> None:
        """Take in the facets with which the known products are predicted better."""
        names = sorted({name for one in documents for name, _ in one.facets})
        best = self._accuracy()
        alike = plain
        for name in names:
            values = self._np.array([dict(one.facets).get(name, "") for one in documents], dtype=object)
            before = dict(self._facets)
            self._facets[name] = values
            tried = alike * self._same(values, values)
            self._solve(tried)
            if self._accuracy() > best + max(0.01, 0.5 / math.sqrt(max(1, self._products))):  # more than by chance
                best, alike = self._accuracy(), tried
            else:
                self._facets = before
        self._solve(alike)

    def _with_facets(self, alike: Floats, products: Sequence[Described]) -> Floats:
        for name, values in self._facets.items():
            mine = self._np.array([dict(one.facets).get(name, "") for one in products], dtype=object)
            alike = alike * self._same(mine, values)
        return alike

    def _same(self, left: Any, right: Any) -> Any:
        equal = (left[:, None] == right[None, :]) & (left[:, None] != "")
        return (1 + _FACET * equal).astype(self._np.float32)

    def _scores(self, regression: Floats, alike: Floats) -> Floats:
        """(products, categories): the regression, and the nearest known products beside it."""
        np = self._np
        nearest = np.zeros_like(regression)
        count = min(_NEAREST, alike.shape[1])
        if count:
            top = np.argpartition(-alike, count - 1, axis=1)[:, :count]
            rows = np.arange(len(alike))[:, None]
            np.add.at(nearest, (rows, self._own[top]), np.maximum(alike[rows, top], 0) ** _NEAREST_POWER)
        nearest /= np.maximum(nearest.max(1, keepdims=True), 1e-9)
        strongest = np.maximum(regression.max(1, keepdims=True), 1e-3)
        scores: Floats = regression / strongest + _NEAREST_WEIGHT * nearest
        # How strong the strongest is says how sure to be; without it a stranger would look like an old friend.
        scores *= np.clip(strongest, 0.02, 1.0) ** 0.5
        return scores

    def _accuracy(self) -> float:
        if not self._products:
            return 0.0
        return float(self._found_again().mean())

    def _found_again(self) -> Any:
        """(known products,) whether each is put into its own category by the others."""
        best = self._left_out[: self._products].argmax(1)
        return (best == self._own[: self._products]) & self._foreseen

    def _fitted_scale(self) -> float:
        """The scale at which how sure is nearest to how often right (Brier), each product predicted by the others."""
        np = self._np
        if self._products < _LEAST_FITTED:
            return _SCALE
        scores, right = self._left_out[: self._products], self._found_again()
        tried = [float(one) for one in np.geomspace(1, 60, 30)]
        return min(tried, key=lambda scale: float(((_softmax(np, scores * scale).max(1) - right) ** 2).mean()))

    def _chances(self, scores: Floats) -> Floats:
        chances: Floats = _softmax(self._np, scores * self._scale)
        return chances

    def _speaking(self, alike: Floats, category: int) -> tuple[str, ...]:
        ours = self._np.flatnonzero((self._own == category) & (alike > 0.05))
        best = ours[self._np.argsort(-alike[ours], kind="stable")][:2]
        return tuple(self._titles[at] for at in best)


def _softmax(np: Any, scores: Any) -> Any:
    grown = np.exp(scores - scores.max(1, keepdims=True))
    return grown / grown.sum(1, keepdims=True)


def _sampled(known: Sequence[tuple[Described, str]], seed: int) -> list[tuple[Described, str]]:
    """At most MAX_KNOWN products; of large categories fewer, so that small ones stay whole."""
    if len(known) <= MAX_KNOWN:
        return list(known)
    by_category: dict[str, list[tuple[Described, str]]] = defaultdict(list)
    for one in known:
        by_category[one[1]].append(one)
    sizes = Counter({category: len(listed) for category, listed in by_category.items()})
    share = MAX_KNOWN
    low, high = 1, max(sizes.values())
    while low < high:  # the largest size to which all categories can be cut
        middle = (low + high + 1) // 2
        if sum(min(size, middle) for size in sizes.values()) <= share:
            low = middle
        else:
            high = middle - 1
    drawn = random.Random(seed)
    return [
        one
        for category in sorted(by_category)
        for one in (by_category[category] if sizes[category] <= low else drawn.sample(by_category[category], low))
    ][:MAX_KNOWN]
