"""What the tests of the checks share: a row as a recipe makes it, and one call that runs one check on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from goodsmith.base.locales import parse_locale
from goodsmith.checks import open_checks, run_checks
from goodsmith.records import Draft, OutputSpec

_SPECS = {
    "title": {"max": 60, "unit": "half_width"},
    "points": {"type": "list"},
    "description": {},
}


@pytest.fixture
def check():
    """check("length", {"title": "…"}) -> findings; outputs: slot -> what its OutputSpec says."""

    def run(
        names: str,
        values: Mapping[str, Any],
        *,
        outputs: Mapping[str, Mapping[str, Any]] | None = None,
        fields: Mapping[str, str] | None = None,
        locale: str | None = "zh-CN",
        maker: str = "openai/some-model",
    ):
        specs = {
            slot: OutputSpec(
                slot=slot,
                **(
                    (outputs or {}).get(slot)
                    or _SPECS.get(slot)
                    or ({"type": "list"} if isinstance(value, tuple) else {})
                ),
            )
            for slot, value in {**dict.fromkeys(outputs or {}), **values}.items()
        }
        drafts = [Draft(slot=slot, locale=locale or "", value=value, maker=maker) for slot, value in values.items()]
        known = parse_locale(locale) if locale else None
        return run_checks(open_checks(names.split()), drafts, outputs=specs, fields=fields or {}, locale=known)

    return run
