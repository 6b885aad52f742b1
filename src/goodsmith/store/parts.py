"""Results are Parquet files: one for each committed chunk, later about 100,000 rows each.

Every part is sorted by ordinal. A part of generation 0 holds every row of its range; a part of a later generation holds
rows that were tried again, and they take the place of the same ordinals in earlier generations.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from goodsmith.errors import Corrupt, StoreError
from goodsmith.records import Chunk, Part
from goodsmith.store.disk import disk_error, publish

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from goodsmith.store.shared import SharedFolder

ROW_GROUP: Final = 2_500  # rows decoded to show one of them


def write_part(folder: Path, chunk: Chunk, table: pa.Table, *, shared: SharedFolder | None = None) -> Part:
    """Write a chunk's rows, durable under their final name when this returns. folder: of the run.

    table: any columns beside `ordinal`; it is stored sorted by ordinal. shared: where other machines find it.
    """
    import pyarrow.compute as pc  # noqa: PLC0415 - heavy

    ordinals = table.column("ordinal")
    if table.num_rows == 0:
        raise StoreError(f"chunk {chunk.number} has no rows to write")
    place = f"parts/{chunk.number:06d}-{chunk.attempt}.parquet"
    if not pc.all(pc.less(ordinals[:-1], ordinals[1:])).as_py() and table.num_rows > 1:
        table = table.sort_by("ordinal")
        ordinals = table.column("ordinal")
    size = write_parquet(folder / place, iter([table]), table.schema)
    if shared is not None:
        shared.give_once(place)
    return Part(path=place, first=ordinals[0].as_py(), last=ordinals[-1].as_py(), rows=table.num_rows, bytes=size)


def read_rows(
    run_folder: Path, part: Part | str, ordinals: Sequence[int], *, shared: SharedFolder | None = None
) -> pa.Table:
    """Some rows of a part, in the order asked. Decodes only the row groups that hold them.

    Raises Corrupt if the part has no such row.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.compute as pc  # noqa: PLC0415

    path = place_of(run_folder, part, shared)
    with _open(path) as file:
        wanted = set(ordinals)
        groups = [
            group for group, (low, high) in enumerate(_spans(file)) if any(low <= ordinal <= high for ordinal in wanted)
        ]
        table = _guarded(path, lambda: file.read_row_groups(groups, use_threads=False))
    place = pc.index_in(pa.array(ordinals, pa.int64()), value_set=table.column("ordinal").combine_chunks())
    if place.null_count:
        missing = [ordinal for ordinal, where in zip(ordinals, place.to_pylist(), strict=True) if where is None]
        raise Corrupt(f"{path} lacks the rows {missing[:5]}", zh=f"{path} 缺少行 {missing[:5]}")
    return table.take(place)


def results(
    run_folder: Path,
    parts: Sequence[Part],
    *,
    columns: Sequence[str] | None = None,
    refresh: Callable[[], Sequence[Part]] | None = None,
    shared: SharedFolder | None = None,
) -> Iterator[pa.RecordBatch]:
    """All rows of a run in the order of their ordinals, each one once, as last made; a row group at a time.

    columns: names to read, None for all; `ordinal` is always there. refresh gives the parts anew when one has been
    compacted away meanwhile. shared: where parts of other machines are.
    """
    import pyarrow.compute as pc  # noqa: PLC0415 - heavy

    wanted = None if columns is None else list(dict.fromkeys(["ordinal", *columns]))
    after = -1
    while True:
        try:
            for batch in _merged(partial(place_of, run_folder, shared=shared), parts, wanted, after):
                fresh = batch.filter(pc.greater(batch.column("ordinal"), after)) if after >= 0 else batch
                if fresh.num_rows:
                    after = fresh.column("ordinal")[-1].as_py()
                    yield fresh
        except StoreError as problem:
            if refresh is None or not isinstance(problem.__cause__, FileNotFoundError):
                raise
            anew = refresh()
            if {part.path for part in anew} == {part.path for part in parts}:
                raise
            parts = anew
        else:
            return


def write_parquet(
    place: Path, tables: Iterator[pa.Table | pa.RecordBatch], schema: pa.Schema, *, row_group: int = ROW_GROUP
) -> int:
    """Write a Parquet file durably, never visible half-written; its size in bytes."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    unfinished = place.with_name(f"{place.name}.{os.getpid()}.tmp")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with pq.ParquetWriter(
            unfinished, schema, compression="zstd", write_statistics=["ordinal"], store_schema=True
        ) as writer:
            for table in _regrouped(tables, row_group, schema):
                writer.write_table(table, row_group_size=row_group)
        publish(unfinished, place)
        return place.stat().st_size
    except OSError as problem:
        raise disk_error(place, problem) from problem
    finally:
        unfinished.unlink(missing_ok=True)


def place_of(run_folder: Path, part: Part | str, shared: SharedFolder | None = None) -> Path:
    """The file of a part, which is got from the shared folder if it is not here."""
    name = part if isinstance(part, str) else part.path
    return run_folder / name if shared is None else shared.fetch(name)


def last_ordinal(part: Part) -> int:
    return part.last if part.last >= 0 else part.first + part.rows - 1


def _merged(
    place: Callable[[Part], Path], parts: Sequence[Part], columns: list[str] | None, after: int
) -> Iterator[pa.RecordBatch]:
    base = sorted((part for part in parts if part.generation == 0), key=lambda part: part.first)
    again = sorted((part for part in parts if part.generation > 0), key=lambda part: -part.generation)
    kept: dict[str, pa.Table] = {}  # parts of later generations that reach into the current base part
    for part in base:
        if last_ordinal(part) <= after:
            continue
        over = [late for late in again if late.first <= last_ordinal(part) and last_ordinal(late) >= part.first]
        kept = {late.path: kept.get(late.path) or _read(place(late), columns) for late in over}
        yield from _overlaid(place(part), columns, list(kept.values()))


def _overlaid(path: Path, columns: list[str] | None, late: list[pa.Table]) -> Iterator[pa.RecordBatch]:
    """The rows of a base part with those of later generations (newest first) in their places."""
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.compute as pc  # noqa: PLC0415

    with _open(path) as file:
        for group, (low, high) in enumerate(_spans(file)):
            table = _guarded(path, partial(file.read_row_group, group, columns=columns, use_threads=False))
            for newer in reversed(late):
                ordinals = newer.column("ordinal")
                mine = newer.filter(pc.and_(pc.greater_equal(ordinals, low), pc.less_equal(ordinals, high)))
                if mine.num_rows:
                    old = pc.invert(
                        pc.is_in(table.column("ordinal"), value_set=mine.column("ordinal").combine_chunks())
                    )
                    table = pa.concat_tables([table.filter(old), mine], promote_options="default").sort_by("ordinal")
            yield from table.combine_chunks().to_batches()


def _read(path: Path, columns: list[str] | None) -> pa.Table:
    with _open(path) as file:
        return _guarded(path, lambda: file.read(columns=columns, use_threads=False))


def _open(path: Path) -> pq.ParquetFile:
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    return _guarded(path, lambda: pq.ParquetFile(path, memory_map=False))


def _guarded(path: Path, read: Callable[[], Any]) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    try:
        return read()
    except OSError as problem:
        if problem.errno is None:  # Arrow reports damage as an OSError without a number
            raise Corrupt(f"{path} is damaged: {problem}", zh=f"{path} 已损坏:{problem}") from problem
        raise disk_error(path, problem) from problem
    except pa.ArrowInvalid as problem:
        raise Corrupt(f"{path} is damaged: {problem}", zh=f"{path} 已损坏:{problem}") from problem


def _spans(file: pq.ParquetFile) -> Iterator[tuple[int, int]]:
    """(lowest, highest) ordinal of each row group, from the footer."""
    metadata = file.metadata
    names = [metadata.schema.column(place).path for place in range(metadata.num_columns)]
    for group in range(file.num_row_groups):
        found = metadata.row_group(group).column(names.index("ordinal")).statistics
        yield found.min, found.max


def _regrouped(tables: Iterator[pa.Table | pa.RecordBatch], rows: int, schema: pa.Schema) -> Iterator[pa.Table]:
    """The same rows in tables of exactly `rows`, the last one shorter."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    held: list[pa.Table] = []
    count = 0
    for piece in tables:
        table = pa.Table.from_batches([piece]) if isinstance(piece, pa.RecordBatch) else piece
        held.append(table.select(schema.names).cast(schema))
        count += table.num_rows
        while count >= rows:
            joined = pa.concat_tables(held)
            yield joined.slice(0, rows)
            held, count = [joined.slice(rows)], count - rows
    if count:
        yield pa.concat_tables(held)
