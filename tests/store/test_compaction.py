"""Many small parts become few large ones; nobody who reads sees a difference."""

import subprocess
import sys
import threading

import pytest

from goodsmith.records import RowStatus, RunState
from goodsmith.store.compaction import compact
from goodsmith.store.journal import Journal
from goodsmith.store.parts import read_rows, results


def content(store, run_id):
    batches = results(store.run_folder(run_id), store.parts(run_id), refresh=lambda: store.parts(run_id))
    return [row for batch in batches for row in batch.to_pylist()]


def files(store, run_id, folder):
    return sorted(path.name for path in (store.run_folder(run_id) / folder).glob("*.parquet"))


@pytest.fixture
def finished(store, new_run, make_chunk):
    lease = store.claim(new_run(store, chunks=7), owner="me")
    for number in (3, 0, 6, 1, 2, 5, 4):
        make_chunk(store, lease, number, statuses={13: RowStatus.FAILED, 44: RowStatus.FAILED})
    store.release(lease, RunState.DONE)
    return lease.run_id


def test_compacted_results_are_the_same_in_fewer_files(store, finished):
    before, index = content(store, finished), store.rows(finished, limit=100).rows
    assert compact(store, finished, file_rows=30) == 3
    assert content(store, finished) == before
    assert [(part.first, part.rows) for part in store.parts(finished)] == [(0, 30), (30, 30), (60, 10)]
    assert files(store, finished, "parts") == []
    assert len(files(store, finished, "final")) == 3
    rows = store.rows(finished, limit=100).rows
    assert [(row.ordinal, row.key, row.version) for row in rows] == [
        (row.ordinal, row.key, row.version) for row in index
    ]
    assert read_rows(store.run_folder(finished), rows[44].part, [44]).column("title").to_pylist() == ["draft 44"]


def test_a_second_compaction_finds_nothing_to_do(store, finished):
    compact(store, finished)
    names = files(store, finished, "final")
    assert compact(store, finished) == 0
    assert files(store, finished, "final") == names


def test_a_running_run_is_compacted_where_it_is_whole(store, new_run, make_chunk):
    lease = store.claim(new_run(store, chunks=8), owner="me")
    for number in (0, 1, 2, 4, 5):
        make_chunk(store, lease, number)
    make_chunk(store, lease, 6, statuses={65: RowStatus.SKIPPED}, final=False)
    assert compact(store, lease.run_id, file_rows=20) == 2
    spans = [(part.first, part.rows) for part in store.parts(lease.run_id)]
    assert spans == [(0, 20), (20, 10), (40, 20), (60, 10)]
    for number in (3, 6, 7):
        make_chunk(store, lease, number)
    store.release(lease, RunState.DONE)
    compact(store, lease.run_id, file_rows=20)
    assert [row["ordinal"] for row in content(store, lease.run_id)] == list(range(80))
    assert files(store, lease.run_id, "parts") == []


def test_rows_made_again_move_to_their_places(store, finished, make_chunk):
    compact(store, finished, file_rows=20)
    for text in ("second", "third"):
        (chunk,) = store.reopen_rows(finished, [RowStatus.FAILED])
        assert compact(store, finished, file_rows=20) == 0  # not while a row is being made again
        lease = store.claim(finished, owner="me")
        make_chunk(store, lease, chunk.number, statuses={44: RowStatus.FAILED}, text=text)
        store.release(lease, RunState.DONE)
    before = content(store, finished)
    assert (before[13]["title"], before[44]["title"]) == ("second 13", "third 44")
    assert compact(store, finished, file_rows=20) == 3
    assert content(store, finished) == before
    assert {part.generation for part in store.parts(finished)} == {0}
    assert files(store, finished, "parts") == []


def test_a_reader_goes_on_while_the_parts_are_compacted(store, finished):
    before = content(store, finished)
    reading = results(store.run_folder(finished), store.parts(finished), refresh=lambda: store.parts(finished))
    first = next(reading).to_pylist()
    compact(store, finished, file_rows=30)
    assert first + [row for batch in reading for row in batch.to_pylist()] == before


def test_of_two_compactions_at_once_one_does_the_work(store, opened, finished):
    before = content(store, finished)
    written = []
    other = opened()
    threads = [
        threading.Thread(target=lambda mine=mine: written.append(compact(mine, finished, file_rows=30)))
        for mine in (store, other)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(written) == 3
    assert content(store, finished) == before


def test_files_that_nobody_names_are_swept(store, new_run, make_chunk):
    lease = store.claim(new_run(store), owner="me")
    make_chunk(store, lease, 0)
    overtaken = store.begin_chunk(lease, 1)
    now = store.begin_chunk(lease, 1)
    folder = store.run_folder(lease.run_id)
    (folder / "final").mkdir()
    for name in ("parts/000000-9.parquet", f"parts/000001-{overtaken.attempt}.parquet", "final/left.parquet"):
        (folder / name).write_bytes(b"left by a crash")
    (folder / f"parts/000001-{now.attempt}.parquet").write_bytes(b"about to be committed")
    for chunk in (0, 1):
        journal = Journal.open(folder, chunk, 1)
        journal.sent(0, b"c" * 16)
        journal.close()
    compact(store, lease.run_id)
    assert files(store, lease.run_id, "parts") == ["000000-1.parquet", f"000001-{now.attempt}.parquet"]
    assert files(store, lease.run_id, "final") == []
    assert [path.name for path in (folder / "journal").iterdir()] == ["000001-1.log"]


KILLED = """
import sys, threading, os, time
from pathlib import Path
from goodsmith.store import open_store
from goodsmith.store.compaction import compact
url = sys.argv[2] or None
store = open_store(Path(sys.argv[1]), url)
import pyarrow.parquet
threading.Timer(float(sys.argv[3]), lambda: os._exit(9)).start()
compact(store, "20260101-aaaa", file_rows=20)
os._exit(0)
"""


def test_a_compaction_killed_at_any_moment_loses_nothing(store, tmp_path, database_url, finished):
    before = content(store, finished)
    killed = 0
    for wait_s in (0.001, 0.003, 0.006, 0.01, 0.015, 0.02, 0.03):
        ran = subprocess.run([sys.executable, "-c", KILLED, tmp_path, database_url or "", str(wait_s)], check=False)
        killed += ran.returncode == 9
        assert content(store, finished) == before
    assert killed
    compact(store, finished, file_rows=20)
    assert content(store, finished) == before
    named = {part.path.partition("/")[2] for part in store.parts(finished)}
    assert set(files(store, finished, "final")) == named
    assert files(store, finished, "parts") == []
