"""One suite on SQLite and on a real Postgres: run, kill, resume, retry, only-changed, export, two workers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from door import Shop, Terminal, eventually, mark, on_their_own_rows, products
from goodsmith.models.rehearsal import RehearsalServer
from goodsmith.worker import work

pytestmark = pytest.mark.servers

ROWS = 120


@pytest.fixture
def here(shop: Shop, database_url: str | None) -> Shop:
    return Shop(shop.folder, replace(shop.settings, database_url=database_url))


@pytest.fixture
def terminal(goodsmith: Terminal, database_url: str | None) -> Terminal:
    if database_url:
        goodsmith.environment["GOODSMITH_DATABASE_URL"] = database_url
    goodsmith.environment["GOODSMITH_CHUNK_ROWS"] = "40"
    goodsmith.table(products(ROWS))
    return goodsmith


def test_run_retry_only_changed_and_export(here: Shop, vendor: RehearsalServer) -> None:
    asked = {"model": "rehearsal/smooth", "base_url": vendor.base_url}
    rows = products(60)
    vendor.ctl(refused_input_share=0.3)
    run = here.run(rows, **asked)
    assert (run.exit_code, run.row.totals.failed > 0) == (1, True)
    vendor.ctl(refused_input_share=0.0)
    run.retry()
    assert (run.exit_code, run.row.totals.done) == (0, 60)
    assert on_their_own_rows(here.lines(run))
    rows[3]["name"] = "Cotton tablecloth"
    changed = here.run(rows, only_changed=True, **asked)
    assert [row["mark"] for row in here.lines(changed)] == [mark(3)]
    assert [row.run_id for row in _runs(here)] == [changed.id, run.id]


@pytest.mark.slow
def test_a_killed_run_is_resumed_whole(terminal: Terminal, vendor: RehearsalServer) -> None:
    vendor.ctl(latency_ms=100)
    started = terminal.ask(vendor, "--concurrency", "8", "--workers", "2")
    eventually(lambda: vendor.stats()["answered"] >= 50, of=started)
    started.kill()
    vendor.ctl(latency_ms=0)
    terminal("resume")
    rows = terminal.exported()
    assert [row["mark"] for row in rows] == [mark(number) for number in range(ROWS)]
    assert on_their_own_rows(rows)
    assert vendor.stats()["answered"] <= ROWS + 8
    assert terminal.json("status")["exit_code"] == 0


@pytest.mark.slow
def test_two_workers_share_the_queue_and_each_run_is_driven_once(terminal: Terminal, vendor: RehearsalServer) -> None:
    for first in (0, 30, 60):
        terminal.table(products(ROWS)[first : first + 30])
        assert terminal.ask(vendor, "--queue").communicate_all().returncode == 0
    both = [terminal.start("worker", "--once") for _ in range(2)]
    said = "".join(worker.communicate_all().stderr for worker in both)
    assert said.count(": complete") == 3, said
    assert {run["state"] for run in terminal.json("runs")} == {"done"}
    assert (vendor.stats()["answered"], vendor.stats()["answers_repeated"]) == (90, 0)


def test_a_worker_in_this_process_drives_what_waits(here: Shop, vendor: RehearsalServer) -> None:
    from goodsmith import start

    planned = here.plan(products(20), model="rehearsal/instant", base_url=vendor.base_url)
    run = start(planned, settings=here.settings, home=here.settings.home, queue=True)
    assert work(settings=here.settings, home=here.settings.home, once=True) == 1
    assert run.exit_code == 0
    assert on_their_own_rows(here.lines(run))


def _runs(here: Shop) -> list:
    from goodsmith.runner import list_runs

    return list_runs(settings=here.settings, home=here.settings.home)
