"""Excel workbooks (.xlsx, .xlsm): the displayed text of each cell, streamed from the sheet's XML.

Rows come as a spreadsheet numbers them: the first row of the first batch stands right below the header, and a blank row
in between is a row of nulls.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from goodsmith.catalog import sheet_xml
from goodsmith.catalog.header import (
    MAX_COLUMNS,
    Beyond,
    Wider,
    find_header,
    letters,
    name_columns,
    no_header,
    too_wide,
)
from goodsmith.catalog.notices import NoticeBoard
from goodsmith.catalog.number_formats import (
    BUILT_IN,
    Formatter,
    general,
    is_date,
    make_formatter,
    make_text_formatter,
    serial_of,
)
from goodsmith.catalog.package import Package, damaged
from goodsmith.catalog.sheet_xml import NotXml, Unusual
from goodsmith.errors import InputFileError, UnknownName
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

_SHEET_PARTS = frozenset({"worksheet", "cols", "col", "sheetData", "row", "c", "v", "f", "is", "t", "r", "rPh"})
_STRING_PARTS = frozenset({"sst", "si", "t", "r", "rPh"})
_VALUE = re.compile(r"<v(?:\s[^>]*)?>([^<]*)</v>")
_HIDDEN_ROW = re.compile(r'<row [^>]*?\br="([0-9]+)"[^>]*?\bhidden="(?:1|true)"')
_COL = re.compile(r"<col\s([^>]*?)/?>")
_ATTRIBUTE = re.compile(r'([A-Za-z]+)="([^"]*)"')


Peek = tuple[dict[int, list[str | None]], int]  # the first rows that are not empty, by number; and the width


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    name: str
    part: str
    hidden: bool


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
            with _Workbook(self.path) as book:
                self._info = self._look(book)
        return replace(self._info, warnings=self._board.notices())

    def batches(self) -> Iterator[pa.RecordBatch]:
        info = self.info()
        with _Workbook(self.path) as book:
            sheet = next(sheet for sheet in book.sheets if sheet.name == info.sheet)
            scan = _Scan(book, sheet, info, self._board)
            try:
                yield from scan.batches()
            except NotXml as error:
                raise self._bad_xml(sheet, error) from error
            if scan.beyond is not None:
                self._beyond, self._info = scan.beyond, None
                raise Wider

    def _look(self, book: _Workbook) -> TableInfo:
        sheet, (rows, width) = self._chosen(book)
        self._board = NoticeBoard()
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
        return TableInfo(
            source=str(self.path), format="xlsx", columns=columns, sheet=sheet.name, header_row=found.row or None
        )

    def _chosen(self, book: _Workbook) -> tuple[Sheet, Peek]:
        """The asked sheet, or the first visible one that looks like a table, or else the first that is not empty."""
        if self.sheet is not None:
            sheet = _named(book, self.sheet)
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

    def _peek(self, book: _Workbook, sheet: Sheet) -> Peek:
        try:
            return book.peek(sheet, header=self.header)
        except NotXml as error:
            raise self._bad_xml(sheet, error) from error

    def _bad_xml(self, sheet: Sheet, error: NotXml) -> InputFileError:
        return damaged(self.path, f"sheet {sheet.name!r}: {error}", f"工作表 {sheet.name!r}:{error}")

    def _note_sheets(self, book: _Workbook, chosen: Sheet) -> None:
        for code, hidden in (("other_sheets", False), ("hidden_sheets", True)):
            names = [sheet.name for sheet in book.sheets if sheet.hidden == hidden and sheet is not chosen]
            if names:
                self._board.add(code, detail=", ".join(names), count=len(names))


class _Workbook:
    """What a workbook says about its sheets, styles and strings."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.package = Package(path)
        try:
            self._open()
        except NotXml as error:
            self.package.close()
            raise damaged(path, str(error), str(error)) from error
        except BaseException:
            self.package.close()
            raise

    def __enter__(self) -> _Workbook:
        return self

    def __exit__(self, *_: object) -> None:
        self.package.close()

    def hidden_columns(self, sheet: Sheet) -> frozenset[int]:
        head, _, _ = next(self._head(sheet, rewritten=False))
        hidden: set[int] = set()
        for attributes in _COL.findall(head):
            named = dict(_ATTRIBUTE.findall(attributes))
            if named.get("hidden") in {"1", "true"}:
                first, last = int(named.get("min", 1)), int(named.get("max", 1))
                hidden.update(range(first - 1, min(last, MAX_COLUMNS)))
        return frozenset(hidden)

    def peek(self, sheet: Sheet, *, header: int | None = None) -> Peek:
        """The texts of the first rows that are not empty, and of the asked header; the width of somewhat more rows."""
        shown: dict[int, dict[int, str]] = {}
        strings: list[tuple[int, int, int]] = []
        seen: set[str] = set()
        width = 0
        kinds = Kinds(self)
        for chunk in self.chunks(sheet, rewritten=False, first_only=True):
            for letter, digits, attributes, value, other in chunk:
                if not value and not other:
                    continue
                kind = kinds[attributes]
                text = None if kind is SHARED else kind(value) if value else _other_text(other, kind)
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
                    strings.append((int(digits), column, _whole(value)))
                else:
                    row[column] = text
        texts = self._strings_at({index for _, _, index in strings})
        for number, column, index in strings:
            if texts.get(index):
                shown[number][column] = texts[index]
        return {number: _spread(row) for number, row in shown.items() if row}, width

    def chunks(
        self, sheet: Sheet, *, rewritten: bool, first_only: bool = False, hidden: Callable[[str], None] | None = None
    ) -> Iterator[list[sheet_xml.Cell]]:
        """The cells of a sheet, some thousand at a time. Raises Unusual if it must be read rewritten."""
        try:
            for head, text, done in self._head(sheet, rewritten=rewritten):
                del head
                if hidden is not None and 'hidden="' in text:
                    for row in _HIDDEN_ROW.findall(text):
                        hidden(row)
                yield sheet_xml.cells(text)
                if done or first_only:
                    return
        except Unusual:
            if rewritten or not first_only:
                raise
            yield from self.chunks(sheet, rewritten=True, first_only=True)

    def strings(self) -> Iterator[list[str]]:
        """The shared strings in order, some thousand at a time."""
        part = self._strings_part
        if part is None:
            return
        given = 0
        try:
            for texts in self._strings(part, rewritten=False):
                given += len(texts)
                yield texts
        except Unusual:
            for texts in self._strings(part, rewritten=True):
                passed = min(given, len(texts))
                given -= passed
                yield texts[passed:]

    def _strings(self, part: str, *, rewritten: bool) -> Iterator[list[str]]:
        pieces = self.package.pieces(part)
        if rewritten:
            pieces = sheet_xml.usual(pieces, _STRING_PARTS)
        first = True
        for piece in sheet_xml.pieces_up_to(pieces, b"</si>"):
            if first and not rewritten:
                sheet_xml.check_usual(piece, b"sst")
            first = False
            yield sheet_xml.shared_strings(self._decoded(piece))

    def _strings_at(self, wanted: set[int]) -> dict[int, str]:
        found: dict[int, str] = {}
        if not wanted:
            return found
        first, last = 0, max(wanted)
        for texts in self.strings():
            found |= {index: texts[index - first] for index in wanted if first <= index < first + len(texts)}
            first += len(texts)
            if first > last:
                break
        return found

    def _head(self, sheet: Sheet, *, rewritten: bool) -> Iterator[tuple[str, str, bool]]:
        """Pieces of whole rows: what stands before the rows (first piece only), the rows, and whether they are all."""
        pieces = self.package.pieces(sheet.part)
        if rewritten:
            pieces = sheet_xml.usual(pieces, _SHEET_PARTS)
        first = True
        for piece in sheet_xml.pieces_up_to(pieces, b"</row>"):
            text = self._decoded(piece)
            head = ""
            if first:
                if not rewritten:
                    sheet_xml.check_usual(piece[:2000], b"worksheet")
                found = re.search(r"<sheetData\s*/?>", text)
                if found is None:
                    raise Unusual if not rewritten else NotXml("no sheetData")
                head, text = text[: found.start()], text[found.end() :]
                if "<!" in head:
                    raise Unusual
                if found[0].endswith("/>"):
                    text = "</sheetData>"
                first = False
            end = text.find("</sheetData>")
            yield head, text[:end] if end >= 0 else text, end >= 0
            if end >= 0:
                return
        raise NotXml("the sheet breaks off")

    def _decoded(self, piece: bytes) -> str:
        try:
            return piece.decode("utf-8")
        except UnicodeDecodeError as error:
            raise NotXml(f"not UTF-8 at byte {error.start}") from error

    def _open(self) -> None:
        package = self.package
        main = "xl/workbook.xml"
        if package.has("_rels/.rels"):
            for _, _, relation in self._elements("_rels/.rels", "Relationship"):
                if relation.get("Type", "").endswith("/officeDocument"):
                    main = relation.get("Target", main).lstrip("/")
        if not package.has(main):
            raise InputFileError(
                "a zip file that holds no Excel workbook; expected .xlsx or .xlsm",
                file=self.path.name, zh="这个压缩文件里没有 Excel 工作簿;需要 .xlsx 或 .xlsm",
            )  # fmt: skip
        if main.lower().endswith(".bin"):
            raise InputFileError(
                "a binary workbook (.xlsb). Open it in Excel or WPS and save it as .xlsx",
                file=self.path.name, zh="这是二进制工作簿(.xlsb)。请用 Excel 或 WPS 另存为 .xlsx",
            )  # fmt: skip
        folder, _, file = main.rpartition("/")
        related: dict[str, tuple[str, str]] = {}
        relations = f"{folder}/_rels/{file}.rels" if folder else f"_rels/{file}.rels"
        for _, _, relation in self._elements(relations, "Relationship"):
            target = relation.get("Target", "")
            target = target.lstrip("/") if target.startswith("/") else f"{folder}/{target}" if folder else target
            related[relation.get("Id", "")] = (relation.get("Type", "").rpartition("/")[2], target)
        self.from_1904 = False
        self.calculated = True  # False: whoever wrote it asks for all to be calculated at opening
        sheets = []
        for name, _, attributes in self._elements(main, "workbookPr", "sheet", "calcPr"):
            if name == "workbookPr":
                self.from_1904 = attributes.get("date1904") in {"1", "true"}
            elif name == "calcPr":
                self.calculated = attributes.get("fullCalcOnLoad") not in {"1", "true"}
            else:
                kind, target = related.get(attributes.get("id", ""), ("", ""))
                if kind == "worksheet" and package.has(target):
                    hidden = attributes.get("state", "visible") != "visible"
                    sheets.append(Sheet(name=attributes.get("name", ""), part=target, hidden=hidden))
        if not sheets:
            raise damaged(self.path, "no sheet in it", "其中没有工作表")
        self.sheets = tuple(sheets)
        parts = dict(related.values())
        self._strings_part = parts.get("sharedStrings")
        self.formats = self._formats(parts["styles"]) if package.has(parts.get("styles", "-")) else ["General"]

    def _formats(self, part: str) -> list[str]:
        """The number format of each cell style."""
        codes = dict(BUILT_IN)
        formats = []
        for name, parent, attributes in self._elements(part, "numFmt", "xf"):
            if name == "numFmt" and parent == "numFmts":
                codes[int(attributes.get("numFmtId", 0))] = attributes.get("formatCode", "General")
            elif name == "xf" and parent == "cellXfs":
                formats.append(int(attributes.get("numFmtId", 0)))
        return [codes.get(number, "General") for number in formats]

    def _elements(self, part: str, *wanted: str) -> Iterator[tuple[str, str, dict[str, str]]]:
        return sheet_xml.elements(self.package.pieces(part), frozenset(wanted))


class Kinds(dict[str, Formatter]):
    """How the stored value of a cell becomes text, by the cell's attributes as written."""

    def __init__(self, book: _Workbook) -> None:
        super().__init__()
        self._book = book
        self._numbers: dict[int, Formatter] = {}
        self.numbers: set[Formatter] = {general}
        self.around: dict[str, tuple[str, str]] = {}  # attributes -> what the format puts around a text

    def __missing__(self, attributes: str) -> Formatter:
        named = dict(_ATTRIBUTE.findall(attributes))
        style = int(named.get("s", "0") or 0)
        code = self._book.formats[style] if style < len(self._book.formats) else "General"
        kind = named.get("t", "n")
        made: Formatter
        if kind == "s":
            made = SHARED
        elif kind == "b":
            made = _boolean
        elif kind == "e":
            made = ERROR
        elif kind in {"str", "inlineStr"}:
            made = sheet_xml.plain
        elif kind == "d":
            made = self._iso_date(code)
        else:
            made = self._number(style, code)
        if kind in {"s", "str", "inlineStr"} and (around := make_text_formatter(code)):
            self.around[attributes] = around
        self[attributes] = made
        return made

    def _number(self, style: int, code: str) -> Formatter:
        if style not in self._numbers:
            made = self._numbers[style] = make_formatter(code, from_1904=self._book.from_1904)
            if not is_date(code):
                self.numbers.add(made)
        return self._numbers[style]

    def _iso_date(self, code: str) -> Formatter:
        from_1904 = self._book.from_1904
        show = make_formatter(code if is_date(code) else BUILT_IN[14], from_1904=from_1904)

        def shown(iso: str) -> str:
            serial = serial_of(iso, from_1904=from_1904)
            return show(serial) if serial is not None else iso

        return shown


def SHARED(index: str) -> str:  # noqa: N802  # a mark: the value is the place of a shared string
    return index


def ERROR(value: str) -> str:  # noqa: N802  # a mark: the value is an error such as #N/A
    return sheet_xml.plain(value)


def column_index(letter: str) -> int:
    number = 0
    for character in letter:
        number = number * 26 + ord(character) - 64
    return number - 1


class _Scan:
    """One pass over a sheet that builds batches."""

    def __init__(self, book: _Workbook, sheet: Sheet, info: TableInfo, board: NoticeBoard) -> None:
        self.book, self.sheet, self.board = book, sheet, board
        self.columns = info.columns
        self.header_row = info.header_row or 0
        self.size = min(BATCH_ROWS, max(64, BATCH_CELLS // max(1, len(info.columns))))
        self.kinds = Kinds(book)
        self.places = {letters(column.index): column.index for column in info.columns}
        self.cells_read = 0
        self.text_bytes = 0
        self.beyond: Beyond | None = None  # cells to the right of all columns
        self.formulas: dict[int, list[int]] = {}  # column -> formulas with a value, those whose value is 0
        for code in ("error_values", "formula_without_value", "formulas_all_zero", "hidden_rows", "long_number"):
            board.drop(code)

    def batches(self) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

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
        self.cells_read += len(chunk)
        if self.cells_read > MAX_CELLS:
            raise self.book.package.harmful(f"more than {MAX_CELLS:,} cells", f"超过 {MAX_CELLS:,} 个单元格")
        kinds, places, size = self.kinds, self.places, self.size
        around = kinds.around
        ids, texts = self.ids, self.texts
        current = ""
        offset = -1
        for letter, digits, attributes, value, other in chunk:
            if digits != current:
                current = digits
                row = int(digits)
                offset = row - self.base if row >= from_row else -1
                if row > MAX_ROWS:
                    raise NotXml(f"row {row} is beyond the {MAX_ROWS:,} rows of a sheet")
            if offset < 0 or not (value or other):
                if 0 > offset >= self.header_row + 1 - self.base and row >= from_row and (value or other):
                    raise NotXml(f"row {row} stands behind row {self.base}")
                continue
            column = places.get(letter)
            if column is None:
                self._note_beyond(letter, row, attributes, value, other)
                continue
            kind = kinds[attributes]
            if kind is SHARED and value and not around:
                if offset >= size:
                    yield from self._advance(offset)
                    ids, texts, offset = self.ids, self.texts, row - self.base
                ids[column][offset] = _whole(value)
                self.filled = offset if offset > self.filled else self.filled
                continue
            text = self._text(kind, attributes, value, other, row, column)
            if text:
                if offset >= size:
                    yield from self._advance(offset)
                    ids, texts, offset = self.ids, self.texts, row - self.base
                texts[column][offset] = text
                self.filled = offset if offset > self.filled else self.filled

    def _text(
        self, kind: Formatter, attributes: str, value: str, other: str, row: int, column: int
    ) -> str | None:
        if other:
            value = self._value_of(other, attributes, kind, row, column)
            if other.find("<is") >= 0 and not value:
                text = sheet_xml.plain(sheet_xml.rich_text(other))
                return self._around(attributes, text)
            if not value:
                return None
        if kind is SHARED:
            index = _whole(value)
            return self._around(attributes, self.pool[index].as_py() or "" if 0 <= index < len(self.pool) else "")
        if kind is ERROR:
            self.board.add("error_values", column=self.columns[column].name, row=row, detail=value)
        elif len(value) > 15 and kind in self.kinds.numbers and _is_long(value):
            self.board.add("long_number", column=self.columns[column].name, row=row)
        text = kind(value)
        return self._around(attributes, text) if attributes in self.kinds.around else text

    def _value_of(self, other: str, attributes: str, kind: Formatter, row: int, column: int) -> str:
        found = _VALUE.search(other)
        value = found[1] if found else ""
        if "<f" in other:
            if value:
                made = self.formulas.setdefault(column, [0, 0])
                made[0] += 1
                made[1] += value == "0"
            elif found is None or kind is not sheet_xml.plain:  # a text formula may well give an empty text
                self.board.add("formula_without_value", column=self.columns[column].name, row=row)
        return value

    def _around(self, attributes: str, text: str) -> str:
        before, after = self.kinds.around.get(attributes, ("", ""))
        return f"{before}{text}{after}" if text else text

    def _note_beyond(self, letter: str, row: int, attributes: str, value: str, other: str) -> None:
        if not value and not _other_text(other, self.kinds[attributes]):
            return
        width = column_index(letter) + 1
        if width > MAX_COLUMNS:
            raise too_wide(self.book.path.name, row=row, sheet=self.sheet.name)
        self.beyond = self.beyond.wider(width, row) if self.beyond else Beyond(width=width, row=row, last=row)

    def _pool(self) -> pa.Array:
        """All shared strings in one compact array; an empty text is null."""
        import pyarrow as pa
        import pyarrow.compute as pc

        made = [pa.array([text or None for text in texts], pa.large_string()) for texts in self.book.strings()]
        pool = pa.chunked_array(made, pa.large_string()).combine_chunks()
        del made
        self.lengths = pc.binary_length(pool)
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
        import pyarrow as pa
        import pyarrow.compute as pc

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
                    array = shared if array.null_count == len(array) else pc.coalesce(shared, array)
                arrays.append(array.cast(pa.string()))
            yield pa.RecordBatch.from_arrays(arrays, schema=self.schema)
        self.base += rows
        self.filled = -1
        self._fresh()

    def _check_places(self, places: pa.Array, column: int) -> None:
        import pyarrow.compute as pc

        if places.null_count == len(places):
            return
        bounds = pc.min_max(places)
        if bounds["min"].as_py() < 0 or bounds["max"].as_py() >= len(self.pool):
            name = self.columns[column].name
            raise NotXml(f"column {name!r} points to a text that the workbook does not have")


def _named(book: _Workbook, asked: str) -> Sheet:
    """A sheet by its name, or by its 1-based place among all."""
    for same in (lambda name: name == asked, lambda name: name.strip().casefold() == asked.strip().casefold()):
        for sheet in book.sheets:
            if same(sheet.name):
                return sheet
    if asked.isdecimal() and 0 < int(asked) <= len(book.sheets):
        return book.sheets[int(asked) - 1]
    raise UnknownName("sheet", asked, [sheet.name for sheet in book.sheets], kind_zh="工作表")


def _other_text(other: str, kind: Formatter) -> str:
    """The text of a cell that holds more than a value: a formula, an inline string."""
    found = _VALUE.search(other)
    if found and found[1]:
        return kind(found[1])
    return sheet_xml.plain(sheet_xml.rich_text(other)) if "<is" in other else ""


def _spread(cells: dict[int, str]) -> list[str | None]:
    row: list[str | None] = [None] * (max(cells) + 1)
    for column, text in cells.items():
        row[column] = text
    return row


def _whole(value: str) -> int:
    try:
        return int(value)
    except ValueError as error:
        raise NotXml(f"{value[:40]!r} is not the place of a text") from error


def _is_long(value: str) -> bool:
    """Whether a number has more digits than a spreadsheet keeps."""
    try:
        return abs(float(value)) >= 1e15
    except ValueError:
        return False


def _boolean(value: str) -> str:
    return {"1": "TRUE", "0": "FALSE", "true": "TRUE", "false": "FALSE"}.get(value, value)
