"""Attributes of a table: completed, classified, mapped; from files and data frames."""
