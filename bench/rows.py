"""How fast rows go through, beside the physical limit: `python bench/rows.py [--quick] [--tries 3] [CASE …]`.

Journal, cache, checks and Parquet are on. rows/s is from the first request to the last answer, as the vendor sees it,
with so many rows that starting and ending weigh little. With a latency L the limit is C calls in flight divided by L.
Without one it is the machine: bare clients, which send and receive and do nothing else, run beside it. Marginal CPU is
the difference between a run of N and one of N/4 rows, divided by the difference in rows: what a row costs, without
start-up.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from loopback import Vendor, vendor
from measure import Figures, run_goodsmith, say_where, wait_for_quiet
from tables import table

HERE = Path(__file__).parent
DATA = HERE / "build" / "tables"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """latency in ms; sigma of its logarithm. goal: in words."""

    name: str
    latency: float
    slots: int
    goal: str
    sigma: float = 0.0
    workers: int = 1

    @property
    def limit(self) -> float:
        """Rows per second at most; 0 where the machine is the limit."""
        mean_s = self.latency / 1000 * math.exp(self.sigma * self.sigma / 2)
        return self.slots / mean_s if mean_s else 0.0


CASES = (
    Case(name="256 in flight, 200 ms", latency=200, slots=256, goal="95 %"),
    Case(name="1,000 in flight, 1 s", latency=1000, slots=1000, goal="90 %"),
    Case(name="256 in flight, log-normal 0.5", latency=200, sigma=0.5, slots=256, goal="92 %"),
    Case(name="zero latency, 1 process", latency=0, slots=64, goal="1,500 rows/s"),
    Case(name="zero latency, 2 processes", latency=0, slots=64, workers=2, goal="1.7 x"),
)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("cases", nargs="*", type=int, help="which, counted from 1; all")
    options.add_argument("--quick", action="store_true", help="a tenth of the rows: to see that it works")
    options.add_argument("--rows", type=int, default=60_000)
    options.add_argument("--tries", type=int, default=1)
    chosen = options.parse_args()
    rows = chosen.rows // 10 if chosen.quick else chosen.rows
    say_where()
    with vendor() as loopback:
        print("| case | rows | rows/s | limit | share | CPU ms/row, marginal | peak MB | others | to reach |")
        print("|---|---|---|---|---|---|---|---|---|")
        for case in [CASES[number - 1] for number in chosen.cases] or CASES:
            small = _best(loopback, case, rows // 4, chosen.tries)
            large = _best(loopback, case, rows, chosen.tries)
            marginal = (large.cpu_s - small.cpu_s) / (large.rows - small.rows) * 1000
            limit = case.limit or _bare(loopback, case, rows)
            print(
                f"| {case.name} | {large.rows:,} | {large.rows_per_s:,.0f} | {limit:,.0f} "
                f"| {large.rows_per_s / limit:.1%} | {marginal:.3f} | {large.peak_mb:.0f} | {large.others:.1f} "
                f"| {case.goal} |",
                flush=True,
            )


def _best(loopback: Vendor, case: Case, rows: int, tries: int) -> Figures:
    return max((_run(loopback, case, rows) for _ in range(tries)), key=lambda figures: figures.rows_per_s)


def _run(loopback: Vendor, case: Case, rows: int) -> Figures:
    wait_for_quiet()
    loopback.control(latency=case.latency, sigma=case.sigma, err=0, reset=1)
    return run_goodsmith(
        table(rows, DATA),
        *("-r", str(HERE / "table.yaml"), "-m", "openai/loopback-1", "--base-url", loopback.base_url),
        *("--price", "in=0.1,out=0.4,currency=USD", "--concurrency", str(case.slots), "--workers", str(case.workers)),
        stats=loopback.stats,
    )


def _bare(loopback: Vendor, case: Case, rows: int) -> float:
    """What as many bare clients as we have processes reach together."""
    loopback.control(latency=case.latency, sigma=case.sigma, err=0, reset=1)
    each, slots = rows // case.workers, case.slots // case.workers
    clients = [
        subprocess.Popen(
            [sys.executable, HERE / "bare.py", loopback.base_url, str(number * each), str(each), str(slots)]
        )
        for number in range(case.workers)
    ]
    if any(client.wait() for client in clients):
        sys.exit("a bare client failed")
    return each * case.workers / loopback.stats()["span_s"]


if __name__ == "__main__":
    main()
