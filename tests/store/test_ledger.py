"""Runs, leases, chunks and commits, on SQLite and on Postgres."""

import os
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from goodsmith.errors import LeaseLost, StoreError, UnknownName, UsageError
from goodsmith.records import Answer, Budget, Chunk, Part, RowStatus, RunState, Tally
from goodsmith.store.journal import Journal

FAR = {"host": "another-machine", "pid": 7}


def test_a_run_is_read_back_as_it_was_recorded(store, spec):
    spec = replace(spec, budget=Budget(nanos=3, currency="CNY"), params={"seed": 7}, source_info={"header": 2})
    store.create_run(spec, [Chunk(number=0, first=0, rows=10)], adoptable=True)
    run = store.run(spec.run_id)
    assert run.spec == spec
    assert (run.state, run.adoptable, run.live, run.chunks, run.chunks_done) == (RunState.READY, True, False, 1, 0)
    assert run.totals == Tally()
    assert run.budget == spec.budget
    assert abs(run.created - time.time()) < 60


def test_a_run_is_found_by_the_beginning_of_its_id(store, new_run):
    new_run(store, run_id="20260101-aaaa")
    new_run(store, run_id="20260102-bbbb")
    assert store.run("20260102").run_id == "20260102-bbbb"
    with pytest.raises(UnknownName, match="20260102-bbbb, 20260101-aaaa"):
        store.run("202601")


def test_an_unknown_run_names_the_near_ones(store, new_run):
    new_run(store, run_id="20260101-aaaa")
    with pytest.raises(UnknownName, match="did you mean: 20260101-aaaa"):
        store.run("20260101-aaab")
    with pytest.raises(UnknownName):
        store.run("")


def test_an_id_is_given_once(store, new_run):
    new_run(store)
    with pytest.raises(StoreError, match="already"):
        new_run(store)


def test_runs_are_listed_newest_first_in_pages(store, new_run):
    for number in range(5):
        new_run(store, run_id=f"run-{number}")
    new_run(store, run_id="other", project="other")
    first = store.runs(limit=2)
    rest = store.runs(limit=9, before=first[-1].number)
    assert [run.run_id for run in first + rest] == ["run-4", "run-3", "run-2", "run-1", "run-0"]
    assert store.latest_run().run_id == "run-4"
    assert store.latest_run("nobody") is None


def test_a_held_run_is_refused_and_its_holder_named(store, opened, new_run):
    run_id = new_run(store)
    store.claim(run_id, owner="first")
    with pytest.raises(StoreError, match=rf"process {os.getpid()} on .* since \d+ s") as refused:
        opened().claim(run_id, owner="second")
    assert "主机" in refused.value.say("zh")
    assert store.run(run_id).live


def test_a_lease_that_ran_out_is_taken_over(store, new_run):
    run_id = new_run(store)
    first = store.claim(run_id, owner="first", lease_s=0.6, **FAR)
    with pytest.raises(StoreError, match="process 7 on another-machine"):
        store.claim(run_id, owner="second")
    time.sleep(0.65)
    second = store.claim(run_id, owner="second")
    assert second.epoch == first.epoch + 1
    with pytest.raises(LeaseLost, match=f"driven by process {os.getpid()}"):
        store.renew(first)


def test_the_run_of_a_driver_that_died_here_is_taken_at_once(store, new_run):
    run_id = new_run(store)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as driver:
        store.claim(run_id, owner="first", lease_s=1_000, pid=driver.pid)
        with pytest.raises(StoreError):
            store.claim(run_id, owner="second")
        driver.kill()
        driver.wait()
        assert not store.run(run_id).live
        store.claim(run_id, owner="second")


def test_a_renewed_lease_does_not_run_out(store, opened, new_run):
    run_id = new_run(store)
    lease = store.claim(run_id, owner="first", lease_s=1.0, **FAR)
    for _ in range(4):
        time.sleep(0.3)
        store.renew(lease)
    with pytest.raises(StoreError):
        opened().claim(run_id, owner="second")


def test_a_stale_driver_can_write_nothing_after_a_takeover(store, new_run, make_chunk):
    run_id = new_run(store)
    stale = store.claim(run_id, owner="first", lease_s=0.0, **FAR)
    chunk = store.begin_chunk(stale, 0)
    store.claim(run_id, owner="second")
    for write in (
        lambda: make_chunk(store, stale, 0, chunk=chunk),
        lambda: store.begin_chunk(stale, 1),
        lambda: store.release(stale, RunState.DONE),
        lambda: store.control(stale),
    ):
        with pytest.raises(LeaseLost):
            write()
    assert store.run(run_id).totals == Tally()
    assert store.rows(run_id).rows == ()
    assert store.parts(run_id) == []
    assert store.heads("default", "goods.xlsx", "listing", [("SKU00000", "zh-CN")]) == {}


def test_an_overtaken_attempt_can_write_nothing(store, new_run, make_chunk):
    lease = store.claim(new_run(store), owner="me")
    slow = store.begin_chunk(lease, 0)
    fast = store.begin_chunk(lease, 0)
    assert (slow.attempt, fast.attempt) == (1, 2)
    with pytest.raises(LeaseLost, match="attempt 1 is too late"):
        make_chunk(store, lease, 0, chunk=slow)
    make_chunk(store, lease, 0, chunk=fast)
    with pytest.raises(LeaseLost):
        make_chunk(store, lease, 0, chunk=slow)
    assert store.run(lease.run_id).totals.rows == 10


def test_a_done_chunk_is_not_begun_again(store, new_run, make_chunk):
    lease = store.claim(new_run(store), owner="me")
    make_chunk(store, lease, 0)
    with pytest.raises(StoreError, match="no open chunk 0"):
        store.begin_chunk(lease, 0)
    assert [chunk.number for chunk in store.open_chunks(lease.run_id)] == [1, 2]


def test_a_commit_that_is_repeated_changes_nothing(store, new_run, make_chunk):
    lease = store.claim(new_run(store), owner="me")
    chunk = store.begin_chunk(lease, 0)
    make_chunk(store, lease, 0, chunk=chunk)
    make_chunk(store, lease, 0, chunk=chunk)
    run = store.run(lease.run_id)
    assert (run.totals.rows, run.totals.cost_nanos, run.chunks_done) == (10, 50, 1)
    assert {row.version for row in store.rows(lease.run_id).rows} == {1}


def test_counters_are_kept_with_each_commit(store, new_run, make_chunk):
    lease = store.claim(new_run(store), owner="me")
    make_chunk(store, lease, 0, statuses={1: RowStatus.FAILED, 2: RowStatus.REVIEW}, currency="CNY")
    make_chunk(store, lease, 1, statuses={11: RowStatus.FAILED}, currency="CNY")
    run = store.run(lease.run_id)
    assert (run.totals.rows, run.totals.done, run.totals.failed, run.totals.review) == (20, 17, 2, 1)
    assert run.totals.failures == {"timed_out": 2}
    assert run.totals.findings == {"length": 1}
    assert run.spent == {"CNY": 100}
    assert store.counts(lease.run_id) == run.totals


def test_a_chunk_stopped_half_way_is_replaced_by_its_next_commit(store, new_run, make_chunk):
    lease = store.claim(new_run(store), owner="me")
    half = make_chunk(store, lease, 0, statuses=dict.fromkeys(range(4, 10), RowStatus.SKIPPED), final=False, text="a")
    assert (store.run(lease.run_id).totals.rows, store.run(lease.run_id).totals.skipped) == (4, 6)
    assert [chunk.number for chunk in store.open_chunks(lease.run_id)] == [0, 1, 2]
    make_chunk(store, lease, 0, text="b")
    run = store.run(lease.run_id)
    assert (run.totals.rows, run.totals.skipped, run.totals.cost_nanos, run.chunks_done) == (10, 0, 50, 1)
    assert [part.path for part in store.parts(run.run_id)] == ["parts/000000-2.parquet"]
    assert not (store.run_folder(run.run_id) / half.path).exists()
    assert {row.version for row in store.rows(run.run_id).rows} == {2}


def test_a_commit_deletes_the_journals_of_its_chunk_only(store, new_run, make_chunk):
    lease = store.claim(new_run(store), owner="me")
    folder = store.run_folder(lease.run_id)
    for number in (0, 1):
        journal = Journal.open(folder, number, 1)
        journal.sent(0, b"c" * 16)
        journal.close()
    make_chunk(store, lease, 0)
    assert [path.name for path in (folder / "journal").iterdir()] == ["000001-1.log"]


def test_money_in_journals_of_open_chunks_is_spent_money(store, new_run, make_chunk):
    lease = store.claim(new_run(store), owner="me")
    make_chunk(store, lease, 0)
    chunk = store.begin_chunk(lease, 1)
    journal = Journal.open(store.run_folder(lease.run_id), chunk.number, chunk.attempt)
    journal.received(10, b"c" * 16, Answer(text="x", model="m", cost_nanos=7))
    journal.close()
    assert store.money_spent(lease.run_id) == 50 + 7
    make_chunk(store, lease, 1, chunk=chunk, final=False, cost=1)  # 10 nanos, the 7 of the journal among them
    assert store.money_spent(lease.run_id) == 60


def test_a_stop_reaches_the_driver_at_its_next_look(store, opened, new_run):
    run_id = new_run(store)
    lease = store.claim(run_id, owner="me")
    assert store.renew(lease).stop is None
    assert opened().request_stop(run_id, "pause") is RunState.RUNNING
    assert store.control(lease).stop == "pause"
    opened().request_stop(run_id, "cancel")
    opened().request_stop(run_id, "pause")  # too late: cancelled stays cancelled
    assert store.renew(lease).stop == "cancel"


def test_a_run_that_nobody_drives_stops_at_once(store, new_run):
    run_id = new_run(store)
    assert store.request_stop(run_id, "pause") is RunState.PAUSED
    assert store.request_stop(run_id, "cancel") is RunState.CANCELLED
    assert store.run(run_id).finished is not None
    with pytest.raises(UsageError, match="cancelled already"):
        store.request_stop(run_id, "pause")


def test_a_released_run_can_be_claimed_again_until_it_is_done(store, new_run):
    run_id = new_run(store)
    lease = store.claim(run_id, owner="me")
    store.begin_chunk(lease, 0)
    store.release(lease, RunState.PAUSED, "interrupted")
    assert (store.run(run_id).state, store.run(run_id).error) == (RunState.PAUSED, "interrupted")
    again = store.claim(run_id, owner="me")
    assert store.run(run_id).error is None
    store.release(again, RunState.DONE)
    with pytest.raises(UsageError, match="nothing to resume"):
        store.claim(run_id, owner="me")


def test_a_worker_takes_the_oldest_run_that_it_may_take(store, new_run):
    new_run(store, run_id="of-the-cli")
    new_run(store, run_id="paused", adoptable=True)
    store.request_stop("paused", "pause")
    new_run(store, run_id="first", adoptable=True)
    new_run(store, run_id="second", adoptable=True)
    assert store.claim_next(owner="a").run_id == "first"
    assert store.claim_next(owner="b", project="other") is None
    assert store.claim_next(owner="b").run_id == "second"
    assert store.claim_next(owner="c") is None


def test_a_worker_takes_over_a_run_whose_driver_is_gone(store, new_run):
    new_run(store, run_id="lost", adoptable=True)
    store.claim_next(owner="a", lease_s=0.6, **FAR)
    assert store.claim_next(owner="b") is None
    time.sleep(0.65)
    assert store.claim_next(owner="b").run_id == "lost"


def test_a_new_budget_reaches_the_driver(store, new_run):
    run_id = new_run(store)
    lease = store.claim(run_id, owner="me")
    assert store.renew(lease).budget is None
    store.set_budget(run_id, Budget(nanos=9, currency="USD"))
    assert store.renew(lease).budget == Budget(nanos=9, currency="USD")
    assert store.run(run_id).spec.budget is None


def test_the_events_of_a_run_tell_its_story(store, new_run):
    run_id = new_run(store)
    lease = store.claim(run_id, owner="me")
    store.request_stop(run_id, "pause")
    store.release(lease, RunState.PAUSED)
    store.claim(run_id, owner="you")
    story = [(event.kind, event.by) for event in store.events(run_id)]
    assert story == [
        ("created", "goods.xlsx"),
        ("claimed", "me"),
        ("pause asked", ""),
        ("paused", "me"),
        ("claimed", "you"),
    ]


def test_a_run_of_fifty_million_rows_is_recorded_and_listed(store, spec):
    store.create_run(
        spec, [Chunk(number=number, first=number * 1_000, rows=1_000) for number in range(50_000)], adoptable=False
    )
    lease = store.claim(spec.run_id, owner="me")
    assert store.begin_chunk(lease, 49_999).first == 49_999_000
    assert len(store.open_chunks(spec.run_id)) == 50_000


def test_a_commit_of_a_chunk_that_nobody_began_is_refused(store, new_run):
    lease = store.claim(new_run(store), owner="me")
    chunk = Chunk(number=0, first=0, rows=10, attempt=1)
    with pytest.raises(LeaseLost):
        store.commit_chunk(lease, chunk, Part(path="x", first=0, rows=10), Tally(), {}, {})
