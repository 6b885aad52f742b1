"""Where the table stands on a sheet, and which of its rows are products."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goodsmith.catalog import import_table
from goodsmith.errors import InputFileError, UsageError
from made_sheets import MadeSheet, make_sheet

ROWS = [["GS-1", "杯子", "9.5"], ["GS-2", "伞", "20"], ["GS-3", "围巾", "31.2"], ["GS-4", "帽子", "18"]]


@pytest.fixture
def sheet(tmp_path):
    """Writes rows as a workbook; merged: ranges such as A1:C1, as (top, left, bottom, right)."""

    def write(*rows, merged=()):
        cells = {number: {c: text for c, text in enumerate(row) if text} for number, row in enumerate(rows, 1)}
        made = MadeSheet(cells={number: row for number, row in cells.items() if row}, merged=list(merged))
        return made.write_xlsx(tmp_path / "sheet.xlsx")

    return write


def test_two_merged_rows_of_names_give_each_column_its_own_name(sheet, read_table):
    path = sheet(
        ["基本信息", "", "类目", "价格(元)", ""],
        ["货号", "品名", "", "市场价", "售价"],
        *([f"GS-{n}", "杯子", "餐厨", "20", "9.5"] for n in range(5)),
        merged=[(1, 0, 1, 1), (1, 2, 2, 2), (1, 3, 1, 4)],
    )
    read = read_table(path)
    assert read.names == ["货号", "品名", "类目", "市场价", "售价"]
    assert (read.info.header_first, read.info.header_row, len(read.rows)) == (1, 2, 5)
    assert read.info.columns[4].written == "价格(元) / 售价"


def test_names_that_say_too_little_carry_their_group(sheet, read_table):
    path = sheet(
        ["货号", "包装尺寸", "", "国内", "", "海外", ""],
        ["", "长", "宽", "售价", "库存", "售价", "库存"],
        *([f"GS-{n}", "20", "30", "9.5", "7", "3", "4"] for n in range(5)),
        merged=[(1, 0, 2, 0), (1, 1, 1, 2), (1, 3, 1, 4), (1, 5, 1, 6)],
    )
    assert read_table(path).names == [
        "货号", "包装尺寸 / 长", "包装尺寸 / 宽", "国内 / 售价", "国内 / 库存", "海外 / 售价", "海外 / 库存",
    ]  # fmt: skip


def test_groups_that_are_not_merged_are_understood_where_names_would_be_the_same(tmp_path, read_table):
    path = tmp_path / "t.csv"
    path.write_text(
        "货号,国内,,海外,\n,售价,库存,售价,库存\nGS-1,9.5,3,8.1,4\nGS-2,7.5,3,6.1,4\nGS-3,7.5,3,6.1,4\n", "utf-8"
    )
    read = read_table(path)
    assert read.names == ["货号", "国内 / 售价", "国内 / 库存", "海外 / 售价", "海外 / 库存"]
    assert [row[0] for row in read.rows] == ["GS-1", "GS-2", "GS-3"]


def test_names_said_twice_are_named_by_the_first(sheet, read_table):
    path = sheet(["货号", "品名", "售价"], ["seller sku", "item name", "standard price"], *ROWS)
    read = read_table(path)
    assert (read.names, read.rows[0]) == (["货号", "品名", "售价"], ("GS-1", "杯子", "9.5"))
    assert read.info.columns[1].written == "品名 / item name"


@pytest.mark.parametrize("first", [["GS-0", "TBA", "TBA"], ["NEW", "新品", "面议"], ["", "新品", ""], ["A", "B", "C"]])
def test_a_first_product_is_never_taken_for_names(sheet, read_table, first):
    read = read_table(sheet(["货号", "品名", "售价"], first, *ROWS))
    assert [row[1] for row in read.rows] == [first[1], "杯子", "伞", "围巾", "帽子"]


def test_a_table_without_names_loses_no_product(sheet, read_table):
    read = read_table(sheet(*ROWS))
    assert (read.names, len(read.rows)) == (["column A", "column B", "column C"], 4)
    assert "no_names" in read.notices
    assert len(read_table(sheet(*ROWS), header=1).rows) == 3


def test_a_row_that_names_years_is_a_row_of_names(sheet, read_table):
    path = sheet(
        ["品名", "2023", "2024", "2025"], ["杯子", "1", "2", "3"], ["伞", "4", "5", "6"], ["帽子", "4", "5", "6"]
    )
    assert read_table(path).names == ["品名", "2023", "2024", "2025"]


def test_rows_of_names_can_be_given_as_a_range(sheet, read_table):
    path = sheet(["x", "y", "z"], ["货号", "品名", "售价"], ["sku", "name", "price"], *ROWS)
    read = read_table(path, header="2-3")
    assert (read.names, read.info.header_first, len(read.rows)) == (["sku", "name", "price"], 2, 4)
    for wrong in ("3-2", "first", "1-99"):
        with pytest.raises(UsageError, match="expected a row such as 3"):
            read_table(path, header=wrong)


def test_titles_totals_and_remarks_are_set_apart_and_the_title_goes_with_its_products(read_table, tmp_path):
    made = make_sheet(banners=2, gap=True, sections=2, total=True, remark=True)
    read = read_table(made.write_xlsx(tmp_path / "t.xlsx"))
    assert read.names == [*made.names, "section"]
    assert [list(row[:2]) for row in read.rows] == [product[:2] for product in made.products]
    assert read.column("section") == ["一、厨房用品"] * 4 + ["二、服饰"] * 4
    assert [read.info.header_row + 1 + place for place in read.places] == made.rows
    said = {code: notice.count for code, notice in read.notices.items()}
    assert (said["section_rows"], said["total_rows"], said["note_rows"], said["rows_above_header"]) == (2, 1, 1, 2)


def test_all_rows_can_be_kept(read_table, tmp_path):
    path = make_sheet(sections=2, total=True, remark=True).write_xlsx(tmp_path / "t.xlsx")
    read = read_table(path, all_rows=True)
    assert ("section" in read.names, len(read.rows)) == (False, 8 + 2 + 1 + 1)


@pytest.mark.parametrize(
    "label", ["合计", "总计:", "小计", "共计(12 件)", "Total", "GRAND TOTAL", "Subtotal (12)", "Summe", "Итого", "合計"]
)
def test_a_total_is_known_in_many_words(sheet, read_table, label):
    read = read_table(sheet(["货号", "品名", "售价"], *ROWS, [label, "", "78.7"], ["", label, "78.7"]))
    assert (len(read.rows), read.notices["total_rows"].count) == (4, 2)


@pytest.mark.parametrize("name", ["Total Repair Shampoo", "Sum 41 shirt", "总计算器", "合计"])
def test_a_product_with_such_a_word_in_its_name_stays(sheet, read_table, name):
    read = read_table(sheet(["货号", "品名", "售价"], *ROWS, ["GS-9", name, "12"]))
    assert read.rows[-1] == ("GS-9", name, "12")


def test_a_row_with_one_cell_that_may_be_a_product_stays_one(sheet, read_table):
    read = read_table(sheet(["货号", "品名", "售价"], *ROWS, ["GS-5", "", ""], ["", "新品", ""]))
    assert [row[:2] for row in read.rows[-2:]] == [("GS-5", None), (None, "新品")]
    assert read.notices["lonely_rows"].count == 2


def test_names_repeated_on_each_page_are_no_products(sheet, read_table):
    read = read_table(sheet(["货号", "品名", "售价"], *ROWS[:2], ["货号", "品名", "售价"], *ROWS[2:]))
    assert (len(read.rows), read.places, read.notices["repeated_rows"].row) == (4, [0, 1, 3, 4], 4)


def test_merged_cells_hold_for_all_their_rows_but_make_no_products(sheet, read_table):
    path = sheet(
        ["类目", "货号", "售价"],
        ["餐厨", "GS-1", "1"], ["", "GS-2", "2"], ["", "", ""],
        ["服饰", "GS-3", "3"], ["", "GS-4", "4"], ["", "GS-5", "5"],
        merged=[(2, 0, 4, 0), (5, 0, 6, 0)],
    )  # fmt: skip
    read = read_table(path)
    assert read.column("类目") == ["餐厨", "餐厨", "服饰", "服饰", None]
    assert (read.places, read.notices["merged_filled"].count) == ([0, 1, 3, 4, 5], 2)


def test_hidden_rows_are_left_out_where_that_is_asked(workbook, read_table):
    def fill(book, sheet):
        for number, row in enumerate([["货号", "售价"], ["GS-1", "1"], ["GS-2", "2"], ["GS-3", "3"]]):
            sheet.write_row(number, 0, row)
        sheet.set_row(2, None, None, {"hidden": True})

    read = read_table(workbook(fill), visible_only=True)
    assert (read.column("货号"), read.places) == (["GS-1", "GS-3"], [0, 2])
    assert read.notices["hidden_rows_left_out"].row == 3


@pytest.mark.parametrize("name", ["turned.xlsx", "turned.csv"])
def test_a_turned_sheet_is_recognised_and_can_be_turned_back(tmp_path, read_table, name):
    straight = make_sheet(language="en", products=6)
    turned = MadeSheet(
        cells={
            column + 1: dict(enumerate([title, *(p[column] for p in straight.products)]))
            for column, title in enumerate(straight.names)
        }
    )
    path = turned.write_xlsx(tmp_path / name) if name.endswith("x") else turned.write_csv(tmp_path / name)
    assert "turned" in read_table(path).notices
    read = read_table(path, transpose=True)
    assert (read.names, [list(row)[:3] for row in read.rows]) == (straight.names, [p[:3] for p in straight.products])
    assert "turned" not in read.notices


def test_a_straight_sheet_is_not_called_turned(tmp_path, read_table):
    for seed in range(5):
        path = make_sheet(products=3, seed=seed).write_xlsx(tmp_path / "t.xlsx")
        assert "turned" not in read_table(path).notices


def test_a_sheet_too_large_to_be_turned_is_refused(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("name,a\n" + "x,1\n" * 20_000, encoding="utf-8")
    with pytest.raises(InputFileError, match="too large to be transposed") as caught:
        import_table(path, tmp_path / "imports", transpose=True)
    assert "转置" in caught.value.zh


LAYOUTS = st.fixed_dictionaries(
    {
        "language": st.sampled_from(["zh", "en"]),
        "products": st.integers(4, 12),
        "banners": st.integers(0, 3),
        "gap": st.booleans(),
        "groups": st.booleans(),
        "merged": st.booleans(),
        "sections": st.integers(0, 3),
        "total": st.booleans(),
        "remark": st.booleans(),
        "left": st.integers(0, 2),
        "seed": st.integers(0, 1000),
    }
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LAYOUTS, st.sampled_from(["xlsx", "csv", "xls", "html"]))
def test_any_mixture_of_these_is_understood(tmp_path, read_table, wanted, ending):
    made = make_sheet(**wanted)
    path = tmp_path / f"t.{ending}"
    getattr(made, f"write_{ending}")(path)
    read = read_table(path)
    assert read.names[: len(made.names)] == made.names
    assert [list(row[: len(made.names)]) for row in read.rows] == made.products
    assert [read.info.header_row + 1 + place for place in read.places] == made.rows
    assert ("section" in read.names) == bool(wanted["sections"])
