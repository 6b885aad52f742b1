"""An answer that reached us is never lost, and never taken for another."""

import resource
import subprocess
import sys
import tempfile
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodsmith.errors import Corrupt, StoreError
from goodsmith.records import Answer, Usage
from goodsmith.store.journal import ANSWER_FIELDS, MAGIC, USAGE_FIELDS, Journal, delete_journals, received_nanos

texts = st.text(st.characters(codec="utf-8"), max_size=30)
usages = st.none() | st.builds(Usage, input_tokens=st.integers(0, 2**40), output_tokens=st.integers(0, 9))
answers = st.builds(
    Answer,
    text=texts,
    model=texts,
    finish_reason=texts,
    usage=usages,
    cost_nanos=st.none() | st.integers(0, 2**60),
    currency=st.sampled_from(["", "CNY"]),
    latency_s=st.floats(0, 100),
    request_id=texts,
    from_cache=st.booleans(),
    retries=st.integers(0, 9),
)
records = st.lists(
    st.tuples(st.integers(0, 2**40), st.binary(min_size=16, max_size=16), st.none() | answers), max_size=8
)


def test_a_record_holds_all_that_an_answer_has():
    assert {*ANSWER_FIELDS, "usage"} == {field.name for field in fields(Answer)}
    assert set(USAGE_FIELDS) == {field.name for field in fields(Usage)}


def call(number):
    return number.to_bytes(16, "big")


def answer(text="a mug", cost_nanos=7):
    return Answer(text=text, model="m", cost_nanos=cost_nanos)


@given(records)
@settings(max_examples=50, deadline=None)
def test_an_answer_is_recalled_exactly_as_it_was_received(made):
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal.open(Path(folder), 3, 1)
        for ordinal, identity, got in made:
            journal.sent(ordinal, identity) if got is None else journal.received(ordinal, identity, got)
        journal.close()
        expected = {(ordinal, identity): got for ordinal, identity, got in made if got is not None}
        later = Journal.open(Path(folder), 3, 2)
        assert {place: later.recall(*place) for place in expected} == expected
        assert later.recall(2**41, b"0" * 16) is None


@given(records, st.data())
@settings(max_examples=100, deadline=None)
def test_a_file_cut_at_any_byte_holds_exactly_the_whole_records_before_the_cut(made, data):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        journal = Journal.open(folder, 0, 1)
        path = folder / "journal" / "000000-1.log"
        ends = []
        for number, (_, _, got) in enumerate(made):
            journal.received(number, call(number), got or answer())
            ends.append(journal._end)
        journal.close()
        content = path.read_bytes() if made else b""
        assert len(content) == (ends[-1] if made else 0)
        cut = data.draw(st.integers(0, len(content)))
        zeros = data.draw(st.sampled_from([0, 1, 4_096]))  # room that was set aside and not used
        path.parent.mkdir(exist_ok=True)
        left = content[:cut] + bytes(zeros)
        path.write_bytes(left)
        later = Journal.open(folder, 0, 2)
        kept = [number for number in range(len(made)) if later.recall(number, call(number)) is not None]
        assert kept == [number for number, end in enumerate(ends) if left[:end] == content[:end]]


def test_the_same_attempt_goes_on_after_its_last_whole_record(tmp_path):
    first = Journal.open(tmp_path, 0, 1)
    for number in range(3):
        first.received(number, call(number), answer(f"answer {number}"))
    first.close()
    path = tmp_path / "journal" / "000000-1.log"
    path.write_bytes(path.read_bytes()[:-5])
    again = Journal.open(tmp_path, 0, 1)
    again.received(9, call(9), answer("nine"))
    again.close()
    later = Journal.open(tmp_path, 0, 2)
    found = [later.recall(number, call(number)) for number in (0, 1, 2, 9)]
    assert [one and one.text for one in found] == ["answer 0", "answer 1", None, "nine"]


def test_a_later_attempt_leaves_the_file_of_an_earlier_one_alone(tmp_path):
    stale = Journal.open(tmp_path, 0, 1)
    stale.received(1, call(1), answer("early"))
    path = tmp_path / "journal" / "000000-1.log"
    before = path.read_bytes()
    later = Journal.open(tmp_path, 0, 2)
    later.received(2, call(2), answer("mine"))
    assert path.read_bytes() == before
    stale.received(3, call(3), answer("late"))  # the stale driver still writes, into its own file
    third = Journal.open(tmp_path, 0, 3)
    assert [third.recall(number, call(number)).text for number in (1, 2, 3)] == ["early", "mine", "late"]
    for journal in (stale, later):
        journal.close()


def test_calls_without_an_answer_were_possibly_paid(tmp_path):
    for attempt, (sent, received) in enumerate([((1, 2, 3), (1,)), ((2, 3), (2,))], start=1):
        journal = Journal.open(tmp_path, 0, attempt)
        for number in sent:
            journal.sent(number, call(number))
        for number in received:
            journal.received(number, call(number), answer())
        journal.close()
    later = Journal.open(tmp_path, 0, 3)
    assert later.maybe_paid_twice == 3  # 2 and 3 of the first attempt, 3 of the second
    assert later.recovered_nanos == 14
    assert received_nanos(tmp_path, 0) == 14
    assert Journal.open(tmp_path, 1, 1).maybe_paid_twice == 0


def test_a_call_that_was_sent_again_and_answered_was_paid_once(tmp_path):
    journal = Journal.open(tmp_path, 0, 1)
    journal.sent(1, call(1))  # refused with 429
    journal.sent(1, call(1))
    journal.received(1, call(1), answer())
    journal.close()
    assert Journal.open(tmp_path, 0, 2).maybe_paid_twice == 0


def test_a_record_is_in_the_file_when_the_call_returns(tmp_path):
    journal = Journal.open(tmp_path, 0, 1)
    journal.received(1, call(1), answer())
    assert Journal.open(tmp_path, 0, 2).recall(1, call(1)) == answer()
    journal.close()


def test_a_chunk_that_asks_nobody_leaves_no_file(tmp_path):
    Journal.open(tmp_path, 0, 1).close()
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_another_kind_is_not_taken_for_a_journal(tmp_path):
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "000000-1.log").write_text("hello, world")
    with pytest.raises(Corrupt, match="is not a journal"):
        Journal.open(tmp_path, 0, 2)


def test_the_journals_of_a_chunk_are_deleted_together(tmp_path):
    for chunk, attempt in ((0, 1), (0, 2), (10, 1)):
        journal = Journal.open(tmp_path, chunk, attempt)
        journal.sent(1, call(1))
        journal.close()
    delete_journals(tmp_path, 0)
    assert [path.name for path in (tmp_path / "journal").iterdir()] == ["000010-1.log"]


def test_many_journals_share_one_thread_and_lose_nothing(tmp_path):
    journals = [Journal.open(tmp_path, chunk, 1) for chunk in range(20)]
    for number in range(100):
        for journal in journals:
            journal.received(number, call(number), answer())
    for journal in journals:
        journal.close()
    assert all(Journal.open(tmp_path, chunk, 2).recall(99, call(99)) == answer() for chunk in range(20))


def test_a_closed_journal_takes_no_records(tmp_path):
    journal = Journal.open(tmp_path, 0, 1)
    journal.close()
    with pytest.raises(StoreError, match="closed"):
        journal.sent(1, call(1))


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from goodsmith.errors import StoreError
from goodsmith.records import Answer
from goodsmith.store.journal import Journal

resource.setrlimit(resource.RLIMIT_FSIZE, (2_500_000, 2_500_000))
journal = Journal.open(Path(sys.argv[1]), 0, 1)
big = Answer(text="x" * 4_000, model="m")
sent = []
try:
    while True:
        for _ in range(50):  # in flight together
            journal.sent(len(sent), len(sent).to_bytes(16, "big"))
            sent.append(len(sent))
        for number in sent[-50:]:
            journal.received(number, number.to_bytes(16, "big"), big)
except StoreError as problem:
    print(problem.en)
    print(problem.zh)
for number in sent[len(sent) // 50 * 50 :]:  # those that left before the disk was full come back
    journal.received(number, number.to_bytes(16, "big"), big)
journal.close()
print(len(sent))
"""


def test_a_full_disk_stops_the_sending_and_loses_no_answer(tmp_path):
    ran = subprocess.run([sys.executable, "-c", FULL_DISK, tmp_path], check=True, capture_output=True, text=True)
    english, chinese, sent = ran.stdout.splitlines()
    assert "no room to write" in english
    assert "空间不足" in chinese
    later = Journal.open(tmp_path, 0, 2)
    assert int(sent) > 100
    assert later.maybe_paid_twice == 0
    assert all(later.recall(number, call(number)) for number in range(int(sent)))


def test_a_full_disk_is_one_clear_sentence_for_a_record_too(tmp_path):
    journal = Journal.open(tmp_path, 0, 1)
    journal.received(0, call(0), answer())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, limits[1]))
    try:
        with pytest.raises(StoreError, match="make room, then resume"):
            journal.received(1, call(1), answer("x" * 10_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    journal.received(2, call(2), answer("small"))
    journal.close()
    later = Journal.open(tmp_path, 0, 2)
    assert [later.recall(number, call(number)) is not None for number in range(3)] == [True, False, True]


def test_a_folder_that_may_not_be_written_is_one_clear_sentence(as_a_guest):
    said = as_a_guest(
        "from goodsmith.store.journal import Journal",
        "Journal.open(folder, 0, 1).sent(1, b'c' * 16)",
    )
    assert said.startswith("StoreError: cannot write")
    assert "Permission denied" in said


def test_the_file_begins_with_its_magic(tmp_path):
    journal = Journal.open(tmp_path, 0, 1)
    journal.sent(0, call(0))
    assert (tmp_path / "journal" / "000000-1.log").read_bytes().startswith(MAGIC)
    journal.close()
