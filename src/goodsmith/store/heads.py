"""Heads: for each product and locale of a recipe, which run made the value that counts, and from what inputs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from goodsmith.records import RowStatus, RunSpec
from goodsmith.store.database import Database, text
from goodsmith.store.tables import heads, runs

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
    asked = {(text(key), text(locale)): (key, locale) for key, locale in keys}
    for wanted in _wanted(db, keys):
        query = (
            sa.select(heads, runs.c.run_id)
            .select_from(wanted)
            .join(heads, sa.and_(heads.c.key == wanted.c.key, heads.c.locale == wanted.c.locale))
            .join(runs, runs.c.number == heads.c.run)
            .where(heads.c.project == project, heads.c.catalog == catalog, heads.c.recipe == recipe)
        )
        for row in connection.execute(query):
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
    at = None if by is None else connection.execute(sa.select(db.now())).scalar_one()
    count = 0
    for wanted in _wanted(db, keys):
        mine = sa.select(wanted.c.key, wanted.c.locale)
        count += connection.execute(
            sa.update(heads)
            .where(
                heads.c.project == project,
                heads.c.catalog == catalog,
                heads.c.recipe == recipe,
                sa.tuple_(heads.c.key, heads.c.locale).in_(mine),
            )
            .values(locked_by=by, locked_at=at)
        ).rowcount
    return count


def _wanted(db: Database, keys: Sequence[tuple[str, str]]) -> Iterator[sa.Subquery]:
    """The keys as a table of (key, locale), some thousand at a time, in one parameter."""
    for start in range(0, len(keys), _AT_ONCE):
        some = [(text(key), text(locale)) for key, locale in keys[start : start + _AT_ONCE]]
        if db.dialect == "sqlite":
            each = sa.func.json_each(json.dumps(some, ensure_ascii=False)).table_valued("value")
            query = sa.select(
                sa.func.json_extract(each.c.value, "$[0]").label("key"),
                sa.func.json_extract(each.c.value, "$[1]").label("locale"),
            )
        else:
            texts = sa.ARRAY(sa.Text)
            pairs = (
                sa.func.unnest(sa.cast([key for key, _ in some], texts), sa.cast([locale for _, locale in some], texts))
                .table_valued("key", "locale")
                .render_derived(name="pairs")
            )
            query = sa.select(
                sa.cast(pairs.c.key, sa.Text).label("key"), sa.cast(pairs.c.locale, sa.Text).label("locale")
            )
        yield query.subquery("wanted")
