"""What all rows will cost, take and fail, from the rows that were drawn at random and from nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, pstdev
from typing import Final, Literal

from goodsmith.records import RowStatus
from goodsmith.trials.estimating import ENOUGH_ROWS, Interval, Stratum, share, share_given, total
from goodsmith.trials.survey import CountsBy, Seen, Survey
from goodsmith.trials.tried import Tried

FOR_REVIEW: Final = frozenset({RowStatus.REVIEW, RowStatus.BLOCKED})

Measure = Callable[[Tried], float]
Held = Literal["", "latency", "requests", "tokens"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a model costs and allows, as far as it is known.

    nanos: (prompt tokens, answer tokens) of one call -> its price now, None: the price is unknown. later_nanos: the
    same at the vendor's batch price, None: none is stated. tokens_of: (language, counts) -> prompt tokens. at_once:
    calls in flight; a minute's requests and tokens are None where nobody states a limit.
    """

    nanos: Callable[[float, float], float | None]
    later_nanos: Callable[[float, float], float | None]
    tokens_of: Callable[[str, Sequence[float]], float]
    currency: str
    at_once: int
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    price_words: tuple[str, str] = ("", "")  # (en, zh): the price with source and day


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What finished runs of the same recipe with the same model have shown."""

    runs: int
    rows: int
    failed: float  # share
    review: float  # share, blocked ones included
    tokens_per_row: float
    latency_s: float  # of an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """hits of so many drawn rows, and the share of all rows. rows: of all. with_earlier: if earlier rows count too."""

    hits: int
    of: int
    interval: Interval
    rows: Interval
    with_earlier: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """All rows with one model. Money in nanos of `currency`; None: not known, which is never 0.

    drawn: random rows that it rests on. held_by: what decides the time: the answers' latency, or a limit of requests or
    tokens a minute. by_locale: share of the cost of each locale, about. rough: fewer than 200 rows were drawn.
    """

    rows: int
    drawn: int
    failures: Share
    review: Share
    calls: Interval
    input_tokens: Interval
    output_tokens: Interval
    cost: Interval | None
    later_cost: Interval | None
    seconds: Interval | None
    held_by: Held
    currency: str
    price_words: tuple[str, str]
    by_locale: Mapping[str, float] = field(default_factory=dict)
    rough: bool
    earlier: Earlier | None = None


def forecast(
    surveyed: Survey,
    drawn: Sequence[tuple[Seen, Tried]],
    *,
    strata_rows: Mapping[int, int],
    terms: Terms | None,
    earlier: Earlier | None = None,
) -> Forecast | None:
    """drawn: the random rows that were tried. strata_rows: how many rows each stratum has. terms None: nobody is asked.

    None if no random row was tried.
    """
    drawn = [(seen, tried) for seen, tried in drawn if tried.status is not RowStatus.SKIPPED]
    if not drawn:
        return None
    estimate = _Estimator(surveyed, drawn, strata_rows, terms)
    failed = sum(tried.status is RowStatus.FAILED for _, tried in drawn)
    review = sum(tried.status in FOR_REVIEW for _, tried in drawn)
    calls = estimate(lambda tried: float(tried.answers))
    into = estimate(lambda tried: float(tried.input_tokens), per_prompt=0.0, per_token=1.0)
    out = estimate(lambda tried: float(tried.output_tokens))
    seconds, held_by = _time(calls, into, out, estimate(lambda tried: tried.latency_s), drawn, terms)
    return Forecast(
        rows=surveyed.rows,
        drawn=len(drawn),
        failures=_share(failed, len(drawn), surveyed.rows, (earlier.failed, earlier.rows) if earlier else None),
        review=_share(review, len(drawn), surveyed.rows, (earlier.review, earlier.rows) if earlier else None),
        calls=calls,
        input_tokens=into,
        output_tokens=out,
        cost=_cost(estimate, drawn, terms),
        later_cost=_later_cost(estimate, drawn, terms),
        seconds=seconds,
        held_by=held_by,
        currency=terms.currency if terms else "",
        price_words=terms.price_words if terms else ("", ""),
        by_locale=_by_locale(surveyed.by_locale, drawn, terms),
        rough=len(drawn) < min(ENOUGH_ROWS, surveyed.rows),
        earlier=earlier,
    )


class _Estimator:
    """Totals of all rows by the ratio to a size that is known of each row before anything is asked.

    A prompt that an earlier row has word for word costs nothing: sizes count each prompt once, and of a drawn row's
    amount only the part that belongs to prompts of its own.
    """

    def __init__(
        self,
        surveyed: Survey,
        drawn: Sequence[tuple[Seen, Tried]],
        strata_rows: Mapping[int, int],
        terms: Terms | None,
    ) -> None:
        self._surveyed, self._drawn, self._strata_rows = surveyed, drawn, strata_rows
        self._tokens_of = terms.tokens_of if terms else lambda _language, _counts: 0.0

    def __call__(self, measure: Measure, *, per_prompt: float = 1.0, per_token: float = 0.0) -> Interval:
        """A row's size is so much for each of its prompts and so much for each of their estimated tokens."""

        def size_of(counts: Mapping[str, Sequence[float]]) -> float:
            return sum(
                per_prompt * each[0] + per_token * self._tokens_of(language, each) for language, each in counts.items()
            )

        by_stratum: dict[int, list[tuple[float, float]]] = {}
        sizes: list[float] = []
        for seen, tried in self._drawn:
            own, whole = size_of(seen.fresh), size_of(seen.counts)
            sizes.append(own)
            amount = measure(tried) * (own / whole if whole else 1.0)
            by_stratum.setdefault(seen.stratum, []).append((own, amount))
        strata: list[Stratum] = []
        for number, rows in self._strata_rows.items():
            looked = self._surveyed.strata.get(number)
            size = size_of(looked.fresh) * rows / looked.rows if looked and looked.rows else 0.0
            strata.append(Stratum(rows=rows, size=size, drawn=by_stratum.get(number, ())))
        found = total(strata, size_error=self._size_error(sizes))
        assert found is not None  # there is a drawn row
        return found

    def _size_error(self, sizes: Sequence[float]) -> float:
        """Of sizes that were added up over a part of the rows only, relative to their sum."""
        surveyed, mean = self._surveyed.surveyed, fmean(sizes)
        if not surveyed or not mean:
            return 0.0
        return float(pstdev(sizes) / mean * ((1 - surveyed / max(1, self._surveyed.rows)) / surveyed) ** 0.5)


def _cost(estimate: _Estimator, drawn: Sequence[tuple[Seen, Tried]], terms: Terms | None) -> Interval | None:
    """What was paid, and for what another run had paid, the price."""
    if terms is None:
        return Interval(value=0.0, low=0.0, high=0.0)
    costs: dict[int, float] = {}
    for _, tried in drawn:
        cached = _nanos(terms.nanos, tried.cached_input_tokens, tried.cached_output_tokens, tried)
        if tried.cost_nanos is None or cached is None:
            return None
        costs[tried.ordinal] = tried.cost_nanos + cached
    return _by_price(estimate, drawn, costs, terms.nanos)


def _later_cost(estimate: _Estimator, drawn: Sequence[tuple[Seen, Tried]], terms: Terms | None) -> Interval | None:
    """All answers at the batch price."""
    if terms is None:
        return None
    costs: dict[int, float] = {}
    for _, tried in drawn:
        cost = _nanos(terms.later_nanos, tried.input_tokens, tried.output_tokens, tried)
        if cost is None:
            return None
        costs[tried.ordinal] = cost
    return _by_price(estimate, drawn, costs, terms.later_nanos)


def _by_price(
    estimate: _Estimator,
    drawn: Sequence[tuple[Seen, Tried]],
    costs: Mapping[int, float],
    price: Callable[[float, float], float | None],
) -> Interval:
    """By the ratio to what a row should cost: its prompts by their tokens, and a usual answer to each."""
    answers = sum(tried.answers for _, tried in drawn)
    usual = sum(tried.output_tokens for _, tried in drawn) / answers if answers else 0.0
    return estimate(
        lambda tried: costs[tried.ordinal],
        per_prompt=price(0.0, usual) or 0.0,
        per_token=(price(1_000.0, 0.0) or 0.0) / 1_000,
    )


def _nanos(
    price: Callable[[float, float], float | None], input_tokens: int, output_tokens: int, tried: Tried
) -> float | None:
    """Of a row's answers, each as long as their mean: a price may depend on the length of a prompt."""
    if not tried.answers:
        return 0.0
    each = price(input_tokens / tried.answers, output_tokens / tried.answers)
    return None if each is None else each * tried.answers


def _time(
    calls: Interval,
    into: Interval,
    out: Interval,
    waiting: Interval,
    drawn: Sequence[tuple[Seen, Tried]],
    terms: Terms | None,
) -> tuple[Interval | None, Held]:
    """Seconds at the known limits and the measured latency; None where no answer was waited for."""
    bought = sum(tried.bought for _, tried in drawn)
    if terms is None or not bought:
        return None, ""
    answers = sum(tried.answers for _, tried in drawn)
    ways: dict[Held, Interval] = {"latency": waiting.times(answers / bought / terms.at_once)}
    if terms.requests_per_minute:
        ways["requests"] = calls.times(60 / terms.requests_per_minute)
    if terms.tokens_per_minute:
        tokens = Interval(value=into.value + out.value, low=into.low + out.low, high=into.high + out.high)
        ways["tokens"] = tokens.times(60 / terms.tokens_per_minute)
    held_by = max(ways, key=lambda way: ways[way].value)
    return ways[held_by], held_by


def _share(hits: int, of: int, rows: int, earlier: tuple[float, int] | None) -> Share:
    """earlier: a share and the rows that it rests on. They count as many rows as were drawn now, at most."""
    alone = share(hits, of)
    together = None
    if earlier is not None and earlier[1]:
        likely = share_given(hits, of, earlier=0.0, weight=0.0)
        if likely.low <= earlier[0] <= likely.high:  # else this catalog is another, and earlier rows say nothing of it
            together = share_given(hits, of, earlier=earlier[0], weight=min(earlier[1], of))
    return Share(hits=hits, of=of, interval=alone, rows=alone.times(rows), with_earlier=together)


def _by_locale(
    by_locale: Mapping[str, CountsBy], drawn: Sequence[tuple[Seen, Tried]], terms: Terms | None
) -> dict[str, float]:
    """Prompts by their tokens, answers all alike."""
    answers = sum(tried.answers for _, tried in drawn)
    if terms is None or not answers:
        return {}
    said = sum(tried.output_tokens for _, tried in drawn) / answers
    costs: dict[str, float] = {}
    for locale, counts in by_locale.items():
        prompts = sum(each[0] for each in counts.values())  # the first count is the number of prompts
        tokens = sum(terms.tokens_of(language, each) for language, each in counts.items())
        each = terms.nanos(tokens / prompts, said) if prompts else 0.0
        costs[locale] = (tokens + 4 * said * prompts) if each is None else each * prompts
    whole = sum(costs.values())
    return {locale: cost / whole for locale, cost in costs.items()} if whole else {}
