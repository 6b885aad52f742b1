"""Gemini generateContent, at Google's Gemini API and at Vertex AI."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from goodsmith.models.classify import Failure, failure_inside
from goodsmith.models.protocols.framing import Frame, Learned, as_json, in_base64, joined, merged, system_text
from goodsmith.models.protocols.heard import Heard
from goodsmith.models.providers import Rung
from goodsmith.models.routes import ModelRoute
from goodsmith.records import ModelRequest, PromptImage, Usage

RUNGS: tuple[Rung, ...] = ("json_schema", "json_object", "tool", "text")
SHAPE_PARAMETERS: tuple[str, ...] = (
    *("generation_config.response", "generationConfig.response", "response_", "response", "tools", "tool_config"),
    *("toolConfig", "function_calling_config"),
)
FINISHED: frozenset[str] = frozenset({"stop", ""})


def address(base_url: str, model: str, *, stream: bool) -> str:
    path = model if model.startswith("models/") else f"models/{model}"
    return f"{base_url}/{path}:" + ("streamGenerateContent?alt=sse" if stream else "generateContent")


def frame(request: ModelRequest, route: ModelRoute, how: Learned, *, stream: bool) -> Frame:
    system = system_text(request.system, request.schema, how.rung)
    settings: dict[str, Any] = {"maxOutputTokens": request.max_output_tokens}
    if request.temperature is not None:
        settings["temperature"] = request.temperature
    if request.seed is not None:
        settings["seed"] = request.seed
    body: dict[str, Any] = {"systemInstruction": {"role": "user", "parts": [{"text": system}]}} if system else {}
    merged(body, {"generationConfig": settings})
    merged(body, route.vendor.extra_body)
    settings = body["generationConfig"]
    for name in how.dropped:
        settings.pop(name, None)
    sent = frozenset(settings) - {"maxOutputTokens"}
    if request.schema is not None:
        merged(body, _shape(request, how))
    return Frame(
        before=b"{" + joined(body) + b',"contents":[',
        after=b"]}",
        sent=sent,
        schema=request.schema,
    )


def turns(request: ModelRequest) -> bytes:
    said: list[Any] = [*map(_picture, request.images), {"text": request.user}]
    first = b'{"role":"user","parts":' + as_json(said) + b"}"
    if not request.history:
        return first
    later = ({"role": _ROLES.get(role, role), "parts": [{"text": content}]} for role, content in request.history)
    return b",".join([first, *map(as_json, later)])


def hear(heard: Heard, said: bytes) -> Failure | None:
    reply = _decode(said)
    if reply.prompt_feedback is not None and reply.prompt_feedback.block_reason:
        feedback = reply.prompt_feedback
        return Failure(
            status=200,
            codes=(f"blockReason.{feedback.block_reason}",),
            message=feedback.block_reason_message or "the prompt was blocked",
        )
    if reply.error is not None and (failure := failure_inside(msgspec.json.decode(said))) is not None:
        return failure
    heard.model = reply.model_version or heard.model
    heard.reply_id = reply.response_id or heard.reply_id
    if reply.usage_metadata:
        heard.usage = [bytes(reply.usage_metadata)]  # each is a sum of all so far
    if not reply.candidates:
        return None
    heard.spoken = True
    candidate = reply.candidates[0]
    for part in (candidate.content and candidate.content.parts) or ():
        if part.function_call is not None and part.function_call.args:
            heard.arguments.append(bytes(part.function_call.args).decode())
        elif part.text and not part.thought:
            heard.content.append(part.text)
    if candidate.finish_reason:
        heard.finish = candidate.finish_reason.lower()
        if heard.finish not in FINISHED and candidate.finish_message:
            heard.finish_words = candidate.finish_message
    return None


def usage(sent: Sequence[bytes]) -> Usage | None:
    """Thoughts are counted apart from the answer and billed as output; here they are one sum."""
    for raw in reversed(sent):
        try:
            counts = _decode_usage(raw)
        except msgspec.DecodeError:
            continue
        if counts is None or (counts.prompt_token_count is None and counts.candidates_token_count is None):
            continue
        thinking = max(0, counts.thoughts_token_count or 0)
        return Usage(
            input_tokens=max(0, (counts.prompt_token_count or 0) + (counts.tool_use_prompt_token_count or 0)),
            output_tokens=max(0, counts.candidates_token_count or 0) + thinking,
            cached_tokens=max(0, counts.cached_content_token_count or 0),
            thinking_tokens=thinking,
        )
    return None


# ---- asking -------------------------------------------------------------------------------------------------------

_ROLES: Final = {"assistant": "model"}


def _shape(request: ModelRequest, how: Learned) -> dict[str, Any]:
    schema = dict(request.schema or {})
    match how.rung:
        case "json_schema":
            return {"generationConfig": {"responseMimeType": "application/json", "responseJsonSchema": schema}}
        case "json_object":
            return {"generationConfig": {"responseMimeType": "application/json"}}
        case "tool":
            name = request.schema_name
            function = {"name": name, "description": "Give the answer.", "parametersJsonSchema": schema}
            calling = {"mode": "ANY", "allowedFunctionNames": [name]}
            return {
                "tools": [{"functionDeclarations": [function]}],
                "toolConfig": {"functionCallingConfig": calling},
            }
        case "text":
            return {}


def _picture(image: PromptImage) -> dict[str, Any]:
    if image.url:
        return {"fileData": {"fileUri": image.url, **({"mimeType": image.mime} if image.mime else {})}}
    return {"inlineData": {"mimeType": image.mime, "data": in_base64(image.data)}}


# ---- listening ----------------------------------------------------------------------------------------------------


class _CallSent(msgspec.Struct, frozen=True, rename="camel"):
    args: msgspec.Raw = msgspec.Raw()


class _PartSent(msgspec.Struct, frozen=True, rename="camel"):
    text: str | None = None
    thought: bool | None = None
    function_call: _CallSent | None = None


class _ContentSent(msgspec.Struct, frozen=True, rename="camel"):
    parts: list[_PartSent] | None = None


class _CandidateSent(msgspec.Struct, frozen=True, rename="camel"):
    content: _ContentSent | None = None
    finish_reason: str | None = None
    finish_message: str | None = None


class _FeedbackSent(msgspec.Struct, frozen=True, rename="camel"):
    block_reason: str | None = None
    block_reason_message: str | None = None


class _Reply(msgspec.Struct, frozen=True, rename="camel"):
    candidates: list[_CandidateSent] | None = None
    prompt_feedback: _FeedbackSent | None = None
    usage_metadata: msgspec.Raw = msgspec.Raw()  # read apart: an odd count must not cost the answer
    model_version: str | None = None
    response_id: str | None = None
    error: Any = None


class _UsageSent(msgspec.Struct, frozen=True, rename="camel"):
    prompt_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None
    cached_content_token_count: int | None = None
    tool_use_prompt_token_count: int | None = None


_decode: Final = msgspec.json.Decoder(_Reply).decode
_decode_usage: Final = msgspec.json.Decoder(_UsageSent | None).decode
