"""`goodsmith template`, as it is typed."""

import json

import openpyxl
import pandas as pd
import pytest

import goodsmith
from make_templates import bedding_zh, kettle_en, pets_lazada


def test_inspect_shows_each_column_with_what_it_takes(typed, tmp_path):
    kettle_en(tmp_path / "kettle.xlsm", rows=3)
    code, out, _ = typed("template", "inspect", "kettle.xlsm")
    assert code == 0
    lines = out.splitlines()
    assert "kettle.xlsm (amazon, 2031.0117, en, with macros)" in lines
    assert any(line.split()[:5] == ["Seller", "SKU", "item_sku", "required", "40"] for line in lines)
    assert "(depends on Voltage Range)" in out


def test_inspect_speaks_chinese_and_says_which_row_is_an_example(typed, tmp_path, monkeypatch):
    monkeypatch.setenv("GOODSMITH_LANGUAGE", "zh")
    bedding_zh(tmp_path / "bedding.xlsx")
    _, out, _ = typed("template", "inspect", "bedding.xlsx")
    assert "7 必填" in out
    assert "不超过 60 个半角字符" in out
    assert "第 5 行是示例" in out


def test_inspect_gives_all_of_it_as_json(typed, tmp_path):
    bedding_zh(tmp_path / "bedding.xlsx")
    _, out, _ = typed("template", "inspect", "bedding.xlsx", "--json")
    found = json.loads(out)
    style = next(column for column in found["columns"] if column["heading"] == "款式")
    assert style["choices_by"]["枕套"] == ["信封款"]


def test_inspect_says_what_is_no_template(typed, tmp_path):
    (tmp_path / "notes.txt").write_text("sku\n1\n", encoding="utf-8")
    code, _, err = typed("template", "inspect", "notes.txt")
    assert code == 2
    assert "a platform's template is a workbook" in err


KETTLES = """sku,product name,brand,price,stock,material,colour,capacity,voltage,plug,origin,category
00001,Gooseneck kettle,Sandfield,39.90,20,glass,Ivory,1.0,220,Type G,China,Kitchen > Kettles
00002,Travel kettle,Sandfield,29.90,5,Steel,Black,0.6,220,,,Kitchen > Kettles
00003,Pet bed,Rongtuan,19.00,9,cotton,Grey,,,,China,Pets > Beds
"""
SAID = ("--set", "Product Type=kettle", "--set", "Capacity Unit=Liters", "--map", "Plug Type=plug")


@pytest.fixture
def desk(tmp_path):
    (tmp_path / "kettles.csv").write_text(KETTLES, encoding="utf-8")
    kettle_en(tmp_path / "kettle.xlsm", rows=5)
    return tmp_path


def filled(path):
    page = openpyxl.load_workbook(path)["Template"]
    names = [cell.value for cell in page[3]]
    rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=4) if row[1].value]
    return [dict(zip(names, row, strict=True)) for row in rows]


def test_a_run_goes_into_the_platforms_workbook(typed, desk):
    assert typed("run", "kettles.csv", "-r", "listing", "--locale", "en-US", "--limit", "2")[0] == 0
    code, out, err = typed("export", "--template", "kettle.xlsm", *SAID, "-o", "filled.xlsm")
    assert code == 0
    assert "Missing   Country of Origin: 1 rows" in out
    assert "'Steel': not in the drop-down; nearest: Stainless Steel" in out
    assert "Wrote filled.xlsm (2 rows)" in err
    assert [(row["item_sku"], row["item_name"]) for row in filled(desk / "filled.xlsm")] == [
        ("00001", "Sandfield Gooseneck kettle"),
        ("00002", "Sandfield Travel kettle"),
    ]


def test_what_was_said_of_a_template_is_remembered_for_the_next_file(typed, desk):
    typed("template", "fill", "kettle.xlsm", "kettles.csv", *SAID, "-o", "one.xlsm")
    (desk / "next").mkdir()
    kettle_en(desk / "next" / "kettle_2032.xlsm", rows=9)
    typed("template", "fill", "next/kettle_2032.xlsm", "kettles.csv", "-o", "two.xlsm")
    assert filled(desk / "two.xlsm")[0]["capacity_unit_of_measure"] == "Liters"
    code, out, _ = typed("template", "fill", "next/kettle_2032.xlsm", "kettles.csv", "--check", "--json")
    assert code == 1
    made = json.loads(out)["templates"][0]
    assert made["set"] == {"Product Type": "kettle", "Capacity Unit": "Liters"}
    assert made["columns"]["Plug Type"] == "plug"


def test_each_category_has_its_own_template(typed, desk):
    pets_lazada(desk / "pets.xlsx")
    typed("run", "kettles.csv", "-r", "listing", "--locale", "en-US")
    templates = ("--template", "Kettles=kettle.xlsm", "--template", "Beds=pets.xlsx")
    _, _, err = typed("export", *templates, "-o", "all.xlsx")
    assert "Wrote all-kettle.xlsm (2 rows)" in err
    assert "Wrote all-pets.xlsx (1 rows)" in err
    _, _, err = typed("export", "--template", "Kettles=kettle.xlsm", "-o", "kettles.xlsm")
    assert "1 rows have a category without a template (column 'category')" in err


def test_a_partial_update_has_the_made_columns_and_then_only_what_changed(typed, desk):
    typed("run", "kettles.csv", "-r", "listing", "--locale", "en-US", "--limit", "2")
    typed("export", "--template", "kettle.xlsm", "--made-only", "-o", "part.xlsm")
    assert {name for name, value in filled(desk / "part.xlsm")[0].items() if value is not None} <= {
        "item_sku",
        "item_name",
        "bullet_point1",
        "bullet_point2",
        "bullet_point3",
        "product_description",
    }
    (desk / "week2.csv").write_text(KETTLES.replace("29.90", "27.50"), encoding="utf-8")
    typed("template", "fill", "kettle.xlsm", "kettles.csv", *SAID, "-o", "one.xlsm")
    _, out, _ = typed("template", "fill", "kettle.xlsm", "week2.csv", "--since", "one.xlsm", "-o", "two.xlsm")
    assert "1 rows written, 2 unchanged" in out
    changed = {name: value for name, value in filled(desk / "two.xlsm")[0].items() if value is not None}
    assert changed == {
        "item_sku": "00002",
        "standard_price": 27.5,
        "feed_product_type": "kettle",
        "capacity_unit_of_measure": "Liters",
    }


def test_a_wrong_heading_or_column_is_said_with_the_near_ones(typed, desk):
    code, _, err = typed("template", "fill", "kettle.xlsm", "kettles.csv", "--set", "Plug Typ=x")
    assert code == 2
    assert "Plug Type" in err
    code, _, err = typed("template", "fill", "kettle.xlsm", "kettles.csv", "--map", "Plug Type=plugg")
    assert "did you mean: plug?" in err
    code, _, err = typed("template", "fill", "kettle.xlsm", "kettles.csv", "--accept", "Plug Type")
    assert "refuses other values" in err


def test_from_python_a_frame_fills_a_template(desk, monkeypatch):
    monkeypatch.chdir(desk)
    frame = pd.read_csv("kettles.csv", dtype=str)
    (made,) = goodsmith.fill_template(frame, "kettle.xlsm", output="filled.xlsm")
    assert made.report.rows == 3
    assert filled(desk / "filled.xlsm")[2]["item_name"] == "Pet bed"


def test_what_a_platform_refused_waits_for_a_person_until_somebody_answers(typed, desk):
    typed("run", "kettles.csv", "-r", "listing", "--locale", "en-US")
    (desk / "report.csv").write_text(
        "sku,field,error-type,error-code,error-message\n"
        "00001,item_name,Error,8541,The title has a word that is not allowed\n"
        "00001,,Warning,99,Shortened\n"
        "00077,item_name,Error,8541,Unknown\n",
        encoding="utf-8",
    )
    _, out, _ = typed("template", "errors", "report.csv", "--template", "kettle.xlsm")
    assert "3 lines; 1 products wait for a person" in out
    assert "1 warnings left out" in out
    assert "Row 4: the run has no product '00077'" in out
    _, out, _ = typed("template", "errors", "report.csv", "--template", "kettle.xlsm")
    assert "0 products wait for a person" in out
    typed("review", "export", "-o", "book.xlsx")
    book = openpyxl.load_workbook(desk / "book.xlsx")["Review"]
    head = [cell.value for cell in book[1]]
    (row,) = [[cell.value for cell in row] for row in book.iter_rows(min_row=2)]
    assert "report.csv: The title has a word that is not allowed (8541)" in row[head.index("Findings")]
    book.cell(2, head.index("title") + 1).value = "Sandfield kettle with a long spout"
    book.parent.save(desk / "book.xlsx")
    typed("review", "import", "book.xlsx", "--by", "Ann")
    typed("export", "--template", "kettle.xlsm", "--made-only", "-o", "again.xlsm")
    assert filled(desk / "again.xlsm")[0]["item_name"] == "Sandfield kettle with a long spout"
    assert typed("review", "export", "-o", "empty.xlsx")[2].startswith("Wrote 0 rows")
