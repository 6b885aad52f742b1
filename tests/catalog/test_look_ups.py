"""A second table by key: exact before alike, the first of several, and none where there is doubt."""

import polars as pl
import pytest

from goodsmith.catalog import import_table, read_look_up


@pytest.fixture
def look_up(tmp_path):
    def read(columns, *, key=("brand",), wanted=("origin",)):
        return read_look_up(import_table(pl.DataFrame(columns), tmp_path), key=list(key), columns=list(wanted))

    return read


def test_a_key_is_found_as_written_or_with_other_case_width_and_spaces(look_up):
    table, _ = look_up({"brand": ["Olmo  Casa", "00123"], "origin": ["Portugal", "Spain"]})
    assert table.find(("Olmo  Casa",)) == ("Portugal",)
    assert table.find(("ＯＬＭＯ casa",)) == ("Portugal",)
    assert table.find(("123",)) is None


def test_where_two_keys_differ_in_case_only_none_is_guessed(look_up):
    table, _ = look_up({"brand": ["a1", "A1"], "origin": ["x", "y"]})
    assert [table.find(("a1",)), table.find(("A1",)), table.find(("ａ1",))] == [("x",), ("y",), None]
    alike, _ = look_up({"brand": ["A1", "a1", "Ａ1"], "origin": ["x", "x", "x"]})
    assert alike.find(("ａ1",)) == ("x",), "they say the same"


def test_of_several_rows_with_one_key_the_first_counts_and_a_notice_says_so(look_up):
    table, notices = look_up({"brand": ["Olmo", "Olmo", "Birk", "Birk"], "origin": ["x", "y", "z", "z"]})
    assert (table.find(("Olmo",)), table.find(("Birk",))) == (("x",), ("z",))
    assert [(notice.code, notice.count) for notice in notices] == [("look_up_twice", 1)]
    assert "'Olmo'" in notices[0].en
    assert "Olmo" in notices[0].say("zh")


def test_an_empty_cell_is_empty_and_an_empty_key_is_no_key(look_up):
    table, _ = look_up({"brand": ["Olmo", "", None], "origin": [None, "y", "z"]})
    assert table.find(("Olmo",)) == ("",)
    assert table.find(("",)) is None
    assert len(table) == 1


def test_a_key_can_have_several_columns(look_up):
    table, _ = look_up(
        {"brand": ["Olmo", "Olmo"], "market": ["US", "GB"], "origin": ["x", "y"]}, key=("brand", "market")
    )
    assert table.find(("Olmo", "GB")) == ("y",)
