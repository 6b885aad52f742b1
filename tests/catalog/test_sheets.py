import tempfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from goodsmith.errors import InputFileError, UnknownName


def rows_of(*rows):
    def fill(book, sheet):
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                sheet.write(number, column, value)

    return fill


def test_ids_prices_and_dates_read_as_displayed(workbook, read_table):
    def fill(book, sheet):
        sheet.write_row(0, 0, ["货号", "重量", "上架", "折扣", "含税", "条码"])
        sheet.write_number(1, 0, 123, book.add_format({"num_format": "00000"}))
        sheet.write_number(1, 1, 90.75, book.add_format({"num_format": "0.000"}))
        sheet.write_datetime(1, 2, date(2024, 5, 1), book.add_format({"num_format": 'yyyy"年"m"月"d"日"'}))
        sheet.write_number(1, 3, 0.85, book.add_format({"num_format": "0%"}))
        sheet.write_boolean(1, 4, True)
        sheet.write_string(1, 5, "06932169358293")

    assert read_table(workbook(fill)).rows == [("00123", "90.750", "2024年5月1日", "85%", "TRUE", "06932169358293")]


def test_a_nineteen_digit_id_stored_as_text_stays_and_one_stored_as_number_is_noticed(workbook, read_table):
    read = read_table(workbook(rows_of(["文本", "数字"], ["1234567890123456789", 1.234567890123457e18])))
    assert read.rows == [("1234567890123456789", "1234567890123460000")]
    assert (read.notices["long_number"].column, read.notices["long_number"].row) == ("数字", 2)


def test_general_numbers_have_no_float_noise(workbook, read_table):
    read = read_table(workbook(rows_of(["n"], [0.1 + 0.2], [12.0], [1e21], [6932169358293])))
    assert read.column("n") == ["0.3", "12", "1E+21", "6932169358293"]


@pytest.mark.parametrize("word", ["NA", "N/A", "null", "None", "nan", "TRUE", "1E5", "=1+1", "-"])
def test_a_cell_with_a_word_keeps_the_word(workbook, read_table, word):
    path = workbook(lambda book, sheet: [sheet.write_string(0, 0, "a"), sheet.write_string(1, 0, word)])
    assert read_table(path).rows == [(word,)]


def test_error_values_stay_text_with_a_notice(workbook, read_table):
    def fill(book, sheet):
        sheet.write_row(0, 0, ["sku", "price"])
        sheet.write_row(1, 0, ["a"])
        sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")

    read = read_table(workbook(fill))
    assert read.rows == [("a", "#DIV/0!")]
    assert "#DIV/0!" in read.notices["error_values"].en


def test_a_formula_gives_its_stored_result(workbook, read_table):
    def fill(book, sheet):
        sheet.write_row(0, 0, ["total", "label"])
        sheet.write_formula(1, 0, "=2*3", book.add_format({"num_format": "0.00"}), 6)
        sheet.write_formula(1, 1, '="a"&"b"', None, "ab & c")

    assert read_table(workbook(fill)).rows == [("6.00", "ab & c")]


def test_formulas_that_nobody_calculated_are_noticed(workbook, read_table):
    path = workbook(rows_of(["sku", "price"], ["a", "=1+1"], ["b", "=1+2"]))
    assert read_table(path).notices["formulas_all_zero"].column == "price"


def test_a_formula_without_result_is_never_silently_missing(raw_workbook, read_table):
    path = raw_workbook(
        '<row r="1"><c r="A1" t="str"><v>price</v></c></row><row r="2"><c r="A2"><f>1+1</f><v /></c></row>'
    )
    notice = read_table(path).notices["formula_without_value"]
    assert (notice.column, notice.row) == ("price", 2)
    assert "WPS" in notice.zh


def test_rich_text_runs_are_joined_and_phonetic_hints_left_out(raw_workbook, read_table):
    path = raw_workbook(
        '<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c></row>',
        strings="<si><t>名</t></si><si><r><rPr><b/></rPr><t>東</t></r><r><t xml:space='preserve'> 京</t></r>"
        '<rPh sb="0" eb="1"><t>ヒガシ</t></rPh><phoneticPr fontId="1"/></si>',
    )
    assert read_table(path).rows == [("東 京",)]


def test_escapes_in_texts_are_resolved(raw_workbook, read_table):
    path = raw_workbook(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
        '<row r="2"><c r="A2" t="inlineStr"><is><t>1&lt;2 &amp;amp; x_x000D_\n'
        "y _x005F_x000D_ &#20013;</t></is></c></row>"
    )
    assert read_table(path).rows == [("1<2 &amp; x\r\ny _x000D_ 中",)]


def test_leading_blank_rows_are_skipped_and_blank_rows_between_keep_their_place(workbook, read_table):
    def fill(book, sheet):
        sheet.write_row(2, 0, ["sku", "name"])
        sheet.write_row(3, 0, ["1", "a"])
        sheet.write_row(6, 0, ["2", "b"])
        sheet.write_blank(900, 0, None, book.add_format({"bold": True}))

    read = read_table(workbook(fill))
    assert read.info.header_row == 3
    assert (read.rows, read.places) == ([("1", "a"), ("2", "b")], [0, 3])
    assert (read.notices["blank_rows"].row, read.notices["blank_rows"].count) == (5, 2)


def test_the_header_row_can_be_given(workbook, read_table):
    path = workbook(rows_of(["Price list", ""], ["sku", "name"], ["1", "a"]))
    read = read_table(path, header=2)
    assert (read.names, read.rows) == (["sku", "name"], [("1", "a")])
    assert read.notices["rows_above_header"].count == 1
    assert read_table(path, header=0).names == ["column A", "column B"]
    with pytest.raises(InputFileError, match=r"row 9.*header"):
        read_table(path, header=9)


def test_double_and_blank_headers_become_unique_and_are_noticed(workbook, read_table):
    read = read_table(workbook(rows_of(["price", "Price", "", " 品\n名 ", "_gs_row"], ["1", "2", "3", "4", "5"])))
    assert read.names == ["price", "Price (2)", "column C", "品 名", "source _gs_row (2)"]
    assert {"duplicate_header", "blank_header"} <= set(read.notices)
    assert read.info.columns[3].written == " 品\n名 "


def test_cells_beyond_the_header_far_down_get_columns(workbook, read_table):
    path = workbook(rows_of(["sku"], *([str(n)] for n in range(1500)), ["x", "", "stray"]))
    read = read_table(path)
    assert read.names == ["sku", "column C"]
    assert read.rows[-1] == ("x", "stray")
    assert read.notices["beyond_header"].row == 1502


def test_hidden_sheets_are_skipped_and_named(tmp_path, read_table):
    path = tmp_path / "many.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("说明").write(0, 0, "请填写商品表")
        book.add_worksheet("_lists").hide()
        data = book.add_worksheet("商品 🛒")
        data.write_row(0, 0, ["sku", "name"])
        data.write_row(1, 0, ["1", "a"])
    read = read_table(path)
    assert (read.info.sheet, read.rows) == ("商品 🛒", [("1", "a")])
    assert "_lists" in read.notices["hidden_sheets"].en
    assert read_table(path, sheet="3").info.sheet == "商品 🛒"
    with pytest.raises(UnknownName, match="did you mean: 商品"):
        read_table(path, sheet="商品")


def test_hidden_columns_and_rows_are_read_and_said(workbook, read_table):
    def fill(book, sheet):
        sheet.write_row(0, 0, ["sku", "cost"])
        sheet.write_row(1, 0, ["1", "9"])
        sheet.set_column(1, 1, None, None, {"hidden": True})
        sheet.set_row(1, None, None, {"hidden": True})

    read = read_table(workbook(fill))
    assert [column.hidden for column in read.info.columns] == [False, True]
    assert (read.rows, read.notices["hidden_rows"].row) == ([("1", "9")], 2)


def test_a_1904_workbook_shows_its_own_dates(workbook, read_table):
    def fill(book, sheet):
        sheet.write(0, 0, "d")
        sheet.write_datetime(1, 0, date(2024, 2, 29), book.add_format({"num_format": "yyyy-mm-dd"}))

    assert read_table(workbook(fill, date_1904=True)).rows == [("2024-02-29",)]


def test_dates_of_strict_workbooks_are_shown_in_their_format(raw_workbook, read_table):
    path = raw_workbook(
        '<row r="1"><c r="A1" t="str"><v>d</v></c></row><row r="2"><c r="A2" s="1" t="d"><v>2024-05-01T00:00:00</v></c>'
        '</row><row r="3"><c r="A3" t="d"><v>2024-05-01</v></c></row><row r="4"><c r="A4" t="d"><v>soon</v></c></row>',
        styles='<numFmts><numFmt numFmtId="170" formatCode="dd.mm.yyyy"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs>',
    )
    assert read_table(path).column("d") == ["01.05.2024", "2024/5/1", "soon"]


def test_texts_carry_the_words_of_their_format(workbook, read_table):
    def fill(book, sheet):
        sheet.write(0, 0, "数量")
        sheet.write_string(1, 0, "三", book.add_format({"num_format": '@"件"'}))

    assert read_table(workbook(fill)).rows == [("三件",)]


def test_more_rows_than_a_batch_come_in_order(workbook, read_table):
    path = workbook(rows_of(["n"], *([str(number)] for number in range(25_003))))
    assert read_table(path).column("n") == [str(number) for number in range(25_003)]


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"), max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=6), st.booleans())
def test_any_texts_written_to_a_workbook_come_back(read_table, rows, shared):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.xlsx"
        with xlsxwriter.Workbook(path, {"constant_memory": not shared}) as book:
            sheet = book.add_worksheet()
            for number, row in enumerate([("a", "b", "c"), *rows, ("end", "end", "end")]):
                for column, text in enumerate(row):
                    sheet.write_string(number, column, text)
        read = read_table(path, header=1, all_rows=True)
    assert read.rows == [tuple(text or None for text in row) for row in [*rows, ("end", "end", "end")] if any(row)]
