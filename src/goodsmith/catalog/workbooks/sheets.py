"""Excel workbooks (.xlsx, .xlsm): the displayed text of each cell, streamed from the sheet's XML.

Rows come as a spreadsheet numbers them: the first row of the first batch stands right below the header, and a blank row
in between is a row of nulls.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from goodsmith.catalog.layouts.header import (
    MAX_COLUMNS,
    Beyond,
    Wider,
    column_index,
    find_header,
    letters,
    name_columns,
    no_header,
    too_wide,
)
from goodsmith.catalog.notices import NoticeBoard
from goodsmith.catalog.workbooks import sheet_xml
from goodsmith.catalog.workbooks.cell_texts import (
    ERROR,
    SHARED,
    CellTexts,
    is_long,
    string_place,
    text_within,
    value_within,
)
from goodsmith.catalog.workbooks.number_formats import Formatter
from goodsmith.catalog.workbooks.package import damaged
from goodsmith.catalog.workbooks.sheet_xml import NotXml, Unusual
from goodsmith.catalog.workbooks.workbook import Sheet, Workbook
from goodsmith.errors import InputFileError
from goodsmith.records import TableInfo

if TYPE_CHECKING:
    import pyarrow as pa

MAX_ROWS = 1_048_576  # of a sheet
MAX_CELLS = 500_000_000  # read from one sheet
MAX_TEXT_BYTES = 64 * 1024**3  # of all displayed texts: a short file can show one long text a million times
BATCH_ROWS = 10_000
BATCH_CELLS = 500_000  # bounds the rows of a batch where a table is wide
BATCH_BYTES = 32 * 1024**2
PEEK_ROWS = 1_000  # looked at for the width
HEAD_ROWS = 50  # looked at for the header

Peek = tuple[dict[int, list[str | None]], int]  # the first rows that are not empty, by number; and the width


class SheetReader:
    """Reads one sheet of a workbook."""

    def __init__(self, path: Path, *, sheet: str | None = None, header: int | None = None) -> None:
        self.path, self.sheet, self.header = path, sheet, header
        self._board = NoticeBoard()
        self._info: TableInfo | None = None
        self._beyond: Beyond | None = None

    def info(self) -> TableInfo:
        """After `batches`, the warnings also tell what reading found."""
        if self._info is None:
            with Workbook(self.path) as book:
                self._info = self._look(book)
        return replace(self._info, warnings=self._board.notices())

    def batches(self) -> Iterator[pa.RecordBatch]:
        info = self.info()
        with Workbook(self.path) as book:
            sheet = next(sheet for sheet in book.sheets if sheet.name == info.sheet)
            scan = _Scan(book, sheet, info, self._board)
            try:
                yield from scan.batches()
            except NotXml as error:
                raise self._bad_xml(sheet, error) from error
            if scan.beyond is not None:
                self._beyond, self._info = scan.beyond, None
                raise Wider(self.path.name)

    def _look(self, book: Workbook) -> TableInfo:
        sheet, (rows, width) = self._chosen(book)
        self._board = NoticeBoard()
        if self.path.suffix.lower() not in {".xlsx", ".xlsm", ".xltx", ".xltm"}:
            self._board.add("named_otherwise", column=self.path.suffix, detail="xlsx")
        found = find_header(sorted(rows.items()), asked=self.header)
        if found is None:
            raise no_header(self.path.name, asked=self.header, sheet=sheet.name)
        if above := sum(number < found.row for number in rows):
            self._board.add("rows_above_header", count=above)
        if self._beyond:
            self._board.add("beyond_header", row=self._beyond.row, count=self._beyond.rows)
        width = max(width, self._beyond.width if self._beyond else 0)
        columns = name_columns(found.cells, width, self._board, hidden=book.hidden_columns(sheet))
        self._note_sheets(book, sheet)
        return TableInfo(source=str(self.path), format="xlsx", columns=columns, sheet=sheet.name, header_row=found.row)

    def _chosen(self, book: Workbook) -> tuple[Sheet, Peek]:
        """The asked sheet, or the first visible one that looks like a table, or else the first that is not empty."""
        if self.sheet is not None:
            sheet = book.named(self.sheet)
            return sheet, self._peek(book, sheet)
        best: tuple[Sheet, Peek] | None = None
        for sheet in book.sheets:
            if sheet.hidden:
                continue
            peeked = self._peek(book, sheet)
            rows, width = peeked
            if width >= 2 and len(rows) >= 2:
                return sheet, peeked
            if best is None or (rows and not best[1][0]):
                best = (sheet, peeked)
        if best is None:
            names = [sheet.name for sheet in book.sheets]
            raise InputFileError(
                f"all sheets are hidden. Choose one with --sheet: {', '.join(names)}",
                file=self.path.name, zh=f"所有工作表都是隐藏的。请用 --sheet 选择:{'、'.join(names)}",
            )  # fmt: skip
        return best

    def _peek(self, book: Workbook, sheet: Sheet) -> Peek:
        try:
            return _peek(book, sheet, header=self.header)
        except NotXml as error:
            raise self._bad_xml(sheet, error) from error

    def _bad_xml(self, sheet: Sheet, error: NotXml) -> InputFileError:
        return damaged(self.path, f"sheet {sheet.name!r}: {error}", f"工作表 {sheet.name!r}:{error}")

    def _note_sheets(self, book: Workbook, chosen: Sheet) -> None:
        for code, hidden in (("other_sheets", False), ("hidden_sheets", True)):
            names = [sheet.name for sheet in book.sheets if sheet.hidden == hidden and sheet is not chosen]
            if names:
                self._board.add(code, detail=", ".join(names), count=len(names))


class _Scan:
    """One pass over a sheet that builds batches."""

    def __init__(self, book: Workbook, sheet: Sheet, info: TableInfo, board: NoticeBoard) -> None:
        self.book, self.sheet, self.board = book, sheet, board
        self.columns = info.columns
        self.header_row = info.header_row or 0
        self.size = min(BATCH_ROWS, max(64, BATCH_CELLS // max(1, len(info.columns))))
        self.kinds = CellTexts(book.formats, from_1904=book.from_1904)
        self.places = {letters(column.index): column.index for column in info.columns}
        self.cells_read = 0
        self.text_bytes = 0
        self.has_empty = False  # an empty text is among the shared strings
        self.beyond: Beyond | None = None  # cells to the right of all columns
        self.formulas: dict[int, list[int]] = {}  # column -> formulas with a value, those whose value is 0
        for code in ("error_values", "formula_without_value", "formulas_all_zero", "hidden_rows", "long_number"):
            board.drop(code)

    def batches(self) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa  # noqa: PLC0415  # heavy

        self.schema = pa.schema([(column.name, pa.string()) for column in self.columns])
        self.pool = self._pool()
        self.base = self.header_row + 1  # spreadsheet row of the batch's first row
        self.filled = -1  # last row of the batch that has a value
        self._fresh()
        hidden_seen: set[str] = set()

        def hidden(row: str) -> None:
            if row not in hidden_seen and int(row) > self.header_row:
                hidden_seen.add(row)
                self.board.add("hidden_rows", row=int(row))

        try:
            for chunk in self.book.chunks(self.sheet, rewritten=False, hidden=hidden):
                yield from self._take(chunk, from_row=0)
        except Unusual:
            done = self.base + self.filled  # rows up to here were read; the last one whole, as chunks are whole rows
            for chunk in self.book.chunks(self.sheet, rewritten=True, hidden=hidden):
                yield from self._take(chunk, from_row=done + 1)
        if self.filled >= 0:
            yield from self._flush(self.filled + 1)
        for column, (made, zero) in self.formulas.items():
            if made == zero and made > 1 and not self.book.calculated:
                self.board.add("formulas_all_zero", column=self.columns[column].name, count=made)

    def _take(self, chunk: list[sheet_xml.Cell], *, from_row: int) -> Iterator[pa.RecordBatch]:
        """Put cells in their places; hand batches on as rows go beyond them. Some million turns: kept lean."""
        self.cells_read += len(chunk)
        if self.cells_read > MAX_CELLS:
            raise self.book.package.harmful(f"more than {MAX_CELLS:,} cells", f"超过 {MAX_CELLS:,} 个单元格")
        kinds, places, size = self.kinds, self.places, self.size
        numbers, around = kinds.numbers, kinds.around
        ids, texts = self.ids, self.texts
        first = max(from_row, self.header_row + 1)
        current = ""
        row = offset = 0
        for letter, digits, attributes, value, other in chunk:
            if digits != current:
                current = digits
                row = int(digits)
                offset = row - self.base
            if not value and not other:
                continue
            if row < first:
                continue
            if offset < 0 or row > MAX_ROWS:
                raise NotXml(f"row {row} stands where it cannot")
            column = places.get(letter)
            if column is None:
                self._note_beyond(letter, row, attributes, value, other)
                continue
            kind = kinds[attributes]
            plain = value and attributes not in around
            if plain and kind is SHARED:
                text = ""
            elif plain and kind is not ERROR and (len(value) <= 15 or kind not in numbers):
                text = kind(value)
                if not text:
                    continue
            else:
                text = self._text(kind, attributes, value, other, row, column)
                if not text:
                    continue
            if offset >= size:
                yield from self._advance(offset)
                ids, texts, offset = self.ids, self.texts, row - self.base
            if text:
                texts[column][offset] = text
            else:
                ids[column][offset] = string_place(value)
            if offset > self.filled:  # noqa: PLR1730  # max() takes four times as long
                self.filled = offset

    def _text(self, kind: Formatter, attributes: str, value: str, other: str, row: int, column: int) -> str:
        """The text of a cell that is out of the ordinary: a formula, an error, an inline string, a long number."""
        name = self.columns[column].name
        if other:
            value = self._value_of(other, kind, row, column)
        if not value:
            text = text_within(other, kind)
        elif kind is SHARED:
            index = string_place(value)
            text = self.pool[index].as_py() or "" if 0 <= index < len(self.pool) else ""
        else:
            if kind is ERROR:
                self.board.add("error_values", column=name, row=row, detail=value)
            elif kind in self.kinds.numbers and is_long(value):
                self.board.add("long_number", column=name, row=row)
            text = kind(value)
        before, after = self.kinds.around.get(attributes, ("", ""))
        return f"{before}{text}{after}" if text else ""

    def _value_of(self, other: str, kind: Formatter, row: int, column: int) -> str:
        value = value_within(other)
        if "<f" in other:
            if value:
                made = self.formulas.setdefault(column, [0, 0])
                made[0] += 1
                made[1] += value == "0"
            elif value is None or kind is not sheet_xml.plain:  # a text formula may well give an empty text
                self.board.add("formula_without_value", column=self.columns[column].name, row=row)
        return value or ""

    def _note_beyond(self, letter: str, row: int, attributes: str, value: str, other: str) -> None:
        if not value and not text_within(other, self.kinds[attributes]):
            return
        width = column_index(letter) + 1
        if width > MAX_COLUMNS:
            raise too_wide(self.book.path.name, row=row, sheet=self.sheet.name)
        self.beyond = self.beyond.wider(width, row) if self.beyond else Beyond(width=width, row=row, last=row)

    def _pool(self) -> pa.Array:
        """All shared strings in one compact array, grown in place: joining arrays would need the memory twice."""
        import pyarrow as pa  # noqa: PLC0415  # heavy
        import pyarrow.compute as pc  # noqa: PLC0415

        words, ends, count = bytearray(), bytearray(8), 0
        for texts in self.book.strings():
            if not texts:
                continue
            array = pa.array(texts, pa.large_string())
            _, places, bytes_ = array.buffers()
            own_ends = pa.Array.from_buffers(pa.int64(), len(texts) + 1, [None, places]).slice(1)
            ends += memoryview(pc.add(own_ends, len(words)).buffers()[1])[: 8 * len(texts)]
            if own_ends[-1].as_py():
                words += memoryview(bytes_)[: own_ends[-1].as_py()]
            count += len(texts)
            self.has_empty = self.has_empty or "" in texts
        pool = pa.LargeStringArray.from_buffers(count, pa.py_buffer(ends), pa.py_buffer(words))
        self.lengths = pc.binary_length(pool).cast(pa.int32())
        return pool

    def _fresh(self) -> None:
        self.ids: list[list[int | None]] = [[None] * self.size for _ in self.columns]
        self.texts: list[list[str | None]] = [[None] * self.size for _ in self.columns]

    def _advance(self, offset: int) -> Iterator[pa.RecordBatch]:
        """Hand the batch on, and as many blank ones as lie before the row at `offset`."""
        while offset >= self.size:
            yield from self._flush(self.size)
            offset -= self.size

    def _flush(self, rows: int) -> Iterator[pa.RecordBatch]:
        """The first rows of the batch, in several batches if their texts are long."""
        import pyarrow as pa  # noqa: PLC0415  # heavy
        import pyarrow.compute as pc  # noqa: PLC0415

        pairs = []
        size = 0
        for index, (ids, texts) in enumerate(zip(self.ids, self.texts, strict=True)):
            places = pa.array(ids[:rows] if rows < self.size else ids, pa.int64())
            own = pa.array(texts[:rows] if rows < self.size else texts, pa.large_string())
            self._check_places(places, index)
            size += own.nbytes + (pc.sum(self.lengths.take(places)).as_py() or 0)
            pairs.append((places, own))
        self.text_bytes += size
        if self.text_bytes > MAX_TEXT_BYTES:
            limit = f"{MAX_TEXT_BYTES // 1024**3} GiB"
            raise self.book.package.harmful(f"more than {limit} of text", f"文本超过 {limit}")
        step = max(1, rows // (1 + size // BATCH_BYTES))
        for start in range(0, rows, step):
            arrays = []
            for places, own in pairs:
                part, array = places.slice(start, step), own.slice(start, step)
                if part.null_count < len(part):
                    shared = self.pool.take(part)
                    if self.has_empty:
                        shared = pc.if_else(pc.equal(shared, ""), pa.scalar(None, pa.large_string()), shared)
                    array = shared if array.null_count == len(array) else pc.coalesce(shared, array)
                arrays.append(array.cast(pa.string()))
            yield pa.RecordBatch.from_arrays(arrays, schema=self.schema)
        self.base += rows
        self.filled = -1
        self._fresh()

    def _check_places(self, places: pa.Array, column: int) -> None:
        import pyarrow.compute as pc  # noqa: PLC0415

        if places.null_count == len(places):
            return
        bounds = pc.min_max(places)
        if bounds["min"].as_py() < 0 or bounds["max"].as_py() >= len(self.pool):
            name = self.columns[column].name
            raise NotXml(f"column {name!r} points to a text that the workbook does not have")


def _peek(book: Workbook, sheet: Sheet, *, header: int | None) -> Peek:
    """The texts of the first rows that are not empty, and of the asked header; the width of somewhat more rows."""
    shown: dict[int, dict[int, str]] = {}
    strings: list[tuple[int, int, int]] = []
    seen: set[str] = set()
    width = 0
    kinds = CellTexts(book.formats, from_1904=book.from_1904)
    for chunk in book.chunks(sheet, rewritten=False, first_only=True):
        for letter, digits, attributes, value, other in chunk:
            if not value and not other:
                continue
            kind = kinds[attributes]
            text = None if kind is SHARED else kind(value) if value else text_within(other, kind)
            if text == "":
                continue
            seen.add(digits)
            if len(seen) > PEEK_ROWS:
                break
            column = column_index(letter)
            width = max(width, column + 1)
            if len(seen) > HEAD_ROWS and int(digits) != header:
                continue
            row = shown.setdefault(int(digits), {})
            if text is None:
                strings.append((int(digits), column, string_place(value)))
            else:
                row[column] = text
    texts = book.strings_at({index for _, _, index in strings})
    for number, column, index in strings:
        if texts.get(index):
            shown[number][column] = texts[index]
    return {number: _spread(row) for number, row in shown.items() if row}, width


def _spread(cells: dict[int, str]) -> list[str | None]:
    row: list[str | None] = [None] * (max(cells) + 1)
    for column, text in cells.items():
        row[column] = text
    return row
