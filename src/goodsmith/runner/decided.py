"""Results as people decided them: edits in place of what was made, rejected values withheld, whoever ran last.

An edit also counts in later runs over the same product. If what it was made from has changed since, it is withheld
until somebody looks again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from goodsmith.engines.chunks import draft_columns
from goodsmith.records import Decision, DecisionKind, Finding, Recipe, RowStatus, RunSpec, Severity, Value

if TYPE_CHECKING:
    import pyarrow as pa

    from goodsmith.store.decisions import Edited
    from goodsmith.store.ledger import Store

APPROVED: Final = "approved"  # in place of the row's own status, once every locale is decided
REJECTED: Final = "rejected"
CONTRADICTED: Final = "contradicted"
EDITED: Final = ", edited"  # behind the maker of a value that a person changed
_OWN: Final = "_gs_"


@dataclass(slots=True)
class _Row:
    """What was decided about one product."""

    values: dict[str, Value] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)  # locales whose findings a person has seen and let pass
    rejected: dict[str, Decision] = field(default_factory=dict)
    reported: dict[str, Decision] = field(default_factory=dict)  # what a platform said, which nobody has answered
    contradicted: dict[str, Edited] = field(default_factory=dict)

    def take(self, locale: str, decision: Decision) -> None:
        if decision.kind is DecisionKind.REJECT:
            self.rejected[locale] = decision
            return
        if decision.kind is DecisionKind.REPORT:
            self.reported[locale] = decision
        else:
            self.settled.add(locale)
        self.values.update(decision.edits)


def decided(batches: Iterator[pa.RecordBatch], store: Store, spec: RunSpec, recipe: Recipe) -> Iterator[pa.RecordBatch]:
    """Batches of `results.joined` with all decisions in them. A run without any passes through as it is."""
    columns = [(column, output.slot, tag) for column, output, tag in draft_columns(recipe, spec.locales)]
    tags = spec.locales or ("",)
    for batch in batches:
        rows = _rows(batch, store, spec, tags)
        yield _overlaid(batch, rows, columns, tags) if rows else batch


def _rows(batch: pa.RecordBatch, store: Store, spec: RunSpec, tags: Sequence[str]) -> dict[int, _Row]:
    """What was decided about the products of a batch, by their place in it."""
    ordinals = batch.column("_gs_ordinal").to_pylist()
    keys = batch.column("_gs_key").to_pylist()
    place = {ordinal: at for at, ordinal in enumerate(ordinals)}
    rows: dict[int, _Row] = {}
    mine = store.decisions(spec.run_id, first=min(ordinals), last=max(ordinals)) if ordinals else {}
    for (ordinal, locale), decision in mine.items():
        if ordinal in place:
            rows.setdefault(place[ordinal], _Row()).take(locale, decision)
    asked = [(key, tag) for key in dict.fromkeys(keys) if key for tag in tags]
    earlier = store.edits_elsewhere(spec, asked)
    if earlier:
        for at, (ordinal, key) in enumerate(zip(ordinals, keys, strict=True)):
            for tag in tags:
                edited = earlier.get((key, tag))
                if edited is None or (ordinal, tag) in mine:
                    continue
                row = rows.setdefault(at, _Row())
                row.values.update(edited.decision.edits)
                if edited.contradicted:
                    row.contradicted[tag] = edited
                else:
                    row.settled.add(tag)
    return rows


def _overlaid(
    batch: pa.RecordBatch, rows: Mapping[int, _Row], columns: Sequence[tuple[str, str, str]], tags: Sequence[str]
) -> pa.RecordBatch:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    names = batch.schema.names
    where = {name.removeprefix(_OWN): at for at, name in enumerate(names)}
    where |= {name: at for at, name in enumerate(names) if not name.startswith(_OWN) and f"{_OWN}{name}" not in names}
    arrays = list(batch.columns)
    edited = {name for row in rows.values() for name in row.values}
    for column, _, _ in columns:
        if column in edited:
            values = arrays[where[column]].to_pylist()
            for at, row in rows.items():
                if column in row.values:
                    value = row.values[column]
                    values[at] = list(value) if isinstance(value, tuple) else value
            arrays[where[column]] = pa.array(values, arrays[where[column]].type)
    for name, change in (("status", _status), ("findings", _findings), ("maker", _maker)):
        said = arrays[where[name]].to_pylist()
        for at, row in rows.items():
            said[at] = change(said[at], row, columns, tags)
        arrays[where[name]] = pa.array(said, pa.string())
    return pa.record_batch(arrays, schema=batch.schema)


def _status(status: str | None, row: _Row, _: Sequence[tuple[str, str, str]], tags: Sequence[str]) -> str | None:
    if row.contradicted:
        return CONTRADICTED
    if row.reported:
        return RowStatus.REVIEW.value
    if len(row.settled) + len(row.rejected) < len(tags):
        return status if not row.rejected else REJECTED  # others of its languages still wait
    return APPROVED if row.settled else REJECTED


def _findings(text: str | None, row: _Row, columns: Sequence[tuple[str, str, str]], tags: Sequence[str]) -> str | None:
    found: list[dict[str, Any]] = msgspec.json.decode(text, type=list[dict[str, Any]]) if text else []
    everywhere = row.settled >= set(tags)
    for finding in found:
        if everywhere or finding.get("locale") in row.settled:
            finding["severity"] = Severity.NOTE.value  # a person has seen it
    all_gone = len(row.rejected) == len(tags)
    for locale, decision in row.rejected.items():
        why = f": {decision.reason}" if decision.reason else ""
        found += [
            _withholding(
                "rejected",
                slot,
                tag,
                f"rejected by {decision.by}{why}",
                f"{decision.by} 已拒绝{why.replace(': ', ':')}",
            )
            for _, slot, tag in columns
            if tag == locale or (tag == "" and all_gone)
        ]
    slots = frozenset(slot for _, slot, _ in columns)
    for locale, decision in row.reported.items():
        found += reported_findings(decision, locale, slots)
    for edited in row.contradicted.values():
        by = edited.decision.by
        found += [
            _withholding(
                "contradicted",
                slot,
                tag,
                f"{by} wrote this; the source has changed since. Keep it or write it anew",
                f"此内容由 {by} 编写,之后来源数据有变化;请确认保留或重新编写",
            )
            for column, slot, tag in columns
            if column in edited.decision.edits
        ]
    return msgspec.json.encode(found).decode() if found else None


def _maker(text: str | None, row: _Row, columns: Sequence[tuple[str, str, str]], _: Sequence[str]) -> str | None:
    changed = {slot for column, slot, _ in columns if column in row.values}
    if not changed or not text:
        return text
    makers = msgspec.json.decode(text, type=dict[str, str]) if text.startswith("{") else {}
    every = {slot: makers.get(slot, "" if makers else text) for _, slot, _ in columns}
    said = {slot: f"{maker}{EDITED}" if slot in changed else maker for slot, maker in every.items() if maker}
    return msgspec.json.encode(said).decode()


def reported_findings(decision: Decision, locale: str, slots: Collection[str]) -> list[dict[str, Any]]:
    """What a platform reported, a finding for each line; one that begins with a slot's name belongs to it."""
    found = []
    for line in decision.reason.split("\n"):
        slot, colon, said = line.partition(": ")
        mine = bool(colon) and slot in slots
        finding = Finding(
            rule="platform",
            severity=Severity.ERROR,
            slot=slot if mine else "",
            locale=locale,
            en=f"{decision.by}: {said if mine else line}",
            zh=f"{decision.by}:{said if mine else line}",
        )
        found.append(msgspec.to_builtins(finding))
    return found


def _withholding(rule: str, slot: str, locale: str, en: str, zh: str) -> dict[str, Any]:
    return {
        "rule": rule,
        "severity": Severity.BLOCK.value,
        "slot": slot,
        "locale": locale,
        "en": en,
        "zh": zh,
        "start": -1,
        "end": -1,
    }
