"""The part of a request that is the same for all rows of a step: it is written once, and each row is set into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from goodsmith.models.providers import Provider, Rung
from goodsmith.records import PromptImage


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What a model was found to take. Worth keeping between runs: each lesson costs one refused request."""

    rung: Rung
    strict: bool = False
    max_tokens_field: str = "max_tokens"
    dropped: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """JSON before and after a row's own. sent: names of the parameters in it that could be left out."""

    before: bytes
    after: bytes
    sent: frozenset[str]
    schema: Mapping[str, Any] | None  # kept, so that its id is not given to another

    def around(self, turns: bytes) -> bytes:
        return self.before + turns + self.after


def first_lesson(vendor: Provider) -> Learned:
    """What is known of a vendor before anything was asked."""
    return Learned(
        rung=vendor.answers, strict=vendor.strict_schema, max_tokens_field=vendor.max_tokens_field, dropped=vendor.drop
    )


def as_json(value: Any) -> bytes:
    """JSON in UTF-8. Half a surrogate pair, as cut cells of a table may hold, becomes a replacement character."""
    try:
        return _encode(value)
    except UnicodeEncodeError:
        return _encode(_mended(value))


def schema_in_words(schema: Mapping[str, Any]) -> str:
    """The shape of an answer for the prompt, where no parameter asks for it."""
    written = msgspec.json.encode(dict(schema)).decode()
    return f"\n\nAnswer with one JSON object and nothing else. It must fit this JSON Schema:\n{written}"


def system_text(system: str, schema: Mapping[str, Any] | None, rung: Rung) -> str:
    """The static part of the prompt, with the schema in it on the rungs that need that."""
    if schema is None or rung in {"json_schema", "tool"}:
        return system
    words = schema_in_words(schema)
    return system + words if system else words.lstrip()


def joined(fields: Mapping[str, Any]) -> bytes:
    """An object's fields without its braces."""
    return as_json(dict(fields))[1:-1]


def merged(into: dict[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """`into` with the fields of another object; objects in both are merged too."""
    for name, value in more.items():
        have = into.get(name)
        into[name] = merged(dict(have), value) if isinstance(have, Mapping) and isinstance(value, Mapping) else value
    return into


def data_url(image: PromptImage) -> str:
    """The picture as one text: its own address, or its bytes."""
    return image.url or f"data:{image.mime};base64,{in_base64(image.data)}"


def in_base64(data: bytes) -> str:
    import base64  # noqa: PLC0415 (few requests hold pictures)

    return base64.b64encode(data).decode("ascii")


_encode: Final = msgspec.json.Encoder().encode


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Mapping):
        return {name: _mended(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_mended(inner) for inner in value]
    return value
