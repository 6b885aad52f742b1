"""Rows per second without a model, and the memory of long runs: `python bench/stencil.py [--rows 100000]`.

The catalogs are the sample products again and again, each with facts of its own. The time is that of the whole
command, from start to end: import, snapshot, rows, checks, Parquet, ledger, review index.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from catalogs import catalog
from measure import run_goodsmith, say_where, wait_for_quiet

DATA = Path(__file__).parent / "build" / "tables"
LOCALES = {"zh": "zh-CN", "en": "en-US"}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--tries", type=int, default=1)
    options.add_argument("--languages", default="zh,en")
    chosen = options.parse_args()
    say_where()
    print("| catalog | rows | processes | rows/s | CPU ms/row | peak MB | others | to reach |")
    print("|---|---|---|---|---|---|---|---|")
    for language in chosen.languages.split(","):
        source = catalog(language, chosen.rows, DATA)
        taken = []
        for _ in range(chosen.tries):
            wait_for_quiet()
            taken.append(
                run_goodsmith(
                    source,
                    *("-r", "listing", "-m", "stencil", "--locale", LOCALES[language]),
                    *("--workers", str(chosen.workers)),
                )
            )
        best = max(taken, key=lambda figures: figures.rows_per_s)
        print(
            f"| {language} | {best.rows:,} | {chosen.workers} | {best.rows_per_s:,.0f} "
            f"| {best.cpu_s / best.rows * 1000:.2f} | {best.peak_mb:.0f} | {best.others:.1f} | 6,000 rows/s |",
            flush=True,
        )


if __name__ == "__main__":
    main()
