"""One call alone before many with the same beginning, so that a vendor's prefix cache knows it when the many come.

A cache remembers a prompt only once it has been read; of two hundred calls at once each would pay for the whole prompt.
"""

from __future__ import annotations

import asyncio
from typing import Final

LONGEST_S: Final = 20.0  # a first call that takes longer is no reason to let the others wait
KEPT: Final = 256  # beginnings that are known to be warm
BYTES_PER_TOKEN: Final = 4  # a prefix that is surely shorter than the cache takes is not waited for


class WarmUp:
    """Use: `lead = await warm_up.turn(beginning)`; whoever leads must say `done(beginning)`, whatever became of it.

    from_tokens: the shortest beginning that the vendor's cache takes.
    """

    __slots__ = ("_first", "_from_bytes", "_warm")

    def __init__(self, from_tokens: int) -> None:
        self._from_bytes = from_tokens * BYTES_PER_TOKEN
        self._first: dict[str, asyncio.Event] = {}  # beginning -> set when its first call has ended
        self._warm: dict[str, None] = {}

    async def turn(self, beginning: str) -> bool:
        """Return at once where nothing is to be waited for. True: the caller's call is the first one."""
        if beginning in self._warm or len(beginning) < self._from_bytes:
            return False
        ended = self._first.get(beginning)
        if ended is None:
            self._first[beginning] = asyncio.Event()
            return True
        try:
            async with asyncio.timeout(LONGEST_S):
                await ended.wait()
        except TimeoutError:
            self.done(beginning)
        return False

    def done(self, beginning: str) -> None:
        """The others may go."""
        ended = self._first.pop(beginning, None)
        if ended is None:
            return
        ended.set()
        if len(self._warm) >= KEPT:
            self._warm.pop(next(iter(self._warm)))
        self._warm[beginning] = None
