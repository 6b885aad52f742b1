"""Attributes: what a category asks for, which names and values mean the same, and what the catalog can tell."""

from goodsmith.attributes.schemas.checking import Problem, check_schema
from goodsmith.attributes.schemas.comparing import SchemaChange, diff_schemas
from goodsmith.attributes.schemas.from_template import KnownField, schema_of_template
from goodsmith.attributes.schemas.keeping import (
    KeptSchema,
    keep_schema,
    listed_schemas,
    load_kept,
    load_shipped,
    read_schema_text,
    shipped_schemas,
)
from goodsmith.attributes.schemas.tables import SchemaTables, schema_of_tables, sheet_kind, tables_of_schema
from goodsmith.attributes.schemas.yaml_files import write_schema_yaml

__all__ = [
    "KeptSchema",
    "KnownField",
    "Problem",
    "SchemaChange",
    "SchemaTables",
    "check_schema",
    "diff_schemas",
    "keep_schema",
    "listed_schemas",
    "load_kept",
    "load_shipped",
    "read_schema_text",
    "schema_of_tables",
    "schema_of_template",
    "sheet_kind",
    "shipped_schemas",
    "tables_of_schema",
    "write_schema_yaml",
]
