"""Sources, plans and rows to export, small enough to read."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest

from goodsmith.export import ExportPlan, ExportSlot
from goodsmith.records import Column, OutputSpec, TableInfo

TITLE = ExportSlot(spec=OutputSpec(slot="title"), locales=("zh-CN",))
POINTS = ExportSlot(spec=OutputSpec(slot="points", type="list", max_items=3), locales=("zh-CN",))
WEIGHT = ExportSlot(spec=OutputSpec(slot="weight", type="number"))


@dataclass(frozen=True)
class Shop:
    """Makes what an export needs; `slots` and `plan` take what differs from a plain listing run."""

    folder: Path

    def info(self, source, columns, *, kind="csv", sheet=None, header_row=1):
        names = tuple(Column(name=name, index=index) for index, name in enumerate(columns))
        return TableInfo(source=str(source), format=kind, columns=names, sheet=sheet, header_row=header_row)

    def plan(self, info, *, slots=(TITLE,), **rest):
        settings = {"run_id": "run-1", "recipe_name": "listing", "recipe_version": "0123456789ab", **rest}
        return ExportPlan(source=info, slots=slots, **settings)

    def rows(self, plan, source_rows, made, *, at=None):
        """One batch. made: per row a mapping from a column of the parts to its value; the rest is as for a good row."""
        count = len(source_rows)
        columns = {
            "_gs_ordinal": pa.array(range(count), pa.int64()),
            "_gs_key": pa.array([(row or [""])[0] for row in source_rows], pa.string()),
            "_gs_row": pa.array(list(range(count)) if at is None else at, pa.int64()),
        }
        arrays, names = list(columns.values()), list(columns)
        for place, column in enumerate(plan.source.columns):
            arrays.append(pa.array([row[place] for row in source_rows], pa.string()))
            names.append(column.name)
        for name, kind, usual in self._part_columns(plan):
            arrays.append(pa.array([row.get(name, usual) for row in made], kind))
            names.append(f"_gs_{name}" if name in names else name)
        return [pa.RecordBatch.from_arrays(arrays, names=names)]

    def workbook(self, rows, *, name="source.xlsx", sheet="Products", change=lambda book, sheet: None):
        """An xlsx file as openpyxl writes it; returns its TableInfo."""
        book = openpyxl.Workbook()
        page = book.active
        page.title = sheet
        for row in rows:
            page.append(row)
        change(book, page)
        path = self.folder / name
        book.save(path)
        return self.info(path, rows[0], kind="xlsx", sheet=sheet)

    def raw_workbook(self, sheet_xml, columns, *, name="raw.xlsx", strict=False, header_row=1, more=()):
        """An xlsx file around a sheet's XML as given."""
        base = "http://purl.oclc.org/ooxml" if strict else "http://schemas.openxmlformats.org"
        main = f"{base}/spreadsheetml/main" if strict else f"{base}/spreadsheetml/2006/main"
        office = f"{base}/officeDocument/relationships" if strict else f"{base}/officeDocument/2006/relationships"
        package = "http://schemas.openxmlformats.org/package/2006"
        types = "application/vnd.openxmlformats-officedocument.spreadsheetml"
        path = self.folder / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
            out.writestr(
                "[Content_Types].xml",
                f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
                'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                '<Default Extension="xml" ContentType="application/xml"/>'
                f'<Override PartName="/xl/workbook.xml" ContentType="{types}.sheet.main+xml"/>'
                f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{types}.worksheet+xml"/></Types>',
            )
            out.writestr(
                "_rels/.rels",
                f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
                f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            )
            out.writestr(
                "xl/workbook.xml",
                f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
                '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
            )
            out.writestr(
                "xl/_rels/workbook.xml.rels",
                f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
                f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
            )
            out.writestr("xl/worksheets/sheet1.xml", sheet_xml.replace("MAIN", main))
            for part, content in more:
                out.writestr(part, content)
        return self.info(path, columns, kind="xlsx", sheet="S", header_row=header_row)

    @staticmethod
    def _part_columns(plan):
        kinds = {"list": pa.list_(pa.string()), "number": pa.float64(), "integer": pa.int64(), "boolean": pa.bool_()}
        yield "status", pa.string(), "done"
        for slot in plan.slots:
            for locale in slot.locales or ("",):
                name = f"{slot.spec.slot}@{locale}" if locale else slot.spec.slot
                yield name, kinds.get(slot.spec.type, pa.string()), None
        yield from ((name, pa.string(), None) for name in ("findings", "error_code", "error", "inputs_hash"))
        yield "maker", pa.string(), "template"
        for name in ("calls", "cached_calls", "retries", "repairs", "input_tokens", "output_tokens", "cost_nanos"):
            yield name, pa.int64(), 0


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)


@pytest.fixture
def parts_of():
    """Name -> bytes of each part of a workbook, as they lie compressed in the file."""

    def read(path):
        data = Path(path).read_bytes()
        found = {}
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                start = member.header_offset + 30
                name, extra = (int.from_bytes(data[start - 4 + at : start - 2 + at], "little") for at in (0, 2))
                found[member.filename] = data[start + name + extra : start + name + extra + member.compress_size]
        return found

    return read
