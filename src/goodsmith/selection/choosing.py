"""Which products, how many, in which order. Asks DuckDB; memory does not grow with the table.

First `where`, then the sample of what is left, then the order, then the limit. The order is the source's, or by a
priority column: larger numbers first, then other texts from A to Z, blank last. A family stands together, where its
best product stands, in source order within.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from goodsmith.base.family_fields import variant_and_family
from goodsmith.base.liquid.values import NUMBER_PATTERN, WHITESPACE
from goodsmith.errors import StoreError
from goodsmith.protocols import FamilyTexts
from goodsmith.records import ColumnMapping, Product
from goodsmith.selection.filters import column_of, fields_of, quoted, where_sql
from goodsmith.selection.ordering import PLACE, in_order
from goodsmith.selection.sampling import sample_sql

if TYPE_CHECKING:
    import pyarrow as pa

ROW = "_gs_row"
KEY = "_gs_key"
FAMILY = "_gs_family"
FAMILY_FIELDS = "_gs_family_fields"  # what the family's variants share, as `base.family_fields` writes it
RESERVED = "_gs_"
MEMORY_BYTES = 96 * 1024 * 1024  # for DuckDB; beyond it works on disk
BATCH_ROWS = 2_048


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which products of an import. Names are columns or recipe fields."""

    where: str = ""  # a Liquid condition
    sample: int | None = None  # so many products, spread evenly over the groups of `per`
    per: str | None = None
    seed: int = 0
    limit: int | None = None  # at most so many, the first in order
    priority: str | None = None  # larger numbers first
    family: str | None = None  # products of one family stay together


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many products a selection takes. left_out: `where`, `sample`, `limit` -> products that it leaves out."""

    total: int
    selected: int
    left_out: Mapping[str, int] = field(default_factory=dict)


def count(import_parquet: Path, selection: Selection, mapping: ColumnMapping) -> Count:
    """Count before anything is made. Raises TemplateError or UnknownName with the near names."""
    with Chooser(import_parquet, selection, mapping) as chooser:
        return chooser.count()


def first_products(
    import_parquet: Path,
    selection: Selection,
    mapping: ColumnMapping,
    *,
    limit: int,
    families: FamilyTexts | None = None,
) -> Iterator[Product]:
    """The first products in the selection's order, for previews; ordinals as in a snapshot."""
    return _products(import_parquet, selection, mapping, limit, families)


def all_products(
    import_parquet: Path, selection: Selection, mapping: ColumnMapping, *, families: FamilyTexts | None = None
) -> Iterator[Product]:
    """The products that the selection takes, in its order."""
    return _products(import_parquet, selection, mapping, selection.limit, families)


def grouped_batches(import_parquet: Path, family: str, mapping: ColumnMapping) -> Iterator[pa.RecordBatch]:
    """All rows of an import, each family's together, as a snapshot sees them."""
    with Chooser(import_parquet, Selection(family=family), mapping, scratch=import_parquet.parent) as chooser:
        yield from chooser.batches()


def _products(
    import_parquet: Path,
    selection: Selection,
    mapping: ColumnMapping,
    limit: int | None,
    families: FamilyTexts | None,
) -> Iterator[Product]:
    with Chooser(import_parquet, selection, mapping) as chooser:
        fields = fields_of(chooser.columns, mapping)
        mapped = [(name, column) for name, column in fields.items() if name != column]
        ordinal = 0
        for batch in chooser.batches(limit=limit):
            views = families({*batch.column(FAMILY).to_pylist()}) if families else {}
            for row in batch.to_pylist():
                if ordinal == limit:
                    return
                own = {name: row[column] or "" for name, column in fields.items()}
                own, shared = variant_and_family(own, views.get(row[FAMILY]), row[ROW], mapped)
                yield Product(
                    ordinal=ordinal, key=row[KEY], source_row=row[ROW], family=row[FAMILY], fields=own, shared=shared
                )
                ordinal += 1


def distinct(
    import_parquet: Path,
    selection: Selection,
    mapping: ColumnMapping,
    names: Sequence[str],
    *,
    most: int | None = None,
) -> list[tuple[dict[str, str], int]]:
    """What these fields or columns hold together in the chosen rows, and in how many; the most frequent first.

    A name that is neither is left out. most: only so many.
    """
    with Chooser(import_parquet, selection, mapping) as chooser:
        fields = fields_of(chooser.columns, mapping)
        known = [name for name in names if name in fields]
        if not known:
            return [({}, chooser.count().selected)]
        found = chooser.distinct([fields[name] for name in known], most=most)
        return [(dict(zip(known, texts, strict=True)), rows) for texts, rows in found]


def count_groups(import_parquet: Path, selection: Selection, mapping: ColumnMapping, column: str) -> int:
    """How many different values a column has in the chosen rows; a row without one is a group of its own."""
    with Chooser(import_parquet, selection, mapping) as chooser:
        return chooser.count_groups(column)


class Chooser:
    """A selection over one import, open in DuckDB. Use as a context manager."""

    def __init__(
        self,
        import_parquet: Path,
        selection: Selection,
        mapping: ColumnMapping,
        *,
        memory_limit_bytes: int = MEMORY_BYTES,
        scratch: Path | None = None,
    ) -> None:
        import pyarrow.parquet as pq  # noqa: PLC0415  -- heavy

        names = pq.read_schema(import_parquet).names
        self.columns = [name for name in names if not name.startswith(RESERVED)]
        self._path = import_parquet
        self._selection = selection
        self._source = f"read_parquet({_literal(_without_glob(str(import_parquet)))})"
        self._where, self._params = where_sql(selection.where, self.columns, mapping)
        fields = mapping.fields
        self._per = column_of(selection.per, self.columns, fields)
        self._priority = column_of(selection.priority, self.columns, fields)
        self._family = (
            selection.family  # of a proposal, which is no column of the source
            if selection.family in names and selection.family != ROW
            else column_of(selection.family, self.columns, fields)
        )
        self._key_column = key = column_of(mapping.key, self.columns, fields)
        self._key = f"CAST({ROW} + 1 AS VARCHAR)" if key is None else f"coalesce({quoted(key)}, '')"
        self._memory_limit_bytes = memory_limit_bytes
        self._scratch = scratch
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        import duckdb  # noqa: PLC0415  -- heavy

        with _ours():
            folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix=".choosing-", dir=self._scratch))
            self._folder = Path(folder)
        self._base = self._stack.enter_context(
            contextlib.closing(
                duckdb.connect(
                    ":memory:",
                    config={
                        "memory_limit": f"{self._memory_limit_bytes}B",
                        "temp_directory": folder,
                        "threads": "1",
                        "preserve_insertion_order": "true",
                        "autoinstall_known_extensions": "false",
                        "autoload_known_extensions": "false",
                    },
                )
            )
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def count(self) -> Count:
        query = f"SELECT count(*), count(*) FILTER (WHERE {self._where}) FROM {self._source}"
        total, matching = self._one(query, self._params)
        left_out = {"where": total - matching}
        sampled = matching if self._selection.sample is None else min(matching, max(0, self._selection.sample))
        left_out["sample"] = matching - sampled
        selected = sampled if self._selection.limit is None else min(sampled, max(0, self._selection.limit))
        left_out["limit"] = sampled - selected
        return Count(total=total, selected=selected, left_out={name: rows for name, rows in left_out.items() if rows})

    def distinct(self, names: Sequence[str], *, most: int | None = None) -> list[tuple[tuple[str, ...], int]]:
        """What these columns hold together in the chosen rows, and in how many; the most frequent first."""
        columns = ", ".join(f"coalesce({quoted(name)}, '')" for name in names)
        cut = "" if most is None else f"LIMIT {int(most)}"
        chosen, params = self._chosen_sql()
        query = f"SELECT count(*) AS rows, {columns} FROM ({chosen}) GROUP BY ALL ORDER BY rows DESC, {columns} {cut}"
        with _ours():
            return [(tuple(texts), rows) for rows, *texts in self._base.execute(query, params).fetchall()]

    def count_groups(self, name: str) -> int:
        chosen, params = self._chosen_sql()
        text = f"trim(coalesce({quoted(name)}, ''), '{WHITESPACE}')"
        query = f"SELECT count(DISTINCT nullif({text}, '')) + count(*) FILTER ({text} = '') FROM ({chosen})"
        return int(self._one(query, params)[0])

    def _chosen_sql(self) -> tuple[str, list[Any]]:
        """The chosen rows as a query with its parameters."""
        limit = "" if self._selection.limit is None else f"LIMIT {int(self._selection.limit)}"
        if self._in_source_order():
            return f"SELECT * FROM {self._source} WHERE {self._where} {limit}", self._params
        self._choose(self._selection.limit)
        return f"SELECT * FROM {self._source} WHERE {ROW} IN (SELECT r FROM chosen)", []

    def batches(self, *, limit: int | None = None) -> Iterator[pa.RecordBatch]:
        """The chosen rows in order: `_gs_key`, `_gs_row`, `_gs_family`, then the source columns as in the import.

        limit: how many rows the caller reads at most; there may be more. The selection's own limit is the caller's
        affair, because a filter of its own may come first.
        """
        proposed = [self._family] if self._family is not None and self._family not in self.columns else []
        columns = ", ".join(map(quoted, [ROW, *self.columns, *proposed]))
        if self._in_source_order():
            plain = f"SELECT {columns} FROM {self._source} WHERE {self._where}"
            return map(self._dressed, self._read(plain, self._params))
        self._choose(limit)
        places, (rows,) = self._folder / "places.parquet", self._one("SELECT count(*) FROM chosen", [])
        self._run(f"COPY (SELECT r, place FROM chosen ORDER BY r) TO {_literal(str(places))} (FORMAT parquet)", [])
        self._base.close()  # its memory is needed for the rows themselves
        return map(self._dressed, in_order(_placed(self._path, places), rows=rows, folder=self._folder))

    def _dressed(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """With key and family in front. They are what `_key` and `_family_sql` say in SQL."""
        import pyarrow as pa  # noqa: PLC0415  -- heavy
        import pyarrow.compute as pc  # noqa: PLC0415

        row = batch.column(ROW)
        key = pc.add(row, 1).cast(pa.string()) if self._key_column is None else _filled(batch, self._key_column)
        family = (
            pa.array([""] * batch.num_rows, pa.string())
            if self._family is None
            else pc.utf8_trim(_filled(batch, self._family), characters=WHITESPACE)
        )
        return pa.RecordBatch.from_arrays(
            [key, row, family, *(batch.column(name) for name in self.columns)], names=[KEY, ROW, FAMILY, *self.columns]
        )

    def _in_source_order(self) -> bool:
        """True if no sorting is needed, as for nearly all tables: then nothing is held in memory."""
        if self._priority is not None or self._selection.sample is not None:
            return False
        if self._family is None:
            return True
        runs, families = self._one(
            "SELECT count(*) FILTER (WHERE f <> '' AND f IS DISTINCT FROM before), "
            "count(DISTINCT f) FILTER (WHERE f <> '') "
            f"FROM (SELECT f, lag(f) OVER (ORDER BY r) AS before FROM "
            f"(SELECT {ROW} AS r, {self._family_sql()} AS f FROM {self._source} WHERE {self._where}))",
            self._params,
        )
        return bool(runs == families)

    def _choose(self, limit: int | None) -> None:
        """Write the chosen rows and their places, and nothing else of them, into a table that may go to disk."""
        priority = "NULL" if self._priority is None else quoted(self._priority)
        trimmed = f"trim(coalesce({priority}, ''), '{WHITESPACE}')"
        number = (
            f"CASE WHEN regexp_full_match({trimmed}, '{NUMBER_PATTERN}') "
            f"THEN TRY_CAST(replace({trimmed}, ',', '') AS DECIMAL(38, 10)) END"
        )
        group = "''" if self._per is None else f"coalesce({quoted(self._per)}, '')"
        matched = (
            f"SELECT {ROW} AS r, {self._key} AS k, {group} AS g, {self._family_sql()} AS f, {number} AS n, "
            f"CASE WHEN {number} IS NULL AND {trimmed} <> '' THEN {trimmed} END AS t "
            f"FROM {self._source} WHERE {self._where}"
        )
        sampled, params = sample_sql(
            "matched", size=self._selection.sample, seed=self._selection.seed, per=self._per is not None
        )
        self._run(
            f"""
            CREATE TEMP TABLE chosen AS
            WITH matched AS ({matched}),
            sampled AS MATERIALIZED ({sampled}),
            families AS (SELECT f, max(n) AS n, min(t) AS t, min(r) AS r FROM sampled WHERE f <> '' GROUP BY f),
            placed AS (
                SELECT one.r,
                    CASE WHEN one.f = '' THEN one.n ELSE family.n END AS by_number,
                    CASE WHEN one.f <> '' THEN CASE WHEN family.n IS NULL THEN family.t END ELSE one.t END AS by_text,
                    CASE WHEN one.f = '' THEN one.r ELSE family.r END AS by_row
                FROM sampled AS one LEFT JOIN families AS family ON one.f = family.f
            )
            SELECT r, row_number() OVER (
                ORDER BY by_number DESC NULLS LAST, by_text ASC NULLS LAST, by_row, r
            ) AS place FROM placed
            {"" if limit is None else f"ORDER BY place LIMIT {int(limit)}"}
            """,
            [*self._params, *params],
        )

    def _family_sql(self) -> str:
        """The family's text; '' for a product on its own."""
        return "''" if self._family is None else f"trim(coalesce({quoted(self._family)}, ''), '{WHITESPACE}')"

    def _read(self, query: str, params: list[Any]) -> Iterator[pa.RecordBatch]:
        with _ours():
            yield from self._base.sql(query, params=params).to_arrow_reader(BATCH_ROWS)

    def _one(self, query: str, params: list[Any]) -> tuple[Any, ...]:
        with _ours():
            rows: list[tuple[Any, ...]] = self._base.execute(query, params).fetchall()
        return rows[0]

    def _run(self, query: str, params: list[Any]) -> None:
        with _ours():
            self._base.execute(query, params).fetchall()  # a result left unread blocks the connection


@contextlib.contextmanager
def _ours() -> Iterator[None]:
    import duckdb  # noqa: PLC0415  -- heavy

    try:
        yield
    except (duckdb.Error, OSError) as error:
        raise StoreError(f"the products cannot be selected: {error}", zh=f"无法选取商品:{error}") from error


def _placed(import_parquet: Path, places: Path) -> Iterator[pa.RecordBatch]:
    """The chosen rows of an import with their places, in the order of the import. places: file of (row, place), by row.

    A walk along both files, because DuckDB's join would hold much more than its memory limit.
    """
    import pyarrow as pa  # noqa: PLC0415  -- heavy
    import pyarrow.parquet as pq  # noqa: PLC0415

    pairs = _pairs(places)
    wanted, place = next(pairs, (None, 0))
    with pq.ParquetFile(import_parquet) as file:
        for batch in file.iter_batches(BATCH_ROWS, use_threads=False):
            taken: list[int] = []
            found: list[int] = []
            for index, row in enumerate(batch.column(ROW).to_pylist()):
                if row == wanted:
                    taken.append(index)
                    found.append(place)
                    wanted, place = next(pairs, (None, 0))
            if taken:
                chosen = batch.take(pa.array(taken, pa.int64()))
                yield chosen.add_column(0, PLACE, pa.array(found, pa.int64()))
            if wanted is None:
                return


def _pairs(places: Path) -> Iterator[tuple[int | None, int]]:
    import pyarrow.parquet as pq  # noqa: PLC0415  -- heavy

    with pq.ParquetFile(places) as file:
        for batch in file.iter_batches(BATCH_ROWS, use_threads=False):
            yield from zip(batch.column(0).to_pylist(), batch.column(1).to_pylist(), strict=True)


def _filled(batch: pa.RecordBatch, column: str) -> Any:
    import pyarrow.compute as pc  # noqa: PLC0415  -- heavy

    return pc.fill_null(batch.column(column), "")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _without_glob(path: str) -> str:
    """A path that DuckDB takes as it is: it would read * ? [ as patterns."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in path)
