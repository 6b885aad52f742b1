"""Disks, databases, vendors and keys that fail: one clear line, nothing lost, and the run can go on."""

from __future__ import annotations

import contextlib
import os
import resource
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from door import Terminal, eventually, on_their_own_rows, products
from goodsmith.models.rehearsal import RehearsalServer
from real_postgres import Postgres

pytestmark = pytest.mark.servers


def said_clearly(done: subprocess.CompletedProcess[str], word: str, *, exit_code: int = 2) -> bool:
    """Whether a command ended with its exit code, one line for the error, and no traceback."""
    errors = [line for line in done.stderr.splitlines() if line.startswith(("Error:", "Reason:"))]
    assert done.returncode == exit_code, done.stderr
    assert "Traceback" not in done.stderr
    assert len(errors) == 1, done.stderr
    assert word in errors[0]
    return True


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 12 MB, where this machine lets us mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=12m", "none", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no small disk can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_one_line_and_the_run_goes_on_when_there_is_room(
    goodsmith: Terminal, vendor: RehearsalServer, small_disk: Path
) -> None:
    vendor.ctl(latency_ms=30)
    goodsmith.environment |= {"GOODSMITH_HOME": str(small_disk), "GOODSMITH_CHUNK_ROWS": "20"}
    goodsmith.table(products(200))
    started = goodsmith.ask(vendor, "--concurrency", "8")
    eventually(lambda: vendor.stats()["answered"] >= 20, of=started)
    filler = small_disk / "filler"
    fill(filler)
    done = started.communicate_all()
    assert said_clearly(done, "space")
    filler.unlink()
    goodsmith("resume")
    assert on_their_own_rows(goodsmith.exported())
    assert vendor.stats()["answered"] <= 200 + 8


def fill(path: Path) -> None:
    """Take all the room that is left."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)


def test_a_file_size_limit_is_like_a_full_disk(goodsmith: Terminal, vendor: RehearsalServer) -> None:
    goodsmith.table(products(200))
    goodsmith("inspect", "products.csv")  # the import is made
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, before[1]))
        done = goodsmith.ask(vendor, "--concurrency", "8").communicate_all()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "Traceback" not in done.stderr
    assert done.returncode == 2, done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="no small disk can be mounted here: root may write anywhere")
def test_a_home_that_may_not_be_written_is_one_line(goodsmith: Terminal) -> None:
    goodsmith.table(products(2))
    (goodsmith.folder / ".goodsmith").mkdir(mode=0o555)
    assert said_clearly(goodsmith("run", "products.csv", exit_code=None), ".goodsmith")


def test_a_home_that_is_a_file_or_cannot_be_made_is_one_line(goodsmith: Terminal) -> None:
    goodsmith.table(products(2))
    for home in (str(goodsmith.folder / "products.csv"), "/proc/nothing/here"):
        goodsmith.environment["GOODSMITH_HOME"] = home
        assert said_clearly(goodsmith("run", "products.csv", "--locale", "en-US", exit_code=None), home)


def test_a_locked_database_is_one_line_and_the_run_goes_on(goodsmith: Terminal, vendor: RehearsalServer) -> None:
    vendor.ctl(latency_ms=100)
    goodsmith.environment |= {"GOODSMITH_CHUNK_ROWS": "40", "GOODSMITH_LEASE_S": "6"}
    goodsmith.table(products(120))
    started = goodsmith.ask(vendor, "--concurrency", "4")
    eventually(lambda: vendor.stats()["answered"] >= 10, of=started)
    lock = sqlite3.connect(goodsmith.folder / ".goodsmith" / "control.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    done = started.communicate_all()
    lock.execute("ROLLBACK")
    lock.close()
    assert said_clearly(done, "control.db")
    vendor.ctl(latency_ms=0)
    goodsmith("resume")
    assert on_their_own_rows(goodsmith.exported())
    assert vendor.stats()["answered"] <= 120 + 4


@pytest.mark.slow
def test_a_postgres_that_stops_in_the_middle_is_one_line_and_the_run_goes_on(
    goodsmith: Terminal, vendor: RehearsalServer, own_postgres: Postgres
) -> None:
    vendor.ctl(latency_ms=100)
    goodsmith.environment |= {
        "GOODSMITH_DATABASE_URL": own_postgres.new_database(),
        "GOODSMITH_CHUNK_ROWS": "40",
        "GOODSMITH_LEASE_S": "6",
    }
    goodsmith.table(products(120))
    started = goodsmith.ask(vendor, "--concurrency", "4")
    eventually(lambda: vendor.stats()["answered"] >= 10, of=started)
    own_postgres.stop()
    done = started.communicate_all()
    assert said_clearly(done, "database")
    own_postgres.start()
    vendor.ctl(latency_ms=0)
    goodsmith("resume")
    assert on_their_own_rows(goodsmith.exported())
    assert vendor.stats()["answered"] <= 120 + 4


@pytest.fixture
def own_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """One that may be stopped without harm to others."""
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="goodsmith-postgres-", dir="/tmp"))
    server = Postgres(folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_a_gateway_page_instead_of_an_answer_fails_the_row_with_a_reason(
    goodsmith: Terminal, vendor: RehearsalServer
) -> None:
    vendor.ctl(html_share=1.0)
    goodsmith.table(products(4))
    done = goodsmith.ask(vendor, "-o", "out.jsonl").communicate_all()
    assert "Traceback" not in done.stderr
    assert done.returncode in {1, 2}
    vendor.ctl(html_share=0.0)
    goodsmith("resume" if done.returncode == 2 else "retry", *([] if done.returncode == 2 else ["--failed"]))
    assert on_their_own_rows(goodsmith.exported())


def test_a_wrong_key_pauses_the_run_and_no_row_is_burned(goodsmith: Terminal, vendor: RehearsalServer) -> None:
    vendor.ctl(account="wrong_key")
    goodsmith.table(products(30))
    done = goodsmith.ask(vendor, "--workers", "2", "--concurrency", "4").communicate_all()
    assert said_clearly(done, "key")
    facts = goodsmith.json("status")
    assert (facts["state"], facts["failed"]) == ("paused", 0)
    assert f"goodsmith resume {facts['run']}" in done.stderr
    assert vendor.stats()["requests"] < 30, "the first answers are enough"
    vendor.ctl(account="")
    goodsmith("resume")
    assert on_their_own_rows(goodsmith.exported())


def test_a_run_whose_process_was_killed_says_so(goodsmith: Terminal, vendor: RehearsalServer) -> None:
    vendor.ctl(latency_ms=200)
    goodsmith.table(products(100))
    started = goodsmith.ask(vendor, "--concurrency", "4")
    eventually(lambda: vendor.stats()["answered"] >= 4, of=started)
    vendor.ctl(latency_ms=3_000)  # it will still be there when we look
    assert goodsmith.json("status")["driver"]["pid"] == started.process.pid
    started.kill()
    told = goodsmith("status").stdout
    assert "its process is gone" in told
    assert "goodsmith resume" in told
