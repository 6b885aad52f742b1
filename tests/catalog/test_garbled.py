"""Texts that were garbled before they were saved are repaired; others are left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodsmith.catalog.texts.garbled import garbled_as, ungarbled

FRENCH = ["ref,désignation", "1,Légère été", "2,Casque à vélo", "3,Gants d’hiver – noir"]
CHINESE = ["货号,品名", "1,纯棉刺绣四件套", "2,保温杯,白色", "3,蓝牙音箱"]


def test_a_file_that_was_garbled_before_it_was_saved_is_repaired_and_said_to_be(tmp_path, read_table):
    path = tmp_path / "t.csv"
    path.write_text("\n".join(line.encode().decode("latin-1") for line in FRENCH), encoding="utf-8")
    read = read_table(path)
    assert (read.names, read.rows[0]) == (["ref", "désignation"], ("1", "Légère été"))
    assert "garbled" in read.notices
    assert read_table(path, encoding="utf-8").rows[0] == ("1", "LÃ©gÃ¨re Ã©tÃ©")


def test_what_was_garbled_twice_is_repaired_twice():
    twice = [line.encode().decode("latin-1").encode().decode("latin-1") for line in FRENCH]
    assert [ungarbled(line, garbled_as(twice)) for line in twice] == FRENCH


@pytest.mark.parametrize(("garbled", "meant"), [("浣犲ソ", "你好"), ("Ð¨Ð»ÐµÐ¼", "Шлем")])
def test_other_scripts_are_repaired_where_nothing_was_lost(garbled, meant):
    assert ungarbled(garbled, garbled_as([garbled] * 4)) == meant


@pytest.mark.parametrize("lines", [FRENCH, CHINESE, ["ñandú", "ÁÉÍÓÚ", "über Ähre"], ["Шлем спортивный", "Носки"], []])
def test_texts_that_mean_something_are_left_alone(lines):
    assert garbled_as(lines * 3) == ()


@given(st.lists(st.text(st.sampled_from("abcéèàçöüß ,.1"), min_size=1, max_size=30), min_size=1, max_size=20))
def test_what_latin_1_garbled_comes_back_and_the_rest_stays(lines):
    garbled = [line.encode().decode("latin-1") for line in lines]
    found = garbled_as(garbled)
    assert [ungarbled(line, found) for line in garbled] in (lines, garbled)
    if sum(not line.isascii() for line in lines) >= 3:
        assert [ungarbled(line, found) for line in garbled] == lines
