"""Parquet files: every type as the text a person would read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from goodsmith.catalog.layouts.naming import MAX_COLUMNS, name_columns, named, too_wide
from goodsmith.catalog.notices import NoticeBoard
from goodsmith.catalog.typed.values import text_batches
from goodsmith.catalog.workbooks.package import damaged
from goodsmith.records import TableInfo

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

BATCH_ROWS = 10_000


class ParquetReader:
    """Reads a Parquet file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._board = NoticeBoard()
        self._info: TableInfo | None = None

    def info(self) -> TableInfo:
        if self._info is None:
            with self._open() as file:
                names = list(file.schema_arrow.names)
                if len(names) > MAX_COLUMNS:
                    raise too_wide(self.path.name, row=1)
                columns = name_columns(named(names), self._board)
                self._info = TableInfo(
                    source=str(self.path), format="parquet", columns=columns, rows=file.metadata.num_rows
                )
        return replace(self._info, warnings=self._board.notices())

    def batches(self) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa  # noqa: PLC0415  # heavy

        info = self.info()
        self._board.drop("binary_column")
        with self._open() as file:
            try:
                yield from text_batches(
                    file.iter_batches(BATCH_ROWS), [column.name for column in info.columns], self._board
                )
            except (pa.ArrowException, OSError) as error:
                raise damaged(self.path, str(error), str(error)) from error

    def _open(self) -> pq.ParquetFile:
        import pyarrow as pa  # noqa: PLC0415  # heavy
        import pyarrow.parquet as pq  # noqa: PLC0415

        try:
            return pq.ParquetFile(self.path)
        except (pa.ArrowException, OSError) as error:
            raise damaged(self.path, str(error), str(error)) from error
