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
from goodsmith.models.rehearsal.manners import MANNERS, Manner
from goodsmith.models.rehearsal.profiles import PROFILES, SHARES, Profile, profile
from goodsmith.models.rehearsal.tongues import (
    OPENAI_CHAT,
    SHAPES,
    Asked,
    Said,
    Tongue,
    event_stream,
    schema_in_prompt,
)


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
    stores: int = 0  # the prefix that its vendor's cache knows from then on


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
    cached_tokens: int = 0
    images: int = 0
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
        self._stored: set[int] = set()
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
        self._stored = set()

    def take(self, body: bytes, now: float, *, path: str = "", tongue: Tongue = OPENAI_CHAT) -> Reply:
        """Decide on one request. now: seconds of a monotonic clock."""
        counts = self.counts
        counts.requests += 1
        found = _ROW.search(body)
        row = found.group(1).decode() if found else ""
        if row:
            counts.rows.setdefault(row, [0, 0])[0] += 1
        reply = self._decide(path, body, tongue, row, now)
        reply.row = row
        counts.by_status[0 if reply.reset else reply.status] += 1
        return reply

    def started(self) -> None:
        self.counts.in_flight += 1
        self.counts.most_in_flight = max(self.counts.most_in_flight, self.counts.in_flight)

    def finished(self, reply: Reply) -> None:
        """The reply was sent, or its client has gone."""
        self.counts.in_flight -= 1
        if reply.stores:
            self._stored.add(reply.stores)
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
            "cached_tokens": counts.cached_tokens,
            "images": counts.images,
            "in_flight": counts.in_flight,
            "most_in_flight": counts.most_in_flight,
            "changes": {
                name: list(value) if isinstance(value, tuple) else value for name, value in self._changes.items()
            },
            "seed": self.seed,
        }

    # ---- deciding -------------------------------------------------------------------------------------------------

    def _decide(self, path: str, body: bytes, tongue: Tongue, row: str, now: float) -> Reply:
        manner = MANNERS[tongue.manner]
        try:
            asked = tongue.read(path, body)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            return _fails(manner, "bad_request", words=f"not a request: {error}")
        name, _, named = asked.model.partition("@")
        manner = MANNERS.get(named, manner)
        if not asked.turns:
            return _fails(manner, "bad_request", words="messages: at least one message is needed")
        profile = self._profiles.get(name) or self._profiles[self.default]
        if profile.account:
            self.counts.faults[profile.account] += 1
            return _fails(manner, profile.account, model=asked.model)
        if refused := _refused(asked, profile, manner):
            self.counts.faults["refused_parameter"] += 1
            return refused
        prompt_bytes = len(asked.system.encode()) + len(asked.user.encode())
        if profile.context_bytes and prompt_bytes > profile.context_bytes:
            self.counts.faults["context"] += 1
            return _fails(manner, "context", most=profile.context_bytes // 4, sent=prompt_bytes // 4)
        quota: _Quota | None = None
        headers: tuple[tuple[str, str], ...] = ()
        if profile.rpm or profile.tpm or profile.concurrency or profile.closed_s:
            quota = self._quotas.setdefault(profile, _Quota(profile, now))
            refusal = quota.enter(now, prompt_bytes // 4 + asked.most_tokens)
            headers = quota.headers(now)
            if refusal is not None:
                self.counts.faults["quota"] += 1
                limited = _rate_limited(manner, *refusal)
                limited.headers += headers
                return limited
        reply = self._draw(asked, profile, tongue, manner, prompt_bytes, row)
        if quota is not None:
            quota.in_flight += 1
            reply.release = profile
            reply.headers += headers
        return reply

    def _draw(
        self, asked: Asked, profile: Profile, tongue: Tongue, manner: Manner, prompt_bytes: int, row: str
    ) -> Reply:
        prompt = int.from_bytes(
            hashlib.blake2b(f"{self.seed}\x00{asked.system}\x00{asked.user}".encode(), digest_size=8).digest(), "big"
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
        early = self._early_fault(fault, profile, manner, occasion)
        if early is not None:
            early.delay_s = 0.0 if fault == "rate_limit" else delay_s
            return early
        text, finish = self._content(asked, profile, manner, occasion, fault)
        usage, stores = self._usage(asked, profile, prompt_bytes, text) if fault != "missing_usage" else (None, 0)
        if usage:
            self.counts.input_tokens += usage[0]
            self.counts.output_tokens += usage[1]
            self.counts.cached_tokens += usage[2]
        self.counts.answered += 1
        self.counts.images += asked.images
        if row:
            self.counts.rows[row][1] += 1
        said = Said(
            id=f"rehearsal-{prompt:016x}-{attempt}",
            model=asked.model,
            text=text,
            finish=finish,
            tool=asked.tool,
            usage=usage if asked.wants_usage or not asked.stream else None,
        )
        if asked.stream:
            stream = _streamed(tongue, said, occasion, cut=fault == "cut_stream")
            return Reply(stream=stream, delay_s=delay_s, content_type="text/event-stream", stores=stores)
        whole = tongue.whole(None if fault == "empty" else said)
        return Reply(body=msgspec.json.encode(whole), delay_s=delay_s, stores=stores)

    def _early_fault(self, fault: str, profile: Profile, manner: Manner, occasion: Occasion) -> Reply | None:
        match fault:
            case "rate_limit":
                return _rate_limited(manner, "rate_limit", profile.retry_after_s)
            case "overloaded":
                return _fails(manner, "error_500" if occasion.draw(2) else "error_503")
            case "reset":
                return Reply(reset=True)
            case "html":
                return Reply(body=_PAGE, content_type="text/html; charset=utf-8")
            case "refused_input":
                return _fails(manner, "refused_input")
            case "refusal" if "refused_output" in manner.faults:  # this vendor says it as an error
                return _fails(manner, "refused_output")
            case "huge":
                return Reply(body=b'{"padding":"' + b"x" * HUGE_BYTES + b'"}')
        return None

    def _content(
        self, asked: Asked, profile: Profile, manner: Manner, occasion: Occasion, fault: str
    ) -> tuple[str, str]:
        system, user = asked.system, asked.user
        known = self._systems.get(system)
        if known is None or not system:
            if len(self._systems) > 1_000:
                self._systems.clear()
            known = self._systems[system] = (language_of(system, user), 0)
        occasion.language = known[0]
        if fault == "wrong_language":
            occasion.language = "en" if known[0] == "zh" else "zh"
        occasion.placeholder = fault == "placeholder"
        occasion.invents = fault == "invented"
        occasion.name = name_of(user, occasion.language)
        occasion.ids = _IDS.findall(user)
        schema = None if profile.ignores_schema else asked.schema or schema_in_prompt(system)
        if schema is None and "json" in asked.shape and not profile.ignores_schema:
            schema = b'{"type":"object"}'
        if schema is None:
            content = plain_words(occasion)
        else:
            made = self._maker(schema)(occasion)
            if fault == "wrong_ids":
                made = _with_wrong_ids(made, occasion)
            content = json.dumps(made, ensure_ascii=False)
        if profile.ignores_most_tokens:  # of a model that talks on: white space, which JSON allows
            content += "\n" * (8 * asked.most_tokens)
        if fault in ("length", "truncated_json"):
            content = content[: max(1, len(content) * (25 + occasion.draw(50)) // 100)]
        if fault == "refusal":
            content = ""
        return content, {"length": manner.limit, "refusal": manner.refused}.get(fault, "stop")

    def _maker(self, schema: bytes) -> Maker:
        known = self._makers.get(schema)
        if known is None:
            if len(self._makers) > 1_000:
                self._makers.clear()
            known = self._makers[schema] = maker_of(msgspec.json.decode(schema))
        return known

    def _usage(
        self, asked: Asked, profile: Profile, prompt_bytes: int, content: str
    ) -> tuple[tuple[int, int, int, int], int]:
        """Tokens: input, output, and of the input those from and to the prefix cache; and the prefix that is stored."""
        sent, made = prompt_bytes // 4 + 8 + 256 * asked.images, len(content.encode()) // 4 + 1
        prefix = len(asked.system.encode()) // 4
        if not profile.stores_from or prefix < profile.stores_from or (profile.stores_if_asked and not asked.marked):
            return (sent, made, 0, 0), 0
        mark = hash(asked.system)
        if mark in self._stored:
            return (sent, made, prefix, 0), 0
        return (sent, made, 0, prefix if asked.marked else 0), mark


HUGE_BYTES: Final = 11_000_000
_ROW: Final = re.compile(rb"ROWID-([0-9]{1,12})")
_IDS: Final = re.compile(r"ROWID-[0-9]{1,12}")


def _refused(asked: Asked, profile: Profile, manner: Manner) -> Reply | None:
    for name in profile.refuses:
        if name in SHAPES and name == asked.shape:
            where = _SHAPE_PARAMETERS[manner.protocol][name]
            words = f"Invalid parameter: '{where}' of type '{name}' is not supported with this model."
            return _fails(manner, "refused_shape", parameter=where, words=words)
        if name == "temperature" and "temperature" in asked.parameters:
            words = "Unsupported value: 'temperature' does not support this value. Only the default (1) is supported."
            return _fails(manner, "refused_value", parameter="temperature", words=words)
        if name == "max_tokens" and "max_tokens" in asked.parameters and manner.protocol == "openai_chat":
            words = (
                "Unsupported parameter: 'max_tokens' is not supported with this model. "
                "Use 'max_completion_tokens' instead."
            )
            return _fails(manner, "refused_parameter", parameter="max_tokens", words=words)
    return None


_SHAPE_PARAMETERS: Final[Mapping[str, Mapping[str, str]]] = {
    "openai_chat": {"json_schema": "response_format", "json_object": "response_format", "tools": "tool_choice"},
    "anthropic_messages": {"json_schema": "output_config.format", "tools": "tool_choice"},
    "gemini": {"json_schema": "responseJsonSchema", "json_object": "responseMimeType", "tools": "tools"},
}


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


def _fails(manner: Manner, fault: str, *, parameter: str | None = None, words: str = "", **numbers: Any) -> Reply:
    status, code, message = manner.says(fault)
    facts = {"words": words, "parameter": parameter or "", "wait": 1, "model": "", "most": 0, "sent": 0, **numbers}
    body = manner.shape(status, code, message.format_map(facts), parameter)
    return Reply(status=status, body=msgspec.json.encode(body))


def _rate_limited(manner: Manner, fault: str, wait_s: float) -> Reply:
    reply = _fails(manner, fault, wait=f"{wait_s:g}")
    if manner.protocol == "gemini":  # it says so in the body alone
        body = msgspec.json.decode(reply.body)
        delay = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{wait_s:g}s"}
        body["error"]["details"] = [delay]
        reply.body = msgspec.json.encode(body)
    else:
        reply.headers = (("retry-after", str(math.ceil(wait_s))), ("retry-after-ms", str(math.ceil(wait_s * 1000))))
    return reply


def _streamed(tongue: Tongue, said: Said, occasion: Occasion, *, cut: bool) -> tuple[bytes, ...]:
    """Events as HTTP sends them: cut at places that have nothing to do with events, lines or characters."""
    size = max(1, len(said.text) // 12)
    pieces = [said.text[at : at + size] for at in range(0, len(said.text), size)]
    whole = event_stream(tongue.events(said, pieces, cut))
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

    def enter(self, now: float, tokens: int) -> tuple[str, float] | None:
        """None: go on. Else which limit holds, and for how many seconds."""
        profile = self.profile
        passed_s, self.since = now - self.since, now
        self.requests = min(profile.rpm, self.requests + passed_s * profile.rpm / 60)
        self.tokens = min(profile.tpm, self.tokens + passed_s * profile.tpm / 60)
        if now - self.first < profile.closed_s:
            return "rate_limit", min(profile.retry_after_s, self.first + profile.closed_s - now)
        if profile.concurrency and self.in_flight >= profile.concurrency:
            return "rate_limit", profile.retry_after_s
        if profile.rpm and self.requests < 1:
            return "rate_limit", (1 - self.requests) * 60 / profile.rpm
        if profile.tpm and self.tokens < min(tokens, profile.tpm):
            return "tokens_limit", (min(tokens, profile.tpm) - self.tokens) * 60 / profile.tpm
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
