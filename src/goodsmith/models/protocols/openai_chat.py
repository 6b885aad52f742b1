"""OpenAI chat completions: what most vendors, gateways and local servers speak."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from goodsmith.models.classify import Failure, failure_inside
from goodsmith.models.protocols.framing import Frame, Learned, as_json, data_url, joined, merged, system_text
from goodsmith.models.protocols.heard import Heard
from goodsmith.models.providers import Rung
from goodsmith.models.routes import ModelRoute
from goodsmith.records import ModelRequest, Usage

RUNGS: tuple[Rung, ...] = ("json_schema", "json_object", "tool", "text")
SHAPE_PARAMETERS: tuple[str, ...] = ("response_format", "tools", "tool_choice")
FINISHED: frozenset[str] = frozenset({"stop", "tool_calls", "function_call", "end_turn", "eos", ""})


def address(base_url: str, model: str, *, stream: bool) -> str:
    return f"{base_url}/chat/completions"


def frame(request: ModelRequest, route: ModelRoute, how: Learned, *, stream: bool) -> Frame:
    system: Any = system_text(request.system, request.schema, how.rung)
    if system and route.vendor.marks_prefix(system):
        system = [{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}]
    first = joined({"role": "system", "content": system}) if system else b""
    body: dict[str, Any] = {how.max_tokens_field: request.max_output_tokens}
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.seed is not None:
        body["seed"] = request.seed
    if stream:
        body["stream"] = True
        body["stream_options"] = {"include_usage": True}
    body.update(route.vendor.extra_body)
    for name in how.dropped:
        body.pop(name, None)
    sent = frozenset(body) - {"stream"}
    if request.schema is not None:
        merged(body, _shape(request, how))
    return Frame(
        before=b'{"model":' + as_json(route.send_as) + b',"messages":[' + (b"{" + first + b"}," if first else b""),
        after=b"]," + joined(body) + b"}" if body else b"]}",
        sent=sent,
        schema=request.schema,
    )


def turns(request: ModelRequest) -> bytes:
    said: Any = request.user
    if request.images:
        said = [
            *({"type": "image_url", "image_url": {"url": data_url(image)}} for image in request.images),
            {"type": "text", "text": request.user},
        ]
    first = b'{"role":"user","content":' + as_json(said) + b"}"
    if not request.history:
        return first
    return b",".join([first, *(as_json({"role": role, "content": content}) for role, content in request.history)])


def hear(heard: Heard, said: bytes) -> Failure | None:
    if said.strip() == b"[DONE]":
        heard.done = True
        return None
    reply = _decode(said)
    fine = reply.error is None and (reply.code is None or str(reply.code).lower() in _FINE_CODES)
    if not (fine and reply.choices) and (failure := failure_inside(msgspec.json.decode(said))) is not None:
        return failure
    if reply.model:
        heard.model = reply.model
    if reply.id:
        heard.reply_id = str(reply.id)
    if reply.usage and reply.usage != _NULL:
        heard.usage = [bytes(reply.usage)]
    if not reply.choices:
        return None
    heard.spoken = True
    choice = reply.choices[0]
    message = choice.message or choice.delta
    if message is not None:
        _add(heard, message)
    if choice.finish_reason:
        heard.finish = choice.finish_reason
    if choice.usage and choice.usage != _NULL:
        heard.usage = [bytes(choice.usage)]
    return None


def usage(sent: Sequence[bytes]) -> Usage | None:
    for raw in reversed(sent):
        try:
            counts = _decode_usage(raw)
        except msgspec.DecodeError:
            continue
        if counts is None or (counts.prompt_tokens is None and counts.completion_tokens is None):
            continue
        details, thinking = counts.prompt_tokens_details, counts.completion_tokens_details
        cached = (details and details.cached_tokens) or counts.prompt_cache_hit_tokens or counts.cached_tokens or 0
        return Usage(
            input_tokens=max(0, int(counts.prompt_tokens or 0)),
            output_tokens=max(0, int(counts.completion_tokens or 0)),
            cached_tokens=max(0, cached),
            thinking_tokens=max(0, (thinking and thinking.reasoning_tokens) or 0),
            cache_write_tokens=max(0, (details and details.written) or 0),
        )
    return None


# ---- the shape of the answer --------------------------------------------------------------------------------------


def _shape(request: ModelRequest, how: Learned) -> dict[str, Any]:
    schema, name = dict(request.schema or {}), request.schema_name
    match how.rung:
        case "json_schema":
            wanted: dict[str, Any] = {"name": name, "schema": schema}
            if how.strict:
                wanted["strict"] = True
            return {"response_format": {"type": "json_schema", "json_schema": wanted}}
        case "json_object":
            return {"response_format": {"type": "json_object"}}
        case "tool":
            function = {"name": name, "description": "Give the answer.", "parameters": schema}
            return {
                "tools": [{"type": "function", "function": function}],
                "tool_choice": {"type": "function", "function": {"name": name}},
            }
        case "text":
            return {}


# ---- what a vendor sends ------------------------------------------------------------------------------------------


class _PromptDetails(msgspec.Struct, frozen=True):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_creation_input_tokens: int | None = None  # DashScope

    @property
    def written(self) -> int:
        return self.cache_write_tokens or self.cache_creation_input_tokens or 0


class _ThinkingDetails(msgspec.Struct, frozen=True):
    reasoning_tokens: int | None = None


class _UsageSent(msgspec.Struct, frozen=True):
    prompt_tokens: int | float | None = None
    completion_tokens: int | float | None = None
    prompt_tokens_details: _PromptDetails | None = None
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


_decode: Final = msgspec.json.Decoder(_Reply).decode
_decode_usage: Final = msgspec.json.Decoder(_UsageSent | None).decode
_NULL: Final = msgspec.Raw(b"null")
_FINE_CODES: Final = ("0", "200", "", "success", "ok")


def _add(heard: Heard, said: _MessageSent) -> None:
    if isinstance(said.content, str):
        heard.content.append(said.content)
    elif said.content:
        heard.content.extend(part.text for part in said.content if part.text)
    if said.refusal:
        heard.refusal.append(said.refusal)
    for call in said.tool_calls or ():
        if call.index or call.function is None or call.function.arguments is None:
            continue  # a second tool call was not asked for
        arguments = call.function.arguments
        heard.arguments.append(arguments if isinstance(arguments, str) else as_json(arguments).decode())
