"""A platform's report on an upload, in whatever form it comes, is read line by line."""

import pytest
import xlsxwriter

from goodsmith.catalog.template_workbooks import read_error_report
from goodsmith.errors import InputFileError


def test_a_text_report_with_a_summary_above_its_lines(tmp_path):
    report = tmp_path / "report.txt"
    report.write_text(
        "Feed Processing Summary:\n\tNumber of records processed\t\t3\n\tNumber of records successful\t\t1\n\n"
        "original-record-number\tsku\terror-code\terror-type\terror-message\n"
        "1\t00001\t90225\tError\tThe field plug_type is missing.\n"
        "2\t00002\t99010\tWarning\tA value was shortened.\n",
        encoding="utf-8",
    )
    found = read_error_report(report)
    assert [(line.key, line.code, line.warning, line.message) for line in found] == [
        ("00001", "90225", False, "The field plug_type is missing."),
        ("00002", "99010", True, "A value was shortened."),
    ]


def test_an_uploaded_template_that_comes_back_with_reasons(tmp_path):
    path = tmp_path / "back.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("商品")
        for row, cells in enumerate(
            [
                ["批量发布结果"],
                ["商家编码", "宝贝标题", "失败原因"],
                ["01", "四件套", ""],
                ["02", "被套", "缺少材质\n请补充"],
            ]
        ):
            sheet.write_row(row, 0, cells)
    (line,) = read_error_report(path)
    assert (line.row, line.key, line.message) == (4, "02", "缺少材质 请补充")


def test_lines_that_name_the_field(tmp_path):
    (tmp_path / "r.csv").write_text("商品编码,字段,错误信息\n1,产地,必填\n1,品牌,未授权\n", encoding="utf-8")
    assert [(line.field, line.message) for line in read_error_report(tmp_path / "r.csv")] == [
        ("产地", "必填"),
        ("品牌", "未授权"),
    ]


def test_a_report_without_keys_says_what_it_needs(tmp_path):
    (tmp_path / "r.csv").write_text("Number,error message\n1,bad\n", encoding="utf-8")
    with pytest.raises(InputFileError, match="--key"):
        read_error_report(tmp_path / "r.csv")
    assert read_error_report(tmp_path / "r.csv", key="number")[0].key == "1"
