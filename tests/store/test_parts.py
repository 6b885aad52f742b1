"""Parts appear whole or not at all, and together they are the table."""

import os
import tempfile
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodsmith.errors import Corrupt, StoreError
from goodsmith.records import Chunk
from goodsmith.store.parts import last_ordinal, read_rows, results, write_part


def write(folder, number, ordinals, text="a", attempt=1, generation=0):
    chunk = Chunk(number=number, first=min(ordinals), rows=len(ordinals), attempt=attempt)
    table = pa.table({"ordinal": list(ordinals), "title": [f"{text}{ordinal}" for ordinal in ordinals]})
    part = write_part(folder, chunk, table)
    return replace(part, generation=generation)


def read(folder, parts, **options):
    return [row for batch in results(folder, parts, **options) for row in batch.to_pylist()]


def test_a_part_is_named_after_its_chunk_and_attempt(tmp_path):
    part = write(tmp_path, 12, range(12_000, 12_010), attempt=3)
    assert part.path == "parts/000012-3.parquet"
    assert (part.first, part.rows, last_ordinal(part)) == (12_000, 10, 12_009)
    assert part.bytes == (tmp_path / part.path).stat().st_size
    assert [path.name for path in (tmp_path / "parts").iterdir()] == ["000012-3.parquet"]


def test_rows_are_stored_by_ordinal_whatever_order_they_were_made_in(tmp_path):
    part = write(tmp_path, 0, [4, 2, 0, 3, 1])
    assert [row["title"] for row in read(tmp_path, [part])] == ["a0", "a1", "a2", "a3", "a4"]


def test_results_come_in_the_order_of_the_table_whatever_order_the_parts_were_made_in(tmp_path):
    parts = [write(tmp_path, number, range(number * 10, number * 10 + 10)) for number in (2, 0, 1)]
    assert [row["ordinal"] for row in read(tmp_path, parts)] == list(range(30))
    assert read(tmp_path, parts, columns=["title"])[7] == {"ordinal": 7, "title": "a7"}
    assert read(tmp_path, []) == []


@given(st.lists(st.sets(st.integers(0, 49), min_size=1), max_size=4), st.integers(1, 20))
@settings(max_examples=20, deadline=None)
def test_the_latest_generation_of_a_row_counts(again, size):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        starts = range(0, 50, size)
        parts = [write(folder, number, range(start, min(start + size, 50))) for number, start in enumerate(starts)]
        expected = [f"a{ordinal}" for ordinal in range(50)]
        for generation, ordinals in enumerate(again, start=1):
            text = f"g{generation} "
            parts.append(write(folder, 100 + generation, sorted(ordinals), text, generation=generation))
            for ordinal in ordinals:
                expected[ordinal] = f"{text}{ordinal}"
        assert [row["title"] for row in read(folder, parts)] == expected


def test_some_rows_are_read_in_the_order_asked(tmp_path):
    part = write(tmp_path, 0, range(100, 8_100))
    assert pq.ParquetFile(tmp_path / part.path).num_row_groups == 4
    found = read_rows(tmp_path, part, [8_000, 100, 4_321, 100])
    assert found.column("title").to_pylist() == ["a8000", "a100", "a4321", "a100"]


def test_a_row_that_a_part_lacks_is_damage(tmp_path):
    part = write(tmp_path, 0, [1, 2, 4])
    for missing in (3, 9):
        with pytest.raises(Corrupt, match=f"lacks the rows \\[{missing}\\]"):
            read_rows(tmp_path, part, [1, missing])


def test_a_damaged_part_is_reported_with_its_name(tmp_path):
    part = write(tmp_path, 0, range(10))
    path = tmp_path / part.path
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(Corrupt, match=r"000000-1\.parquet is damaged"):
        read(tmp_path, [part])


def test_a_part_that_is_gone_is_reported_with_its_name(tmp_path):
    part = write(tmp_path, 0, range(10))
    (tmp_path / part.path).unlink()
    with pytest.raises(StoreError, match=r"000000-1\.parquet is not there"):
        read(tmp_path, [part])


def test_no_part_is_left_half_written_on_a_full_disk(small_disk):
    ordinals = list(range(20_000))
    noise = pa.table({"ordinal": ordinals, "title": [os.urandom(50).hex() for _ in ordinals]})
    with pytest.raises(StoreError, match="no room to write"):
        write_part(small_disk, Chunk(number=0, first=0, rows=20_000, attempt=1), noise)
    assert list((small_disk / "parts").iterdir()) == []
    assert write(small_disk, 0, range(10), attempt=2).rows == 10


def test_an_empty_chunk_is_no_part(tmp_path):
    with pytest.raises(StoreError, match="no rows"):
        write_part(
            tmp_path, Chunk(number=0, first=0, rows=0, attempt=1), pa.table({"ordinal": pa.array([], pa.int64())})
        )
