"""Run Goodsmith as a user does, as a process of its own, and take its figures from the system and from the vendor."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One run. cpu_s and peak_mb are of the whole process tree; span_s is from the first call to the last answer."""

    rows: int
    wall_s: float
    cpu_s: float
    peak_mb: float  # of the largest process
    span_s: float
    outcome: dict[str, Any]

    @property
    def rows_per_s(self) -> float:
        return self.rows / self.span_s if self.span_s else self.rows / self.wall_s


def run_goodsmith(source: Path, *arguments: str, stats: Any = None, home: Path | None = None) -> Figures:
    """`goodsmith run SOURCE …` in a home folder of its own."""
    folder = home or Path(tempfile.mkdtemp(prefix="goodsmith-bench-"))
    command = [sys.executable, "-m", "goodsmith", "run", str(source), "--json", *arguments]
    environment = {**os.environ, "GOODSMITH_HOME": str(folder), "GOODSMITH_LANGUAGE": "en"}
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as printed:
        process = subprocess.Popen(command, stdout=printed, env=environment)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall_s = time.monotonic() - began
        printed.seek(0)
        text = printed.read()
    if process.returncode not in {0, 1, 4}:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}: {text}")
    outcome = json.loads(text)
    if home is None:
        shutil.rmtree(folder, ignore_errors=True)
    return Figures(
        rows=outcome["made"],
        wall_s=wall_s,
        cpu_s=used.ru_utime + used.ru_stime,
        peak_mb=used.ru_maxrss / 1024,
        span_s=stats()["span_s"] if stats else 0.0,
        outcome=outcome,
    )
