"""Models, journals and caches for tests: they keep the protocols and touch neither network nor disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from goodsmith.records import Answer, ModelRequest, Usage

FAKE_USAGE: Final = Usage(input_tokens=100, output_tokens=10)

Said = str | Answer | BaseException
Line = Said | Callable[[ModelRequest], Said]


class FakeModel:
    """A TextModel that says its lines in order: texts, answers, errors, or functions of the request.

    then: what it says when the lines are used up; None: being asked once more is an AssertionError.
    """

    def __init__(
        self,
        lines: Iterable[Line] = (),
        *,
        then: Line | None = None,
        model_id: str = "fake:model",
        latency_s: float = 0.0,
        usage: Usage | None = FAKE_USAGE,
    ) -> None:
        self.model_id = model_id
        self.latency_s = latency_s
        self.requests: list[ModelRequest] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.closed = False
        self._lines = iter(tuple(lines))
        self._then = then
        self._usage = usage

    @property
    def asked(self) -> int:
        return len(self.requests)

    async def complete(self, request: ModelRequest, *, timeout_s: float) -> Answer:
        self.requests.append(request)
        line = next(self._lines, self._then)
        if line is None:
            raise AssertionError(f"the fake model was asked {self.asked} times; its lines end before")
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(self.latency_s)
        finally:
            self.in_flight -= 1
        said = line(request) if callable(line) else line
        if isinstance(said, BaseException):
            raise said
        if isinstance(said, Answer):
            return said
        return Answer(text=said, model=self.model_id.partition(":")[2], usage=self._usage)

    async def close(self) -> None:
        self.closed = True


class MemoryRecorder:
    """A Recorder without a disk."""

    def __init__(self) -> None:
        self.answers: dict[tuple[int, bytes], Answer] = {}
        self.sent_calls: list[tuple[int, bytes]] = []

    def recall(self, ordinal: int, call: bytes) -> Answer | None:
        return self.answers.get((ordinal, call))

    def sent(self, ordinal: int, call: bytes) -> None:
        self.sent_calls.append((ordinal, call))

    def received(self, ordinal: int, call: bytes, answer: Answer) -> None:
        self.answers[ordinal, call] = answer


class MemoryCache:
    """An AnswerCache without a disk."""

    def __init__(self) -> None:
        self.answers: dict[bytes, Answer] = {}
        self.closed = False

    def get(self, key: bytes) -> Answer | None:
        found = self.answers.get(key)
        return found and replace(found, from_cache=True)

    def put(self, key: bytes, answer: Answer) -> None:
        self.answers[key] = answer

    def close(self) -> None:
        self.closed = True
