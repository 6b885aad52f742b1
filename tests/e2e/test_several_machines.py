"""Machines with a database and a place for files in common, and no folder: a run goes from one to the other."""

import contextlib
import os
import signal

import pytest
import sqlalchemy as sa

from door import Terminal, eventually, mark, on_their_own_rows, products
from goodsmith.store.files import open_files
from servers import execute, postgres, postgres_url, s3_options

__all__ = ["postgres", "postgres_url", "s3_options"]

pytestmark = [pytest.mark.servers, pytest.mark.slow]

ROWS = 160
IN_FLIGHT = 8


@pytest.fixture
def machine(tmp_path, postgres_url):
    """A machine by its name: a folder and a home of its own. more: environment."""
    machines = {}

    def terminal(name, **more):
        if name not in machines:
            folder = tmp_path / name
            folder.mkdir()
            shared = {
                "GOODSMITH_DATABASE_URL": postgres_url,
                "GOODSMITH_FILES_URL": f"file://{tmp_path}/shared",
                "GOODSMITH_CACHE": "no",  # it would know the answers too, but promises none
                "GOODSMITH_CHUNK_ROWS": "100",
                "GOODSMITH_CONCURRENCY": str(IN_FLIGHT),
                "GOODSMITH_LEASE_S": "3",
            }
            machines[name] = Terminal(folder, shared | more)
        return machines[name]

    yield terminal
    for one in machines.values():
        for started in one.started:
            if started.process.poll() is None:
                started.kill()


def queue(terminal, vendor, *more):
    terminal.table(products(ROWS))
    terminal.ask(vendor, "--queue", *more).communicate_all()
    return terminal.json("status")["run"]


def is_whole(terminal):
    """Whether every row was made once and carries its own answer."""
    rows = terminal.exported()
    return [row["mark"] for row in rows] == [mark(number) for number in range(ROWS)] and on_their_own_rows(rows)


def test_a_run_is_queued_here_made_there_and_exported_anywhere(machine, vendor, s3_options):
    bucket = {
        "GOODSMITH_FILES_URL": "s3://goods/shop",
        "AWS_ENDPOINT": s3_options["endpoint"],
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    run = queue(machine("a", **bucket), vendor)
    machine("b", **bucket)("worker", "--once")
    assert vendor.stats()["answered"] == ROWS
    assert is_whole(machine("a"))
    assert is_whole(machine("c", **bucket))
    names = open_files("s3://goods/shop", **s3_options).names(f"runs/{run}")
    assert [name.split("/")[2] for name in names] == ["final", "snapshot.parquet"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_machine_that_dies_costs_the_calls_in_flight_and_the_last_moment(machine, vendor, postgres_url, workers):
    vendor.ctl(latency_ms=150)
    a, b = machine("a", GOODSMITH_WORKERS=workers), machine("b", GOODSMITH_WORKERS=workers)
    run = queue(a, vendor)
    driver = a.start("worker")
    eventually(lambda: vendor.stats()["answered"] >= 40)
    driver.kill()
    eventually(lambda: vendor.stats()["in_flight"] == 0)
    vendor.ctl(latency_ms=0)
    b("worker", "--once")
    asked_again = sum(asked - 1 for asked, _ in vendor.rows().values())
    assert 0 < asked_again <= 2 * IN_FLIGHT  # those in flight, and what came in the last 50 ms
    assert 0 < b.json("status", run)["maybe_paid_twice"] <= asked_again
    assert is_whole(b)
    assert execute(postgres_url, "SELECT count(*) FROM pending_answers") == [(0,)]


def test_a_machine_that_wakes_up_late_finds_its_run_made_and_changes_nothing(machine, vendor, postgres_url):
    """It is frozen in the middle of a commit, with the run's row locked."""
    vendor.ctl(latency_ms=150)
    a, b = machine("a"), machine("b")
    run = queue(a, vendor)
    with lock_table(postgres_url, "heads"):
        sleeper = a.start("--verbose", "worker", "--once")
        eventually(lambda: execute(postgres_url, COMMITS_THAT_WAIT) == [(1,)], of=sleeper)
        os.killpg(sleeper.process.pid, signal.SIGSTOP)
    successor = b.start("worker")  # waits for the lease to run out, and for the row
    eventually(lambda: b.json("status", run)["state"] == "done", within_s=120)
    successor.signal(signal.SIGTERM)
    successor.communicate_all()
    os.killpg(sleeper.process.pid, signal.SIGCONT)
    ended = sleeper.communicate_all()
    assert ended.returncode == 0
    assert any(words in ended.stderr for words in ("was stopped or released", "cannot reach", "stood still"))
    assert execute(postgres_url, "SELECT count(*) FROM events WHERE kind = 'claimed'") == [(2,)]
    assert sum(asked - 1 for asked, _ in vendor.rows().values()) <= 2 * IN_FLIGHT
    assert is_whole(a)
    assert is_whole(b)


COMMITS_THAT_WAIT = """
SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE NOT granted AND relation = 'heads'::regclass AND datname = 'goodsmith'
"""


@contextlib.contextmanager
def lock_table(url, table):
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"LOCK TABLE {table} IN SHARE MODE")
        yield
    engine.dispose()
