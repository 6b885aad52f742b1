"""The other end of a deep check: a process that reads tasks from standard input and writes verdicts."""

from __future__ import annotations

import importlib
import os
import signal
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any, TypeVar

import msgspec

from goodsmith.records import Draft, Locale, Looked, OutputSpec

_SIZE = struct.Struct(">I")
_Frame = TypeVar("_Frame")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The drafts of one product in one locale, and the checks to run."""

    names: list[str]
    drafts: list[Draft]
    outputs: dict[str, OutputSpec]
    fields: dict[str, str]
    locale: Locale | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What they say."""

    looked: Looked


def serve(imports: Sequence[str]) -> None:
    """Answer tasks until standard input ends. An interrupt is the driver's business."""
    from goodsmith.checks import look, open_checks  # noqa: PLC0415  the registry imports this module

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get between the frames
    for module in imports:
        importlib.import_module(module)
    while (task := read_frame(source, Task)) is not None:
        looked = look(
            open_checks(task.names), task.drafts, outputs=task.outputs, fields=task.fields, locale=task.locale
        )
        write_frame(sink, Verdict(looked=looked))


def write_frame(sink: IO[bytes], record: Any) -> None:
    body = msgspec.msgpack.encode(record)
    sink.write(_SIZE.pack(len(body)) + body)
    sink.flush()


def read_frame(source: IO[bytes], kind: type[_Frame]) -> _Frame | None:
    """The next record; None at the end, also when the other side died within a frame."""
    head = source.read(_SIZE.size)
    if len(head) < _SIZE.size:
        return None
    (size,) = _SIZE.unpack(head)
    body = source.read(size)
    return msgspec.msgpack.decode(body, type=kind) if len(body) == size else None


if __name__ == "__main__":
    serve(sys.argv[1:])
