"""Workbooks that say the same in another way, and workbooks that are damaged or made to harm."""

import contextlib
import re
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goodsmith.catalog import open_table
from goodsmith.catalog.workbooks import package, scan
from goodsmith.errors import GoodsmithError, InputFileError

ROWS = (
    '<row r="1"><c r="A1" t="str"><v>sku</v></c><c r="B1" t="str"><v>name</v></c></row>'
    '<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="inlineStr"><is><t>a &lt; b</t></is></c></row>'
    '<row r="3"><c r="A3"><v>2</v></c><c r="B3" t="str"><f>1</f><v>c</v></c></row>'
)
READ = [("1", "a < b"), ("2", "c")]


def prefixed(rows):
    inner = re.sub(r"<(/?)([a-z])", r"<\1x:\2", rows)
    return f'<?xml version="1.0"?><x:worksheet xmlns:x="http://x/main"><x:sheetData>{inner}</x:sheetData></x:worksheet>'


def test_the_usual_form(raw_workbook, read_table):
    assert read_table(raw_workbook(ROWS)).rows == READ


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.replace('<c r="B2" t="inlineStr">', '<c t="inlineStr" r="B2">'),
        lambda rows: re.sub(r' r="[A-Z][0-9]"', "", rows),
        lambda rows: re.sub(r' r="[^"]*"', "", rows),
        lambda rows: rows.replace("<v>c</v>", "<v><![CDATA[c]]></v>"),
        lambda rows: rows.replace('<row r="3">', '<!-- a note --><row r="3">'),
        lambda rows: rows.replace('<c r="A3">', "<c\n r='A3'>"),
        lambda rows: rows.replace('<row r="3">', '<?pi?><row r="3">'),
    ],
)
def test_other_ways_to_write_the_same_read_the_same(raw_workbook, read_table, change):
    assert read_table(raw_workbook(change(ROWS))).rows == READ


def test_prefixed_elements_read_the_same(raw_workbook, read_table):
    assert read_table(raw_workbook(sheet=prefixed(ROWS))).rows == READ


def test_a_sheet_in_utf_16_reads_the_same(raw_workbook, read_table):
    sheet = f'<?xml version="1.0" encoding="UTF-16"?><worksheet><sheetData>{ROWS}</sheetData></worksheet>'
    assert read_table(raw_workbook(sheet=sheet.encode("utf-16"))).rows == READ


def test_an_odd_row_far_down_is_read_once_and_so_are_all_others(raw_workbook, read_table):
    usual = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="B{n}"/></row>' for n in range(2, 60_000))
    rows = '<row r="1"><c r="A1" t="str"><v>n</v></c></row>' + usual
    rows += "<row><c><v>60000</v></c></row>"
    assert read_table(raw_workbook(rows)).column("n") == [str(n) for n in range(2, 60_001)]


def test_shared_strings_in_an_unusual_form(raw_workbook, read_table):
    cells = '<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c></row>'
    path = raw_workbook(cells, strings="<!-- x --><si><t>名</t></si><si><t><![CDATA[a<b]]></t></si>")
    assert read_table(path).rows == [("a<b",)]


@pytest.mark.parametrize("part", ["sheet", "strings", "workbook"])
def test_a_doctype_is_refused(raw_workbook, read_table, part):
    doctype = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    if part == "sheet":
        path = raw_workbook(sheet=f"{doctype}<worksheet><sheetData>{ROWS}</sheetData></worksheet>")
    elif part == "strings":
        path = raw_workbook(
            '<row r="1"><c r="A1" t="s"><v>0</v></c></row>',
            parts={"xl/sharedStrings.xml": f"{doctype}<sst><si><t>&b;</t></si></sst>"},
        )
    else:
        path = raw_workbook(ROWS, parts={})
        with zipfile.ZipFile(path.with_name("d.xlsx"), "w") as made, zipfile.ZipFile(path) as good:
            for name in good.namelist():
                made.writestr(name, (doctype.encode() if name == "xl/workbook.xml" else b"") + good.read(name))
        path = path.with_name("d.xlsx")
    with pytest.raises(InputFileError, match=r"type definition|not well-formed|XML or text declaration"):
        read_table(path)


def test_a_zip_bomb_is_refused_by_what_it_inflates_to(raw_workbook, read_table, monkeypatch):
    monkeypatch.setattr(package, "FREE_BYTES", 1024**2)
    path = raw_workbook(ROWS + " " * 30_000_000)
    with pytest.raises(InputFileError, match=r"zip bomb") as caught:
        read_table(path)
    assert "压缩炸弹" in caught.value.zh


def test_one_long_text_shown_in_many_cells_is_handed_on_in_small_batches(raw_workbook, read_table, monkeypatch):
    monkeypatch.setattr(scan, "BATCH_BYTES", 100_000)
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 502))
    reader = open_table(raw_workbook(rows, strings=f"<si><t>{'长' * 1000}</t></si>"))
    assert sum(batch.num_rows for batch in reader.batches()) == 500
    assert max(batch.nbytes for batch in reader.batches()) < 250_000


def test_more_text_than_any_shop_has_is_refused(raw_workbook, read_table, monkeypatch):
    monkeypatch.setattr(scan, "MAX_TEXT_BYTES", 1_000_000)
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 502))
    with pytest.raises(InputFileError, match=r"zip bomb"):
        read_table(raw_workbook(rows, strings=f"<si><t>{'长' * 1000}</t></si>"))


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1" t="s"><v>99</v></c></row><row r="2"><c r="A2" t="s"><v>98</v></c></row>',
        '<row r="1"><c r="A1" t="str"><v>a</v></c></row><row r="2"><c r="A2" t="s"><v>x</v></c></row>',
        '<row r="1"><c r="A1" t="str"><v>a</v></c></row><row r="1048577"><c r="A1048577"><v>1</v></c></row>',
    ],
)
def test_cells_that_cannot_be_are_damage(raw_workbook, read_table, rows):
    with pytest.raises(InputFileError, match=r"damaged|empty"):
        read_table(raw_workbook(rows))


def test_a_truncated_workbook_is_said_to_be_damaged(raw_workbook, read_table):
    path = raw_workbook(ROWS)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputFileError, match="damaged or was not fully uploaded") as caught:
        read_table(path)
    assert "未传完" in caught.value.zh


def test_a_flipped_byte_is_said_to_be_damage(raw_workbook, read_table):
    path = raw_workbook(ROWS * 1, parts={})
    whole = bytearray(path.read_bytes())
    whole[whole.index(b"sheet1.xml") + 40] ^= 0xFF
    path.write_bytes(bytes(whole))
    with pytest.raises(InputFileError, match="damaged"):
        read_table(path)


def test_a_workbook_with_a_password_says_so(tmp_path, read_table):
    path = tmp_path / "secret.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000) + "EncryptedPackage".encode("utf-16-le"))
    with pytest.raises(InputFileError, match="password") as caught:
        read_table(path)
    assert "密码" in caught.value.zh


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("letter.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Office file"),
        ("erp.xls", b"<html><p>Please log in</p></html>", "web page without a table"),
        ("data.xml", b"<?xml version='1.0'?><products><a/></products>", "XML or a web page without a table"),
        ("page.xls", b"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n", "web archive"),
        ("text.xls", b"{\\rtf1\\ansi a}", "RTF"),
        ("scan.xlsx", b"%PDF-1.7", "PDF"),
        ("empty.csv", b"", "empty"),
        ("photo.jpg", bytes(range(256)) * 4, "neither a workbook nor text"),
        ("other.xlsx", b"PK\x05\x06" + bytes(18), "no Excel workbook"),
    ],
)
def test_what_is_no_table_says_what_it_is(tmp_path, read_table, name, content, says):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputFileError, match=says) as caught:
        read_table(path)
    assert caught.value.zh


def test_a_missing_file_names_the_near_ones(tmp_path, read_table):
    (tmp_path / "products.xlsx").write_bytes(b"x")
    with pytest.raises(InputFileError, match=r"did you mean: products\.xlsx"):
        read_table(tmp_path / "product.xlsx")


def test_an_empty_sheet_says_so(raw_workbook, read_table):
    with pytest.raises(InputFileError, match="the sheet is empty"):
        read_table(raw_workbook(""))


FRAGMENTS = [
    b"<",
    b">",
    b"&",
    b"</row>",
    b"<c ",
    b"<c>",
    b"-1",
    b"\xff",
    b"<!--",
    b"<![CDATA[",
    b"&#x110000;",
    b"_xD800_",
    b"1e400",
]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml"]),
    st.floats(0, 1),
    st.sampled_from(FRAGMENTS) | st.binary(max_size=4),
    st.integers(0, 12),
)
def test_no_damage_is_anything_but_an_input_error(raw_workbook, read_table, part, place, inserted, removed):
    strings = "<si><t>a</t></si><si><r><t>b</t></r></si>"
    path = raw_workbook(
        ROWS + '<row r="4"><c r="A4" s="1"><v>45000</v></c><c r="B4" t="s"><v>1</v></c></row>',
        strings=strings,
        styles='<numFmts><numFmt numFmtId="170" formatCode="yyyy"/></numFmts>'
        '<cellXfs><xf/><xf numFmtId="170"/></cellXfs>',
    )
    with zipfile.ZipFile(path) as good:
        parts = {name: good.read(name) for name in good.namelist()}
    cut = int(place * len(parts[part]))
    parts[part] = parts[part][:cut] + inserted + parts[part][cut + removed :]
    with zipfile.ZipFile(path, "w") as made:
        for name, content in parts.items():
            made.writestr(name, content)
    with contextlib.suppress(GoodsmithError):
        read_table(path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60), st.sampled_from(["t.csv", "t.jsonl", "t.xlsx", "t.xls", "t.html", "t.parquet", "t"]))
def test_no_bytes_are_anything_but_a_table_or_an_input_error(tmp_path, read_table, content, name):
    (tmp_path / name).write_bytes(content)
    with contextlib.suppress(GoodsmithError):
        read_table(tmp_path / name)
