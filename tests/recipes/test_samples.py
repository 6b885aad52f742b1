"""The sample tables are what their script makes, and have the gaps that they promise."""

import csv
import importlib.util
import zipfile
from pathlib import Path

import openpyxl

EXAMPLES = Path(__file__).parents[2] / "examples"


def script():
    spec = importlib.util.spec_from_file_location("make_samples", EXAMPLES / "make_samples.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cells(path):
    sheet = openpyxl.load_workbook(path)["商品"]
    return [[(cell.value, cell.number_format) for cell in row] for row in sheet.iter_rows()]


def test_the_files_are_what_the_script_makes(tmp_path):
    script().main(tmp_path)
    again = "run examples/make_samples.py"
    assert (tmp_path / "products_en.csv").read_bytes() == (EXAMPLES / "products_en.csv").read_bytes(), again
    assert cells(tmp_path / "products_zh.xlsx") == cells(EXAMPLES / "products_zh.xlsx"), again


def test_the_chinese_table_has_the_gaps_of_a_real_one():
    sheet = openpyxl.load_workbook(EXAMPLES / "products_zh.xlsx")["商品"]
    head, *rows = ([cell.value for cell in row] for row in sheet.iter_rows())
    columns = dict(zip(head, zip(*rows, strict=True), strict=True))
    assert len(rows) == 40
    assert {len(key) for key in columns["商品编号"]} == {6, 19}
    assert all(isinstance(key, str) for key in columns["商品编号"])
    assert columns["商品编号"].count("000601") == 2
    assert columns["品牌"].count("NA") == 1
    for name in ("品牌", "属性", "描述", "卖点"):
        assert None in columns[name], f"{name} has no gap"
    assert [cell.number_format for cell in sheet[2]][-2:] == ["0.00", "yyyy-mm-dd"]


def test_what_looks_like_a_formula_is_text():
    with zipfile.ZipFile(EXAMPLES / "products_zh.xlsx") as book:
        assert b"=HYPERLINK(" in book.read("xl/sharedStrings.xml")
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def test_the_english_table_is_csv_with_a_doubled_key():
    with (EXAMPLES / "products_en.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    keys = [row["sku"] for row in rows]
    assert len(rows) == 30
    assert [key for key in set(keys) if keys.count(key) > 1] == ["EC-0501"]
    assert "0000000000000000042" in keys
