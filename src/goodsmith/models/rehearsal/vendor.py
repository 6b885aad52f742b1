"""What the rehearsal vendor does with a request: pure in the seed, the prompt and how often it was asked.

Two vendors with one seed treat the same prompts alike, in whatever order they come; a prompt that is asked again is a
new draw, so retries can succeed.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from goodsmith.models.rehearsal.answers import Maker, Occasion, language_of, maker_of, name_of, plain_words
from goodsmith.models.rehearsal.profiles import PROFILES, SHARES, Profile, profile


@dataclass(slots=True)
class Reply:
    """What goes back, and after how long. stream: HTTP chunks of server-sent events, instead of body.

    reset: break the connection. cut: end the stream without its last events.
    """

    status: int = 200
    body: bytes = b""
    delay_s: float = 0.0
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"
    stream: tuple[bytes, ...] | None = None
    reset: bool = False
    row: str = ""
    release: Profile | None = None  # whose place in flight is given back when it was sent


@dataclass(slots=True)
class Counts:
    requests: int = 0
    answered: int = 0  # with HTTP 200 and an answer: what a real vendor would bill
    by_status: Counter[int] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    rows: dict[str, list[int]] = field(default_factory=dict)  # row marker -> requests, answers
    prompts: dict[int, int] = field(default_factory=dict)  # hash of a prompt -> requests that reached the model
    input_tokens: int = 0
    output_tokens: int = 0
    in_flight: int = 0
    most_in_flight: int = 0


class Vendor:
    """Answers requests; holds counters and quotas. default: the profile of models that have no profile's name."""

    def __init__(self, default: str = "smooth", *, seed: int = 0, changes: Mapping[str, Any] | None = None) -> None:
        profile(default)  # raises for a name that nobody knows
        self.default, self.seed = default, seed
        self.counts = Counts()
        self._changes: dict[str, Any] = {}
        self._profiles: dict[str, Profile] = {}
        self._makers: dict[bytes, Maker] = {}
        self._systems: dict[str, tuple[str, int]] = {}
        self._quotas: dict[Profile, _Quota] = {}
        self.change(changes or {})

    def change(self, changes: Mapping[str, Any]) -> None:
        """Replace fields of every profile from now on. Raises UsageError."""
        typed = {name: getattr(Profile().changed({name: value}), name) for name, value in changes.items()}
        changed = {**self._changes, **typed}
        self._profiles = {name: _changed(shipped, changed) for name, shipped in PROFILES.items()}
        self._changes = changed
        self._quotas = {}

    def restore(self) -> None:
        """Every profile as shipped."""
        self._changes = {}
        self.change({})

    def reset(self) -> None:
        """Counters and quotas start anew; requests in flight stay counted as such."""
        self.counts = Counts(in_flight=self.counts.in_flight)
        self._quotas = {}

    def take(self, body: bytes, now: float) -> Reply:
        """Decide on one chat request. now: seconds of a monotonic clock."""
        counts = self.counts
        counts.requests += 1
        found = _ROW.search(body)
        row = found.group(1).decode() if found else ""
        if row:
            counts.rows.setdefault(row, [0, 0])[0] += 1
        reply = self._decide(body, row, now)
        reply.row = row
        counts.by_status[0 if reply.reset else reply.status] += 1
        return reply

    def started(self) -> None:
        self.counts.in_flight += 1
        self.counts.most_in_flight = max(self.counts.most_in_flight, self.counts.in_flight)

    def finished(self, reply: Reply) -> None:
        """The reply was sent, or its client has gone."""
        self.counts.in_flight -= 1
        if reply.release is not None and reply.release in self._quotas:
            quota = self._quotas[reply.release]
            quota.in_flight = max(0, quota.in_flight - 1)  # quotas may have been reset meanwhile

    def statistics(self) -> dict[str, Any]:
        """What `/stats` shows."""
        counts = self.counts
        return {
            "requests": counts.requests,
            "answered": counts.answered,
            "by_status": {str(status or "reset"): count for status, count in sorted(counts.by_status.items())},
            "faults": dict(counts.faults),
            "rows": len(counts.rows),
            "rows_answered": sum(1 for _, answers in counts.rows.values() if answers),
            "rows_asked_again": sum(1 for asked, _ in counts.rows.values() if asked > 1),
            "answers_repeated": sum(answers - 1 for _, answers in counts.rows.values() if answers > 1),
            "prompts": len(counts.prompts),
            "prompts_asked_again": sum(1 for asked in counts.prompts.values() if asked > 1),
            "input_tokens": counts.input_tokens,
            "output_tokens": counts.output_tokens,
            "in_flight": counts.in_flight,
            "most_in_flight": counts.most_in_flight,
            "changes": {
                name: list(value) if isinstance(value, tuple) else value for name, value in self._changes.items()
            },
            "seed": self.seed,
        }

    # ---- deciding -------------------------------------------------------------------------------------------------

    def _decide(self, body: bytes, row: str, now: float) -> Reply:
        try:
            asked = _decode_asked(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return _error(400, f"the body is not a chat request: {error}", code="invalid_request_error")
        if not asked.messages:
            return _error(400, "messages: at least one message is needed", code="invalid_request_error")
        profile = self._profiles.get(asked.model) or self._profiles[self.default]
        if profile.account:
            self.counts.faults[profile.account] += 1
            return _ACCOUNT_ERRORS[profile.account]()
        if refused := _refused(asked, profile):
            self.counts.faults["refused_parameter"] += 1
            return refused
        system, user = asked.texts()
        prompt_bytes = len(system.encode()) + len(user.encode())
        if profile.context_bytes and prompt_bytes > profile.context_bytes:
            self.counts.faults["context"] += 1
            return _error(
                400,
                f"This model's maximum context length is {profile.context_bytes // 4} tokens. However, your messages "
                f"resulted in {prompt_bytes // 4} tokens. Please reduce the length of the messages.",
                code="context_length_exceeded",
            )
        quota: _Quota | None = None
        headers: tuple[tuple[str, str], ...] = ()
        if profile.rpm or profile.tpm or profile.concurrency or profile.closed_s:
            quota = self._quotas.setdefault(profile, _Quota(profile, now))
            refusal = quota.enter(now, prompt_bytes // 4 + asked.most_tokens())
            headers = quota.headers(now)
            if refusal is not None:
                self.counts.faults["quota"] += 1
                refusal.headers += headers
                return refusal
        reply = self._draw(asked, profile, system, user, prompt_bytes, row)
        if quota is not None:
            quota.in_flight += 1
            reply.release = profile
            reply.headers += headers
        return reply

    def _draw(self, asked: _Asked, profile: Profile, system: str, user: str, prompt_bytes: int, row: str) -> Reply:
        prompt = int.from_bytes(
            hashlib.blake2b(f"{self.seed}\x00{system}\x00{user}".encode(), digest_size=8).digest(), "big"
        )
        attempt = self.counts.prompts.get(prompt, 0)
        self.counts.prompts[prompt] = attempt + 1
        occasion = Occasion(number=_mixed(prompt, attempt))
        delay_s = _latency_s(profile, occasion)
        fault = _fault(profile, occasion, stream=asked.stream)
        if fault:
            self.counts.faults[fault] += 1
        if fault == "slow":
            delay_s = profile.slow_ms / 1000
        early = self._early_fault(fault, profile, occasion)
        if early is not None:
            early.delay_s = 0.0 if fault == "rate_limit" else delay_s
            return early
        content, finish = self._content(asked, profile, system, user, occasion, fault)
        usage = self._usage(prompt_bytes, content) if fault != "missing_usage" else None
        if usage:
            self.counts.input_tokens += usage["prompt_tokens"]
            self.counts.output_tokens += usage["completion_tokens"]
        self.counts.answered += 1
        if row:
            self.counts.rows[row][1] += 1
        name = asked.tool_name()
        head = {"id": f"rehearsal-{prompt:016x}-{attempt}", "created": 1_700_000_000, "model": asked.model}
        if asked.stream:
            wants_usage = bool(asked.stream_options and asked.stream_options.get("include_usage"))
            stream = _streamed(
                head, content, finish, name, usage if wants_usage else None, occasion, cut=fault == "cut_stream"
            )
            return Reply(stream=stream, delay_s=delay_s, content_type="text/event-stream")
        message: dict[str, Any] = {"role": "assistant", "content": content}
        if name:
            call = {"id": "call_0", "type": "function", "function": {"name": name, "arguments": content}}
            message = {"role": "assistant", "content": None, "tool_calls": [call]}
            finish = "tool_calls" if finish == "stop" else finish
        choices = [] if fault == "empty" else [{"index": 0, "message": message, "finish_reason": finish}]
        whole = {**head, "object": "chat.completion", "choices": choices}
        if usage:
            whole["usage"] = usage
        return Reply(body=msgspec.json.encode(whole), delay_s=delay_s)

    def _early_fault(self, fault: str, profile: Profile, occasion: Occasion) -> Reply | None:
        match fault:
            case "rate_limit":
                return _rate_limited(profile.retry_after_s)
            case "overloaded" if occasion.draw(2):
                return _error(500, "The server had an error while processing your request.", code="server_error")
            case "overloaded":
                return _error(503, "The engine is currently overloaded.", code="engine_overloaded_error")
            case "reset":
                return Reply(reset=True)
            case "html":
                return Reply(body=_PAGE, content_type="text/html; charset=utf-8")
            case "refused_input":
                return _error(
                    400, "The request was rejected because it was considered high risk.", code="content_filter"
                )
        return None

    def _content(
        self, asked: _Asked, profile: Profile, system: str, user: str, occasion: Occasion, fault: str
    ) -> tuple[str, str]:
        known = self._systems.get(system)
        if known is None or not system:
            if len(self._systems) > 1_000:
                self._systems.clear()
            known = self._systems[system] = (language_of(system, user), 0)
        occasion.language = known[0]
        if fault == "wrong_language":
            occasion.language = "en" if known[0] == "zh" else "zh"
        occasion.placeholder = fault == "placeholder"
        occasion.name = name_of(user, occasion.language)
        occasion.ids = _IDS.findall(user)
        schema = None if profile.ignores_schema else asked.schema(system)
        if schema is None:
            content = plain_words(occasion)
        else:
            made = self._maker(schema)(occasion)
            if fault == "wrong_ids":
                made = _with_wrong_ids(made, occasion)
            content = json.dumps(made, ensure_ascii=False)
        if fault in ("length", "truncated_json"):
            content = content[: max(1, len(content) * (25 + occasion.draw(50)) // 100)]
        if fault == "refusal":
            content = ""
        return content, {"length": "length", "refusal": "content_filter"}.get(fault, "stop")

    def _maker(self, schema: bytes) -> Maker:
        known = self._makers.get(schema)
        if known is None:
            if len(self._makers) > 1_000:
                self._makers.clear()
            known = self._makers[schema] = maker_of(msgspec.json.decode(schema))
        return known

    @staticmethod
    def _usage(prompt_bytes: int, content: str) -> dict[str, Any]:
        sent, made = prompt_bytes // 4 + 8, len(content.encode()) // 4 + 1
        return {"prompt_tokens": sent, "completion_tokens": made, "total_tokens": sent + made}


# ---- requests -----------------------------------------------------------------------------------------------------

_ROW: Final = re.compile(rb"ROWID-([0-9]{1,12})")
_IDS: Final = re.compile(r"ROWID-[0-9]{1,12}")


class _AskedFunction(msgspec.Struct):
    name: str
    parameters: msgspec.Raw = msgspec.Raw(b"")


class _AskedTool(msgspec.Struct):
    function: _AskedFunction


class _JsonSchema(msgspec.Struct):
    schema: msgspec.Raw = msgspec.Raw(b"")


class _ResponseFormat(msgspec.Struct):
    type: str = "text"
    json_schema: _JsonSchema | None = None


class _AskedMessage(msgspec.Struct):
    role: str = "user"
    content: Any = ""


class _Asked(msgspec.Struct):
    model: str = ""
    messages: list[_AskedMessage] = []
    stream: bool = False
    stream_options: dict[str, Any] | None = None
    response_format: _ResponseFormat | None = None
    tools: list[_AskedTool] | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None

    def texts(self) -> tuple[str, str]:
        system: list[str] = []
        rest: list[str] = []
        for message in self.messages:
            content = message.content
            if isinstance(content, list):
                content = "".join(part.get("text") or "" for part in content if isinstance(part, dict))
            (system if message.role in ("system", "developer") else rest).append(content or "")
        return "\n".join(system), "\n".join(rest)

    def most_tokens(self) -> int:
        return self.max_completion_tokens or self.max_tokens or 1024

    def tool_name(self) -> str:
        return self.tools[0].function.name if self.tools else ""

    def schema(self, system: str) -> bytes | None:
        """The schema of the answer, wherever it stands; None for plain text."""
        if self.response_format is not None and self.response_format.json_schema is not None:
            return bytes(self.response_format.json_schema.schema) or b"{}"
        if self.tools:
            return bytes(self.tools[0].function.parameters) or b"{}"
        place = system.rfind('{"type":"object"')
        if place < 0:
            place = system.find("{", system.rfind("JSON Schema"))
            if place < 0 or "JSON Schema" not in system:
                return b'{"type":"object"}' if self.response_format and "json" in self.response_format.type else None
        try:
            found, _ = _JSON.raw_decode(system, place)
        except ValueError:
            return None
        return msgspec.json.encode(found)


_decode_asked: Final = msgspec.json.Decoder(_Asked).decode
_JSON: Final = json.JSONDecoder()


def _refused(asked: _Asked, profile: Profile) -> Reply | None:
    kind = asked.response_format.type if asked.response_format is not None else ""
    for name in profile.refuses:
        if name == kind:
            return _error(
                400,
                f"Invalid parameter: 'response_format' of type '{kind}' is not supported with this model.",
                parameter="response_format",
            )
        if name == "tools" and asked.tools:
            return _error(400, "'tool_choice' is not supported by this model.", parameter="tool_choice")
        if name == "temperature" and asked.temperature is not None:
            return _error(
                400,
                "Unsupported value: 'temperature' does not support this value. Only the default (1) is supported.",
                code="unsupported_value",
                parameter="temperature",
            )
        if name == "max_tokens" and asked.max_tokens is not None:
            return _error(
                400,
                "Unsupported parameter: 'max_tokens' is not supported with this model. "
                "Use 'max_completion_tokens' instead.",
                code="unsupported_parameter",
                parameter="max_tokens",
            )
    return None


# ---- draws --------------------------------------------------------------------------------------------------------

_NO_CHANGE: Final = 1 << 64


def _mixed(prompt: int, attempt: int) -> int:
    return (prompt + attempt * 0xD1B54A32D192ED03) % _NO_CHANGE


def _latency_s(profile: Profile, occasion: Occasion) -> float:
    if not profile.latency_sigma:
        return profile.latency_ms / 1000
    gauss = random.Random(occasion.number).gauss(0, profile.latency_sigma)
    return profile.latency_ms / 1000 * math.exp(gauss)


def _fault(profile: Profile, occasion: Occasion, *, stream: bool) -> str:
    """One fault at most, each with its own share."""
    drawn = occasion.draw(1_000_000) / 1_000_000
    for name in SHARES:
        share = getattr(profile, name)
        if drawn < share:
            return "" if name == "cut_stream_share" and not stream else name.removesuffix("_share")
        drawn -= share
    return ""


def _with_wrong_ids(made: Any, occasion: Occasion) -> Any:
    """Lists of records come back shuffled, one missing, one doubled; a single record gets another's id."""
    if isinstance(made, dict):
        changed = {name: _with_wrong_ids(value, occasion) for name, value in made.items()}
        for name in ("id", "row_id", "key", "sku"):
            if isinstance(changed.get(name), str):
                changed[name] = f"{changed[name]}-{occasion.draw(1000)}"
            elif isinstance(changed.get(name), int):
                changed[name] += 1 + occasion.draw(5)
        return changed
    if isinstance(made, list) and len(made) > 1 and isinstance(made[0], dict):
        return [made[-1], *made[1:-1], made[-1]]
    return made


# ---- replies ------------------------------------------------------------------------------------------------------

_PAGE: Final = (
    b"<!DOCTYPE html><html><head><title>Sign in - corporate gateway</title></head>"
    b"<body><h1>Please sign in to use the network</h1></body></html>"
)


def _error(status: int, message: str, *, code: str = "invalid_request_error", parameter: str | None = None) -> Reply:
    kind = "invalid_request_error" if status == 400 else code
    body = {"error": {"message": message, "type": kind, "param": parameter, "code": code}}
    return Reply(status=status, body=msgspec.json.encode(body))


def _rate_limited(wait_s: float) -> Reply:
    reply = _error(429, f"Rate limit reached. Please try again in {wait_s:g}s.", code="rate_limit_exceeded")
    reply.headers = (("retry-after", str(math.ceil(wait_s))), ("retry-after-ms", str(math.ceil(wait_s * 1000))))
    return reply


_ACCOUNT_ERRORS: Final = {
    "no_credit": lambda: _error(
        429, "You exceeded your current quota, please check your plan and billing details.", code="insufficient_quota"
    ),
    "wrong_key": lambda: _error(401, "Incorrect API key provided.", code="invalid_api_key"),
    "no_model": lambda: _error(404, "The model does not exist or you have no access to it.", code="model_not_found"),
}


def _streamed(
    head: Mapping[str, Any],
    content: str,
    finish: str,
    tool: str,
    usage: Mapping[str, Any] | None,
    occasion: Occasion,
    *,
    cut: bool,
) -> tuple[bytes, ...]:
    """Events as HTTP sends them: cut at places that have nothing to do with events, lines or characters."""
    size = max(1, len(content) // 12)
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    deltas: list[Any]
    if tool:
        first = {"role": "assistant", "tool_calls": [{"index": 0, "id": "call_0", "function": {"name": tool}}]}
        deltas = [first, *({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]} for piece in pieces)]
    else:
        deltas = [{"role": "assistant"}, *({"content": piece} for piece in pieces)]
    if cut:
        deltas = deltas[: max(2, len(deltas) // 2)]
    events: list[dict[str, Any]] = [
        {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas
    ]
    if not cut:
        events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        if usage:
            events.append({"choices": [], "usage": usage})
    lines = [msgspec.json.encode({**head, "object": "chat.completion.chunk", **event}) for event in events]
    if not cut:
        lines.append(b"[DONE]")
    whole = b": rehearsal\n\n" + b"".join(b"data: " + line + b"\n\n" for line in lines)
    sent, at = [], 0
    while at < len(whole):
        step = 1 + occasion.draw(max(2, len(whole) // 6))
        sent.append(whole[at : at + step])
        at += step
    return tuple(sent)


# ---- quotas -------------------------------------------------------------------------------------------------------


class _Quota:
    """Requests and tokens a minute as buckets that refill steadily, and places in flight."""

    def __init__(self, profile: Profile, now: float) -> None:
        self.profile, self.since, self.first = profile, now, now
        self.requests, self.tokens = float(profile.rpm), float(profile.tpm)
        self.in_flight = 0

    def enter(self, now: float, tokens: int) -> Reply | None:
        profile = self.profile
        passed_s, self.since = now - self.since, now
        self.requests = min(profile.rpm, self.requests + passed_s * profile.rpm / 60)
        self.tokens = min(profile.tpm, self.tokens + passed_s * profile.tpm / 60)
        if now - self.first < profile.closed_s:
            return _rate_limited(min(profile.retry_after_s, self.first + profile.closed_s - now))
        if profile.concurrency and self.in_flight >= profile.concurrency:
            return _rate_limited(profile.retry_after_s)
        if profile.rpm and self.requests < 1:
            return _rate_limited((1 - self.requests) * 60 / profile.rpm)
        if profile.tpm and self.tokens < min(tokens, profile.tpm):
            return _rate_limited((min(tokens, profile.tpm) - self.tokens) * 60 / profile.tpm)
        self.requests -= 1
        self.tokens -= tokens
        return None

    def headers(self, now: float) -> tuple[tuple[str, str], ...]:
        profile, found = self.profile, []
        for kind, limit, left in (("requests", profile.rpm, self.requests), ("tokens", profile.tpm, self.tokens)):
            if limit:
                found += [
                    (f"x-ratelimit-limit-{kind}", str(limit)),
                    (f"x-ratelimit-remaining-{kind}", str(max(0, int(left)))),
                    (f"x-ratelimit-reset-{kind}", f"{(limit - left) * 60_000 / limit:.0f}ms"),
                ]
        return tuple(found)


def _changed(profile: Profile, changes: Mapping[str, Any]) -> Profile:
    """A profile with changes; where its own shares leave no room for changed ones, they go."""
    shares = {name: value for name, value in changes.items() if name in SHARES}
    if not shares:
        return profile.changed(changes)
    changed = Profile().changed(shares)  # raises where the changes alone are too much
    own = {name: getattr(profile, name) for name in SHARES if name not in shares}
    if sum(own.values()) + sum(getattr(changed, name) for name in shares) > 1:
        own = dict.fromkeys(own, 0.0)
    return profile.changed({**changes, **own})
