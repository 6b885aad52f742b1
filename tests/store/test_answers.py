"""What was bought once is not bought again, and the cache's own troubles stop nobody."""

import hashlib
import logging
import os
import sqlite3
import subprocess
import sys

import pytest

from goodsmith.records import Answer, Usage
from goodsmith.store.answers import SqliteAnswers, open_answers

ANSWER = Answer(text="一个杯子", model="m", usage=Usage(input_tokens=3, output_tokens=4), cost_nanos=9, currency="CNY")


def key(number):
    return hashlib.sha256(str(number).encode()).digest()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.servers)])
def opened(request, tmp_path):
    """Opens the test's cache, again and again if asked."""
    place = request.getfixturevalue("postgres_url") if request.param == "postgres" else tmp_path / "answers.db"
    caches = []

    def open_again(**options):
        caches.append(open_answers(place, **options))
        return caches[-1]

    yield open_again
    for cache in caches:
        cache.close()


def test_an_answer_is_there_at_once_and_for_later_runs(opened):
    first = opened()
    assert first.get(key(1)) is None
    first.put(key(1), ANSWER)
    for cache in (first, first.flush() or first, opened()):
        got = cache.get(key(1))
        assert (got.text, got.usage, got.cost_nanos, got.currency) == ("一个杯子", ANSWER.usage, 9, "CNY")
        assert got.from_cache


def test_closing_writes_what_was_put(opened):
    cache = opened()
    for number in range(500):
        cache.put(key(number), ANSWER)
    cache.close()
    again = opened()
    assert all(again.get(key(number)) for number in range(500))


def test_a_key_that_nobody_wrote_is_looked_up_no_more_once_all_keys_are_known(tmp_path):
    before = SqliteAnswers(tmp_path / "answers.db")
    for number in range(300):
        before.put(key(number), ANSWER)
    before.close()
    cache, asked = SqliteAnswers(tmp_path / "answers.db"), []
    cache._reader.set_trace_callback(asked.append)
    assert [cache.get(key(number)) for number in range(300, 330)] == [None] * 30
    assert len(asked) == 30  # enough to make reading all keys worth it, with the next batch
    cache.put(key("new"), ANSWER)
    cache.flush()
    asked.clear()
    assert [cache.get(key(number)) for number in range(400, 600)] == [None] * 200
    assert len(asked) < 10
    assert all(cache.get(known) for known in [*map(key, range(300)), key("new")])
    cache.close()


def test_what_another_process_wrote_is_known_with_the_next_batch(opened):
    mine, other = opened(), opened()
    mine.put(key(1), ANSWER)
    mine.flush()
    other.put(key(2), ANSWER)
    other.flush()
    mine.put(key(3), ANSWER)
    mine.flush()
    assert all(mine.get(key(number)) for number in (1, 2, 3))


def test_projects_do_not_see_each_others_answers(opened):
    mine, yours = opened(project="mine"), opened(project="yours")
    mine.put(key(1), ANSWER)
    mine.flush()
    assert yours.get(key(1)) is None
    yours.put(key(1), Answer(text="yours", model="m"))
    yours.flush()
    assert mine.get(key(1)).text == "一个杯子"


def test_the_oldest_answers_go_first_when_the_cache_is_full(opened):
    cache = opened(max_bytes=300_000)
    cache._behind._writer._LOOK_S = 0.0
    for batch in range(20):
        for number in range(50):
            cache.put(key((batch, number)), Answer(text=os.urandom(500).hex(), model="m"))
        cache.flush()
    kept = [batch for batch in range(20) if cache.get(key((batch, 49)))]
    assert kept[-1] == 19
    assert kept == list(range(kept[0], 20))
    assert 2 <= len(kept) <= 8


def test_two_processes_share_a_cache(tmp_path):
    code = (
        "import sys; from goodsmith.records import Answer; from goodsmith.store.answers import open_answers\n"
        "cache = open_answers(sys.argv[1])\n"
        "for number in range(300): cache.put(f'{sys.argv[2]}{number}'.encode(), Answer(text='x', model='m'))\n"
        "cache.close()"
    )
    path = tmp_path / "answers.db"
    children = [subprocess.Popen([sys.executable, "-c", code, path, name]) for name in "ab"]
    assert [child.wait() for child in children] == [0, 0]
    cache = SqliteAnswers(path)
    assert all(cache.get(f"{name}{number}".encode()) for name in "ab" for number in range(300))
    cache.close()


def test_a_file_that_is_damaged_is_set_aside_with_a_warning(tmp_path, caplog):
    path = tmp_path / "answers.db"
    path.write_bytes(b"these are not the bytes of a database" * 100)
    cache = SqliteAnswers(path)
    cache.put(key(1), ANSWER)
    cache.flush()
    assert cache.get(key(1))
    cache.close()
    assert "is damaged" in caplog.text
    assert [name.name.startswith("answers.db.damaged-") for name in tmp_path.glob("*damaged*")] == [True]


def test_damage_in_the_middle_of_a_run_stops_nobody(tmp_path, caplog):
    path = tmp_path / "answers.db"
    cache = SqliteAnswers(path)
    for number in range(2_000):
        cache.put(key(number), ANSWER)
    cache.close()
    content = bytearray(path.read_bytes())
    content[8_192:] = os.urandom(len(content) - 8_192)
    path.write_bytes(content)
    cache = SqliteAnswers(path)
    assert [cache.get(key(number)) for number in range(2_000)].count(None) > 0
    cache.put(b"new", ANSWER)
    cache.flush()
    cache.close()
    assert "is damaged" in caplog.text
    later = SqliteAnswers(path)
    later.put(key(1), ANSWER)
    later.flush()
    assert later.get(key(1))
    later.close()


def test_a_folder_that_may_not_be_written_only_costs_the_cache(as_a_guest):
    said = as_a_guest(
        "from goodsmith.records import Answer; from goodsmith.store.answers import SqliteAnswers",
        "cache = SqliteAnswers(folder / 'answers.db')",
        "cache.put(b'k', Answer(text='x', model='m'))",
        "cache.flush()",
        "print(cache.get(b'k'))",
        "cache.close()",
    )
    assert said == "None\n"


def test_a_full_disk_only_costs_the_cache(small_disk, caplog):
    cache = SqliteAnswers(small_disk / "answers.db")
    for number in range(2_000):
        cache.put(key(number), Answer(text=os.urandom(1_000).hex(), model="m"))
    cache.flush()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    cache.close()


def test_a_locked_cache_is_waited_for(tmp_path):
    cache = SqliteAnswers(tmp_path / "answers.db")
    other = sqlite3.connect(tmp_path / "answers.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    cache.put(key(1), ANSWER)
    assert cache.get(key(1)) is not None
    assert cache.get(key(2)) is None
    other.execute("ROLLBACK")
    other.close()
    cache.flush()
    assert cache.get(key(1)) is not None
    cache.close()
