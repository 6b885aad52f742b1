"""Tallies as the ledger keeps them: JSON, added to and taken from at each commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import msgspec

from goodsmith.records import RowStatus, Tally

_MAPS = ("failures", "findings")


def exchange(total: Tally, *, take: Tally, give: Tally) -> Tally:
    """The total with one part's counters replaced by others."""
    new: dict[str, Any] = {}
    for field in fields(Tally):
        have, less, more = (getattr(tally, field.name) for tally in (total, take, give))
        new[field.name] = _exchange_map(have, less, more) if field.name in _MAPS else have - less + more
    return Tally(**new)


def count_rows(statuses: Iterable[str], error_codes: Iterable[str | None], rules: Iterable[str]) -> Tally:
    """Rows by status, failures by code, findings by rule; no money. Rows not tried count as skipped only."""
    by_status, failures, findings = ({}, {}, {})  # type: dict[str, int], dict[str, int], dict[str, int]
    for counts, names in ((by_status, statuses), (failures, error_codes), (findings, rules)):
        for name in names:
            if name:
                counts[name] = counts.get(name, 0) + 1
    tried = sum(by_status.values()) - by_status.get(RowStatus.SKIPPED, 0)
    return Tally(rows=tried, **by_status, failures=failures, findings=findings)


def to_json(tally: Tally) -> str:
    small = {field.name: value for field in fields(Tally) if (value := getattr(tally, field.name))}
    return msgspec.json.encode(small).decode()


def from_json(text: str | None) -> Tally:
    return msgspec.json.decode(text, type=Tally) if text else Tally()


def _exchange_map(have: Mapping[str, int], less: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    names = dict.fromkeys((*have, *more))
    counts = {name: have.get(name, 0) - less.get(name, 0) + more.get(name, 0) for name in names}
    return {name: count for name, count in counts.items() if count > 0}
