"""Reading a workbook, in CPU seconds: the import, a look at its head, and fastexcel's own read where it is installed.

`python bench/sheets.py [--rows 100000]`. fastexcel gives stored values, the import gives what each cell shows.
"""

from __future__ import annotations

import argparse
import importlib.util
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from catalogs import workbook
from measure import say_where

DATA = Path(__file__).parent / "build" / "tables"
PLAIN = "import sys, fastexcel; fastexcel.read_excel(sys.argv[1]).load_sheet(0, dtypes='string').to_arrow()"
IMPORT = "import sys; from goodsmith.catalog import import_table; import_table(sys.argv[1], sys.argv[2])"
LOOK = "import sys; from goodsmith.catalog import first_look; first_look(sys.argv[1])"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--language", choices=("zh", "en"), default="zh")
    chosen = options.parse_args()
    source = str(workbook(chosen.language, chosen.rows, DATA))
    say_where()
    print("| what, each as a process of its own | CPU s |")
    print("|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        whole = cpu_s("-c", IMPORT, source, folder)
    print(f"| import of {chosen.rows:,} rows, displayed texts, into Parquet | {whole:.2f} |")
    print(f"| first look at 200 rows of them | {cpu_s('-c', LOOK, source):.2f} |")
    print(f"| goodsmith inspect --head | {cpu_s('-m', 'goodsmith', 'inspect', '--head', source):.2f} |")
    if importlib.util.find_spec("fastexcel"):
        plain = cpu_s("-c", PLAIN, source)
        print(f"| fastexcel, stored values only | {plain:.2f} (the import takes {whole / plain:.1f} times as long) |")
    else:
        print("| fastexcel, stored values only | not installed |")


def cpu_s(*arguments: str) -> float:
    """User and system time of a Python process and of those that it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)  # our own
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
