import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodsmith.catalog import import_table, profile
from goodsmith.records import ColumnMapping


@pytest.fixture
def imported(tmp_path):
    def make(text):
        path = tmp_path / "t.csv"
        path.write_text(text, encoding="utf-8")
        return import_table(path, tmp_path / "imports")

    return make


def test_a_profile_counts_what_is_there(imported):
    made = imported("sku,名称,备注\n1,双人被,\n2,单人被,厚\n3,Pillow,\n4,,\n")
    seen = profile(made.parquet, header_row=1)
    name = seen.columns[1]
    assert (seen.rows, name.filled, name.fill_rate, name.max_length) == (4, 3, 0.75, 6)
    assert name.distinct == 3
    assert "Pillow" in name.samples
    assert [script for script, _ in name.scripts] == ["Han", "Latin"]
    assert seen.columns[2].fill_rate == 0.25


def test_duplicate_keys_and_what_they_disagree_on_are_named(imported):
    made = imported("sku,name,price\n1,a,9\n2,b,9\n1,a,8\n3,c,1\n3,c,1\n1,a,\n")
    seen = profile(made.parquet, ColumnMapping(key="sku", fields={}), header_row=1)
    assert (seen.duplicate_keys, seen.duplicate_rows, seen.conflicts) == (2, 5, (("price", 1),))
    first, second = seen.duplicates
    assert (first.key, first.count, first.rows, first.conflicts) == ("1", 3, (2, 4, 7), ("price",))
    assert (second.key, second.conflicts) == ("3", ())
    assert "price (1)" in seen.notices[0].en


def test_blank_keys_and_keys_that_look_alike_are_said(imported):
    made = imported("sku,n\nab-1,1\nAB-1,2\nAB－1,3\n ab-1,4\n,5\nx,6\n")
    seen = profile(made.parquet, key="sku")
    assert (seen.blank_keys, seen.alike_keys, seen.duplicate_keys) == (1, 4, 0)
    assert {notice.code for notice in seen.notices} == {"blank_keys", "alike_keys"}


def test_scripts_tell_the_languages(imported):
    made = imported("ja,ru,mixed\nこれは軽い,Лёгкий шлем,棉 cotton\n")
    scripts = {column.name: dict(column.scripts) for column in profile(made.parquet).columns}
    assert set(scripts["ja"]) == {"Kana", "Han"}
    assert scripts["ru"] == {"Cyrillic": 1.0}
    assert scripts["mixed"] == {"Latin": pytest.approx(0.857), "Han": pytest.approx(0.143)}


def test_odd_column_names_and_no_rows_do_no_harm(imported):
    assert profile(imported('"a ""b""; --",c\n').parquet, key="c").rows == 0
    seen = profile(imported('"a ""b""; --",select\n1,2\n1,3\n').parquet, key='a "b"; --')
    assert seen.conflicts == (("select", 1),)


def test_a_table_with_very_many_columns_is_profiled(imported):
    names = [f"c{number}" for number in range(300)]
    seen = profile(imported(",".join(names) + "\n" + ",".join(["1"] * 300) + "\n").parquet)
    assert len(seen.columns) == 300


@settings(max_examples=20, deadline=None)
@given(keys=st.lists(st.sampled_from("abcd"), min_size=1, max_size=12))
def test_duplicates_are_counted_as_python_counts_them(tmp_path_factory, keys):
    path = tmp_path_factory.mktemp("p") / "t.csv"
    path.write_text("k,n\n" + "".join(f"{key},{n}\n" for n, key in enumerate(keys)), encoding="utf-8")
    seen = profile(import_table(path, path.parent / "i").parquet, key="k")
    doubled = [key for key in set(keys) if keys.count(key) > 1]
    assert (seen.duplicate_keys, seen.duplicate_rows) == (len(doubled), sum(keys.count(key) for key in doubled))
