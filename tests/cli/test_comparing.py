"""`goodsmith inspect NEW --against LAST`: what a new sheet changes, product by product."""

import json

import pytest

LAST = """sku,name,color,price
00001,Kettle,Ivory,39.90
00002,Mug,,12.00
00003,Board,Oak,24.00
00004,Cup,Red,9.00
00005,Cup,Red,9.00
00005,Cup,Blue,9.50
"""
NEW = """sku,price,name,color,stock
00001,41.00,Kettle,Ivory,3
00002,12.00,Mug,White,4
00003,24.00,Board,,5
00009,7.00,Spoon,,6
00005,9.00,Cup,Red,1
"""


@pytest.fixture
def found(typed, tmp_path):
    (tmp_path / "last.csv").write_text(LAST, encoding="utf-8")
    (tmp_path / "new.csv").write_text(NEW, encoding="utf-8")
    code, out, err = typed("inspect", "new.csv", "--against", "last.csv", "--key", "sku", "--json")
    assert code == 0, err
    return json.loads(out)


def test_products_are_new_changed_the_same_or_absent_by_their_key(found):
    assert (found["new"], found["changed"], found["same"], found["absent"]) == (1, 2, 0, 1)
    assert (found["new_keys"], found["absent_keys"]) == (["00009"], ["00004"])


def test_a_cell_that_is_empty_now_is_no_change(found):
    assert found["emptied"] == 1


def test_each_column_says_what_was_changed_filled_and_emptied(found):
    columns = {one["column"]: (one["changed"], one["filled"], one["emptied"]) for one in found["columns"]}
    assert columns == {"price": (1, 0, 0), "color": (0, 1, 1)}
    price = next(one for one in found["columns"] if one["column"] == "price")["examples"][0]
    assert (price["key"], price["before"], price["now"], price["rows"]) == ("00001", "39.90", "41.00", [0, 0])


def test_columns_may_come_go_and_stand_elsewhere(found):
    assert (found["added"], found["gone"]) == (["stock"], [])


def test_a_key_that_stands_twice_is_not_compared(found):
    assert found["twice"] == 1


def test_it_is_said_in_words_and_in_chinese(typed, found, monkeypatch):
    _, out, _ = typed("inspect", "new.csv", "--against", "last.csv", "--key", "sku")
    assert "Absent     1: 00004; an absent row is no deletion" in out
    assert "00001: 39.90 → 41.00" in out
    monkeypatch.setenv("GOODSMITH_LANGUAGE", "zh")
    _, out, _ = typed("inspect", "new.csv", "--against", "last.csv", "--key", "sku")
    assert "缺少的行不代表删除" in out


def test_a_sheet_without_keys_cannot_be_compared(typed, tmp_path):
    (tmp_path / "a.csv").write_text("color,note\nred,x\nred,y\n", encoding="utf-8")
    code, _, err = typed("inspect", "a.csv", "--against", "a.csv")
    assert code == 2
    assert "Choose one with --key" in err
