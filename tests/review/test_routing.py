import pytest

from goodsmith.records import Finding, RowError, RowStatus, Severity
from goodsmith.review.routing import needs_repair, route


def finding(severity, slot="title", en="too long"):
    return Finding(rule="length", severity=severity, slot=slot, en=en)


@pytest.mark.parametrize(
    ("severities", "status"),
    [
        ([], RowStatus.DONE),
        ([Severity.NOTE], RowStatus.DONE),
        ([Severity.NOTE, Severity.WARNING], RowStatus.REVIEW),
        ([Severity.ERROR], RowStatus.REVIEW),
        ([Severity.ERROR, Severity.BLOCK, Severity.NOTE], RowStatus.BLOCKED),
    ],
)
def test_the_worst_finding_decides_who_sees_a_row(severities, status):
    assert route([finding(severity) for severity in severities]) is status


def test_a_row_that_was_not_made_failed_whatever_the_checks_say():
    assert route([finding(Severity.BLOCK)], RowError(code="truncated", message="broke off")) is RowStatus.FAILED


def test_a_repair_carries_what_the_model_can_put_right_and_each_sentence_once():
    findings = [
        finding(Severity.ERROR, en="title: too long"),
        finding(Severity.ERROR, en="title: too long"),
        finding(Severity.WARNING, en="a matter for a person"),
        finding(Severity.BLOCK, en="color: not an allowed value"),
        finding(Severity.BLOCK, slot="", en="this check could not run"),
    ]
    assert needs_repair(findings) == ["title: too long", "color: not an allowed value"]
