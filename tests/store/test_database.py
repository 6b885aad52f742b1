"""Opening, migrating, and asking only what an index answers."""

import re
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest
import sqlalchemy as sa

from goodsmith.errors import Corrupt, StoreError, UsageError
from goodsmith.records import Decision, DecisionKind, RowStatus, RunState
from goodsmith.store import open_store
from goodsmith.store.compaction import compact
from goodsmith.store.tables import REVISIONS, metadata, postgres_metadata


def test_the_migrations_make_the_tables_that_the_code_uses(store, database_url):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def is_compared(_object, name, *_):
        return bool(database_url) or name != "rows_by_status"  # alembic cannot read its DESC on SQLite; see the plans

    tables = [metadata, postgres_metadata] if database_url else metadata
    with store._db.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": is_compared})
        assert compare_metadata(context, tables) == []
        assert context.get_current_revision() == REVISIONS[-1]
        types = {column["name"]: column["type"] for column in sa.inspect(connection).get_columns("heads")}
    assert types["key"].collation == ("C" if database_url else None)


def test_every_table_names_its_project():
    assert all("project" in table.c for table in [*metadata.tables.values(), *postgres_metadata.tables.values()])


def test_an_open_database_is_opened_again_without_alembic(tmp_path):
    open_store(tmp_path).close()
    code = (
        "import sys; from pathlib import Path; from goodsmith.store import open_store; "
        "open_store(Path(sys.argv[1])).close(); assert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path], check=True)
    began = time.process_time()
    open_store(tmp_path).close()
    assert time.process_time() - began < 0.1


def test_journals_and_parts_are_written_without_a_database_library():
    code = (
        "import sys, goodsmith.store, goodsmith.store.journal, goodsmith.store.parts, goodsmith.store.answers; "
        "assert not {'sqlalchemy', 'pyarrow', 'alembic', 'psycopg'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.servers)])
def test_many_may_open_a_new_database_at_once(kind, tmp_path, request):
    url = request.getfixturevalue("empty_postgres_url") if kind == "postgres" else None
    problems = []

    def open_and_look():
        try:
            store = open_store(tmp_path, url)
            store.latest_run()
            store.close()
        except StoreError as problem:
            problems.append(problem)

    threads = [threading.Thread(target=open_and_look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_a_database_of_a_newer_goodsmith_is_left_alone(opened):
    store = opened()
    with store._db.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer Goodsmith"):
        opened()


def test_a_url_of_another_kind_says_what_is_expected(tmp_path):
    for url, words in (("mysql://x/y", "mysql"), ("nonsense", "expected postgresql://"), ("sqlite://", "sqlite")):
        with pytest.raises(UsageError, match=words):
            open_store(tmp_path, url)


def test_a_password_is_not_shown(tmp_path):
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError, match="cannot reach") as refused:
        open_store(tmp_path, "postgresql://user:s3cret@127.0.0.1:1/db")
    assert "s3cret" not in str(refused.value)


@pytest.mark.servers
def test_a_transaction_that_stands_still_gives_back_its_locks_and_the_next_one_works(tmp_path, postgres_url):
    store = open_store(tmp_path, postgres_url)
    with store._db.read() as connection:
        assert connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar() == "10s"

    def stand_still():
        with store._db.write() as connection:
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 20")
            time.sleep(0.2)
            connection.exec_driver_sql("SELECT 1")

    with pytest.raises(StoreError, match="stood still for more than 10 s"):
        stand_still()
    assert store.latest_run() is None
    store.close()


def test_a_file_that_is_no_database_is_reported_as_damaged(tmp_path):
    (tmp_path / "control.db").write_bytes(b"these are not the bytes of a database" * 100)
    with pytest.raises(Corrupt, match="damaged"):
        open_store(tmp_path)


def test_no_statement_reads_a_whole_table(tmp_path, new_run, make_chunk):
    store = open_store(tmp_path)
    asked = {}

    @sa.event.listens_for(store._db._engine, "before_cursor_execute")
    def remember(_connection, _cursor, statement, parameters, _context, many):
        asked[statement] = parameters[0] if many else parameters

    lease = store.claim(new_run(store), owner="me")
    for number in range(3):
        make_chunk(store, lease, number, statuses={number * 10: RowStatus.FAILED})
    store.renew(lease)
    store.control(lease)
    store.release(lease, RunState.DONE)
    (chunk,) = store.reopen_rows(lease.run_id, [RowStatus.FAILED])
    lease = store.claim(lease.run_id, owner="me")
    make_chunk(store, lease, chunk.number)
    store.money_spent(lease.run_id)
    store.request_stop(lease.run_id, "pause")
    store.claim_next(owner="you")
    store.runs(before=9)
    store.events(lease.run_id[:5])
    for status in (None, RowStatus.DONE):
        store.rows(lease.run_id, status=status, after=store.rows(lease.run_id, status=status, limit=1).next)
    keys = [("SKU00003", "zh-CN")]
    store.heads("default", "goods.xlsx", "listing", keys)
    store.decide(lease.run_id, [Decision(ordinal=3, locale="zh-CN", kind=DecisionKind.EDIT, by="me", version=1)])
    store.decide(lease.run_id, [Decision(ordinal=3, locale="zh-CN", kind=DecisionKind.EDIT, by="me", version=1)])
    store.decisions(lease.run_id, first=2, last=5)
    store.history(lease.run_id, 3, "zh-CN")
    store.rows_at(lease.run_id, [(3, "zh-CN"), (4, "zh-CN")])
    store.draw_lot(lease.run_id, "lot-1", rows_wanted=3, seed=1, plan={}, by="me", category="", locale="zh-CN")
    store.lot("lot-1")
    store.lots(lease.run_id)
    store.readers("lot-1")
    store.rows(lease.run_id, lot="lot-1", undecided=True)
    store.sign_lot("lot-1", {})
    store.edits_elsewhere(replace(store.run(lease.run_id).spec, run_id="another"), keys)
    compact(store, lease.run_id)
    with store._db.read() as connection:
        for statement, parameters in list(asked.items()):
            if not re.match("SELECT|UPDATE|DELETE|INSERT", statement) or "sqlite_master" in statement:
                continue
            listed = re.search(
                r"LIMIT|ORDER BY parts|max\(chunks|rows\.lot IS NULL", statement
            )  # drawing sees all rows
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters):
                assert re.match(r"SEARCH|USE TEMP|SCAN (wanted|.*CONSTANT|runs USING INDEX)", row.detail), statement
                whole_run = re.match(r"SEARCH (rows|chunks|parts) .*\(run=\?\)$", row.detail)
                assert listed or not whole_run, (statement, row.detail)
                assert "TEMP B-TREE FOR ORDER" not in row.detail, (statement, row.detail)
    store.close()
