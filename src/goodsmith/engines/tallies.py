"""Count made rows, and add up what was counted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from goodsmith.records import RowResult, RowStatus, Tally, TokenSums
from goodsmith.store.counters import exchange


class Counts:
    """Running totals of rows. A row that was not tried counts as skipped and as nothing else."""

    __slots__ = ("failures", "findings", "latency_s", "total")

    def __init__(self) -> None:
        self.total: dict[str, int] = {}
        self.failures: dict[str, int] = {}
        self.findings: dict[str, int] = {}
        self.latency_s = 0.0

    def add(self, row: RowResult) -> None:
        total = self.total
        for name, amount in (
            ("rows", int(row.status is not RowStatus.SKIPPED)),
            (row.status.value, 1),
            ("calls", row.calls),
            ("cached_calls", row.cached_calls),
            ("retries", row.retries),
            ("repairs", row.repairs),
            ("input_tokens", row.input_tokens),
            ("output_tokens", row.output_tokens),
            ("prefix_tokens", row.prefix_tokens),
            ("cost_nanos", row.cost_nanos or 0),
            ("cost_unknown_calls", row.calls if row.cost_nanos is None else 0),
        ):
            if amount:
                total[name] = total.get(name, 0) + amount
        self.latency_s += row.latency_s
        if row.error:
            self.failures[row.error.code] = self.failures.get(row.error.code, 0) + 1
        for finding in row.findings:
            self.findings[finding.rule] = self.findings.get(finding.rule, 0) + 1

    def tally(
        self,
        *,
        wait_s: float = 0.0,
        work_s: float = 0.0,
        maybe_paid_twice: int = 0,
        learnt: Sequence[TokenSums] = (),
    ) -> Tally:
        return Tally(
            **self.total,
            latency_s=self.latency_s,
            measured_tokens=round(sum(sums.tokens for sums in learnt)),
            estimated_tokens=round(sum(sums.estimated for sums in learnt)),
            wait_s=wait_s,
            work_s=work_s,
            maybe_paid_twice=maybe_paid_twice,
            failures=dict(self.failures),
            findings=dict(self.findings),
        )


def add(*tallies: Tally) -> Tally:
    """The sum, counter by counter."""
    return reduce(lambda total, more: exchange(total, take=Tally(), give=more), tallies, Tally())
