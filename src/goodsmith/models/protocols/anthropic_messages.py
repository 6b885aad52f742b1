"""Anthropic messages: the protocol of Claude, which other vendors and llama.cpp offer too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from goodsmith.models.classify import Failure, failure_inside
from goodsmith.models.protocols.framing import Frame, Learned, as_json, in_base64, joined, merged, system_text
from goodsmith.models.protocols.heard import Heard
from goodsmith.models.providers import Rung
from goodsmith.models.routes import ModelRoute
from goodsmith.records import ModelRequest, PromptImage, Usage

RUNGS: tuple[Rung, ...] = ("json_schema", "tool", "text")
SHAPE_PARAMETERS: tuple[str, ...] = ("output_config", "output_format", "tools", "tool_choice")
FINISHED: frozenset[str] = frozenset({"end_turn", "stop_sequence", "tool_use", "stop", ""})


def address(base_url: str, model: str, *, stream: bool) -> str:
    return f"{base_url}/messages" if base_url.endswith("/v1") else f"{base_url}/v1/messages"


def frame(request: ModelRequest, route: ModelRoute, how: Learned, *, stream: bool) -> Frame:
    system: Any = system_text(request.system, request.schema, how.rung)
    if system and route.vendor.marks_prefix(system):
        system = [{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}]
    body: dict[str, Any] = {"max_tokens": request.max_output_tokens}
    if system:
        body["system"] = system
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if stream:
        body["stream"] = True
    merged(body, route.vendor.extra_body)
    for name in how.dropped:
        body.pop(name, None)
    sent = frozenset(body) - {"stream", "system", "max_tokens"}
    if request.schema is not None:
        merged(body, _shape(request, how))
    return Frame(
        before=b'{"model":' + as_json(route.send_as) + b"," + joined(body) + b',"messages":[',
        after=b"]}",
        sent=sent,
        schema=request.schema,
    )


def turns(request: ModelRequest) -> bytes:
    said: Any = request.user
    if request.images:
        said = [*map(_picture, request.images), {"type": "text", "text": request.user}]
    first = b'{"role":"user","content":' + as_json(said) + b"}"
    if not request.history:
        return first
    return b",".join([first, *(as_json({"role": role, "content": content}) for role, content in request.history)])


def hear(heard: Heard, said: bytes) -> Failure | None:
    event = _decode(said)
    match event.type:
        case "content_block_delta":
            if event.delta is not None:
                _add(heard, event.delta)
        case "content_block_start":
            if event.content_block is not None:
                _add(heard, event.content_block)
        case "message_start":
            if event.message is not None:
                _begin(heard, event.message)
        case "message_delta":
            _end(heard, event.delta, event.usage)
        case "message_stop":
            heard.done = True
        case "message":
            message = _decode_message(said)
            _begin(heard, message)
            for block in message.content or ():
                _add(heard, block)
            _end(heard, message, msgspec.Raw())
        case _:
            return failure_inside(msgspec.json.decode(said))
    return None


def usage(sent: Sequence[bytes]) -> Usage | None:
    """Input tokens are counted apart by what the cache did with them; here they are one sum."""
    counts: dict[str, int] = {}
    for raw in sent:  # later counts go before earlier ones
        try:
            told = _decode_usage(raw)
        except msgspec.DecodeError:
            continue
        for name in _COUNTS:
            if (count := getattr(told, name)) is not None:
                counts[name] = max(0, int(count))
        if told.output_tokens_details is not None and told.output_tokens_details.thinking_tokens:
            counts["thinking"] = told.output_tokens_details.thinking_tokens
    if "input_tokens" not in counts and "output_tokens" not in counts:
        return None
    read, written = counts.get("cache_read_input_tokens", 0), counts.get("cache_creation_input_tokens", 0)
    return Usage(
        input_tokens=counts.get("input_tokens", 0) + read + written,
        output_tokens=counts.get("output_tokens", 0),
        cached_tokens=read,
        thinking_tokens=counts.get("thinking", 0),
        cache_write_tokens=written,
    )


def plain_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without the limits that structured outputs refuse; they stand in the descriptions as words.

    Source: https://platform.claude.com/docs/en/build-with-claude/structured-outputs, as its client does it.
    """
    if isinstance(schema.get("type"), list) and "enum" not in schema:  # it wants them as alternatives
        kinds = [one for one in schema["type"] if one != "null"]
        limits = {name: value for name, value in schema.items() if name not in {"type", "description", "title"}}
        outside = {name: schema[name] for name in ("description", "title") if name in schema}
        null = [{"type": "null"}] if "null" in schema["type"] else []
        return {"anyOf": [*(plain_schema({"type": one, **limits}) for one in kinds), *null], **outside}
    made: dict[str, Any] = {}
    left: dict[str, Any] = {}
    for name, value in schema.items():
        if name in _NAMED:
            made[name] = {inner: plain_schema(one) for inner, one in value.items()}
        elif name in _LISTED:
            made["anyOf" if name == "oneOf" else name] = [plain_schema(one) for one in value]
        elif name == "items" and isinstance(value, Mapping):
            made[name] = plain_schema(value)
        elif name in _TAKEN or (name == "minItems" and value in {0, 1}):
            made[name] = value
        else:
            left[name] = value
    if made.get("type") == "object":
        made["additionalProperties"] = False
    left.pop("additionalProperties", None)
    if "enum" in made:
        made.pop("type", None)
    if left:
        words = "{" + ", ".join(f"{name}: {value}" for name, value in left.items()) + "}"
        made["description"] = f"{made['description']}\n\n{words}" if "description" in made else words
    return made


# ---- asking -------------------------------------------------------------------------------------------------------

_NAMED: Final = ("properties", "$defs")
_LISTED: Final = ("anyOf", "oneOf", "allOf")
_TAKEN: Final = ("type", "enum", "const", "required", "description", "title", "$ref", "format")


def _shape(request: ModelRequest, how: Learned) -> dict[str, Any]:
    schema = request.schema or {}
    match how.rung:
        case "json_schema":
            return {"output_config": {"format": {"type": "json_schema", "schema": plain_schema(schema)}}}
        case "tool":
            tool = {"name": request.schema_name, "description": "Give the answer.", "input_schema": dict(schema)}
            return {"tools": [tool], "tool_choice": {"type": "tool", "name": request.schema_name}}
        case _:
            return {}


def _picture(image: PromptImage) -> dict[str, Any]:
    if image.url:
        return {"type": "image", "source": {"type": "url", "url": image.url}}
    source = {"type": "base64", "media_type": image.mime, "data": in_base64(image.data)}
    return {"type": "image", "source": source}


# ---- listening ----------------------------------------------------------------------------------------------------


class _BlockSent(msgspec.Struct, frozen=True):
    """A block of content, or what is added to one."""

    type: str = ""
    text: str | None = None
    partial_json: str | None = None
    input: msgspec.Raw = msgspec.Raw()
    stop_reason: str | None = None
    stop_details: Any = None


class _MessageSent(msgspec.Struct, frozen=True):
    id: str | None = None
    model: str | None = None
    content: list[_BlockSent] | None = None
    stop_reason: str | None = None
    stop_details: Any = None
    usage: msgspec.Raw = msgspec.Raw()  # read apart: an odd count must not cost the answer


class _EventSent(msgspec.Struct, frozen=True):
    type: str = ""
    message: _MessageSent | None = None
    content_block: _BlockSent | None = None
    delta: _BlockSent | None = None
    usage: msgspec.Raw = msgspec.Raw()


class _ThinkingDetails(msgspec.Struct, frozen=True):
    thinking_tokens: int | None = None


class _UsageSent(msgspec.Struct, frozen=True):
    input_tokens: int | float | None = None
    output_tokens: int | float | None = None
    cache_read_input_tokens: int | float | None = None
    cache_creation_input_tokens: int | float | None = None
    output_tokens_details: _ThinkingDetails | None = None


_COUNTS: Final = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
_decode: Final = msgspec.json.Decoder(_EventSent).decode
_decode_message: Final = msgspec.json.Decoder(_MessageSent).decode
_decode_usage: Final = msgspec.json.Decoder(_UsageSent).decode


def _begin(heard: Heard, message: _MessageSent) -> None:
    heard.spoken = True
    heard.model = message.model or heard.model
    heard.reply_id = message.id or heard.reply_id
    if message.usage:
        heard.usage.append(bytes(message.usage))


def _add(heard: Heard, block: _BlockSent) -> None:
    heard.spoken = True
    if block.type in {"text", "text_delta"} and block.text:
        heard.content.append(block.text)
    elif block.type == "tool_use" and block.input and bytes(block.input) != b"{}":
        heard.arguments.append(bytes(block.input).decode())
    elif block.type == "input_json_delta" and block.partial_json:
        heard.arguments.append(block.partial_json)


def _end(heard: Heard, ending: _BlockSent | _MessageSent | None, counts: msgspec.Raw) -> None:
    if ending is not None and ending.stop_reason:
        heard.finish = ending.stop_reason
        if ending.stop_reason == "refusal":
            said = ending.stop_details.get("explanation") if isinstance(ending.stop_details, Mapping) else None
            heard.refusal.append(said or "")
    if counts:
        heard.usage.append(bytes(counts))
