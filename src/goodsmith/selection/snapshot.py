"""The selected products, written down once: the source may change underneath, the run does not see it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from goodsmith.errors import StoreError
from goodsmith.records import Chunk, ColumnMapping, Product
from goodsmith.selection.query import ROW, Selection, names, query, table

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS: Final = 5_000
LARGEST_CHUNK: Final = 2  # times chunk_rows: a family is not split up to there


def write_snapshot(
    parquet: Path,
    out: Path,
    *,
    selection: Selection,
    mapping: ColumnMapping,
    chunk_rows: int = 1_000,
    keep: Callable[[pa.RecordBatch], list[bool]] | None = None,
) -> list[Chunk]:
    """Write the selected products as Parquet, one row group per chunk; the chunks.

    Columns: `_gs_ordinal`, `_gs_key`, `_gs_row`, `_gs_family`, then the source's. keep: sees the batches without
    ordinals and says which rows stay. A family is not split unless it is larger than two chunks. Memory does not grow
    with the table. Raises StoreError if the place cannot be written; nothing half-written is left.
    """
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    chunks: list[Chunk] = []
    unfinished = out.with_name(f"{out.name}.{os.getpid()}.tmp")
    writer: pq.ParquetWriter | None = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        for group in _chunked(_selected(parquet, selection, mapping, keep), chunk_rows):
            first = chunks[-1].first + chunks[-1].rows if chunks else 0
            numbered = _numbered(group, first)
            if writer is None:
                writer = pq.ParquetWriter(unfinished, numbered.schema, compression="zstd", write_statistics=False)
            writer.write_table(numbered, row_group_size=numbered.num_rows)
            chunks.append(Chunk(number=len(chunks), first=first, rows=numbered.num_rows))
        if writer is None:
            writer = pq.ParquetWriter(unfinished, _numbered(_nothing(parquet, selection, mapping), 0).schema)
        writer.close()
        with unfinished.open("rb") as written:
            os.fsync(written.fileno())
        unfinished.replace(out)
    except OSError as problem:
        raise StoreError(
            f"cannot write {out}: {problem.strerror or problem}", zh=f"无法写入 {out}:{problem.strerror or problem}"
        ) from problem
    finally:
        unfinished.unlink(missing_ok=True)
    return chunks


def first_products(parquet: Path, selection: Selection, mapping: ColumnMapping, *, limit: int) -> list[Product]:
    """The first products in the run's order, as a run would see them."""
    import dataclasses  # noqa: PLC0415

    fewer = min(limit, selection.limit) if selection.limit is not None else limit
    return _products(_selected(parquet, dataclasses.replace(selection, limit=fewer), mapping, None), mapping)


def some_products(parquet: Path, selection: Selection, mapping: ColumnMapping, *, rows: int) -> list[Product]:
    """Products drawn at random from the selection; the same ones each time."""
    with table(parquet) as base:
        text, values = query(selection, names(base), mapping)
        drawn = base.sql(
            f"SELECT * FROM ({text}) USING SAMPLE reservoir({int(rows)} ROWS) REPEATABLE (7)", params=values
        )
        return _products(
            iter([_keyed(batch, selection, mapping) for batch in drawn.to_arrow_reader(BATCH_ROWS)]), mapping
        )


def _selected(
    parquet: Path,
    selection: Selection,
    mapping: ColumnMapping,
    keep: Callable[[pa.RecordBatch], list[bool]] | None,
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    with table(parquet) as base:
        text, values = query(selection, names(base), mapping)
        for batch in base.sql(text, params=values).to_arrow_reader(BATCH_ROWS):
            keyed = _keyed(batch, selection, mapping)
            if keep is not None:
                keyed = keyed.filter(pa.array(keep(keyed), pa.bool_()))
            if keyed.num_rows:
                yield keyed


def _keyed(batch: pa.RecordBatch, selection: Selection, mapping: ColumnMapping) -> pa.RecordBatch:
    """Put `_gs_key`, `_gs_row` and `_gs_family` first. Without a key column the row number is the key."""
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.compute as pc  # noqa: PLC0415

    rows = batch.column(ROW).cast(pa.int64())
    key = batch.column(mapping.key).cast(pa.string()) if mapping.key else pc.add(rows, 1).cast(pa.string())
    family = (
        batch.column(selection.family).cast(pa.string()) if selection.family else pa.nulls(batch.num_rows, pa.string())
    )
    own = [name for name in batch.schema.names if name != ROW]
    return pa.RecordBatch.from_arrays(
        [
            pc.fill_null(key, ""),
            rows,
            pc.fill_null(family, ""),
            *(batch.column(name).cast(pa.string()) for name in own),
        ],
        names=["_gs_key", ROW, "_gs_family", *own],
    )


def _chunked(batches: Iterator[pa.RecordBatch], chunk_rows: int) -> Iterator[pa.Table]:
    """Cut a stream into tables of about `chunk_rows`, at the borders of families."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        while rows >= LARGEST_CHUNK * chunk_rows:
            together = pa.Table.from_batches(held).combine_chunks()
            end = _border(together, chunk_rows)
            yield together.slice(0, end)
            rest = together.slice(end)
            held, rows = rest.to_batches(), rest.num_rows
    while rows:
        together = pa.Table.from_batches(held).combine_chunks()
        end = _border(together, chunk_rows)
        yield together.slice(0, end)
        rest = together.slice(end)
        held, rows = rest.to_batches(), rest.num_rows


def _border(rows: pa.Table, chunk_rows: int) -> int:
    """Where the first chunk ends: at `chunk_rows`, or where the family that lies across it ends."""
    if rows.num_rows <= chunk_rows:
        return int(rows.num_rows)
    families = rows.column("_gs_family")
    across = families[chunk_rows - 1].as_py()
    end = chunk_rows
    while across and end < min(rows.num_rows, LARGEST_CHUNK * chunk_rows) and families[end].as_py() == across:
        end += 1
    return end


def _numbered(rows: pa.Table, first: int) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    return rows.add_column(0, "_gs_ordinal", pa.array(range(first, first + rows.num_rows), pa.int64()))


def _nothing(parquet: Path, selection: Selection, mapping: ColumnMapping) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    with table(parquet) as base:
        empty = base.sql("SELECT * FROM source LIMIT 0").to_arrow_table()
    columns = {name: empty.column(name).combine_chunks() for name in empty.column_names}
    return pa.Table.from_batches([_keyed(pa.RecordBatch.from_pydict(columns, schema=empty.schema), selection, mapping)])


def _products(batches: Iterator[pa.RecordBatch], mapping: ColumnMapping) -> list[Product]:
    found: list[Product] = []
    for batch in batches:
        for row in batch.to_pylist():
            fields = {name: text or "" for name, text in row.items() if not name.startswith("_gs_")}
            fields |= {field: fields.get(column, "") for field, column in mapping.fields.items()}
            found.append(
                Product(
                    ordinal=len(found), key=row["_gs_key"], source_row=row[ROW], family=row["_gs_family"], fields=fields
                )
            )
    return found
