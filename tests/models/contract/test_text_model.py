"""What every TextModel keeps, in each protocol, whole and streamed, over a real wire to the rehearsal vendor."""

import asyncio

import msgspec
import pytest

from goodsmith.base.wire import open_wire
from goodsmith.errors import (
    AccountProblem,
    ContentRefused,
    ContextOverflow,
    ModelError,
    NotUnderstood,
    Overloaded,
    RateLimited,
    TimedOut,
    Truncated,
)
from goodsmith.models.routes import resolve_model
from goodsmith.models.vendor_model import VendorModel
from goodsmith.records import Answer, ModelRequest, PromptImage

pytestmark = pytest.mark.servers

SCHEMA = {
    "type": "object",
    "properties": {"title": {"type": "string", "maxLength": 40}, "points": {"type": "array", "minItems": 3}},
    "required": ["title", "points"],
    "additionalProperties": False,
}


@pytest.fixture(params=["openai", "anthropic", "gemini"])
def vendor(request):
    return request.param


@pytest.fixture(params=[False, True], ids=["whole", "stream"])
def ask(request, vendor, ask_rehearsal):
    def ask(name, **more):
        return ask_rehearsal(f"{name}@{vendor}", stream=request.param, **more)

    return ask


def test_an_answer_has_text_model_usage_and_latency(ask, vendor):
    answer = ask("instant", schema=SCHEMA)
    assert isinstance(answer, Answer)
    assert set(msgspec.json.decode(answer.text)) == {"title", "points"}
    assert answer.model == f"instant@{vendor}"
    assert answer.usage.input_tokens > 0
    assert answer.usage.output_tokens > 0
    assert answer.latency_s > 0
    assert (answer.cost_nanos, answer.from_cache) == (0, False)


def test_free_text_is_asked_without_a_schema(ask):
    assert ask("instant").text.endswith(".")


def test_a_model_that_counts_nothing_gives_no_usage_rather_than_zero(ask):
    assert ask("unmetered", schema=SCHEMA).usage is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("html", NotUnderstood),
        ("truncating", Truncated),
        ("down", Overloaded),
        ("closed", RateLimited),
        ("refusing", ContentRefused),
        ("broke", AccountProblem),
        ("locked", AccountProblem),
        ("retired", AccountProblem),
        ("abroad", AccountProblem),
        ("huge", NotUnderstood),
    ],
)
def test_trouble_is_raised_as_its_class(ask, name, expected):
    with pytest.raises(ModelError) as caught:
        ask(name, schema=SCHEMA)
    assert type(caught.value) is expected
    assert caught.value.zh


def test_a_prompt_that_is_too_long_is_a_context_overflow(ask):
    with pytest.raises(ContextOverflow):
        ask("short", user="word " * 2_000)


def test_a_truncated_answer_keeps_its_text_and_what_it_cost(ask):
    with pytest.raises(Truncated) as caught:
        ask("truncating", schema=SCHEMA)
    assert caught.value.partial.startswith("{")
    assert caught.value.paid is True
    assert caught.value.output_tokens > 0


def test_a_throttled_call_says_how_long_to_wait(ask):
    with pytest.raises(RateLimited) as caught:
        ask("closed")
    assert caught.value.retry_after_s == pytest.approx(1.0)


def test_a_broken_connection_is_an_overload_that_may_have_been_billed(ask, rehearsal):
    rehearsal.ctl(reset_share=1)
    with pytest.raises(Overloaded) as caught:
        ask("instant")
    assert caught.value.paid is None


def test_no_answer_in_time_is_timed_out(ask, rehearsal):
    rehearsal.ctl(latency_ms=20_000)
    with pytest.raises(TimedOut):
        ask("instant", timeout_s=0.2)


LADDERS = {  # how often a vendor refuses before it answers: OpenAI's strict mode is a rung of its own
    "refuses-schema": {"openai": 2, "anthropic": 1, "gemini": 1},
    "refuses-json": {"openai": 3, "anthropic": 1, "gemini": 2},
    "text-only": {"openai": 4, "anthropic": 2, "gemini": 3},
    "picky": {"openai": 3, "anthropic": 1, "gemini": 2},
}


@pytest.mark.parametrize("name", LADDERS)
def test_a_refused_way_of_asking_goes_down_the_ladder_and_is_answered(ask, rehearsal, vendor, name):
    refusals = LADDERS[name][vendor]
    answer = ask(name, schema=SCHEMA, temperature=0.3)
    assert set(msgspec.json.decode(answer.text)) == {"title", "points"}
    assert rehearsal.stats()["by_status"] == {"200": 1, "400": refusals}


def test_a_cut_stream_has_failed(ask_rehearsal, vendor):
    with pytest.raises(Truncated, match="without saying that it was finished"):
        ask_rehearsal(f"cutting@{vendor}", stream=True, schema=SCHEMA)


def test_a_prefix_that_the_vendor_remembers_is_counted_and_part_of_the_input(ask):
    system = "You write product copy. " * 200
    first, second = (ask("storing", system=system, user=f"Name: mug {number}").usage for number in (1, 2))
    assert (first.cached_tokens, second.cached_tokens) == (0, len(system) // 4)
    assert second.input_tokens > second.cached_tokens


def test_pictures_of_a_prompt_arrive(ask, rehearsal):
    images = (PromptImage(data=b"png", mime="image/png"), PromptImage(url="https://shop.test/a.jpg"))
    ask("instant", schema=SCHEMA, images=images)
    assert rehearsal.stats()["images"] == 2


def test_what_was_learned_once_holds_for_all_calls_in_flight_and_after(rehearsal):
    async def run():
        wire = open_wire()
        model = VendorModel(resolve_model("rehearsal/refuses-json", base_url=rehearsal.base_url), wire)
        request = ModelRequest(system="You write.", user="Name: mug", schema=SCHEMA)
        await asyncio.gather(*(model.complete(request, timeout_s=5) for _ in range(20)))
        learned = rehearsal.ctl(reset=True) and model.learned
        await model.complete(request, timeout_s=5)
        await wire.close()
        return learned

    assert asyncio.run(run()).rung == "tool"
    assert rehearsal.stats()["by_status"] == {"200": 1}


def test_nothing_but_model_errors_is_raised_on_a_bad_day(rehearsal, vendor):
    rehearsal.ctl(slow_ms=100)

    async def run():
        wire = open_wire()
        model = VendorModel(resolve_model(f"rehearsal/faulty@{vendor}", base_url=rehearsal.base_url), wire, stream=True)

        async def one(number):
            try:
                request = ModelRequest(system="You write.", user=f"Name: mug {number}", schema=SCHEMA)
                return await model.complete(request, timeout_s=20)
            except ModelError as error:
                return error

        found = await asyncio.gather(*map(one, range(400)))
        await wire.close()
        return found

    errors = [outcome for outcome in asyncio.run(run()) if isinstance(outcome, ModelError)]
    assert {type(error) for error in errors} >= {RateLimited, Overloaded, Truncated}
    assert 10 < len(errors) < 60
