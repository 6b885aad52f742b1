"""How fast rows go through, beside the physical limit C/L: `python bench/rows.py [--quick]`.

Journal, cache, checks and Parquet are on. The limit is C calls in flight divided by the latency L. Marginal CPU is the
difference between a run of N and one of N/4 rows, divided by the difference in rows.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from loopback import Vendor, vendor
from measure import Figures, run_goodsmith
from tables import table

HERE = Path(__file__).parent
DATA = HERE / "build" / "tables"
CASES = (  # name, latency ms, sigma, in flight, rows, processes, to reach (share of the limit, or rows/s)
    ("256 in flight, 200 ms", 200, 0.0, 256, 20_000, 1, "95 %"),
    ("1,000 in flight, 1 s", 1000, 0.0, 1000, 20_000, 1, "90 %"),
    ("256 in flight, log-normal 0.5", 200, 0.5, 256, 20_000, 1, "92 %"),
    ("zero latency, 1 process", 0, 0.0, 64, 20_000, 1, "1,500 rows/s"),
    ("zero latency, 2 processes", 0, 0.0, 64, 20_000, 2, "1.7 x"),
)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--quick", action="store_true", help="a fifth of the rows: to see that it works, not to report"
    )
    quick = options.parse_args().quick
    print("| case | rows | rows/s | limit | share | CPU ms/row (marginal) | peak MB | to reach |")
    print("|---|---|---|---|---|---|---|---|")
    with vendor() as loopback:
        for name, latency, sigma, slots, rows, workers, goal in CASES:
            wanted = rows // 5 if quick else rows
            small = _run(loopback, latency, sigma, slots, wanted // 4, workers)
            large = _run(loopback, latency, sigma, slots, wanted, workers)
            mean_s = latency / 1000 * math.exp(sigma * sigma / 2)
            limit = slots / mean_s if mean_s else 0.0
            marginal = (large.cpu_s - small.cpu_s) / (large.rows - small.rows) * 1000
            share = f"{large.rows_per_s / limit:.1%}" if limit else "-"
            print(
                f"| {name} | {large.rows:,} | {large.rows_per_s:,.0f} | {limit:,.0f} | {share} | {marginal:.2f} "
                f"| {large.peak_mb:.0f} | {goal} |",
                flush=True,
            )


def _run(loopback: Vendor, latency: float, sigma: float, slots: int, rows: int, workers: int) -> Figures:
    loopback.control(latency=latency, sigma=sigma, err=0, reset=1)
    return run_goodsmith(
        table(rows, DATA),
        *("-r", str(HERE / "table.yaml"), "-m", "openai/loopback-1", "--base-url", loopback.base_url),
        *("--price", "in=0.1,out=0.4,currency=USD", "--concurrency", str(slots), "--workers", str(workers)),
        stats=loopback.stats,
    )


if __name__ == "__main__":
    main()
