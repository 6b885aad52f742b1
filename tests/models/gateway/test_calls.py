"""A call is known by what is sent; nothing else, and nothing less."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodsmith.errors import RateLimited
from goodsmith.models.calls import CallKeys, call_id
from goodsmith.models.fake import FakeModel, MemoryCache, MemoryRecorder
from goodsmith.models.single_flight import SingleFlight
from goodsmith.records import Answer, ModelRequest

BASE = ModelRequest(system="Write.", user="a mug", schema={"type": "object", "a": 1}, temperature=0.5)
requests = st.builds(
    ModelRequest,
    system=st.text(max_size=5),
    user=st.text(max_size=5),
    schema=st.sampled_from([None, {}, {"type": "object"}]),
    schema_name=st.sampled_from(["answer", "a"]),
    max_output_tokens=st.sampled_from([1, 1024]),
    temperature=st.sampled_from([None, 0.0, 1.0]),
    seed=st.sampled_from([None, 0, 1]),
    history=st.lists(st.tuples(st.sampled_from(["user", "assistant"]), st.text(max_size=3)), max_size=2).map(tuple),
)


@given(one=requests, other=requests)
def test_two_requests_share_a_key_exactly_if_they_are_equal(one, other):
    keys = CallKeys("m")
    assert (keys.key(one) == keys.key(other)) == (one == other)


@pytest.mark.parametrize(
    "changed",
    [
        replace(BASE, system="Write!"),
        replace(BASE, user="a cup"),
        replace(BASE, schema={"type": "object", "a": 2}),
        replace(BASE, schema=None),
        replace(BASE, temperature=0.6),
        replace(BASE, temperature=None),
        replace(BASE, seed=1),
        replace(BASE, max_output_tokens=7),
        replace(BASE, system="Write.a", user=" mug"),
        replace(BASE, history=(("user", "shorter"),)),
    ],
)
def test_whatever_a_model_can_notice_makes_another_key(changed):
    keys = CallKeys("m")
    assert keys.key(changed) != keys.key(BASE)


def test_another_model_or_other_parameters_make_another_key():
    models = [CallKeys("m"), CallKeys("n"), CallKeys("m", {"top_p": 0.5}), CallKeys("m", {"top_p": 0.6})]
    assert len({keys.key(BASE) for keys in models}) == 4


def test_a_key_is_the_same_in_every_process_and_whatever_the_order_of_the_schema():
    turned = replace(BASE, schema={"a": 1, "type": "object"})
    assert CallKeys("m", {"a": 1, "b": 2}).key(BASE) == CallKeys("m", {"b": 2, "a": 1}).key(turned)
    assert len(CallKeys("m").key(BASE)) == 32


def test_repeats_have_ids_of_their_own():
    key = CallKeys("m").key(BASE)
    assert len({call_id(key, repeat) for repeat in range(5)}) == 5
    assert all(len(call_id(key, repeat)) == 16 for repeat in range(5))


def test_more_beginnings_than_are_remembered_do_no_harm():
    keys = CallKeys("m")
    many = [replace(BASE, system=f"step {number}") for number in range(200)]
    assert [keys.key(one) for one in many] == [CallKeys("m").key(one) for one in many]


def test_a_lone_surrogate_from_a_broken_file_does_not_stop_a_call():
    broken = replace(BASE, user="a\ud800mug")
    assert CallKeys("m").prompt_bytes(broken) > 0
    assert CallKeys("m").key(broken) != CallKeys("m").key(BASE)


def test_one_leads_and_the_others_get_its_answer():
    async def work():
        flights = SingleFlight()
        assert flights.board(b"k") is None
        landings = [flights.board(b"k") for _ in range(3)]
        landings[0].cancel()
        flights.land(b"k", "answer")
        assert [await landing for landing in landings[1:]] == ["answer", "answer"]
        assert len(flights) == 0
        assert flights.board(b"k") is None

    asyncio.run(work())


def test_a_crash_tells_the_followers_why():
    async def work():
        flights = SingleFlight()
        flights.board(b"k")
        landing = flights.board(b"k")
        flights.crash(b"k", RateLimited("wait"))
        assert isinstance(await landing, RateLimited)

    asyncio.run(work())


def test_a_rate_limit_is_retryable_and_the_fake_says_its_lines_in_order():
    async def work():
        model = FakeModel([RateLimited("slow down", retry_after_s=2), "A mug.", lambda request: request.user])
        with pytest.raises(RateLimited) as caught:
            await model.complete(BASE, timeout_s=1)
        assert caught.value.retryable
        assert (await model.complete(BASE, timeout_s=1)).text == "A mug."
        assert (await model.complete(BASE, timeout_s=1)).text == "a mug"
        with pytest.raises(AssertionError, match="its lines end"):
            await model.complete(BASE, timeout_s=1)

    asyncio.run(work())


def test_the_memory_journal_and_cache_give_back_what_they_got():
    recorder, cache, answer = MemoryRecorder(), MemoryCache(), Answer(text="A mug.", model="m")
    recorder.received(1, b"call", answer)
    cache.put(b"key", answer)
    assert recorder.recall(1, b"call") == answer
    assert recorder.recall(2, b"call") is None
    assert cache.get(b"key").from_cache
    assert cache.get(b"other") is None
