"""The narrow rows that lists are made of."""

import itertools

import pytest
import sqlalchemy as sa

from goodsmith.errors import UsageError
from goodsmith.records import RowStatus
from goodsmith.store.parts import read_rows
from goodsmith.store.tables import rows as index

STATUSES = {1: RowStatus.REVIEW, 5: RowStatus.FAILED, 12: RowStatus.REVIEW, 25: RowStatus.REVIEW}


@pytest.fixture
def run_id(store, new_run, make_chunk):
    lease = store.claim(new_run(store), owner="me")
    for number in (2, 0, 1):
        make_chunk(store, lease, number, statuses=STATUSES)
    return lease.run_id


def pages(store, run_id, **options):
    after = None
    while True:
        page = store.rows(run_id, after=after, **options)
        yield page.rows
        if (after := page.next) is None:
            return


@pytest.mark.parametrize("limit", [1, 7, 30, 31])
def test_pages_show_every_row_once_in_the_order_of_the_table(store, run_id, limit):
    found = list(itertools.chain(*pages(store, run_id, limit=limit)))
    assert [row.ordinal for row in found] == list(range(30))
    assert found[25].key == "SKU00025"


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_pages_of_a_status_begin_with_the_riskiest(store, run_id, limit):
    with store._db.write() as connection:
        connection.execute(sa.update(index).where(index.c.ordinal == 12).values(risk=3.0))
    found = list(itertools.chain(*pages(store, run_id, limit=limit, status=RowStatus.REVIEW)))
    assert [row.ordinal for row in found] == [12, 1, 25]
    done = list(itertools.chain(*pages(store, run_id, limit=limit, status=RowStatus.DONE)))
    assert len(done) == 26


def test_a_row_knows_the_part_with_its_texts(store, run_id):
    row = store.rows(run_id, limit=30).rows[12]
    table = read_rows(store.run_folder(run_id), row.part, [12])
    assert table.column("title").to_pylist() == ["draft 12"]


def test_a_page_that_does_not_exist_is_refused(store, run_id):
    with pytest.raises(UsageError, match="not the `next` of a page"):
        store.rows(run_id, after="5")


def test_a_row_made_anew_keeps_its_decision_and_raises_its_version(store, new_run, make_chunk):
    lease = store.claim(new_run(store), owner="me")
    make_chunk(store, lease, 0, statuses={3: RowStatus.SKIPPED}, final=False)
    with store._db.write() as connection:
        connection.execute(sa.update(index).where(index.c.ordinal == 3).values(decision="approve"))
    make_chunk(store, lease, 0)
    row = store.rows(lease.run_id).rows[3]
    assert (row.decision, row.status, row.version) == ("approve", RowStatus.DONE, 2)


def test_texts_that_a_database_cannot_hold_stop_no_commit(store, new_run, make_chunk):
    lease = store.claim(new_run(store, chunks=1, rows=2), owner="me")
    make_chunk(store, lease, 0, keys=["a\0b", "𠮷野家 'x' \"y\" %s ?"])
    assert [row.key for row in store.rows(lease.run_id).rows] == ["a\ufffdb", "𠮷野家 'x' \"y\" %s ?"]
    assert set(store.heads("default", "goods.xlsx", "listing", [("a\0b", "zh-CN")])) == {("a\0b", "zh-CN")}
