"""Anthropic messages: what is sent, how it is heard."""

import msgspec
import pytest

from goodsmith.errors import ContentRefused, ModelError, NotUnderstood, Overloaded, Truncated
from goodsmith.models.protocols.anthropic_messages import plain_schema
from goodsmith.records import PromptImage, Usage

SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
URL = "https://api.anthropic.com"


@pytest.fixture
def claude(asking):
    def make(*lines, model="anthropic/claude-haiku-5-5", **more):
        return asking(*lines, model=model, base_url=more.pop("base_url", URL), key="k", **more)

    return make


def message(*blocks, stop="end_turn", **more):
    content = [{"type": "text", "text": block} if isinstance(block, str) else block for block in blocks]
    return {"id": "msg_1", "type": "message", "model": "claude", "content": content, "stop_reason": stop, **more}


def refusal(words, kind="invalid_request_error"):
    return 400, {"type": "error", "error": {"type": kind, "message": words}}


def events(*said):
    lines = [f"event: {one['type']}\n".encode() + b"data: " + msgspec.json.encode(one) + b"\n\n" for one in said]
    return b"".join(lines)


START = {"type": "message_start", "message": {"id": "msg_1", "model": "claude", "usage": {"input_tokens": 9}}}
BLOCK = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
DELTA = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "你好"}}
END = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4}}
STOP = {"type": "message_stop"}


def test_a_long_static_prompt_is_marked_for_the_vendors_cache_and_a_short_one_is_not(claude):
    ask = claude(message("hello"))
    ask(system="Short.")
    assert ask.wire.sent[0]["system"] == "Short."
    ask(system="Long. " * 400)
    assert ask.wire.sent[1]["system"][0]["cache_control"] == {"type": "ephemeral"}


def test_input_tokens_are_the_sum_of_what_the_cache_did_with_them(claude):
    counts = {"input_tokens": 9, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 50, "output_tokens": 4}
    usage = claude(message("hello", usage={**counts, "output_tokens_details": {"thinking_tokens": 1}}))().usage
    assert usage == Usage(
        input_tokens=159, output_tokens=4, cached_tokens=100, thinking_tokens=1, cache_write_tokens=50
    )


@pytest.mark.parametrize("usage", [None, [], {"input_tokens": "many"}, {}])
def test_an_odd_count_does_not_cost_the_answer(claude, usage):
    answer = claude(message("hello", usage=usage))()
    assert (answer.text, answer.usage) == ("hello", None)


def test_thoughts_are_no_part_of_the_answer_and_blocks_are_joined(claude):
    blocks = [{"type": "thinking", "thinking": "hm", "signature": "x"}, "hel", "lo"]
    assert claude(message(*blocks))().text == "hello"


def test_a_tool_call_is_the_answer(claude):
    call = {"type": "tool_use", "id": "1", "name": "answer", "input": {"title": "杯"}}
    assert msgspec.json.decode(claude(message(call, stop="tool_use"))().text) == {"title": "杯"}


def test_a_schema_that_is_refused_becomes_a_tool_and_then_words(claude):
    ask = claude(
        refusal("output_config.format: Extra inputs are not permitted"),
        refusal("tool_choice: forced tool use is not supported on this model"),
        message('{"title": "a"}'),
    )
    assert ask(schema=SCHEMA).text == '{"title": "a"}'
    assert [sorted({"output_config", "tools"} & set(sent)) for sent in ask.wire.sent] == [
        ["output_config"],
        ["tools"],
        [],
    ]
    assert '"required":["title"]' in ask.wire.sent[2]["system"]


def test_a_model_that_cannot_stop_thinking_is_asked_without_the_switch(claude):
    words = '"thinking.type.disabled" is not supported for this model. Use "thinking.type.adaptive"'
    ask = claude(refusal(words), message("hello"), model="anthropic/claude-next")
    assert ask().text == "hello"
    assert "thinking" in ask.wire.sent[0]
    assert "thinking" not in ask.wire.sent[1]


def test_a_compatible_server_gets_the_older_version_and_keeps_temperature(claude):
    ask = claude(message("hello"), model="anthropic/mug-1", base_url="http://vendor.test")
    ask(temperature=0.5)
    assert ask.wire.sent[0]["temperature"] == 0.5
    assert ask.wire.headers[0]["anthropic-version"] == "2023-06-01"
    assert ask.wire.headers[0]["x-api-key"] == "k"


def test_pictures_stand_before_the_text(claude):
    ask = claude(message("hello"))
    ask(user="What is it?", images=(PromptImage(data=b"png", mime="image/png"),))
    picture, text = ask.wire.sent[0]["messages"][0]["content"]
    assert picture["source"] == {"type": "base64", "media_type": "image/png", "data": "cG5n"}
    assert text["text"] == "What is it?"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (message(stop="refusal", stop_details={"explanation": "not this"}), ContentRefused),
        (message(stop="refusal", stop_details=None), ContentRefused),
        (message("half", stop="max_tokens"), Truncated),
        (message("half", stop="pause_turn"), Overloaded),
        (message(), NotUnderstood),
        ({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, Overloaded),
        ({"type": "ping"}, NotUnderstood),
        ({}, NotUnderstood),
        (b"<html>", NotUnderstood),
        (b'{"type": "message", "content": "text"}', NotUnderstood),
        (b'{"type": 5}', NotUnderstood),
    ],
)
def test_what_is_no_answer_is_an_error_of_its_kind(claude, body, expected):
    with pytest.raises(ModelError) as caught:
        claude(body)()
    assert type(caught.value) is expected


def test_a_stream_is_gathered_with_the_counts_of_both_ends(claude):
    ask = claude([events(START, {"type": "ping"}, BLOCK, DELTA, DELTA, END, STOP)], stream=True)
    answer = ask()
    assert (answer.text, answer.usage) == ("你好你好", Usage(input_tokens=9, output_tokens=4))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([START, BLOCK, DELTA], Truncated),
        ([START, BLOCK, DELTA, STOP], Truncated),
        ([START, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}], Overloaded),
        ([START, BLOCK, DELTA, {**END, "delta": {"stop_reason": "max_tokens"}}, STOP], Truncated),
    ],
)
def test_a_stream_that_did_not_end_well_is_an_error(claude, said, expected):
    with pytest.raises(ModelError) as caught:
        claude([events(*said)], stream=True)()
    assert type(caught.value) is expected


def test_limits_that_structured_outputs_refuse_stand_in_words():
    plain = plain_schema(
        {
            "type": "object",
            "properties": {"points": {"type": "array", "items": {"type": "string", "maxLength": 9}, "maxItems": 5}},
        }
    )
    points = plain["properties"]["points"]
    assert points == {
        "type": "array",
        "items": {"type": "string", "description": "{maxLength: 9}"},
        "description": "{maxItems: 5}",
    }
    assert plain["additionalProperties"] is False
