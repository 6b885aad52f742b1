"""7 OUT: rows with what was made of them, as xlsx, csv, jsonl or parquet."""

from __future__ import annotations

from goodsmith.export.plan import ExportPlan, ExportReport, ExportSlot, format_of, slots_of
from goodsmith.export.tables_book import write_tables
from goodsmith.export.write import check_target, export_rows

__all__ = [
    "ExportPlan",
    "ExportReport",
    "ExportSlot",
    "check_target",
    "export_rows",
    "format_of",
    "slots_of",
    "write_tables",
]
