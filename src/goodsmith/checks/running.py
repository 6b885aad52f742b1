"""Runs checks over the drafts of one product in one locale."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from goodsmith.checks.texts import Drafts
from goodsmith.errors import CheckUnavailable, GoodsmithError
from goodsmith.protocols import Check
from goodsmith.records import Draft, Fields, Finding, Locale, Looked, OutputSpec, Receipt, Severity

log = logging.getLogger(__name__)


def run_checks(
    checks: Iterable[Check],
    drafts: Sequence[Draft],
    *,
    outputs: Mapping[str, OutputSpec],
    fields: Fields,
    locale: Locale | None,
) -> tuple[Finding, ...]:
    """What the checks found, in their order."""
    return look(checks, drafts, outputs=outputs, fields=fields, locale=locale).findings


def look(
    checks: Iterable[Check],
    drafts: Sequence[Draft],
    *,
    outputs: Mapping[str, OutputSpec],
    fields: Fields,
    locale: Locale | None,
) -> Looked:
    """What the checks found and what they saw. One that raises becomes a finding that blocks, without a slot."""
    findings: list[Finding] = []
    receipts: list[Receipt] = []
    read = Drafts(drafts, outputs)
    for check in checks:
        try:
            for said in check(read, outputs=outputs, fields=fields, locale=locale):
                if type(said) is Finding:
                    findings.append(said)
                else:
                    receipts.append(cast("Receipt", said))
        except Exception as error:  # noqa: BLE001  whatever goes wrong in a check must not pass the row
            log.warning(
                "the check %s could not run: %s",
                check.name,
                error,
                extra={"event": "check_failed", "check": check.name},
            )
            findings.append(could_not_run(check.name, error, locale=locale.tag if locale else ""))
    return Looked(findings=tuple(findings), receipts=tuple(receipts))


def could_not_run(name: str, error: Exception, *, locale: str) -> Finding:
    """The finding for a check that did not come to a verdict. It is about no slot, and no model can mend it."""
    why = error if isinstance(error, GoodsmithError) else CheckUnavailable(f"{type(error).__name__}: {error}"[:300])
    return Finding(
        rule=name,
        severity=Severity.BLOCK,
        slot="",
        locale=locale,
        en=f"this check could not run: {why.en}",
        zh=f"此项检查未能运行:{why.say('zh')}",
    )
