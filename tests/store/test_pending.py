"""What one machine has received, another can take over, although they have no folder in common."""

import time

import pytest

from goodsmith.errors import LeaseLost, StoreError, UsageError
from goodsmith.records import Answer, RowStatus, RunState
from goodsmith.store import open_store
from goodsmith.store.compaction import compact
from goodsmith.store.journal import Journal
from goodsmith.store.parts import results
from goodsmith.store.pending import Mirror
from servers import execute

pytestmark = pytest.mark.servers


@pytest.fixture
def machine(tmp_path, postgres_url):
    """The store of a machine by its name; each has a home folder of its own."""
    stores = {}

    def open_there(name):
        if name not in stores:
            stores[name] = open_store(tmp_path / name, postgres_url, files_url=f"file://{tmp_path}/shared")
        return stores[name]

    yield open_there
    for store in stores.values():
        store.close()


@pytest.fixture
def mirrors(machine, new_run):
    """Opens mirrors of a run of three chunks; its number."""
    opened = []

    def open_mirror(**options):
        opened.append(Mirror(machine("a").sharing(machine("a").run(run)), **options))
        return opened[-1]

    run = new_run(machine("a"))
    yield open_mirror
    for mirror in opened:
        mirror.close()


def call(number):
    return number.to_bytes(16, "big")


def answer(number, cost_nanos=7):
    return Answer(text=f"a mug {number}", model="m", cost_nanos=cost_nanos)


def shipped(postgres_url):
    return sum(length for (length,) in execute(postgres_url, "SELECT length(frames) FROM pending_answers"))


def test_another_machine_recalls_what_was_received_and_counts_what_was_in_flight(machine, mirrors):
    a, b = machine("a").run_folder("r"), machine("b").run_folder("r")
    first = Journal.open(a, 2, 1, mirror=mirrors())
    for number in range(100):
        first.sent(number, call(number))
        first.received(number, call(number), answer(number))
    first.sent(100, call(100))
    first.close()
    second = Journal.open(b, 2, 2, mirror=mirrors())
    assert [second.recall(number, call(number)) for number in range(100)] == [answer(number) for number in range(100)]
    assert (second.recall(100, call(100)), second.maybe_paid_twice, second.recovered_nanos) == (None, 1, 700)
    assert not (b / "journal").exists()


def test_an_answer_is_with_the_others_soon_after_it_was_received(machine, mirrors, postgres_url):
    journal = Journal.open(machine("a").run_folder("r"), 0, 1, mirror=mirrors())
    journal.received(0, call(0), answer(0))
    end = time.monotonic() + 5
    while not shipped(postgres_url):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_what_one_machine_kept_to_itself_is_shipped_by_its_next_attempt(machine, mirrors):
    a, b = machine("a").run_folder("r"), machine("b").run_folder("r")
    alone = Journal.open(a, 1, 1)
    alone.received(0, call(0), answer(0))
    alone.close()
    Journal.open(a, 1, 2, mirror=mirrors()).close()
    assert Journal.open(b, 1, 3, mirror=mirrors()).recall(0, call(0)) == answer(0)


def test_shipments_that_are_repeated_or_overlap_change_nothing(machine, mirrors, postgres_url):
    mirror = mirrors()
    for start, frames in ((4, b"abc"), (7, b"def"), (4, b"abcdef"), (8, b"efgh"), (4, b"ab"), (20, b"behind a gap")):
        mirror.add(0, 1, start, frames)
        mirror.flush()
    assert mirror.load(0) == {1: (4, b"abcdefgh")}


def test_while_the_database_does_not_take_answers_the_journal_goes_on_until_patience_ends(
    machine, mirrors, postgres_url
):
    journal = Journal.open(machine("a").run_folder("r"), 0, 1, mirror=mirrors(patience_s=0.5))
    execute(postgres_url, "ALTER TABLE pending_answers RENAME TO away")
    try:
        journal.received(0, call(0), answer(0))
        journal.sent(1, call(1))
        time.sleep(1.2)
        with pytest.raises(StoreError, match="resume on this machine"):
            journal.sent(2, call(2))
        journal.received(1, call(1), answer(1))
    finally:
        execute(postgres_url, "ALTER TABLE away RENAME TO pending_answers")
    journal.close()
    journal = Journal.open(machine("b").run_folder("r"), 0, 2, mirror=mirrors())
    assert [journal.recall(number, call(number)) for number in range(2)] == [answer(0), answer(1)]


def test_money_counts_the_open_answers_of_all_machines_and_a_commit_forgets_them(
    machine, mirrors, make_chunk, postgres_url
):
    a, b = machine("a"), machine("b")
    run = a.latest_run().run_id
    lease = a.claim(run, owner="a")
    mirror = mirrors()
    for number in (0, 1):
        journal = Journal.open(a.run_folder(run), number, a.begin_chunk(lease, number).attempt, mirror=mirror)
        journal.received(number, call(number), answer(number))
        journal.close()
    assert (a.money_spent(run), b.money_spent(run)) == (14, 14)
    make_chunk(a, lease, 0, cost=1)
    assert (a.money_spent(run), b.money_spent(run)) == (17, 17)
    mirror.add(0, 1, 4, b"late for a chunk that is done")
    mirror.flush()
    assert execute(postgres_url, "SELECT DISTINCT chunk FROM pending_answers") == [(1,)]
    a.release(lease, RunState.PAUSED)
    b.request_stop(run, "cancel")
    assert shipped(postgres_url) == 0


def test_a_driver_that_wakes_up_late_can_write_nothing_that_counts(machine, new_run, make_chunk):
    a, b = machine("a"), machine("b")
    run = new_run(a, chunks=2, rows=5)
    old = a.claim(run, owner="a", lease_s=0.1, host="a", pid=1)
    late = a.begin_chunk(old, 0)
    time.sleep(0.2)
    new = b.claim(run, owner="b", host="b", pid=1)
    for number in range(2):
        make_chunk(b, new, number, text="of b")
    with pytest.raises(LeaseLost):
        make_chunk(a, old, 0, chunk=late, text="too late")
    assert "parts/000000-1.parquet" in b.shared(run).names("parts")
    with pytest.raises(LeaseLost):
        compact(a, run, lease=old)
    assert len(b.shared(run).names("final")) == 1
    titles = {
        batch.column("title")[0].as_py()
        for store in (a, b)
        for batch in results(store.run_folder(run), store.parts(run), shared=store.shared(run))
    }
    assert titles == {"of b 0", "of b 5"}
    assert compact(b, run, lease=new) == 1
    assert b.shared(run).names("parts") == []
    assert len(b.shared(run).names("final")) == 1
    (batch,) = results(a.run_folder(run), a.parts(run), shared=a.shared(run))
    assert batch.num_rows == 10


def test_rows_are_tried_again_on_a_machine_that_made_none_of_them(machine, new_run, make_chunk):
    a, b = machine("a"), machine("b")
    run = new_run(a, chunks=1, rows=5)
    lease = a.claim(run, owner="a")
    make_chunk(a, lease, 0, statuses={3: RowStatus.FAILED})
    a.release(lease, RunState.DONE)
    (again,) = b.reopen_rows(run, {RowStatus.FAILED})
    lease = b.claim(run, owner="b")
    make_chunk(b, lease, again.number, text="better")
    assert compact(b, run, lease=lease) == 1
    (batch,) = results(a.run_folder(run), a.parts(run), shared=a.shared(run))
    assert batch.column("title").to_pylist()[2:] == ["draft 2", "better 3", "draft 4"]


def test_several_machines_need_a_database_in_common(tmp_path):
    with pytest.raises(UsageError, match="database_url"):
        open_store(tmp_path, files_url=f"file://{tmp_path}/shared")


def test_without_a_common_place_for_files_no_table_of_several_machines_is_touched(
    tmp_path, empty_postgres_url, new_run, make_chunk
):
    store = open_store(tmp_path, empty_postgres_url)
    execute(empty_postgres_url, "DROP TABLE pending_answers")
    run = new_run(store)
    lease = store.claim(run, owner="me")
    for number in range(3):
        make_chunk(store, lease, number)
    assert store.money_spent(run) == 150
    assert (store.sharing(store.run(run)), store.shared(run)) == (None, None)
    compact(store, run, lease=lease)
    store.release(lease, RunState.DONE)
    store.close()
