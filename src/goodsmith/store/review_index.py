"""The review index: one narrow row for each product and locale, so that lists need no Parquet file.

It does not say where in a file a row stands: a row's part follows from its ordinal and generation, and within a part
rows are sorted by ordinal. So compaction moves files and never touches these rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from goodsmith.errors import UsageError
from goodsmith.records import Part, RowStatus
from goodsmith.store.database import Database, text
from goodsmith.store.tables import parts, rows

_DEFAULTS = {"locale": "", "category": "", "risk": 0.0, "flags": "", "cost_nanos": None}
_TEXTS = frozenset({"locale", "key", "category", "status", "flags"})
_ANEW = ", ".join(
    f"{name} = excluded.{name}" for name in ("key", "generation", "category", "status", "risk", "flags", "cost_nanos")
)
_CONFLICT = f"ON CONFLICT (run, ordinal, locale) DO UPDATE SET {_ANEW}, version = rows.version + 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRow:
    """A product in a locale, as lists show it. version is raised at each change, for edits by several people."""

    ordinal: int
    locale: str
    key: str
    part: Part  # where its texts are
    category: str
    status: RowStatus
    risk: float
    flags: str
    cost_nanos: int | None
    decision: str | None
    assignee: str | None
    lot: str | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPage:
    """Some rows, and where the next page begins; None at the end."""

    rows: tuple[IndexRow, ...]
    next: str | None


def put(
    db: Database,
    connection: sa.Connection,
    index: Mapping[str, Sequence[Any]],
    *,
    run: int,
    project: str,
    generation: int,
    replaces: Sequence[int] | None,
) -> None:
    """Write the rows of a part. replaces: ordinals that have rows already, None if there can be none.

    A decision stays with its row.
    """
    count = len(index["ordinal"])
    columns: dict[str, Sequence[Any]] = {
        name: index[name] if name in index else [default] * count
        for name, default in ({"ordinal": None, "key": None, "status": None} | _DEFAULTS).items()
    }
    for name in _TEXTS:
        columns[name] = [text(value) for value in columns[name]]
    columns["risk"] = [float(risk) for risk in columns["risk"]]
    if replaces:
        new = set(zip(columns["ordinal"], columns["locale"], strict=True))
        old = connection.execute(
            sa.select(rows.c.ordinal, rows.c.locale).where(
                rows.c.run == run, rows.c.ordinal.between(replaces[0], replaces[-1]), rows.c.decision.is_(None)
            )
        )
        mine = set(replaces)
        for ordinal, locale in [tuple(row) for row in old]:
            if ordinal in mine and (ordinal, locale) not in new:
                connection.execute(
                    sa.delete(rows).where(rows.c.run == run, rows.c.ordinal == ordinal, rows.c.locale == locale)
                )
    db.insert(
        connection,
        rows,
        columns,
        same={"run": run, "project": project, "generation": generation},
        conflict=_CONFLICT if replaces else "",
    )


def page(
    connection: sa.Connection,
    run: int,
    *,
    status: RowStatus | None,
    after: str | None,
    limit: int,
    lot: str | None = None,
    undecided: bool = False,
) -> IndexPage:
    """By ordinal and locale; with a status by risk, highest first. lot: its drawn rows only."""
    query = sa.select(rows).where(rows.c.run == run)
    if lot is not None:
        query = query.where(rows.c.lot == lot)
    if undecided:
        query = query.where(rows.c.decision.is_(None))
    place = _place(after)
    beyond = sa.tuple_(rows.c.ordinal, rows.c.locale) > sa.tuple_(*(place or (0, -1, ""))[1:])
    if status is None:
        if place:
            query = query.where(beyond)
        found = list(connection.execute(query.order_by(rows.c.ordinal, rows.c.locale).limit(limit + 1)))
    else:
        query = query.where(rows.c.status == status.value).order_by(rows.c.risk.desc(), rows.c.ordinal, rows.c.locale)
        found = []
        if place:  # two seeks in place of one OR, which no index serves
            same = query.where(rows.c.risk == place[0], beyond)
            found = list(connection.execute(same.limit(limit + 1)))
            query = query.where(rows.c.risk < place[0])
        found += connection.execute(query.limit(limit + 1 - len(found)))
    shown = found[:limit]
    return IndexPage(
        rows=_index_rows(connection, run, shown),
        next=msgspec.json.encode((shown[-1].risk, shown[-1].ordinal, shown[-1].locale)).decode()
        if len(found) > limit
        else None,
    )


def at(connection: sa.Connection, run: int, places: Sequence[tuple[int, str]]) -> list[IndexRow]:
    """The rows at these places, as far as there are any."""
    wanted = {(ordinal, text(locale)) for ordinal, locale in places}
    query = sa.select(rows).where(rows.c.run == run, rows.c.ordinal.in_({ordinal for ordinal, _ in wanted}))
    found = connection.execute(query.order_by(rows.c.ordinal, rows.c.locale))
    return list(_index_rows(connection, run, [row for row in found if (row.ordinal, row.locale) in wanted]))


def undecided(connection: sa.Connection, run: int, statuses: Sequence[str]) -> list[int]:
    """Ordinals with one of these statuses in any locale, without those that a person decided in any; sorted."""
    decided = sa.select(rows.c.ordinal).where(rows.c.run == run, rows.c.decision.is_not(None))
    kept = set(connection.execute(decided).scalars())
    found: set[int] = set()
    for status in statuses:
        wanted = sa.select(rows.c.ordinal).where(rows.c.run == run, rows.c.status == status)
        found.update(connection.execute(wanted).scalars())
    return sorted(found - kept)


def part_of(row: Any) -> Part:
    return Part(
        path=row.path, first=row.first, last=row.last, rows=row.rows, bytes=row.bytes, generation=row.generation
    )


def _place(after: str | None) -> tuple[float, int, str] | None:
    if after is None:
        return None
    try:
        return msgspec.json.decode(after, type=tuple[float, int, str])
    except msgspec.DecodeError as problem:
        raise UsageError(f"{after!r} is not the `next` of a page") from problem


def _parts(connection: sa.Connection, run: int, shown: Sequence[Any]) -> dict[int, Part]:
    """The part of each row: of the row's own generation, or after its compaction of generation 0."""
    known: list[Part] = []
    found: dict[int, Part] = {}
    for row in shown:
        for generation in dict.fromkeys((row.generation, 0)):
            part = next((part for part in known if _holds(part, generation, row.ordinal)), None)
            if part is None:
                nearest = (
                    sa.select(parts)
                    .where(parts.c.run == run, parts.c.generation == generation, parts.c.first <= row.ordinal)
                    .order_by(parts.c.first.desc())
                    .limit(1)
                )
                line = connection.execute(nearest).first()
                if line is None or not _holds(part_of(line), generation, row.ordinal):
                    continue
                part = part_of(line)
                known.append(part)
            found[row.ordinal] = part
            break
    return found


def _index_rows(connection: sa.Connection, run: int, shown: Sequence[Any]) -> tuple[IndexRow, ...]:
    where = _parts(connection, run, shown)
    return tuple(
        IndexRow(
            ordinal=row.ordinal,
            locale=row.locale,
            key=row.key,
            part=where[row.ordinal],
            category=row.category,
            status=RowStatus(row.status),
            risk=row.risk,
            flags=row.flags,
            cost_nanos=row.cost_nanos,
            decision=row.decision,
            assignee=row.assignee,
            lot=row.lot,
            version=row.version,
        )
        for row in shown
    )


def _holds(part: Part, generation: int, ordinal: int) -> bool:
    return part.generation == generation and part.first <= ordinal <= part.last
