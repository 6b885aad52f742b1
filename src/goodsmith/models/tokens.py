"""How many tokens a prompt has, without a tokenizer: fitted to what a model counted before, and better with each run.

A prompt's tokens are a weighted sum of how many letters of each kind it has (`base/letter_kinds.py`). The weights
differ by model and language; they are fitted by least squares to true counts, of which only running sums are kept.
Before the first call they are a guess that is right within about a third for today's vocabularies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from goodsmith.base.letter_kinds import KINDS, NONE, Counts, count_kinds
from goodsmith.records import ModelRequest, TokenSums, Usage

TERMS: Final = ("call", *KINDS, "schema")  # what is summed; `schema`: bytes of the answer's schema as JSON
# tokens for each: an envelope, a Chinese letter, a digit, a word, a mark, a letter elsewhere, a byte of a schema
GUESS: Final = (8.0, 1.0, 0.5, 1.3, 0.8, 0.5, 0.2)
PICTURE: Final = 1_000  # tokens of a picture, about
DOUBT: Final = 2.0  # calls that the guess counts as
ALL_CALLS: Final = 500  # of a language in one process that are measured; then one in SOME_CALLS, which is enough
SOME_CALLS: Final = 16
_KEPT: Final = 64  # beginnings of prompts whose letters are remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenWeights:
    """Tokens for each of TERMS. calls: how many true counts they rest on."""

    weights: tuple[float, ...] = GUESS
    calls: int = 0

    def tokens(self, counts: Sequence[float]) -> float:
        """Of a prompt, or of many at once: counts of TERMS, added up."""
        return sum(weight * count for weight, count in zip(self.weights, counts, strict=True))


def fit(sums: TokenSums | None) -> TokenWeights:
    """Least squares drawn towards the guess, none below zero; what was measured is met in total."""
    if sums is None or not sums.calls:
        return TokenWeights()
    held = set(range(len(TERMS)))
    weights = _solved(sums, held)
    while negative := {at for at in held if weights[at] < 0}:
        held -= negative
        weights = _solved(sums, held)
    believed = sum(weight * total for weight, total in zip(weights, _row(sums.products, 0), strict=True))
    scale = sums.tokens / believed if believed > 0 else 1.0
    return TokenWeights(weights=tuple(weight * scale for weight in weights), calls=sums.calls)


class TokenCounter:
    """Counts the prompts of one model, and learns from what it says of them.

    known: sums of earlier runs, of any model. What is learnt here is handed on by `drain` and used by the next counter:
    so the error that a run reports is that of the estimate before it.
    """

    def __init__(self, model: str, known: Sequence[TokenSums] = ()) -> None:
        self._model = model
        mine = [sums for sums in known if sums.model == model and len(sums.products) == _SIZE]
        self._weights = {sums.language: fit(sums) for sums in mine}
        self._all = fit(_pooled(mine))
        self._seen: dict[str, int] = {}
        self._fresh: dict[str, _Sums] = {}
        self._beginnings: dict[str, Counts] = {}
        self._schemas: dict[int, tuple[object, int]] = {}

    def weights(self, language: str) -> TokenWeights:
        """Of a language; where none was seen, those of the model's other languages, or the guess."""
        return self._weights.get(language, self._all)

    def counts(self, request: ModelRequest) -> tuple[int, ...]:
        """How much of each of TERMS a prompt has."""
        texts = [self._beginning(request.system), count_kinds(request.user)]
        texts += [count_kinds(content) for _, content in request.history]
        return (1, *map(sum, zip(*texts, strict=True)), self._schema_bytes(request.schema))

    def tokens(self, request: ModelRequest) -> float:
        return self.weights(request.language).tokens(self.counts(request)) + PICTURE * len(request.images)

    def learn(self, request: ModelRequest, usage: Usage | None) -> None:
        """Take in the true count of a prompt. Pictures are counted by other rules, so such prompts teach nothing."""
        if usage is None or not usage.input_tokens or request.images:
            return
        language = request.language
        seen = self._seen[language] = self._seen.get(language, 0) + 1
        if seen > ALL_CALLS and seen % SOME_CALLS:
            return
        counts = self.counts(request)
        sums = self._fresh.get(language)
        if sums is None:
            sums = self._fresh[language] = _Sums()
        sums.add(counts, usage.input_tokens, self.weights(language).tokens(counts))

    def drain(self) -> tuple[TokenSums, ...]:
        """What was learnt since the last time."""
        fresh, self._fresh = self._fresh, {}
        return tuple(sums.record(self._model, language) for language, sums in fresh.items())

    def _beginning(self, system: str) -> Counts:
        known = self._beginnings.get(system)
        if known is None:
            if len(self._beginnings) >= _KEPT:
                self._beginnings.pop(next(iter(self._beginnings)))
            known = self._beginnings[system] = count_kinds(system) if system else NONE
        return known

    def _schema_bytes(self, schema: Mapping[str, object] | None) -> int:
        if schema is None:
            return 0
        known = self._schemas.get(id(schema))
        if known is None or known[0] is not schema:
            if len(self._schemas) >= _KEPT:
                self._schemas.clear()
            known = self._schemas[id(schema)] = (schema, len(msgspec.json.encode(schema)))
        return known[1]


# ---- private --------------------------------------------------------------------------------------------------------

_PAIRS: Final = tuple((i, j) for i in range(len(TERMS)) for j in range(i, len(TERMS)))
_SIZE: Final = len(_PAIRS)


class _Sums:
    """Running sums of products: all that least squares needs."""

    __slots__ = ("calls", "estimated", "products", "tokens", "with_tokens")

    def __init__(self) -> None:
        self.calls = 0
        self.products = [0.0] * _SIZE
        self.with_tokens = [0.0] * len(TERMS)
        self.tokens = self.estimated = 0.0

    def add(self, counts: Sequence[int], tokens: int, estimated: float) -> None:
        self.calls += 1
        self.tokens += tokens
        self.estimated += estimated
        self.products = [total + counts[i] * counts[j] for total, (i, j) in zip(self.products, _PAIRS, strict=True)]
        self.with_tokens = [total + count * tokens for total, count in zip(self.with_tokens, counts, strict=True)]

    def record(self, model: str, language: str) -> TokenSums:
        return TokenSums(
            model=model,
            language=language,
            calls=self.calls,
            products=tuple(self.products),
            with_tokens=tuple(self.with_tokens),
            tokens=self.tokens,
            estimated=self.estimated,
        )


def _pooled(known: Sequence[TokenSums]) -> TokenSums | None:
    """All languages of a model together, for one that it was never asked in."""
    if not known:
        return None
    return replace(
        known[0],
        language="",
        calls=sum(sums.calls for sums in known),
        products=tuple(map(sum, zip(*(sums.products for sums in known), strict=True))),
        with_tokens=tuple(map(sum, zip(*(sums.with_tokens for sums in known), strict=True))),
        tokens=sum(sums.tokens for sums in known),
    )


def _row(products: Sequence[float], at: int) -> list[float]:
    return [products[_PAIRS.index((min(at, other), max(at, other)))] for other in range(len(TERMS))]


def _solved(sums: TokenSums, held: set[int]) -> list[float]:
    """(X'X + doubt) w = X'y + doubt · guess over the terms that are held; the others are 0."""
    terms = sorted(held)
    rows: list[list[float]] = []
    for i in terms:
        whole = _row(sums.products, i)
        doubt = DOUBT * max(whole[i] / sums.calls, 1.0)  # of a term that never came nothing is learnt
        right = sums.with_tokens[i] + doubt * GUESS[i]
        rows.append([whole[j] + (doubt if i == j else 0.0) for j in terms] + [right])
    found = _eliminated(rows)
    weights = [0.0] * len(TERMS)
    for place, i in enumerate(terms):
        weights[i] = found[place]
    return weights


def _eliminated(rows: list[list[float]]) -> list[float]:
    """Gauss with pivots; the system is positive definite, so it has a solution."""
    size = len(rows)
    for at in range(size):
        best = max(range(at, size), key=lambda row: abs(rows[row][at]))
        rows[at], rows[best] = rows[best], rows[at]
        for row in range(at + 1, size):
            factor = rows[row][at] / rows[at][at]
            rows[row] = [below - factor * above for below, above in zip(rows[row], rows[at], strict=True)]
    found = [0.0] * size
    for at in reversed(range(size)):
        known = sum(rows[at][other] * found[other] for other in range(at + 1, size))
        found[at] = (rows[at][size] - known) / rows[at][at]
    return found
