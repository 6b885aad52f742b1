"""Separated text (.csv, .tsv, .txt): any encoding, quoted line breaks, ragged rows; streamed."""

from __future__ import annotations

import contextlib
import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from goodsmith.catalog.layouts.header import (
    MAX_COLUMNS,
    Wider,
    find_header,
    name_columns,
    no_header,
    too_wide,
    used_width,
)
from goodsmith.catalog.notices import NoticeBoard
from goodsmith.catalog.texts import encodings
from goodsmith.errors import InputFileError, UsageError
from goodsmith.records import TableInfo

if TYPE_CHECKING:
    import pyarrow as pa

MAX_CELL_CHARACTERS = 16 * 1024**2
BATCH_ROWS = 10_000
BATCH_CHARACTERS = 16 * 1024**2
BATCH_CELLS = 500_000
PEEK_ROWS = 1_000
PEEK_CHARACTERS = 4 * 1024**2
SEPARATORS = (",", "\t", ";", "|")  # of equally good ones, the first
_WORKBOOK_NAMES = {".xlsx", ".xlsm", ".xls", ".et"}
SWALLOWED_ROWS = 3  # lines within a quoted cell that look like rows before we say so

_Records = Iterator[tuple[int, list[str]]]


class TextReader:
    """Reads a separated text file. Row numbers are those of the records, as a spreadsheet shows them."""

    def __init__(
        self, path: Path, *, separator: str | None = None, encoding: str | None = None, header: int | None = None
    ) -> None:
        self.path, self.header = path, header
        self._asked_separator, self._asked_encoding = _checked_separator(separator), encoding
        self._board = NoticeBoard()
        self._info: TableInfo | None = None
        self._header_width = 0
        self._reach = 0  # cells of the widest row that was read

    def info(self) -> TableInfo:
        """After `batches`, the warnings also tell what reading found."""
        if self._info is None:
            self._info = self._look()
        return replace(self._info, warnings=self._board.notices())

    def batches(self) -> Iterator[pa.RecordBatch]:
        info = self.info()
        encoding, separator = info.encoding or "utf-8", info.separator or ","
        for code in ("beyond_header", "broken_bytes", "null_bytes", "open_quote", "short_rows"):
            self._board.drop(code)
        width = len(info.columns)
        most_rows = min(BATCH_ROWS, max(64, BATCH_CELLS // max(1, width)))
        reach = 0
        rows: list[list[str]] = []
        size = 0
        for number, cells in self._records(encoding, separator, self._board):
            if number <= (info.header_row or 0):
                continue
            if len(cells) < self._header_width:
                if cells:
                    self._board.add("short_rows", row=number)
            elif len(cells) > self._header_width and (used := used_width(cells)) > self._header_width:
                self._board.add("beyond_header", row=number)
                if used > MAX_COLUMNS:
                    raise too_wide(self.path.name, row=number)
                reach = max(reach, used)
            rows.append(cells if len(cells) == width else (cells + [""] * (width - len(cells)))[:width])
            size += sum(map(len, cells))
            if len(rows) >= most_rows or size > BATCH_CHARACTERS:
                yield _batch(rows, info)
                rows, size = [], 0
        if rows:
            yield _batch(rows, info)
        if reach > width:
            self._reach, self._info = reach, None
            raise Wider(self.path.name)

    def _look(self) -> TableInfo:
        encoding = (
            encodings.checked(self._asked_encoding, self.path)
            if self._asked_encoding
            else encodings.find_encoding(self.path)
        )
        separator = self._asked_separator or self._sniffed(encoding)
        self._board = board = NoticeBoard()
        shown: list[tuple[int, list[str]]] = []
        width = characters = 0
        for number, cells in self._records(encoding, separator, NoticeBoard()):
            shown.append((number, cells))
            width = max(width, used_width(cells))
            characters += sum(map(len, cells))
            if len(shown) >= max(PEEK_ROWS, self.header or 0) or characters > PEEK_CHARACTERS:
                break
        if not self._asked_encoding and not encoding.startswith("utf"):
            board.add("guessed_encoding", detail=encoding)
        if self.path.suffix.lower() in _WORKBOOK_NAMES:
            board.add("named_otherwise", column=self.path.suffix, detail="csv")
        found = find_header(shown, asked=self.header)
        if found is None:
            raise no_header(self.path.name, asked=self.header)
        if above := sum(any(cells) for number, cells in shown if number < found.row):
            board.add("rows_above_header", count=above)
        self._header_width = max(len(found.cells), 0 if found.row else width)
        width = max(width, self._reach)
        if width > MAX_COLUMNS:
            raise too_wide(self.path.name, row=found.row)
        return TableInfo(
            source=str(self.path),
            format="tsv" if separator == "\t" else "csv",
            columns=name_columns(found.cells, width, board),
            header_row=found.row,
            encoding=encoding,
            separator=separator,
        )

    def _records(self, encoding: str, separator: str, board: NoticeBoard) -> _Records:
        """Numbered records. A blank line is a record without cells."""
        csv.field_size_limit(MAX_CELL_CHARACTERS)  # of the process; its own default of 131,072 loses long cells
        number = 1
        taken: list[str] = []  # lines of the record that is being read

        def lines() -> Iterator[str]:
            for line in self._lines(encoding):
                if "\ufffd" in line:
                    name = "UTF-8" if encoding.startswith("utf-8") else encoding
                    board.add("broken_bytes", row=number, detail=name, count=line.count("\ufffd"))
                if "\x00" in line:
                    board.add("null_bytes", row=number, count=line.count("\x00"))
                if len(line) >= MAX_CELL_CHARACTERS:
                    raise self._endless(number)
                taken.append(line.replace("\x00", ""))
                yield taken[-1]

        records = csv.reader(lines(), delimiter=separator)
        try:
            for cells in records:
                if len(taken) > 1:
                    self._note_swallowed(taken, cells, separator, number, board)
                last = taken[:]
                taken.clear()
                yield number, cells
                number += 1
        except csv.Error as error:
            raise self._endless(number) from error
        else:
            if number > 1 and _is_open(last, separator):
                raise InputFileError(
                    "a quote is opened here and never closed, so the rest of the file would be one cell. "
                    "Close the quote, or double the quotes within a cell",
                    file=self.path.name, row=number - 1,
                    zh="此处的引号没有闭合,文件其余部分会被当作一个单元格。请补上引号,或将单元格内的引号写成两个",
                )  # fmt: skip

    def _lines(self, encoding: str) -> Iterator[str]:
        with self.path.open("rb") as file, io.TextIOWrapper(file, encoding, errors="replace", newline="") as text:
            first = True
            while line := text.readline(MAX_CELL_CHARACTERS):
                if not (first and line[:4].lower() == "sep=" and len(line.strip()) == 5):
                    yield line
                first = False

    def _endless(self, number: int) -> InputFileError:
        return InputFileError(
            f"a cell of more than {MAX_CELL_CHARACTERS:,} characters. Is a quote left open?",
            file=self.path.name, row=number,
            zh=f"单元格超过 {MAX_CELL_CHARACTERS:,} 个字符。是否有未闭合的引号?",
        )  # fmt: skip

    def _note_swallowed(
        self, lines: Sequence[str], cells: Sequence[str], separator: str, number: int, board: NoticeBoard
    ) -> None:
        """A stray quote makes one cell of many rows; such a cell is full of separators."""
        if len(lines) <= SWALLOWED_ROWS or len(cells) < 2:
            return
        alike = sum(line.count(separator) >= len(cells) - 1 for line in lines[1:-1])
        if alike >= SWALLOWED_ROWS and alike * 2 > len(lines):
            board.add("open_quote", row=number, count=alike)

    def _sniffed(self, encoding: str) -> str:
        """The separator that cuts the first lines into the same number of cells most often."""
        with self.path.open("rb") as file, io.TextIOWrapper(file, encoding, errors="replace", newline="") as text:
            start = text.read(64 * 1024)
            whole = len(start) < 64 * 1024
        if start[:4].lower() == "sep=" and start[5:6] in {"\r", "\n"}:
            return start[4]
        csv.field_size_limit(MAX_CELL_CHARACTERS)
        best, best_score = ",", (0.0, 0)
        for separator in SEPARATORS:
            widths = _widths(start, separator, whole=whole)
            if not widths:
                continue
            width, times = widths.most_common(1)[0]
            score = (round(times / sum(widths.values()), 1), width)
            if width > 1 and score > best_score:
                best, best_score = separator, score
        return best


def _widths(start: str, separator: str, *, whole: bool) -> Counter[int]:
    """How many of the first records have how many cells. whole: the last one is not torn by the end of the sample."""
    widths: list[int] = []
    with contextlib.suppress(csv.Error):  # an endless cell, reported where the rows are read
        widths.extend(len(cells) for cells in csv.reader(io.StringIO(start, newline=""), delimiter=separator) if cells)
    if len(widths) > 1 and not whole:
        widths.pop()
    return Counter(widths[:200])


def _checked_separator(asked: str | None) -> str | None:
    if asked is None:
        return None
    named = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}.get(asked.lower(), asked)
    if len(named) != 1 or named in '"\r\n':
        raise UsageError(
            f"separator {asked!r}: expected one character, such as ',' ';' '|' or tab",
            zh=f"分隔符 {asked!r}:应为单个字符,如 ',' ';' '|' 或 tab",
        )
    return named


def _is_open(lines: Sequence[str], separator: str) -> bool:
    """Whether a record ends within quotes."""
    try:
        list(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def _batch(rows: Sequence[Sequence[str]], info: TableInfo) -> pa.RecordBatch:
    import pyarrow as pa  # noqa: PLC0415  # heavy

    columns = zip(*rows, strict=True)
    schema = pa.schema([(column.name, pa.string()) for column in info.columns])
    arrays = [pa.array([cell or None for cell in column], pa.string()) for column in columns]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
