"""Goodsmith beside its peers on the same table: `python bench/peers.py [--rows 6000]`.

Twice: with 256 calls in flight that take 200 ms each, where no engine can bring more than 1,280 rows a second; and
before a vendor that answers at once, each engine at the best of the settings below. Each peer lives in an environment
of its own under bench/build/peers, made on the first run; one that cannot be had is skipped with a message. rows/s is
from the first call to the last answer.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from loopback import Vendor, vendor
from measure import Neighbours, run_goodsmith, say_where, wait_for_quiet
from tables import table

HERE = Path(__file__).parent
# name -> packages, times faster that we want to be
PEERS = {"ondine": (("ondine", "pyarrow"), 10), "curator": (("bespokelabs-curator",), 5)}
LATENCY_MS = 200
IN_FLIGHT = 256
OURS = ((64, 1), (256, 1), (64, 2), (256, 2))  # (in flight, processes) before a fast vendor
THEIRS = (64, 256, 1_000)  # in flight; they have no processes to choose
TIMEOUT_S = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One contestant at one setting. peak_mb of its largest process."""

    setting: str
    rows_per_s: float
    cpu_ms: float
    peak_mb: float
    most_in_flight: int
    others: float


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=6_000)
    chosen = options.parse_args()
    source = table(chosen.rows, HERE / "build" / "tables")
    say_where()
    with vendor() as loopback:
        limit = IN_FLIGHT / LATENCY_MS * 1000
        print(f"{IN_FLIGHT} in flight, {LATENCY_MS} ms a call: at most {limit:,.0f} rows/s for any engine")
        loopback.control(latency=LATENCY_MS)
        _compare(source, loopback, chosen.rows, ours=((IN_FLIGHT, 1),), theirs=(IN_FLIGHT,))
        print("\nA vendor that answers at once, each engine at its best setting")
        loopback.control(latency=0)
        _compare(source, loopback, chosen.rows, ours=OURS, theirs=THEIRS)


def _compare(
    source: Path, loopback: Vendor, rows: int, *, ours: Sequence[tuple[int, int]], theirs: Sequence[int]
) -> None:
    print("| engine | setting | in flight | rows | rows/s | CPU ms/row, start-up too | peak MB | others | ratio |")
    print("|---|---|---|---|---|---|---|---|---|")
    us = _best([_goodsmith(source, loopback, in_flight, workers) for in_flight, workers in ours])
    assert us is not None
    _print("goodsmith", rows, us, "")
    for name, (packages, goal) in PEERS.items():
        python = _environment(name, packages)
        if python is None:
            print(f"| {name} | skipped: its packages could not be installed here | | | | | | | |", flush=True)
            continue
        them = _best([_peer(python, name, source, loopback, in_flight, rows) for in_flight in theirs])
        if them is None:
            print(f"| {name} | skipped: it ended early; see bench/build/peers/{name}.log | | | | | | | |", flush=True)
            continue
        times, cpu = us.rows_per_s / them.rows_per_s, them.cpu_ms / us.cpu_ms
        _print(name, rows, them, f"{times:.1f} x its rows/s (to reach: {goal} x), {cpu:.0f} x less CPU")


def _best(results: Sequence[Result | None]) -> Result | None:
    return max(filter(None, results), key=lambda result: result.rows_per_s, default=None)


def _print(name: str, rows: int, result: Result, ratio: str) -> None:
    print(
        f"| {name} | {result.setting} | {result.most_in_flight:,} | {rows:,} | {result.rows_per_s:,.0f} "
        f"| {result.cpu_ms:.2f} | {result.peak_mb:.0f} | {result.others:.1f} | {ratio} |",
        flush=True,
    )


def _goodsmith(source: Path, loopback: Vendor, in_flight: int, workers: int) -> Result:
    wait_for_quiet()
    loopback.control(reset=1)
    figures = run_goodsmith(
        source,
        *("-r", str(HERE / "table.yaml"), "-m", "openai/loopback-1", "--base-url", loopback.base_url),
        *("--price", "in=0.1,out=0.4,currency=USD", "--concurrency", str(in_flight), "--workers", str(workers)),
        stats=loopback.stats,
    )
    return Result(
        setting=f"{in_flight:,} in flight, {workers} process{'es' * (workers > 1)}",
        rows_per_s=figures.rows_per_s,
        cpu_ms=figures.cpu_s / figures.rows * 1000,
        peak_mb=figures.peak_mb,
        most_in_flight=loopback.stats()["max_in_flight"],
        others=figures.others,
    )


def _peer(python: Path, name: str, source: Path, loopback: Vendor, in_flight: int, rows: int) -> Result | None:
    wait_for_quiet()
    loopback.control(reset=1)
    log = HERE / "build" / "peers" / f"{name}.log"
    command = [python, HERE / "peers" / f"run_{name}.py", source, loopback.base_url, str(in_flight)]
    neighbours, vendor_s = Neighbours(), loopback.stats()["cpu_s"]
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
    cpu_s = used.ru_utime + used.ru_stime
    neighbours.settle(cpu_s + seen["cpu_s"] - vendor_s)
    if process.returncode or seen["rows"] < rows or not seen["span_s"]:
        return None
    return Result(
        setting=f"{in_flight:,} in flight",
        rows_per_s=seen["rows"] / seen["span_s"],
        cpu_ms=cpu_s / rows * 1000,
        peak_mb=used.ru_maxrss / 1024,
        most_in_flight=seen["max_in_flight"],
        others=neighbours.cores,
    )


def _environment(name: str, packages: tuple[str, ...]) -> Path | None:
    folder = HERE / "build" / "peers" / name
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        made = subprocess.run([sys.executable, "-m", "venv", folder], check=False)
        if made.returncode or subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=False).returncode:
            return None
        (folder / "ready").touch()
    return python


if __name__ == "__main__":
    main()
