"""Freezes a selection: one Parquet file with one row group per chunk, whole or not there at all.

Columns: `_gs_ordinal` (0-based place in the run), `_gs_key`, `_gs_row` (in the source), `_gs_family`,
`_gs_family_fields` (what its variants share; null for a product on its own), then the source's own. A family is in one
chunk, unless it alone is larger than two chunks.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from goodsmith.errors import StoreError
from goodsmith.protocols import FamilyTexts
from goodsmith.records import Chunk, ColumnMapping
from goodsmith.selection.choosing import FAMILY, FAMILY_FIELDS, KEY, MEMORY_BYTES, ROW, Chooser, Selection

if TYPE_CHECKING:
    import pyarrow as pa

ORDINAL = "_gs_ordinal"
Keep = Callable[["pa.RecordBatch"], "pa.RecordBatch"]


def write_snapshot(
    import_parquet: Path,
    out: Path,
    *,
    selection: Selection,
    mapping: ColumnMapping,
    chunk_rows: int = 1000,
    keep: Keep | None = None,
    families: FamilyTexts | None = None,
    memory_limit_bytes: int = MEMORY_BYTES,
) -> list[Chunk]:
    """Write the chosen rows to `out` and return their chunks, in order.

    families: what variants share, looked up for all of a family, also where only some of it is chosen. keep: a last
    filter, such as "only what changed": what it gives of a batch with `_gs_key`, `_gs_row`, `_gs_family`,
    `_gs_family_fields` and the source columns is written, and the selection's limit counts it. Memory does not grow
    with the table.
    Raises TemplateError and UnknownName for the selection, StoreError if the disk does not take the file.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write(out, error) from error
    limit = selection.limit if keep is None else None
    with (
        _lean_memory(),
        Chooser(
            import_parquet, selection, mapping, memory_limit_bytes=memory_limit_bytes, scratch=out.parent
        ) as chooser,
    ):
        batches = _limited(_kept(_viewed(chooser.batches(limit=limit), families), keep), selection.limit)
        return _write(_chunks(batches, chunk_rows), out, chooser.columns)


@contextlib.contextmanager
def _lean_memory() -> Iterator[None]:
    """Arrow's usual pool keeps what it once had; with the system's, a snapshot needs 60 to 100 MB less."""
    import pyarrow as pa  # noqa: PLC0415  -- heavy

    usual = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(usual)


def _viewed(batches: Iterable[pa.RecordBatch], families: FamilyTexts | None) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa  # noqa: PLC0415  -- heavy

    for batch in batches:
        named = batch.column(FAMILY).to_pylist() if families else []
        views = families({*named}) if families else {}
        texts = (
            pa.array([views.get(name) for name in named], pa.string())
            if views
            else pa.nulls(batch.num_rows, pa.string())
        )
        yield batch.add_column(3, FAMILY_FIELDS, pa.array(texts, pa.string()))


def _kept(batches: Iterable[pa.RecordBatch], keep: Keep | None) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield batch if keep is None else keep(batch)


def _limited(batches: Iterable[pa.RecordBatch], limit: int | None) -> Iterator[pa.RecordBatch]:
    left = limit
    for batch in batches:
        if left is None:
            yield batch
            continue
        if left <= 0:
            return
        yield batch.slice(0, left)
        left -= batch.num_rows


def _chunks(batches: Iterable[pa.RecordBatch], chunk_rows: int) -> Iterator[pa.Table]:
    """Tables of about chunk_rows rows that end where a family ends, of at most twice as many."""
    import pyarrow as pa  # noqa: PLC0415  -- heavy

    held: list[pa.RecordBatch] = []
    families: list[str] = []  # of the rows held
    for batch in batches:
        if not batch.num_rows:
            continue
        held.append(batch)
        families += batch.column(FAMILY).to_pylist()
        if len(families) <= 2 * chunk_rows:
            continue  # where a family ends is only seen from the row behind it
        table = pa.Table.from_batches(held)
        start = 0
        while len(families) - start > 2 * chunk_rows:
            end = start + _end(families, start, chunk_rows)
            yield table.slice(start, end - start)
            start = end
        held, families = table.slice(start).to_batches(), families[start:]
    if not families:
        return
    table, start = pa.Table.from_batches(held), 0
    while start < len(families):
        end = start + _end(families, start, chunk_rows)
        yield table.slice(start, end - start)
        start = end


def _end(families: list[str], start: int, chunk_rows: int) -> int:
    """How many rows from `start` make a chunk: up to the first border at or behind chunk_rows, at most twice that."""
    rest = len(families) - start
    for rows in range(chunk_rows, min(2 * chunk_rows, rest)):
        family = families[start + rows]
        if not family or family != families[start + rows - 1]:
            return rows
    return min(2 * chunk_rows, rest)


def _write(tables: Iterator[pa.Table], out: Path, columns: list[str]) -> list[Chunk]:
    import pyarrow as pa  # noqa: PLC0415  -- heavy
    import pyarrow.parquet as pq  # noqa: PLC0415

    schema = pa.schema(
        [
            pa.field(ORDINAL, pa.int64()),
            pa.field(KEY, pa.string()),
            pa.field(ROW, pa.int64()),
            pa.field(FAMILY, pa.string()),
            pa.field(FAMILY_FIELDS, pa.string()),
            *(pa.field(name, pa.string()) for name in columns),
        ]
    )
    part = out.with_name(f".{out.name}.{uuid.uuid4().hex[:8]}.part")
    chunks: list[Chunk] = []
    first = 0
    try:
        with (
            part.open("xb") as file,
            pq.ParquetWriter(
                file, schema, compression="zstd", compression_level=1, use_dictionary=False, write_statistics=False
            ) as writer,
        ):
            for number, table in enumerate(tables):
                rows = table.num_rows
                ordinals = pa.array(range(first, first + rows), pa.int64())
                whole = (
                    table.select([KEY, ROW, FAMILY, FAMILY_FIELDS, *columns])
                    .add_column(0, ORDINAL, ordinals)
                    .cast(schema)
                )
                writer.write_table(whole, row_group_size=rows)
                chunks.append(Chunk(number=number, first=first, rows=rows))
                first += rows
        _publish(part, out)
    except OSError as error:
        raise _cannot_write(out, error) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return chunks


def _publish(part: Path, out: Path) -> None:
    """Durable under its name, or not there."""
    descriptor = os.open(part, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    part.replace(out)
    folder = os.open(out.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _cannot_write(out: Path, error: OSError) -> StoreError:
    reason = error.strerror or error
    return StoreError(
        f"{out}: the snapshot cannot be written: {reason}; nothing was started: free space or choose another folder",
        zh=f"{out}:无法写入快照:{reason};尚未开始运行,请清理磁盘或更换文件夹",
    )
