"""A sheet as a table of products: names by its layout, merged cells filled down, what is no product set apart."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from goodsmith.catalog.layouts.apart import RowSorter, Shape, wide_rows
from goodsmith.catalog.layouts.finding import Heading, Layout, find_layout
from goodsmith.catalog.layouts.grid import Beyond, Grid, Head, ReadAgain, Rows, Span
from goodsmith.catalog.layouts.merged import FilledDown
from goodsmith.catalog.layouts.naming import MAX_COLUMNS, letters, name_columns, too_wide
from goodsmith.catalog.notices import NoticeBoard
from goodsmith.errors import InputFileError
from goodsmith.records import Column, TableInfo

if TYPE_CHECKING:
    import pyarrow as pa

ROW_COLUMN = "_gs_row"
SECTION = -1  # the place of the column of section titles, which no sheet has


class SheetTable:
    """Reads one grid. The batches have `_gs_row`: a row's place below the names, 0 being the first below them.

    header: first and last row of the names as a person gave them. keep_all: nothing is set apart. visible_only: hidden
    rows are left out. turned: the grid has rows and columns exchanged.
    """

    def __init__(
        self,
        grid: Grid,
        *,
        source: str,
        header: tuple[int, int] | None = None,
        keep_all: bool = False,
        visible_only: bool = False,
        turned: bool = False,
    ) -> None:
        self.grid, self.source, self.header = grid, source, header
        self.keep_all, self.visible_only, self.turned = keep_all, visible_only, turned
        self._board = NoticeBoard()
        self._info: TableInfo | None = None
        self._found: tuple[Head, Layout] | None = None
        self._more: set[int] = set()  # columns that only reading showed
        self._beyond: Beyond | None = None
        self._sectioned = False
        self._last = 0  # number of the row that was read last

    @property
    def total_rows(self) -> int | None:
        """About how many products there are, as far as that is known without reading them."""
        if self._found is None or (rows := self._found[0].total_rows) is None:
            return None
        return max(0, rows - len(self._found[1].above) - (self._found[1].last > 0))

    def info(self) -> TableInfo:
        """After `batches`, the warnings also tell what reading found."""
        if self._info is None:
            self._info = self._look()
        return replace(self._info, warnings=self._board.notices())

    def batches(self) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa  # noqa: PLC0415  # heavy

        info = self.info()
        assert self._found
        head, layout = self._found
        columns = [column for column in info.columns if column.index != SECTION]
        schema = pa.schema([*((column.name, pa.string()) for column in info.columns), (ROW_COLUMN, pa.int64())])
        self._last = layout.last
        for code in _FOUND_BY_READING:
            self._board.drop(code)
        beyond = Beyond()
        filled = FilledDown(_data_spans(head.spans, layout), columns, self._board)
        sorter = RowSorter(self._shape(head, layout, columns), self._board)
        for rows in self.grid.rows(columns, layout.last, beyond, self._board):
            yield from self._sorted(rows, schema, layout.last, filled, sorter)
        sorter.finish()
        if beyond.columns:
            if max(beyond.columns) >= MAX_COLUMNS:
                raise too_wide(self.grid.file, row=beyond.first, sheet=self.grid.sheet)
            self._more |= beyond.columns
            self._beyond = beyond
        if beyond.columns or (sorter.section is not None) != self._sectioned:
            self._sectioned = sorter.section is not None
            self._info = None
            raise ReadAgain(self.grid.file)

    def _sorted(
        self, rows: Rows, schema: pa.Schema, last: int, filled: FilledDown, sorter: RowSorter
    ) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa  # noqa: PLC0415  # heavy
        import pyarrow.compute as pc  # noqa: PLC0415

        counts = _counts(rows.columns, len(rows.numbers))
        for number in rows.hidden:
            self._board.add("hidden_rows_left_out" if self.visible_only else "hidden_rows", row=number)
        kept = pc.greater(counts, 0)
        if self.visible_only and rows.hidden:
            kept = pc.and_(kept, pa.array([number not in rows.hidden for number in rows.numbers]))
        found = None if self.keep_all else sorter.sort(rows.numbers, rows.columns, counts)
        arrays: list[pa.Array] = list(filled.fill(rows.numbers, rows.columns))
        if self._sectioned:
            sections = found.sections if found else None
            arrays.append(pa.nulls(len(counts), pa.string()) if sections is None else sections)
        if found is not None:
            kept = pc.and_(kept, found.products)
        self._note_blank(rows.numbers, counts)
        places = pc.subtract(pa.array(rows.numbers, pa.int64()), last + 1)
        batch = pa.RecordBatch.from_arrays([*arrays, places], schema=schema)
        if (batch := batch if pc.all(kept).as_py() else batch.filter(kept)).num_rows:
            yield batch

    # ---- what the first rows show ---------------------------------------------------------------------------------

    def _look(self) -> TableInfo:
        head = self.grid.head(range(*self.header) if self.header and self.header[0] else ())
        layout = find_layout(head, asked=self.header)
        if layout is None:
            raise _no_names(self.grid, self.header)
        self._found = head, layout
        self._board = board = NoticeBoard()
        described = self.grid.describe(board)
        if layout.turned and not self.turned:
            board.add("turned")
        if layout.above:
            board.add("rows_above_header", count=len(layout.above), detail=layout.above[0][1][:60])
        if layout.first == 0 and self.header is None:
            board.add("no_names")
        if layout.last > layout.first:
            board.add("several_rows_of_names", row=layout.first, detail=f"{layout.first}–{layout.last}")
        if self._beyond is not None:
            board.add("beyond_header", row=self._beyond.first, count=self._beyond.rows)
        return TableInfo(
            source=self.source,
            format=self.grid.format,
            columns=self._columns(head, layout, board),
            sheet=self.grid.sheet,
            header_row=layout.last,
            header_first=layout.first,
            turned=self.turned,
            encoding=described.get("encoding"),
            separator=described.get("separator"),
        )

    def _columns(self, head: Head, layout: Layout, board: NoticeBoard) -> tuple[Column, ...]:
        """Columns with a name or with anything in them; a column without both is only room on the paper."""
        places = sorted({*layout.headings, *self._more, *head.used})
        if len(places) > MAX_COLUMNS or (places and places[-1] >= MAX_COLUMNS):
            raise too_wide(self.grid.file, row=layout.last or 1, sheet=self.grid.sheet)
        headings = [(place, layout.headings.get(place, Heading(name="", whole=""))) for place in places]
        names = [(place, heading.name, heading.whole) for place, heading in headings]
        hidden = head.hidden_columns
        if names_hidden := [heading.name or letters(place) for place, heading in headings if place in hidden]:
            board.add("hidden_columns", detail=", ".join(names_hidden[:6]), count=len(names_hidden))
        if self._sectioned:
            names.append((SECTION, "section", "section"))
        return name_columns(names, board, hidden=hidden)

    def _shape(self, head: Head, layout: Layout, columns: Sequence[Column]) -> Shape:
        places = {column.index: place for place, column in enumerate(columns)}
        flat = [(span.top, span.left, span.right) for span in head.spans if span.top == span.bottom]
        last = layout.headings.get
        return Shape(
            names=[heading.name if (heading := last(column.index)) else "" for column in columns],
            body={places[index]: kind for index, kind in layout.body.items() if index in places},
            filled=layout.filled,
            wide_rows=wide_rows(flat, len(columns)),
        )

    def _note_blank(self, numbers: Sequence[int], counts: pa.Array) -> None:
        """Rows between others without anything in them, whether the grid gives them or not."""
        import pyarrow.compute as pc  # noqa: PLC0415  # heavy

        blank = set(pc.indices_nonzero(pc.equal(counts, 0)).to_pylist())
        if blank:
            numbers = [number for place, number in enumerate(numbers) if place not in blank]
        if not numbers:
            return
        if numbers[-1] - self._last > len(numbers):
            for before, number in zip((self._last, *numbers), numbers, strict=False):
                if number > before + 1:
                    self._board.add("blank_rows", row=before + 1, count=number - before - 1)
        self._last = numbers[-1]


_FOUND_BY_READING = (
    "blank_rows", "error_values", "formula_without_value", "formulas_all_zero", "hidden_rows", "hidden_rows_left_out",
    "long_number", "broken_bytes", "null_bytes", "open_quote", "short_rows", "section_rows", "total_rows", "note_rows",
    "repeated_rows", "lonely_rows", "merged_filled",
)  # fmt: skip


def _counts(columns: Sequence[pa.Array], rows: int) -> pa.Array:
    """How many cells of each row are filled."""
    import pyarrow as pa  # noqa: PLC0415  # heavy
    import pyarrow.compute as pc  # noqa: PLC0415

    full, counts = 0, None
    for column in columns:
        if column.null_count == 0:
            full += 1
        elif column.null_count < rows:
            filled = column.is_valid().cast(pa.int32())
            counts = filled if counts is None else pc.add(counts, filled)
    if counts is None:
        return pa.array([full] * rows, pa.int32())
    return pc.add(counts, full) if full else counts


def _data_spans(spans: Collection[Span], layout: Layout) -> list[Span]:
    return [span for span in spans if span.bottom > max(span.top, layout.last) and span.top > layout.last]


def _no_names(grid: Grid, asked: tuple[int, int] | None) -> InputFileError:
    """The error for a sheet without a row that could name its columns."""
    if asked and asked[0]:
        return InputFileError(
            "the header row that was asked for is blank or not there",
            file=grid.file, sheet=grid.sheet, row=asked[0], zh="指定的表头行为空或不存在",
        )  # fmt: skip
    if grid.sheet is not None:
        return InputFileError(
            "the sheet is empty. Choose another with --sheet", file=grid.file, sheet=grid.sheet,
            zh="工作表是空的。可用 --sheet 选择其他工作表",
        )  # fmt: skip
    return InputFileError(
        "the file is empty; expected a header row and data", file=grid.file, zh="文件是空的;需要表头和数据"
    )
