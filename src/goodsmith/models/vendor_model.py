"""A vendor's model, whatever protocol it speaks: one request, one answer or one error, whole or streamed.

A model that refuses a way of asking is asked another way at once, and that is remembered for the next request:
`json_schema` → `json_object` with the schema in the prompt → a tool call → plain text with the schema in the prompt;
parameters that it does not take are left out. Such a refusal is an HTTP 400 and is not billed.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

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
    RateHeaders,
    Verdict,
    error_of_wire,
    failure_inside,
    failure_of,
    judge,
    not_understood,
    rate_headers,
    refused_parameter,
    to_error,
)
from goodsmith.models.protocols import DIALECTS, Frame, Heard, Learned, first_lesson
from goodsmith.models.routes import ModelRoute
from goodsmith.models.secrets import Secret, read_key
from goodsmith.records import Answer, ModelRequest, Usage

IDLE_S: Final = 90.0  # silence within a stream after which it counts as dead


class VendorModel:
    """A TextModel. stream: receive answers piece by piece; the result is the same, but a silent server shows early.

    learned: what an earlier instance knew; on_lesson hears of what this one learns. also_close: called by `close`,
    after which the model cannot be used.
    """

    def __init__(
        self,
        route: ModelRoute,
        wire: Wire,
        *,
        stream: bool = False,
        idle_s: float = IDLE_S,
        learned: Learned | None = None,
        on_lesson: Callable[[Learned], None] = lambda learned: None,
        also_close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        if not route.base_url:
            raise UsageError(f"{route.model_id} has no address", zh=f"{route.model_id} 没有地址")
        self.model_id = route.model_id
        self.learned = learned or first_lesson(route.vendor)
        self.rate_headers: RateHeaders | None = None
        self._route, self._vendor, self._wire = route, route.vendor, wire
        self._dialect = DIALECTS[route.vendor.protocol]
        self._stream, self._idle_s = stream, idle_s
        self._on_lesson, self._also_close = on_lesson, also_close
        self._url = self._dialect.address(route.base_url, route.send_as, stream=stream)
        self._key: Secret | None = route.key
        self._headers = request_headers(route, route.key)
        self._frames: dict[tuple[Any, ...], Frame] = {}
        self._next_look = 0.0

    async def complete(self, request: ModelRequest, *, timeout_s: float) -> Answer:
        deadline = time.monotonic() + timeout_s
        for _ in range(_MOST_LESSONS):
            asked_as, asked_with = self.learned, self._key
            frame = self._frame(request)
            body = frame.around(self._dialect.turns(request))
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
                if self._has_another_key(refused.verdict, asked_with):
                    continue
                if asked_as is self.learned and not self._learn(refused.verdict, asked_as, frame.sent, request):
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

    def _frame(self, request: ModelRequest) -> Frame:
        """The same for all rows of a step, so made once."""
        mark = (
            request.system,
            id(request.schema),
            request.schema_name,
            request.max_output_tokens,
            request.temperature,
            request.seed,
        )
        known = self._frames.get(mark)
        if known is None:
            if len(self._frames) >= _FRAMES_KEPT:
                self._frames.pop(next(iter(self._frames)))
            known = self._dialect.frame(request, self._route, self.learned, stream=self._stream)
            self._frames[mark] = known
        return known

    async def _hear(self, body: bytes, timeout_s: float) -> Heard:
        response = await self._wire.post(self._url, body, self._headers, timeout_s=timeout_s)
        self._look_at(response.headers)
        if not 200 <= response.status < 300:
            raise self._refusal(response.status, response.body, response.headers)
        heard = Heard(headers=response.headers)
        if _is_stream(response.body):  # some gateways stream whether asked or not
            self._add_events(heard, Events(), response.body, last=True)
        else:
            self._add_whole(heard, response.body)
        return heard

    async def _hear_stream(self, body: bytes, timeout_s: float) -> Heard:
        heard = Heard()
        async with self._wire.stream(
            self._url, body, self._headers, timeout_s=timeout_s, idle_s=self._idle_s
        ) as stream:
            self._look_at(stream.headers)
            heard.headers = stream.headers
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

    def _add_whole(self, heard: Heard, body: bytes) -> None:
        try:
            failure = self._dialect.hear(heard, body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            failure = _failure_of_another_shape(body)
            if failure is None:
                raise self._strange(body) from None
        if failure is not None:
            raise self._refused(failure, heard.headers)
        if not heard.spoken:
            raise not_understood("an answer without choices", body, self._vendor, key=self._key)
        heard.finish = heard.finish or "stop"  # the body is complete, and some vendors leave the reason out

    def _add_events(self, heard: Heard, events: Events, piece: bytes, *, last: bool = False) -> None:
        heard.whole = False
        found = events.feed(piece)
        for event in found + events.end() if last else found:
            heard.started = True
            try:
                failure = self._dialect.hear(heard, event)
            except (msgspec.DecodeError, UnicodeDecodeError):
                heard.broken = event
                continue
            if failure is not None:
                raise self._refused(failure, heard.headers)
        heard.whole = bool(heard.finish) or (heard.done and self._vendor.ends_with_done)

    def _answer(self, heard: Heard, latency_s: float) -> Answer:
        usage = self._dialect.usage(heard.usage)
        text = heard.text()
        if not heard.whole:
            if heard.broken is not None and not heard.finish:
                raise _billed(self._strange(heard.broken), usage)
            what = f"{self._vendor.name} ended its stream without saying that it was finished"
            raise _billed(
                Truncated(what, zh=f"{self._vendor.name_zh} 的流式回答未正常结束", partial=text, status=200), usage
            )
        if heard.refusal:
            said = "".join(heard.refusal)[:200] or "it gives no reason"
            raise _billed(
                ContentRefused(
                    f"{self._vendor.name} refuses to answer: {said}",
                    zh=f"{self._vendor.name_zh} 拒绝回答:{said}",
                    status=200,
                    vendor_code="refusal",
                ),
                usage,
            )
        if heard.finish not in self._dialect.FINISHED:
            failure = Failure(status=200, finish=heard.finish, message=heard.finish_words)
            verdict = judge(failure, self._vendor)
            if verdict.means != "not_understood":
                error = to_error(verdict, self._vendor, key=self._key, model=self._route.model)
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
            request_id=_request_id(heard.headers) or heard.reply_id,
        )

    def _look_at(self, headers: Mapping[str, str]) -> None:
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + _LOOK_EVERY_S
            self.rate_headers = rate_headers(headers) or self.rate_headers

    # ---- refusals -------------------------------------------------------------------------------------------------

    def _refusal(self, status: int, body: bytes, headers: Mapping[str, str]) -> _RefusedError:
        if 300 <= status < 400:
            failure = Failure(status=status, message=f"it redirects to {headers.get('location') or 'another address'}")
        else:
            failure = failure_of(status, body, headers)
        return self._refused(failure, headers)

    def _refused(self, failure: Failure, headers: Mapping[str, str]) -> _RefusedError:
        verdict = judge(failure, self._vendor)
        error = to_error(verdict, self._vendor, headers=headers, key=self._key, model=self._route.model)
        return _RefusedError(verdict, error)

    def _strange(self, body: bytes) -> ModelError:
        kind = "HTML" if body[:200].lstrip().startswith(b"<") else "what is no answer in JSON"
        return not_understood(kind, body, self._vendor, key=self._key)

    def _learn(self, verdict: Verdict, asked_as: Learned, sent: frozenset[str], request: ModelRequest) -> bool:
        """Change the way of asking after a refusal; False if the refusal is about something else."""
        lesson = _lesson(verdict, asked_as, sent, self._dialect, shaped=request.schema is not None)
        if lesson is None:
            return False
        self.learned = lesson
        self._frames.clear()
        self._on_lesson(lesson)
        return True

    def _has_another_key(self, verdict: Verdict, asked_with: Secret | None) -> bool:
        """A key from a file may be a token that runs out: whoever renews the file renews it for a run too."""
        if verdict.means != "account" or verdict.row.about != "key" or asked_with is None:
            return False
        if self._key is asked_with and asked_with.source.startswith("file:"):
            try:
                found = read_key(asked_with.source, {})
            except UsageError:
                return False
            if found != asked_with:
                self._key, self._headers = found, request_headers(self._route, found)
        return self._key is not asked_with


_MOST_LESSONS: Final = 12
_LESSON_STATUSES: Final = (400, 415, 422, 500, 501)
_LESSONS: Final = ("schema_refused", "parameter_refused", "bad_request")
_FRAMES_KEPT: Final = 64
_LOOK_EVERY_S: Final = 1.0


class _RefusedError(Exception):
    """A refusal that another way of asking may get round."""

    def __init__(self, verdict: Verdict, error: ModelError) -> None:
        super().__init__(error.en)
        self.verdict = verdict
        self.error = error


def _lesson(verdict: Verdict, asked_as: Learned, sent: frozenset[str], dialect: Any, *, shaped: bool) -> Learned | None:
    """The next way of asking after a refusal; None if it is about something else."""
    failure, field_now = verdict.failure, asked_as.max_tokens_field
    if failure.status not in _LESSON_STATUSES or verdict.means not in _LESSONS:
        return None
    about_shape = failure.parameter.startswith(dialect.SHAPE_PARAMETERS)
    if not about_shape and (name := refused_parameter(failure, sent)) is not None:
        if name != field_now:
            return replace(asked_as, dropped=asked_as.dropped | {name})
        other = "max_tokens" if field_now == "max_completion_tokens" else "max_completion_tokens"
        if other in failure.message or failure.codes[:1] == ("unsupported_parameter",):
            return replace(asked_as, max_tokens_field=other)
    if not shaped or not (about_shape or verdict.means == "schema_refused"):
        return None
    if asked_as.rung == "json_schema" and asked_as.strict:
        return replace(asked_as, strict=False)
    below = dialect.RUNGS[dialect.RUNGS.index(asked_as.rung) + 1 :]
    return replace(asked_as, rung=below[0]) if below else None


def request_headers(route: ModelRoute, key: Secret | None) -> dict[str, str]:
    """What every request to a vendor carries, the key in its place."""
    headers = {"content-type": "application/json", "accept": "application/json", **route.vendor.headers}
    if key is None:
        return headers
    if route.vendor.key_header == "authorization":
        return {**headers, "authorization": f"Bearer {key.reveal()}"}
    return {**headers, route.vendor.key_header: key.reveal()}


def _request_id(headers: Mapping[str, str]) -> str:
    return headers.get("x-request-id") or headers.get("request-id") or ""


def _is_stream(body: bytes) -> bool:
    return body[:64].lstrip(b"\xef\xbb\xbf\r\n ").startswith((b"data:", b":", b"event:", b"id:", b"retry:"))


def _failure_of_another_shape(body: bytes) -> Failure | None:
    """An error that came with HTTP 200 and not as the protocol has it, such as within a list."""
    try:
        return failure_inside(msgspec.json.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _billed(error: ModelError, usage: Usage | None) -> ModelError:
    """An answer came, though not one to use: the vendor bills what it counted."""
    if usage is not None:
        error.paid = True
        error.input_tokens, error.output_tokens = usage.input_tokens, usage.output_tokens
    return error
