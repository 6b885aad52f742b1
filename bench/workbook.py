"""A large workbook through and out again, in CPU seconds: `python bench/workbook.py [--rows 100000]`."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from catalogs import workbook
from measure import run_goodsmith, say_where

DATA = Path(__file__).parent / "build" / "tables"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--language", choices=("zh", "en"), default="zh")
    chosen = options.parse_args()
    source = workbook(chosen.language, chosen.rows, DATA)
    say_where()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.xlsx"
        figures = run_goodsmith(source, *("-r", "listing", "-m", "stencil", "-o", str(out)))
        print("| rows | CPU s | wall s | peak MB | written MB | others | to reach |")
        print("|---|---|---|---|---|---|---|")
        print(
            f"| {figures.rows:,} | {figures.cpu_s:.1f} | {figures.wall_s:.1f} | {figures.peak_mb:.0f} "
            f"| {out.stat().st_size / 1e6:.0f} | {figures.others:.1f} | 40 CPU s at 100,000 rows |"
        )


if __name__ == "__main__":
    main()
