"""For all tests: under CI a test that skips has failed, because a part of the machine is missing."""

import os

import pytest

PRIVILEGE = "no small disk can be mounted here"  # only root may; a machine without it is not incomplete


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Turn skips into failures under CI, but for expected failures and what only root may do."""
    outcome = yield
    report = outcome.get_result()
    under_ci = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
    if under_ci and report.skipped and not hasattr(report, "wasxfail") and PRIVILEGE not in str(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and under CI nothing may be missing: {report.longrepr}"
