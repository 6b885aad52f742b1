"""The peak memory of every process of a run, for several lengths: `python bench/memory.py --rows 20000,1000000`.

What a run needs must not grow with its rows: the last column compares with the shortest run of the case. Calls take so
long that as many as are asked for are in flight all the time, and no longer.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from catalogs import catalog
from loopback import Vendor, vendor
from measure import Figures, run_goodsmith, say_where
from tables import table

HERE = Path(__file__).parent
DATA = HERE / "build" / "tables"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """slots: calls in flight; 0: no model."""

    name: str
    workers: int
    slots: int = 0
    latency_ms: float = 0.0


CASES = (
    Case(name="stencil, 2 processes", workers=2),
    Case(name="256 in flight", workers=1, slots=256, latency_ms=100),
    Case(name="1,000 in flight", workers=1, slots=1_000, latency_ms=400),
    Case(name="256 in flight, 2 processes", workers=2, slots=256, latency_ms=60),
)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("cases", nargs="*", type=int, help="which, counted from 1; all")
    options.add_argument("--rows", default="20000,100000", help="lengths, separated by commas")
    chosen = options.parse_args()
    say_where()
    print("| case | rows | peak MB: driver | workers | others | largest, of the shortest | rows/s | to reach |")
    print("|---|---|---|---|---|---|---|---|")
    with vendor() as loopback:
        for case in [CASES[number - 1] for number in chosen.cases] or CASES:
            shortest = 0.0
            for rows in map(int, chosen.rows.split(",")):
                figures = _run(case, rows, loopback)
                driver, *others = figures.peaks_mb
                hired = case.workers if case.workers > 1 else 0
                others.sort(reverse=True)
                workers, rest = others[:hired], others[hired:]
                largest = max(figures.peaks_mb)
                shortest = shortest or largest
                print(
                    f"| {case.name} | {rows:,} | {driver:.0f} | {_listed(workers)} | {_listed(rest)} "
                    f"| {largest / shortest:.0%} | {figures.rows_per_s:,.0f} | 300 MB, ± 20 % |",
                    flush=True,
                )


def _listed(megabytes: list[float]) -> str:
    return ", ".join(f"{each:.0f}" for each in megabytes) or "–"


def _run(case: Case, rows: int, loopback: Vendor) -> Figures:
    if not case.slots:
        source = catalog("zh", rows, DATA)
        return run_goodsmith(
            source, *("-r", "listing", "-m", "stencil", "--locale", "zh-CN", "--workers", str(case.workers)), tree=True
        )
    loopback.control(latency=case.latency_ms, sigma=0, err=0, reset=1)
    return run_goodsmith(
        table(rows, DATA),
        *("-r", str(HERE / "table.yaml"), "-m", "openai/loopback-1", "--base-url", loopback.base_url),
        *("--price", "in=0.1,out=0.4,currency=USD", "--concurrency", str(case.slots), "--workers", str(case.workers)),
        stats=loopback.stats,
        tree=True,
    )


if __name__ == "__main__":
    main()
