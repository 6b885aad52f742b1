"""Who sees a row next, decided from its findings."""

from __future__ import annotations

from collections.abc import Sequence

from goodsmith.records import Finding, RowError, RowStatus, Severity


def route(findings: Sequence[Finding], error: RowError | None = None) -> RowStatus:
    """A finding that blocks withholds the row, a warning or an error brings a person in, a note does not."""
    if error is not None:
        return RowStatus.FAILED
    severities = {finding.severity for finding in findings}
    if Severity.BLOCK in severities:
        return RowStatus.BLOCKED
    if severities & {Severity.ERROR, Severity.WARNING}:
        return RowStatus.REVIEW
    return RowStatus.DONE


def needs_repair(findings: Sequence[Finding]) -> list[str]:
    """What a repair request should carry, each sentence once: what the model itself can put right.

    A finding without a slot says that a check could not run; asking again would not help that.
    """
    mendable = {Severity.ERROR, Severity.BLOCK}
    return list(dict.fromkeys(finding.en for finding in findings if finding.severity in mendable and finding.slot))
