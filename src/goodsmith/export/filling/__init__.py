"""A platform's template workbook filled with products: only the filled cells differ."""

from goodsmith.export.filling.plan import FilledFile, FillPlan, FillReport, OfferedRow
from goodsmith.export.filling.write import fill_copies

__all__ = ["FillPlan", "FillReport", "FilledFile", "OfferedRow", "fill_copies"]
