"""Start the loopback vendor: a small C program, compiled once into bench/build."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
BUILD = HERE / "build"


@dataclass(frozen=True, slots=True)
class Vendor:
    """A running loopback vendor."""

    port: int

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def stats(self) -> dict[str, Any]:
        return self._get("/stats")

    def control(self, **settings: float) -> dict[str, Any]:
        """Change latency (ms), sigma, err (share of 429s); reset=1 clears the counters."""
        return self._get("/ctl?" + "&".join(f"{name}={value:g}" for name, value in settings.items()))

    def _get(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            facts: dict[str, Any] = json.load(answer)
        return facts


@contextmanager
def vendor(*, latency_ms: float = 0.0, sigma: float = 0.0, error_share: float = 0.0) -> Iterator[Vendor]:
    """Run the vendor on a free port of this machine until the end of the block."""
    program = compiled()
    process = subprocess.Popen(
        [program, "0", str(latency_ms), str(sigma), str(error_share)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        word, port = process.stdout.readline().split()
        assert word == "ready"
        yield Vendor(int(port))
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def compiled() -> Path:
    """The program, compiled if it is older than its source."""
    source, program = HERE / "loopback.c", BUILD / "loopback"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            sys.exit("the benchmarks need a C compiler (cc or gcc)")
        BUILD.mkdir(exist_ok=True)
        subprocess.run([compiler, "-O2", "-o", program, source, "-lm"], check=True)
    return program
