"""A linear-chain conditional random field over sparse features, in numpy: fitted by AdaGrad, read by forward-backward.

Source: Lafferty, McCallum, Pereira 2001, https://dl.acm.org/doi/10.5555/645530.655813; AdaGrad: Duchi, Hazan, Singer
2011, https://jmlr.org/papers/v12/duchi11a.html. Features are dropped at random while fitting, so that rare words do not
carry a label alone (Hinton et al. 2012, arXiv:1207.0580). The weights of the second half of the passes are averaged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]
    Ints = npt.NDArray[np.int32]
    Bools = npt.NDArray[np.bool_]

_NEVER: Final = -1e4  # the score of a label or a step that cannot be


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """features: (words, places) numbers of features, 0 where there is none. allowed: (labels,) what may occur."""

    features: Ints
    allowed: Bools
    labels: Ints | None = None  # (words,) when fitting


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """What a chain knows of one sentence. forward and backward are scaled by word; step: exp of transitions.

    forward, backward, emit: (words, labels). scale: (words,). start + products of step and emit give probabilities.
    """

    forward: Floats
    backward: Floats
    emit: Floats
    scale: Floats

    @property
    def marginals(self) -> Floats:
        """(words, labels): how likely each label is."""
        both: Floats = self.forward * self.backward
        return both


class Chain:
    """weights: (features, labels), transitions: (labels + 1, labels); the last row is the beginning."""

    def __init__(self, weights: Floats, transitions: Floats, forbidden: Bools) -> None:
        import numpy as np  # noqa: PLC0415  heavy

        self._np: Any = np
        self.weights, self.transitions, self.forbidden = weights, transitions, forbidden
        steps = np.where(forbidden, _NEVER, transitions)
        self.step: Floats = np.exp(steps[:-1]).astype(np.float32)
        self._start: Floats = np.exp(steps[-1]).astype(np.float32)

    def chances(self, sentences: Sequence[Sentence]) -> list[Chances]:
        """For each sentence, in order. They are worked on together in portions of equal length."""
        made: list[Chances | None] = [None] * len(sentences)
        for portion in _portions(sentences, 48):
            batch = [sentences[at] for at in portion]
            features, allowed, mask, _ = _stacked(self._np, batch)
            scores = self._np.where(allowed[:, None, :], self.weights[features].sum(2), _NEVER)
            forward, backward, emit, scale = _swept(self._np, scores, mask, self.step, self._start)
            for row, at in enumerate(portion):
                words = len(sentences[at].features)
                made[at] = Chances(
                    forward=forward[row, :words], backward=backward[row, :words],
                    emit=emit[row, :words], scale=scale[row, :words],
                )  # fmt: skip
        return [one for one in made if one is not None]


def fit(
    sentences: Sequence[Sentence],
    *,
    features: int,
    forbidden: Bools,
    passes: int,
    rate: float = 0.15,
    dropped: float = 0.2,
    together: int = 16,
    seed: int = 0,
) -> Chain:
    """A chain that gives the sentences' labels. features: how many there are; number 0 is none.

    The same sentences and seed give the same chain on the same machine.
    """
    import numpy as np  # noqa: PLC0415  heavy

    labels = forbidden.shape[1]
    generator = np.random.default_rng(seed)
    weights = np.zeros((features, labels), np.float32)
    transitions = np.zeros((labels + 1, labels), np.float32)
    seen_weights = np.full_like(weights, 1e-2)
    seen_transitions = np.full_like(transitions, 1e-2)
    mean_weights, mean_transitions, counted = np.zeros_like(weights), np.zeros_like(transitions), 0
    order = np.arange(len(sentences))
    for number in range(passes):
        generator.shuffle(order)
        for first in range(0, len(order), together):
            batch = [sentences[at] for at in order[first : first + together]]
            numbers, allowed, mask, gold = _stacked(np, batch)
            numbers = np.where(generator.random(numbers.shape) < dropped, 0, numbers)
            scores = np.where(allowed[:, None, :], weights[numbers].sum(2), _NEVER)
            by_word, by_step = _gradient(np, scores, mask, gold, transitions, forbidden)
            used, slopes = _by_feature(np, numbers, by_word)
            seen_weights[used] += slopes * slopes
            weights[used] -= rate * slopes / np.sqrt(seen_weights[used])
            seen_transitions += by_step * by_step
            transitions -= rate * by_step / np.sqrt(seen_transitions)
        if number >= passes // 2:
            mean_weights += weights
            mean_transitions += transitions
            counted += 1
    share = np.float32(1 / max(1, counted))
    return Chain(mean_weights * share, mean_transitions * share, forbidden)


def _portions(sentences: Sequence[Sentence], together: int) -> Iterator[list[int]]:
    order = sorted(range(len(sentences)), key=lambda at: len(sentences[at].features))
    order = [at for at in order if len(sentences[at].features)]
    for first in range(0, len(order), together):
        yield order[first : first + together]


def _stacked(np: Any, batch: Sequence[Sentence]) -> tuple[Ints, Bools, Bools, Ints]:
    """(sentences, words, places) features, (sentences, labels) allowed, (sentences, words) mask and labels."""
    words = max(len(one.features) for one in batch)
    places = max(one.features.shape[1] for one in batch)
    features = np.zeros((len(batch), words, places), np.int32)
    mask = np.zeros((len(batch), words), bool)
    gold = np.zeros((len(batch), words), np.int32)
    for row, one in enumerate(batch):
        features[row, : one.features.shape[0], : one.features.shape[1]] = one.features
        mask[row, : len(one.features)] = True
        if one.labels is not None:
            gold[row, : len(one.labels)] = one.labels
    return features, np.stack([one.allowed for one in batch]), mask, gold


def _swept(np: Any, scores: Any, mask: Any, step: Any, start: Any) -> tuple[Any, Any, Any, Any]:
    """Forward and backward over (sentences, words, labels); behind a sentence's end both stand still."""
    sentences, words, _ = scores.shape
    emit = np.exp(scores - scores.max(2, keepdims=True))
    forward = np.empty_like(emit)
    backward = np.ones_like(emit)
    scale = np.ones((sentences, words), emit.dtype)
    here = start[None] * emit[:, 0]
    scale[:, 0] = here.sum(1)
    forward[:, 0] = here / scale[:, :1]
    for at in range(1, words):
        here = (forward[:, at - 1] @ step) * emit[:, at]
        total = here.sum(1)
        inside = mask[:, at]
        scale[inside, at] = total[inside]
        forward[:, at] = np.where(inside[:, None], here / total[:, None], forward[:, at - 1])
    for at in range(words - 2, -1, -1):
        ahead = (emit[:, at + 1] * backward[:, at + 1] / scale[:, at + 1, None]) @ step.T
        backward[:, at] = np.where(mask[:, at + 1, None], ahead, 1)
    return forward, backward, emit, scale


def _gradient(np: Any, scores: Any, mask: Any, gold: Any, transitions: Any, forbidden: Any) -> tuple[Any, Any]:
    """Of the negative log-likelihood, by word (sentences, words, labels) and by transition."""
    steps = np.where(forbidden, _NEVER, transitions)
    step, start = np.exp(steps[:-1]), np.exp(steps[-1])
    forward, backward, emit, scale = _swept(np, scores, mask, step, start)
    by_word = forward * backward
    by_step = np.zeros_like(transitions)
    by_step[-1] = by_word[:, 0].sum(0)
    if scores.shape[1] > 1:
        inside = mask[:, 1:, None]
        ahead = np.where(inside, emit[:, 1:] * backward[:, 1:] / scale[:, 1:, None], 0)
        pairs = np.einsum("swl,swm->lm", np.where(inside, forward[:, :-1], 0), ahead, optimize=True)
        by_step[:-1] = step * pairs
        known = mask[:, 1:]
        np.add.at(by_step, (gold[:, :-1][known], gold[:, 1:][known]), -1)
    np.add.at(by_step[-1], gold[:, 0], -1)
    rows, words = np.nonzero(mask)
    by_word[rows, words, gold[rows, words]] -= 1
    by_word *= mask[..., None]
    return by_word, by_step


def _by_feature(np: Any, numbers: Any, by_word: Any) -> tuple[Any, Any]:
    """The features that occur, each once, and the sum of the slopes of their words."""
    places = numbers.shape[-1]
    flat = numbers.reshape(-1)
    there = np.flatnonzero(flat)
    order = there[np.argsort(flat[there], kind="stable")]
    sorted_numbers = flat[order]
    first = np.flatnonzero(np.r_[True, sorted_numbers[1:] != sorted_numbers[:-1]])
    slopes = np.add.reduceat(by_word.reshape(-1, by_word.shape[-1])[order // places], first, axis=0)
    return sorted_numbers[first], slopes
