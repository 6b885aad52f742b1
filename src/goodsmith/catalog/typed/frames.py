"""Data frames in memory (pandas, polars, Arrow) through the Arrow C stream; none of the libraries is imported here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from goodsmith.catalog.layouts.naming import name_columns, named
from goodsmith.catalog.notices import NoticeBoard
from goodsmith.catalog.typed.values import as_text, text_batches
from goodsmith.records import TableInfo

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 10_000


def is_frame(source: object) -> bool:
    """Whether something can be read as a table: it offers an Arrow stream, or is a pandas frame of old."""
    return hasattr(source, "__arrow_c_stream__") or _is_pandas(source)


class FrameReader:
    """Reads a data frame. A pandas index is no column: put it into one with `reset_index()` if it matters."""

    def __init__(self, frame: Any) -> None:
        self.frame = frame
        self._board = NoticeBoard()
        self._info: TableInfo | None = None
        self._stream: pa.RecordBatchReader | None = None  # opened for its schema, and not yet read

    def info(self) -> TableInfo:
        if self._info is None:
            names = [str(name) for name in self._names()]
            columns = name_columns(named(names), self._board)
            rows = len(self.frame) if hasattr(self.frame, "__len__") else None
            kind = type(self.frame).__module__.partition(".")[0]
            self._info = TableInfo(source=f"{kind} frame", format="frame", columns=columns, rows=rows)
        return replace(self._info, warnings=self._board.notices())

    def batches(self) -> Iterator[pa.RecordBatch]:
        self._board.drop("binary_column")
        names = [column.name for column in self.info().columns]
        if _is_pandas(self.frame):
            yield from _pandas_batches(self.frame, names, self._board)
        else:
            yield from text_batches(self._opened(), names, self._board)

    def _names(self) -> list[Any]:
        if _is_pandas(self.frame):
            return list(self.frame.columns)
        self._stream = self._opened()
        return list(self._stream.schema.names)

    def _opened(self) -> pa.RecordBatchReader:
        import pyarrow as pa  # noqa: PLC0415  # heavy

        stream, self._stream = self._stream, None
        return stream or pa.RecordBatchReader.from_stream(self.frame)


def _is_pandas(source: object) -> bool:
    return (
        type(source).__module__.partition(".")[0] == "pandas" and hasattr(source, "iloc") and hasattr(source, "columns")
    )


def _pandas_batches(frame: Any, names: list[str], board: NoticeBoard) -> Iterator[pa.RecordBatch]:
    """Column by column, because a pandas column may mix types, which Arrow does not take."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    schema = pa.schema([(name, pa.string()) for name in names])
    for start in range(0, len(frame), BATCH_ROWS):
        part = frame.iloc[start : start + BATCH_ROWS]
        arrays = []
        for index in range(len(names)):
            values = part.iloc[:, index]
            try:
                array = pa.Array.from_pandas(values)
            except (pa.ArrowException, TypeError, ValueError):
                arrays.append(pa.array([as_text(value) for value in values], pa.string()))
                continue
            made = pa.RecordBatch.from_arrays([array], names=["column"])
            arrays.append(next(text_batches([made], [names[index]], board)).column(0))
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)
