"""What vendors' errors mean: the traps one by one, and every row of the tables."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodsmith.errors import (
    AccountProblem,
    BadRequest,
    ContentRefused,
    ContextOverflow,
    NotUnderstood,
    Overloaded,
    RateLimited,
    TimedOut,
    Truncated,
    WireError,
)
from goodsmith.models.classify import (
    Failure,
    error_of_wire,
    failure_inside,
    failure_of,
    judge,
    parse_duration_s,
    refused_parameter,
    retry_after_s,
    to_error,
)
from goodsmith.models.providers import providers, rows_for_all
from goodsmith.models.secrets import Secret


def said(code=None, message="", kind=None, **more):
    return {"error": {"message": message, "type": kind, "code": code, **more}}


def error_for(vendor, status, body, headers=None, **more):
    encoded = body if isinstance(body, bytes) else msgspec.json.encode(body)
    failure = failure_inside(body) if status == 200 else failure_of(status, encoded, headers)
    return to_error(judge(failure, providers()[vendor]), providers()[vendor], headers=headers, **more)


TRAPS = [
    # one word, two meanings
    ("dashscope", 429, said("insufficient_quota", "You exceeded your current quota"), RateLimited),
    ("openai", 429, said("insufficient_quota", "You exceeded your current quota, check your plan"), AccountProblem),
    ("custom", 429, said("insufficient_quota", "please check your plan and billing details"), AccountProblem),
    ("custom", 429, said("rate_limit_exceeded", "Rate limit reached for requests"), RateLimited),
    # 429 that no waiting mends
    ("zhipu", 429, said("1113", "您的账户已欠费,请充值后重试。"), AccountProblem),
    ("zhipu", 429, said("1302", "并发数过高"), RateLimited),
    ("zhipu", 429, said("1305", "API 调用量过大"), Overloaded),
    ("dashscope", 429, said("PostpaidBillOverdue", "bill overdue"), AccountProblem),
    ("dashscope", 429, said("limit_burst_rate", "Request rate increased too quickly"), RateLimited),
    ("dashscope", 400, said("Arrearage", "Access denied, account is not in good standing"), AccountProblem),
    ("moonshot", 429, said(None, "engine overloaded", "engine_overloaded_error"), Overloaded),
    ("moonshot", 429, said(None, "rate limit reached", "rate_limit_reached_error"), RateLimited),
    ("moonshot", 429, said(None, "current quota exceeded", "exceeded_current_quota_error"), AccountProblem),
    ("deepseek", 402, said("invalid_request_error", "Insufficient Balance"), AccountProblem),
    ("qianfan", 429, said("tpm_rate_limit_exceeded", "tokens"), RateLimited),
    ("pangu", 429, {"error_code": "ModelArts.81101", "error_msg": "too many requests"}, RateLimited),
    ("spark", 200, {"code": 11202, "message": "QPS limit", "sid": "x"}, RateLimited),
    ("qianfan", 200, {"error_code": 336501, "error_msg": "rpm limit"}, RateLimited),
    # refusals of content
    ("zhipu", 400, said("1301", "系统检测到输入或生成内容可能包含不安全或敏感内容"), ContentRefused),
    ("deepseek", 400, said("invalid_request_error", "Content Exists Risk"), ContentRefused),
    ("dashscope", 400, said("data_inspection_failed", "Input data may contain inappropriate content."), ContentRefused),
    ("moonshot", 400, said(None, "The request was rejected: considered high risk", "content_filter"), ContentRefused),
    ("pangu", 403, {"error_code": "ModelArts.81011", "error_msg": "sensitive"}, ContentRefused),
    ("azure", 400, said("content_filter", "filtered"), ContentRefused),
    ("qianfan", 400, said("image_url_unsafe", "unsafe"), ContentRefused),
    ("qianfan", 200, {"error_code": 336100, "error_msg": "the content is sensitive"}, ContentRefused),
    ("spark", 200, {"code": 10013, "message": "input content audit failed"}, ContentRefused),
    ("sensenova", 400, said(18, "blocked"), ContentRefused),
    # prompts that are too long
    ("openai", 400, said("context_length_exceeded", "maximum context length is 8192"), ContextOverflow),
    ("moonshot", 400, said(None, "Your request exceeded model token limit: 8192"), ContextOverflow),
    ("dashscope", 400, said("invalid_parameter", "Range of input length should be [1, 30720]"), ContextOverflow),
    ("llamacpp", 400, said(400, "the context is full", "exceed_context_size_error"), ContextOverflow),
    ("zhipu", 400, said("1261", "Prompt 超长"), ContextOverflow),
    ("spark", 200, {"code": 10907, "message": "token 数量超过上限"}, ContextOverflow),
    ("custom", 413, b"", ContextOverflow),
    # keys, models, addresses
    ("openai", 401, said("invalid_api_key", "Incorrect API key provided"), AccountProblem),
    ("qianfan", 401, said("invalid_iam_token", "token"), AccountProblem),
    ("custom", 404, said("model_not_found", "The model `x` does not exist"), AccountProblem),
    ("custom", 404, b"404 page not found", AccountProblem),
    ("custom", 403, said("forbidden", "no"), AccountProblem),
    ("custom", 307, b"", AccountProblem),
    # trouble on their side
    ("dashscope", 500, said("RequestTimeOut", "Request timed out"), TimedOut),
    ("custom", 504, b"<html>Gateway Time-out</html>", TimedOut),
    ("custom", 503, b"<html><body>503 Service Unavailable</body></html>", Overloaded),
    ("custom", 529, said("overloaded_error", "Overloaded"), Overloaded),
    ("custom", 200, said(502, "upstream error"), Overloaded),
    ("custom", 200, said("server_error", "try later"), Overloaded),
    # what is left
    ("custom", 400, said("invalid_request_error", "messages: bad"), BadRequest),
    ("custom", 422, {"detail": [{"loc": ["body"], "msg": "field required"}]}, BadRequest),
    ("custom", 403, b"<!DOCTYPE html><html>Please sign in</html>", NotUnderstood),
    ("custom", 200, said("odd", "something new"), NotUnderstood),
]  # fmt: skip


@pytest.mark.parametrize(("vendor", "status", "body", "expected"), TRAPS)
def test_the_same_status_means_what_vendor_and_code_make_of_it(vendor, status, body, expected):
    error = error_for(vendor, status, body)
    assert type(error) is expected
    assert error.zh
    if status >= 300:
        assert error.paid is False


@pytest.mark.parametrize(
    ("message", "side"),
    [
        ("Input data may contain inappropriate content.", "input"),
        ("Output data may contain inappropriate content.", "output"),
        ("系统检测到生成内容可能不安全", "output"),
    ],
)
def test_the_message_tells_whose_content_was_refused(message, side):
    assert error_for("dashscope", 400, said("data_inspection_failed", message)).side == side


FINISHES = [
    ("zhipu", "sensitive", ContentRefused),
    ("deepseek", "content_filter", ContentRefused),
    ("zhipu", "network_error", Overloaded),
    ("deepseek", "insufficient_system_resource", Overloaded),
    ("custom", "length", Truncated),
    ("custom", "max_tokens", Truncated),
]


@pytest.mark.parametrize(("vendor", "finish", "expected"), FINISHES)
def test_finish_reasons_are_errors_too(vendor, finish, expected):
    verdict = judge(Failure(status=200, finish=finish), providers()[vendor])
    assert type(to_error(verdict, providers()[vendor])) is expected


# ---- the tables ---------------------------------------------------------------------------------------------------


def failures_for(row):
    """Failures that have exactly what a row asks for."""
    statuses = [one for statuses in row.statuses for one in statuses] or [200]
    codes = [code.replace("*", "").replace("?", "0") for code in row.codes] or [""]
    return [
        Failure(
            status=status,
            codes=tuple(code for code in (code,) if code),
            message=text,
            finish=row.finishes[0] if row.finishes else "",
        )
        for status in statuses
        for code in codes
        for text in (row.texts or ("",))
    ]


ROWS = [
    *((vendor, row) for vendor in providers().values() for row in vendor.errors),
    *((providers()["custom"], row) for row in rows_for_all()),
]


@pytest.mark.parametrize(
    ("vendor", "row"), ROWS, ids=lambda value: getattr(value, "id", None) or f"{value.means}-{value.codes}"
)
def test_every_row_decides_what_it_describes(vendor, row):
    """And none is hidden by a row above it."""
    verdicts = [judge(failure, vendor) for failure in failures_for(row)]
    assert any(verdict.row == row for verdict in verdicts)
    for verdict in verdicts:
        assert to_error(verdict, vendor).en


leaves = st.none() | st.booleans() | st.integers() | st.text()
names = st.sampled_from(["error", "code", "message", "type", "detail", "x"])
bodies = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(names, inner)).map(msgspec.json.encode)


@settings(deadline=None)
@given(st.sampled_from(sorted(providers())), st.integers(100, 599), st.binary(max_size=300) | bodies)
def test_no_error_body_breaks_the_judgement(vendor, status, body):
    error = to_error(judge(failure_of(status, body), providers()[vendor]), providers()[vendor])
    assert error.en
    assert len(error.en) < 1_000


# ---- what is said -------------------------------------------------------------------------------------------------


def test_an_error_names_vendor_status_code_and_message():
    error = error_for("openai", 429, said("insufficient_quota", "check your plan"))
    assert "OpenAI has no credit" in error.en
    assert "HTTP 429, insufficient_quota" in error.en
    assert (error.status, error.vendor_code) == (429, "insufficient_quota")


def test_a_key_that_a_vendor_quotes_is_shown_as_stars():
    key = Secret("sk-abcdef123456", source="env:OPENAI_API_KEY")
    error = error_for("openai", 401, said("invalid_api_key", "Incorrect API key: sk-abcdef123456"), key=key)
    assert "sk-abcdef" not in error.en + error.zh
    assert "env:OPENAI_API_KEY" in error.en


def test_html_is_shown_with_its_first_80_characters():
    error = error_for("custom", 403, b"<html>" + b"x" * 500)
    assert error.en.endswith("<html>" + "x" * 74 + "…")


@pytest.mark.parametrize(
    ("kind", "sent", "expected", "paid"),
    [
        ("refused", False, Overloaded, False),
        ("dns", False, Overloaded, False),
        ("connect_timeout", False, Overloaded, False),
        ("reset", True, Overloaded, None),
        ("timeout", True, TimedOut, None),
        ("tls", False, AccountProblem, False),
        ("too_large", True, NotUnderstood, None),
        ("malformed", True, NotUnderstood, None),
    ],
)
def test_what_the_network_did_not_carry_says_whether_it_can_have_been_billed(kind, sent, expected, paid):
    error = error_of_wire(WireError("it broke", kind=kind, sent=sent), providers()["ollama"])
    assert type(error) is expected
    assert error.paid is paid


def test_a_local_server_that_is_not_there_is_asked_for_by_name():
    error = error_of_wire(WireError("refused", kind="refused", sent=False), providers()["ollama"])
    assert "start Ollama first" in error.en


# ---- waiting ------------------------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "message", "expected"),
    [
        ({"retry-after": "7"}, "", 7.0),
        ({"retry-after": "0.5"}, "", 0.5),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT"}, "", 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT"}, "", 0.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, "", 1.5),
        ({"x-ratelimit-reset-requests": "6m0s"}, "", 360.0),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "250ms"}, "", 0.25),
        (
            {
                "x-ratelimit-remaining-requests": "40",
                "x-ratelimit-reset-requests": "6m0s",
                "x-ratelimit-remaining-tokens": "0",
                "x-ratelimit-reset-tokens": "3s",
            },
            "",
            3.0,
        ),
        ({}, "Rate limit reached. Please try again in 6m0s.", 360.0),
        ({}, "Please try again in 312ms. Contact us", 0.312),
        ({}, "Please retry in 13.5s.", 13.5),
        ({}, "Too many requests", None),
        ({"retry-after": "soon"}, "", None),
        ({"retry-after": "-5"}, "", None),
        ({"retry-after": "inf"}, "", None),
    ],
)
def test_a_vendor_says_in_many_ways_how_long_to_wait(headers, message, expected):
    assert retry_after_s(headers, message, now=NOW) == (None if expected is None else pytest.approx(expected))


@settings(deadline=None)
@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59))
def test_durations_add_up(hours, minutes, seconds):
    assert parse_duration_s(f"{hours}h{minutes}m{seconds}s") == hours * 3600 + minutes * 60 + seconds


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_a_duration_or_none(text):
    found = parse_duration_s(text)
    assert found is None or 0 <= found < 1e15


# ---- parameters ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (Failure(status=400, parameter="temperature", message="Unsupported value"), "temperature"),
        (Failure(status=400, message="temperature is not supported by this model"), "temperature"),
        (Failure(status=400, message="Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'"), "max_tokens"),
        (Failure(status=400, message="参数enable_thinking不支持"), "enable_thinking"),
        (Failure(status=400, message="the temperature of the sea is high"), None),
        (Failure(status=400, message="unknown role in messages"), None),
        (Failure(status=400, parameter="messages.0", message="invalid"), None),
    ],
)
def test_a_refused_parameter_is_found_by_field_or_words(failure, expected):
    assert refused_parameter(failure, {"temperature", "max_tokens", "enable_thinking", "seed"}) == expected
