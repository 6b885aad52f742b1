"""Lots: rows of a run that are released together because of what reading a random part of them has shown."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from goodsmith.errors import UnknownName
from goodsmith.records import DecisionKind, RowStatus
from goodsmith.store.database import Database, text
from goodsmith.store.tables import decisions, lots, rows

_AT_ONCE: Final = 500  # rows in one statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """A lot as the ledger knows it. plan: how it was drawn and what it is to show, as plain values."""

    lot: str
    run: int
    plan: Mapping[str, Any]
    created: float  # Unix seconds
    by: str
    certificate: Mapping[str, Any] | None  # once it is signed


@dataclass(frozen=True, slots=True, kw_only=True)
class LotCounts:
    """What has been read of a lot's drawn rows. wrong: rejected, or edited where edits count."""

    drawn: int
    read: int
    approved: int
    edited: int
    rejected: int


def population(connection: sa.Connection, run: int, *, category: str | None, locale: str | None) -> int:
    """How many rows could be drawn: made without a finding, undecided, in no lot yet."""
    return int(connection.execute(sa.select(sa.func.count()).where(*_drawable(run, category, locale))).scalar_one())


def by_category(connection: sa.Connection, run: int) -> list[tuple[str, int]]:
    """The same for each category, the largest first."""
    count = sa.func.count().label("rows")
    found = connection.execute(
        sa.select(rows.c.category, count)
        .where(*_drawable(run, None, None))
        .group_by(rows.c.category)
        .order_by(count.desc(), rows.c.category)
    )
    return [(row.category, row.rows) for row in found]


def draw(
    db: Database,
    connection: sa.Connection,
    lot: str,
    *,
    run: int,
    project: str,
    rows_wanted: int,
    seed: int,
    category: str | None,
    locale: str | None,
    plan: Mapping[str, Any],
    by: str,
) -> int:
    """Draw random rows into a lot; every row has the same chance, whatever its risk. How many were drawn."""
    wanted = _drawable(run, category, locale)
    of = int(connection.execute(sa.select(sa.func.count()).where(*wanted)).scalar_one())
    places = set(random.Random(seed).sample(range(of), min(rows_wanted, of)))
    every = connection.execute(
        sa.select(rows.c.ordinal, rows.c.locale)
        .where(*wanted)
        .order_by(rows.c.ordinal, rows.c.locale)
        .execution_options(yield_per=10_000)
    )
    chosen = [row for place, row in enumerate(every) if place in places]
    mark = (
        sa.update(rows)
        .where(
            rows.c.run == run,
            rows.c.ordinal == sa.bindparam("its_ordinal"),
            rows.c.locale == sa.bindparam("its_locale"),
        )
        .values(lot=lot)
    )
    for start in range(0, len(chosen), _AT_ONCE):
        some = chosen[start : start + _AT_ONCE]
        connection.execute(mark, [{"its_ordinal": row.ordinal, "its_locale": row.locale} for row in some])
    connection.execute(
        sa.insert(lots).values(
            project=project,
            run=run,
            lot=lot,
            plan=msgspec.json.encode(dict(plan) | {"drawn": len(chosen), "of": of}).decode(),
            created=connection.execute(sa.select(db.now())).scalar_one(),
            actor=text(by),
        )
    )
    return len(chosen)


def get(connection: sa.Connection, lot: str, project: str) -> Lot:
    """A lot by its name. Raises UnknownName."""
    found = connection.execute(sa.select(lots).where(lots.c.lot == lot, lots.c.project == project)).first()
    if found is None:
        known = connection.execute(
            sa.select(lots.c.lot).where(lots.c.project == project).order_by(lots.c.number.desc()).limit(20)
        ).scalars()
        raise UnknownName("lot", lot, known, kind_zh="批次")
    return _lot(found)


def of_run(connection: sa.Connection, run: int) -> list[Lot]:
    """The lots of a run, oldest first."""
    return [_lot(row) for row in connection.execute(sa.select(lots).where(lots.c.run == run).order_by(lots.c.number))]


def counts(connection: sa.Connection, run: int, lot: str) -> LotCounts:
    """How far a lot has been read."""
    found = connection.execute(
        sa.select(rows.c.decision, sa.func.count())
        .where(rows.c.run == run, rows.c.lot == lot)
        .group_by(rows.c.decision)
    )
    by_kind: dict[str | None, int] = {kind: count for kind, count in found}  # noqa: C416 - rows are no pairs to mypy
    approved, edited, rejected = (
        by_kind.get(kind.value, 0) for kind in (DecisionKind.APPROVE, DecisionKind.EDIT, DecisionKind.REJECT)
    )
    return LotCounts(
        drawn=sum(by_kind.values()),
        read=approved + edited + rejected,
        approved=approved,
        edited=edited,
        rejected=rejected,
    )


def readers(connection: sa.Connection, run: int, lot: str) -> dict[str, int]:
    """Who has decided how many rows of a lot."""
    found = connection.execute(
        sa.select(decisions.c.actor, sa.func.count(sa.distinct(decisions.c.ordinal)))
        .join(rows, sa.and_(rows.c.run == decisions.c.run, rows.c.ordinal == decisions.c.ordinal))
        .where(rows.c.run == run, rows.c.lot == lot, rows.c.locale == decisions.c.locale)
        .group_by(decisions.c.actor)
        .order_by(decisions.c.actor)
    )
    return {actor: count for actor, count in found}  # noqa: C416 - rows are no pairs to mypy


def sign(connection: sa.Connection, lot: str, certificate: Mapping[str, Any]) -> None:
    """Keep the certificate with the lot. A lot is signed once."""
    connection.execute(
        sa.update(lots)
        .where(lots.c.lot == lot, lots.c.certificate.is_(None))
        .values(certificate=msgspec.json.encode(dict(certificate)).decode())
    )


def _drawable(run: int, category: str | None, locale: str | None) -> Sequence[Any]:
    wanted = [rows.c.run == run, rows.c.status == RowStatus.DONE.value, rows.c.lot.is_(None), rows.c.decision.is_(None)]
    if category is not None:
        wanted.append(rows.c.category == text(category))
    if locale is not None:
        wanted.append(rows.c.locale == text(locale))
    return wanted


def _lot(row: Any) -> Lot:
    return Lot(
        lot=row.lot,
        run=row.run,
        plan=msgspec.json.decode(row.plan),
        created=row.created,
        by=row.actor,
        certificate=None if row.certificate is None else msgspec.json.decode(row.certificate),
    )
