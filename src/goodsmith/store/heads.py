"""Heads: for each product and locale of a recipe, which run made the value that counts, and from what inputs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from goodsmith.records import Decision, DecisionKind, RowStatus, RunSpec
from goodsmith.store.database import Database, text
from goodsmith.store.tables import heads

_AT_ONCE = 2_000  # keys in one statement
# Of two rows with one key in a run the later row counts, in whatever order their chunks are committed. A locked head
# stays where it is and notes only from what inputs it would have been made.
_UNLESS_LOCKED = ", ".join(
    f"{name} = CASE WHEN heads.locked_by IS NULL THEN excluded.{name} ELSE heads.{name} END"
    for name in ("inputs_hash", "run", "ordinal", "status", "maker", "updated")
)
_CONFLICT = (
    f"ON CONFLICT (project, catalog, recipe, key, locale) DO UPDATE SET {_UNLESS_LOCKED}, "
    "seen_hash = CASE WHEN heads.locked_by IS NULL THEN NULL ELSE excluded.inputs_hash END "
    "WHERE heads.run <> excluded.run OR heads.ordinal <= excluded.ordinal OR heads.locked_by IS NOT NULL"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The value that counts for a product and locale: row `ordinal` of run `run_id`."""

    inputs_hash: str  # of the fields, conditions and checks that it was made with
    run_id: str
    ordinal: int
    status: RowStatus
    maker: str
    updated: float  # Unix seconds
    locked_by: str | None = None  # a person whose value no run replaces
    seen_hash: str | None = None  # of a locked head: the inputs that the last run had; None: none ran since

    @property
    def contradicted(self) -> bool:
        """Whether the source changed under a person's value, so that the person must look again."""
        return self.locked_by is not None and self.seen_hash not in {None, self.inputs_hash}


def put(
    db: Database,
    connection: sa.Connection,
    new: Mapping[str, Sequence[Any]],
    *,
    run: int,
    project: str,
    spec: RunSpec,
) -> None:
    """Move heads to rows of a run. Locked ones stay."""
    if not new or not len(new["key"]):
        return
    names = ("key", "locale", "inputs_hash", "ordinal", "status", "maker")
    lines: dict[tuple[str, str], tuple[Any, ...]] = {}
    for line in zip(*(new[name] for name in names), strict=True):
        before = lines.get((line[0], line[1]))
        if before is None or before[3] <= line[3]:
            lines[line[0], line[1]] = line
    columns = dict(zip(names, zip(*lines.values(), strict=True), strict=True))
    now = connection.execute(sa.select(db.now())).scalar_one()
    db.insert(
        connection,
        heads,
        {name: [text(value) for value in column] if name != "ordinal" else column for name, column in columns.items()},
        same={
            "project": project,
            "catalog": spec.catalog,
            "recipe": spec.recipe_name,
            "run": run,
            "updated": now,
        },
        conflict=_CONFLICT,
    )


def get(
    db: Database, connection: sa.Connection, project: str, catalog: str, recipe: str, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Head]:
    """The heads that exist, by (key, locale)."""
    found: dict[tuple[str, str], Head] = {}
    place: dict[str, Any] = {"project": project, "catalog": catalog, "recipe": recipe}
    for start in range(0, len(keys), _AT_ONCE):
        asked = {(text(key), text(locale)): (key, locale) for key, locale in keys[start : start + _AT_ONCE]}
        if db.dialect == "sqlite":
            place["pairs"] = json.dumps(list(asked), ensure_ascii=False)
        else:
            place["keys"], place["locales"] = [key for key, _ in asked], [locale for _, locale in asked]
        for row in connection.execute(_GET[db.dialect], place):
            found[asked[row.key, row.locale]] = Head(
                inputs_hash=row.inputs_hash,
                run_id=row.run_id,
                ordinal=row.ordinal,
                status=RowStatus(row.status),
                maker=row.maker,
                updated=row.updated,
                locked_by=row.locked_by,
                seen_hash=row.seen_hash,
            )
    return found


def any_locked(connection: sa.Connection, project: str, catalog: str, recipe: str) -> bool:
    """Whether a person's value stands anywhere in a catalog."""
    mine = (heads.c.project == project, heads.c.catalog == catalog, heads.c.recipe == recipe)
    found = connection.execute(sa.select(sa.true()).where(*mine, heads.c.locked_by.is_not(None)).limit(1))
    return found.first() is not None


def decide(
    connection: sa.Connection, decision: Decision, key: str, *, run: int, project: str, spec: RunSpec, now: float
) -> None:
    """Lock the head of a row that a person has edited; a new look settles what its changed source put in doubt.

    Only where the row still is what counts for its product: an edit in an old run moves nothing.
    """
    if decision.kind is DecisionKind.REPORT:
        return
    mine = (
        heads.c.project == project,
        heads.c.catalog == spec.catalog,
        heads.c.recipe == spec.recipe_name,
        heads.c.key == text(key),
        heads.c.locale == text(decision.locale),
        heads.c.run == run,
        heads.c.ordinal == decision.ordinal,
    )
    settled = sa.func.coalesce(heads.c.seen_hash, heads.c.inputs_hash)
    if decision.kind is DecisionKind.EDIT:
        values: dict[str, Any] = {"locked_by": text(decision.by), "locked_at": now, "inputs_hash": settled}
    elif decision.kind is DecisionKind.APPROVE:
        values = {"inputs_hash": settled}
    else:
        values = {"locked_by": None, "locked_at": None}
    connection.execute(sa.update(heads).where(*mine).values(**values, seen_hash=None))


# The wanted keys come first and lead into the index; CROSS JOIN keeps SQLite from turning that round.
_PICK = (
    "SELECT heads.key, heads.locale, heads.inputs_hash, heads.ordinal, heads.status, heads.maker, heads.updated, "
    "heads.locked_by, heads.seen_hash, runs.run_id"
)
_PLACE = "heads.project = :project AND heads.catalog = :catalog AND heads.recipe = :recipe"
_GET = {
    "sqlite": sa.text(
        f"{_PICK} FROM json_each(:pairs) AS wanted CROSS JOIN heads ON {_PLACE} "
        "AND heads.key = json_extract(wanted.value, '$[0]') AND heads.locale = json_extract(wanted.value, '$[1]') "
        "JOIN runs ON runs.number = heads.run"
    ),
    "postgresql": sa.text(
        f"{_PICK} FROM unnest(CAST(:keys AS text[]), CAST(:locales AS text[])) AS wanted (key, locale) "
        f"JOIN heads ON {_PLACE} AND heads.key = wanted.key AND heads.locale = wanted.locale "
        "JOIN runs ON runs.number = heads.run"
    ),
}
