"""Grids that are held in memory: small sheets of old formats, and sheets whose rows and columns are exchanged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from goodsmith.catalog.layouts.grid import HEAD_ROWS, PEEK_ROWS, Beyond, Cells, Grid, Head, Rows, Span
from goodsmith.catalog.layouts.naming import MAX_COLUMNS
from goodsmith.catalog.layouts.sheets import choose_sheet, other_sheets
from goodsmith.catalog.notices import NoticeBoard
from goodsmith.errors import InputFileError
from goodsmith.records import Column

BATCH_ROWS = 5_000
MAX_TURNED_CELLS = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What a person should know of a cell: the code of a notice, the place, and what was seen."""

    code: str
    row: int
    column: int
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSheet:
    """All texts of a sheet. rows: by number; hidden_rows: 1-based; hidden_columns: 0-based."""

    name: str = ""
    hidden: bool = False
    rows: Mapping[int, Cells]
    spans: tuple[Span, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    remarks: tuple[Remark, ...] = ()


class HeldGrid:
    """A sheet of a file whose sheets are read as wholes."""

    def __init__(
        self,
        path: Path,
        format: str,  # noqa: A002  # the word of TableInfo
        read: Callable[[], Sequence[HeldSheet]],
        *,
        sheet: str | None = None,
        encoding: str | None = None,
        endings: Collection[str] = (),
    ) -> None:
        self.path, self.file, self.format = path, path.name, format
        self._read, self._asked, self._encoding, self._endings = read, sheet, encoding, endings
        self._sheets: Sequence[HeldSheet] = ()
        self._held: HeldSheet | None = None

    @property
    def sheet(self) -> str | None:
        return self._held.name if self._held else None

    def head(self, wanted: Collection[int]) -> Head:
        self._sheets = self._sheets or self._read()

        def look(sheet: HeldSheet) -> tuple[Head, int, int]:
            head = head_of(sheet, wanted)
            return head, len(sheet.rows), len(head.used)

        self._held, head = choose_sheet(self._sheets, self._asked, look, file=self.file)
        return head

    def rows(self, columns: Sequence[Column], after: int, beyond: Beyond, board: NoticeBoard) -> Iterator[Rows]:
        assert self._held
        names = {column.index: column.name for column in columns}
        for remark in self._held.remarks:
            if remark.row > after and remark.column in names:
                board.add(remark.code, column=names[remark.column], row=remark.row, detail=remark.detail)
        yield from rows_of(self._held, columns, after, beyond)

    def describe(self, board: NoticeBoard) -> Mapping[str, str]:
        if self.path.suffix.lower() not in self._endings:
            board.add("named_otherwise", column=self.path.suffix, detail=self.format)
        for code, names in other_sheets(self._sheets, self.sheet).items():
            board.add(code, detail=", ".join(names), count=len(names))
        return {"encoding": self._encoding} if self._encoding else {}


def head_of(held: HeldSheet, wanted: Collection[int]) -> Head:
    shown: dict[int, Cells] = {}
    used: set[int] = set()
    for place, (number, cells) in enumerate(held.rows.items()):
        if place < HEAD_ROWS or number in wanted:
            shown[number] = cells
        if place < PEEK_ROWS:
            used.update(column for column, cell in enumerate(cells) if cell)
    return Head(
        rows=shown,
        used=frozenset(used),
        spans=held.spans,
        hidden_columns=held.hidden_columns,
        total_rows=len(held.rows),
    )


def rows_of(held: HeldSheet, columns: Sequence[Column], after: int, beyond: Beyond) -> Iterator[Rows]:
    import pyarrow as pa  # noqa: PLC0415  # heavy

    known = frozenset(column.index for column in columns)
    numbers = [number for number in held.rows if number > after]
    for start in range(0, len(numbers), BATCH_ROWS):
        part = numbers[start : start + BATCH_ROWS]
        for number in part:
            for column, cell in enumerate(held.rows[number]):
                if cell and column not in known:
                    beyond.add(column, number)
        yield Rows(
            numbers=part,
            columns=[
                pa.array([_cell(held.rows[number], column.index) for number in part], pa.string()) for column in columns
            ],
            hidden=held.hidden_rows.intersection(part),
        )


class TurnedGrid:
    """Another grid with rows and columns exchanged: the first column names the columns, each column is a row."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._held: HeldSheet | None = None

    @property
    def file(self) -> str:
        return self._grid.file

    @property
    def format(self) -> str:
        return self._grid.format

    @property
    def sheet(self) -> str | None:
        return self._grid.sheet

    def head(self, wanted: Collection[int]) -> Head:
        self._held = turned(self._grid, self._grid.head(()))
        return head_of(self._held, wanted)

    def rows(self, columns: Sequence[Column], after: int, beyond: Beyond, board: NoticeBoard) -> Iterator[Rows]:
        assert self._held
        yield from rows_of(self._held, columns, after, beyond)

    def describe(self, board: NoticeBoard) -> Mapping[str, str]:
        return self._grid.describe(board)


def turned(grid: Grid, head: Head) -> HeldSheet:
    """All of a sheet with rows and columns exchanged. Raises InputFileError if it is larger than such sheets are."""
    places = sorted(head.used)
    while True:
        beyond, board = Beyond(), NoticeBoard()
        columns = [Column(name=str(place), index=place) for place in places]
        taken: dict[int, list[str | None]] = {place: [] for place in places}
        numbers: list[int] = []
        hidden: set[int] = set()
        for rows in grid.rows(columns, 0, beyond, board):
            numbers += rows.numbers
            hidden.update(rows.hidden)
            for place, array in zip(places, rows.columns, strict=True):
                taken[place] += array.to_pylist()
            if len(numbers) * len(places) > MAX_TURNED_CELLS or len(numbers) > MAX_COLUMNS:
                raise InputFileError(
                    f"too large to be transposed: more than {MAX_COLUMNS:,} rows would become columns",
                    file=grid.file, sheet=grid.sheet, zh=f"表格过大,无法转置:超过 {MAX_COLUMNS:,} 行会变成列",
                )  # fmt: skip
        if not beyond.columns:
            break
        places = sorted({*places, *beyond.columns})
    width = max(numbers, default=0)
    made: dict[int, Cells] = {}
    for place in places:
        cells: list[str | None] = [None] * width
        for number, text in zip(numbers, taken[place], strict=True):
            cells[number - 1] = text
        made[place + 1] = cells
    spans = tuple(
        Span(top=span.left + 1, bottom=span.right + 1, left=span.top - 1, right=span.bottom - 1) for span in head.spans
    )
    return HeldSheet(
        rows=made,
        spans=spans,
        hidden_rows=frozenset(place + 1 for place in head.hidden_columns),
        hidden_columns=frozenset(number - 1 for number in hidden),
    )


def _cell(cells: Cells, column: int) -> str | None:
    return (cells[column] if column < len(cells) else None) or None
