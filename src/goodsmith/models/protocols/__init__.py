"""The wire protocols that vendors speak: how a request is written and an answer heard, without a network.

A protocol is a module that keeps the promises of `Dialect`; another one is a file and a line in `DIALECTS`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from goodsmith.models.classify import Failure
from goodsmith.models.protocols import anthropic_messages, gemini, openai_chat
from goodsmith.models.protocols.framing import Frame, Learned, first_lesson
from goodsmith.models.protocols.heard import Heard
from goodsmith.models.providers import Rung
from goodsmith.models.routes import ModelRoute
from goodsmith.records import ModelRequest, Usage

__all__ = ["DIALECTS", "Dialect", "Frame", "Heard", "Learned", "first_lesson", "write_body"]


class Dialect(Protocol):
    """What one wire protocol does its own way. Every function is pure but `hear`, which adds to what it is given.

    RUNGS: its ways of asking for the shape of an answer, the strictest first.
    SHAPE_PARAMETERS: beginnings of the parameters that ask for a shape, as vendors name them when they complain.
    FINISHED: finish reasons of answers that are whole.
    """

    RUNGS: tuple[Rung, ...]
    SHAPE_PARAMETERS: tuple[str, ...]
    FINISHED: frozenset[str]

    def address(self, base_url: str, model: str, *, stream: bool) -> str:
        """Where a request is sent."""
        ...

    def frame(self, request: ModelRequest, route: ModelRoute, how: Learned, *, stream: bool) -> Frame:
        """All of a request but what its row says."""
        ...

    def turns(self, request: ModelRequest) -> bytes:
        """What the row says, its pictures and what was said after it: the middle of a frame."""
        ...

    def hear(self, heard: Heard, said: bytes) -> Failure | None:
        """Take in a whole answer or one event of a stream. Raises DecodeError for what is not JSON of the protocol."""
        ...

    def usage(self, sent: Sequence[bytes]) -> Usage | None:
        """The counts of tokens out of all places where they stood, the last one first."""
        ...


DIALECTS: Final[Mapping[str, Dialect]] = {
    "openai_chat": openai_chat,
    "anthropic_messages": anthropic_messages,
    "gemini": gemini,
}


def write_body(request: ModelRequest, route: ModelRoute, how: Learned | None = None, *, stream: bool = False) -> bytes:
    """A request as its vendor wants it, in JSON: what is sent, and what a line of a batch holds."""
    dialect = DIALECTS[route.vendor.protocol]
    frame = dialect.frame(request, route, how or first_lesson(route.vendor), stream=stream)
    return frame.around(dialect.turns(request))
