"""Open whatever a person gives us: one reader per kind of file, found by content first and by name second."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodsmith.catalog.recognising import file_kind, refusal
from goodsmith.errors import UsageError
from goodsmith.protocols import TableReader

if TYPE_CHECKING:
    from goodsmith.catalog.layouts.grid import Grid
    from goodsmith.catalog.layouts.memory import HeldSheet

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
        raise refusal(path, "unknown")
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


def _xlsx(path: Path, options: ReadOptions, most_rows: int | None) -> TableReader:
    from goodsmith.catalog.workbooks.sheet_grid import SheetGrid  # noqa: PLC0415  # loaded where needed

    return _sheet(SheetGrid(path, sheet=options.sheet, most_rows=most_rows), path, options)


def _text(path: Path, options: ReadOptions, most_rows: int | None) -> TableReader:
    from goodsmith.catalog.texts.separated import TextGrid  # noqa: PLC0415

    grid = TextGrid(path, separator=options.separator, encoding=options.encoding, most_rows=most_rows)
    return _sheet(grid, path, options)


def _xls(path: Path, options: ReadOptions, most_rows: int | None) -> TableReader:
    from goodsmith.catalog.layouts.memory import HeldGrid  # noqa: PLC0415
    from goodsmith.catalog.workbooks.old_workbook import ENDINGS, read_old_workbook  # noqa: PLC0415

    def read() -> Sequence[HeldSheet]:
        return read_old_workbook(path, encoding=options.encoding)

    return _sheet(HeldGrid(path, "xls", read, sheet=options.sheet, endings=ENDINGS), path, options)


def _html(path: Path, options: ReadOptions, most_rows: int | None) -> TableReader:
    from goodsmith.catalog.layouts.memory import HeldGrid  # noqa: PLC0415
    from goodsmith.catalog.texts.web_table import ENDINGS, page_encoding, read_web_tables  # noqa: PLC0415

    encoding = page_encoding(path, options.encoding)

    def read() -> Sequence[HeldSheet]:
        return read_web_tables(path, encoding)

    return _sheet(HeldGrid(path, "html", read, sheet=options.sheet, encoding=encoding, endings=ENDINGS), path, options)


def _spreadsheet_xml(path: Path, options: ReadOptions, most_rows: int | None) -> TableReader:
    from goodsmith.catalog.layouts.memory import HeldGrid  # noqa: PLC0415
    from goodsmith.catalog.texts.spreadsheet_xml import ENDINGS, read_spreadsheet_xml  # noqa: PLC0415

    def read() -> Sequence[HeldSheet]:
        return read_spreadsheet_xml(path)

    return _sheet(HeldGrid(path, "xml", read, sheet=options.sheet, endings=ENDINGS), path, options)


def _sheet(grid: Grid, path: Path, options: ReadOptions) -> TableReader:
    from goodsmith.catalog.layouts.memory import TurnedGrid  # noqa: PLC0415
    from goodsmith.catalog.layouts.reader import SheetTable  # noqa: PLC0415

    return SheetTable(
        TurnedGrid(grid) if options.transpose else grid,
        source=str(path),
        header=options.header_rows,
        keep_all=options.all_rows,
        visible_only=options.visible_only,
        turned=options.transpose,
    )


def _parquet(path: Path, options: ReadOptions, most_rows: int | None) -> TableReader:
    from goodsmith.catalog.typed.parquet import ParquetReader  # noqa: PLC0415

    return ParquetReader(path)


def _jsonl(path: Path, options: ReadOptions, most_rows: int | None) -> TableReader:
    from goodsmith.catalog.typed.jsonl import JsonLinesReader  # noqa: PLC0415

    return JsonLinesReader(path)


FILES: dict[str, Callable[[Path, ReadOptions, int | None], TableReader]] = {
    "xlsx": _xlsx,
    "xls": _xls,
    "html": _html,
    "spreadsheet_xml": _spreadsheet_xml,
    "text": _text,
    "parquet": _parquet,
    "jsonl": _jsonl,
}
READ_WITH_A_LAYOUT = frozenset(
    {"xlsx", "xls", "html", "spreadsheet_xml", "text"}
)  # others name their columns themselves
