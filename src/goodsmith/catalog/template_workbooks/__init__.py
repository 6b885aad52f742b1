"""Platforms' template workbooks: which columns are to be filled, with what, and which of our columns fits."""

from goodsmith.catalog.template_workbooks.assigning import Assignment, assign, find_column
from goodsmith.catalog.template_workbooks.error_reports import ReportLine, read_error_report
from goodsmith.catalog.template_workbooks.field_names import field_of, synonyms_of
from goodsmith.catalog.template_workbooks.reading import read_template
from goodsmith.catalog.template_workbooks.remembering import Said, load_said, save_said

__all__ = [
    "Assignment",
    "ReportLine",
    "Said",
    "assign",
    "field_of",
    "find_column",
    "load_said",
    "read_error_report",
    "read_template",
    "save_said",
    "synonyms_of",
]
