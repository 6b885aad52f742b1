"""Suppliers' names and values: proposed, decided once in a workbook, remembered for the supplier."""

import pandas as pd

SCHEMA = """\
schema: cups
categories:
  cup:
    attributes:
      colour:
        name: {en: Colour, zh: 颜色}
        type: choice
        values: {red: {en: Red, zh: 红色}, beige: {en: Beige, zh: 米色}}
      material: {name: {en: Material, zh: 材质}}
"""


def test_a_decision_in_the_workbook_changes_what_is_filled_from_then_on(goodsmith):
    (goodsmith.folder / "cups.yaml").write_text(SCHEMA, encoding="utf-8")
    rows = [
        {"sku": f"{at}", "商品名称": f"杯子{at}", "属性": f"颜色:{('浅杏', '红色')[at % 2]}; 材料质地:陶土; 备注:无"}
        for at in range(12)
    ]
    pd.DataFrame(rows).to_csv(goodsmith.folder / "in.csv", index=False)
    before = goodsmith.json("complete", "in.csv", "-S", "cups.yaml", "--supplier", "Olmo")["by_attribute"]
    assert before["colour"] == {"unknown": 6, "filled": 6}
    assert before["material"] == {"unknown": 12}

    done = goodsmith.json("mapping", "export", "in.csv", "-S", "cups.yaml", "--supplier", "Olmo", "-o", "map.xlsx")
    assert (done["open_names"], done["open_values"]) == (2, 1)  # 备注 is no attribute either
    book = pd.read_excel(goodsmith.folder / "map.xlsx", sheet_name=None, dtype=str)
    names, values = book["names"], book["values"]
    names.loc[names["supplier's name"] == "材料质地", "decision"] = "材质"
    assert values["supplier's value"][0] == "浅杏"  # what is not allowed stands first
    values.loc[values["supplier's value"] == "浅杏", "decision"] = "beige"
    with pd.ExcelWriter(goodsmith.folder / "map.xlsx") as writer:
        for sheet, frame in book.items():
            frame.to_excel(writer, sheet_name=sheet, index=False)
    taken = goodsmith.json("mapping", "import", "map.xlsx", "-S", "cups.yaml", "--supplier", "Olmo")
    assert (taken["names"], taken["values"]) == (1, 1)

    after = goodsmith.json("complete", "in.csv", "-S", "cups.yaml", "--supplier", "Olmo")["by_attribute"]
    assert after == {"colour": {"filled": 12}, "material": {"filled": 12}}
    other = goodsmith.json("complete", "in.csv", "-S", "cups.yaml", "--supplier", "Nordlys")["by_attribute"]
    assert other == before


def test_a_decision_for_something_unknown_names_the_cell(goodsmith):
    (goodsmith.folder / "cups.yaml").write_text(SCHEMA, encoding="utf-8")
    lines = [{"supplier's name": "色", "products": "3", "decision": "color"}]
    pd.DataFrame(lines).to_excel(goodsmith.folder / "map.xlsx", sheet_name="names", index=False)
    said = goodsmith("mapping", "import", "map.xlsx", "-S", "cups.yaml", exit_code=2).stderr
    assert "map.xlsx, names, row 2" in said
    assert "colour" in said
