"""Which process holds a run, and whether it still lives.

Only a process of the same boot and the same process namespace can be looked up; of any other we know nothing, and its
lease must run out. A process number alone is not enough: the system gives it to others, so its start time goes with it.
"""

from __future__ import annotations

import functools
import os
import platform
import socket
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A process as the ledger knows it."""

    host: str
    machine: str  # equal for two processes that can see each other
    pid: int
    pid_started: str  # "" where the system does not say


def this_process() -> Holder:
    return process_here(os.getpid())


def process_here(pid: int) -> Holder:
    """A process on this machine."""
    return Holder(host=socket.gethostname(), machine=_machine(), pid=pid, pid_started=_started(pid) or "")


def is_gone(holder: Holder) -> bool:
    """True only if the process certainly does not live any more."""
    if holder.machine != _machine():
        return False
    if Path("/proc/self/stat").exists():
        started = _started(holder.pid)
        return started is None or bool(holder.pid_started and started != holder.pid_started)
    if os.name != "posix":
        return False
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


@functools.cache
def _machine() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return f"{platform.system()} {socket.gethostname()}"


def _started(pid: int) -> str | None:
    """Start time in ticks since boot; None if there is no such process or it is a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text[text.rindex(")") + 2 :].split()  # the name before it may hold anything
    return None if fields[0] in {"Z", "X"} else fields[19]
