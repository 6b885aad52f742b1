"""Goodsmith beside its peers on the same table: `python bench/peers.py [--rows 4000 --in-flight 256,1000]`.

Each peer lives in an environment of its own under bench/build/peers, made on the first run; one that cannot be had is
skipped with a message. A call takes 200 ms; rows/s is from the first call to the last answer. The peers are bound by
their CPU, not by the calls in flight, so what they need for a row stands beside it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from loopback import Vendor, vendor
from measure import Neighbours, run_goodsmith, say_where, wait_for_quiet
from tables import table

HERE = Path(__file__).parent
# name -> packages, times faster that we want to be
PEERS = {"ondine": (("ondine", "pyarrow"), 10), "curator": (("bespokelabs-curator",), 5)}
LATENCY_MS = 200
TIMEOUT_S = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One contestant at one setting. peak_mb of its largest process."""

    rows_per_s: float
    cpu_ms: float
    peak_mb: float
    most_in_flight: int
    others: float


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=4_000)
    options.add_argument("--in-flight", default="256,1000")
    chosen = options.parse_args()
    source = table(chosen.rows, HERE / "build" / "tables")
    say_where()
    print("| engine | in flight asked / seen | rows | rows/s | CPU ms/row (whole process) | peak MB | others | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    with vendor(latency_ms=LATENCY_MS) as loopback:
        for in_flight in map(int, chosen.in_flight.split(",")):
            ours = _goodsmith(source, loopback, in_flight)
            _print("goodsmith", in_flight, chosen.rows, ours, "")
            for name, (packages, goal) in PEERS.items():
                python = _environment(name, packages)
                if python is None:
                    print(f"| {name} | skipped: its packages could not be installed here | | | | | | |")
                    continue
                theirs = _peer(python, name, source, loopback, in_flight, chosen.rows)
                if theirs is None:
                    print(f"| {name} | skipped: it did not finish; see bench/build/peers/{name}.log | | | | | | |")
                    continue
                times, cpu = ours.rows_per_s / theirs.rows_per_s, theirs.cpu_ms / ours.cpu_ms
                said = f"{times:.1f} x its rows/s (to reach: {goal} x), {cpu:.0f} x less CPU"
                _print(name, in_flight, chosen.rows, theirs, said)


def _print(name: str, in_flight: int, rows: int, result: Result, ratio: str) -> None:
    print(
        f"| {name} | {in_flight:,} / {result.most_in_flight:,} | {rows:,} | {result.rows_per_s:,.0f} "
        f"| {result.cpu_ms:.2f} | {result.peak_mb:.0f} | {result.others:.1f} | {ratio} |",
        flush=True,
    )


def _goodsmith(source: Path, loopback: Vendor, in_flight: int) -> Result:
    wait_for_quiet()
    loopback.control(reset=1)
    figures = run_goodsmith(
        source,
        *("-r", str(HERE / "table.yaml"), "-m", "openai/loopback-1", "--base-url", loopback.base_url),
        *("--price", "in=0.1,out=0.4,currency=USD", "--concurrency", str(in_flight), "--workers", "1"),
        stats=loopback.stats,
    )
    return Result(
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
