"""The command line. A command parses, calls `runner`, prints: results to stdout, the rest to stderr."""

from __future__ import annotations


def main() -> None:
    """Entry of `goodsmith`. Exit codes: see `runner.exit_code`."""
    from goodsmith.cli.app import run_app  # noqa: PLC0415 - typer loads only when a command is typed

    run_app()


__all__ = ["main"]
