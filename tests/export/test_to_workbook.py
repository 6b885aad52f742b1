"""Any other source to a new xlsx: text cells, safe ids, as many sheets as needed."""

import re
import zipfile

import openpyxl
import pyarrow as pa
import pytest

from goodsmith.export import ExportSlot, export_rows
from goodsmith.export.cells import MAX_ROWS
from goodsmith.records import Column, OutputSpec, TableInfo

SOURCE = [["06932169358293", "90.750", "1E5"], ["1234567890123456789", '=HYPERLINK("http://a.example")', "NA"]]


@pytest.fixture
def page(shop):
    slots = (
        ExportSlot(spec=OutputSpec(slot="title"), locales=("en-US",)),
        ExportSlot(spec=OutputSpec(slot="weight", type="number")),
        ExportSlot(spec=OutputSpec(slot="stock", type="integer")),
        ExportSlot(spec=OutputSpec(slot="fragile", type="boolean")),
    )
    plan = shop.plan(shop.info("shop/产品:表.csv", ["sku", "price", "note"]), slots=slots)
    made = [{"title@en-US": "=1+1", "weight": 0.25, "stock": 3, "fragile": True}, {"title@en-US": "Mug"}]
    export_rows(plan, shop.rows(plan, SOURCE, made), shop.folder / "o.xlsx")
    book = openpyxl.load_workbook(shop.folder / "o.xlsx")
    assert book.sheetnames == ["产品 表", "_goodsmith"]
    return book.worksheets[0]


def test_source_cells_are_text_exactly_as_in_the_source(page):
    assert [[page.cell(row, at).value for at in (2, 3, 4)] for row in (2, 3)] != SOURCE  # outputs stand on the right
    assert [[page.cell(row, at).value for at in (1, 2, 3)] for row in (2, 3)] == SOURCE
    assert {page.cell(row, at).data_type for row in (2, 3) for at in (1, 2, 3)} == {"s"}
    assert {page.cell(row, at).number_format for row in (2, 3) for at in (1, 2, 3)} == {"@"}


def test_nothing_in_the_file_is_a_formula_or_a_link(page, shop):
    with zipfile.ZipFile(shop.folder / "o.xlsx") as archive:
        xml = b"".join(archive.read(name) for name in archive.namelist())
    assert not re.search(rb"<f[ >]|<hyperlink", xml)


def test_numbers_of_numeric_slots_are_numbers(page):
    headings = {cell.value: cell.column for cell in page[1]}
    cells = [page.cell(2, headings[name]) for name in ("weight", "stock", "fragile")]
    assert [(cell.value, cell.data_type) for cell in cells] == [(0.25, "n"), (3, "n"), (True, "b")]
    assert page.cell(3, headings["weight"]).value is None


def test_the_header_is_bold_frozen_and_filtered(page):
    assert all(cell.font.b for cell in page[1])
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref == page.dimensions
    assert page.column_dimensions["A"].width > 10


def test_duplicate_headers_are_written_as_the_source_had_them(shop):
    columns = (Column(name="price", index=0), Column(name="price (2)", index=1, written="price"))
    plan = shop.plan(TableInfo(source="a.csv", format="csv", columns=columns))
    export_rows(plan, shop.rows(plan, [["1", "2"]], [{}]), shop.folder / "o.xlsx")
    page = openpyxl.load_workbook(shop.folder / "o.xlsx").worksheets[0]
    assert [cell.value for cell in page[1]][:3] == ["price", "price", "title"]


def test_texts_beyond_a_cell_go_on_in_the_next_column_with_a_notice(shop):
    plan = shop.plan(shop.info("a.csv", ["sku", "html"]))
    long, longer = "甲" * 32_767 + "乙", "😀" * 32_767 + "end"
    rows = shop.rows(plan, [["a", long], ["b", "short"]], [{"title@zh-CN": longer}, {"title@zh-CN": "t"}])
    report = export_rows(plan, rows, shop.folder / "o.xlsx")
    page = openpyxl.load_workbook(shop.folder / "o.xlsx").worksheets[0]
    names = [cell.value for cell in page[1]]
    assert names[:6] == ["sku", "html", "html (cont.)", "title", "title (cont.)", "title (cont. 2)"]
    first = [cell.value for cell in page[2]]
    assert first[1] + first[2] == long
    assert "".join(first[3:6]) == longer
    assert [cell.value for cell in page[3]][:6] == ["b", "short", None, "t", None, None]
    assert [(notice.code, notice.column) for notice in report.notices] == [
        ("split_cell", "html"),
        ("split_cell", "title"),
    ]


def test_an_export_without_rows_is_a_table_with_its_header(shop):
    plan = shop.plan(shop.info("a.csv", ["sku"]))
    assert export_rows(plan, [], shop.folder / "o.xlsx").rows == 0
    page = openpyxl.load_workbook(shop.folder / "o.xlsx").worksheets[0]
    assert [[cell.value for cell in row] for row in page] == [["sku", "title", "Status", "Findings", "Made by"]]


@pytest.mark.slow
def test_rows_beyond_what_a_sheet_holds_go_on_in_a_second_one(shop):
    plan = shop.plan(shop.info("many.csv", ["sku"]), slots=())
    one = shop.rows(plan, [["a"]], [{}])[0]
    total, size = MAX_ROWS + 9, 50_000

    def batches():
        for start in range(0, total, size):
            count = min(size, total - start)
            whole = pa.Table.from_batches([one]).take([0] * count).combine_chunks()
            rows = pa.array(range(start, start + count))
            yield whole.set_column(0, "_gs_ordinal", rows).set_column(2, "_gs_row", rows).to_batches()[0]

    report = export_rows(plan, batches(), shop.folder / "o.xlsx")
    assert [notice.code for notice in report.notices] == ["second_sheet"]
    with zipfile.ZipFile(shop.folder / "o.xlsx") as archive:
        assert archive.read("xl/workbook.xml").count(b"<sheet ") == 4
        assert b'name="many (2)"' in archive.read("xl/workbook.xml")
        last = [archive.read(f"xl/worksheets/sheet{number}.xml").rpartition(b'<row r="')[2] for number in (1, 2, 3, 4)]
    assert [int(xml.partition(b'"')[0]) for xml in last] == [MAX_ROWS, 11, MAX_ROWS, 11]
