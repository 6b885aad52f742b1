"""A selection as SQL over the imported table: which products, and in which order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from goodsmith.base.liquid import compile_condition
from goodsmith.errors import StoreError, UnknownName
from goodsmith.records import ColumnMapping

if TYPE_CHECKING:
    import duckdb

ROW: Final = "_gs_row"
MEMORY_LIMIT: Final = "256MB"  # of DuckDB; what is larger goes to the temporary folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which products (圈品). Everything that is not set selects all.

    where: a Liquid condition on columns and mapped fields. sample: so many at random; with `per`, so many of each value
    of that column; the same seed chooses the same products. limit: at most so many, the first ones in the run's order.
    priority: a column whose higher values come first, as numbers where they are numbers. family: a column whose equal
    values are kept together, in the order of the best one.
    """

    where: str = ""
    sample: int | None = None
    per: str | None = None
    seed: int = 0
    limit: int | None = None
    priority: str | None = None
    family: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many products there are, how many the condition keeps, and how many are selected in the end."""

    total: int
    matching: int
    selected: int


def count(parquet: Path, selection: Selection, mapping: ColumnMapping) -> Count:
    """Count before anything is made. Raises TemplateError or UnknownName for what is not there."""
    with table(parquet) as base:
        columns = names(base)
        _require(selection, columns)
        condition, values = where(selection, columns, mapping)
        group = f"coalesce({quoted(selection.per)}, '')" if selection.per else "''"
        found = base.execute(
            f"WITH groups AS (SELECT count(*) AS every, count(*) FILTER (WHERE {condition}) AS kept FROM source "
            f"GROUP BY {group}) SELECT coalesce(sum(every), 0), coalesce(sum(kept), 0), "
            f"coalesce(sum(least(kept, ?)), 0) FROM groups",
            [*values, selection.sample if selection.sample is not None else 2**62],
        ).fetchone()
    assert found is not None
    total, matching, selected = (int(number) for number in found)
    return Count(total=total, matching=matching, selected=min(selected, selection.limit or selected))


def query(selection: Selection, columns: Sequence[str], mapping: ColumnMapping) -> tuple[str, list[Any]]:
    """The SELECT that gives the products in the run's order: all columns of the table."""
    _require(selection, columns)
    condition, values = where(selection, columns, mapping)
    text = f"SELECT * FROM source WHERE {condition}"
    if selection.sample is not None:
        group = f"PARTITION BY coalesce({quoted(selection.per)}, '')" if selection.per else ""
        lot = f"md5(concat(?, ':', {_identity(mapping, columns)}, ':', {ROW}))"
        text = (
            f"SELECT * EXCLUDE (_gs_lot) FROM (SELECT *, row_number() OVER ({group} ORDER BY {lot}) AS _gs_lot "
            f"FROM ({text})) WHERE _gs_lot <= ?"
        )
        values = [str(selection.seed), *values, selection.sample]
    order = _order(selection)
    if order:
        text = f"SELECT * FROM ({text}) ORDER BY {order}"
    elif selection.sample is not None:
        text = f"SELECT * FROM ({text}) ORDER BY {ROW}"
    if selection.limit is not None:
        text = f"{text} LIMIT {int(selection.limit)}"
    return text, values


def where(selection: Selection, columns: Sequence[str], mapping: ColumnMapping) -> tuple[str, list[Any]]:
    """The condition as SQL. Mapped fields go by their recipe names too; a column's own name wins."""
    if not selection.where.strip():
        return "TRUE", []
    known = {field: quoted(column) for field, column in mapping.fields.items()}
    known |= {column: quoted(column) for column in columns if not column.startswith("_gs_")}
    return compile_condition(selection.where, name="--where", known=tuple(known)).to_sql(known)


@contextmanager
def table(parquet: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection in which `source` is the imported table. Big sorts go to a temporary folder beside it."""
    import duckdb  # noqa: PLC0415 - heavy

    if not parquet.exists():
        raise StoreError(f"{parquet} is gone; read the source again", zh=f"{parquet} 已不存在,请重新读取来源文件")
    with TemporaryDirectory(prefix="sorting-", dir=parquet.parent) as scratch, duckdb.connect() as base:
        base.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        base.execute("SET temp_directory = ?", [scratch])
        base.execute("SET threads = 2")
        base.from_parquet(str(parquet)).create_view("source")
        yield base


def names(base: duckdb.DuckDBPyConnection) -> list[str]:
    """The columns of the table, in order."""
    return [str(column[0]) for column in base.execute("SELECT * FROM source LIMIT 0").description or ()]


def quoted(name: str | None) -> str:
    """A column's name as an SQL identifier."""
    assert name is not None
    return '"' + name.replace('"', '""') + '"'


def _identity(mapping: ColumnMapping, columns: Iterable[str]) -> str:
    """What a product is drawn by: its key, so that a file in another order gives the same sample."""
    return f"coalesce({quoted(mapping.key)}, '')" if mapping.key is not None and mapping.key in columns else "''"


def _order(selection: Selection) -> str:
    """ORDER BY terms; none where the table's own order is the run's."""
    number = value = ""
    if selection.priority:
        column = quoted(selection.priority)
        number = f"try_cast(replace({column}, ',', '') AS DOUBLE)"
        value = f"nullif({column}, '')"
    if not selection.family:
        return f"{number} DESC NULLS LAST, {value} DESC NULLS LAST, {ROW}" if selection.priority else ""
    column = quoted(selection.family)
    family = f"coalesce(nullif({column}, ''), concat('row ', {ROW}))"  # without one, a product is its own family
    over = f"OVER (PARTITION BY {family})"
    first = f"min({ROW}) {over}, {ROW}"
    if not selection.priority:
        return first
    return f"max({number}) {over} DESC NULLS LAST, max({value}) {over} DESC NULLS LAST, {first}"


def _require(selection: Selection, columns: Sequence[str]) -> None:
    own = [column for column in columns if not re.match(r"_gs_", column)]
    for column in (selection.per, selection.priority, selection.family):
        if column is not None and column not in own:
            raise UnknownName("column", column, own, kind_zh="列")
