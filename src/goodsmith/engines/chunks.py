"""A chunk while it is being made: its products, its results, and what is handed back when it is done."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodsmith.base.receipts import pack_receipts
from goodsmith.engines.snapshot import Snapshot
from goodsmith.engines.tallies import Counts
from goodsmith.records import (
    Chunk,
    ChunkDone,
    Finding,
    OutputSpec,
    Product,
    Recipe,
    RowResult,
    RowStatus,
    RunSpec,
    Severity,
    TokenSums,
)
from goodsmith.store.journal import Journal
from goodsmith.store.parts import write_part
from goodsmith.store.pending import Mirror
from goodsmith.store.shared import SharedFolder

if TYPE_CHECKING:
    import pyarrow as pa

WITH_OUTPUT = frozenset({RowStatus.DONE, RowStatus.REVIEW})
RISK = {Severity.NOTE: 0, Severity.WARNING: 1, Severity.ERROR: 2, Severity.BLOCK: 3}


class OpenChunk:
    """The rows of one chunk, those that are made and those that are not."""

    def __init__(
        self,
        chunk: Chunk,
        snapshot: Snapshot,
        *,
        spec: RunSpec,
        recipe: Recipe,
        folder: Path,
        shared: SharedFolder | None = None,
        mirror: Mirror | None = None,
    ) -> None:
        self.chunk = chunk
        self._shared = shared
        self._spec, self._recipe, self._folder = spec, recipe, folder
        self.products = tuple(snapshot.products(chunk))
        self.journal = Journal.open(folder, chunk.number, chunk.attempt, mirror=mirror)
        self._results: dict[int, RowResult] = {}

    @property
    def complete(self) -> bool:
        return len(self._results) == len(self.products)

    @property
    def started(self) -> bool:
        return bool(self._results)

    def add(self, result: RowResult) -> None:
        self._results[result.ordinal] = result

    def families(self) -> Iterator[list[Product]]:
        """Products one by one; neighbours of one family together."""
        group: list[Product] = []
        for product in self.products:
            if group and not (product.family and product.family == group[0].family):
                yield group
                group = []
            group.append(product)
        if group:
            yield group

    def finish(self, learnt: tuple[TokenSums, ...] = ()) -> ChunkDone:
        """Write the part. Rows that were not made are in it as skipped, and the chunk is not final.

        learnt: handed on with it.
        """
        final = self.complete
        rows = [self._results.get(product.ordinal) or _skipped(product) for product in self.products]
        categories = [product.fields.get(self._spec.category_column or "", "") for product in self.products]
        table = result_table(rows, categories, self._recipe, self._spec)
        part = write_part(self._folder, self.chunk, table, shared=self._shared)
        self.journal.close()
        counts = Counts()
        for row in rows:
            counts.add(row)
        return ChunkDone(
            chunk=self.chunk,
            part=part,
            tally=counts.tally(maybe_paid_twice=self.journal.maybe_paid_twice, learnt=learnt),
            index=_index(rows, categories, self._spec),
            heads=_heads(rows),
            final=final,
            token_sums=learnt,
        )

    def abandon(self) -> None:
        """Write nothing: another process may have the chunk by now, or nothing was made."""
        self.journal.close()


def draft_columns(recipe: Recipe, locales: Sequence[str]) -> list[tuple[str, OutputSpec, str]]:
    """(column, output, locale) of every draft that the recipe makes, in the recipe's order."""
    found: list[tuple[str, OutputSpec, str]] = []
    for step in recipe.steps:
        tags = locales if step.per_locale and locales else [""]
        found += [
            (f"{output.slot}@{tag}" if tag else output.slot, output, tag) for tag in tags for output in step.outputs
        ]
    return found


def result_table(rows: Sequence[RowResult], categories: Sequence[str], recipe: Recipe, spec: RunSpec) -> pa.Table:
    """The rows of a part. Without rows: its schema."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    types = {"list": pa.list_(pa.string()), "number": pa.float64(), "integer": pa.int64(), "boolean": pa.bool_()}
    made = [
        {f"{draft.slot}@{draft.locale}" if draft.locale else draft.slot: draft for draft in row.drafts} for row in rows
    ]
    columns: dict[str, pa.Array] = {
        "ordinal": pa.array([row.ordinal for row in rows], pa.int64()),
        "key": pa.array([row.key for row in rows], pa.string()),
        "source_row": pa.array([row.source_row for row in rows], pa.int64()),
        "family": pa.array([row.family for row in rows], pa.string()),
        "category": pa.array(categories, pa.string()),
        "status": pa.array([row.status.value for row in rows], pa.string()),
    }
    for name, output, _ in draft_columns(recipe, spec.locales):
        values = [drafts[name].value if name in drafts else None for drafts in made]
        columns[name] = pa.array(values, types.get(output.type, pa.string()))
    columns |= {
        "findings": pa.array([_findings(row.findings) for row in rows], pa.string()),
        "receipts": pa.array([pack_receipts(row.receipts) for row in rows], pa.string()),
        "maker": pa.array([_maker(row) for row in rows], pa.string()),
        "error_code": pa.array([row.error.code if row.error else None for row in rows], pa.string()),
        "error": pa.array([row.error.message if row.error else None for row in rows], pa.string()),
        **{
            name: pa.array([getattr(row, name) for row in rows], pa.int64())
            for name in (
                "calls",
                "cached_calls",
                "retries",
                "repairs",
                "input_tokens",
                "output_tokens",
                "cost_nanos",
                "prefix_tokens",
                "cached_input_tokens",
                "cached_output_tokens",
            )
        },
        "latency_s": pa.array([row.latency_s for row in rows], pa.float64()),
        "route": pa.array([row.route or None for row in rows], pa.string()),
        "inputs_hash": pa.array(["".join(row.inputs_hashes.values())[:32] for row in rows], pa.string()),
    }
    return pa.table(columns)


def _skipped(product: Product) -> RowResult:
    return RowResult(
        ordinal=product.ordinal,
        key=product.key,
        status=RowStatus.SKIPPED,
        source_row=product.source_row,
        family=product.family,
    )


def _findings(findings: Sequence[Finding]) -> str | None:
    if not findings:
        return None
    return json.dumps(
        [
            {
                "rule": finding.rule,
                "severity": finding.severity.value,
                "slot": finding.slot,
                "locale": finding.locale,
                "en": finding.en,
                "zh": finding.zh,
                "start": finding.start,
                "end": finding.end,
            }
            for finding in findings
        ],
        ensure_ascii=False,
    )


def _maker(row: RowResult) -> str | None:
    makers = {draft.slot: draft.maker for draft in row.drafts if draft.value is not None}
    different = set(makers.values())
    if len(different) <= 1:
        return next(iter(different), None)
    return json.dumps(makers, ensure_ascii=False)


def _index(rows: Sequence[RowResult], categories: Sequence[str], spec: RunSpec) -> dict[str, list[Any]]:
    """The narrow review rows: one per product and locale."""
    names = ("ordinal", "locale", "key", "category", "status", "risk", "flags", "cost_nanos")
    lines = [
        (
            row.ordinal,
            tag,
            row.key,
            category,
            row.status.value,
            max((RISK[finding.severity] for finding in mine), default=0),
            ",".join(sorted({finding.rule for finding in mine})),
            row.cost_nanos if place == 0 else 0,
        )
        for row, category in zip(rows, categories, strict=True)
        for place, tag in enumerate(spec.locales or ("",))
        for mine in ([finding for finding in row.findings if finding.locale in {"", tag}],)
    ]
    return {name: list(column) for name, column in zip(names, zip(*lines, strict=True), strict=True)}


def _heads(rows: Sequence[RowResult]) -> dict[str, list[Any]]:
    names = ("key", "locale", "inputs_hash", "ordinal", "status", "maker")
    lines = [
        (row.key, tag, digest, row.ordinal, row.status.value, _maker(row) or "")
        for row in rows
        if row.status in WITH_OUTPUT and row.key
        for tag, digest in row.inputs_hashes.items()
    ]
    return {name: [line[place] for line in lines] for place, name in enumerate(names)}
