"""What a new sheet of a supplier changes against the last one, by key: nothing absent counts as deleted or erased."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

EXAMPLES: Final = 5
MEMORY_BYTES: Final = 96 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One cell that is another now. rows: 0-based places among the data rows, in the last sheet and in the new one."""

    key: str
    column: str
    before: str
    now: str
    rows: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChange:
    """A column that both sheets have: in how many products its cell is filled now, emptied, or another."""

    column: str
    filled: int
    emptied: int
    changed: int
    examples: tuple[Changed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Products by key. twice: keys that stand more than once in either sheet, which are not compared."""

    same: int
    changed: int  # products with a filled or changed cell
    emptied: int  # products whose only difference is that cells are empty now
    new: int
    absent: int
    new_keys: tuple[str, ...]  # some
    absent_keys: tuple[str, ...]
    twice: int
    columns: tuple[ColumnChange, ...]  # those that differ, the most changed first
    added: tuple[str, ...]  # columns that only the new sheet has
    gone: tuple[str, ...]


def compare_imports(last: Path, new: Path, *, last_key: str, new_key: str) -> Comparison:
    """Compare two imports (Parquet) by the columns with their keys. Works on disk; memory does not grow with them."""
    import duckdb  # noqa: PLC0415  # heavy
    import pyarrow.parquet as pq  # noqa: PLC0415

    before = [name for name in pq.read_schema(last).names if not name.startswith("_gs_")]
    now = [name for name in pq.read_schema(new).names if not name.startswith("_gs_")]
    both = [name for name in now if name in before and name != new_key]
    settings = {"memory_limit": f"{MEMORY_BYTES}B", "temp_directory": str(new.parent), "threads": "1"}
    with closing(duckdb.connect(":memory:", config=settings)) as base:
        for table, path, key in (("a", last, last_key), ("b", new, new_key)):
            base.execute(
                f"CREATE TEMP VIEW {table}_all AS SELECT *, trim(coalesce({_quoted(key)}, '')) AS _gs_id "
                f"FROM read_parquet('{_escaped(path)}')"
            )
            base.execute(
                f"CREATE TEMP TABLE {table}_once AS SELECT _gs_id FROM {table}_all WHERE _gs_id <> '' "
                "GROUP BY _gs_id HAVING count(*) = 1"
            )
            base.execute(
                f"CREATE TEMP TABLE {table}_twice AS SELECT _gs_id FROM {table}_all WHERE _gs_id <> '' "
                "GROUP BY _gs_id HAVING count(*) > 1"
            )
        base.execute(
            "CREATE TEMP VIEW both_sheets AS SELECT "
            + ", ".join(["a._gs_id AS k", "a._gs_row AS ra", "b._gs_row AS rb", *_pairs(both)])
            + " FROM a_all a JOIN b_all b ON a._gs_id = b._gs_id "
            "WHERE a._gs_id IN (FROM a_once) AND a._gs_id IN (FROM b_once)"
        )
        new_keys, absent_keys = (
            _keys(base, f"SELECT _gs_id FROM {mine}_once WHERE _gs_id NOT IN (SELECT _gs_id FROM {other}_all)")
            for mine, other in (("b", "a"), ("a", "b"))
        )
        twice = _number(base, "SELECT count(*) FROM (FROM a_twice UNION FROM b_twice)")
        moved = " OR ".join(f"d{place} IN ('filled', 'changed')" for place, _ in enumerate(both)) or "FALSE"
        emptied = " OR ".join(f"d{place} = 'emptied'" for place, _ in enumerate(both)) or "FALSE"
        counted = base.execute(
            f"SELECT count(*), count(*) FILTER (WHERE {moved}), "
            f"count(*) FILTER (WHERE NOT ({moved}) AND ({emptied})) FROM both_sheets"
        ).fetchone()
        assert counted is not None
        columns = [change for place, name in enumerate(both) if (change := _column(base, place, name)) is not None]
    return Comparison(
        same=counted[0] - counted[1] - counted[2],
        changed=counted[1],
        emptied=counted[2],
        new=new_keys[0],
        absent=absent_keys[0],
        new_keys=new_keys[1],
        absent_keys=absent_keys[1],
        twice=twice,
        columns=tuple(sorted(columns, key=lambda one: -(one.changed + one.filled + one.emptied))),
        added=tuple(name for name in now if name not in before and name != new_key),
        gone=tuple(name for name in before if name not in now and name != last_key),
    )


def _pairs(columns: Sequence[str]) -> list[str]:
    """For each column its two texts and how they differ."""
    made = []
    for place, name in enumerate(columns):
        a, b = (f"trim(coalesce({side}.{_quoted(name)}, ''))" for side in ("a", "b"))
        how = f"CASE WHEN {a} = {b} THEN '' WHEN {a} = '' THEN 'filled' WHEN {b} = '' THEN 'emptied' ELSE 'changed' END"
        made += [f"{a} AS a{place}", f"{b} AS b{place}", f"{how} AS d{place}"]
    return made


def _column(base: object, place: int, name: str) -> ColumnChange | None:
    execute = base.execute  # type: ignore[attr-defined]  # duckdb has no types of its own
    counts = dict(execute(f"SELECT d{place}, count(*) FROM both_sheets WHERE d{place} <> '' GROUP BY 1").fetchall())
    if not counts:
        return None
    rows = execute(
        f"SELECT k, a{place}, b{place}, ra, rb FROM both_sheets WHERE d{place} <> '' "
        f"ORDER BY d{place} = 'emptied', rb LIMIT {EXAMPLES}"
    ).fetchall()
    return ColumnChange(
        column=name,
        filled=counts.get("filled", 0),
        emptied=counts.get("emptied", 0),
        changed=counts.get("changed", 0),
        examples=tuple(
            Changed(key=key, column=name, before=before, now=now, rows=(first, second))
            for key, before, now, first, second in rows
        ),
    )


def _keys(base: object, query: str) -> tuple[int, tuple[str, ...]]:
    found = base.execute(f"{query} ORDER BY 1 LIMIT {EXAMPLES}").fetchall()  # type: ignore[attr-defined]
    return _number(base, f"SELECT count(*) FROM ({query})"), tuple(key for (key,) in found)


def _number(base: object, query: str) -> int:
    (number,) = base.execute(query).fetchone()  # type: ignore[attr-defined]
    return int(number)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _escaped(path: Path) -> str:
    plain = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path))
    return plain.replace("'", "''")
