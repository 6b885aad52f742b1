"""Templates and rows for them, small enough to read."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest

from goodsmith.catalog.template_workbooks import assign, find_column, read_template
from goodsmith.export.filling import FillPlan, OfferedRow, fill_copies
from make_templates import bedding_zh, kettle_en

KETTLE = {
    "SKU": "00042",
    "Title": "Gooseneck kettle",
    "Brand": "Sandfield",
    "Price": "39.90",
    "Stock": "20",
    "Material": "glass",
    "Capacity": "1.5",
    "Voltage": "220",
    "Voltage range": "220-240V",
    "Plug type": "Type G",
    "Origin": "China",
}


@dataclass
class Desk:
    """A template on a desk, and rows that are put into it."""

    folder: Path
    template: object

    def fill(self, rows, *, name=None, write=True, constants=None, accepted=(), **plan):
        offered = tuple(dict.fromkeys(key for row in rows for key in row))
        constants = {find_column(self.template, heading).index: text for heading, text in (constants or {}).items()}
        assignment = assign(self.template, offered, key=offered[0], without=frozenset(constants))
        made = FillPlan(
            template=self.template,
            offered=offered,
            sources={place: ours for place, ours in assignment.sources.items() if place not in constants},
            constants=constants,
            accepted=frozenset(find_column(self.template, heading).index for heading in accepted),
            key=assignment.key,
            **plan,
        )
        lines = [
            OfferedRow(str(row[offered[0]]), number, [row.get(key) for key in offered])
            for number, row in enumerate(rows, 2)
        ]
        suffix = ".xlsm" if self.template.macros else ".xlsx"
        return fill_copies(made, lines, self.folder / (name or f"filled{suffix}"), write=write)

    def cells(self, path):
        """The rows of a filled workbook, as headings (technical names, else labels) and values."""
        page = openpyxl.load_workbook(path)[self.template.sheet]
        found = []
        for row in page.iter_rows(min_row=self.template.first_row):
            values = {
                column.name or column.heading: row[column.index].value
                for column in self.template.columns
                if row[column.index].value is not None
            }
            if values:
                found.append(values)
        return found


@pytest.fixture
def kettle(tmp_path):
    return Desk(tmp_path, read_template(kettle_en(tmp_path / "kettle.xlsm", rows=5)))


@pytest.fixture
def bedding(tmp_path):
    return Desk(tmp_path, read_template(bedding_zh(tmp_path / "bedding.xlsx")))


def parts_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
