"""Gemini generateContent: what is sent, how it is heard."""

import msgspec
import pytest

from goodsmith.errors import ContentRefused, ModelError, NotUnderstood, RateLimited, Truncated
from goodsmith.records import PromptImage, Usage

SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
URL = "https://generativelanguage.googleapis.com/v1beta"


@pytest.fixture
def gemini(asking):
    def make(*lines, **more):
        return asking(*lines, model="gemini/gemini-2.5-flash-lite", base_url=URL, key="k", **more)

    return make


def reply(*parts, finish="STOP", **more):
    parts = [{"text": part} if isinstance(part, str) else part for part in parts]
    candidate = {"index": 0, "content": {"role": "model", "parts": parts}}
    if finish:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "modelVersion": "gemini", **more}


def refusal(words, status="INVALID_ARGUMENT", code=400, **more):
    return code, {"error": {"code": code, "message": words, "status": status, **more}}


def events(*said):
    return b"".join(b"data: " + msgspec.json.encode(one) + b"\r\n\r\n" for one in said)


def test_thoughts_are_billed_as_output_and_are_no_part_of_the_answer(gemini):
    counts = {"promptTokenCount": 9, "candidatesTokenCount": 4, "thoughtsTokenCount": 3, "cachedContentTokenCount": 8}
    answer = gemini(reply({"text": "hm", "thought": True}, "hel", "lo", usageMetadata=counts))()
    assert answer.text == "hello"
    assert answer.usage == Usage(input_tokens=9, output_tokens=7, cached_tokens=8, thinking_tokens=3)


@pytest.mark.parametrize("usage", [None, {}, [], {"promptTokenCount": "many"}])
def test_an_odd_count_does_not_cost_the_answer(gemini, usage):
    answer = gemini(reply("hello", usageMetadata=usage))()
    assert (answer.text, answer.usage) == ("hello", None)


def test_a_function_call_is_the_answer(gemini):
    assert msgspec.json.decode(gemini(reply({"functionCall": {"name": "answer", "args": {"a": 1}}}))().text) == {"a": 1}


def test_a_schema_that_is_refused_becomes_an_object_then_a_function_and_then_words(gemini):
    unknown = "Invalid JSON payload received. Unknown name 'responseJsonSchema' at 'generation_config'"
    ask = gemini(
        refusal(unknown),
        refusal("JSON mode is not enabled for this model"),
        refusal("Function calling is not enabled for this model"),
        reply('{"title": "a"}'),
    )
    assert ask(schema=SCHEMA).text == '{"title": "a"}'
    shapes = [
        (
            "responseJsonSchema" in sent["generationConfig"],
            "responseMimeType" in sent["generationConfig"],
            "tools" in sent,
        )
        for sent in ask.wire.sent
    ]
    assert shapes == [(True, True, False), (False, True, False), (False, False, True), (False, False, False)]


def test_a_seed_that_is_refused_is_left_out(gemini):
    ask = gemini(refusal("Unsupported field: seed is not supported by this model"), reply("hello"))
    ask(seed=7)
    assert "seed" not in ask.wire.sent[1]["generationConfig"]


def test_a_repair_goes_back_as_the_models_own_turn(gemini):
    ask = gemini(reply("hello"))
    ask(history=(("assistant", "bad"), ("user", "mend")), images=(PromptImage(url="https://shop.test/a.jpg"),))
    assert [turn["role"] for turn in ask.wire.sent[0]["contents"]] == ["user", "model", "user"]
    assert ask.wire.sent[0]["contents"][0]["parts"][0] == {"fileData": {"fileUri": "https://shop.test/a.jpg"}}


def test_a_throttle_says_in_its_body_how_long_to_wait(gemini):
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "17s"}]
    with pytest.raises(RateLimited) as caught:
        gemini(refusal("quota", "RESOURCE_EXHAUSTED", 429, details=details))()
    assert caught.value.retry_after_s == 17.0


@pytest.mark.parametrize(
    ("body", "expected", "side"),
    [
        ({"promptFeedback": {"blockReason": "SAFETY"}}, ContentRefused, "input"),
        ({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "candidates": []}, ContentRefused, "input"),
        (reply(finish="SAFETY"), ContentRefused, "output"),
        (reply("half", finish="RECITATION"), ContentRefused, "output"),
        (reply("half", finish="MAX_TOKENS"), Truncated, None),
        (reply(finish="MALFORMED_FUNCTION_CALL"), NotUnderstood, None),
        (reply(), NotUnderstood, None),
        ({"candidates": []}, NotUnderstood, None),
        ({"promptFeedback": {}}, NotUnderstood, None),
        ([{"error": {"code": 429, "message": "quota", "status": "RESOURCE_EXHAUSTED"}}], RateLimited, None),
        (b"<html>", NotUnderstood, None),
    ],
)
def test_what_is_no_answer_is_an_error_of_its_kind(gemini, body, expected, side):
    with pytest.raises(ModelError) as caught:
        gemini(msgspec.json.encode(body) if isinstance(body, list) else body)()
    assert type(caught.value) is expected
    assert side is None or caught.value.side == side


def test_a_stream_is_gathered_with_the_last_counts(gemini):
    counts = [{"promptTokenCount": 9, "candidatesTokenCount": made} for made in (1, 4)]
    said = [reply("你", finish=None, usageMetadata=counts[0]), reply("好", usageMetadata=counts[1])]
    answer = gemini([events(*said)], stream=True)()
    assert (answer.text, answer.usage) == ("你好", Usage(input_tokens=9, output_tokens=4))


def test_a_stream_without_a_finish_reason_has_failed(gemini):
    with pytest.raises(Truncated):
        gemini([events(reply("half", finish=None))], stream=True)()
