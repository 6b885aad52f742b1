"""What stands under the name .xls: old workbooks, web pages, the XML of Excel 2003."""

import contextlib
from datetime import date

import pytest
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goodsmith.catalog import carried, import_table
from goodsmith.errors import GoodsmithError, InputFileError


@pytest.fixture
def old_workbook(tmp_path):
    """Writes an old workbook: `old_workbook(fill)`, where fill gets the book and its first sheet."""

    def write(fill, name="old.xls"):
        book = xlwt.Workbook(encoding="utf-8")
        fill(book, book.add_sheet("商品"))
        book.save(str(tmp_path / name))
        return tmp_path / name

    return write


@pytest.fixture
def page(tmp_path):
    def write(body, name="erp.xls", encoding="utf-8", head=""):
        path = tmp_path / name
        path.write_bytes(f"<html><head>{head}</head><body>{body}</body></html>".encode(encoding))
        return path

    return write


def goods(book, sheet):
    for row, cells in enumerate([("货号", "品名"), ("GS-1", "杯子"), ("GS-2", "伞")]):
        for column, text in enumerate(cells):
            sheet.write(row, column, text)


def row_of(*cells):
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def test_an_old_workbook_shows_ids_prices_and_dates_as_it_displays_them(old_workbook, read_table):
    def fill(book, sheet):
        for column, name in enumerate(["货号", "重量", "上架", "含税", "金额"]):
            sheet.write(0, column, name)
        for column, value, code in [
            (0, 123, "00000"),
            (1, 90.75, "0.000"),
            (2, date(2026, 5, 1), 'yyyy"年"m"月"d"日"'),
            (4, 1234.5, "#,##0.00"),
        ]:
            sheet.write(1, column, value, xlwt.easyxf(num_format_str=code))
        sheet.write(1, 3, True)

    read = read_table(old_workbook(fill))
    assert (read.info.format, read.info.sheet) == ("xls", "商品")
    assert read.rows == [("00123", "90.750", "2026年5月1日", "TRUE", "1,234.50")]


def test_hidden_sheets_rows_and_columns_of_an_old_workbook_are_known(old_workbook, read_table):
    def fill(book, sheet):
        for row, cells in enumerate([("sku", "cost"), ("1", "2"), ("3", "4")]):
            for column, text in enumerate(cells):
                sheet.write(row, column, text)
        sheet.row(1).hidden = True
        sheet.col(1).hidden = True
        lists = book.add_sheet("_lists")
        lists.visibility = 1

    path = old_workbook(fill)
    read = read_table(path)
    assert [column.hidden for column in read.info.columns] == [False, True]
    assert (read.notices["hidden_rows"].row, read.notices["hidden_sheets"].count) == (2, 1)
    assert read_table(path, visible_only=True).rows == [("3", "4")]


def test_errors_and_long_numbers_of_an_old_workbook_are_named(old_workbook, read_table):
    def fill(book, sheet):
        sheet.write(0, 0, "sku")
        sheet.write(0, 1, "id")
        for row in range(1, 4):
            sheet.write(row, 0, f"A{row}")
            sheet.write(row, 1, 1234567890123456789)

    read = read_table(old_workbook(fill))
    assert (read.notices["long_number"].column, read.notices["long_number"].count) == ("id", 3)


def test_an_old_workbook_named_xlsx_is_read_as_what_it_is(old_workbook, read_table):
    path = old_workbook(
        lambda book, sheet: [sheet.write(r, c, f"{r}{c}") for r in range(3) for c in range(2)], "a.xlsx"
    )
    read = read_table(path)
    assert (read.info.format, "named_otherwise" in read.notices) == ("xls", True)


def test_an_old_workbook_is_read_by_the_process_with_a_memory_limit_and_exported_anew(old_workbook, tmp_path):
    path = old_workbook(goods)
    made = import_table(path, tmp_path / "imports")
    assert (made.rows, made.info.format) == (2, "xls")
    assert carried(path)[0].code == "no_workbook"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 5_500), st.binary(min_size=1, max_size=6))
def test_no_damage_to_an_old_workbook_is_anything_but_an_input_error(old_workbook, read_table, place, change):
    path = old_workbook(goods)
    whole = bytearray(path.read_bytes())
    whole[place : place + len(change)] = change
    path.write_bytes(bytes(whole))
    with contextlib.suppress(GoodsmithError):
        read_table(path)


def test_a_web_page_named_xls_reads_as_its_table(page, read_table):
    head = '<meta http-equiv="Content-Type" content="text/html; charset=gb2312">'
    body = (
        "<table><tr><th>货号</th><th>品名</th><th>说明</th></tr>"
        + row_of("00123", "杯子&nbsp;&amp; 盖", "第一行<br>第二行")
        + row_of("00124", " 伞\n 大 ", "<p>甲</p><p>乙</p>")
        + "</table>"
    )
    read = read_table(page(body, encoding="gb18030", head=head))
    assert (read.info.format, read.info.encoding) == ("html", "gb18030")
    assert read.rows == [("00123", "杯子 & 盖", "第一行\n第二行"), ("00124", "伞 大", "甲\n乙")]
    assert read.notices["named_otherwise"].column == ".xls"


def test_cells_over_several_rows_and_columns_stand_in_their_places(page, read_table):
    body = (
        "<table><tr><td rowspan=2>货号</td><td colspan=2>价格</td></tr><tr><td>市场价</td><td>售价</td></tr>"
        "<tr><td rowspan=2>GS-1</td><td>20</td><td>9.5</td></tr><tr><td>30</td><td>8.5</td></tr>"
        "<tr><td>GS-2</td><td>40</td><td>7.5</td></tr></table>"
    )
    read = read_table(page(body))
    assert read.names == ["货号", "市场价", "售价"]
    assert read.rows == [("GS-1", "20", "9.5"), ("GS-1", "30", "8.5"), ("GS-2", "40", "7.5")]


def test_the_largest_table_of_a_page_is_read_and_another_can_be_asked_for(page, read_table):
    small = f"<table>{row_of('报价单', 'x')}{row_of('日期', 'y')}</table>"
    goods = f"<table>{row_of('货号', '品名')}{''.join(row_of(f'GS-{n}', '杯') for n in range(5))}</table>"
    path = page(f"<table><tr><td>{small}</td></tr><tr><td>{goods}</td></tr></table>")
    read = read_table(path)
    assert (len(read.rows), read.info.sheet) == (5, "table 3")
    assert read_table(path, sheet="table 2", header=0).rows == [("报价单", "x"), ("日期", "y")]


def test_rows_that_a_page_hides_are_known(page, read_table):
    body = f"<table>{row_of('货号', '品名')}{row_of('1', 'a')}<tr style='display: none'><td>2<td>b</tr></table>"
    read = read_table(page(body))
    assert (read.rows, read.notices["hidden_rows"].row) == ([("1", "a"), ("2", "b")], 3)


def test_a_page_that_breaks_off_or_covers_half_the_world_does_no_harm(page, read_table):
    read = read_table(page(f"<table>{row_of('a', 'b')}{row_of('1', '2')}<tr><td rowspan=999999>3<td>4"))
    assert read.rows == [("1", "2"), ("3", "4")]
    with pytest.raises(InputFileError, match="columns"):
        read_table(page("<table><tr><td colspan=70000>a</td></tr><tr><td>1</td></tr></table>"))


XML = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:x="urn:schemas-microsoft-com:office:excel">
<Styles><Style ss:ID="d"><NumberFormat ss:Format="dd.mm.yyyy"/></Style>
<Style ss:ID="p"><NumberFormat ss:Format="Fixed"/></Style></Styles>
<Worksheet ss:Name="lists"><Table><Row><Cell><Data ss:Type="String">x</Data></Cell></Row></Table>
<x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions></Worksheet>
<Worksheet ss:Name="商品"><Table><Column ss:Index="3" ss:Hidden="1"/>
<Row ss:Index="2"><Cell ss:MergeAcross="3"><Data ss:Type="String">报价单</Data></Cell></Row>
<Row ss:Index="4"><Cell><Data ss:Type="String">货号</Data></Cell><Cell><Data ss:Type="String">售价</Data></Cell>
<Cell><Data ss:Type="String">成本</Data></Cell><Cell><Data ss:Type="String">上架</Data></Cell></Row>
<Row><Cell><Data ss:Type="String">GS-1</Data></Cell><Cell ss:StyleID="p"><Data ss:Type="Number">9.5</Data></Cell>
<Cell ss:Index="4" ss:StyleID="d"><Data ss:Type="DateTime">2026-05-01T00:00:00.000</Data></Cell></Row>
<Row><Cell><Data ss:Type="String">GS-2</Data></Cell><Cell><Data ss:Type="Error">#N/A</Data></Cell>
<Cell ss:Index="4"><Data ss:Type="String">TBA</Data></Cell></Row></Table></Worksheet></Workbook>"""


def test_the_xml_of_excel_2003_reads_as_displayed(tmp_path, read_table):
    path = tmp_path / "erp.xls"
    path.write_text(XML, encoding="utf-8")
    read = read_table(path)
    assert (read.info.format, read.info.sheet, read.info.header_row) == ("xml", "商品", 4)
    assert read.names == ["货号", "售价", "成本", "上架"]
    assert read.rows == [("GS-1", "9.50", None, "01.05.2026"), ("GS-2", "#N/A", None, "TBA")]
    assert {"hidden_sheets", "hidden_columns", "error_values"} <= read.notices.keys()


@pytest.mark.parametrize(
    "change", [lambda text: text[:900], lambda text: text.replace("<?mso", "<!DOCTYPE x [<!ENTITY a 'b'>]><?mso")]
)
def test_damaged_xml_is_said_to_be_damaged(tmp_path, read_table, change):
    path = tmp_path / "erp.xls"
    path.write_text(change(XML), encoding="utf-8")
    with pytest.raises(InputFileError, match="damaged"):
        read_table(path)
