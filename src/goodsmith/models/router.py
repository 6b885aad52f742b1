"""Several models in an order of preference: what one cannot do, the next one tries, for the reasons that were stated.

The order is honoured exactly: a call begins with the first model and moves down one by one. It passes a model over only
if its account has a problem, if it is cooling down after trouble, or if it was asked already. A refusal of content is
sent on once; then it is for a person.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from goodsmith.base.clock import Now
from goodsmith.base.limits import fresh
from goodsmith.errors import (
    AccountProblem,
    ContentRefused,
    ContextOverflow,
    ModelError,
    Overloaded,
    RateLimited,
    TimedOut,
    UsageError,
)
from goodsmith.models.gateway import Gateway, Trail, silent_to_all
from goodsmith.protocols import Purse, Recorder
from goodsmith.records import Answer, ModelRequest, MoveOn, RouteStep, TokenSums

REASON_OF: Final[Mapping[type[ModelError], MoveOn]] = {
    Overloaded: "trouble",
    RateLimited: "trouble",
    TimedOut: "trouble",
    ContentRefused: "refused",
    ContextOverflow: "too_long",
}
SENT_ON: Final = (AccountProblem, Overloaded, RateLimited, TimedOut, ContentRefused, ContextOverflow)
USUAL_REASONS: Final[frozenset[MoveOn]] = frozenset({"trouble", "refused", "too_long", "invalid"})
COOLDOWN_S: Final = 30.0
PATIENCE_S: Final = 600.0  # how long a call goes through the order again while all its models have trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One model of the order. reasons: for which calls come to it from the one above.

    weight: models with a weight that stand next to each other share the calls in these proportions; each call then
    goes down from the one that it fell to. cooldown_s: how long nobody asks it after its trouble outlasted a call.
    """

    gateway: Gateway
    reasons: frozenset[MoveOn] = USUAL_REASONS
    weight: int | None = None
    cooldown_s: float = COOLDOWN_S


@dataclass(slots=True)
class _Way:
    """What has happened to one call on its way down."""

    steps: list[RouteStep] = field(default_factory=list)
    spent: int | None = 0
    retries: int = 0
    refusals: int = 0
    account: ModelError | None = None
    last: ModelError | None = None  # that is about this call and not about an account
    since: float = 0.0  # of the first trouble

    def trail(self, rung: int) -> Trail:
        return Trail(steps=tuple(self.steps), spent=self.spent, retries=self.retries, rung=rung)

    def failed(self, gateway: Gateway, problem: ModelError) -> None:
        self.steps.append(RouteStep(model=shown_name(gateway), outcome=problem.code, retries=problem.retries))
        self.retries += problem.retries
        nanos = problem.spent_nanos
        self.spent = None if self.spent is None or nanos is None else self.spent + nanos
        self.refusals += isinstance(problem, ContentRefused)
        if isinstance(problem, AccountProblem):
            self.account = problem
        else:
            self.last = problem


class Router:
    """protocols.Answerer before several gateways, whose prices are in one currency."""

    def __init__(
        self, rungs: Sequence[Rung | Gateway], *, patience_s: float = PATIENCE_S, now: Now = time.monotonic
    ) -> None:
        self.rungs = tuple(rung if isinstance(rung, Rung) else Rung(gateway=rung) for rung in rungs)
        self.gateways = tuple(rung.gateway for rung in self.rungs)
        if len({gateway.currency for gateway in self.gateways}) != 1:
            raise UsageError(
                "the models of a fallback order need prices in one currency: "
                + ", ".join(f"{gateway.model_id} {gateway.currency or 'unknown'}" for gateway in self.gateways),
                zh="备选模型的价格必须使用同一币种",
            )
        self.model_id = ",".join(gateway.model_id for gateway in self.gateways)
        self.currency = self.gateways[0].currency
        self._cooling = dict.fromkeys(range(len(self.rungs)), float("-inf"))  # place -> until
        self._patience_s, self._now = patience_s, now
        self._last_answer: float | None = None
        self._dead: AccountProblem | None = None  # all were silent for too long
        self._pools = _pools(self.rungs)

    @property
    def dead(self) -> AccountProblem | None:
        """Why no model is left."""
        ends = [gateway.dead for gateway in self.gateways]
        return self._dead or (ends[-1] if all(ends) else None)

    @property
    def wait_s(self) -> float:
        return sum(gateway.wait_s for gateway in self.gateways)

    async def answer(
        self, request: ModelRequest, *, ordinal: int, recorder: Recorder, purse: Purse, passed: int = 0
    ) -> Answer:
        """The first answer in the order of the models, from the one at `passed` on.

        Raises the last error that was about this call; AccountProblem only when no account works.
        """
        order = self._order(request, passed)
        for place in order:
            known = self.gateways[place].recalled(request, ordinal=ordinal, recorder=recorder)
            if known is not None:
                return known
        way = _Way()
        while self._dead is None:
            found = await self._down(order, way, request, ordinal, recorder, purse)
            if found is not None:
                return found
            if not isinstance(way.last, (Overloaded, RateLimited, TimedOut)) or way.refusals:
                break
            if self._now() >= way.since + self._patience_s:
                self._end(way)
                break
        reason = self._dead or way.last or way.account
        assert reason is not None
        ending = fresh(reason)
        ending.retries, ending.spent_nanos, ending.route = way.retries, way.spent, tuple(way.steps)
        raise ending

    async def _down(
        self,
        order: Sequence[int],
        way: _Way,
        request: ModelRequest,
        ordinal: int,
        recorder: Recorder,
        purse: Purse,
    ) -> Answer | None:
        """Once through the order. None: no model answered."""
        asked = False  # whoever is passed over without having been asked, sends everything on
        for place in order:
            rung, gateway = self.rungs[place], self.gateways[place]
            if gateway.dead is not None:
                way.account = gateway.dead
                continue
            if self._cooling[place] > self._now() and self._another(order, place):
                continue
            if asked and way.last is not None and REASON_OF[type(way.last)] not in rung.reasons:
                continue
            try:
                answer = await gateway.answer(
                    request, ordinal=ordinal, recorder=recorder, purse=purse, trail=way.trail(place)
                )
            except SENT_ON as problem:
                way.failed(gateway, problem)
                if not isinstance(problem, AccountProblem):
                    asked = True
                    self._cool(place, problem, way)
                if way.refusals == 2:
                    return None
            except ModelError as problem:
                way.failed(gateway, problem)
                problem.retries, problem.spent_nanos, problem.route = way.retries, way.spent, tuple(way.steps)
                raise
            else:
                self._last_answer = self._now()
                return answer
        return None

    def next_for(self, answer: Answer, reason: MoveOn) -> int | None:
        """The model to ask after one whose answer is not good enough, as `passed` of `answer`; None: none for this."""
        for place in range(answer.rung + 1, len(self.rungs)):
            if self.gateways[place].dead is None and reason in self.rungs[place].reasons:
                return place
        return None

    def worst_cost_nanos(self, request: ModelRequest, *, more_bytes: int = 0) -> int | None:
        """The dearest of the models; a call that is sent on after it was billed extends its reservation."""
        costs = [gateway.worst_cost_nanos(request, more_bytes=more_bytes) for gateway in self.gateways]
        known = [cost for cost in costs if cost is not None]
        return max(known) if len(known) == len(costs) else None

    def expected_cost_nanos(self, request: ModelRequest, *, output_tokens: float | None = None) -> int | None:
        return self.gateways[0].expected_cost_nanos(request, output_tokens=output_tokens)

    def drain_token_sums(self) -> tuple[TokenSums, ...]:
        return tuple(sums for gateway in self.gateways for sums in gateway.drain_token_sums())

    async def close(self) -> None:
        for gateway in self.gateways:
            await gateway.close()

    # ---- private

    def _order(self, request: ModelRequest, passed: int) -> list[int]:
        """Places in the order of asking: of models that share calls, the one that this call falls to comes first."""
        if not self._pools:
            return list(range(passed, len(self.rungs)))
        order: list[int] = []
        for pool in self._pools:
            drawn = _drawn(request, [self.rungs[place].weight or 1 for place in pool]) if len(pool) > 1 else 0
            order += [pool[drawn], *(place for place in pool if place != pool[drawn])]
        return [place for place in order if place >= passed]

    def _another(self, order: Sequence[int], place: int) -> bool:
        """Whether there is a model that can be asked in place of one that cools down."""
        now = self._now()
        return any(
            other != place and self.gateways[other].dead is None and self._cooling[other] <= now for other in order
        )

    def _cool(self, place: int, problem: ModelError, way: _Way) -> None:
        if REASON_OF[type(problem)] != "trouble":
            return
        now = self._now()
        way.since = way.since or now
        self._cooling[place] = now + self.rungs[place].cooldown_s

    def _end(self, way: _Way) -> None:
        """Nobody has answered anything for as long as a call is patient: no row can succeed now."""
        if way.last is not None and (self._last_answer is None or self._last_answer <= way.since):
            self._dead = silent_to_all(self.model_id, way.last, self._now() - way.since)


def shown_name(gateway: Gateway) -> str:
    """`provider/model`, as people write it."""
    return gateway.model_id.replace(":", "/", 1)


def _pools(rungs: Sequence[Rung]) -> list[list[int]]:
    """Neighbours with weights share calls; empty if nobody does."""
    pools: list[list[int]] = []
    for place, rung in enumerate(rungs):
        shares = rung.weight is not None and bool(pools) and rungs[pools[-1][-1]].weight is not None
        if shares:
            pools[-1].append(place)
        else:
            pools.append([place])
    return pools if any(len(pool) > 1 for pool in pools) else []


def _drawn(request: ModelRequest, weights: Sequence[int]) -> int:
    """Which of several shares a call falls to: the same one whenever it is asked again."""
    digest = hashlib.blake2b(request.user.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    number = int.from_bytes(digest, "big") % sum(weights)
    for place, weight in enumerate(weights):
        number -= weight
        if number < 0:
            return place
    raise AssertionError("the weights do not add up")
