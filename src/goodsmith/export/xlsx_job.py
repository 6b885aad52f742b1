"""What the process that writes a workbook is given, and how it reads the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from goodsmith.errors import UsageError
from goodsmith.export.cells import MAX_COLUMNS
from goodsmith.export.layout import Shown, split_notice
from goodsmith.export.plan import ExportPlan, ExportReport
from goodsmith.export.rows import Rows, sliced
from goodsmith.records import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitColumn:
    """A column with texts that need more than one cell. A source column has the item -1 - its place."""

    part: str
    item: int | None
    pieces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class XlsxJob:
    """One workbook to write. All paths are absolute."""

    plan: ExportPlan
    target: str  # the file to write
    name: str  # the file as the user called it
    rows_file: str  # Arrow stream of all rows, in source order
    rows: int
    last_source_row: int  # highest `_gs_row`; -1: no rows
    split: tuple[SplitColumn, ...] = ()

    @property
    def folder(self) -> Path:
        """For temporary files."""
        return Path(self.rows_file).parent

    def pieces(self) -> Mapping[Shown, int]:
        return {(column.part, column.item): column.pieces for column in self.split if not _is_source(column)}

    def source_pieces(self) -> Mapping[int, int]:
        """By the place of the source column."""
        return {
            -1 - column.item: column.pieces for column in self.split if _is_source(column) and column.item is not None
        }

    def batches(self) -> Iterator[Rows]:
        import pyarrow as pa  # noqa: PLC0415 (heavy)

        if self.rows:
            with pa.OSFile(self.rows_file) as file, pa.ipc.open_stream(file) as stream:
                for batch in sliced(stream):
                    yield Rows(batch, self.plan)


@dataclass(frozen=True, slots=True, kw_only=True)
class FillJob:
    """One copy of a platform's template to fill. All paths are absolute.

    rows_files: Arrow streams, by rising row numbers: the row of the sheet, then a text for each of the columns.
    """

    template: str
    sha256: str  # of the template as it was read
    sheet: str
    first_row: int
    columns: tuple[int, ...]
    numbers: tuple[int, ...]  # those of the columns whose cells are numbers
    rows_files: tuple[str, ...]
    last_row: int  # the highest that is written
    target: str
    memory_limit_bytes: int


class Task(msgspec.Struct, kw_only=True):
    """One of the two: rows beside what they were made from, or rows in a platform's template."""

    export: XlsxJob | None = None
    fill: FillJob | None = None

    @property
    def memory_limit_bytes(self) -> int:
        if self.fill is not None:
            return self.fill.memory_limit_bytes
        assert self.export is not None
        return self.export.plan.memory_limit_bytes


class Outcome(msgspec.Struct, kw_only=True):
    """What the parent is told: a report, one of our errors, an error of the disk, or that memory ran out."""

    report: ExportReport | None = None
    error: str = ""  # "usage" or "store"
    en: str = ""
    zh: str | None = None
    errno: int | None = None
    memory: bool = False


def check_width(columns: int, name: str) -> None:
    if columns > MAX_COLUMNS:
        raise UsageError(
            f"{name}: {columns:,} columns, but a sheet holds {MAX_COLUMNS:,}. "
            "Delete what stands far to the right of the table, or export to csv",
            zh=f"{name}:共需 {columns:,} 列,超过工作表上限 {MAX_COLUMNS:,} 列。请删除表格右侧的多余内容,或导出为 csv",
        )


def split_notices(headings: Mapping[str, int]) -> tuple[Notice, ...]:
    """headings: column -> number of cells."""
    return tuple(split_notice(heading, pieces) for heading, pieces in headings.items())


def _is_source(column: SplitColumn) -> bool:
    return column.item is not None and column.item < 0
