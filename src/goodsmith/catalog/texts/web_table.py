"""Tables within web pages, as many programs write them under the name .xls: each table of the page is a sheet."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from goodsmith.catalog.layouts.grid import Span
from goodsmith.catalog.layouts.memory import HeldSheet
from goodsmith.catalog.layouts.naming import MAX_COLUMNS, too_wide
from goodsmith.catalog.texts import encodings
from goodsmith.errors import InputFileError

ENDINGS = {".html", ".htm", ".xhtml"}
MAX_BYTES = 512 * 1024**2
PIECE_CHARACTERS = 1024**2
MAX_SPAN = 70_000  # rows or columns that one cell may cover
_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)|encoding\s*=\s*["']([A-Za-z0-9_.:-]+)["']""")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BLOCKS = frozenset({"p", "div", "li", "br", "h1", "h2", "h3", "h4"})
_UNSHOWN = frozenset({"script", "style", "template"})


def page_encoding(path: Path, asked: str | None) -> str:
    """The asked encoding, that of the BOM, the one that the page names, or the likeliest."""
    if asked:
        return encodings.checked(asked, path)
    with path.open("rb") as file:
        head = file.read(4096)
    found = None if any(head.startswith(mark) for mark, _ in encodings.BOMS) else _CHARSET.search(head)
    if found and (codec := encodings.declared((found[1] or found[2]).decode())):
        return codec
    return encodings.find_encoding(path)


def read_web_tables(path: Path, encoding: str) -> tuple[HeldSheet, ...]:
    """All tables of a page that hold anything, the largest first. Raises InputFileError if there is none."""
    if path.stat().st_size > MAX_BYTES:
        raise InputFileError(
            f"a web page of more than {MAX_BYTES // 1024**2} MiB. Save it as .xlsx or .csv",
            file=path.name, zh=f"网页超过 {MAX_BYTES // 1024**2} MiB。请另存为 .xlsx 或 .csv",
        )  # fmt: skip
    parser = _Tables(path.name)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        while piece := file.read(PIECE_CHARACTERS):
            parser.feed(piece)
    parser.close()
    sheets = [table.held(f"table {number}") for number, table in enumerate(parser.found, start=1) if table.rows]
    if not sheets:
        raise InputFileError(
            "a web page without a table. If Excel saved it so, its sheets are in the folder beside it. Open it in "
            "Excel or WPS and save it as .xlsx",
            file=path.name,
            zh="网页中没有表格。如果是 Excel 另存的网页,工作表在旁边的文件夹里。请用 Excel 或 WPS 打开后另存为 .xlsx",
        )
    return tuple(sorted(sheets, key=lambda sheet: -sum(len(cells) for cells in sheet.rows.values())))


class _Table:
    def __init__(self, file: str) -> None:
        self._file = file
        self.rows: dict[int, list[str | None]] = {}
        self.hidden_rows: set[int] = set()
        self.spans: list[Span] = []
        self._covered: dict[int, int] = {}  # column -> the last row that a cell above covers
        self.row = 0
        self._column = 0

    def begin_row(self, *, hidden: bool) -> None:
        self.row += 1
        self._column = 0
        if hidden:
            self.hidden_rows.add(self.row)

    def add(self, text: str, across: int, down: int) -> None:
        if not self.row:
            self.begin_row(hidden=False)
        while self._covered.get(self._column, 0) >= self.row:
            self._column += 1
        column = self._column
        if column + across > MAX_COLUMNS:
            raise too_wide(self._file, row=self.row)
        if text:
            cells = self.rows.setdefault(self.row, [])
            cells.extend([None] * (column + 1 - len(cells)))
            cells[column] = text
        if across > 1 or down > 1:
            self.spans.append(Span(top=self.row, bottom=self.row + down - 1, left=column, right=column + across - 1))
            self._covered |= dict.fromkeys(range(column, column + across), self.row + down - 1)
        self._column = column + across

    def held(self, name: str) -> HeldSheet:
        return HeldSheet(name=name, rows=self.rows, spans=tuple(self.spans), hidden_rows=frozenset(self.hidden_rows))


class _Tables(HTMLParser):
    """Collects the tables of a page; a table within a cell is a table of its own."""

    def __init__(self, file: str) -> None:
        super().__init__(convert_charrefs=True)
        self._file = file
        self.found: list[_Table] = []
        self._open: list[tuple[_Table, list[str] | None, int, int]] = []  # with the cell that is being read
        self._unshown = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag in _UNSHOWN:
            self._unshown += 1
        elif tag == "table":
            table = _Table(self._file)
            self.found.append(table)
            self._open.append((table, None, 1, 1))
        elif not self._open:
            return
        elif tag == "tr":
            self._end_cell()
            self._open[-1][0].begin_row(hidden=bool(_HIDDEN.search(named.get("style", ""))) or "hidden" in named)
        elif tag in {"td", "th"}:
            self._end_cell()
            table = self._open[-1][0]
            self._open[-1] = (table, [], _span(named.get("colspan")), _span(named.get("rowspan")))
        elif tag in _BLOCKS:
            self._take("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSHOWN:
            self._unshown = max(0, self._unshown - 1)
        elif tag == "table" and self._open:
            self._end_cell()
            self._open.pop()
        elif tag in {"td", "th", "tr"}:
            self._end_cell()
        elif tag in _BLOCKS and tag != "br":
            self._take("\n")

    def handle_data(self, data: str) -> None:
        self._take(re.sub(r"[ \t\r\n\f]+", " ", data))

    def close(self) -> None:
        super().close()
        while self._open:  # the page breaks off
            self._end_cell()
            self._open.pop()

    def _take(self, text: str) -> None:
        if self._open and not self._unshown and (cell := self._open[-1][1]) is not None:
            cell.append(text)

    def _end_cell(self) -> None:
        if not self._open:
            return
        table, cell, across, down = self._open[-1]
        if cell is not None:
            lines = (" ".join(line.split()) for line in "".join(cell).split("\n"))
            table.add("\n".join(line for line in lines if line), across, down)
            self._open[-1] = (table, None, 1, 1)


def _span(written: str | None) -> int:
    return min(MAX_SPAN, max(1, int(written))) if written and written.strip().isdecimal() else 1
