"""Identical questions in flight are asked once: the first caller leads, the others wait for its answer."""

from __future__ import annotations

import asyncio
from typing import Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Use: `landing = flights.board(key)`. None: you lead, and must `land` or `crash` the flight. Else await it."""

    __slots__ = ("_flights",)

    def __init__(self) -> None:
        self._flights: dict[bytes, list[asyncio.Future[T | BaseException]]] = {}

    def __len__(self) -> int:
        return len(self._flights)

    def board(self, key: bytes) -> asyncio.Future[T | BaseException] | None:
        """What the leader will bring: its answer, or the error that it ended with."""
        followers = self._flights.get(key)
        if followers is None:
            self._flights[key] = []
            return None
        landing: asyncio.Future[T | BaseException] = asyncio.get_running_loop().create_future()
        followers.append(landing)
        return landing

    def land(self, key: bytes, answer: T) -> None:
        self._end(key, answer)

    def crash(self, key: bytes, error: BaseException) -> None:
        self._end(key, error)

    def _end(self, key: bytes, outcome: T | BaseException) -> None:
        for landing in self._flights.pop(key):
            if not landing.done():  # a follower may have been cancelled
                landing.set_result(outcome)
