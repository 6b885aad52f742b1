"""A table's names and values as a workbook of decisions, and the workbook's way back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from goodsmith.attributes.mapping.decisions import save_decisions
from goodsmith.attributes.mapping.review import Gathered, decisions_of_tables, mapping_tables, sheet_of
from goodsmith.base.category_schema import attributes_of
from goodsmith.catalog import import_table, read_table, sheet_names
from goodsmith.errors import SchemaError
from goodsmith.export import write_tables
from goodsmith.records import Attribute, CategorySchema
from goodsmith.runner.attributes.table import AttributeRequest, AttributeTable
from goodsmith.runner.schemas import open_schema
from goodsmith.settings import Settings


def export_mapping(
    request: AttributeRequest, output: Path, *, language: str, settings: Settings, home: Path
) -> dict[str, int]:
    """Write the names and values of a table, those that concern most products first; how many there are."""
    table = AttributeTable(request, settings=settings, home=home)
    gathered = Gathered(table.readers)
    first = 0
    for batch in table.batches():
        for row in table.products(batch, first):
            gathered.add(table.placed(row)[0])
        first += batch.num_rows
    names, values = gathered.name_lines(), gathered.value_lines()
    write_tables(output, mapping_tables(names, values, table.attributes(), language))
    return {
        "names": len(names),
        "open_names": sum(not line.meant and line.how != "decided" for line in names),
        "values": len(values),
        "open_values": sum(not line.meant for line in values),
    }


def import_mapping(file: Path, *, schema: str | Path, supplier: str, settings: Settings, home: Path) -> dict[str, int]:
    """Remember the decisions of a workbook for a supplier. Raises SchemaError with the place of what is not known."""
    wanted = open_schema(schema, home=home, settings=settings)
    found: dict[str, list[tuple[str, Mapping[str, str]]]] = {"names": [], "values": []}
    for sheet in sheet_names(file):
        imported = import_table(
            file, home / "imports", sheet=sheet, header=1, memory_limit_bytes=settings.import_memory_bytes
        )
        kind = sheet_of(sheet, [column.name for column in imported.info.columns])
        if kind:
            found[kind] += [
                (f"{file.name}, {sheet}, row {place + 2}", {name: text for name, text in row.items() if text})
                for place, row in read_table(imported.parquet)
            ]
    if not any(found.values()):
        raise SchemaError(
            f"{file.name}: no sheet of names or values; expected the workbook that `goodsmith mapping export` wrote",
            zh=f"{file.name}:没有属性名或属性值工作表;应为 goodsmith mapping export 导出的工作簿",
        )
    decided = decisions_of_tables(found["names"], found["values"], _attributes(wanted))
    save_decisions(home, decided, schema=wanted.name, supplier=supplier)
    return {"names": len(decided.names), "values": sum(map(len, decided.values.values()))}


def _attributes(schema: CategorySchema) -> dict[str, Attribute]:
    found: dict[str, Any] = {}
    for category in schema.categories:
        for attribute in attributes_of(schema, category.id):
            found.setdefault(attribute.id, attribute)
    return found
