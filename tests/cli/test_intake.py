"""`goodsmith intake`: a folder at once, one report, and only what is new about each supplier."""

import json

import pytest

WEEK1 = "sku,name,color,price\nK1,Gooseneck kettle,Ivory,39.90\nK2,Enamel mug,Red,12.00\n"
WEEK2 = "sku,name,color,price,lead time\nK1,Gooseneck kettle,Ivory,41.00,3\nK3,Oak board,,24.00,5\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in" / "lior").mkdir(parents=True)
    (tmp_path / "in" / "olmo_2031-05.csv").write_text(WEEK1, encoding="utf-8")
    (tmp_path / "in" / "lior" / "parfums.csv").write_text("ref;nom\nP1;Chanson\nP2;Rose\n", encoding="utf-8")
    (tmp_path / "in" / "broken.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    (tmp_path / "in" / "~$olmo.xlsx").write_bytes(b"a lock of a spreadsheet program")
    return tmp_path / "in"


def taken(typed):
    code, out, _ = typed("intake", "in", "--json")
    return code, {file["supplier"]: file for file in json.loads(out)["files"]}


def test_every_file_is_in_the_report_and_none_stops_the_others(typed, folder):
    code, files = taken(typed)
    assert code == 1
    assert {name: file["products"] for name, file in files.items()} == {"broken": 0, "lior": 2, "olmo": 2}
    assert files["broken"]["refused"]["code"] == "input_file"
    assert not files["olmo"]["known"]


def test_a_suppliers_next_file_is_an_update_with_its_difference(typed, folder):
    taken(typed)
    (folder / "olmo_2031-05.csv").unlink()
    (folder / "olmo_2031-06.csv").write_text(WEEK2, encoding="utf-8")
    olmo = taken(typed)[1]["olmo"]
    assert (olmo["known"], olmo["new_columns"], olmo["unmapped"]) == (True, ["lead time"], ["lead time"])
    assert (olmo["changes"]["new"], olmo["changes"]["changed"], olmo["changes"]["absent"]) == (1, 1, 1)


def test_the_same_file_again_asks_nothing(typed, folder):
    taken(typed)
    files = taken(typed)[1]
    assert files["olmo"]["same_file"]
    assert not files["olmo"]["new_columns"]


def test_it_is_said_in_words(typed, folder, monkeypatch):
    taken(typed)
    (folder / "olmo_2031-05.csv").write_text(WEEK2, encoding="utf-8")
    _, out, _ = typed("intake", "in")
    assert "3 files, 4 products, 1 refused" in out
    assert "the layout changed; 1 new, 1 changed, 1 absent" in out
    assert "olmo_2031-05.csv: new columns that nothing reads: lead time" in out
    monkeypatch.setenv("GOODSMITH_LANGUAGE", "zh")
    assert "3 个文件,4 个商品,1 个未能读取" in typed("intake", "in")[1]


def test_a_folder_without_tables_says_what_it_takes(typed, tmp_path):
    (tmp_path / "empty").mkdir()
    code, _, err = typed("intake", "empty")
    assert code == 2
    assert ".xlsx" in err
