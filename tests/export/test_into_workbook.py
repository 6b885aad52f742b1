"""xlsx to xlsx: our columns on the right of the source workbook, all the rest as it was."""

import datetime as dt
import hashlib
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.chart import BarChart
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidation

from goodsmith.catalog import open_table
from goodsmith.errors import UsageError
from goodsmith.export import ExportSlot, export_rows
from goodsmith.records import OutputSpec

DAY = dt.date(2026, 3, 1)
ROWS = [
    ["编号", "价格", "日期", "公式"],
    ["06932169358293", 90.75, DAY, "=1+1"],
    ["1E5", 12, DAY, '=HYPERLINK("http://a.example","x")'],
    ["1234567890123456789", None, None, None],
]
TEXTS = [
    ["06932169358293", "90.750", "2026-03-01", "2"],
    ["1E5", "12.000", None, None],
    ["1234567890123456789"] + [None] * 3,
]
CHANGED = {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"}


def decorate(book, page):
    """A chart, a drop-down, a hidden sheet, formats, a frozen pane, a filter, a merged cell."""
    page.add_chart(BarChart(), "B8")
    check = DataValidation(type="list", formula1='"红,蓝"')
    check.add("B2:B9")
    page.add_data_validation(check)
    hidden = book.create_sheet("字典")
    hidden.sheet_state = "hidden"
    hidden["A1"] = "保留"
    for cell in page[1]:
        cell.font = Font(bold=True, color="FFFF0000")
    page["B2"].number_format = "0.000"
    page.freeze_panes = "B2"
    page.auto_filter.ref = "A1:D4"
    page.merge_cells("A9:B9")


@pytest.fixture
def exported(shop):
    info = shop.workbook(ROWS, change=decorate)
    with zipfile.ZipFile(info.source, "a") as archive:
        archive.writestr("xl/media/picture.png", b"\x89PNG", zipfile.ZIP_STORED)
    plan = shop.plan(info, language="zh", key_column="编号")
    made = [{"title@zh-CN": f"标题{row}"} for row in range(3)]
    report = export_rows(plan, shop.rows(plan, TEXTS, made), shop.folder / "out.xlsx")
    return info.source, shop.folder / "out.xlsx", report


def sheet_xml(path, part="xl/worksheets/sheet1.xml"):
    with zipfile.ZipFile(path) as archive:
        return archive.read(part).decode()


def column_of(page, heading):
    return [
        row[0].value
        for row in page.iter_rows(
            min_col=[c.value for c in page[1]].index(heading) + 1,
            max_col=[c.value for c in page[1]].index(heading) + 1,
            min_row=2,
        )
    ]


def test_every_other_part_stays_byte_for_byte_and_unrecompressed(exported, parts_of):
    source, out = parts_of(exported[0]), parts_of(exported[1])
    assert [name for name in source if name not in CHANGED] == [name for name in out if name not in CHANGED][
        : len(source) - 4
    ]
    assert {name for name in source if source[name] != out[name]} == CHANGED
    assert set(out) - set(source) == {"xl/worksheets/goodsmith.xml"}
    assert any(name.startswith("xl/media/") for name in source)


def test_the_sheet_differs_only_by_our_cells(exported):
    before, after = sheet_xml(exported[0]), sheet_xml(exported[1])
    after = re.sub(r'<c r="[E-H]\d+".*?</c>', "", after)
    after = re.sub(r"<col min=\"[5-8]\".*?/>", "", after).replace("<cols></cols>", "").replace("A1:H9", "A1:D9")
    assert after == re.sub(r' spans="[^"]*"', "", before)


def test_source_values_formats_and_formulas_read_as_before(exported):
    before, after = (openpyxl.load_workbook(path)["Products"] for path in exported[:2])
    for was, cells in zip(before.iter_rows(max_col=4), after.iter_rows(max_col=4), strict=True):
        assert [(cell.value, cell.number_format, cell.font.b) for cell in was] == [
            (cell.value, cell.number_format, cell.font.b) for cell in cells
        ]
    assert after.freeze_panes == "B2"
    assert after.auto_filter.ref == "A1:D4"


def test_our_columns_stand_on_the_right_in_the_style_of_the_header(exported):
    page = openpyxl.load_workbook(exported[1])["Products"]
    assert [cell.value for cell in page[1]] == ["编号", "价格", "日期", "公式", "title", "状态", "问题", "生成方式"]
    assert [cell.value for cell in page[2]][4:] == ["标题0", "完成", None, "模板"]
    assert page["E1"].font.b
    assert page["E1"].font.color.rgb == "FFFF0000"
    assert exported[2].columns == ("title", "状态", "问题", "生成方式")
    assert exported[2].in_place


def test_ids_leading_zeros_and_long_numbers_survive(exported):
    reader = open_table(exported[1])
    texts = [row["编号"] for batch in reader.batches() for row in batch.to_pylist()]
    assert texts[:3] == ["06932169358293", "1E5", "1234567890123456789"]
    prices = [row["价格"] for batch in open_table(exported[1]).batches() for row in batch.to_pylist()]
    assert prices[0] == "90.750"


def test_the_hidden_sheet_says_run_recipe_rows_and_hashes(exported):
    book = openpyxl.load_workbook(exported[1])
    page = book["_goodsmith"]
    assert page.sheet_state == "veryHidden"
    assert [cell.value for cell in page[1]][:5] == ["row", "ordinal", "key", "source_hash", "outputs_hash"]
    assert [page.cell(2, at).value for at in (1, 2, 3)] == [2, 0, "06932169358293"]
    expected = hashlib.blake2b("\x1f".join(TEXTS[0]).encode(), digest_size=8).hexdigest()
    assert page["D2"].value == expected
    assert page["E2"].value == hashlib.blake2b("标题0".encode(), digest_size=8).hexdigest()
    assert [page["G2"].value, page["H2"].value] == ["run", "run-1"]


def test_rows_that_were_not_selected_stay_untouched(shop):
    info = shop.workbook([["sku"], ["a"], ["b"], ["c"]])
    plan = shop.plan(info)
    export_rows(plan, shop.rows(plan, [["c"]], [{"title@zh-CN": "C!"}], at=[2]), shop.folder / "o.xlsx")
    page = openpyxl.load_workbook(shop.folder / "o.xlsx")["Products"]
    assert column_of(page, "title") == [None, None, "C!"]
    rows_before, rows_after = (
        re.findall(r'<row r="[23]".*?</row>', sheet_xml(at)) for at in (info.source, shop.folder / "o.xlsx")
    )
    assert rows_before == rows_after


def test_several_outputs_keep_one_column_each(shop):
    info = shop.workbook([["sku"], ["a"]])
    slots = (
        ExportSlot(spec=OutputSpec(slot="title"), locales=("zh-CN", "en-US")),
        ExportSlot(spec=OutputSpec(slot="points", type="list", max_items=2), locales=("zh-CN", "en-US")),
        ExportSlot(spec=OutputSpec(slot="material")),
    )
    plan = shop.plan(info, slots=slots)
    made = {
        "title@zh-CN": "杯",
        "title@en-US": "Cup",
        "points@zh-CN": ["轻", "大"],
        "points@en-US": ["Light"],
        "material": "steel",
    }
    export_rows(plan, shop.rows(plan, [["a"]], [made]), shop.folder / "o.xlsx")
    page = openpyxl.load_workbook(shop.folder / "o.xlsx")["Products"]
    assert dict(zip([c.value for c in page[1]], [c.value for c in page[2]], strict=True)) == {
        "sku": "a", "material": "steel",
        "title (zh-CN)": "杯", "points 1 (zh-CN)": "轻", "points 2 (zh-CN)": "大",
        "title (en-US)": "Cup", "points 1 (en-US)": "Light", "points 2 (en-US)": None,
        "Status": "Done", "Findings": None, "Made by": "template",
    }  # fmt: skip


def test_every_row_gets_its_own_outputs_below_titles_and_between_blank_rows(shop):
    rows = [["春季目录"], [], ["sku", "名"], ["a", "甲"], [], ["b", "乙"], [], [], ["c", "丙"]]
    reader = open_table(shop.workbook(rows).source, sheet="Products", header=3)
    read = [list(row.values()) for batch in reader.batches() for row in batch.to_pylist()]
    plan = shop.plan(reader.info())
    batches = shop.rows(
        plan, [cells for *cells, _ in read], [{"title@zh-CN": f"{row[0]}!"} for row in read], at=[at for *_, at in read]
    )
    export_rows(plan, batches, shop.folder / "o.xlsx")
    page = openpyxl.load_workbook(shop.folder / "o.xlsx")["Products"]
    assert [(row[0], row[2]) for row in page.iter_rows(min_row=3, values_only=True) if row[0]] == [
        ("sku", "title"), ("a", "a!"), ("b", "b!"), ("c", "c!"),
    ]  # fmt: skip


def test_a_second_export_writes_its_own_columns_anew(shop):
    info = shop.workbook([["sku"], ["a"], ["b"]])
    plan = shop.plan(info)
    export_rows(
        plan, shop.rows(plan, [["a"], ["b"]], [{"title@zh-CN": "1"}, {"title@zh-CN": "2"}]), shop.folder / "o.xlsx"
    )
    saved = openpyxl.load_workbook(shop.folder / "o.xlsx")  # as a person's program would: texts become shared strings
    saved["Products"]["B2"].font = Font(italic=True)
    saved.save(shop.folder / "edited.xlsx")
    again = open_table(shop.folder / "edited.xlsx", sheet="Products").info()
    plan = shop.plan(again)
    rows = shop.rows(plan, [["b", "2", "Done", None, "template"]], [{"title@zh-CN": "new"}], at=[1])
    report = export_rows(plan, rows, shop.folder / "o2.xlsx")
    book = openpyxl.load_workbook(shop.folder / "o2.xlsx")
    assert [list(row) for row in book["Products"].iter_rows(values_only=True)] == [
        ["sku", "title", "Status", "Findings", "Made by"],
        ["a", "1", "Done", None, "template"],
        ["b", "new", "Done", None, "template"],
    ]
    assert book["Products"]["B2"].font.i
    assert book.sheetnames == ["Products", "_goodsmith"]
    assert [notice.code for notice in report.notices] == ["earlier_columns"]


def test_a_second_export_in_another_language_renames_its_own_columns(shop):
    info = shop.workbook([["sku"], ["a"]])
    plan = shop.plan(info)
    export_rows(plan, shop.rows(plan, [["a"]], [{"title@zh-CN": "1"}]), shop.folder / "o.xlsx")
    plan = shop.plan(open_table(shop.folder / "o.xlsx", sheet="Products").info(), language="zh")
    rows = shop.rows(plan, [["a", "1", "Done", None, "template"]], [{"title@zh-CN": "2"}])
    export_rows(plan, rows, shop.folder / "o2.xlsx")
    page = openpyxl.load_workbook(shop.folder / "o2.xlsx")["Products"]
    assert [[cell.value for cell in row] for row in page] == [
        ["sku", "title", "状态", "问题", "生成方式"],
        ["a", "2", "完成", None, "模板"],
    ]


def test_another_recipe_adds_columns_beside_those_of_an_earlier_one(shop):
    info = shop.workbook([["sku"], ["a"]])
    plan = shop.plan(info)
    export_rows(plan, shop.rows(plan, [["a"]], [{"title@zh-CN": "1"}]), shop.folder / "o.xlsx")
    plan = shop.plan(open_table(shop.folder / "o.xlsx", sheet="Products").info(), recipe_name="description")
    rows = shop.rows(plan, [["a", "1", "Done", None, "template"]], [{"title@zh-CN": "2"}])
    report = export_rows(plan, rows, shop.folder / "o2.xlsx")
    page = openpyxl.load_workbook(shop.folder / "o2.xlsx")["Products"]
    assert [c.value for c in page[1]][4:] == [
        "Made by",
        "title (new)",
        "Status (new)",
        "Findings (new)",
        "Made by (new)",
    ]
    assert [c.value for c in page[2]][1:6] == ["1", "Done", None, "template", "2"]
    assert {notice.code for notice in report.notices} == {"renamed_column"}


def test_a_formula_that_a_person_put_into_our_column_is_not_overwritten(shop):
    info = shop.workbook([["sku"], ["a"]])
    plan = shop.plan(info)
    export_rows(plan, shop.rows(plan, [["a"]], [{"title@zh-CN": "1"}]), shop.folder / "o.xlsx")
    saved = openpyxl.load_workbook(shop.folder / "o.xlsx")
    saved["Products"]["B2"] = "=UPPER(A2)"
    saved.save(shop.folder / "edited.xlsx")
    plan = shop.plan(open_table(shop.folder / "edited.xlsx", sheet="Products").info())
    rows = shop.rows(plan, [["a", None, "Done", None, "template"]], [{"title@zh-CN": "2"}])
    export_rows(plan, rows, shop.folder / "o2.xlsx")
    page = openpyxl.load_workbook(shop.folder / "o2.xlsx")["Products"]
    assert [page["B2"].value, page["F1"].value, page["F2"].value] == ["=UPPER(A2)", "title (new)", "2"]


def test_columns_hidden_to_the_end_of_the_sheet_do_not_hide_ours(shop):
    def hide_the_rest(book, page):
        page.column_dimensions.group("B", "XFD", hidden=True)

    info = shop.workbook([["sku"], ["a"]], change=hide_the_rest)
    plan = shop.plan(info)
    export_rows(plan, shop.rows(plan, [["a"]], [{"title@zh-CN": "x"}]), shop.folder / "o.xlsx")
    ranges = re.findall(
        r'<col [^>]*?min="(\d+)"[^>]*?max="(\d+)"|<col [^>]*?max="(\d+)"[^>]*?min="(\d+)"',
        sheet_xml(shop.folder / "o.xlsx"),
    )
    assert len(ranges) == 5  # ours, and the hidden rest
    page = openpyxl.load_workbook(shop.folder / "o.xlsx")["Products"]
    assert not page.column_dimensions["B"].hidden
    assert page.column_dimensions["F"].hidden


def test_a_header_cell_that_is_merged_to_the_right_keeps_its_room(shop):
    info = shop.workbook([["sku", "name"], ["a", "b"]], change=lambda book, page: page.merge_cells("B1:D1"))
    plan = shop.plan(info)
    export_rows(plan, shop.rows(plan, [["a", "b"]], [{"title@zh-CN": "x"}]), shop.folder / "o.xlsx")
    page = openpyxl.load_workbook(shop.folder / "o.xlsx")["Products"]
    assert [page["E1"].value, page["E2"].value] == ["title", "x"]


def test_a_workbook_with_macros_stays_one_and_must_be_called_xlsm(shop, parts_of):
    info = shop.workbook([["sku"], ["a"]])
    with zipfile.ZipFile(info.source) as before, zipfile.ZipFile(shop.folder / "m.xlsm", "w") as after:
        for name in before.namelist():
            content = before.read(name)
            if name == "[Content_Types].xml":
                content = content.replace(
                    b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
                    b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
                )
            after.writestr(name, content)
        after.writestr("xl/vbaProject.bin", b"\x01macro")
    plan = shop.plan(shop.info(shop.folder / "m.xlsm", ["sku"], kind="xlsx", sheet="Products"))
    rows = shop.rows(plan, [["a"]], [{"title@zh-CN": "x"}])
    export_rows(plan, rows, shop.folder / "o.xlsm")
    assert parts_of(shop.folder / "o.xlsm")["xl/vbaProject.bin"] == b"\x01macro"
    with pytest.raises(UsageError, match=r"must be called o\.xlsm"):
        export_rows(plan, rows, shop.folder / "o.xlsx")


def test_a_sheet_without_room_on_the_right_is_a_clear_error(shop):
    info = shop.workbook([["sku"], ["a"]], change=lambda book, page: page.cell(1, 16_382, "far"))
    plan = shop.plan(info)
    with pytest.raises(UsageError, match="16,386 columns, but a sheet holds 16,384"):
        export_rows(plan, shop.rows(plan, [["a"]], [{}]), shop.folder / "o.xlsx")
    assert not (shop.folder / "o.xlsx").exists()


@pytest.mark.parametrize("what", ["changed", "gone", "damaged"])
def test_a_source_that_cannot_be_used_gives_a_new_workbook_and_says_so(shop, what):
    info = shop.workbook([["sku"], ["a"]])
    path = Path(info.source)
    plan = shop.plan(info, source_sha256=hashlib.sha256(path.read_bytes()).hexdigest() if what == "changed" else "")
    path.unlink()
    if what != "gone":
        path.write_bytes(b"PK\x03\x04 no workbook")
    report = export_rows(plan, shop.rows(plan, [["a"]], [{"title@zh-CN": "x"}]), shop.folder / "o.xlsx")
    assert [notice.code for notice in report.notices] == ["new_workbook"]
    assert not report.in_place
    page = openpyxl.load_workbook(shop.folder / "o.xlsx")["Products"]
    assert [cell.value for cell in page[2]][:3] == ["a", "x", "Done"]


def test_a_sheet_of_another_program_that_is_called_like_ours_stays(shop):
    def add_theirs(book, page):
        book.create_sheet("_goodsmith")["A1"] = "mine"

    info = shop.workbook([["sku"], ["a"]], change=add_theirs)
    plan = shop.plan(info)
    export_rows(plan, shop.rows(plan, [["a"]], [{}]), shop.folder / "o.xlsx")
    book = openpyxl.load_workbook(shop.folder / "o.xlsx")
    assert book.sheetnames == ["Products", "_goodsmith", "_goodsmith 2"]
    assert book["_goodsmith"]["A1"].value == "mine"


HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<worksheet xmlns="MAIN"><dimension ref="A1:B2"/>'
TEXT = '<c t="inlineStr"{r}><is><t>{text}</t></is></c>'
VARIANTS = {
    "plain": HEAD + '<sheetData><row r="1" spans="1:2"><c r="A1" t="inlineStr"><is><t>k</t></is></c></row>'
    '<row r="2" spans="1:2"><c r="A2" t="inlineStr"><is><t>a</t></is></c></row></sheetData></worksheet>',
    "prefixed": '<x:worksheet xmlns:x="MAIN"><x:sheetData><x:row r="1"><x:c r="A1" t="inlineStr">'
    "<x:is><x:t>k</x:t></x:is>"
    '</x:c></x:row><x:row r="2"><x:c r="A2" t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c></x:row></x:sheetData>'
    "</x:worksheet>",
    "without references": HEAD + f"<sheetData><row>{TEXT.format(r='', text='k')}</row>"
    f"<row>{TEXT.format(r='', text='a')}<c/></row></sheetData></worksheet>",
    "comments and CDATA": HEAD + "<!-- </row> <sheetData> --><sheetData>\n <!-- a <row> --><row r='1'>"
    "<c r='A1' t='inlineStr'><is><t><![CDATA[k]]></t></is></c><!-- </row> --></row>\n"
    "<row r='2'><c r='A2' t='inlineStr'><is><t><![CDATA[a]]></t></is></c></row></sheetData></worksheet>",
    "styled empty cells on the right": HEAD + '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>k</t></is></c>'
    '<c r="B1" s="0"/><c r="C1" s="0"/></row><row r="2"><c r="A2" t="inlineStr"><is><t>a</t></is></c><c r="B2" s="0"/>'
    '<c r="J2" s="0"/><extLst><ext uri="u"/></extLst></row></sheetData></worksheet>',
    "rows that are missing or empty": HEAD + '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>k</t></is></c></row>'
    '<row r="3" ht="20"/></sheetData></worksheet>',
    "no rows at all": HEAD + "<sheetData/></worksheet>",
}  # fmt: skip


@pytest.mark.parametrize(("variant", "strict"), [*((variant, False) for variant in VARIANTS), ("plain", True)])
def test_sheets_are_extended_however_their_xml_is_written(shop, variant, strict):
    info = shop.raw_workbook(VARIANTS[variant], ["k"], strict=strict)
    plan = shop.plan(info)
    report = export_rows(
        plan, shop.rows(plan, [["a"], [None]], [{"title@zh-CN": "x"}, {"title@zh-CN": "y"}]), shop.folder / "o.xlsx"
    )
    assert report.in_place
    reader = open_table(shop.folder / "o.xlsx", sheet="S", header=1)
    rows = [row for batch in reader.batches() for row in batch.to_pylist()]
    assert [(row["title"], row["Status"], row["Made by"]) for row in rows] == [
        ("x", "Done", "template"),
        ("y", "Done", "template"),
    ]
    if variant not in {"rows that are missing or empty", "no rows at all"}:
        assert rows[0]["k"] == "a"
    references = re.findall(r'<(?:x:)?c [^>]*?r=["\']([A-Z]+)(\d+)', sheet_xml(shop.folder / "o.xlsx"))
    places = [(int(row), len(column), column) for column, row in references]
    assert places == sorted(places)


def test_rows_that_are_out_of_order_are_not_touched(shop):
    xml = (
        HEAD + '<sheetData><row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>2</v></c></row></sheetData>'
        "</worksheet>"
    )
    info = shop.raw_workbook(xml, ["k"])
    plan = shop.plan(info)
    report = export_rows(plan, shop.rows(plan, [["1"]], [{}]), shop.folder / "o.xlsx")
    assert "out of order" in report.notices[0].en
    assert "行序" in report.notices[0].say("zh")


def test_the_source_itself_is_never_the_target(shop):
    info = shop.workbook([["sku"], ["a"]])
    path = Path(info.source)
    before = path.read_bytes()
    plan = shop.plan(info)
    with pytest.raises(UsageError, match="source of this run"):
        export_rows(plan, shop.rows(plan, [["a"]], [{}]), path)
    assert path.read_bytes() == before
