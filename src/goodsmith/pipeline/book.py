"""What one row has cost so far: calls, tokens, money, also of calls that brought no answer."""

from __future__ import annotations

from collections.abc import Sequence

from goodsmith.errors import GoodsmithError, ModelError
from goodsmith.records import Answer, RouteStep


class Book:
    """Calls, tokens and money of one row. cost_nanos None: a price is unknown."""

    __slots__ = (
        "cached",
        "cached_input_tokens",
        "cached_output_tokens",
        "calls",
        "cost_nanos",
        "input_tokens",
        "latency_s",
        "output_tokens",
        "prefix_tokens",
        "repairs",
        "retries",
        "ways",
    )

    def __init__(self) -> None:
        self.calls = self.cached = self.repairs = self.retries = 0
        self.input_tokens = self.output_tokens = self.cached_input_tokens = self.cached_output_tokens = 0
        self.prefix_tokens = 0
        self.latency_s = 0.0
        self.cost_nanos: int | None = 0
        self.ways: list[str] = []  # of the calls that were not answered by the first model at once

    def enter(self, answer: Answer) -> None:
        if answer.from_cache:
            self.cached += 1
            if answer.usage:
                self.cached_input_tokens += answer.usage.input_tokens
                self.cached_output_tokens += answer.usage.output_tokens
            self._pay(answer.cost_nanos)  # of models that were asked in vain before
            return
        self.calls += 1
        self.retries += answer.retries
        self.latency_s += answer.latency_s
        if answer.usage:
            self.input_tokens += answer.usage.input_tokens
            self.output_tokens += answer.usage.output_tokens
            self.prefix_tokens += answer.usage.cached_tokens
        self._pay(answer.cost_nanos)

    def enter_failure(self, problem: GoodsmithError) -> None:
        """A call that brought no answer can have cost money all the same."""
        if isinstance(problem, ModelError):
            self.retries += problem.retries
            self._pay(problem.spent_nanos)

    def note_way(self, where: str, steps: Sequence[RouteStep]) -> None:
        """Remember which models were tried, and how each ended: `title en-US: a/x rate_limited → b/y ok`."""
        if steps:
            said = (
                f"{step.model} {step.outcome}" + (f" ×{step.retries + 1}" if step.retries else "") for step in steps
            )
            self.ways.append(f"{where}: {' → '.join(said)}")

    def _pay(self, nanos: int | None) -> None:
        self.cost_nanos = None if nanos is None or self.cost_nanos is None else self.cost_nanos + nanos
