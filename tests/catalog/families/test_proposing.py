"""Families that no column names are proposed from codes and names, and what stands alone stays alone."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from goodsmith.catalog.families import PROPOSED, propose_families


@pytest.fixture
def proposed(tmp_path):
    def families(rows, **said):
        names = ["sku", "name", "brand", "color"]
        table = pa.table(
            {
                **{
                    name: pa.array([row[place] or None for row in rows], pa.string())
                    for place, name in enumerate(names)
                },
                "_gs_row": pa.array(range(len(rows)), pa.int64()),
            }
        )
        path = tmp_path / "import.parquet"
        pq.write_table(table, path)
        found = propose_families(path, key="sku", name="name", brand="brand", **said)
        copy = pq.read_table(found)
        assert copy.drop_columns([PROPOSED]) == table
        return copy.column(PROPOSED).to_pylist()

    return families


def test_codes_with_one_stem_and_one_bare_name_are_one_family(proposed):
    rows = [
        ("TS01-RED-S", "纯棉T恤 红色 S码", "青禾埠", "红色"),
        ("TS01-RED-M", "纯棉T恤 红色 M码", "青禾埠", "红色"),
        ("TS01-BLU-S", "纯棉T恤 蓝色 S码", "青禾埠", "蓝色"),
        ("TS02-RED-S", "纯棉卫衣 红色 S码", "青禾埠", "红色"),
    ]
    assert proposed(rows) == ["TS01", "TS01", "TS01", ""]


def test_names_alone_make_a_family_of_one_brand(proposed):
    rows = [
        ("1", "Chanson Eau de Parfum 50 ml", "Maison Lior", ""),
        ("2", "Chanson Eau de Parfum 100 ml", "Maison Lior", ""),
        ("3", "Chanson Eau de Parfum 50 ml", "Another", ""),
    ]
    first, second, other = proposed(rows)
    assert first == second != ""
    assert other == ""


def test_the_same_row_twice_is_no_family(proposed):
    assert proposed([("1", "Linen tablecloth", "Olmo", "red"), ("2", "Linen tablecloth", "Olmo", "red")]) == ["", ""]


def test_codes_of_one_series_with_different_names_are_no_family(proposed):
    rows = [("SK-15-A", "Electric kettle", "Olmo", ""), ("SK-15-B", "Travel iron", "Olmo", "")]
    assert proposed(rows) == ["", ""]


def test_names_too_short_to_tell_are_no_family(proposed):
    assert proposed([("1", "Cup red", "", ""), ("2", "Cup blue", "", "")]) == ["", ""]


def test_a_proposal_is_made_once(proposed, tmp_path):
    proposed([("1", "Linen tablecloth red", "Olmo", "red")])
    before = sorted(tmp_path.glob("*.families-*"))
    proposed([("1", "Linen tablecloth red", "Olmo", "red")])
    assert sorted(tmp_path.glob("*.families-*")) == before
