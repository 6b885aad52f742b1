"""The products of a run as they were when it began: a Parquet file with one row group per chunk."""

from __future__ import annotations

import bisect
import itertools
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from goodsmith.base.family_fields import variant_and_family
from goodsmith.errors import StoreError
from goodsmith.records import Chunk, Product, RunSpec

if TYPE_CHECKING:
    import pyarrow as pa

    from goodsmith.store.shared import SharedFolder

SNAPSHOT: Final = "snapshot.parquet"
OWN: Final = ("_gs_ordinal", "_gs_key", "_gs_row", "_gs_family", "_gs_family_fields")


class Snapshot:
    """Opened once per process; safe to use from several threads."""

    def __init__(self, folder: Path, spec: RunSpec, *, shared: SharedFolder | None = None) -> None:
        import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

        place = folder / SNAPSHOT if shared is None else shared.fetch(SNAPSHOT)
        if not place.exists():
            raise StoreError(
                f"{place} is not there; if the run was made on another machine, both need the same files_url",
                zh=f"{place} 不存在;若运行创建于另一台机器,两台机器须设置相同的 files_url",
            )
        self._file = pq.ParquetFile(place, memory_map=False)  # mapped pages would count as ours
        meta = self._file.metadata
        sizes = (meta.row_group(number).num_rows for number in range(meta.num_row_groups))
        self._firsts = [0, *itertools.accumulate(sizes)]
        self._names = [name for name in self._file.schema_arrow.names if name not in OWN]
        self._mapped = [
            (field, self._names.index(column)) for field, column in spec.mapping.items() if column in self._names
        ]
        self._lock = threading.Lock()

    @property
    def rows(self) -> int:
        return int(self._firsts[-1])

    def products(self, chunk: Chunk) -> Iterator[Product]:
        """The products of a chunk: a row group, or for a retry the named rows of several."""
        table = self._read(chunk)
        names = [*self._names, *(field for field, _ in self._mapped)]
        columns = [[text or "" for text in table.column(name).to_pylist()] for name in self._names]
        columns += [columns[place] for _, place in self._mapped]
        known = frozenset(table.column_names)  # a run of an earlier version knows nothing of families
        own = [table.column(name).to_pylist() if name in known else [None] * table.num_rows for name in OWN]
        mapped = [(field, self._names[place]) for field, place in self._mapped]
        for ordinal, key, row, family, view, *texts in zip(*own, *columns, strict=True):
            fields, shared = variant_and_family(dict(zip(names, texts, strict=True)), view, row, mapped)
            yield Product(
                ordinal=ordinal, key=key or "", source_row=row, family=family or "", fields=fields, shared=shared
            )

    def groups(self) -> Iterator[pa.Table]:
        """All rows, a row group at a time."""
        for number in range(len(self._firsts) - 1):
            with self._lock:
                table = self._file.read_row_group(number)
            yield table

    def close(self) -> None:
        self._file.close()

    def _read(self, chunk: Chunk) -> pa.Table:
        import pyarrow as pa  # noqa: PLC0415 - heavy
        import pyarrow.compute as pc  # noqa: PLC0415

        with self._lock:
            if chunk.ordinals is None:
                return self._file.read_row_group(self._group_of(chunk.first))
            groups = sorted({self._group_of(ordinal) for ordinal in chunk.ordinals})
            tables = [self._file.read_row_group(group) for group in groups]
        wanted = pa.array(chunk.ordinals, pa.int64())
        return pa.concat_tables(
            [table.filter(pc.is_in(table.column("_gs_ordinal"), value_set=wanted)) for table in tables]
        )

    def _group_of(self, ordinal: int) -> int:
        return bisect.bisect_right(self._firsts, ordinal) - 1
