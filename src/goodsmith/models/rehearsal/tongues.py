"""The protocols that the rehearsal vendor speaks: a request is read into one form, what is said is written in each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

SHAPES: Final = ("json_schema", "json_object", "tools")  # ways of asking for the shape of an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request. shape: how it asks for the shape of its answer, "" if not; schema: JSON of it, where it was sent."""

    model: str
    system: str
    user: str
    turns: int
    images: int = 0
    stream: bool = False
    wants_usage: bool = True  # in a stream
    shape: str = ""
    schema: bytes | None = None
    tool: str = ""
    parameters: frozenset[str] = frozenset()  # names of the rest, as sent
    most_tokens: int = 1024
    marked: bool = False  # it asks to store its prefix


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer. finish: `stop`, or the vendor's word for why it ended; usage None: none is sent.

    usage: input tokens, output tokens, and of the input those from and to the prefix cache.
    """

    id: str
    model: str
    text: str
    finish: str
    tool: str = ""
    usage: tuple[int, int, int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """One protocol. read: path and body -> request, raises ValueError; events: data of a stream, the end last.

    manner: whose errors it has where a request names none.
    """

    manner: str
    read: Callable[[str, bytes], Asked]
    whole: Callable[[Said | None], Any]  # None: an answer without an answer
    events: Callable[[Said, Sequence[str], bool], list[Any]]  # the pieces of its text; True: it breaks off


def tongue_of(path: str) -> Tongue | None:
    """The protocol of an address."""
    if path.endswith("/chat/completions"):
        return OPENAI_CHAT
    if path.endswith("/messages"):
        return ANTHROPIC
    return GEMINI if path.endswith((":generateContent", ":streamGenerateContent")) else None


def schema_in_prompt(system: str) -> bytes | None:
    """A JSON Schema that stands in words."""
    place = system.rfind('{"type":"object"')
    if place < 0:
        place = system.find("{", system.rfind("JSON Schema"))
        if place < 0 or "JSON Schema" not in system:
            return None
    try:
        found, _ = _JSON.raw_decode(system, place)
    except ValueError:
        return None
    return msgspec.json.encode(found)


def _read_json(body: bytes) -> dict[str, Any]:
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"the body is not a request: {error}") from error


def _texts(content: Any) -> tuple[str, int]:
    """The text of a message, and how many pictures are in it."""
    if isinstance(content, str):
        return content, 0
    if not isinstance(content, list):
        return "", 0
    parts = [part for part in content if isinstance(part, dict)]
    pictures = sum(1 for part in parts if {"image_url", "source", "inlineData", "fileData"} & part.keys())
    return "".join(part.get("text") or "" for part in parts), pictures


def _marks(content: Any) -> bool:
    return isinstance(content, list) and any("cache_control" in part for part in content if isinstance(part, dict))


_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode
_JSON: Final = json.JSONDecoder()


# ---- OpenAI chat --------------------------------------------------------------------------------------------------


def _read_openai(path: str, body: bytes) -> Asked:
    asked = _read_json(body)
    messages = asked.get("messages")
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise ValueError("messages: a list is needed")
    system, user, images = list[str](), list[str](), 0
    for message in messages:
        text, pictures = _texts(message.get("content"))
        images += pictures
        (system if message.get("role") in {"system", "developer"} else user).append(text)
    form = asked.get("response_format") or {}
    tools = asked.get("tools") or []
    shape, schema, tool = form.get("type", "") if form else "", None, ""
    if shape == "json_schema":
        schema = msgspec.json.encode((form.get("json_schema") or {}).get("schema") or {})
    elif tools:
        shape, tool = "tools", tools[0]["function"]["name"]
        schema = msgspec.json.encode(tools[0]["function"].get("parameters") or {})
    most = asked.get("max_completion_tokens") or asked.get("max_tokens") or 1024
    return Asked(
        model=str(asked.get("model") or ""),
        system="\n".join(system),
        user="\n".join(user),
        turns=len(messages),
        images=images,
        stream=bool(asked.get("stream")),
        wants_usage=bool((asked.get("stream_options") or {}).get("include_usage")),
        shape=shape,
        schema=schema,
        tool=tool,
        parameters=frozenset(asked),
        most_tokens=int(most),
        marked=any(_marks(message.get("content")) for message in messages),
    )


def _openai_usage(usage: tuple[int, int, int, int]) -> dict[str, Any]:
    sent, made, read, written = usage
    counts: dict[str, Any] = {"prompt_tokens": sent, "completion_tokens": made, "total_tokens": sent + made}
    if read or written:
        counts["prompt_tokens_details"] = {"cached_tokens": read, "cache_write_tokens": written}
    return counts


def _openai_whole(said: Said | None) -> Any:
    if said is None:
        return {"object": "chat.completion", "choices": []}
    message: dict[str, Any] = {"role": "assistant", "content": said.text}
    finish = said.finish
    if said.tool:
        call = {"id": "call_0", "type": "function", "function": {"name": said.tool, "arguments": said.text}}
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
        finish = "tool_calls" if finish == "stop" else finish
    choices = [{"index": 0, "message": message, "finish_reason": finish}]
    whole = {"id": said.id, "model": said.model, "created": _CREATED, "object": "chat.completion", "choices": choices}
    return whole | ({"usage": _openai_usage(said.usage)} if said.usage else {})


def _openai_events(said: Said, pieces: Sequence[str], cut: bool) -> list[Any]:
    deltas: list[Any]
    if said.tool:
        first = {"role": "assistant", "tool_calls": [{"index": 0, "id": "call_0", "function": {"name": said.tool}}]}
        deltas = [first, *({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]} for piece in pieces)]
    else:
        deltas = [{"role": "assistant"}, *({"content": piece} for piece in pieces)]
    if cut:
        deltas = deltas[: max(2, len(deltas) // 2)]
    head = {"id": said.id, "model": said.model, "created": _CREATED, "object": "chat.completion.chunk"}
    events: list[Any] = [{**head, "choices": [{"index": 0, "delta": one, "finish_reason": None}]} for one in deltas]
    if cut:
        return events
    events.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": said.finish}]})
    if said.usage:
        events.append({**head, "choices": [], "usage": _openai_usage(said.usage)})
    return [*events, "[DONE]"]


_CREATED: Final = 1_700_000_000


# ---- Anthropic messages -------------------------------------------------------------------------------------------


def _read_anthropic(path: str, body: bytes) -> Asked:
    asked = _read_json(body)
    messages = asked.get("messages")
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise ValueError("messages: a list is needed")
    if "max_tokens" not in asked:
        raise ValueError("max_tokens: Field required")
    system, _ = _texts(asked.get("system"))
    said = [_texts(message.get("content")) for message in messages]
    form = (asked.get("output_config") or {}).get("format") or {}
    tools = asked.get("tools") or []
    shape, schema, tool = "json_schema" if form else "", None, ""
    if form:
        schema = msgspec.json.encode(form.get("schema") or {})
    elif tools:
        shape, tool = "tools", tools[0]["name"]
        schema = msgspec.json.encode(tools[0].get("input_schema") or {})
    return Asked(
        model=str(asked.get("model") or ""),
        system=system,
        user="\n".join(text for text, _ in said),
        turns=len(messages),
        images=sum(pictures for _, pictures in said),
        stream=bool(asked.get("stream")),
        shape=shape,
        schema=schema,
        tool=tool,
        parameters=frozenset(asked),
        most_tokens=asked["max_tokens"],
        marked=_marks(asked.get("system")),
    )


def _anthropic_usage(usage: tuple[int, int, int, int] | None) -> dict[str, int]:
    if usage is None:
        return {}
    sent, made, read, written = usage
    return {
        "input_tokens": sent - read - written,
        "output_tokens": made,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
    }


def _anthropic_whole(said: Said | None) -> Any:
    if said is None:
        return {"type": "message", "role": "assistant", "content": [], "stop_reason": "end_turn"}
    content: list[Any] = [{"type": "text", "text": said.text}]
    finish = "end_turn" if said.finish == "stop" else said.finish
    if said.tool:
        try:
            content = [{"type": "tool_use", "id": "toolu_0", "name": said.tool, "input": json.loads(said.text)}]
            finish = "tool_use" if said.finish == "stop" else said.finish
        except ValueError:  # broken off, so no object
            pass
    whole: dict[str, Any] = {"id": said.id, "type": "message", "role": "assistant", "model": said.model}
    whole |= {"content": content, "stop_reason": finish, "stop_sequence": None}
    return whole | ({"usage": _anthropic_usage(said.usage)} if said.usage else {})


def _anthropic_events(said: Said, pieces: Sequence[str], cut: bool) -> list[Any]:
    counts = _anthropic_usage(said.usage)
    begun: dict[str, Any] = {"id": said.id, "type": "message", "role": "assistant", "model": said.model, "content": []}
    if counts:
        begun["usage"] = {**counts, "output_tokens": 1}
    block: dict[str, Any] = {"type": "text", "text": ""}
    if said.tool:
        block = {"type": "tool_use", "id": "toolu_0", "name": said.tool, "input": {}}
    kind, name = ("input_json_delta", "partial_json") if said.tool else ("text_delta", "text")
    deltas = [{"type": "content_block_delta", "index": 0, "delta": {"type": kind, name: piece}} for piece in pieces]
    if cut:
        deltas = deltas[: max(1, len(deltas) // 2)]
    events: list[Any] = [
        {"type": "message_start", "message": begun},
        {"type": "ping"},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *deltas,
    ]
    if cut:
        return events
    finish = ("tool_use" if said.tool else "end_turn") if said.finish == "stop" else said.finish
    ending: dict[str, Any] = {"type": "message_delta", "delta": {"stop_reason": finish}}
    if counts:
        ending["usage"] = {"output_tokens": counts["output_tokens"]}
    return [*events, {"type": "content_block_stop", "index": 0}, ending, {"type": "message_stop"}]


# ---- Gemini -------------------------------------------------------------------------------------------------------


def _read_gemini(path: str, body: bytes) -> Asked:
    asked = _read_json(body)
    contents = asked.get("contents")
    if not isinstance(contents, list) or not all(isinstance(turn, dict) for turn in contents):
        raise ValueError("contents: a list is needed")
    model, _, verb = path.rpartition("/models/")[2].rpartition(":")
    system, _ = _texts((asked.get("systemInstruction") or {}).get("parts"))
    said = [_texts(turn.get("parts")) for turn in contents]
    settings = asked.get("generationConfig") or {}
    tools = asked.get("tools") or []
    shape, schema, tool = "", None, ""
    if "responseJsonSchema" in settings:
        shape, schema = "json_schema", msgspec.json.encode(settings["responseJsonSchema"])
    elif settings.get("responseMimeType") == "application/json":
        shape = "json_object"
    elif tools:
        function = tools[0]["functionDeclarations"][0]
        shape, tool, schema = "tools", function["name"], msgspec.json.encode(function.get("parametersJsonSchema") or {})
    return Asked(
        model=model,
        system=system,
        user="\n".join(text for text, _ in said),
        turns=len(contents),
        images=sum(pictures for _, pictures in said),
        stream=verb == "streamGenerateContent",
        shape=shape,
        schema=schema,
        tool=tool,
        parameters=frozenset(settings),
        most_tokens=int(settings.get("maxOutputTokens") or 1024),
    )


def _gemini_reply(said: Said, parts: list[Any], finish: str | None) -> dict[str, Any]:
    candidate: dict[str, Any] = {"index": 0, "content": {"role": "model", "parts": parts}}
    if finish:
        candidate["finishReason"] = finish
    reply: dict[str, Any] = {"candidates": [candidate], "modelVersion": said.model, "responseId": said.id}
    if said.usage:
        sent, made, read, _ = said.usage
        counts = {"promptTokenCount": sent, "candidatesTokenCount": made, "totalTokenCount": sent + made}
        reply["usageMetadata"] = counts | ({"cachedContentTokenCount": read} if read else {})
    return reply


def _gemini_parts(said: Said, text: str) -> list[Any]:
    if not said.tool:
        return [{"text": text}]
    try:
        return [{"functionCall": {"name": said.tool, "args": json.loads(text)}}]
    except ValueError:
        return [{"text": text}]


def _gemini_whole(said: Said | None) -> Any:
    if said is None:
        return {"candidates": [], "modelVersion": "rehearsal"}
    finish = "STOP" if said.finish == "stop" else said.finish
    return _gemini_reply(said, _gemini_parts(said, said.text) if said.text else [], finish)


def _gemini_events(said: Said, pieces: Sequence[str], cut: bool) -> list[Any]:
    if said.tool:  # a call comes in one piece
        pieces = [said.text] if said.text else []
    if cut:
        pieces = pieces[: max(1, len(pieces) // 2)] if len(pieces) > 1 else []
    events: list[Any] = [_gemini_reply(said, _gemini_parts(said, piece), None) for piece in pieces]
    if cut:
        return events or [_gemini_reply(said, [{"text": "{"}], None)]
    return [*events, _gemini_reply(said, [], "STOP" if said.finish == "stop" else said.finish)]


OPENAI_CHAT: Final = Tongue(manner="openai", read=_read_openai, whole=_openai_whole, events=_openai_events)
ANTHROPIC: Final = Tongue(manner="anthropic", read=_read_anthropic, whole=_anthropic_whole, events=_anthropic_events)
GEMINI: Final = Tongue(manner="gemini", read=_read_gemini, whole=_gemini_whole, events=_gemini_events)


def event_stream(events: Sequence[Any]) -> bytes:
    """Server-sent events. Those with a type carry it as the event's name too, as Anthropic sends them."""
    lines = [b": rehearsal\n\n"]
    for event in events:
        if isinstance(event, Mapping) and isinstance(event.get("type"), str):
            lines.append(b"event: " + event["type"].encode() + b"\n")
        data = event.encode() if isinstance(event, str) else msgspec.json.encode(event)
        lines.append(b"data: " + data + b"\n\n")
    return b"".join(lines)
