"""What people decided about rows: a list that only grows, of which the last entry for a row counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import sqlalchemy as sa

from goodsmith.records import Decision, DecisionKind, RowStatus, RunSpec, Value
from goodsmith.store import heads
from goodsmith.store.database import Database, text
from goodsmith.store.tables import decisions, rows

_ORDER = (decisions.c.run, decisions.c.ordinal, decisions.c.locale, decisions.c.number)  # as the index has it
_OPEN = frozenset({DecisionKind.REOPEN, DecisionKind.REPORT})  # after these a row is undecided
RowPlace = tuple[int, str]  # ordinal and locale


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A decision that was not taken. version: of the row as it is now, None if the run has no such row."""

    decision: Decision
    version: int | None
    by: str = ""  # who changed the row in the meantime


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A value that a person wrote in an earlier run. contradicted: what it was made from has changed since."""

    decision: Decision
    contradicted: bool


def put(
    db: Database, connection: sa.Connection, new: Sequence[Decision], *, run: int, project: str, spec: RunSpec
) -> list[Late]:
    """Take decisions; those that were made on another version of their row are given back, and change nothing."""
    now = connection.execute(sa.select(db.now())).scalar_one()
    late: list[Late] = []
    for decision in new:
        mine = (rows.c.run == run, rows.c.ordinal == decision.ordinal, rows.c.locale == text(decision.locale))
        seen = () if decision.version is None else (rows.c.version == decision.version,)
        kept = None if decision.kind in _OPEN else decision.kind.value
        waits = {"status": RowStatus.REVIEW.value} if decision.kind is DecisionKind.REPORT else {}
        moved = connection.execute(
            sa.update(rows)
            .where(*mine, *seen)
            .values(decision=kept, version=rows.c.version + 1, **waits)
            .returning(rows.c.key)
        ).first()
        if moved is None:
            version = connection.execute(sa.select(rows.c.version).where(*mine)).scalar()
            last = latest(connection, run, at=(decision.ordinal, decision.locale)).values()
            late.append(Late(decision=decision, version=version, by=next((one.by for one in last), "")))
            continue
        connection.execute(
            sa.insert(decisions).values(
                project=project,
                run=run,
                ordinal=decision.ordinal,
                locale=text(decision.locale),
                kind=decision.kind.value,
                actor=text(decision.by),
                reason=text(decision.reason),
                edits=msgspec.json.encode(dict(decision.edits)).decode(),
                at=decision.at or now,
            )
        )
        heads.decide(connection, decision, moved.key, run=run, project=project, spec=spec, now=now)
    return late


def latest(
    connection: sa.Connection, run: int, *, first: int = 0, last: int | None = None, at: RowPlace | None = None
) -> dict[RowPlace, Decision]:
    """What counts now, for the rows first to last that a person decided, or for one row.

    An approval after an edit approves the edit, which stays; reopening a row forgets both. What a platform reports
    leaves edits as they are; several reports that nobody has answered stand in one reason, a line each.
    """
    wanted = [decisions.c.run == run]
    if at is not None:
        wanted += [decisions.c.ordinal == at[0], decisions.c.locale == text(at[1])]
    else:
        wanted.append(decisions.c.ordinal >= first)
        if last is not None:
            wanted.append(decisions.c.ordinal <= last)
    found = connection.execute(sa.select(decisions).where(*wanted).order_by(*_ORDER))
    return _folded(_decision(row) for row in found)


def history(connection: sa.Connection, run: int, ordinal: int, locale: str) -> list[Decision]:
    """All that was decided about a row, oldest first."""
    found = connection.execute(
        sa.select(decisions)
        .where(decisions.c.run == run, decisions.c.ordinal == ordinal, decisions.c.locale == text(locale))
        .order_by(decisions.c.number)
    )
    return [_decision(row) for row in found]


def _folded(entries: Iterable[Decision]) -> dict[RowPlace, Decision]:
    counts: dict[RowPlace, Decision] = {}
    for entry in entries:
        place = (entry.ordinal, entry.locale)
        if entry.kind is DecisionKind.REOPEN:
            counts.pop(place, None)
            continue
        before: Mapping[str, Value] = counts[place].edits if place in counts else {}
        if entry.kind is DecisionKind.REPORT and place in counts and counts[place].kind is DecisionKind.REPORT:
            entry = replace(entry, reason=f"{counts[place].reason}\n{entry.reason}")  # noqa: PLW2901
        counts[place] = replace(entry, edits={**before, **entry.edits}) if before else entry
    return counts


def _decision(row: Any) -> Decision:
    edits = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in msgspec.json.decode(row.edits).items()
    }
    return Decision(
        ordinal=row.ordinal,
        locale=row.locale,
        kind=DecisionKind(row.kind),
        by=row.actor,
        reason=row.reason,
        edits=edits,
        at=row.at,
    )
