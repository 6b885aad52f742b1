"""Rows that are made again: new chunks for them, and the later result counts."""

import pytest
import sqlalchemy as sa

from goodsmith.errors import StoreError
from goodsmith.records import RowStatus, RunState
from goodsmith.store.compaction import compact
from goodsmith.store.parts import read_rows, results
from goodsmith.store.tables import rows as index

BAD = {3: RowStatus.FAILED, 14: RowStatus.FAILED, 15: RowStatus.REVIEW, 27: RowStatus.FAILED}


@pytest.fixture
def finished(store, new_run, make_chunk):
    """A finished run of three chunks of ten rows, three of them failed."""
    lease = store.claim(new_run(store), owner="me")
    for number in range(3):
        make_chunk(store, lease, number, statuses=BAD, text="old")
    store.release(lease, RunState.DONE)
    return lease.run_id


def titles(store, run_id):
    return [
        title
        for batch in results(store.run_folder(run_id), store.parts(run_id), columns=["title"])
        for title in batch.column("title").to_pylist()
    ]


def test_failed_rows_become_chunks_of_their_own(store, finished):
    chunks = store.reopen_rows(finished, [RowStatus.FAILED])
    assert [chunk.ordinals for chunk in chunks] == [(3, 14, 27)]
    assert store.open_chunks(finished) == chunks
    run = store.run(finished)
    assert (run.state, run.chunks, run.chunks_done, run.finished) == (RunState.READY, 4, 3, None)
    assert run.totals.failed == 3  # until they are made


def test_a_retried_row_takes_the_place_of_the_old_one_and_no_other(store, finished, make_chunk):
    before = titles(store, finished)
    (chunk,) = store.reopen_rows(finished, [RowStatus.FAILED])
    lease = store.claim(finished, owner="me")
    make_chunk(store, lease, chunk.number, statuses={14: RowStatus.FAILED}, text="new")
    expected = [f"new {ordinal}" if ordinal in {3, 14, 27} else title for ordinal, title in enumerate(before)]
    assert titles(store, finished) == expected


def test_counters_hold_each_row_once_and_all_the_money(store, finished, make_chunk):
    (chunk,) = store.reopen_rows(finished, [RowStatus.FAILED])
    lease = store.claim(finished, owner="me")
    make_chunk(store, lease, chunk.number, statuses={14: RowStatus.FAILED})
    totals = store.run(finished).totals
    assert (totals.rows, totals.done, totals.review, totals.failed) == (30, 28, 1, 1)
    assert (totals.failures, totals.findings) == ({"timed_out": 1}, {"length": 1})
    assert totals.cost_nanos == 5 * 33


def test_a_page_reads_the_texts_of_retried_rows_from_their_new_part(store, finished, make_chunk):
    (chunk,) = store.reopen_rows(finished, [RowStatus.FAILED])
    make_chunk(store, store.claim(finished, owner="me"), chunk.number, text="new")
    for compacted in (False, True):
        if compacted:
            compact(store, finished)
        for row in store.rows(finished, limit=30).rows:
            table = read_rows(store.run_folder(finished), row.part, [row.ordinal])
            made = "new" if row.ordinal in {3, 14, 27} else "old"
            assert table.column("title").to_pylist() == [f"{made} {row.ordinal}"]


def test_a_row_can_be_tried_many_times(store, finished, make_chunk):
    for turn in range(3):
        (chunk,) = store.reopen_rows(finished, [RowStatus.FAILED])
        lease = store.claim(finished, owner="me")
        make_chunk(store, lease, chunk.number, statuses={3: RowStatus.FAILED}, text=f"turn {turn}")
        store.release(lease, RunState.DONE)
    found = titles(store, finished)
    assert (found[3], found[14], found[27]) == ("turn 2 3", "turn 0 14", "turn 0 27")
    assert store.run(finished).totals.failed == 1


def test_a_retry_stopped_half_way_changes_nothing_yet(store, finished, make_chunk):
    before = titles(store, finished)
    (chunk,) = store.reopen_rows(finished, [RowStatus.REVIEW])
    lease = store.claim(finished, owner="me")
    totals = store.run(finished).totals
    make_chunk(store, lease, chunk.number, statuses={15: RowStatus.SKIPPED}, final=False)
    assert titles(store, finished) == before
    assert store.run(finished).totals == totals
    assert store.begin_chunk(lease, chunk.number).attempt == 2


def test_rows_that_wait_for_their_retry_are_not_reopened_again(store, finished):
    assert store.reopen_rows(finished, [RowStatus.FAILED])
    assert store.reopen_rows(finished, [RowStatus.FAILED]) == []
    assert [chunk.ordinals for chunk in store.reopen_rows(finished, [RowStatus.FAILED, RowStatus.REVIEW])] == [(15,)]


def test_rows_that_a_person_decided_stay(store, finished):
    with store._db.write() as connection:
        connection.execute(sa.update(index).where(index.c.ordinal == 3).values(decision="edit"))
    assert [chunk.ordinals for chunk in store.reopen_rows(finished, [RowStatus.FAILED])] == [(14, 27)]


def test_a_run_that_is_being_driven_is_not_reopened(store, finished, make_chunk):
    store.reopen_rows(finished, [RowStatus.REVIEW])
    store.claim(finished, owner="me")
    with pytest.raises(StoreError, match="is driven by"):
        store.reopen_rows(finished, [RowStatus.FAILED])


def test_retry_chunks_reach_over_a_bounded_part_of_the_table(store, new_run, make_chunk):
    lease = store.claim(new_run(store, chunks=70, rows=2), owner="me")
    for number in range(70):
        make_chunk(store, lease, number, statuses={number * 2: RowStatus.FAILED})
    store.release(lease, RunState.DONE)
    chunks = store.reopen_rows(lease.run_id, [RowStatus.FAILED])
    assert [(chunk.first, chunk.rows) for chunk in chunks] == [(0, 32), (64, 32), (128, 6)]
