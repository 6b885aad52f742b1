"""Which keys a cache surely does not hold, told from memory: looking up each new question would cost ten times as much.

A Bloom filter over the first eight bytes of the keys, 16 bits for a key: it never denies what is there and takes
about one key in two hundred for known that is not. What other processes write is learnt with each batch of our own.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Final, Protocol

PAGE: Final = 20_000  # keys read at once
WORTH: Final = 20  # keys that are read in the time of one look-up
FIRST_KEYS: Final = 65_536  # that the first level has room for; each further one has four times as many
BITS_PER_KEY: Final = 16


class KeySource(Protocol):
    """Where the keys are. A list of keys is the hexadecimal text of their first eight bytes, separated by commas."""

    @abstractmethod
    def extent(self) -> tuple[int, int]:
        """The highest number of a row, and about how many rows there are."""

    @abstractmethod
    def keys_after(self, key: bytes) -> tuple[str, bytes] | None:
        """The next PAGE keys in their order, and the last of them; None at the end."""

    @abstractmethod
    def newer_than(self, number: int) -> tuple[str, int] | None:
        """The keys of the next PAGE rows in the order of arrival, and the last one's number; None at the end."""


class KnownKeys:
    """Asked by one thread, taught by another.

    misses: look-ups in vain; whoever asks counts them. All keys are read once they have cost more than that.
    """

    def __init__(self) -> None:
        self.misses = 0
        self._levels: list[tuple[bytearray, int]] = []  # bits, mask of a place
        self._room = 0  # keys that the last level still takes
        self._ready = False
        self._upto: int | None = None  # rows up to this number were there when we began
        self._many = 0

    def may_hold(self, key: bytes) -> bool:
        """False only if the key is not there, or came from elsewhere just now."""
        if not self._ready:
            return True
        place = _place(key)
        return any(_has(bits, place, mask) for bits, mask in self._levels)

    def catch_up(self, source: KeySource) -> None:
        """Learn what was written since the last time; at first all, as soon as that is worth it."""
        if self._upto is None:
            self._upto, self._many = source.extent()
        if not self._ready:
            if self.misses * WORTH < self._many:
                return
            self._read_all(source)
        while (page := source.newer_than(self._upto)) is not None:
            self.add(page[0])
            self._upto = page[1]
        self._ready = True

    def give_up(self) -> None:
        """Know nothing any more."""
        self._ready, self._many = False, 1 << 62

    def add(self, keys: str) -> None:
        """Take in a list of keys, as a KeySource gives it."""
        for key in keys.split(","):
            if not self._room:
                self._grow()
            self._room -= 1
            bits, mask = self._levels[-1]
            for at in _bits_of(int(key or "0", 16), mask):
                bits[at >> 3] |= 1 << (at & 7)

    def _read_all(self, source: KeySource) -> None:
        self._grow(self._many)
        after = b""
        while (page := source.keys_after(after)) is not None:
            self.add(page[0])
            after = page[1]

    def _grow(self, keys: int = 0) -> None:
        keys = max(keys, FIRST_KEYS * 4 ** len(self._levels))
        size = 1 << (keys * BITS_PER_KEY - 1).bit_length()
        self._levels.append((bytearray(size >> 3), size - 1))
        self._room = size // BITS_PER_KEY


def _place(key: bytes) -> int:
    return int.from_bytes(key[:8], "big")


def _bits_of(place: int, mask: int) -> tuple[int, int, int]:
    return place & mask, (place >> 20) & mask, (place >> 38) & mask


def _has(bits: bytearray, place: int, mask: int) -> bool:
    one, two, three = _bits_of(place, mask)
    return bool((bits[one >> 3] >> (one & 7)) & (bits[two >> 3] >> (two & 7)) & (bits[three >> 3] >> (three & 7)) & 1)
