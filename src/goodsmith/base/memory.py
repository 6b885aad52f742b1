"""Keep a process small: allocators that give back what they do not use, for processes that are ours alone."""

from __future__ import annotations

import os
import sys

_ARENA_MAX = -8  # mallopt's names for them
_MMAP_THRESHOLD = -3
_ARENAS = 2  # glibc would keep up to eight heaps for each core
_OWN_MAPPING_BYTES = 1 << 20  # larger blocks go back to the system as soon as they are free


def keep_small() -> None:
    """Call it first thing in a process of ours; a program that imports us keeps its own settings.

    Arrow's own pool keeps what a large table once needed; the system's allocator, told so, does not.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    if sys.platform != "linux":
        return
    import ctypes  # noqa: PLC0415 - only here

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # musl has none
        mallopt(_ARENA_MAX, _ARENAS)
        mallopt(_MMAP_THRESHOLD, _OWN_MAPPING_BYTES)
