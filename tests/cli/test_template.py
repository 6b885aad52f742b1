"""`goodsmith template`, as it is typed."""

import json

from make_templates import bedding_zh, kettle_en


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
