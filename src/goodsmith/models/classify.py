"""What went wrong, from a vendor's words: (vendor, HTTP status, code, message) -> an error that says what to do.

The judgement is a table in `providers.yaml`: the vendor's own rows first, then the rows for all. A status alone means
little: a 429 can be a throttle, an overload, an unpaid bill or a request that rose too steeply.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase
from typing import Any, Final

import msgspec

from goodsmith.errors import (
    AccountProblem,
    BadRequest,
    ContentRefused,
    ContextOverflow,
    ModelError,
    NotUnderstood,
    Overloaded,
    RateLimited,
    TimedOut,
    Truncated,
    WireError,
)
from goodsmith.models.providers import About, ErrorRow, Meaning, Provider, rows_for_all
from goodsmith.models.secrets import Secret

SHOWN: Final = 80  # characters of an answer that is not understood
_QUOTED: Final = 300  # characters of a vendor's message
_READ: Final = 8_000  # bytes of an error page that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What a vendor said, brought into one form."""

    status: int
    codes: tuple[str, ...] = ()  # code and type, as sent
    message: str = ""
    parameter: str = ""  # the field of the request that is complained of
    finish: str = ""
    html: bool = False
    wait: str = ""  # how long to wait, as the body says it

    @property
    def code(self) -> str:
        return self.codes[0] if self.codes else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a failure means. row: the line of the table that decided."""

    means: Meaning
    failure: Failure
    row: ErrorRow

    @property
    def side(self) -> str:
        """`input` or `output`: whose content was refused."""
        if self.row.side != "message":
            return self.row.side
        lower = self.failure.message.lower()
        told_output = "output" in lower or "输出" in lower or "生成" in lower
        return "output" if told_output and not ("input" in lower or "输入" in lower) else "input"


def judge(failure: Failure, vendor: Provider) -> Verdict:
    """The first row of the tables that fits."""
    if failure.html and not (failure.status in _STATUS_IS_ENOUGH or failure.status >= 500):
        return Verdict(means="not_understood", failure=failure, row=_NOT_UNDERSTOOD)
    for row in (*vendor.errors, *rows_for_all()):
        if _fits(row, failure):
            return Verdict(means=row.means, failure=failure, row=row)
    return Verdict(means="not_understood", failure=failure, row=_NOT_UNDERSTOOD)


def failure_of(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Failure:
    """Read an error body of any of the shapes that vendors use; HTML and plain text too."""
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        text = body[:_READ].decode("utf-8", "replace").strip()
        html = text.startswith("<") or "html" in ((headers or {}).get("content-type") or "")
        return Failure(status=status, message=text, html=html)
    return _failure_in(status, said)


def failure_inside(said: Any) -> Failure | None:
    """The error that an HTTP 200 may carry; None if there is none."""
    failure = _failure_in(200, said)
    return failure if failure.codes or failure.message else None


def to_error(
    verdict: Verdict,
    vendor: Provider,
    *,
    headers: Mapping[str, str] | None = None,
    key: Secret | None = None,
    model: str = "",
    now: datetime | None = None,
) -> ModelError:
    """The verdict as an error that can be raised. Nothing that failed with an HTTP error is billed."""
    failure = verdict.failure
    code = failure.code or failure.finish or None
    status = failure.status or None
    en, zh = _sentences(verdict, vendor, key, model)
    error: ModelError
    match verdict.means:
        case "rate_limited":
            wait_s = retry_after_s(headers or {}, failure.message, now=now)
            if wait_s is None and failure.wait:
                wait_s = parse_duration_s(failure.wait)
            error = RateLimited(en, zh=zh, retry_after_s=wait_s, status=status, vendor_code=code)
        case "content_refused":
            error = ContentRefused(en, zh=zh, side=verdict.side, status=status, vendor_code=code)
        case "truncated":
            error = Truncated(en, zh=zh, status=status, vendor_code=code)
        case _:
            error = _KINDS[verdict.means](en, zh=zh, status=status, vendor_code=code)
    if failure.status >= 300:
        error.paid = False
    return error


def error_of_wire(error: WireError, vendor: Provider) -> ModelError:
    """A call that the network did not carry, as an error of the model."""
    made: ModelError
    if error.kind == "timeout":
        made = TimedOut(error.en, zh=error.zh)
    elif error.kind in ("too_large", "malformed"):
        made = NotUnderstood(error.en, zh=error.zh)
    elif error.kind == "tls" or (error.kind == "proxy" and "auth" in error.en.lower()):
        made = AccountProblem(error.en, zh=error.zh)  # no row gets through until somebody mends it
    else:
        hint, hint_zh = "", ""
        if error.kind == "refused" and vendor.id in _LOCAL_SERVERS:
            hint, hint_zh = f"; start {vendor.name} first", f";请先启动 {vendor.name}"
        made = Overloaded(error.en + hint, zh=(error.zh or error.en) + hint_zh)
    made.paid = None if error.sent else False
    return made


def not_understood(what: str, body: bytes | str, vendor: Provider, *, key: Secret | None = None) -> NotUnderstood:
    """An answer that is not the protocol, with its first characters."""
    shown = _shown(body, key)
    return NotUnderstood(
        f"{vendor.name} sent {what}: {shown}",
        zh=f"{vendor.name_zh} 的回答不符合协议({what}):{shown}",
        status=200,
    )


def refused_parameter(failure: Failure, sent: Iterable[str]) -> str | None:
    """Which of the parameters that were sent a vendor does not want; None if it complains of something else."""
    names = sorted(sent)
    parameter = failure.parameter.rpartition(".")[2]
    for name in (parameter, failure.parameter.partition(".")[0]):
        if name in names:
            return name
    lower = failure.message.lower()
    if not any(words in lower for words in _REFUSING_WORDS):
        return None
    found = {name: re.search(rf"(?<![a-z0-9_]){re.escape(name)}(?![a-z0-9_])", lower) for name in names}
    places = {name: place.start() for name, place in found.items() if place}
    return min(places, key=lambda name: places[name]) if places else None  # what is offered instead comes later


# ---- what headers say of limits -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RateHeaders:
    """What a vendor said last of its limits, in requests and tokens a minute; None: it does not say."""

    limit_requests: int | None = None
    remaining_requests: int | None = None
    limit_tokens: int | None = None
    remaining_tokens: int | None = None
    reset_requests_s: float | None = None
    reset_tokens_s: float | None = None


def rate_headers(headers: Mapping[str, str], *, now: datetime | None = None) -> RateHeaders | None:
    """The limits in OpenAI's headers, which others send too, or in Anthropic's; None where there are none."""
    for form in _RATE_FORMS:
        said = {
            f"{what}_{kind}": headers.get(form.format(what=what, kind=kind))
            for what in ("limit", "remaining", "reset")
            for kind in ("requests", "tokens")
        }
        if said["limit_requests"] is not None or said["limit_tokens"] is not None:
            return RateHeaders(
                **{name: _whole(value) for name, value in said.items() if not name.startswith("reset")},
                reset_requests_s=_until_s(said["reset_requests"], now),
                reset_tokens_s=_until_s(said["reset_tokens"], now),
            )
    return None


_RATE_FORMS: Final = ("x-ratelimit-{what}-{kind}", "anthropic-ratelimit-{kind}-{what}")


def _whole(value: str | None) -> int | None:
    return int(value) if value and value.isdecimal() and len(value) < 19 else None


def _until_s(value: str | None, now: datetime | None) -> float | None:
    """A length of time, or a moment in the form of RFC 3339."""
    if not value:
        return None
    if (seconds := parse_duration_s(value)) is not None:
        return seconds
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return max(0.0, (moment.astimezone(UTC) - (now or datetime.now(UTC))).total_seconds())


# ---- how long to wait ---------------------------------------------------------------------------------------------


def retry_after_s(headers: Mapping[str, str], message: str = "", *, now: datetime | None = None) -> float | None:
    """Seconds that a vendor asks us to wait; None if it did not say.

    In this order: retry-after-ms, retry-after (seconds or an HTTP date), x-ratelimit-reset-* of what is used up,
    and "try again in 20s" in the message.
    """
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    if said := headers.get("retry-after"):
        if (seconds := parse_duration_s(said)) is not None:
            return seconds
        if (date := _http_date(said)) is not None:
            here = (
                now or _http_date(headers.get("date") or "") or datetime.now(UTC)
            )  # the vendor's own clock, if it says
            return max(0.0, (date - here).total_seconds())
    waits = [
        wait
        for kind in ("requests", "tokens")
        if _number(headers.get(f"x-ratelimit-remaining-{kind}")) in (0, None)
        and (wait := parse_duration_s(headers.get(f"x-ratelimit-reset-{kind}") or "")) is not None
    ]
    if waits:
        return max(waits)
    if found := _TRY_AGAIN.search(message):
        return parse_duration_s(found.group(1))
    return None


def parse_duration_s(text: str) -> float | None:
    """`20`, `1.5`, `312ms`, `6m0s`, `1h2m3s`, `20 seconds` as seconds; None for anything else."""
    text = text.strip().lower().rstrip(".")
    if (plain := _number(text)) is not None:
        return plain
    total, end = 0.0, 0
    for part in _DURATION.finditer(text):
        if text[end : part.start()].strip():
            return None
        total += float(part.group(1)) * _UNIT_S[part.group(2)]
        end = part.end()
    return total if end and end == len(text) else None


_UNIT_S: Final = {
    **dict.fromkeys(("ms", "milliseconds"), 0.001),
    **dict.fromkeys(("s", "sec", "second", "seconds", "秒"), 1.0),
    **dict.fromkeys(("m", "min", "minute", "minutes", "分钟"), 60.0),
    **dict.fromkeys(("h", "hour", "hours", "小时"), 3600.0),
    **dict.fromkeys(("d", "day", "days", "天"), 86400.0),
}
_UNITS: Final = "|".join(sorted(_UNIT_S, key=len, reverse=True))
_DURATION: Final = re.compile(rf"([0-9]{{1,9}}(?:\.[0-9]{{1,9}})?)\s?({_UNITS})\s?")
_TRY_AGAIN: Final = re.compile(
    rf"(?:try again|retry|retrying) (?:in|after) ((?:[0-9.]{{1,12}}\s?(?:{_UNITS})\s?){{1,4}})", re.IGNORECASE
)


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 <= number < 10**9 else None  # neither negative nor infinite


def _http_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


# ---- the table ----------------------------------------------------------------------------------------------------

_NOT_UNDERSTOOD: Final = ErrorRow(means="not_understood")
_STATUS_IS_ENOUGH: Final = (401, 402, 404, 405, 407, 429)  # also when a page of HTML comes with it
_LOCAL_SERVERS: Final = ("ollama", "vllm", "llamacpp")


def _fits(row: ErrorRow, failure: Failure) -> bool:
    if row.finishes or failure.finish:
        return failure.finish in row.finishes
    if row.statuses and not any(failure.status in statuses for statuses in row.statuses):
        return False
    if row.codes and not any(fnmatchcase(code.lower(), known) for code in failure.codes for known in row.codes):
        return False
    if row.texts:
        lower = failure.message.lower()
        return any(text in lower for text in row.texts)
    return bool(row.statuses or row.codes)


def _failure_in(status: int, said: Any) -> Failure:
    """The error of a decoded body: nested or flat, with the names that vendors use."""
    if isinstance(said, list) and said:
        said = said[0]
    if not isinstance(said, dict):
        return Failure(status=status, message=said if isinstance(said, str) else "")
    error = said
    for name in ("error", "Response", "Error"):
        inner = error.get(name)
        if isinstance(inner, str) and inner:
            return Failure(status=status, codes=_texts(said.get("code"), said.get("type")), message=inner)
        if isinstance(inner, dict):
            error = inner
    codes = _texts(
        *(error.get(name) for name in ("code", "error_code", "Code", "type", "status")),
        error["error"] if isinstance(error.get("error"), int) else None,
    )
    if error is said and status == 200:  # an answer may have harmless fields of these names
        codes = tuple(code for code in _texts(said.get("code"), said.get("error_code")) if code not in _FINE)
        if not codes:
            return Failure(status=status)
    message = next(
        (
            text
            for name in ("message", "error_msg", "Message", "msg", "detail", "reason")
            if (text := _as_text(error.get(name)))
        ),
        "",
    )
    details = error.get("details")
    details = [detail for detail in details if isinstance(detail, dict)] if isinstance(details, list) else []
    reasons = _texts(*(detail.get("reason") for detail in details))  # Google's: API_KEY_INVALID and the like
    wait = next((text for detail in details if (text := _as_text(detail.get("retryDelay")))), "")
    if status == 200:  # gateways put the status of the vendor behind them into the body
        status = next((int(code) for code in codes if re.fullmatch("[45][0-9]{2}", code)), status)
    codes = tuple(code for code in codes if code != str(status)) or codes
    parameter = _as_text(error.get("param"))
    return Failure(status=status, codes=codes + reasons, message=message, parameter=parameter, wait=wait)


_FINE: Final = ("0", "200", "success", "ok", "None")


def _texts(*values: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(value) for value in values if isinstance(value, str | int) and value != ""))


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else msgspec.json.encode(value).decode()


_REFUSING_WORDS: Final = (
    *("unsupported", "not support", "unknown", "unrecognized", "unexpected", "not permitted", "not allowed", "invalid"),
    *("extra input", "extra field", "only the default", "must be", "not recognized", "cannot be set"),
    *("不支持", "未知", "必须"),
)


# ---- sentences ----------------------------------------------------------------------------------------------------

_KINDS: Final[Mapping[str, type[ModelError]]] = {
    "overloaded": Overloaded,
    "timed_out": TimedOut,
    "context_overflow": ContextOverflow,
    "bad_request": BadRequest,
    "schema_refused": BadRequest,
    "parameter_refused": BadRequest,
    "account": AccountProblem,
    "not_understood": NotUnderstood,
}

_SAYINGS: Final[Mapping[Meaning, tuple[str, str]]] = {
    "rate_limited": ("{who} asks us to wait", "{who} 要求等待"),
    "overloaded": ("{who} has trouble", "{who} 服务异常"),
    "timed_out": ("{who} gave up waiting for its model", "{who} 等待模型超时"),
    "truncated": ("{who} broke its answer off", "{who} 的回答被截断"),
    "content_refused": ("{who} refuses the content", "{who} 拒绝该内容"),
    "context_overflow": ("the prompt is longer than {model} takes", "提示词超过 {model} 的长度上限"),
    "bad_request": ("{who} does not understand the request", "{who} 不理解该请求"),
    "schema_refused": ("{who} does not take the shape of answer that was asked", "{who} 不支持所要求的回答格式"),
    "parameter_refused": ("{who} does not take a parameter", "{who} 不支持某个参数"),
    "not_understood": ("{who} sent what is not its protocol", "{who} 的回答不符合协议"),
}

_ACCOUNT_SAYINGS: Final[Mapping[About, tuple[str, str]]] = {
    "key": ("{who} refuses the key{key}", "{who} 拒绝该密钥{key}"),
    "credit": ("the account at {who} has no credit left or an unpaid bill", "{who} 账户余额不足或欠费"),
    "permission": ("{who} does not permit this", "{who} 没有开放此权限"),
    "model": ("{who} knows no model {model!r}, or the key may not use it", "{who} 没有模型 {model!r},或该密钥无权使用"),
    "address": (
        "nothing answers to {protocol} at this address of {who}; check --base-url",
        "{who} 的此地址不提供 {protocol} 接口;请检查 --base-url",
    ),
    "region": (
        "{who} does not serve this region, or the key belongs to another one; check --base-url and the account",
        "{who} 不在本地区提供服务,或密钥属于其他区域;请检查 --base-url 与账户",
    ),
    "clock": (
        "{who} refuses the request for its time: this machine's clock is wrong",
        "{who} 因时间戳拒绝请求:本机时钟不准",
    ),
}


_PROTOCOLS: Final = {
    "openai_chat": "OpenAI chat",
    "anthropic_messages": "Anthropic messages",
    "gemini": "Gemini",
}


def _sentences(verdict: Verdict, vendor: Provider, key: Secret | None, model: str) -> tuple[str, str]:
    failure = verdict.failure
    if verdict.means == "account":
        en, zh = _ACCOUNT_SAYINGS[verdict.row.about]
    else:
        en, zh = _SAYINGS[verdict.means]
    parts = []
    if failure.status and failure.status != 200:
        parts.append(f"HTTP {failure.status}")
    parts.extend(failure.codes[:1])
    if failure.finish:
        parts.append(f"finish reason {failure.finish}")
    where = f" ({', '.join(parts)})" if parts else ""
    limit = SHOWN if failure.html or verdict.means == "not_understood" else _QUOTED
    message = _shown(failure.message, key, limit) if failure.message else ""
    words = {
        "who": vendor.name,
        "protocol": _PROTOCOLS.get(vendor.protocol, vendor.protocol),
        "model": model or "the model",
        "key": f" of {key.source}" if key is not None and key.source != "given" else "",
    }
    tail = f": {message}" if message else ""
    zh_words = {
        **words,
        "who": vendor.name_zh,
        "key": f"({key.source})" if words["key"] and key else "",
        "model": model or "该模型",
    }
    return en.format(**words) + where + tail, zh.format(**zh_words) + where + tail


def _shown(body: bytes | str, key: Secret | None, limit: int = SHOWN) -> str:
    text = body[:_READ].decode("utf-8", "replace") if isinstance(body, bytes) else body[:_READ]
    if key is not None:
        text = key.hide(text)
    line = " ".join(text.split())
    return line if len(line) <= limit else line[:limit] + "…"
