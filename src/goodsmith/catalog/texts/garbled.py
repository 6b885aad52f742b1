"""Texts that were garbled before they were saved: UTF-8 that somebody read as another encoding and saved again.

`Ã©` was `é`, `浣犲ソ` was `你好`. Undone only where nearly all such lines of a file turn into valid UTF-8: no text that
means something does so by chance.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache

SEEN_AS = ("cp1252", "gb18030", "cp1251", "big5", "cp932")  # what UTF-8 was taken for, the likeliest first
LEAST_LINES = 3  # with other than ASCII, or else
LEAST_CHARACTERS = 12
SHARE = 0.95  # of the lines
ROUNDS = 3  # how often it may have happened
LOOKED_AT = 2_000


def garbled_as(lines: Iterable[str]) -> tuple[str, ...]:
    """The encodings to undo, in this order; empty if the lines are as they were meant."""
    sample = [line for line in lines if not line.isascii()][:LOOKED_AT]
    undone: list[str] = []
    while len(undone) < ROUNDS:
        found = next((name for name in SEEN_AS if _all_turn(sample, name)), None)
        if found is None:
            break
        undone.append(found)
        sample = [line for line in (ungarbled(line, (found,)) for line in sample) if not line.isascii()]
    return tuple(undone)


def ungarbled(text: str, seen_as: Sequence[str]) -> str:
    """A text as it was meant; as it stands if it does not turn into UTF-8."""
    for name in seen_as:
        if text.isascii():
            break
        try:
            text = _bytes(text, name).decode("utf-8")
        except UnicodeError:
            break
    return text


def _all_turn(lines: Sequence[str], name: str) -> bool:
    wide = sum(sign > "\x7f" for line in lines for sign in line)
    if len(lines) < LEAST_LINES and wide < LEAST_CHARACTERS:
        return False
    return bool(lines) and sum(ungarbled(line, (name,)) != line for line in lines) >= SHARE * len(lines)


def _bytes(text: str, name: str) -> bytes:
    if name.startswith("cp125"):
        return codecs.charmap_encode(text, "strict", _sloppy(name))[0]
    return text.encode(name)


@cache
def _sloppy(name: str) -> dict[int, int]:
    """A Windows code page that also takes the control characters of Latin-1, as which its bytes may come through."""
    table = {byte: byte for byte in range(256)}
    for byte in range(0x80, 0x100):
        with suppress(UnicodeDecodeError):
            table[ord(bytes([byte]).decode(name))] = byte
    return table
