"""2 WHICH: the products that a run takes (圈品): a filter, a sample, an order, frozen into a snapshot."""

from __future__ import annotations

from goodsmith.selection.changes import Change, Changes, only_changed
from goodsmith.selection.choosing import (
    Count,
    Selection,
    all_products,
    count,
    count_groups,
    distinct,
    first_products,
    grouped_batches,
)
from goodsmith.selection.filters import compile_where, fields_of, quoted
from goodsmith.selection.snapshot import Keep, write_snapshot

__all__ = [
    "Change",
    "Changes",
    "Count",
    "Keep",
    "Selection",
    "all_products",
    "compile_where",
    "count",
    "count_groups",
    "distinct",
    "fields_of",
    "first_products",
    "grouped_batches",
    "only_changed",
    "quoted",
    "write_snapshot",
]
