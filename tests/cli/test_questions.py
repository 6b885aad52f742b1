"""`goodsmith review questions`: what is lacking is asked of each supplier, and the answers are edits."""

import json

import openpyxl
import pytest

RECIPE = """
recipe: facts
locales: [en-US]
fields:
  name: {required: true}
  material: {}
steps:
  - ask:
      instruction: Say what it is made of.
      input: "Name: {{ name }} {{ material }}"
      output:
        title: {max: 80, language: any}
        material_type: {type: choice, choices: [Glass, Steel, 棉], language: any}
    stencil:
      title: "{{ name }}"
      material_type: "{{ material }}"
checks: [schema]
"""
ROWS = """sku,name,material,supplier
K1,Glass kettle,Glass,Olmo
K2,Kettle with a long spout,,Olmo
B1,水洗四件套,,青禾埠
B2,针织床笠,棉,青禾埠
"""


@pytest.fixture
def asked(typed, tmp_path):
    (tmp_path / "facts.yaml").write_text(RECIPE, encoding="utf-8")
    (tmp_path / "goods.csv").write_text(ROWS, encoding="utf-8")
    typed("run", "goods.csv", "-r", "facts.yaml")
    code, out, err = typed("review", "questions", "--per", "supplier", "-o", "asked", "--json")
    assert code == 0, err
    return {sheet["supplier"]: sheet for sheet in json.loads(out)["sheets"]}


def test_each_supplier_gets_a_sheet_in_its_own_language(asked):
    assert {name: (sheet["language"], sheet["products"], sheet["cells"]) for name, sheet in asked.items()} == {
        "Olmo": ("en", 1, 1),
        "青禾埠": ("zh", 1, 1),
    }
    book = openpyxl.load_workbook(asked["青禾埠"]["path"])
    assert book.sheetnames[:2] == ["待补充", "填写说明"]
    sheet = book["待补充"]
    assert sheet["A2"].value == "B1"
    assert sheet.max_row == 2


def test_a_cell_with_choices_has_a_list(asked):
    sheet = openpyxl.load_workbook(asked["Olmo"]["path"])["Questions"]
    (rule,) = sheet.data_validations.dataValidation
    assert rule.formula1 == "lists!$A$1:$A$3"


def test_an_answer_comes_back_as_a_decision(typed, asked, tmp_path):
    path = asked["Olmo"]["path"]
    book = openpyxl.load_workbook(path)
    sheet = book["Questions"]
    column = [cell.value for cell in sheet[1]].index("material_type") + 1
    sheet.cell(2, column).value = "Steel"
    book.save(path)
    _, out, _ = typed("review", "import", path, "--by", "Olmo")
    assert "1 decisions taken (0 accepted, 1 edited" in out
    typed("export", "-o", "out.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["material_type"] for row in rows] == ["Glass", "Steel", None, "棉"]
    _, out, _ = typed("review", "questions", "--per", "supplier", "-o", "again", "--json")
    assert [sheet["supplier"] for sheet in json.loads(out)["sheets"]] == ["青禾埠"]
    assert "0 decisions taken" in typed("review", "import", path, "--by", "Olmo")[1]
