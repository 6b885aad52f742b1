"""Platforms' template workbooks: which columns are to be filled, with what, and which of our columns fits."""

from goodsmith.catalog.template_workbooks.reading import read_template

__all__ = ["read_template"]
