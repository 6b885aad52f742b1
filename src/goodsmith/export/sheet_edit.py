"""New cells put into a sheet's XML while it streams by; every other byte stays as it was.

Two passes: `survey` looks where there is room, `edited` writes. Nothing is parsed that needs no change: rows are found
by their tags, and cells only where ours do not simply go to the end of the row.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from goodsmith.export.cells import MAX_COLUMNS, column_index, column_letters

MAX_BUFFER_BYTES = 64 << 20  # of one row, or of what stands before the rows
_ATTRIBUTES = rb"""((?:\s+[^\s=>/"']+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*"""
_GAP = rb"(?:\s+|<!--(?:[^-]|-(?!->))*-->)*"
_NUMBER = re.compile(rb"""\sr\s*=\s*["'](\d+)["']""")
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']\$?([A-Za-z]{1,3})\$?\d+["']""")
_STYLE = re.compile(rb"""\ss\s*=\s*["'](\d+)["']""")
_SPANS = re.compile(rb"""\s+spans\s*=\s*(?:"[^"]*"|'[^']*')""")
_MERGE = re.compile(rb"""mergeCell\s[^>]*?ref\s*=\s*["']([A-Z]+)(\d+):([A-Z]+)(\d+)["']""")
_SPECIAL = re.compile(rb"<!--.*?-->|<!\[CDATA\[(.*?)\]\]>|<\?.*?\?>", re.DOTALL)
_WRITE_BYTES = 1 << 18


class NotCarried(Exception):  # not a failure: a new workbook is written instead
    """Columns cannot be put into this workbook; en and zh say why."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.en, self.zh = en, zh


@dataclass(frozen=True, slots=True)
class Form:
    """How a sheet's XML is written. special: with comments or CDATA. odd: with cells that have no reference, or so."""

    special: bool
    odd: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What must be known of a sheet before the first byte is written. Columns are 0-based, rows 1-based."""

    last_column: int  # with content; -1: the sheet is empty
    last_row: int
    header_style: str  # format id of the last header cell; "": none
    has_formulas: bool  # in one of the columns asked for
    form: Form


@dataclass(frozen=True, slots=True)
class SheetCell:
    """A cell as it stands in a row's XML."""

    column: int
    xml: bytes
    filled: bool
    style: str


@dataclass(slots=True)
class SheetRow:
    """A row: all of its XML, and of it the beginning up to `<row`, the attributes, and what is in it."""

    number: int  # 1-based
    xml: bytes
    start: bytes
    attributes: bytes
    content: bytes


class SheetStream:
    """A sheet's XML, cut into what stands before the rows, the rows, and the rest.

    form: what an earlier pass found out; without it, it is found out again.
    """

    def __init__(self, pieces: Iterable[bytes], form: Form | None = None) -> None:
        self._pieces = iter(pieces)
        self._known = form is not None
        self._buffer = b""
        self._at = 0
        start = self._search(re.compile(rb"<(?:([A-Za-z_][\w.\-]*):)?worksheet(?=[\s>])"))
        self.prefix = f"{start[1].decode()}:" if start[1] else ""
        self._check_encoding()
        tag = re.escape(self.prefix.encode())
        found = self._search(re.compile(rb"<" + tag + rb"sheetData" + _ATTRIBUTES + rb"(/?)>"))
        self.head = self._buffer[: found.start()]
        self.opening = self._buffer[found.start() : found.end()]
        self.has_rows = not found[2]
        self._at = found.end()
        self._row = re.compile(_GAP + rb"<" + tag + rb"row" + _ATTRIBUTES + rb"(/?)>")
        self._end = re.compile(_GAP + rb"</" + tag + rb"sheetData\s*>")
        self._close = b"</" + self.prefix.encode() + b"row"
        self._closing = re.compile(rb"</" + tag + rb"row\s*>")
        self._cell = re.compile(rb"<" + tag + rb"c" + _ATTRIBUTES + rb"(?:/>|>(.*?)</" + tag + rb"c\s*>)", re.DOTALL)
        self._content = re.compile(rb"<" + tag + rb"(?:v\s*>[^<]|v\s+[^>]*>[^<]|is[\s>]|f[\s>/])")
        self._cell_start = b"<" + self.prefix.encode() + b"c "
        self._extension = b"<" + self.prefix.encode() + b"extLst"
        self._odd_starts = tuple(self._cell_start[:-1] + end for end in (b">", b"/", b"\n", b"\r", b"\t"))
        self.form = form or Form(special=False, odd=False)
        self._look()

    def rows(self) -> Iterator[SheetRow]:
        number = 0
        while self.has_rows:
            opened = self._row.match(self._buffer, self._at)
            if opened is None:
                if self._end.match(self._buffer, self._at):
                    return
                self._more()
                continue
            end, close = opened.end(), opened.end()
            if not opened[2]:
                closed = self._closed(opened.end())
                if closed is None:
                    self._more()
                    continue
                close, end = closed
            attributes = opened[1]
            place = _NUMBER.search(attributes)
            counted = int(place[1]) if place else number + 1
            if counted <= number:
                raise NotCarried(f"its rows are out of order at row {counted}", f"第 {counted} 行的行序错乱")
            number = counted
            raw, start = self._buffer[self._at : end], opened.start(1)
            content = b"" if opened[2] else self._buffer[opened.end() : close]
            row = SheetRow(number, raw, raw[: start - self._at], attributes, content)
            self._at = end
            yield row

    def rest(self) -> Iterator[bytes]:
        """From the end of the rows on."""
        yield self._buffer[self._at :]
        self._buffer, self._at = b"", 0
        yield from self._pieces

    def last_cell(self, content: bytes) -> int | None:
        """The column of a row's last cell, -1 for none; None: the cells must be read one by one."""
        if self.form.odd or self._extension in content:
            return None
        start = content.rfind(self._cell_start)
        if start < 0:
            return -1
        reference = _REFERENCE.match(content, start + len(self._cell_start) - 1) or _REFERENCE.search(
            content, start, content.find(b">", start) + 1
        )
        return column_index(reference[1].decode().upper()) if reference else None

    def cells(self, content: bytes) -> tuple[list[SheetCell], bytes]:
        """A row's cells, each with its reference, and what follows them."""
        content = _without_specials(content)
        cut = content.find(self._extension)
        extension = content[cut:] if cut >= 0 else b""
        found, column = [], -1
        for match in self._cell.finditer(content, 0, cut if cut >= 0 else len(content)):
            attributes = match[1]
            reference = _REFERENCE.search(attributes)
            column = column_index(reference[1].decode().upper()) if reference else column + 1
            style = _STYLE.search(attributes)
            filled = match[2] is not None and self._content.search(match[2]) is not None
            found.append(SheetCell(column, match[0], filled, style[1].decode() if style else ""))
        return found, extension

    def with_reference(self, cell: SheetCell, row: int) -> bytes:
        if _REFERENCE.search(cell.xml[: cell.xml.find(b">")]):
            return cell.xml
        start = len(self._cell_start) - 1
        return cell.xml[:start] + f' r="{column_letters(cell.column)}{row}"'.encode() + cell.xml[start:]

    def _closed(self, start: int) -> tuple[int, int] | None:
        """Where the row's content and the row end, None if that is not in the buffer yet."""
        buffer = self._buffer
        while True:
            close = buffer.find(self._close, start)
            if close < 0:
                return None
            special = -1
            if self.form.special:
                starts = (buffer.find(mark, start, close) for mark in (b"<!", b"<?"))
                special = min((at for at in starts if at >= 0), default=-1)
            if special < 0:
                closing = self._closing.match(buffer, close)
                return (close, closing.end()) if closing else None
            passed = _SPECIAL.match(buffer, special)  # a comment or CDATA may hold what looks like a tag
            if passed is None:
                return None
            start = passed.end()

    def _more(self) -> None:
        piece = next(self._pieces, None)
        if piece is None:
            raise NotCarried("its sheet breaks off or holds unknown parts", "工作表内容不完整或含有无法识别的部分")
        self._buffer = self._buffer[self._at :] + piece
        self._at = 0
        if len(self._buffer) > MAX_BUFFER_BYTES:
            raise NotCarried("one of its rows is too large", "有一行过大")
        self._look()

    def _search(self, pattern: re.Pattern[bytes]) -> re.Match[bytes]:
        """The first match; the buffer keeps all that is before it."""
        while True:
            head = _SPECIAL.sub(lambda match: b" " * len(match[0]), self._buffer)
            found = pattern.search(head)
            if found is not None and found.end() < len(head):
                return found
            piece = next(self._pieces, None)
            if piece is None or len(self._buffer) > MAX_BUFFER_BYTES:
                if found is not None:
                    return found
                raise NotCarried("its sheet has another form than expected", "工作表的格式无法识别")
            self._buffer += piece

    def _check_encoding(self) -> None:
        declared = re.match(rb"""(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']*)""", self._buffer)
        if declared and declared[1].lower() not in {b"utf-8", b"utf8", b"us-ascii"}:
            name = declared[1].decode("ascii", "replace")
            raise NotCarried(f"its sheet is written in {name}", f"工作表使用 {name} 编码")
        if re.search(rb"<!DOCTYPE", self._buffer):
            raise NotCarried("its sheet has a document type definition", "工作表含有 DTD")

    def _look(self) -> None:
        """Note the form of what the buffer holds; once special or odd, the sheet stays so."""
        if not self._known and not self.form.special:
            special = any(self._buffer.find(mark, self._at) >= 0 for mark in (b"<!", b"<?"))
            odd = special or self.form.odd or any(start in self._buffer for start in self._odd_starts)
            self.form = Form(special=special, odd=odd)


def survey(stream: SheetStream, *, header_row: int, formulas_in: Collection[int] = ()) -> Survey:
    """Look through a sheet once. header_row: 0 if there is none."""
    last_column, last_row, style, has_formulas = -1, 0, "", False
    formula = f"<{stream.prefix}f".encode()
    for row in stream.rows():
        last_row = row.number
        if not row.content:
            continue
        last = stream.last_cell(row.content)
        looked_for = bool(formulas_in) and formula in row.content
        if last is not None and last <= last_column and row.number != header_row and not looked_for:
            continue
        cells, _ = stream.cells(row.content)
        filled = [cell for cell in cells if cell.filled]
        last_column = max((last_column, *(cell.column for cell in filled)))
        if row.number == header_row and filled:
            style = filled[-1].style
        if looked_for:
            has_formulas |= any(cell.column in formulas_in and formula in cell.xml for cell in cells)
    for first, last in _merges_at(stream.rest(), header_row):
        if first <= last_column:
            last_column = max(last_column, last)
    return Survey(
        last_column=last_column, last_row=last_row, header_style=style, has_formulas=has_formulas, form=stream.form
    )


def edited(
    stream: SheetStream,
    additions: Iterator[tuple[int, Sequence[str]]],
    *,
    columns: Sequence[int],
    widths: Mapping[int, float],
    last_row: int,
    keep: bool = False,
    formats: Mapping[int, str] | None = None,
) -> Iterator[bytes]:
    """The sheet with our cells.

    additions: rising row numbers, each with the XML of one cell per column, "" for an empty one. columns: where they
    stand, 0-based and rising; what stands there is replaced, but keeps its format. keep: where ours is empty, what
    stands there stays. formats: format ids by column for our cells where none stands. widths: of columns that are new.
    """
    tag = stream.prefix
    yield _with_widths(_with_dimension(stream.head, columns[-1], last_row), widths, tag)
    yield stream.opening if stream.has_rows else re.sub(rb"\s*/>$", b">", stream.opening)
    waiting: list[bytes] = []
    size = 0
    added = next(additions, None)
    for row in stream.rows():
        while added is not None and added[0] < row.number:
            waiting.append(_new_row(tag, *added, columns, formats))
            added = next(additions, None)
        xml = row.xml
        if added is not None and added[0] == row.number:
            content = _with_cells(stream, row, columns, added[1], keep=keep, formats=formats)
            xml = b"%b%b>%b</%brow>" % (row.start, _SPANS.sub(b"", row.attributes), content, tag.encode())
            added = next(additions, None)
        waiting.append(xml)
        size += len(xml)
        if size > _WRITE_BYTES:
            yield b"".join(waiting)
            waiting.clear()
            size = 0
    while added is not None:
        waiting.append(_new_row(tag, *added, columns, formats))
        added = next(additions, None)
        if len(waiting) > 1000:
            yield b"".join(waiting)
            waiting.clear()
    yield b"".join(waiting)
    if not stream.has_rows:
        yield f"</{tag}sheetData>".encode()
    yield from stream.rest()


def _new_row(
    tag: str, number: int, cells: Sequence[str], columns: Sequence[int], formats: Mapping[int, str] | None
) -> bytes:
    if formats:
        cells = [
            _styled(tag, column, number, xml, formats.get(column, "")) if xml else ""
            for column, xml in zip(columns, cells, strict=True)
        ]
    return f'<{tag}row r="{number}">{"".join(cells)}</{tag}row>'.encode()


def _with_cells(
    stream: SheetStream,
    row: SheetRow,
    columns: Sequence[int],
    cells: Sequence[str],
    *,
    keep: bool,
    formats: Mapping[int, str] | None,
) -> bytes:
    last = stream.last_cell(row.content)
    if last is not None and last < columns[0] and not formats:
        return row.content + "".join(cells).encode()
    ours = {column: xml for column, xml in zip(columns, cells, strict=True) if xml or not keep}
    standing, extension = stream.cells(row.content)
    placed = {cell.column: stream.with_reference(cell, row.number) for cell in standing if cell.column not in ours}
    styles = {**(formats or {}), **{cell.column: cell.style for cell in standing if cell.column in ours}}
    for column, xml in ours.items():
        made = _styled(stream.prefix, column, row.number, xml, styles.get(column, ""))
        if made:
            placed[column] = made.encode()
    return b"".join(placed[column] for column in sorted(placed)) + extension


def _styled(tag: str, column: int, row: int, xml: str, style: str) -> str:
    """Our cell in the format of the one it replaces, unless it has one of its own."""
    if not style:
        return xml
    reference = f' r="{column_letters(column)}{row}"'
    if not xml:
        return f'<{tag}c{reference} s="{style}"/>'
    return xml if f"{reference} s=" in xml else xml.replace(reference, f'{reference} s="{style}"', 1)


def _without_specials(content: bytes) -> bytes:
    """The same content without comments, CDATA and processing instructions."""
    if b"<!" not in content and b"<?" not in content:
        return content

    def plain(match: re.Match[bytes]) -> bytes:
        text = match[1] or b""
        return text.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")

    return _SPECIAL.sub(plain, content)


def _merges_at(pieces: Iterable[bytes], row: int) -> Iterator[tuple[int, int]]:
    """First and last column of the merged cells that touch the row."""
    rest = b""
    for piece in pieces:
        rest += piece
        for left, top, right, bottom in _MERGE.findall(rest):
            if int(top) <= row <= int(bottom):
                yield column_index(left.decode()), column_index(right.decode())
        rest = rest[-256:]


def _with_dimension(head: bytes, last_column: int, last_row: int) -> bytes:
    def grown(match: re.Match[bytes]) -> bytes:
        column = max(last_column, column_index((match[5] or match[3]).decode()))
        row = max(last_row, int(match[6] or match[4]))
        return b"%b%b%b%b:%b%d%b" % (
            match[1], match[2], match[3], match[4], column_letters(column).encode(), row, match[7],
        )  # fmt: skip

    pattern = rb"""(<(?:[\w.\-]+:)?dimension\s[^>]*?ref\s*=\s*)(["'])([A-Z]+)(\d+)(?::([A-Z]+)(\d+))?(["'])"""
    return re.sub(pattern, grown, head, count=1)


def _with_widths(head: bytes, widths: Mapping[int, float], tag: str) -> bytes:
    """The columns' widths with ours. A range over one of our columns is split around it, so that ours is not hidden."""
    if not widths:
        return head
    name = re.escape(tag.encode())
    head = re.sub(rb"<%bcols\s*/>" % name, b"", head)
    listed = re.search(rb"<%bcols\s*>(.*?)</%bcols\s*>" % (name, name), head, re.DOTALL)
    ranges: list[tuple[int, int, str]] = []
    for match in re.finditer(rb"<%bcol" % name + _ATTRIBUTES + rb"(?:/>|>)", listed[1] if listed else b""):
        attributes = match[1].decode()
        limits = {end: int(value) for end, value in re.findall(r"""\s(min|max)\s*=\s*["'](\d+)["']""", attributes)}
        if len(limits) != 2:
            raise NotCarried("its column widths cannot be read", "列宽信息无法读取")
        others = re.sub(r"""\s(?:min|max)\s*=\s*["']\d+["']""", "", attributes)
        ranges += [(first, last, others) for first, last in _around(limits["min"], limits["max"], widths)]
    ranges += [(column + 1, column + 1, f' width="{width:g}" customWidth="1"') for column, width in widths.items()]
    made = "".join(f'<{tag}col min="{first}" max="{last}"{others}/>' for first, last, others in sorted(ranges))
    block = f"<{tag}cols>{made}</{tag}cols>".encode()
    return head[: listed.start()] + block + head[listed.end() :] if listed else head + block


def _around(first: int, last: int, without: Collection[int]) -> Iterator[tuple[int, int]]:
    """What is left of a 1-based range of columns without some 0-based ones."""
    for column in sorted(column + 1 for column in without if first <= column + 1 <= last):
        if first < column:
            yield first, column - 1
        first = column + 1
    if first <= min(last, MAX_COLUMNS):
        yield first, last
