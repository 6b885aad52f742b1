"""The commands and what surrounds each of them: settings, language, errors as one clear line, exit codes."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from goodsmith.cli import (
    cancel,
    export,
    inspect,
    pause,
    recipe,
    resume,
    retry,
    run,
    runs,
    status,
    worker,
)
from goodsmith.cli.voice import Voice, speak_with
from goodsmith.errors import BudgetExhausted, CheckUnavailable, GoodsmithError, Stopped

app = typer.Typer(
    name="goodsmith",
    help="A table in, checked product copy out, nothing lost.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
)
for module in (inspect, run, status, resume, pause, cancel, retry, export, runs, worker):
    app.command(name=module.__name__.rpartition(".")[2])(module.command)
app.add_typer(recipe.app, name="recipe")


@app.callback()
def common(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log what happens, to stderr.")] = False,
) -> None:
    """Give every command its logging."""
    if version:
        from importlib.metadata import version as installed  # noqa: PLC0415

        print(installed("goodsmith"))
        raise typer.Exit
    logging.basicConfig(
        level=logging.INFO if verbose else logging.CRITICAL, stream=sys.stderr, format="%(asctime)s %(message)s"
    )


def run_app() -> None:
    """Run the command; an error that we foresaw is one clear line and an exit code, in the user's language."""
    with _errors_as_lines():
        app()


@contextmanager
def _errors_as_lines() -> Iterator[None]:
    try:
        yield
    except GoodsmithError as error:
        voice = speak_with()
        if "--json" in sys.argv:
            print(
                json.dumps({"ok": False, "error": error.code, "message": error.say(voice.language)}, ensure_ascii=False)
            )
        voice.complain(error)
        sys.exit(_code(error))
    except KeyboardInterrupt:
        sys.exit(130)


def _code(error: GoodsmithError) -> int:
    if isinstance(error, BudgetExhausted):
        return 3
    if isinstance(error, CheckUnavailable):
        return 4
    if isinstance(error, Stopped):
        return 130
    return 2


__all__ = ["Voice", "app", "run_app"]
