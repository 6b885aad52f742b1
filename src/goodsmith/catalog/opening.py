"""Open whatever a person gives us: one reader per kind of file, found by content first and by name second."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodsmith.errors import InputFileError, UsageError
from goodsmith.protocols import TableReader

if TYPE_CHECKING:
    from goodsmith.catalog.layouts.grid import Grid

MOST_HEADER_ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """How a person wants a source to be read. A reader takes what it can use; None: it finds out."""

    sheet: str | None = None  # name, or 1-based place
    header: int | str | None = None  # 1-based row of the names, or first and last of them: 3, 2-3; 0: there are none
    encoding: str | None = None
    separator: str | None = None
    table: str | None = None  # of a database, or a SELECT
    transpose: bool = False  # products stand beside each other: rows and columns are exchanged
    all_rows: bool = False  # section titles and totals are read as products, too
    visible_only: bool = False  # hidden rows are left out

    @property
    def header_rows(self) -> tuple[int, int] | None:
        """First and last row of the names, (0, 0) for none. Raises UsageError for what are no rows."""
        if self.header is None:
            return None
        found = re.fullmatch(r"\s*(\d{1,7})\s*(?:[-–~]\s*(\d{1,7})\s*)?", str(self.header))
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if last < first or last - first >= MOST_HEADER_ROWS:
            raise UsageError(
                f"header {self.header!r}: expected a row such as 3, rows such as 2-3, or 0 for none",
                zh=f"表头 {self.header!r}:应为行号(如 3)、行范围(如 2-3),或 0 表示没有表头",
            )
        return first, last


def open_table(
    source: Any, options: ReadOptions | None = None, *, most_rows: int | None = None, **wanted: Any
) -> TableReader:
    """A reader for a path, a database URL, or a pandas, polars or Arrow table.

    wanted: single fields of the options, such as sheet="Prices". most_rows: a look at the first rows only; a workbook
    is then read no further than they need. Raises InputFileError for what cannot be read as a table, UnknownName for a
    sheet or table that is not there.
    """
    options = replace(options or ReadOptions(), **wanted)
    kind = kind_of(source)
    if kind == "frame":
        from goodsmith.catalog.typed.frames import FrameReader  # noqa: PLC0415  # loaded where needed

        return FrameReader(source)
    if kind == "sql":
        from goodsmith.catalog.typed.sql import SqlReader  # noqa: PLC0415

        return SqlReader(str(source), table=options.table)
    return FILES[kind](Path(source), options, most_rows)


def sheet_names(path: Path) -> tuple[str, ...]:
    """The visible sheets of a workbook, in its order."""
    from goodsmith.catalog.workbooks.workbook import Workbook  # noqa: PLC0415

    if file_kind(path) != "xlsx":
        raise _refusal(path, _head(path), "unknown")
    with Workbook(path) as book:
        return tuple(sheet.name for sheet in book.sheets if not sheet.hidden)


def kind_of(source: Any) -> str:
    """`frame`, `sql`, or the key of FILES that reads a file."""
    from goodsmith.catalog.typed.frames import is_frame  # noqa: PLC0415
    from goodsmith.catalog.typed.sql import is_url  # noqa: PLC0415

    if not isinstance(source, (str, Path)):
        if is_frame(source):
            return "frame"
        raise TypeError(f"expected a path, a URL or a data frame, not {type(source).__name__}")
    if isinstance(source, str) and is_url(source):
        return "sql"
    return file_kind(Path(source))


def file_kind(path: Path) -> str:
    """The key of FILES for a file, by its first bytes, else by its name."""
    head = _head(path)
    for start, kind in SIGNATURES:
        if head.startswith(start):
            if kind in REFUSED:
                raise _refusal(path, head, kind)
            return kind
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html", b"<table", b"<?xml", b"<meta", b"<head")):
        raise _refusal(path, head, "markup")
    named = SUFFIXES.get(path.suffix.lower())
    if named in {"text", "jsonl"}:
        return named
    if text.startswith(b"{"):
        return "jsonl"
    if not _looks_like_text(head):
        raise _refusal(path, head, "unknown")
    return "text"


def _xlsx(path: Path, options: ReadOptions, most_rows: int | None) -> TableReader:
    from goodsmith.catalog.workbooks.sheet_grid import SheetGrid  # noqa: PLC0415  # loaded where needed

    return _sheet(SheetGrid(path, sheet=options.sheet, most_rows=most_rows), path, options)


def _text(path: Path, options: ReadOptions, most_rows: int | None) -> TableReader:
    from goodsmith.catalog.texts.separated import TextGrid  # noqa: PLC0415

    grid = TextGrid(path, separator=options.separator, encoding=options.encoding, most_rows=most_rows)
    return _sheet(grid, path, options)


def _sheet(grid: Grid, path: Path, options: ReadOptions) -> TableReader:
    from goodsmith.catalog.layouts.memory import TurnedGrid  # noqa: PLC0415
    from goodsmith.catalog.layouts.reader import SheetTable  # noqa: PLC0415

    return SheetTable(
        TurnedGrid(grid) if options.transpose else grid,
        source=str(path),
        header=options.header_rows,
        keep_all=options.all_rows,
        visible_only=options.visible_only,
    )


def _parquet(path: Path, options: ReadOptions, most_rows: int | None) -> TableReader:
    from goodsmith.catalog.typed.parquet import ParquetReader  # noqa: PLC0415

    return ParquetReader(path)


def _jsonl(path: Path, options: ReadOptions, most_rows: int | None) -> TableReader:
    from goodsmith.catalog.typed.jsonl import JsonLinesReader  # noqa: PLC0415

    return JsonLinesReader(path)


FILES: dict[str, Callable[[Path, ReadOptions, int | None], TableReader]] = {
    "xlsx": _xlsx,
    "text": _text,
    "parquet": _parquet,
    "jsonl": _jsonl,
}
SUFFIXES = {
    ".xlsx": "xlsx", ".xlsm": "xlsx", ".csv": "text", ".tsv": "text", ".tab": "text", ".txt": "text",
    ".parquet": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl",
}  # fmt: skip
SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "xlsx"),
    (b"PK\x05\x06", "xlsx"),  # a zip without entries
    (b"PAR1", "parquet"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "compound"),
    (b"%PDF", "pdf"),
    (b"\x1f\x8b", "gzip"),
)
REFUSED: dict[str, tuple[str, str]] = {
    "xls": (
        "an old workbook (.xls). Open it in Excel or WPS and save it as .xlsx",
        "这是旧版工作簿(.xls)。请用 Excel 或 WPS 另存为 .xlsx",
    ),
    "encrypted": (
        "the workbook is protected by a password. Open it in Excel or WPS, remove the password, and save it",
        "工作簿有打开密码。请用 Excel 或 WPS 打开,取消密码后保存",
    ),
    "compound": (
        "an old Office file, not a table we can read. Save it as .xlsx or .csv",
        "这是旧版 Office 文件,无法作为表格读取。请另存为 .xlsx 或 .csv",
    ),
    "pdf": ("a PDF, not a table. Export the table as .xlsx or .csv", "这是 PDF,不是表格。请导出为 .xlsx 或 .csv"),
    "gzip": ("a gzip file. Unpack it first", "这是 gzip 压缩文件。请先解压"),
    "markup": (
        "a web page or XML, not a workbook, whatever its name says. Open it in Excel or WPS and save it as .xlsx",
        "内容是网页或 XML,并非工作簿。请用 Excel 或 WPS 打开后另存为 .xlsx",
    ),
    "unknown": (
        "neither a workbook nor text. Expected .xlsx, .csv, .tsv, .parquet, .jsonl or a database URL",
        "既不是工作簿也不是文本。支持 .xlsx、.csv、.tsv、.parquet、.jsonl 或数据库网址",
    ),
    "empty": ("the file is empty (0 bytes)", "文件是空的(0 字节)"),
}


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(64 * 1024)
    except FileNotFoundError:
        near = _near_names(path)
        raise InputFileError(
            f"no such file{near and f'; did you mean: {near}?'}",
            file=str(path), zh=f"文件不存在{near and f';您是否要找:{near}'}",
        ) from None  # fmt: skip
    except IsADirectoryError:
        raise InputFileError("a folder, not a file", file=str(path), zh="这是文件夹,不是文件") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputFileError(f"cannot be opened: {reason}", file=str(path), zh=f"无法打开:{reason}") from error
    if not head:
        raise _refusal(path, head, "empty")
    return head


def _refusal(path: Path, head: bytes, kind: str) -> InputFileError:
    if kind == "compound":
        with path.open("rb") as file:
            directory = file.read(8 * 1024**2)
        if "EncryptedPackage".encode("utf-16-le") in directory:
            kind = "encrypted"
        elif path.suffix.lower() in {".xls", ".xlsx", ".xlt", ".et"}:
            kind = "xls"
    en, zh = REFUSED[kind]
    return InputFileError(en, file=path.name, zh=zh)


def _near_names(path: Path) -> str:
    import difflib  # noqa: PLC0415

    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.is_file()]
    except OSError:
        return ""
    return ", ".join(difflib.get_close_matches(path.name, names, n=3, cutoff=0.6))


def _looks_like_text(head: bytes) -> bool:
    """No control characters but those of text; UTF-16 has its null bytes on one side."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    odd = sum(head.count(bytes([byte])) for byte in (*range(1, 9), *range(14, 27), *range(28, 32)))
    zeros = head.count(0)
    one_sided = zeros and (head[1::2].count(0) in {0, zeros} or zeros * 20 < len(head))
    return odd * 50 < len(head) and (not zeros or bool(one_sided))
