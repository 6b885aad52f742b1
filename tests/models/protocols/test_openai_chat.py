"""The OpenAI chat protocol: what is sent, how it is heard, what is learned."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodsmith.errors import (
    AccountProblem,
    BadRequest,
    ContentRefused,
    ModelError,
    NotUnderstood,
    Overloaded,
    TimedOut,
    Truncated,
    UsageError,
    WireError,
)
from goodsmith.models.protocols import Learned
from goodsmith.records import Usage

SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}


def reply(content="hello", finish="stop", **more):
    message = content if isinstance(content, dict) else {"role": "assistant", "content": content}
    return {"choices": [{"index": 0, "message": message, "finish_reason": finish}], **more}


def refusal(message, parameter=None, code=None):
    return 400, {"error": {"message": message, "type": "invalid_request_error", "param": parameter, "code": code}}


def events(*chunks, done=True):
    lines = [chunk if isinstance(chunk, bytes) else msgspec.json.encode(chunk) for chunk in chunks]
    return b"".join(b"data: " + line + b"\n\n" for line in [*lines, *([b"[DONE]"] if done else [])])


def delta(content=None, finish=None, **more):
    return {"choices": [{"index": 0, "delta": {"content": content, **more}, "finish_reason": finish}]}


# ---- what is sent -------------------------------------------------------------------------------------------------


def test_system_first_row_last_and_the_schema_apart(asking):
    ask = asking(reply())
    ask(system="Static.", user="Row.", schema=SCHEMA, history=(("assistant", "bad"), ("user", "mend")), seed=7)
    sent = ask.wire.sent[0]
    assert [message["content"] for message in sent["messages"]] == ["Static.", "Row.", "bad", "mend"]
    assert sent["response_format"]["json_schema"] == {"name": "answer", "schema": SCHEMA}
    assert (sent["model"], sent["max_tokens"], sent["seed"]) == ("mug-1", 1024, 7)
    assert "temperature" not in sent


def test_vendors_differ_by_data(asking):
    def sent(model, url):
        ask = asking(reply(), model=model, base_url=url, key="k")
        ask(schema=SCHEMA)
        return ask.wire.sent[0]

    assert sent("openai/gpt-6", "https://api.openai.com/v1")["max_completion_tokens"] == 1024
    assert sent("openai/gpt-6", "https://api.openai.com/v1")["response_format"]["json_schema"]["strict"] is True
    assert sent("qwen/qwen-plus", "https://dashscope.aliyuncs.com/compatible-mode/v1")["enable_thinking"] is False
    assert sent("glm/glm-5.3", "https://open.bigmodel.cn/api/paas/v4")["thinking"] == {"type": "disabled"}


def test_the_key_is_sent_as_bearer_or_in_the_vendors_own_header(asking):
    ask = asking(reply(), key="secret")
    ask()
    assert ask.wire.headers[0]["authorization"] == "Bearer secret"
    ask = asking(reply(), model="azure/gpt", base_url="https://x.openai.azure.com/openai/v1", key="secret")
    ask()
    assert ask.wire.headers[0]["api-key"] == "secret"
    assert "authorization" not in ask.wire.headers[0]


def test_half_a_character_in_a_cell_is_no_reason_to_fail(asking):
    ask = asking(reply())
    assert ask(user="cut \ud83d here").text == "hello"
    assert ask.wire.sent[0]["messages"][1]["content"] == "cut \ufffd here"


# ---- the ladder ---------------------------------------------------------------------------------------------------


def test_a_vendor_that_refuses_json_schema_is_asked_for_an_object_with_the_schema_in_the_prompt(asking):
    ask = asking(refusal("response_format json_schema is not supported"), reply('{"title": "a"}'))
    assert ask(schema=SCHEMA).text == '{"title": "a"}'
    second = ask.wire.sent[1]
    assert second["response_format"] == {"type": "json_object"}
    assert msgspec.json.encode(SCHEMA).decode() in second["messages"][0]["content"]


def test_the_whole_ladder_ends_with_plain_words(asking):
    refusals = [refusal("unsupported response_format")] * 2 + [refusal("tool_choice is not supported")]
    ask = asking(*refusals, reply('{"title": "a"}'))
    ask(schema=SCHEMA)
    assert [sorted({"response_format", "tools"} & set(sent)) for sent in ask.wire.sent] == [
        ["response_format"],
        ["response_format"],
        ["tools"],
        [],
    ]
    assert ask.model.learned.rung == "text"


def test_a_schema_that_strict_mode_does_not_like_is_asked_without_strict_first(asking):
    ask = asking(
        refusal("Invalid schema for response_format 'answer'", "response_format"),
        reply(),
        model="openai/gpt-6",
        base_url="https://api.openai.com/v1",
    )
    ask(schema=SCHEMA)
    assert "strict" not in ask.wire.sent[1]["response_format"]["json_schema"]


def test_what_was_learned_is_kept_and_can_be_handed_on(asking):
    first = asking(refusal("response_format is not supported"), reply())
    first(schema=SCHEMA)
    first(schema=SCHEMA)
    assert len(first.wire.sent) == 3
    second = asking(reply(), learned=first.model.learned)
    second(schema=SCHEMA)
    assert second.wire.sent[0]["response_format"] == {"type": "json_object"}


def test_a_refused_temperature_is_dropped_once_and_remembered(asking):
    ask = asking(refusal("Only the default (1) is supported", "temperature", "unsupported_value"), reply())
    ask(temperature=0.2)
    ask(temperature=0.2)
    assert [sent.get("temperature") for sent in ask.wire.sent] == [0.2, None, None]
    assert ask.model.learned.dropped == {"temperature"}


def test_a_thinking_switch_that_a_model_does_not_know_is_dropped(asking):
    url = "https://open.bigmodel.cn/api/paas/v4"
    ask = asking(refusal("Unrecognized request argument: thinking"), reply(), model="glm/glm-4", base_url=url)
    ask()
    assert "thinking" not in ask.wire.sent[1]


def test_max_tokens_and_max_completion_tokens_replace_each_other(asking):
    message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    ask = asking(refusal(message, "max_tokens", "unsupported_parameter"), reply())
    ask()
    assert "max_tokens" not in ask.wire.sent[1]
    assert ask.wire.sent[1]["max_completion_tokens"] == 1024


def test_a_number_that_is_too_large_is_not_a_refused_parameter(asking):
    ask = asking(refusal("max_tokens must be at most 8192"))
    with pytest.raises(BadRequest, match="8192"):
        ask()
    assert len(ask.wire.sent) == 1


def test_a_request_that_nobody_understands_is_asked_once(asking):
    ask = asking(refusal("messages are wrong"))
    with pytest.raises(BadRequest):
        ask(schema=SCHEMA, temperature=1.0)
    assert len(ask.wire.sent) == 1


def test_a_vendor_that_refuses_everything_is_given_up(asking):
    ask = asking(refusal("response_format and tools are not supported"))
    with pytest.raises(BadRequest):
        ask(schema=SCHEMA)
    assert len(ask.wire.sent) == 4


# ---- answers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, "ab"),
        ({"content": None, "tool_calls": [{"function": {"name": "answer", "arguments": '{"a": 1}'}}]}, '{"a": 1}'),
        ({"content": "", "tool_calls": [{"function": {"name": "answer", "arguments": {"a": 1}}}]}, '{"a":1}'),
        ({"content": "<think>hm, 3 < 4</think>\n\nfine"}, "fine"),
        ({"content": "ok", "reasoning_content": "secret thoughts", "annotations": []}, "ok"),
    ],
)
def test_the_text_is_found_in_all_places_that_vendors_put_it(asking, message, expected):
    assert asking(reply(message))().text == expected


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": 9, "completion_tokens": 4}, Usage(input_tokens=9, output_tokens=4)),
        ({"prompt_tokens": 9.0, "completion_tokens": 4, "total_tokens": 13}, Usage(input_tokens=9, output_tokens=4)),
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 4,
                "prompt_tokens_details": {"cached_tokens": 8},
                "completion_tokens_details": {"reasoning_tokens": 3},
            },
            Usage(input_tokens=9, output_tokens=4, cached_tokens=8, thinking_tokens=3),
        ),
        (
            {"prompt_tokens": 9, "completion_tokens": 4, "prompt_cache_hit_tokens": 5},
            Usage(input_tokens=9, output_tokens=4, cached_tokens=5),
        ),
        ({"prompt_tokens": 9, "cached_tokens": 6}, Usage(input_tokens=9, cached_tokens=6)),
        ({"prompt_tokens": "many"}, None),
        ([], None),
        ({"prompt_tokens": None, "completion_tokens": None}, None),
        (None, None),
    ],
)
def test_usage_is_read_as_each_vendor_sends_it(asking, usage, expected):
    assert asking(reply(usage=usage))().usage == expected


def test_a_refusal_in_the_message_is_content_refused_and_billed(asking):
    ask = asking(
        reply({"content": None, "refusal": "I cannot help."}, usage={"prompt_tokens": 5, "completion_tokens": 2})
    )
    with pytest.raises(ContentRefused, match="I cannot help") as caught:
        ask()
    assert (caught.value.paid, caught.value.input_tokens, caught.value.side) == (True, 5, "output")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"choices": []}, NotUnderstood),
        ({"choices": None, "usage": None}, NotUnderstood),
        (reply(""), NotUnderstood),
        (reply(None), NotUnderstood),
        (reply(finish="content_filter"), ContentRefused),
        ({"error": {"code": 503, "message": "upstream down"}}, Overloaded),
        ({"error": "invalid api key"}, NotUnderstood),
        ({"code": 10012, "message": "engine"}, NotUnderstood),
        (b"", NotUnderstood),
        (b"<!DOCTYPE html><html>Sign in</html>", NotUnderstood),
        (b"\xff\xfe broken", NotUnderstood),
        (b'{"choices": [{"message": {"content": "\xc3\x28"}}]}', NotUnderstood),
        (b'{"choices": [{"message": {"content": 5}}]}', NotUnderstood),
        (b'{"choices": [{"mess', NotUnderstood),
        (b'"just text"', NotUnderstood),
        ((307, b"", {"location": "https://other.test/v1"}), AccountProblem),
    ],
)
def test_what_is_no_answer_is_an_error_of_its_kind(asking, body, expected):
    with pytest.raises(ModelError) as caught:
        asking(body)()
    assert type(caught.value) is expected


def test_html_from_a_proxy_is_shown_with_its_first_80_characters(asking):
    with pytest.raises(NotUnderstood) as caught:
        asking(b"<!DOCTYPE html>\n<html>" + b"x" * 500)()
    assert "HTML: <!DOCTYPE html> <html>xxx" in caught.value.en
    assert len(caught.value.en) < 140


def test_a_body_that_says_html_but_is_json_is_read(asking):
    assert asking((200, reply(), {"content-type": "text/html"}))().text == "hello"


def test_keep_alive_lines_before_the_answer_are_skipped(asking):
    assert asking(b"\n\n\n" + msgspec.json.encode(reply()))().text == "hello"


def test_a_gateway_that_streams_unasked_is_understood(asking):
    assert asking(events(delta("hel"), delta("lo", "stop")))().text == "hello"


def test_an_answer_of_many_megabytes_is_read(asking):
    text = "x" * 9_000_000
    assert asking(reply(text))().text == text


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (WireError("slow", kind="timeout", sent=True), TimedOut),
        (WireError("gone", kind="reset", sent=True), Overloaded),
        (WireError("big", kind="too_large", sent=True), NotUnderstood),
        (WireError("cert", kind="tls", sent=False), AccountProblem),
    ],
)
def test_what_the_wire_did_not_carry_is_a_model_error(asking, error, expected):
    with pytest.raises(ModelError) as caught:
        asking(error)()
    assert type(caught.value) is expected


def test_a_key_that_cannot_be_sent_is_an_account_problem(asking):
    with pytest.raises(AccountProblem, match="line break"):
        asking(UsageError("a key holds a line break", zh="密钥含换行符"))()


def test_limits_that_a_vendor_states_are_kept(asking):
    headers = {
        "x-ratelimit-limit-requests": "500",
        "x-ratelimit-remaining-requests": "499",
        "x-ratelimit-limit-tokens": "200000",
        "x-ratelimit-reset-tokens": "6m0s",
    }
    ask = asking((200, reply(), headers))
    ask()
    seen = ask.model.rate_headers
    assert (seen.limit_requests, seen.remaining_requests, seen.limit_tokens) == (500, 499, 200_000)
    assert (seen.remaining_tokens, seen.reset_tokens_s) == (None, 360.0)


# ---- streams ------------------------------------------------------------------------------------------------------

USAGE = {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4}}
STREAM = events(delta("", role="assistant"), delta("你好,"), delta("世界 🌍"), delta("", "stop"), USAGE)


def test_a_stream_asks_for_usage_and_gathers_all(asking):
    ask = asking([STREAM], stream=True)
    answer = ask()
    assert (answer.text, answer.usage) == ("你好,世界 🌍", Usage(input_tokens=9, output_tokens=4))
    assert ask.wire.sent[0]["stream_options"] == {"include_usage": True}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_any_cut_of_a_stream_gives_the_same_answer(cuts):
    places = sorted({0, *cuts, len(STREAM)})
    pieces = [STREAM[a:b] for a, b in pairwise(places)]
    answer = gathered(pieces)
    assert (answer.text, answer.usage) == ("你好,世界 🌍", Usage(input_tokens=9, output_tokens=4))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(STREAM)))
def test_a_stream_that_ends_early_never_passes_as_an_answer(cut):
    finished = STREAM.index(b'"stop"') + len(b'"stop"}]}\n')
    try:
        answer = gathered([STREAM[:cut]])
    except (Truncated, NotUnderstood):
        assert cut < finished
    else:
        assert cut >= finished - 1
        assert answer.text == "你好,世界 🌍"


def gathered(pieces):
    """As `asking(pieces, stream=True)()`, for hypothesis, which wants no fixtures."""
    import asyncio

    from goodsmith.models.routes import resolve_model
    from goodsmith.models.vendor_model import VendorModel
    from goodsmith.records import ModelRequest

    class Wire:
        def stream(self, *args, **more):
            return self

        async def __aenter__(self):
            self.status, self.headers = 200, {}
            return self

        async def __aexit__(self, *error):
            return None

        async def pieces(self):
            for piece in pieces:
                yield piece

    route = resolve_model("custom/m", base_url="http://vendor.test/v1", environment={})
    return asyncio.run(VendorModel(route, Wire(), stream=True).complete(ModelRequest(system="", user="x"), timeout_s=5))


def test_a_stream_of_a_tool_call_is_joined(asking):
    def call(arguments, **more):
        return {"tool_calls": [{"index": 0, "function": {"arguments": arguments}, **more}]}

    chunks = [delta(**call('{"a"')), delta(**call(": 1}")), delta(finish="tool_calls")]
    assert asking([events(*chunks)], stream=True)().text == '{"a": 1}'


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([events(delta("half"), done=False)], Truncated),
        ([events(delta("half"))], Truncated),  # [DONE] without a finish reason
        ([events(delta("half"), done=False), WireError("gone", kind="reset", sent=True)], Truncated),
        ([WireError("gone", kind="reset", sent=True)], Overloaded),
        ([events(delta("half"), done=False), WireError("quiet", kind="timeout", sent=True)], TimedOut),
        ([events(delta("half"), {"error": {"message": "overloaded", "code": "server_error"}})], Overloaded),
        ([events(delta("half"), b"{broken", done=False)], NotUnderstood),
        ([events(delta("", "length"))], Truncated),
        ([events(delta("x", "content_filter"))], ContentRefused),
        ([events(delta(None, "stop", refusal="no"))], ContentRefused),
        ([b"<html>sign in</html>"], NotUnderstood),
        ([b""], Truncated),
        ([b": keep-alive\n\n"], Truncated),
    ],
)
def test_a_stream_that_did_not_end_well_is_an_error(asking, pieces, expected):
    with pytest.raises(ModelError) as caught:
        asking(pieces, stream=True)()
    assert type(caught.value) is expected


def test_a_broken_stream_keeps_its_text(asking):
    with pytest.raises(Truncated) as caught:
        asking([events(delta("half of "), delta("it"), done=False)], stream=True)()
    assert caught.value.partial == "half of it"


def test_a_server_that_does_not_stream_though_asked_is_understood(asking):
    body = msgspec.json.encode(reply("hello"))
    assert asking([body[:10], body[10:]], stream=True)().text == "hello"


def test_an_error_status_in_a_stream_is_read_whole(asking):
    body = msgspec.json.encode(refusal("response_format is not supported")[1])
    ask = asking((400, [body[:7], body[7:]]), [STREAM], stream=True)
    assert ask(schema=SCHEMA).text == "你好,世界 🌍"
    assert ask.model.learned == Learned(rung="json_object")


def test_a_vendor_whose_streams_end_with_done_only_is_told_by_data(asking):
    ask = asking(
        [events(delta("whole"))], model="spark/lite", base_url="https://spark-api-open.xf-yun.com/v1", stream=True
    )
    assert ask().text == "whole"
