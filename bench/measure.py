"""Run Goodsmith as a user does, as a process of its own, and take its figures from the system and from the vendor."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def busy_s() -> float:
    """CPU seconds that this machine has spent since it started; time that its host took away is not in it."""
    try:
        with Path("/proc/stat").open() as facts:
            user, nice, system, _idle, _wait, irq, soft, *_ = map(int, facts.readline().split()[1:])
    except OSError:
        return 0.0
    return (user + nice + system + irq + soft) / TICKS


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One run. cpu_s and peak_mb are of the whole process tree; span_s is from the first call to the last answer."""

    rows: int
    wall_s: float
    cpu_s: float
    peak_mb: float  # of the largest process
    span_s: float
    others: float  # cores that the rest of the machine used meanwhile
    outcome: dict[str, Any]
    peaks_mb: tuple[float, ...] = ()  # of each process, the driver first; where that was asked for

    @property
    def rows_per_s(self) -> float:
        return self.rows / self.span_s if self.span_s else self.rows / self.wall_s


@dataclass(slots=True)
class Neighbours:
    """How many cores were used by those who have nothing to do with the measurement."""

    cores: float = 0.0
    _busy_s: float = field(default_factory=busy_s)
    _began: float = field(default_factory=time.monotonic)

    def settle(self, own_s: float) -> None:
        self.cores = max(0.0, (busy_s() - self._busy_s - own_s) / (time.monotonic() - self._began))


class Peaks:
    """Looks at the peak memory of a process and its children as long as they live."""

    EVERY_S = 0.2

    def __init__(self, pid: int) -> None:
        self._pid, self._mb = pid, {pid: 0.0}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def settle(self) -> tuple[float, ...]:
        """The peaks in MB, the first process first."""
        self._over.set()
        self._thread.join()
        first = self._mb.pop(self._pid)
        return (first, *self._mb.values())

    def _look(self) -> None:
        while not self._over.wait(self.EVERY_S):
            found = [self._pid]
            for pid in found:  # it grows while we go through it
                with contextlib.suppress(OSError):
                    for task in Path(f"/proc/{pid}/task").iterdir():
                        found += map(int, (task / "children").read_text().split())
                    facts = Path(f"/proc/{pid}/status").read_text()
                    peak = next((line for line in facts.splitlines() if line.startswith("VmHWM")), "0 0")
                    self._mb[pid] = max(self._mb.get(pid, 0.0), int(peak.split()[1]) / 1024)


def run_goodsmith(
    source: Path,
    *arguments: str,
    stats: Callable[[], dict[str, Any]] | None = None,
    home: Path | None = None,
    extra: tuple[str, ...] = (),
    tree: bool = False,
) -> Figures:
    """`goodsmith run SOURCE …` in a home folder of its own. extra: environment, as NAME=VALUE. tree: see peaks_mb."""
    folder = home or Path(tempfile.mkdtemp(prefix="goodsmith-bench-"))
    command = [sys.executable, "-m", "goodsmith", "run", str(source), "--json", *arguments]
    environment = {
        "OPENAI_API_KEY": "none",
        **os.environ,
        "GOODSMITH_HOME": str(folder),
        "GOODSMITH_LANGUAGE": "en",
        **dict(pair.split("=", 1) for pair in extra),
    }
    neighbours, began = Neighbours(), time.monotonic()
    vendor_s = stats()["cpu_s"] if stats else 0.0
    with tempfile.TemporaryFile("w+") as printed:
        process = subprocess.Popen(command, stdout=printed, stderr=subprocess.PIPE, text=True, env=environment)
        assert process.stderr is not None
        said: list[str] = []
        listener = threading.Thread(target=said.extend, args=(process.stderr,))
        listener.start()
        peaks = Peaks(process.pid) if tree else None
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall_s = time.monotonic() - began
        listener.join()
        process.stderr.close()
        printed.seek(0)
        text = printed.read()
    if process.returncode not in {0, 1, 4}:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}: {text}{''.join(said[-20:])}")
    outcome = json.loads(text)
    if home is None:
        shutil.rmtree(folder, ignore_errors=True)
    seen = stats() if stats else {"span_s": 0.0, "cpu_s": 0.0}
    cpu_s = used.ru_utime + used.ru_stime
    neighbours.settle(cpu_s + seen["cpu_s"] - vendor_s)
    return Figures(
        rows=outcome["made"],
        wall_s=wall_s,
        cpu_s=cpu_s,
        peak_mb=used.ru_maxrss / 1024,
        span_s=seen["span_s"],
        others=neighbours.cores,
        outcome=outcome,
        peaks_mb=peaks.settle() if peaks else (),
    )


def wait_for_quiet(*, cores: float = 0.25, patience_s: float = 20.0) -> None:
    """Wait until the rest of the machine uses less than so many cores, but not for ever."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        before = busy_s()
        time.sleep(2)
        if (busy_s() - before) / 2 < cores:
            return


def say_where() -> None:
    """What the figures were taken on."""
    print(
        f"{CORES} cores, Python {sys.version.split()[0]}, {time.strftime('%Y-%m-%d')}. others: cores that the rest of "
        "the machine used during the run; of several runs of a case the fastest is shown.\n",
        flush=True,
    )
