"""Signals, pause and cancel, killed workers, two drivers, queued runs: nothing is lost, and it is said how to go on."""

from __future__ import annotations

import os
import signal
import time

import pytest

from door import Started, Terminal, eventually, mark, on_their_own_rows, products
from goodsmith.models.rehearsal import RehearsalServer

pytestmark = pytest.mark.servers

ROWS = 160


@pytest.fixture
def under_way(goodsmith: Terminal, vendor: RehearsalServer) -> Started:
    """A run with eight rows in flight that has some and lacks some."""
    vendor.ctl(latency_ms=150)
    goodsmith.environment["GOODSMITH_CHUNK_ROWS"] = "40"
    goodsmith.table(products(ROWS))
    started = goodsmith.ask(vendor, "--concurrency", "8")
    eventually(lambda: vendor.stats()["answered"] >= 12, of=started)
    return started


def is_whole(goodsmith: Terminal, vendor: RehearsalServer, *, again: int = 0) -> bool:
    """After the rest was made: every row once, on its own row, at most `again` asked again."""
    rows = goodsmith.exported()
    stats = vendor.stats()
    whole = [row["mark"] for row in rows] == [mark(number) for number in range(ROWS)] and on_their_own_rows(rows)
    return whole and stats["answered"] <= ROWS + again


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_drains_and_says_how_to_go_on(
    goodsmith: Terminal, vendor: RehearsalServer, under_way: Started, number: signal.Signals
) -> None:
    under_way.signal(number)
    done = under_way.communicate_all()
    assert done.returncode == 130, done.stderr
    run = goodsmith.json("status")
    assert f"goodsmith resume {run['run']}" in done.stderr
    stats = vendor.stats()
    assert (stats["in_flight"], run["made"], run["maybe_paid_twice"]) == (0, stats["answered"], 0)
    vendor.ctl(latency_ms=0)
    goodsmith("resume", run["run"])
    assert is_whole(goodsmith, vendor)


def test_a_second_ctrl_c_ends_at_once_and_what_was_received_is_kept(
    goodsmith: Terminal, vendor: RehearsalServer, under_way: Started
) -> None:
    vendor.ctl(latency_ms=20_000)
    time.sleep(0.5)  # the calls in flight are slow ones now
    under_way.signal(signal.SIGINT)
    time.sleep(0.5)
    began = time.monotonic()
    under_way.signal(signal.SIGINT)
    done = under_way.communicate_all()
    assert time.monotonic() - began < 8
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    assert "goodsmith resume" in done.stderr
    vendor.ctl(latency_ms=0)
    goodsmith("resume")
    assert is_whole(goodsmith, vendor, again=8)


@pytest.mark.parametrize(("word", "state"), [("pause", "paused"), ("cancel", "cancelled")])
def test_another_process_can_pause_or_cancel(
    goodsmith: Terminal, vendor: RehearsalServer, under_way: Started, word: str, state: str
) -> None:
    vendor.ctl(latency_ms=800)
    goodsmith(word)
    done = under_way.communicate_all()
    assert done.returncode == 130
    assert goodsmith.json("status")["state"] == state
    rows = goodsmith.exported()
    assert len(rows) == ROWS
    assert 0 < sum(row["status"] == "done" for row in rows) < ROWS
    if word == "cancel":
        assert "cancelled" in goodsmith("resume", exit_code=2).stderr
        return
    vendor.ctl(latency_ms=0)
    goodsmith("resume")
    assert is_whole(goodsmith, vendor)


def test_a_killed_worker_process_is_replaced(goodsmith: Terminal, vendor: RehearsalServer) -> None:
    vendor.ctl(latency_ms=150)
    goodsmith.environment["GOODSMITH_CHUNK_ROWS"] = "20"
    goodsmith.table(products(ROWS))
    started = goodsmith.ask(vendor, "--concurrency", "8", "--workers", "2")
    eventually(lambda: vendor.stats()["answered"] >= 12, of=started)
    first = started.workers()
    os.kill(first[0], signal.SIGKILL)
    eventually(lambda: len(set(started.workers()) - set(first)) == 1)
    vendor.ctl(latency_ms=20)
    done = started.communicate_all()
    assert done.returncode == 0, done.stderr
    assert is_whole(goodsmith, vendor, again=8)
    assert vendor.stats()["answers_repeated"] <= goodsmith.json("status")["maybe_paid_twice"] <= 8


def test_workers_end_with_a_driver_that_was_killed(goodsmith: Terminal, vendor: RehearsalServer) -> None:
    import psutil

    vendor.ctl(latency_ms=150)
    goodsmith.environment["GOODSMITH_CHUNK_ROWS"] = "20"
    goodsmith.table(products(ROWS))
    started = goodsmith.ask(vendor, "--concurrency", "8", "--workers", "2")
    eventually(lambda: vendor.stats()["answered"] >= 12, of=started)
    workers = started.workers()
    started.signal(signal.SIGKILL)
    eventually(lambda: not any(psutil.pid_exists(pid) for pid in workers), within_s=15)
    started.communicate_all()
    vendor.ctl(latency_ms=0)
    goodsmith("resume")
    assert is_whole(goodsmith, vendor, again=8)


def test_of_two_that_resume_one_run_one_is_refused_and_told_who_holds_it(
    goodsmith: Terminal, vendor: RehearsalServer, under_way: Started
) -> None:
    under_way.kill()
    both = [goodsmith.start("resume"), goodsmith.start("resume")]
    done = [started.communicate_all() for started in both]
    assert sorted(one.returncode for one in done) == [0, 2], [one.stderr for one in done]
    refused = next(index for index, one in enumerate(done) if one.returncode == 2)
    holder = both[1 - refused].process.pid
    assert str(holder) in done[refused].stderr
    assert "Traceback" not in done[refused].stderr
    assert is_whole(goodsmith, vendor, again=8)


def test_a_queued_run_is_taken_by_a_worker(goodsmith: Terminal, vendor: RehearsalServer) -> None:
    goodsmith.table(products(ROWS))
    queued = goodsmith.ask(vendor, "--queue").communicate_all()
    assert queued.returncode == 0, queued.stderr
    assert vendor.stats()["requests"] == 0
    assert goodsmith.json("status")["state"] == "ready"
    goodsmith("worker", "--once")
    assert goodsmith.json("status")["state"] == "done"
    assert is_whole(goodsmith, vendor)


def test_a_run_of_the_command_line_is_never_adopted_by_a_worker(
    goodsmith: Terminal, vendor: RehearsalServer, under_way: Started
) -> None:
    under_way.kill()
    before = vendor.stats()["requests"]
    assert "Nothing waits" in goodsmith("worker", "--once").stderr
    assert vendor.stats()["requests"] == before


def test_a_worker_that_is_stopped_leaves_its_run_to_another(goodsmith: Terminal, vendor: RehearsalServer) -> None:
    vendor.ctl(latency_ms=150)
    goodsmith.environment["GOODSMITH_CONCURRENCY"] = "8"
    goodsmith.table(products(ROWS))
    goodsmith.ask(vendor, "--queue").communicate_all()
    worker = goodsmith.start("worker")
    eventually(lambda: vendor.stats()["answered"] >= 12, of=worker)
    worker.signal(signal.SIGTERM)
    assert worker.communicate_all().returncode == 0
    vendor.ctl(latency_ms=0)
    goodsmith("worker", "--once")
    assert goodsmith.json("status")["state"] == "done"
    assert is_whole(goodsmith, vendor)


def test_a_worker_that_is_killed_leaves_its_run_to_another(goodsmith: Terminal, vendor: RehearsalServer) -> None:
    vendor.ctl(latency_ms=150)
    goodsmith.environment["GOODSMITH_CONCURRENCY"] = "8"
    goodsmith.table(products(ROWS))
    goodsmith.ask(vendor, "--queue").communicate_all()
    worker = goodsmith.start("worker")
    eventually(lambda: vendor.stats()["answered"] >= 12, of=worker)
    worker.kill()
    vendor.ctl(latency_ms=0)
    goodsmith("worker", "--once")
    assert is_whole(goodsmith, vendor, again=8)
