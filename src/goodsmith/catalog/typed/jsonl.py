"""JSON Lines (.jsonl, .ndjson): one object per line; numbers keep the digits they were written with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodsmith.catalog.layouts.grid import ReadAgain
from goodsmith.catalog.layouts.naming import MAX_COLUMNS, name_columns, named, too_wide
from goodsmith.catalog.notices import NoticeBoard
from goodsmith.catalog.typed.values import WrittenNumber, as_text
from goodsmith.errors import InputFileError
from goodsmith.records import TableInfo

if TYPE_CHECKING:
    import pyarrow as pa

MAX_LINE_BYTES = 64 * 1024**2
BATCH_ROWS = 10_000
BATCH_BYTES = 32 * 1024**2
PEEK_ROWS = 1_000
PEEK_BYTES = 4 * 1024**2


class JsonLinesReader:
    """Reads a JSON Lines file. Its columns are the keys of all objects, in the order in which they first appear."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._board = NoticeBoard()
        self._info: TableInfo | None = None
        self._keys: dict[str, int] = {}

    def info(self) -> TableInfo:
        if self._info is None:
            size = 0
            for count, (_, record, length) in enumerate(self._records(), start=1):
                self._learn(record)
                size += length
                if count >= PEEK_ROWS or size > PEEK_BYTES:
                    break
            if not self._keys:
                raise InputFileError(
                    "the file holds no records; expected one JSON object per line",
                    file=self.path.name, zh="文件中没有记录;每行应为一个 JSON 对象",
                )  # fmt: skip
            self._board = NoticeBoard()
            columns = name_columns(named(list(self._keys)), self._board)
            self._info = TableInfo(source=str(self.path), format="jsonl", columns=columns)
        return replace(self._info, warnings=self._board.notices())

    def batches(self) -> Iterator[pa.RecordBatch]:
        info = self.info()
        keys = list(self._keys)
        rows: list[dict[str, Any]] = []
        size = 0
        for number, record, length in self._records():
            if not record.keys() <= self._keys.keys():
                self._learn(record)
                if len(self._keys) > MAX_COLUMNS:
                    raise too_wide(self.path.name, row=number)
            rows.append(record)
            size += length
            if len(rows) >= BATCH_ROWS or size > BATCH_BYTES:
                yield _batch(rows, keys, info)
                rows, size = [], 0
        if rows:
            yield _batch(rows, keys, info)
        if len(self._keys) > len(keys):
            self._info = None
            raise ReadAgain(self.path.name)

    def _learn(self, record: dict[str, Any]) -> None:
        for key in record:
            self._keys.setdefault(key, len(self._keys))

    def _records(self) -> Iterator[tuple[int, dict[str, Any], int]]:
        """Line number, object, bytes. A blank line is no record."""
        with self.path.open("rb") as file:
            number = 0
            while line := file.readline(MAX_LINE_BYTES):
                number += 1
                if len(line) >= MAX_LINE_BYTES:
                    raise self._bad(number, f"longer than {MAX_LINE_BYTES // 1024**2} MiB")
                if number == 1:
                    line = line.removeprefix(b"\xef\xbb\xbf")
                if not line.strip():
                    continue
                try:
                    record = json.loads(line, parse_int=WrittenNumber, parse_float=WrittenNumber)
                except (ValueError, RecursionError) as error:
                    raise self._bad(number, str(error) or "nested too deeply") from error
                if not isinstance(record, dict):
                    raise self._bad(number, f"a JSON {type(record).__name__} instead of an object")
                yield number, record, len(line)

    def _bad(self, number: int, reason: str) -> InputFileError:
        return InputFileError(
            f"not a JSON object: {reason}. Expected one object per line, in UTF-8",
            file=self.path.name, row=number, zh=f"不是 JSON 对象:{reason}。每行应为一个对象,UTF-8 编码",
        )  # fmt: skip


def _batch(rows: list[dict[str, Any]], keys: list[str], info: TableInfo) -> pa.RecordBatch:
    import pyarrow as pa  # noqa: PLC0415  # heavy

    schema = pa.schema([(column.name, pa.string()) for column in info.columns])
    arrays = [pa.array([as_text(row.get(key)) for row in rows], pa.string()) for key in keys]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
