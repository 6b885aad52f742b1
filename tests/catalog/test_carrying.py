import pyarrow as pa
import pytest

from goodsmith.catalog import carried


def codes(path):
    return [notice.code for notice in carried(path)]


def test_a_plain_workbook_is_carried_whole(workbook):
    assert codes(workbook(lambda book, sheet: sheet.write(0, 0, "a"))) == []


def test_tables_and_protection_are_told_before_a_run(workbook):
    def fill(book, sheet):
        sheet.add_table(0, 0, 3, 1)
        sheet.protect("secret")
        book.read_only_recommended()

    notices = carried(workbook(fill))
    assert [notice.code for notice in notices] == ["tables", "sheet_protection", "write_reserved"]
    assert all(notice.zh for notice in notices)


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("_xmlsignatures/sig1.xml", "digital_signature"),
        ("xl/pivotCache/pivotCacheDefinition1.xml", "pivots"),
        ("xl/revisions/revisionHeaders.xml", "change_history"),
        ("xl/connections.xml", "connections"),
        ("xl/vbaProject.bin", "macros"),
    ],
)
def test_what_an_export_cannot_carry_is_listed(raw_workbook, part, code):
    assert codes(raw_workbook(parts={part: "<x/>"})) == [code]


def test_a_csv_has_no_workbook_to_keep(tmp_path):
    (tmp_path / "t.csv").write_text("a\n1\n", encoding="utf-8")
    assert codes(tmp_path / "t.csv") == ["no_workbook"]
    assert codes(pa.table({"a": ["1"]})) == []
    assert codes(tmp_path / "none.xlsx") == []
