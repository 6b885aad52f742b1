"""Add up tallies."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import Any

from goodsmith.records import Tally


def add(*tallies: Tally) -> Tally:
    """The sum, counter by counter."""
    total: dict[str, Any] = {}
    for field in fields(Tally):
        values = [getattr(tally, field.name) for tally in tallies]
        if field.name in {"failures", "findings"}:
            merged: Counter[str] = Counter()
            for value in values:
                merged.update(value)
            total[field.name] = dict(merged)
        else:
            total[field.name] = sum(values)
    return Tally(**total)
