"""What identifies a call: a hash of the model, its parameters and the prompt as sent.

The same hash serves the answer cache (32 bytes), identical prompts in flight, and the journal (16 bytes, with a repeat
number for asking the same thing again on purpose).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from goodsmith.records import ModelRequest

_VERSION: Final = b"goodsmith call 1"  # a change of what is hashed, or how, is a new version
IMAGE_TOKENS: Final = 16_384  # the most that one picture counts at a vendor whose own figure is not known
_KEPT: Final = 64  # beginnings that are remembered: a run has one per step and locale


class CallKeys:
    """Keys and sizes of the calls to one model. extra: what else changes its answers, such as its address.

    image_tokens: the most that one picture counts there.
    """

    __slots__ = ("_beginnings", "_image_tokens", "_root")

    def __init__(self, model: str, extra: Mapping[str, Any] | None = None, *, image_tokens: int = IMAGE_TOKENS) -> None:
        self._image_tokens = image_tokens
        self._root = hashlib.sha256(_VERSION)
        _add(self._root, model.encode(), msgspec.json.encode(dict(extra or {}), order="deterministic"))
        self._beginnings: dict[tuple[Any, ...], tuple[Any, int, Any]] = {}

    def key(self, request: ModelRequest) -> bytes:
        """32 bytes: equal exactly for requests that a model cannot tell apart."""
        digest = self._beginning(request)[0].copy()
        _add(digest, _utf8(request.user))
        for role, content in request.history:
            _add(digest, role.encode(), _utf8(content))
        for image in request.images:
            _add(digest, b"image", image.mime.encode(), _utf8(image.url), hashlib.sha256(image.data).digest())
        made: bytes = digest.digest()
        return made

    def prompt_bytes(self, request: ModelRequest) -> int:
        """A bound of the prompt's tokens: UTF-8 bytes of texts and of the answer's schema, the most for pictures."""
        size = self._beginning(request)[1] + len(_utf8(request.user)) + len(request.images) * self._image_tokens
        return size + sum(len(_utf8(content)) + 16 for _, content in request.history)

    def _beginning(self, request: ModelRequest) -> tuple[Any, int, Any]:
        """What stays the same from row to row: its hash and size, and the schema, kept so that its id stays its own."""
        mark = (
            request.system,
            id(request.schema),
            request.schema_name,
            request.max_output_tokens,
            request.temperature,
            request.seed,
        )
        known = self._beginnings.get(mark)
        if known is not None:
            return known
        schema = b"" if request.schema is None else msgspec.json.encode(dict(request.schema), order="deterministic")
        numbers = msgspec.json.encode([request.max_output_tokens, request.temperature, request.seed])
        system = _utf8(request.system)
        digest = self._root.copy()
        _add(digest, system, schema, _utf8(request.schema_name), numbers)
        if len(self._beginnings) >= _KEPT:
            self._beginnings.pop(next(iter(self._beginnings)))
        made = (digest, len(system) + len(schema), request.schema)
        self._beginnings[mark] = made
        return made


def call_id(key: bytes, repeat: int = 0) -> bytes:
    """16 bytes for the journal."""
    if repeat == 0:
        return key[:16]
    return hashlib.sha256(key + repeat.to_bytes(4, "big")).digest()[:16]


def _add(digest: Any, *parts: bytes) -> None:
    """Add parts so that no two lists of parts look alike."""
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
