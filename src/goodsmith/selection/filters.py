"""`--where`: a Liquid condition over the columns of an import and the recipe fields mapped onto them, as DuckDB SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from goodsmith.base.liquid import Condition, compile_condition
from goodsmith.errors import UnknownName
from goodsmith.records import ColumnMapping


def quoted(name: str) -> str:
    """A column name as an SQL identifier. The only place where a name becomes SQL."""
    return '"' + name.replace('"', '""') + '"'


def fields_of(columns: Sequence[str], mapping: ColumnMapping) -> dict[str, str]:
    """Name -> column, as templates see a row: every column by its own name, overlaid by the mapped recipe fields."""
    return {name: name for name in columns} | dict(mapping.fields)


def compile_where(where: str, columns: Sequence[str], mapping: ColumnMapping) -> Condition | None:
    """The condition; None if there is none. Raises TemplateError with the near names for an unknown one."""
    if not where.strip():
        return None
    return compile_condition(where, name="where", known=fields_of(columns, mapping).keys())


def where_sql(where: str, columns: Sequence[str], mapping: ColumnMapping) -> tuple[str, list[Any]]:
    """The filter as an SQL expression with its parameters; TRUE if there is none."""
    condition = compile_where(where, columns, mapping)
    if condition is None:
        return "TRUE", []
    return condition.to_sql({name: quoted(column) for name, column in fields_of(columns, mapping).items()})


def column_of(name: str | None, columns: Sequence[str], fields: Mapping[str, str]) -> str | None:
    """The column that a name means: the column itself, or the one that a recipe field is mapped onto."""
    if name is None or name in columns:
        return name
    if name in fields:
        return fields[name]
    raise UnknownName("column", name, [*columns, *fields], kind_zh="列")
