"""A batch of results as an export sees it: source texts, values that may leave, and what is said about them."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from goodsmith.base.receipts import unpack_receipts
from goodsmith.export.plan import ExportPlan
from goodsmith.records import Receipt, RowStatus, Severity

if TYPE_CHECKING:
    import pyarrow as pa

SLICE_ROWS = 2_000  # what is turned into Python objects at once, so that memory does not follow the batches
_NOT_MADE = frozenset({RowStatus.FAILED, RowStatus.SKIPPED})
_DECIDED = frozenset({"approved", "rejected", "contradicted"})  # by a person: see runner/decided.py
_SEPARATOR = "\x1f"  # unit separator: no spreadsheet cell shows it


def row_hash(texts: Iterable[str]) -> str:
    """16 hex digits that change when a text of the row does: BLAKE2b over the texts, joined by U+001F."""
    return _digest(_SEPARATOR.join(texts))


def sliced(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of at most SLICE_ROWS."""
    for batch in batches:
        for start in range(0, batch.num_rows, SLICE_ROWS):
            yield batch.slice(start, SLICE_ROWS)


class Rows:
    """One batch: `_gs_*` columns, the source columns, then the columns of the parts.

    A column of the parts may be called `_gs_status` where the source has a `status` of its own.
    """

    def __init__(self, batch: pa.RecordBatch, plan: ExportPlan) -> None:
        names = batch.schema.names
        first = next((place for place, name in enumerate(names) if not name.startswith("_gs_")), len(names))
        last = first + len(plan.source.columns)
        expected = [column.name for column in plan.source.columns]
        if names[first:last] != expected:
            raise ValueError(f"the rows' source columns are {names[first:last]}, the plan's are {expected}")
        self.count: int = batch.num_rows
        self.source: list[pa.Array] = batch.columns[first:last]
        self._batch, self._plan = batch, plan
        places = [(name, place) for place, name in enumerate(names) if not first <= place < last]
        self._places = {name.removeprefix("_gs_") if place >= last else name: place for name, place in places}

    def part(self, first: int, count: int) -> Rows:
        """Some of the rows, as a batch of their own."""
        return Rows(self._batch.slice(first, count), self._plan)

    def has(self, name: str) -> bool:
        return name in self._places

    def array(self, name: str) -> pa.Array:
        """A column of ours or of the parts. Raises ValueError if the rows do not have it."""
        if name not in self._places:
            raise ValueError(f"the rows have no column {name!r}; they have {', '.join(self._places)}")
        return self._batch.column(self._places[name])

    def values(self, name: str) -> list[Any]:
        listed: list[Any] = self.array(name).to_pylist()
        return listed

    @cached_property
    def statuses(self) -> list[str]:
        """A row that no part has yet counts as not tried."""
        return [status or RowStatus.SKIPPED.value for status in self.values("status")]

    @cached_property
    def findings(self) -> list[list[dict[str, Any]]]:
        return [
            msgspec.json.decode(text, type=list[dict[str, Any]]) if text and text != "[]" else []
            for text in self.values("findings")
        ]

    @cached_property
    def receipts(self) -> list[list[Receipt]]:
        """Of runs without a check of facts, and of older ones: none."""
        if not self.has("receipts"):
            return [[] for _ in range(self.count)]
        return [unpack_receipts(text) for text in self.values("receipts")]

    def withheld(self, slot: str, locale: str) -> list[bool] | None:
        """Per row, whether the value may not leave: not made, or a check blocks it. None: all may."""
        if not self._partial:
            return None
        mask = [False] * self.count
        for place, blocked in self._partial.items():
            mask[place] = blocked is None or (slot, locale) in blocked or (slot, "") in blocked
        return mask

    def slot_values(self, part: str, slot: str, locale: str) -> list[Any]:
        """The values that may leave, None for the others."""
        values = self.values(part)
        mask = self.withheld(slot, locale)
        if mask is None:
            return values
        return [None if hidden else value for value, hidden in zip(values, mask, strict=True)]

    def source_hashes(self) -> list[str]:
        """`row_hash` of the source columns; an empty cell counts as an empty text."""
        import pyarrow.compute as pc  # noqa: PLC0415 (heavy)

        if not self.source:
            return [row_hash(())] * self.count
        joined = pc.binary_join_element_wise(*self.source, _SEPARATOR, null_handling="replace", null_replacement="")
        return [_digest(text) for text in joined.to_pylist()]

    @cached_property
    def _partial(self) -> dict[int, frozenset[tuple[str, str]] | None]:
        """Rows that do not show all: place -> withheld (slot, locale), None for the whole row."""
        partial: dict[int, frozenset[tuple[str, str]] | None] = {}
        for place, status in enumerate(self.statuses):
            if status in _NOT_MADE:
                partial[place] = None
            elif status in _DECIDED:
                partial[place] = _blocked(self.findings[place]) or frozenset()
            elif status == RowStatus.BLOCKED and not self._plan.show_blocked:
                partial[place] = _blocked(self.findings[place])
        return partial


def by_maker(text: str | None) -> dict[str, list[str]]:
    """Maker -> the slots it made, from the parts' `maker`; no slots: it made all of them."""
    if not text:
        return {}
    if not text.startswith("{"):
        return {text: []}
    makers: dict[str, list[str]] = defaultdict(list)
    for slot, maker in msgspec.json.decode(text, type=dict[str, str]).items():
        makers[maker].append(slot)
    return dict(makers) if len(makers) > 1 else {maker: [] for maker in makers}


def _blocked(findings: Sequence[dict[str, Any]]) -> frozenset[tuple[str, str]] | None:
    """What the blocking findings withhold. None: the row as a whole, also when a check could not run."""
    places = {
        (finding.get("slot") or "", finding.get("locale") or "")
        for finding in findings
        if finding.get("severity") == Severity.BLOCK
    }
    return None if not places or any(not slot for slot, _ in places) else frozenset(places)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
