"""A model with everything around it: journal, cache, single flight, money, limits, retries, breaker.

The way of a call, and what each stage promises:

1. journal: what this run received before is never asked again.
2. cache and single flight: what another row or run bought, or is just buying, costs nothing.
3. purse: the worst case is set aside before anything is sent.
4. limits: wait for a slot, a rate, the end of a pause; see `base/limits.py`.
5. the model: an answer is in the journal before it is used, and settled by the vendor's own count of tokens.
6. trouble: tried again by its class. An attempt that may have been billed settles at what was reserved for it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import math
import random
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from goodsmith.base.clock import Now
from goodsmith.base.limits import UNLIMITED, Limiter, Limits, Outcome, Permit, fresh
from goodsmith.base.money import ASSUMED_RATES, Rates
from goodsmith.errors import (
    AccountProblem,
    BadRequest,
    ContentRefused,
    ContextOverflow,
    GoodsmithError,
    ModelError,
    NotUnderstood,
    Overloaded,
    RateLimited,
    Stopped,
    TimedOut,
    Truncated,
    UnknownName,
    UsageError,
)
from goodsmith.models import open_text_model
from goodsmith.models.calls import CallKeys, call_id
from goodsmith.models.lazy import LazyModel
from goodsmith.models.prices import Entry, Price, find_price, parse_price, read_prices
from goodsmith.models.providers import REHEARSAL, STENCIL, providers
from goodsmith.models.routes import ModelRoute, is_loopback, resolve_model
from goodsmith.models.single_flight import SingleFlight
from goodsmith.models.tokens import TokenCounter
from goodsmith.models.warm_up import WarmUp
from goodsmith.protocols import AnswerCache, Answerer, Purse, Recorder, TextModel
from goodsmith.records import Answer, ModelChoice, ModelRequest, MoveOn, RouteStep, TokenSums, Usage

log = logging.getLogger(__name__)

# How often a call is tried again; those that are not here never are. None: until its patience ends.
RETRIES: Final[Mapping[type[ModelError], int | None]] = {
    RateLimited: None,
    Overloaded: None,
    TimedOut: 2,
    Truncated: 1,
    NotUnderstood: 1,
}
SAME_FOR_ALL: Final = (ContentRefused, ContextOverflow, BadRequest, AccountProblem)  # asking again changes nothing
PARAMS: Final = ("temperature", "seed", "max_output_tokens")  # of a request, which a run may set for all its calls
MANY: Final = 1_000_000  # calls in flight where a vendor sets no limit
RAMP_PER_S: Final = 0.10  # of the calls in flight, opened per second at vendors' servers
LOOK_S: Final = 0.5  # how often those who wait look whether the run was stopped
LONGEST_BACKOFF_S: Final = 30.0
PATIENCE_S: Final = 600.0  # how long a call tries again while the vendor throttles or is down
PATIENCE_WITH_OTHERS_S: Final = 60.0  # where another model stands behind it
LATENCIES: Final = 512  # remembered for the quantiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """What other models did with a call before it came here; it goes onto the answer, and so into the journal."""

    steps: tuple[RouteStep, ...] = ()
    spent: int | None = 0  # nanos; None: the price is unknown
    retries: int = 0
    rung: int = 0  # this model's place in the order


NO_TRAIL: Final = Trail()


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayStats:
    """What a gateway has done. Money in nanos of its currency; latencies in seconds, None before the first answer."""

    calls: int  # answers bought
    recalled: int  # from this run's journal
    cached: int  # from the cache
    shared: int  # bought by an identical question in flight
    retries: Mapping[str, int]  # error code -> attempts tried again
    failures: Mapping[str, int]  # error code -> calls given up
    spent_nanos: int
    wait_s: float
    in_flight: int
    waiting: int
    level: int  # calls that may be in flight
    paused_s: float  # until the shared pause ends
    breaker: str  # closed, open, half_open
    calls_per_s: float  # over the last ten seconds
    latency_p50_s: float | None
    latency_p95_s: float | None
    latency_p99_s: float | None


def open_answerer(
    model: str,
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    cache: AnswerCache | None = None,
    concurrency: int = 64,
    rpm: float | None = None,
    tpm: float | None = None,
    sharers: int = 1,
    timeout_s: float = 120.0,
    price: Price | str | None = None,
    prices_file: str | Path | None = None,
    ca_file: str | None = None,
    lessons_file: str | None = None,
    providers_file: str | Path | None = None,
    stream: bool = False,
    params: Mapping[str, Any] | None = None,
    rates: Rates = ASSUMED_RATES,
    stop: Callable[[], bool] = lambda: False,
    token_sums: Sequence[TokenSums] = (),
    choices: Sequence[Mapping[str, Any]] = (),
) -> Answerer | None:
    """The answerer for `provider/model`, or for several in an order of preference, separated by commas.

    None for `stencil`, which asks nobody. Opens nothing yet: clients and rehearsal vendors start with the first call.
    Closing it closes the cache. api_key: the key, or where it is: `env:NAME`, `file:PATH`.
    concurrency: calls in flight of this process. rpm, tpm: the account's, shared by `sharers` processes like this one.
    price: per million tokens, as a text such as `in=0.8,out=3.2,currency=CNY`. The prices of a fallback order are told
    in the currency of its first model, by `rates`. ca_file: certificates to trust besides the system's.
    lessons_file: where it is remembered what ways of asking a model takes. providers_file: vendors of the user's own.
    stream: ask for answers piece by piece, for vendors and proxies that cut long silences; the answer is the same.
    token_sums: what earlier runs learnt of any model's tokens.
    choices: fields of ModelChoice for each model of `model`, where more is known than the order.
    Raises UnknownName and UsageError.
    """
    names = [name.strip() for name in model.split(",") if name.strip()] or [model]
    if len(names) > 1 and (base_url or api_key or price):
        raise UsageError(
            "an address, a key or a price can be given for one model only; in a fallback order each model takes them "
            "from its provider's own settings",
            zh="地址、密钥和价格只能用于单个模型;备选顺序中的模型各用其提供方的设置",
        )
    routes = [resolve_model(name, base_url=base_url, api_key=api_key, providers_file=providers_file) for name in names]
    if len(routes) == 1 and routes[0].provider == STENCIL:
        return None
    if any(route.provider == STENCIL for route in routes):
        raise UsageError(
            f"{STENCIL} asks no model, so it has no place in a fallback order: use --fallback-stencil",
            zh=f"{STENCIL} 不调用模型,不能放在备选顺序中:请使用 --fallback-stencil",
        )
    stated = parse_price(price) if isinstance(price, str) else price
    wanted = [ModelChoice(**choice) for choice in choices] or [ModelChoice(model=name) for name in names]
    gateways: list[Gateway] = []
    for route, choice in zip(routes, wanted, strict=True):
        others = len(gateways) + 1 < len(routes)
        known = stated or price_at(route, prices_file=prices_file)
        if known is not None and gateways and gateways[0].currency:
            known = told_in(known, gateways[0].currency, rates)
        gateways.append(
            Gateway(
                LazyModel(
                    route.model_id,
                    partial(open_text_model, route, ca_file=ca_file, stream=stream, lessons_file=lessons_file),
                ),
                price=known,
                cache=cache,
                closes_cache=not gateways,
                limits=_limits(route, choice, concurrency, rpm, tpm, sharers),
                timeout_s=timeout_s,
                params=params,
                identity=f"{route.model_id}@{route.base_url}" if base_url else route.model_id,
                stop=stop,
                token_sums=token_sums,
                patience_s=choice.patience_s or (PATIENCE_WITH_OTHERS_S if others else PATIENCE_S),
                mortal=len(routes) == 1,
                prefix_from=route.vendor.prefix_cache_from,
            )
        )
    if len(gateways) == 1:
        return gateways[0]
    from goodsmith.models.router import COOLDOWN_S, Router, Rung  # noqa: PLC0415 - it stands on this module

    return Router(
        [
            Rung(
                gateway=gateway,
                reasons=frozenset(choice.when),
                weight=choice.weight,
                cooldown_s=COOLDOWN_S if choice.cooldown_s is None else choice.cooldown_s,
            )
            for gateway, choice in zip(gateways, wanted, strict=True)
        ]
    )


class Gateway:
    """protocols.Answerer before one model of one account. Serves one event loop.

    price None: unknown; calls cost None and nothing is reserved, so a run with a budget must not start.
    params: `temperature`, `seed` or `max_output_tokens` for all calls, over what the recipe says.
    identity: what the cache calls the model; its id and, where a server of one's own answers, the address.
    stop: asked before each attempt and while anybody waits; calls in flight are finished.
    patience_s: how long one call tries again while the vendor throttles or is down; 429s for minutes lose no row.
    first_patience_s: the same while the vendor has never answered: more likely a wrong address than an outage.
    prefix_from: tokens of the shortest beginning that the vendor's prefix cache takes; None: it has none.
    mortal: whether a vendor that is silent to everybody for so long is asked no more; False if others can take over.
    A gateway closes its model, and its cache if `closes_cache`.
    """

    def __init__(
        self,
        model: TextModel,
        *,
        price: Price | None = None,
        cache: AnswerCache | None = None,
        closes_cache: bool = False,
        limits: Limits = UNLIMITED,
        timeout_s: float = 120.0,
        params: Mapping[str, Any] | None = None,
        identity: str = "",
        stop: Callable[[], bool] = lambda: False,
        patience_s: float = PATIENCE_S,
        first_patience_s: float = 60.0,
        mortal: bool = True,
        prefix_from: int | None = None,
        now: Now = time.monotonic,
        token_sums: Sequence[TokenSums] = (),
    ) -> None:
        self.model_id = model.model_id
        self._provider = model.model_id.partition(":")[0] if ":" in model.model_id else ""
        self.price = price
        self.currency = price.currency if price else ""
        self.dead: AccountProblem | None = None  # why this vendor is asked no more
        self._model = model
        self._cache, self._closes_cache = cache, closes_cache
        self.limits = limits
        self._limiter = Limiter(limits, now=now)
        self.counter = TokenCounter(identity or model.model_id, token_sums)
        self._keys = CallKeys(identity or model.model_id)
        self._overrides = _overrides(params or {})
        self._flights: SingleFlight[Answer] = SingleFlight()
        self._timeout_s = timeout_s
        self._stop = stop
        self._patience_s, self._first_patience_s = patience_s, first_patience_s
        self._mortal = mortal
        self._warm_up = None if prefix_from is None else WarmUp(prefix_from)
        self._now = now
        self._halt: GoodsmithError | None = None  # everybody who waits, and everybody to come, gets it
        self._halted = asyncio.Event()
        self._look: asyncio.TimerHandle | None = None
        self._sleeping = 0
        self._slept_s = 0.0
        self._last_answer: float | None = None
        self._calls = self._recalled = self._cached = self._shared = self._spent = 0
        self._retried: dict[str, int] = {}
        self._failed: dict[str, int] = {}
        self._latencies: deque[float] = deque(maxlen=LATENCIES)
        self._ends: deque[float] = deque(maxlen=2048)
        self._mean_tokens = self._mean_output = 0.0  # of the answers so far
        self._talks_over = 1.0  # the most that it said, as a multiple of what it was allowed
        self._told: Any = None  # the vendor's last words on its rates

    # ---- protocols.Answerer

    async def answer(
        self,
        request: ModelRequest,
        *,
        ordinal: int,
        recorder: Recorder,
        purse: Purse,
        repeat: int = 0,
        passed: int = 0,
        trail: Trail = NO_TRAIL,
    ) -> Answer:
        """The model's answer, as cheap as it can be had.

        repeat: 1, 2, … to ask the very same thing again on purpose; neither cache nor other rows answer then.
        Raises ModelError with what its attempts cost, BudgetExhausted, Stopped, and StoreError from the journal.
        """
        request = self._asked(request)
        key = self._keys.key(request)
        call = call_id(key, repeat)
        known = recorder.recall(ordinal, call)
        if known is not None:
            self._recalled += 1
            return known
        if repeat:
            return await self._buy(request, call, None, ordinal, recorder, purse, trail)
        if self._cache is not None and (cached := self._cache.get(key)) is not None:
            self._cached += 1
            return self._for_free(cached, ordinal, call, recorder, trail)
        while (landing := self._flights.board(key)) is not None:
            outcome = await landing
            if isinstance(outcome, Answer):
                self._shared += 1
                return self._for_free(outcome, ordinal, call, recorder, trail)
            if isinstance(outcome, SAME_FOR_ALL):
                raise _bill(outcome, retries=0, spent=0)
            if isinstance(outcome, ModelError):  # each for itself now, or a bad day would be suffered one after another
                return await self._buy(request, call, key, ordinal, recorder, purse, trail)
            # the leader was cancelled or out of money, which says nothing about us: somebody else leads
        try:
            answer = await self._buy(request, call, key, ordinal, recorder, purse, trail)
        except BaseException as error:
            self._flights.crash(key, error)
            raise
        self._flights.land(key, answer)
        return answer

    def next_for(self, answer: Answer, reason: MoveOn) -> int | None:
        """There is no other model."""
        return None

    def worst_cost_nanos(self, request: ModelRequest, *, more_bytes: int = 0) -> int | None:
        """Upper bound of one call: UTF-8 bytes as tokens, plus the maximum output. None: price unknown."""
        if self.price is None:
            return None
        request = self._asked(request)
        most_output = request.max_output_tokens if self._talks_over == 1 else self._over(request.max_output_tokens)
        return self.price.worst(self._keys.prompt_bytes(request) + more_bytes, most_output)

    def expected_cost_nanos(self, request: ModelRequest, *, output_tokens: float | None = None) -> int | None:
        """What one call will cost by an estimate of its tokens, for forecasts. None: price unknown."""
        if self.price is None:
            return None
        request = self._asked(request)
        said = output_tokens or self._mean_output or request.max_output_tokens / 2  # limits are twice what is said
        usage = Usage(input_tokens=round(self.counter.tokens(request)), output_tokens=round(said))
        return self.price.cost(usage, at=_utc_now())

    def drain_token_sums(self) -> tuple[TokenSums, ...]:
        """What the vendor's counts have taught since the last time."""
        return self.counter.drain()

    async def close(self) -> None:
        """Calls in flight must have ended."""
        if self._look is not None:
            self._look.cancel()
            self._look = None
        await self._model.close()
        if self._closes_cache and self._cache is not None:
            await asyncio.to_thread(self._cache.close)

    # ---- for progress lines and for whoever stands before several gateways

    @property
    def wait_s(self) -> float:
        """Seconds that callers have waited for limits, pauses and retries, added up."""
        return self._limiter.waited_s + self._slept_s

    def recalled(self, request: ModelRequest, *, ordinal: int, recorder: Recorder) -> Answer | None:
        """What this run received for a request before."""
        return recorder.recall(ordinal, call_id(self._keys.key(self._asked(request))))

    def stats(self) -> GatewayStats:
        now = self._now()
        recent = sum(1 for end in self._ends if end > now - 10)
        since = self._ends[0] if recent == self._ends.maxlen else now - 10
        ordered = sorted(self._latencies)
        p50, p95, p99 = (ordered[int(share * (len(ordered) - 1))] if ordered else None for share in (0.5, 0.95, 0.99))
        return GatewayStats(
            calls=self._calls,
            recalled=self._recalled,
            cached=self._cached,
            shared=self._shared,
            retries=dict(self._retried),
            failures=dict(self._failed),
            spent_nanos=self._spent,
            wait_s=self.wait_s,
            in_flight=self._limiter.in_flight,
            waiting=self._limiter.waiting + self._sleeping,
            level=self._limiter.level,
            paused_s=self._limiter.paused_s,
            breaker=self._limiter.breaker.state,
            calls_per_s=recent / max(0.001, now - since),
            latency_p50_s=p50,
            latency_p95_s=p95,
            latency_p99_s=p99,
        )

    # ---- buying

    def _asked(self, request: ModelRequest) -> ModelRequest:
        """The request as it is sent: what the run sets goes before what the recipe says."""
        return replace(request, **self._overrides) if self._overrides else request

    async def _buy(
        self,
        request: ModelRequest,
        call: bytes,
        key: bytes | None,
        ordinal: int,
        recorder: Recorder,
        purse: Purse,
        trail: Trail,
    ) -> Answer:
        """Ask the model until it answers or nothing more can be hoped for. key None: not for the cache."""
        leads = self._warm_up is not None and await self._warm_up.turn(request.system)
        tries = _Tries()
        held: Purse | None = None
        owed = 0  # what the reservation settles at, should we leave now
        announced = False
        try:
            while True:
                if self._halt is None and self._stop():
                    self._end(Stopped("the run was asked to stop", zh="已请求停止运行"))
                if self._halt is not None:
                    raise fresh(self._halt)
                worst = self.worst_cost_nanos(request) or 0
                if held is None:
                    held = await purse.reserve(worst)
                permit = self._limiter.try_enter(self._tokens(request))
                if permit is None:
                    permit = await self._turn(request, tries)
                began = time.perf_counter()
                try:
                    if not announced:
                        recorder.sent(ordinal, call)
                        announced = True
                    owed = worst  # once it has left it may be billed
                    answer = await self._model.complete(request, timeout_s=self._timeout_s)
                except ModelError as error:
                    problem = fresh(error)
                    alone_s = self._left(permit, problem)
                    owed = self._billed(problem, worst)
                    if owed:
                        held.settle(owed)
                        held, tries.spent, owed = None, tries.spent + owed, 0
                except BaseException:
                    self._limiter.leave(permit, "neutral")
                    raise
                else:
                    cost = self._cost(answer.usage, worst)
                    owed = cost or 0
                    allowed = request.max_output_tokens
                    answer = self._received(answer, permit, cost, time.perf_counter() - began, tries, allowed)
                    if trail is not NO_TRAIL:
                        answer = self._after(trail, answer)
                    recorder.received(ordinal, call, answer)
                    self.counter.learn(request, answer.usage)
                    held.settle(owed)
                    held = None
                    self._spent += owed
                    if key is not None and self._cache is not None:
                        self._cache.put(key, answer)
                    return answer
                await self._prepare_retry(problem, tries, alone_s)
                if isinstance(problem, Truncated) and _hit_the_limit(problem, request):
                    request = replace(request, max_output_tokens=2 * request.max_output_tokens)
                    if held is not None:
                        held.settle(0)
                        held = None
        finally:
            if leads and self._warm_up is not None:
                self._warm_up.done(request.system)
            self._spent += tries.spent + (owed if held is not None else 0)
            if held is not None:
                held.settle(owed)

    async def _turn(self, request: ModelRequest, tries: _Tries) -> Permit:
        """Wait for a permit; one who was in trouble before waits no longer than patience allows.

        Where others can take over, nobody waits longer than that for a vendor that is not called at the moment.
        """
        self._watch()
        tokens, began = self._tokens(request), self._now()
        while True:
            until = None if self._mortal else self._now() + self._patience_s
            if tries.last is not None:
                until = tries.since + self._patience_for(tries.last)
            try:
                return await self._limiter.enter(tokens, until=until)
            except TimeoutError:
                if tries.last is not None:
                    raise self._given_up(tries.last, tries) from None
                if self._limiter.breaker.state != "closed" or self._limiter.paused_s:
                    tries.since = began
                    raise self._given_up(_not_called(self.model_id, self._now() - began), tries) from None

    async def _prepare_retry(self, problem: ModelError, tries: _Tries, alone_s: float) -> None:
        """Return when the call may be tried again; raises if it may not. alone_s: what the limiter asks of it."""
        now = self._now()
        if tries.last is None:
            tries.since = now
        tries.last = problem
        allowed = RETRIES.get(type(problem), 0)
        seen = tries.seen.get(type(problem), 0)
        if (allowed is not None and seen >= allowed) or now >= tries.since + self._patience_for(problem):
            raise self._given_up(problem, tries)
        tries.seen[type(problem)] = seen + 1
        tries.count += 1
        self._retried[problem.code] = self._retried.get(problem.code, 0) + 1
        if isinstance(problem, RateLimited):
            if alone_s:
                await self._sleep(alone_s, tries, problem)
            return  # else the shared pause is the waiting
        if isinstance(problem, Overloaded):
            await self._sleep(_backoff_s(seen), tries, problem)
        while (wait_s := self._limiter.retries.take()) > 0:
            await self._sleep(wait_s, tries, problem)

    async def _sleep(self, seconds: float, tries: _Tries, problem: ModelError) -> None:
        left_s = tries.since + self._patience_for(problem) - self._now()
        if left_s <= 0:
            raise self._given_up(problem, tries)
        self._watch()
        began = self._now()
        self._sleeping += 1
        try:
            async with asyncio.timeout(min(seconds, left_s)):
                await self._halted.wait()
        except TimeoutError:
            return
        finally:
            self._sleeping -= 1
            self._slept_s += self._now() - began
        assert self._halt is not None
        raise fresh(self._halt)

    def _given_up(self, problem: ModelError, tries: _Tries) -> ModelError:
        """The error that ends a call; where the vendor has been silent to everybody, the one that ends the vendor."""
        now = self._now()
        silent = self._last_answer is None or self._last_answer <= tries.since
        waited_s = now - tries.since
        exhausted = tries.last is not None and waited_s >= self._patience_for(problem) - 0.01
        if self._mortal and silent and exhausted and isinstance(problem, (RateLimited, Overloaded, TimedOut)):
            self.dead = silent_to_all(self.model_id, problem, waited_s)
            self._end(self.dead)
            problem = self.dead
        self._failed[problem.code] = self._failed.get(problem.code, 0) + 1
        spent = None if self.price is None else tries.spent
        return _bill(problem, retries=tries.count, spent=spent)

    def _patience_for(self, problem: ModelError) -> float:
        if self._last_answer is None and isinstance(problem, Overloaded):
            return min(self._first_patience_s, self._patience_s)
        return self._patience_s

    # ---- accounts

    def _cost(self, usage: Usage | None, worst: int) -> int | None:
        if self.price is None:
            return None
        if usage is None:
            return worst
        return self.price.cost(usage, at=_utc_now() if self.price.peak else None)

    def _billed(self, problem: ModelError, worst: int) -> int:
        """What a failed attempt may have cost."""
        if self.price is None or problem.paid is False:
            return 0
        if problem.input_tokens is not None and problem.output_tokens is not None:
            return self._cost(Usage(input_tokens=problem.input_tokens, output_tokens=problem.output_tokens), worst) or 0
        refused = problem.status is not None and problem.status >= 400 and not isinstance(problem, TimedOut)
        return 0 if problem.paid is None and refused else worst

    def _received(
        self, answer: Answer, permit: Permit, cost: int | None, seconds: float, tries: _Tries, allowed: int
    ) -> Answer:
        """Count an answer, and write on it what it cost."""
        usage = answer.usage
        tokens = None if usage is None else usage.input_tokens + usage.output_tokens
        self._limiter.leave(permit, "ok", tokens=tokens)
        now = self._now()
        self._calls += 1
        self._last_answer = now
        self._learn_rates()
        self._latencies.append(seconds)
        self._ends.append(now)
        if usage is not None:
            weight = max(0.02, 1 / self._calls)
            self._mean_output += weight * (usage.output_tokens - self._mean_output)
            self._mean_tokens += weight * (usage.input_tokens + usage.output_tokens - self._mean_tokens)
            if usage.output_tokens > self._over(allowed):
                self._warn_of_talk(usage.output_tokens, allowed)
        return Answer(
            text=answer.text,
            model=f"{self._provider}/{answer.model}" if self._provider else answer.model,
            finish_reason=answer.finish_reason,
            usage=usage,
            cost_nanos=None if cost is None else cost + tries.spent,
            currency=self.currency,
            latency_s=answer.latency_s or seconds,
            request_id=answer.request_id,
            retries=tries.count,
        )

    def _after(self, trail: Trail, answer: Answer) -> Answer:
        """The answer with what its call went through before."""
        cost = None if trail.spent is None or answer.cost_nanos is None else answer.cost_nanos + trail.spent
        step = RouteStep(model=self.model_id.replace(":", "/", 1), outcome="ok", retries=answer.retries)
        route = (*trail.steps, step) if trail.steps else ()
        return replace(answer, cost_nanos=cost, retries=answer.retries + trail.retries, route=route, rung=trail.rung)

    def _for_free(self, answer: Answer, ordinal: int, call: bytes, recorder: Recorder, trail: Trail) -> Answer:
        """Another's answer: in this row's journal too, so that a resume needs neither cache nor luck."""
        free = replace(answer, from_cache=True, cost_nanos=0, retries=0, latency_s=0.0, route=(), rung=0)
        free = free if trail is NO_TRAIL else self._after(trail, free)
        recorder.received(ordinal, call, free)
        return free

    def _over(self, allowed: int) -> int:
        """The most output tokens to reckon with, of a vendor that may say more than it is allowed to."""
        return math.ceil(allowed * self._talks_over)

    def _warn_of_talk(self, said: int, allowed: int) -> None:
        """The limit of a call is what a reservation rests on: from now on more is set aside."""
        if self._talks_over == 1:
            log.warning(
                "%s said %d tokens where %d were allowed: it ignores the limit of an answer. A call that has left can "
                "cost so much more than was set aside; from now on as much more is set aside",
                self.model_id,
                said,
                allowed,
                extra={"event": "output_limit_ignored", "model": self.model_id, "said": said, "allowed": allowed},
            )
        self._talks_over = said / max(1, allowed)

    def _learn_rates(self) -> None:
        """Some models report what the vendor's headers say of the account."""
        told = getattr(self._model, "rate_headers", None)
        if told is not None and told is not self._told:
            self._told = told
            self._limiter.learn(requests_per_minute=told.limit_requests, tokens_per_minute=told.limit_tokens)

    def _left(self, permit: Permit, problem: ModelError) -> float:
        """Tell the limiter how an attempt failed; the seconds that this call alone should wait."""
        outcome: Outcome = "neutral"
        retry_after_s = None
        if isinstance(problem, RateLimited):
            outcome, retry_after_s = "throttled", problem.retry_after_s
        elif isinstance(problem, Overloaded):
            outcome = "overloaded"
        elif isinstance(problem, TimedOut):
            outcome = "slow"
        elif isinstance(problem, AccountProblem):
            self.dead = problem
            self._end(problem)  # before the slot is free, or the next one would be sent in vain
        elif isinstance(problem, (ContentRefused, ContextOverflow, BadRequest, Truncated)):
            outcome = "ok"  # the vendor is alive
            self._last_answer = self._now()
        return self._limiter.leave(permit, outcome, retry_after_s=retry_after_s)

    def _tokens(self, request: ModelRequest) -> int:
        """What a call will take of the tokens per minute."""
        if not self._limiter.counts_tokens:
            return 0
        if self._calls >= 20:
            return round(self._mean_tokens * 1.2)
        return self._keys.prompt_bytes(request) // 3 + request.max_output_tokens

    # ---- ending

    def _end(self, why: GoodsmithError) -> None:
        """Wake all who wait and refuse all to come. Calls in flight are finished."""
        if self._halt is None:
            self._halt = why
            self._limiter.stop(why)
            self._halted.set()
            if not isinstance(why, Stopped):
                log.error("%s", why, extra={"event": "vendor_stopped", "model": self.model_id})

    def _watch(self) -> None:
        """Look for a stop as long as anybody waits."""
        if self._look is None and self._halt is None:
            self._look = asyncio.get_running_loop().call_later(LOOK_S, self._look_up)

    def _look_up(self) -> None:
        self._look = None
        if self._stop():
            self._end(Stopped("the run was asked to stop", zh="已请求停止运行"))
        elif self._limiter.waiting or self._sleeping:
            self._watch()


@dataclass(slots=True)
class _Tries:
    """What has happened to one call so far."""

    count: int = 0  # attempts tried again
    spent: int = 0  # settled for attempts that failed
    since: float = 0.0  # of the first trouble
    last: ModelError | None = None
    seen: dict[type[ModelError], int] = field(default_factory=dict)


def own_prices(path: str | Path) -> tuple[Entry, ...]:
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"the price file {path} cannot be read: {error}", zh=f"无法读取价格文件 {path}:{error}"
        ) from error
    return read_prices(text, file=str(path))


def price_at(route: ModelRoute, *, prices_file: str | Path | None = None) -> Price | None:
    """The price of a model at an address: whoever lives there asks for the money, or nobody knows (None)."""
    own = own_prices(prices_file) if prices_file else ()
    vendor = route.vendor.id
    usual = providers()[vendor].base_url if vendor in providers() else ""
    if is_loopback(usual) and not is_loopback(route.base_url):
        return None  # a server of one's own is free of charge on one's own machine
    return find_price(vendor, route.model, user_prices=own)


def told_in(price: Price, currency: str, rates: Rates) -> Price:
    """The same price in another currency."""
    if price.currency == currency:
        return price
    rate = rates.find(price.currency, currency)
    return price.times(rate.value if rate.base == price.currency else 1 / rate.value, currency=currency)


def _limits(
    route: ModelRoute, choice: ModelChoice, concurrency: int, rpm: float | None, tpm: float | None, sharers: int
) -> Limits:
    """What is known of an account, of which this process has its part. concurrency is this process's own."""
    share = Limits(
        in_flight=choice.in_flight or route.vendor.in_flight or MANY,
        requests_per_minute=choice.requests_per_minute or rpm or route.vendor.requests_per_minute,
        tokens_per_minute=choice.tokens_per_minute or tpm or route.vendor.tokens_per_minute,
    )
    share = share.split(max(1, sharers))
    near = route.provider == REHEARSAL or is_loopback(route.base_url)
    return replace(share, in_flight=max(1, min(share.in_flight, concurrency)), ramp_per_s=None if near else RAMP_PER_S)


def _bill(problem: ModelError, *, retries: int, spent: int | None) -> ModelError:
    """The error to be raised, with what its attempts cost."""
    billed = fresh(problem)
    billed.retries, billed.spent_nanos = retries, spent
    return billed


def _hit_the_limit(problem: Truncated, request: ModelRequest) -> bool:
    """Asking the same with the same room would break off at the same place."""
    said = problem.output_tokens
    return problem.vendor_code == "length" or (said is not None and said >= request.max_output_tokens)


def _overrides(params: Mapping[str, Any]) -> dict[str, Any]:
    for name in params:
        if name not in PARAMS:
            raise UnknownName("model parameter", name, PARAMS, kind_zh="模型参数")
    return dict(params)


def _not_called(model_id: str, waited_s: float) -> Overloaded:
    return Overloaded(
        f"{model_id} is in trouble and not called at the moment; waited {waited_s:.0f} s",
        zh=f"{model_id} 服务异常,暂停调用;已等待 {waited_s:.0f} 秒",
    )


def silent_to_all(model_id: str, problem: ModelError, waited_s: float) -> AccountProblem:
    """The end of a vendor, or of an order of them, that has answered nobody for longer than a call is patient."""
    return AccountProblem(
        f"{model_id} has answered nobody for {waited_s:.0f} s and is asked no more; the last word was: {problem.en}. "
        "Nothing that was received is lost: check the address and the vendor's state, then resume the run",
        zh=f"{model_id} 已有 {waited_s:.0f} 秒没有任何应答,已停止调用;最后的信息:{problem.say('zh')}。"
        "已收到的内容不会丢失:请检查地址和服务状态,然后继续运行",
        status=problem.status,
        vendor_code=problem.vendor_code,
    )


def _backoff_s(attempt: int) -> float:
    return min(LONGEST_BACKOFF_S, 0.5 * 2.0**attempt) * random.uniform(0.3, 1.0)


def _utc_now() -> dt.datetime:
    return dt.datetime.now(tz=dt.UTC)
