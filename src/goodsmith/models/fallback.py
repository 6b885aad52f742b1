"""Several models in an order of preference: what one cannot do, the next one tries.

A vendor whose account has a problem is skipped from then on. A refusal of content, a prompt that is too long and a
vendor's trouble that outlasts its patience send one call on; a refusal is sent on once only, then it is for a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

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
from goodsmith.models.gateway import Gateway
from goodsmith.protocols import Purse, Recorder
from goodsmith.records import Answer, ModelRequest, TokenSums

SENT_ON = (AccountProblem, ContentRefused, ContextOverflow, Overloaded, RateLimited, TimedOut)


class Fallback:
    """protocols.Answerer before several gateways, whose prices are in one currency."""

    def __init__(self, gateways: Sequence[Gateway]) -> None:
        if len({gateway.currency for gateway in gateways}) != 1:
            raise UsageError(
                "the models of a fallback order need prices in one currency: "
                + ", ".join(f"{gateway.model_id} {gateway.currency or 'unknown'}" for gateway in gateways),
                zh="备选模型的价格必须使用同一币种",
            )
        self.gateways = tuple(gateways)
        self.model_id = ",".join(gateway.model_id for gateway in gateways)
        self.currency = gateways[0].currency

    @property
    def dead(self) -> AccountProblem | None:
        """Why no model is left."""
        ends = [gateway.dead for gateway in self.gateways]
        return ends[-1] if all(ends) else None

    @property
    def wait_s(self) -> float:
        return sum(gateway.wait_s for gateway in self.gateways)

    async def answer(self, request: ModelRequest, *, ordinal: int, recorder: Recorder, purse: Purse) -> Answer:
        """The first answer in the order of the models.

        Raises the last error that was about this call; AccountProblem only when no account works.
        """
        for gateway in self.gateways:
            known = gateway.recalled(request, ordinal=ordinal, recorder=recorder)
            if known is not None:
                return known
        spent: int | None = 0
        retries = refusals = 0
        account: ModelError | None = None
        last: ModelError | None = None  # that is about this call and not about an account
        for gateway in self.gateways:
            if gateway.dead is not None:
                account = gateway.dead
                continue
            try:
                answer = await gateway.answer(request, ordinal=ordinal, recorder=recorder, purse=purse)
            except SENT_ON as problem:
                if isinstance(problem, AccountProblem):
                    account = problem
                else:
                    last = problem
                retries += problem.retries
                spent = None if spent is None or problem.spent_nanos is None else spent + problem.spent_nanos
                refusals += isinstance(problem, ContentRefused)
                if refusals == 2:
                    break
            except ModelError as problem:
                problem.retries += retries
                if spent is not None and problem.spent_nanos is not None:
                    problem.spent_nanos += spent
                raise
            else:
                cost = None if spent is None or answer.cost_nanos is None else answer.cost_nanos + spent
                return replace(answer, cost_nanos=cost, retries=answer.retries + retries)
        reason = last or account
        assert reason is not None
        ending = fresh(reason)
        ending.retries, ending.spent_nanos = retries, spent
        raise ending

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
