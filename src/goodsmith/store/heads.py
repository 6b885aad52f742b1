"""Heads: for each product and locale of a recipe, which run made the value that counts, and from what inputs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from goodsmith.records import RowStatus, RunSpec
from goodsmith.store.database import Database, text
from goodsmith.store.tables import heads

_AT_ONCE = 2_000  # keys in one statement
_ANEW = ", ".join(
    f"{name} = excluded.{name}" for name in ("inputs_hash", "run", "ordinal", "status", "maker", "updated")
)
# Of two rows with one key in a run the later row counts, in whatever order their chunks are committed.
_CONFLICT = (
    f"ON CONFLICT (project, catalog, recipe, key, locale) DO UPDATE SET {_ANEW} "
    "WHERE heads.locked_by IS NULL AND (heads.run <> excluded.run OR heads.ordinal <= excluded.ordinal)"
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
            )
    return found


def lock(
    db: Database,
    connection: sa.Connection,
    project: str,
    catalog: str,
    recipe: str,
    keys: Sequence[tuple[str, str]],
    *,
    by: str | None,
) -> int:
    """Lock heads for a person, or with None unlock them; how many there were."""
    if not keys:
        return 0
    mine = sa.and_(
        heads.c.project == project,
        heads.c.catalog == catalog,
        heads.c.recipe == recipe,
        heads.c.key == sa.bindparam("its_key"),
        heads.c.locale == sa.bindparam("its_locale"),
    )
    at = None if by is None else connection.execute(sa.select(db.now())).scalar_one()
    done = connection.execute(
        sa.update(heads).where(mine).values(locked_by=by, locked_at=at),
        [{"its_key": text(key), "its_locale": text(locale)} for key, locale in keys],
    )
    return done.rowcount


# The wanted keys come first and lead into the index; CROSS JOIN keeps SQLite from turning that round.
_PICK = (
    "SELECT heads.key, heads.locale, heads.inputs_hash, heads.ordinal, heads.status, heads.maker, heads.updated, "
    "heads.locked_by, runs.run_id"
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
