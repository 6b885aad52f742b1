"""What a person sees of the families of a table: how many, by which axes they differ, which lists were divided."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from goodsmith.base.family_fields import own_cells
from goodsmith.catalog.families.words import axis_of

EXAMPLES: Final = 5
MEMORY_BYTES: Final = 96 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A column by which variants differ, and in how many families."""

    axis: str  # color, size, …
    column: str
    families: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenList:
    """A list that nothing divides among the variants of its family."""

    family: str
    column: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyReport:
    """Families of two products or more. how: `column`, or `proposed` from names and codes."""

    how: Literal["column", "proposed"]
    column: str
    families: int
    products: int  # in them
    alone: int  # products without siblings
    largest: int
    axes: tuple[Axis, ...] = ()
    examples: tuple[tuple[str, int], ...] = ()  # some families with their sizes
    divided_rows: int = 0  # whose item of a list is known
    open_lists: tuple[OpenList, ...] = ()


def report_families(
    parquet: Path, column: str, views: Path, *, columns: Sequence[str], how: Literal["column", "proposed"]
) -> FamilyReport:
    """Count the families of an import. views: as `keep_views` wrote them."""
    import duckdb  # noqa: PLC0415  # heavy

    axes = [name for name in columns if axis_of(name)]
    differs = "".join(f", count(DISTINCT nullif(trim({_quoted(name)}), '')) > 1" for name in axes)
    family = f"trim(coalesce({_quoted(column)}, ''))"
    settings = {"memory_limit": f"{MEMORY_BYTES}B", "temp_directory": str(parquet.parent), "threads": "1"}
    with closing(duckdb.connect(":memory:", config=settings)) as base:
        base.execute(
            f"CREATE TEMP TABLE families AS SELECT {family} AS f, count(*) AS n{differs} "
            "FROM read_parquet(?) GROUP BY f",
            [str(parquet)],
        )
        counted = base.execute(
            "SELECT count(*) FILTER (WHERE n > 1), coalesce(sum(n) FILTER (WHERE n > 1), 0), max(n), "
            "coalesce(sum(n) FILTER (WHERE n = 1), 0) FROM families WHERE f <> ''"
        ).fetchone()
        single = base.execute("SELECT coalesce(sum(n), 0) FROM families WHERE f = ''").fetchone()
        varied = base.execute("SELECT * FROM families WHERE f <> '' AND n > 1")
        found: Counter[str] = Counter()
        while rows := varied.fetchmany(10_000):
            for _, _, *flags in rows:
                found.update(name for name, flag in zip(axes, flags, strict=True) if flag)
        examples = base.execute(
            "SELECT f, n FROM families WHERE f <> '' AND n > 1 ORDER BY n DESC, f LIMIT ?", [EXAMPLES]
        ).fetchall()
    assert counted is not None
    assert single is not None
    divided, open_lists = _lists(views)
    return FamilyReport(
        how=how,
        column=column,
        families=counted[0],
        products=int(counted[1]),
        alone=int(counted[3] + single[0]),
        largest=counted[2] or 0,
        axes=tuple(Axis(axis=axis_of(name), column=name, families=count) for name, count in found.most_common()),
        examples=tuple((str(name), int(size)) for name, size in examples),
        divided_rows=divided,
        open_lists=open_lists,
    )


def _lists(views: Path) -> tuple[int, tuple[OpenList, ...]]:
    divided, found = 0, []
    for family, cells in _own(views):
        divided += sum(any(row.values()) for row in cells.values())
        for column in dict.fromkeys(column for row in cells.values() for column in row):
            rows = sum(row.get(column) == "" for row in cells.values())
            if rows:
                found.append(OpenList(family=family, column=column, rows=rows))
    return divided, tuple(found)


def _own(views: Path) -> Iterator[tuple[str, dict[str, dict[str, str]]]]:
    with closing(sqlite3.connect(f"file:{views}?mode=ro", uri=True)) as base:
        for family, text in base.execute("SELECT family, text FROM views WHERE instr(text, '\"own\":') > 0"):
            if cells := own_cells(text):
                yield family, cells


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
