"""Category schemas by name or from a file: opened, imported into the home, listed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from goodsmith.attributes import (
    KnownField,
    SchemaTables,
    keep_schema,
    load_kept,
    read_schema_text,
    schema_of_tables,
    schema_of_template,
    sheet_kind,
)
from goodsmith.base.category_schema import with_version
from goodsmith.catalog import import_table, open_import, read_table, sheet_names
from goodsmith.catalog.template_workbooks import field_of, read_template, synonyms_of
from goodsmith.errors import InputFileError, SchemaError
from goodsmith.records import CategorySchema, TemplateWorkbook
from goodsmith.settings import Settings

if TYPE_CHECKING:
    from goodsmith.attributes.schemas.tables import Row

_MAX_BYTES = 8 * 1024**2  # of a schema in YAML


def open_schema(named: str | Path, *, home: Path, settings: Settings, name: str | None = None) -> CategorySchema:
    """A schema by its name (`kettles`, `amazon_kettle@1a2b…`), or out of a YAML file or workbook.

    name: what a schema that comes from a workbook is called; none: as the file. Raises SchemaError and UnknownName.
    """
    path = Path(named)
    suffix = path.suffix.lower()
    if suffix in {".yaml", ".yml"}:
        return read_schema_text(_text(path), file=path.name, home=home)
    if suffix in {".xlsx", ".xlsm"}:
        return _from_workbook(path, home=home, settings=settings, name=name or path.stem)
    return load_kept(home, str(named))


def import_schema(source: str | Path, *, home: Path, settings: Settings, name: str | None = None) -> CategorySchema:
    """Open a schema and keep it in the home, so that it can be named from now on."""
    schema = open_schema(source, home=home, settings=settings, name=name)
    if name and schema.name != name:
        from dataclasses import replace  # noqa: PLC0415

        schema = with_version(replace(schema, name=name))
    keep_schema(home, schema)
    return schema


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise SchemaError(
                f"{path}: larger than {_MAX_BYTES // 1024**2} MB; a large schema is kept as a workbook",
                zh=f"{path}:超过 {_MAX_BYTES // 1024**2} MB;较大的模板请用工作簿保存",
            )
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputFileError(f"cannot be opened: {reason}", file=str(path), zh=f"无法打开:{reason}") from error
    except UnicodeDecodeError:
        raise InputFileError("not UTF-8 text", file=str(path), zh="不是 UTF-8 文本") from None


def _from_workbook(path: Path, *, home: Path, settings: Settings, name: str) -> CategorySchema:
    """A workbook in our own form; else a platform's template, whose columns and drop-downs are its attributes."""
    found: dict[str, list[Row]] = {"categories": [], "attributes": [], "values": []}
    unread: InputFileError | None = None
    for sheet in sheet_names(path):
        try:
            imported = import_table(
                path, home / "imports", sheet=sheet, all_rows=True, memory_limit_bytes=settings.import_memory_bytes
            )
        except InputFileError as error:  # an empty sheet, which our own form does not have
            unread = unread or error
            continue
        kind = sheet_kind(sheet, [column.name for column in imported.info.columns])
        if kind:
            found[kind] += _rows(path, sheet, imported.parquet)
    if not found["attributes"]:
        if (template := _template(path)) is not None:
            return schema_of_template(template, name=name, known=_known(template))
        if unread is not None:
            raise unread
        raise SchemaError(
            f"{path.name}: no sheet lists attributes. Expected a sheet with the columns category, attribute, need, "
            "type, unit, values (`goodsmith schema show common -o form.xlsx` writes one)",
            zh=f"{path.name}:没有列出属性的工作表。应含类目、属性、填写要求、类型、单位、可选值等列"
            "(可用 goodsmith schema show common -o 模板.xlsx 生成)",
        )  # fmt: skip
    tables = SchemaTables(
        attributes=found["attributes"], values=found["values"], categories=found["categories"], file=path.name
    )
    return schema_of_tables(tables, name=name)


def _template(path: Path) -> TemplateWorkbook | None:
    """The workbook as a platform's template: one that says what it needs, or offers values."""
    try:
        template = read_template(path)
    except InputFileError:
        return None
    asks = any(column.attribute.need != "optional" or column.attribute.values for column in template.columns)
    return template if asks else None


def _known(template: TemplateWorkbook) -> dict[int, KnownField]:
    fields = {column.index: field_of(column.name, column.heading) for column in template.columns}
    return {
        column.index: KnownField(field, synonyms_of(column.name, column.heading))
        for column in template.columns
        if (field := fields[column.index])
    }


def _rows(path: Path, sheet: str, parquet: Path) -> list[Row]:
    first = (open_import(parquet).info.header_row or 1) + 1
    return [
        (f"{path.name}, {sheet}, row {first + place}", {name: text for name, text in row.items() if text})
        for place, row in read_table(parquet)
    ]
