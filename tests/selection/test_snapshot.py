"""The frozen selection: one row group per chunk, families whole, whole or not there."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goodsmith.engines.snapshot import OWN
from goodsmith.errors import StoreError
from goodsmith.records import Chunk
from goodsmith.selection import Selection, write_snapshot


def snapshot(path, tmp_path, mapping, *, chunk_rows=3, keep=None, **selection):
    out = tmp_path / "run" / "snapshot.parquet"
    chunks = write_snapshot(
        path, out, selection=Selection(**selection), mapping=mapping, chunk_rows=chunk_rows, keep=keep
    )
    return chunks, pq.ParquetFile(out)


def names_in(folder):
    return [each.name for each in folder.iterdir()]


def test_columns_and_cells_are_those_of_the_import(catalog, by_sku, tmp_path):
    path = catalog(sku=["00123", None, "1E5"], title=["Mug", "NA", ""], style=["X", None, " X "])
    _, file = snapshot(path, tmp_path, by_sku, family="style")
    assert file.schema_arrow.names == [*OWN, "sku", "title", "style"]
    assert file.read().to_pylist() == [
        {
            "_gs_ordinal": 0,
            "_gs_key": "00123",
            "_gs_row": 0,
            "_gs_family": "X",
            "_gs_family_fields": None,
            "sku": "00123",
            "title": "Mug",
            "style": "X",
        },
        {
            "_gs_ordinal": 1,
            "_gs_key": "1E5",
            "_gs_row": 2,
            "_gs_family": "X",
            "_gs_family_fields": None,
            "sku": "1E5",
            "title": "",
            "style": " X ",
        },
        {
            "_gs_ordinal": 2,
            "_gs_key": "",
            "_gs_row": 1,
            "_gs_family": "",
            "_gs_family_fields": None,
            "sku": None,
            "title": "NA",
            "style": None,
        },
    ]


def test_each_chunk_is_a_row_group(catalog, by_sku, tmp_path):
    path = catalog(sku=[str(number) for number in range(8)], title=["x"] * 8)
    chunks, file = snapshot(path, tmp_path, by_sku)
    assert chunks == [
        Chunk(number=0, first=0, rows=3),
        Chunk(number=1, first=3, rows=3),
        Chunk(number=2, first=6, rows=2),
    ]
    assert [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)] == [3, 3, 2]
    assert file.read().column("_gs_ordinal").to_pylist() == list(range(8))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(1, 14), min_size=1, max_size=12), chunk_rows=st.integers(1, 5))
def test_a_family_is_never_split_unless_it_is_larger_than_two_chunks(catalog, by_sku, tmp_path, sizes, chunk_rows):
    families = [f"F{number}" for number, size in enumerate(sizes) for _ in range(size)]
    path = catalog(sku=families, title=families)
    chunks, file = snapshot(path, tmp_path, by_sku, family="title", chunk_rows=chunk_rows)
    homes = {}
    for number, chunk in enumerate(chunks):
        assert 1 <= chunk.rows <= 2 * chunk_rows
        for family in file.read_row_group(number, columns=["_gs_family"]).column(0).to_pylist():
            homes.setdefault(family, set()).add(number)
    for number, size in enumerate(sizes):
        assert size > chunk_rows or len(homes[f"F{number}"]) == 1
    assert sum(chunk.rows for chunk in chunks) == len(families)


def test_a_scattered_family_is_brought_together(catalog, by_sku, tmp_path):
    path = catalog(sku=[str(n) for n in range(30)], title=["x"] * 30, style=[f"F{n % 7}" for n in range(30)])
    _, file = snapshot(path, tmp_path, by_sku, family="style", chunk_rows=5)
    families = file.read().column("_gs_family").to_pylist()
    assert [family for at, family in enumerate(families) if not at or families[at - 1] != family] == [
        f"F{n}" for n in range(7)
    ]


def test_many_wide_rows_are_ordered_on_disk(catalog, by_sku, tmp_path):
    rows = 40_000  # more than one file of them
    path = catalog(
        row_group_size=9_000,
        sku=[str(n) for n in range(rows)],
        title=[str(n * 7919 % rows) for n in range(rows)],
        text=["长文" * 20] * rows,
    )
    _, file = snapshot(path, tmp_path, by_sku, priority="title", chunk_rows=1000)
    table = file.read()
    assert table.column("title").to_pylist() == [str(n) for n in range(rows - 1, -1, -1)]
    assert table.column("sku").to_pylist() == table.column("_gs_key").to_pylist()
    assert names_in(tmp_path / "run") == ["snapshot.parquet"]


def test_the_last_filter_sees_key_and_columns_and_the_limit_counts_what_it_keeps(catalog, by_sku, tmp_path):
    path = catalog(sku=[str(n) for n in range(20)], title=["odd" if n % 2 else "even" for n in range(20)])

    def keep(batch):
        assert batch.schema.names == ["_gs_key", "_gs_row", "_gs_family", "_gs_family_fields", "sku", "title"]
        return batch.filter(pa.array([row["title"] == "odd" for row in batch.to_pylist()]))

    chunks, file = snapshot(path, tmp_path, by_sku, keep=keep, limit=4)
    assert file.read().column("_gs_key").to_pylist() == ["1", "3", "5", "7"]
    assert sum(chunk.rows for chunk in chunks) == 4


@pytest.mark.parametrize(
    "selection", [{"where": "title == 'none'"}, {"limit": 0}, {"sample": 0}, {"where": "false", "priority": "title"}]
)
def test_an_empty_selection_is_an_empty_snapshot(catalog, by_sku, tmp_path, selection):
    chunks, file = snapshot(catalog(sku=["a"], title=["x"]), tmp_path, by_sku, **selection)
    assert (chunks, file.metadata.num_rows) == ([], 0)


def test_a_snapshot_that_fails_leaves_the_old_one_and_no_litter(catalog, by_sku, tmp_path):
    path = catalog(sku=["a", "b"], title=["x", "y"])
    snapshot(path, tmp_path, by_sku)
    before = (tmp_path / "run" / "snapshot.parquet").read_bytes()

    def broken(batch):
        raise KeyError("cut off")

    with pytest.raises(KeyError):
        snapshot(path, tmp_path, by_sku, keep=broken)
    assert names_in(tmp_path / "run") == ["snapshot.parquet"]
    assert (tmp_path / "run" / "snapshot.parquet").read_bytes() == before


def test_a_place_that_cannot_be_written_is_one_clear_error(catalog, by_sku, tmp_path):
    path = catalog(sku=["a"], title=["x"])
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError, match="the snapshot cannot be written") as caught:
        write_snapshot(path, tmp_path / "file" / "snapshot.parquet", selection=Selection(), mapping=by_sku)
    assert caught.value.zh


def test_a_folder_with_a_pattern_in_its_name_is_read_as_it_is(catalog, by_sku, tmp_path):
    odd = tmp_path / "it's [1] *?"
    odd.mkdir()
    path = catalog(sku=["a"], title=["x"]).rename(odd / "import.parquet")
    chunks, _ = snapshot(path, tmp_path, by_sku)
    assert chunks == [Chunk(number=0, first=0, rows=1)]
