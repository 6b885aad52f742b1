"""Separated text (.csv, .tsv, .txt): any encoding, quoted line breaks, ragged rows; streamed."""

from __future__ import annotations

import contextlib
import csv
import io
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from goodsmith.catalog.layouts.grid import HEAD_ROWS, PEEK_ROWS, Beyond, Cells, Head, Rows
from goodsmith.catalog.layouts.naming import MAX_COLUMNS, too_wide
from goodsmith.catalog.notices import NoticeBoard
from goodsmith.catalog.texts import encodings
from goodsmith.catalog.texts.garbled import garbled_as, ungarbled
from goodsmith.errors import InputFileError, UsageError
from goodsmith.records import Column

MAX_CELL_CHARACTERS = 16 * 1024**2
BATCH_ROWS = 10_000
BATCH_CHARACTERS = 16 * 1024**2
BATCH_CELLS = 500_000
GARBLED_CHARACTERS = 256 * 1024  # looked at
PEEK_CHARACTERS = 4 * 1024**2
SEPARATORS = (",", "\t", ";", "|")  # of equally good ones, the first
_WORKBOOK_NAMES = {".xlsx", ".xlsm", ".xls", ".et"}
SWALLOWED_ROWS = 3  # lines within a quoted cell that look like rows before we say so

_Records = Iterator[tuple[int, list[str]]]


class TextGrid:
    """A separated text file as a grid. Row numbers are those of the records, as a spreadsheet shows them."""

    sheet = None

    def __init__(
        self, path: Path, *, separator: str | None = None, encoding: str | None = None, most_rows: int | None = None
    ) -> None:
        self.path, self.file, self.most_rows = path, path.name, most_rows
        self._asked_separator, self._asked_encoding = _checked_separator(separator), encoding
        self.encoding = self.separator = ""
        self._seen_as: tuple[str, ...] = ()  # encodings through which the texts were garbled

    @property
    def format(self) -> str:
        return "tsv" if self.separator == "\t" else "csv"

    def head(self, wanted: Collection[int]) -> Head:
        self.encoding = (
            encodings.checked(self._asked_encoding, self.path)
            if self._asked_encoding
            else encodings.find_encoding(self.path)
        )
        self._seen_as = () if self._asked_encoding else self._garbled_as()
        self.separator = self._asked_separator or self._sniffed(self.encoding)
        shown: dict[int, Cells] = {}
        used: set[int] = set()
        characters = 0
        last = max((PEEK_ROWS, *wanted))
        for number, cells in self._records(self.encoding, self.separator, NoticeBoard()):
            if len(cells) > MAX_COLUMNS and used_width(cells) > MAX_COLUMNS:
                raise too_wide(self.file, row=number)
            if any(cells) and (len(shown) < HEAD_ROWS or number in wanted):
                shown[number] = cells
            used.update(column for column, cell in enumerate(cells) if cell)
            characters += sum(map(len, cells))
            if number >= last or characters > PEEK_CHARACTERS:
                break
        return Head(rows=shown, used=frozenset(used))

    def rows(self, columns: Sequence[Column], after: int, beyond: Beyond, board: NoticeBoard) -> Iterator[Rows]:
        places = [column.index for column in columns]
        width = places[-1] + 1 if places else 0
        straight = places == list(range(width))
        known = frozenset(places)
        most_rows = min(BATCH_ROWS, max(64, BATCH_CELLS // max(1, width)))
        numbers: list[int] = []
        rows: list[list[str]] = []
        size = read = 0
        usual = 0
        for number, cells in self._records(self.encoding, self.separator, board):
            if number <= after:
                usual = len(cells) if number == after else usual
                continue
            if len(cells) < usual and any(cells):
                board.add("short_rows", row=number)
            if len(cells) > width or not straight:
                for column, cell in enumerate(cells):
                    if cell and column not in known:
                        beyond.add(column, number)
            if len(cells) != width:
                cells = (cells + [""] * (width - len(cells)))[:width]  # noqa: PLW2901  # the record, made to measure
            numbers.append(number)
            rows.append(cells)
            size += sum(map(len, cells))
            read += 1
            if len(rows) >= most_rows or size > BATCH_CHARACTERS:
                yield _rows(numbers, rows, places)
                numbers, rows, size = [], [], 0
            if self.most_rows and read >= self.most_rows:
                break
        if rows:
            yield _rows(numbers, rows, places)

    def describe(self, board: NoticeBoard) -> Mapping[str, str]:
        if not self._asked_encoding and not self.encoding.startswith("utf"):
            board.add("guessed_encoding", detail=self.encoding)
        if self._seen_as:
            board.add("garbled", detail=", ".join(self._seen_as))
        if self.path.suffix.lower() in _WORKBOOK_NAMES:
            board.add("named_otherwise", column=self.path.suffix, detail="csv")
        return {"encoding": self.encoding, "separator": self.separator}

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
                    yield ungarbled(line, self._seen_as) if self._seen_as else line
                first = False

    def _garbled_as(self) -> tuple[str, ...]:
        if not self.encoding.startswith("utf"):
            return ()
        with self.path.open("rb") as file, io.TextIOWrapper(file, self.encoding, errors="replace") as text:
            return garbled_as(text.read(GARBLED_CHARACTERS).splitlines())

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


def used_width(cells: Sequence[str | None]) -> int:
    """How many cells there are up to the last that is not empty."""
    return next((index + 1 for index in range(len(cells) - 1, -1, -1) if cells[index]), 0)


def _rows(numbers: list[int], rows: Sequence[Sequence[str]], places: Sequence[int]) -> Rows:
    import pyarrow as pa  # noqa: PLC0415  # heavy

    columns = list(zip(*rows, strict=True))
    return Rows(
        numbers=numbers,
        columns=[pa.array([cell or None for cell in columns[place]], pa.string()) for place in places],
    )
