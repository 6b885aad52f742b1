"""The OpenAI chat protocol: one request, one answer or one error, whole or streamed.

A model that refuses a way of asking is asked another way at once, and that is remembered for the next request:
`json_schema` → `json_object` with the schema in the prompt → a tool call → plain text with the schema in the prompt;
parameters that it does not take are left out. Such a refusal is an HTTP 400 and is not billed.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

import msgspec

from goodsmith.base.sse import Events
from goodsmith.base.wire import Wire
from goodsmith.errors import (
    AccountProblem,
    BadRequest,
    ContentRefused,
    ModelError,
    TimedOut,
    Truncated,
    UsageError,
    WireError,
)
from goodsmith.models.classify import (
    Failure,
    Verdict,
    error_of_wire,
    failure_inside,
    failure_of,
    judge,
    not_understood,
    parse_duration_s,
    refused_parameter,
    to_error,
)
from goodsmith.models.providers import RUNGS, ModelRoute, Rung
from goodsmith.records import Answer, ModelRequest, Usage

IDLE_S: Final = 90.0  # silence within a stream after which it counts as dead


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What a model was found to take. Worth keeping between runs: each lesson costs one refused request."""

    rung: Rung
    strict: bool = False
    max_tokens_field: str = "max_tokens"
    dropped: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RateHeaders:
    """What a vendor said last of its limits, in requests and tokens a minute; None: it does not say."""

    limit_requests: int | None
    remaining_requests: int | None
    limit_tokens: int | None
    remaining_tokens: int | None
    reset_requests_s: float | None
    reset_tokens_s: float | None


class OpenAIChat:
    """A TextModel. stream: receive answers piece by piece; the result is the same, but a silent server shows early.

    learned: what an earlier instance knew. also_close: called by `close`, after which the model cannot be used.
    """

    def __init__(
        self,
        route: ModelRoute,
        wire: Wire,
        *,
        stream: bool = False,
        idle_s: float = IDLE_S,
        learned: Learned | None = None,
        also_close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        if not route.base_url:
            raise UsageError(f"{route.model_id} has no address", zh=f"{route.model_id} 没有地址")
        vendor = route.vendor
        self.model_id = route.model_id
        self.learned = learned or Learned(
            rung=vendor.answers,
            strict=vendor.strict_schema,
            max_tokens_field=vendor.max_tokens_field,
            dropped=vendor.drop,
        )
        self.rate_headers: RateHeaders | None = None
        self._route, self._vendor, self._wire = route, vendor, wire
        self._stream, self._idle_s, self._also_close = stream, idle_s, also_close
        self._url = f"{route.base_url}/chat/completions"
        self._headers = {"content-type": "application/json", "accept": "application/json", **_authority(route)}
        self._shapes: dict[tuple[int, str, Rung, bool], _Shape] = {}
        self._next_look = 0.0

    async def complete(self, request: ModelRequest, *, timeout_s: float) -> Answer:
        deadline = time.monotonic() + timeout_s
        for _ in range(_MOST_LESSONS):
            asked_as = self.learned
            body, sent = self._body(request, asked_as)
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                break
            started = time.perf_counter()
            try:
                if self._stream:
                    heard = await self._hear_stream(body, left_s)
                else:
                    heard = await self._hear(body, left_s)
                return self._answer(heard, time.perf_counter() - started)
            except WireError as error:
                raise error_of_wire(error, self._vendor) from error
            except UsageError as error:  # an address or a key that no request can be made with
                raise AccountProblem(error.en, zh=error.zh) from error
            except _RefusedError as refused:
                if asked_as is self.learned and not self._learn(refused.verdict, asked_as, sent, request):
                    raise refused.error from None
        if deadline > time.monotonic():
            raise BadRequest(
                f"{self._vendor.name} refused every way of asking {self._route.model!r}",
                zh=f"{self._vendor.name_zh} 拒绝了对 {self._route.model!r} 的所有请求方式",
            )
        raise TimedOut(f"no answer from {self._route.host} within {timeout_s:g} s", zh=f"{self._route.host} 超时")

    async def close(self) -> None:
        """The wire stays open: it may carry other models."""
        if self._also_close is not None:
            also_close, self._also_close = self._also_close, None
            await also_close()

    # ---- asking ---------------------------------------------------------------------------------------------------

    def _body(self, request: ModelRequest, how: Learned) -> tuple[bytes, frozenset[str]]:
        """The request as JSON, and the names of the parameters in it that could be left out."""
        shape = self._shape(request, how)
        system = request.system + shape.in_prompt if request.system else shape.in_prompt.lstrip()
        messages = [{"role": "system", "content": system}] if system else []
        messages.append({"role": "user", "content": request.user})
        messages.extend({"role": role, "content": content} for role, content in request.history)
        body: dict[str, Any] = {
            "model": self._route.send_as,
            "messages": messages,
            how.max_tokens_field: request.max_output_tokens,
        }
        if request.temperature is not None:
            body["temperature"] = request.temperature
        if request.seed is not None:
            body["seed"] = request.seed
        if self._stream:
            body["stream"] = True
            body["stream_options"] = _WITH_USAGE
        body.update(self._vendor.extra_body)
        for name in how.dropped:
            body.pop(name, None)
        sent = frozenset(body) - {"model", "messages", "stream"}
        body.update(shape.in_body)
        try:
            return msgspec.json.encode(body), sent
        except UnicodeEncodeError:  # half a surrogate pair, as cut cells of a table may hold
            for message in messages:
                message["content"] = message["content"].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            return msgspec.json.encode(body), sent

    def _shape(self, request: ModelRequest, how: Learned) -> _Shape:
        """How the shape of the answer is asked for; the same for all rows of a step, so made once."""
        if request.schema is None:
            return _FREE
        mark = (id(request.schema), request.schema_name, how.rung, how.strict)
        known = self._shapes.get(mark)
        if known is None:
            if len(self._shapes) >= _SHAPES_KEPT:
                self._shapes.pop(next(iter(self._shapes)))
            known = self._shapes[mark] = _shape(request.schema, request.schema_name, how)
        return known

    async def _hear(self, body: bytes, timeout_s: float) -> _Heard:
        response = await self._wire.post(self._url, body, self._headers, timeout_s=timeout_s)
        self._look_at(response.headers)
        if not 200 <= response.status < 300:
            raise self._refusal(response.status, response.body, response.headers)
        heard = _Heard(request_id=response.headers.get("x-request-id") or "")
        if _is_stream(response.body):  # some gateways stream whether asked or not
            self._add_events(heard, Events(), response.body, last=True)
        else:
            self._add_whole(heard, response.body)
        return heard

    async def _hear_stream(self, body: bytes, timeout_s: float) -> _Heard:
        heard = _Heard()
        async with self._wire.stream(
            self._url, body, self._headers, timeout_s=timeout_s, idle_s=self._idle_s
        ) as stream:
            self._look_at(stream.headers)
            heard.request_id = stream.headers.get("x-request-id") or ""
            if not 200 <= stream.status < 300:
                error_body = b"".join([piece async for piece in stream.pieces()])
                raise self._refusal(stream.status, error_body, stream.headers)
            events, plain, streaming = Events(), list[bytes](), False
            try:
                async for piece in stream.pieces():
                    streaming = streaming or (not plain and _is_stream(piece))
                    if streaming:
                        self._add_events(heard, events, piece)
                    elif plain or piece.strip():
                        plain.append(piece)  # some servers do not stream though asked, and errors come plain
            except WireError as error:
                if not (error.kind == "reset" and heard.started):
                    raise
        if plain and not _is_stream(body := b"".join(plain)):
            self._add_whole(heard, body)
        else:
            self._add_events(heard, events, b"".join(plain), last=True)
        return heard

    # ---- listening ------------------------------------------------------------------------------------------------

    def _add_whole(self, heard: _Heard, body: bytes) -> None:
        try:
            reply = _decode_reply(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise self._strange(body) from None
        self._add(heard, reply, body)
        if not reply.choices:
            raise not_understood("an answer without choices", body, self._vendor, key=self._route.key)
        heard.finish = heard.finish or "stop"  # the body is complete, and some vendors leave the reason out

    def _add_events(self, heard: _Heard, events: Events, piece: bytes, *, last: bool = False) -> None:
        heard.whole = False
        found = events.feed(piece)
        for event in found + events.end() if last else found:
            heard.started = True
            if event.strip() == b"[DONE]":
                heard.done = True
                continue
            try:
                reply = _decode_reply(event)
            except (msgspec.DecodeError, UnicodeDecodeError):
                heard.broken = event
                continue
            self._add(heard, reply, event)
        heard.whole = bool(heard.finish) or (heard.done and self._vendor.ends_with_done)

    def _add(self, heard: _Heard, reply: _Reply, body: bytes) -> None:
        fine = reply.error is None and (reply.code is None or str(reply.code).lower() in _FINE_CODES)
        if not (fine and reply.choices):
            failure = failure_inside(msgspec.json.decode(body))
            if failure is not None:
                raise self._refused(failure)
        heard.model = reply.model or heard.model
        heard.reply_id = reply.id or heard.reply_id
        if reply.usage != _NULL:
            heard.usage = reply.usage or heard.usage
        for choice in (reply.choices or ())[:1]:
            said = choice.message or choice.delta
            if said is not None:
                heard.add(said)
            if choice.finish_reason:
                heard.finish = choice.finish_reason
            if choice.usage != _NULL:
                heard.usage = choice.usage or heard.usage

    def _answer(self, heard: _Heard, latency_s: float) -> Answer:
        usage = _usage(heard.usage)
        text = heard.text()
        if not heard.whole:
            if heard.broken is not None and not heard.finish:
                raise _billed(self._strange(heard.broken), usage)
            what = f"{self._vendor.name} ended its stream without saying that it was finished"
            raise _billed(
                Truncated(what, zh=f"{self._vendor.name_zh} 的流式回答未正常结束", partial=text, status=200), usage
            )
        if heard.refusal:
            said = "".join(heard.refusal)[:200]
            raise _billed(
                ContentRefused(
                    f"{self._vendor.name} refuses to answer: {said}",
                    zh=f"{self._vendor.name_zh} 拒绝回答:{said}",
                    status=200,
                    vendor_code="refusal",
                ),
                usage,
            )
        if heard.finish not in _FINISHED:
            verdict = judge(Failure(status=200, finish=heard.finish), self._vendor)
            if verdict.means != "not_understood":
                error = to_error(verdict, self._vendor, key=self._route.key, model=self._route.model)
                if isinstance(error, Truncated):
                    error.partial = text
                raise _billed(error, usage)
        if not text:
            raise _billed(not_understood("an answer without text", b"", self._vendor), usage)
        return Answer(
            text=text,
            model=heard.model or self._route.send_as,
            finish_reason=heard.finish or "stop",
            usage=usage,
            latency_s=latency_s,
            request_id=heard.request_id or str(heard.reply_id),
        )

    def _look_at(self, headers: Mapping[str, str]) -> None:
        if headers.get("x-ratelimit-limit-requests") is None and headers.get("x-ratelimit-limit-tokens") is None:
            return
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + _LOOK_EVERY_S
            self.rate_headers = _rate_headers(headers)

    # ---- refusals -------------------------------------------------------------------------------------------------

    def _refusal(self, status: int, body: bytes, headers: Mapping[str, str]) -> _RefusedError:
        if 300 <= status < 400:
            failure = Failure(status=status, message=f"it redirects to {headers.get('location') or 'another address'}")
        else:
            failure = failure_of(status, body, headers)
        return self._refused(failure, headers)

    def _refused(self, failure: Failure, headers: Mapping[str, str] | None = None) -> _RefusedError:
        verdict = judge(failure, self._vendor)
        error = to_error(verdict, self._vendor, headers=headers, key=self._route.key, model=self._route.model)
        return _RefusedError(verdict, error)

    def _strange(self, body: bytes) -> ModelError:
        kind = "HTML" if body[:200].lstrip().startswith(b"<") else "what is no answer in JSON"
        return not_understood(kind, body, self._vendor, key=self._route.key)

    def _learn(self, verdict: Verdict, asked_as: Learned, sent: frozenset[str], request: ModelRequest) -> bool:
        """Change the way of asking after a refusal; False if the refusal is about something else."""
        failure, field_now = verdict.failure, asked_as.max_tokens_field
        if failure.status not in _LESSON_STATUSES or verdict.means not in _LESSONS:
            return False
        about_shape = failure.parameter.startswith(("response_format", "tools", "tool_choice"))
        if not about_shape and (name := refused_parameter(failure, sent)) is not None:
            if name != field_now:
                self.learned = replace(asked_as, dropped=asked_as.dropped | {name})
                return True
            other = "max_tokens" if field_now == "max_completion_tokens" else "max_completion_tokens"
            if other in failure.message or failure.codes[:1] == ("unsupported_parameter",):
                self.learned = replace(asked_as, max_tokens_field=other)
                return True
        if request.schema is None or not (about_shape or verdict.means == "schema_refused"):
            return False
        if asked_as.rung == "json_schema" and asked_as.strict:
            self.learned = replace(asked_as, strict=False)
        elif asked_as.rung != RUNGS[-1]:
            self.learned = replace(asked_as, rung=RUNGS[RUNGS.index(asked_as.rung) + 1])
        else:
            return False
        return True


_MOST_LESSONS: Final = 12
_LESSON_STATUSES: Final = (400, 415, 422, 500, 501)
_LESSONS: Final = ("schema_refused", "parameter_refused", "bad_request")
_SHAPES_KEPT: Final = 64
_LOOK_EVERY_S: Final = 1.0
_WITH_USAGE: Final = {"include_usage": True}
_FINISHED: Final = ("stop", "tool_calls", "function_call", "end_turn", "eos", "")
_FINE_CODES: Final = ("0", "200", "", "success", "ok")


class _RefusedError(Exception):
    """A refusal that another way of asking may get round."""

    def __init__(self, verdict: Verdict, error: ModelError) -> None:
        super().__init__(error.en)
        self.verdict = verdict
        self.error = error


def _authority(route: ModelRoute) -> dict[str, str]:
    if route.key is None:
        return {}
    if route.vendor.key_header == "authorization":
        return {"authorization": f"Bearer {route.key.reveal()}"}
    return {route.vendor.key_header: route.key.reveal()}


# ---- the shape of the answer --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """How the shape of an answer is asked for: in the prompt, in the body, or both."""

    in_prompt: str = ""
    in_body: Mapping[str, Any] = field(default_factory=dict)
    schema: Mapping[str, Any] | None = None  # kept, so that its id is not given to another


_FREE: Final = _Shape()


def _shape(schema: Mapping[str, Any], name: str, how: Learned) -> _Shape:
    written = msgspec.json.encode(dict(schema))
    words = f"\n\nAnswer with one JSON object and nothing else. It must fit this JSON Schema:\n{written.decode()}"
    match how.rung:
        case "json_schema":
            wanted: dict[str, Any] = {"name": name, "schema": msgspec.Raw(written)}
            if how.strict:
                wanted["strict"] = True
            in_body = {"response_format": {"type": "json_schema", "json_schema": wanted}}
            return _Shape(in_body={key: _raw(value) for key, value in in_body.items()}, schema=schema)
        case "json_object":
            return _Shape(in_prompt=words, in_body={"response_format": _raw({"type": "json_object"})}, schema=schema)
        case "tool":
            function = {"name": name, "description": "Give the answer.", "parameters": msgspec.Raw(written)}
            return _Shape(
                in_body={
                    "tools": _raw([{"type": "function", "function": function}]),
                    "tool_choice": _raw({"type": "function", "function": {"name": name}}),
                },
                schema=schema,
            )
        case "text":
            return _Shape(in_prompt=words, schema=schema)


def _raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


# ---- what a vendor sends ------------------------------------------------------------------------------------------


class _CachedDetails(msgspec.Struct, frozen=True):
    cached_tokens: int | None = None


class _ThinkingDetails(msgspec.Struct, frozen=True):
    reasoning_tokens: int | None = None


class _UsageSent(msgspec.Struct, frozen=True):
    prompt_tokens: int | float | None = None
    completion_tokens: int | float | None = None
    prompt_tokens_details: _CachedDetails | None = None
    completion_tokens_details: _ThinkingDetails | None = None
    prompt_cache_hit_tokens: int | None = None  # DeepSeek
    cached_tokens: int | None = None  # Moonshot


class _FunctionSent(msgspec.Struct, frozen=True):
    arguments: str | dict[str, Any] | None = None


class _ToolCallSent(msgspec.Struct, frozen=True):
    function: _FunctionSent | None = None
    index: int | None = None


class _PartSent(msgspec.Struct, frozen=True):
    text: str | None = None


class _MessageSent(msgspec.Struct, frozen=True):
    content: str | list[_PartSent] | None = None
    refusal: str | None = None
    tool_calls: list[_ToolCallSent] | None = None


class _ChoiceSent(msgspec.Struct, frozen=True):
    message: _MessageSent | None = None
    delta: _MessageSent | None = None
    finish_reason: str | None = None
    usage: msgspec.Raw = msgspec.Raw()  # Moonshot's place for it, in streams


class _Reply(msgspec.Struct, frozen=True):
    choices: list[_ChoiceSent] | None = None
    usage: msgspec.Raw = msgspec.Raw()  # read apart: an odd count must not cost the answer
    model: str | None = None
    id: str | int | None = None
    error: Any = None
    code: Any = None


_decode_reply: Final = msgspec.json.Decoder(_Reply).decode
_decode_usage: Final = msgspec.json.Decoder(_UsageSent | None).decode
_NULL: Final = msgspec.Raw(b"null")


@dataclass(slots=True)
class _Heard:
    """An answer as far as it has come."""

    request_id: str = ""
    content: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)
    refusal: list[str] = field(default_factory=list)
    finish: str = ""
    usage: bytes | msgspec.Raw = b""
    model: str = ""
    reply_id: str | int = ""
    started: bool = False
    done: bool = False
    whole: bool = True
    broken: bytes | None = None

    def add(self, said: _MessageSent) -> None:
        if isinstance(said.content, str):
            self.content.append(said.content)
        elif said.content:
            self.content.extend(part.text for part in said.content if part.text)
        if said.refusal:
            self.refusal.append(said.refusal)
        for call in said.tool_calls or ():
            if call.index or call.function is None or call.function.arguments is None:
                continue  # a second tool call was not asked for
            arguments = call.function.arguments
            self.arguments.append(arguments if isinstance(arguments, str) else msgspec.json.encode(arguments).decode())

    def text(self) -> str:
        text = "".join(self.content)
        if self.arguments and not text.strip():
            return "".join(self.arguments)
        if text.startswith("<think>") and "</think>" in text:  # servers without a parser for thoughts
            return text.partition("</think>")[2].lstrip()
        return text


def _is_stream(body: bytes) -> bool:
    return body[:64].lstrip(b"\xef\xbb\xbf\r\n ").startswith((b"data:", b":", b"event:", b"id:", b"retry:"))


def _usage(raw: bytes | msgspec.Raw) -> Usage | None:
    if not raw:
        return None
    try:
        sent = _decode_usage(raw)
    except msgspec.DecodeError:
        return None
    if sent is None or (sent.prompt_tokens is None and sent.completion_tokens is None):
        return None
    details, thinking = sent.prompt_tokens_details, sent.completion_tokens_details
    cached = (details and details.cached_tokens) or sent.prompt_cache_hit_tokens or sent.cached_tokens or 0
    return Usage(
        input_tokens=max(0, int(sent.prompt_tokens or 0)),
        output_tokens=max(0, int(sent.completion_tokens or 0)),
        cached_tokens=max(0, cached),
        thinking_tokens=max(0, (thinking and thinking.reasoning_tokens) or 0),
    )


def _billed(error: ModelError, usage: Usage | None) -> ModelError:
    """An answer came, though not one to use: the vendor bills what it counted."""
    if usage is not None:
        error.paid = True
        error.input_tokens, error.output_tokens = usage.input_tokens, usage.output_tokens
    return error


def _rate_headers(headers: Mapping[str, str]) -> RateHeaders:
    def number(name: str) -> int | None:
        value = headers.get(f"x-ratelimit-{name}") or ""
        return int(value) if value.isdecimal() and len(value) < 19 else None

    def reset(kind: Literal["requests", "tokens"]) -> float | None:
        return parse_duration_s(headers.get(f"x-ratelimit-reset-{kind}") or "")

    return RateHeaders(
        limit_requests=number("limit-requests"),
        remaining_requests=number("remaining-requests"),
        limit_tokens=number("limit-tokens"),
        remaining_tokens=number("remaining-tokens"),
        reset_requests_s=reset("requests"),
        reset_tokens_s=reset("tokens"),
    )
