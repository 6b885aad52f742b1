"""The command line. A command parses, calls `runner`, prints: results to stdout, the rest to stderr."""

from __future__ import annotations

import os
import signal
import sys

from goodsmith.base.memory import keep_small
from goodsmith.base.spare_pandas import spare_pandas


def main() -> None:
    """Entry of `goodsmith`. Exit codes: see docs/reference/exit-codes.md."""
    _occupy_closed_streams()
    keep_small()
    spare_pandas()
    try:
        from goodsmith.cli.app import run_app  # noqa: PLC0415 - typer loads only when a command is typed

        code = run_app()
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    sys.exit(code)


def _occupy_closed_streams() -> None:
    """A closed stdout would be given to the next file that is opened, such as the database."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


__all__ = ["main"]
