"""What an export is asked for, and what it reports: the plan and the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from goodsmith.errors import UnknownName, UsageError
from goodsmith.records import Notice, OutputSpec, Recipe, TableInfo

ExportFormat = Literal["xlsx", "csv", "jsonl", "parquet"]
DEFAULT_MEMORY_LIMIT_BYTES = 1_500_000_000
SUFFIXES: dict[str, ExportFormat] = {
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSlot:
    """One output of a recipe and the locales it was made for; no locales: asked once for all of them."""

    spec: OutputSpec
    locales: tuple[str, ...] = ()
    heading: str = ""  # of its column; "": as the slot is called


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPlan:
    """Everything that decides what an export looks like, except the rows.

    source.columns are the source columns of the batches, in order; `Column.index` is the column of the sheet (0 = A).
    A row's place in a sheet is header_row + 1 + `_gs_row`.
    """

    source: TableInfo
    slots: tuple[ExportSlot, ...]
    run_id: str
    recipe_name: str
    recipe_version: str
    key_column: str | None = None
    language: Literal["en", "zh"] = "en"  # of headings, statuses and findings
    source_sha256: str = ""  # of the file as the run read it, hex; "": not compared
    currency: str = ""  # of the trace's costs
    written_at: str = ""  # ISO 8601; "": now
    trace: bool = False  # adds costs, tokens, error codes and hashes
    show_blocked: bool = False  # also values that a check withholds
    memory_limit_bytes: int = DEFAULT_MEMORY_LIMIT_BYTES  # address space of the process that writes xlsx


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What was written."""

    rows: int
    files: tuple[str, ...]
    format: ExportFormat
    in_place: bool = False  # the columns stand in a copy of the source workbook
    columns: tuple[str, ...] = ()  # headings of the columns we added
    notices: tuple[Notice, ...] = ()


def slots_of(recipe: Recipe, locales: Sequence[str]) -> tuple[ExportSlot, ...]:
    """The recipe's outputs in its order, each with the locales that its step was asked for."""
    return tuple(
        ExportSlot(spec=output, locales=tuple(locales) if step.per_locale else ())
        for step in recipe.steps
        for output in step.outputs
    )


def format_of(path: str | Path, format: str | None = None) -> ExportFormat:  # noqa: A002 (the user's word)
    """The format asked for, or the one that the file's ending names. Raises UnknownName or UsageError."""
    if format is not None:
        for known in SUFFIXES.values():
            if format.lower().lstrip(".") == known:
                return known
        raise UnknownName("export format", format, set(SUFFIXES.values()), kind_zh="导出格式")
    suffix = Path(path).suffix.lower()
    if not suffix:
        endings = ", ".join(SUFFIXES)
        raise UsageError(
            f"{path}: the file name has no ending that says the format; expected one of {endings}",
            zh=f"{path}:文件名没有说明格式的扩展名,可用:{endings}",
        )
    if suffix not in SUFFIXES:
        raise UnknownName("export format", suffix, SUFFIXES, kind_zh="导出格式")
    return SUFFIXES[suffix]
