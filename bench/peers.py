"""Goodsmith beside its peers on the same table: `python bench/peers.py [--rows 2000]`.

Each peer lives in an environment of its own under bench/build/peers, made on the first run; one that cannot be had is
skipped with a message. 256 calls in flight are asked for, 200 ms each; rows/s from the first call to the last answer.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from loopback import Vendor, vendor
from measure import run_goodsmith
from tables import table

HERE = Path(__file__).parent
# name -> packages, times faster that we want to be
PEERS = {"ondine": (("ondine", "pyarrow"), 10), "curator": (("bespokelabs-curator",), 5)}
IN_FLIGHT = 256
TIMEOUT_S = 600


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=2_000)
    rows = options.parse_args().rows
    source = table(rows, HERE / "build" / "tables")
    print("| engine | rows | rows/s | CPU ms/row (whole process) | peak MB | Goodsmith is |")
    print("|---|---|---|---|---|---|")
    with vendor(latency_ms=200) as loopback:
        loopback.control(reset=1)
        ours = run_goodsmith(
            source,
            *("-r", str(HERE / "table.yaml"), "-m", "openai/loopback-1", "--base-url", loopback.base_url),
            *("--price", "in=0.1,out=0.4,currency=USD", "--concurrency", str(IN_FLIGHT), "--workers", "1"),
            stats=loopback.stats,
        )
        _print("goodsmith", rows, ours.rows_per_s, ours.cpu_s, ours.peak_mb, "")
        for name, (packages, goal) in PEERS.items():
            python = _environment(name, packages)
            if python is None:
                print(f"| {name} | skipped: its package could not be installed here | | | | |")
                continue
            loopback.control(reset=1)
            figures = _run(python, name, source, loopback)
            if figures is None:
                print(f"| {name} | skipped: it did not finish; see bench/build/peers/{name}.log | | | | |")
                continue
            speed, cpu_s, peak_mb = figures
            _print(name, rows, speed, cpu_s, peak_mb, f"{ours.rows_per_s / speed:.1f} x (to reach: {goal} x)")


def _print(name: str, rows: int, speed: float, cpu_s: float, peak_mb: float, ratio: str) -> None:
    print(f"| {name} | {rows:,} | {speed:,.0f} | {cpu_s / rows * 1000:.2f} | {peak_mb:.0f} | {ratio} |", flush=True)


def _environment(name: str, packages: tuple[str, ...]) -> Path | None:
    folder = HERE / "build" / "peers" / name
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        made = subprocess.run([sys.executable, "-m", "venv", folder], check=False)
        if made.returncode or subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=False).returncode:
            return None
        (folder / "ready").touch()
    return python


def _run(python: Path, name: str, source: Path, loopback: Vendor) -> tuple[float, float, float] | None:
    log = HERE / "build" / "peers" / f"{name}.log"
    command = [python, HERE / "peers" / f"run_{name}.py", source, loopback.base_url, str(IN_FLIGHT)]
    with log.open("w") as printed:
        process = subprocess.Popen(
            ["timeout", str(TIMEOUT_S), *command],
            stdout=printed,
            stderr=subprocess.STDOUT,
            cwd=log.parent,
            env={**os.environ, "OPENAI_API_KEY": "none"},
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seen = loopback.stats()
    if process.returncode or not seen["span_s"]:
        return None
    return seen["rows"] / seen["span_s"], used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


if __name__ == "__main__":
    main()
