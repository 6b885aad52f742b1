import os
import zipfile

import pytest
import xlsxwriter

from goodsmith.catalog import ReadOptions, open_table
from goodsmith.catalog.layouts.grid import ReadAgain

# A folder that is not part of the project: looked at only where somebody names it.
collect_ignore = [] if os.environ.get("GOODSMITH_DIFFICULT_FILES") else ["test_difficult_folder.py"]


def read(source, **options):
    """Names, rows (tuples, None where a cell is empty) and notice codes of a source."""
    reader = open_table(source, ReadOptions(**options))
    while True:
        try:
            rows = [row for batch in reader.batches() for row in batch.to_pylist()]
        except ReadAgain:
            continue
        return Read(reader, rows)


class Read:
    def __init__(self, reader, rows):
        self.info = reader.info()
        self.places = [row.pop("_gs_row", place) for place, row in enumerate(rows)]
        self.rows = [tuple(row.values()) for row in rows]
        self.names = [column.name for column in self.info.columns]
        self.notices = {notice.code: notice for notice in self.info.warnings}

    def column(self, name):
        place = self.names.index(name)
        return [row[place] for row in self.rows]


CONTENT_TYPES = """<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"""
RELATIONS = """<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="r1" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>"""
WORKBOOK = """<?xml version="1.0" encoding="UTF-8"?>
<workbook xmlns="http://x/main" xmlns:r="http://x/r"><workbookPr{properties}/>
<sheets><sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>"""
WORKBOOK_RELATIONS = """<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="r1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/>
<Relationship Id="r2" Type="http://x/sharedStrings" Target="sharedStrings.xml"/>
<Relationship Id="r3" Type="http://x/styles" Target="styles.xml"/></Relationships>"""


@pytest.fixture
def workbook(tmp_path):
    """Writes a workbook with xlsxwriter: `workbook(fill)`, where fill gets the book and its first sheet."""

    def write(fill, name="table.xlsx", **options):
        path = tmp_path / name
        with xlsxwriter.Workbook(path, options) as book:
            fill(book, book.add_worksheet("商品"))
        return path

    return write


@pytest.fixture
def raw_workbook(tmp_path):
    """Writes a workbook from its XML: rows is what stands in sheetData, sheet the whole part."""

    def write(rows="", *, sheet=None, strings="", styles="", properties="", parts=None, name="raw.xlsx"):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("[Content_Types].xml", CONTENT_TYPES)
            file.writestr("_rels/.rels", RELATIONS)
            file.writestr("xl/workbook.xml", WORKBOOK.format(properties=properties))
            file.writestr("xl/_rels/workbook.xml.rels", WORKBOOK_RELATIONS)
            file.writestr(
                "xl/worksheets/sheet1.xml",
                sheet or f'<worksheet xmlns="http://x/main"><sheetData>{rows}</sheetData></worksheet>',
            )
            if strings:
                file.writestr("xl/sharedStrings.xml", f'<sst xmlns="http://x/main">{strings}</sst>')
            if styles:
                file.writestr("xl/styles.xml", f'<styleSheet xmlns="http://x/main">{styles}</styleSheet>')
            for part, content in (parts or {}).items():
                file.writestr(part, content)
        return path

    return write


@pytest.fixture(scope="session")
def read_table():
    return read
