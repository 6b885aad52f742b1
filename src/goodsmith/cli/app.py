"""The commands and what surrounds each of them: home, language, errors as one clear line, exit codes."""

from __future__ import annotations

import errno
import json
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.exceptions import TyperException

from goodsmith.cli import (
    cancel,
    classify,
    complete,
    export,
    image,
    inspect,
    intake,
    key,
    lot,
    mapping,
    models,
    pause,
    recipe,
    resume,
    retry,
    review,
    rules,
    run,
    runs,
    schema,
    serve,
    status,
    template,
    trial,
    usage,
    worker,
)
from goodsmith.cli.voice import both, set_home, speak, whisper
from goodsmith.errors import (
    BudgetExhausted,
    CheckUnavailable,
    GoodsmithError,
    Stopped,
    StoreError,
    UnknownName,
    UsageError,
)

INTERRUPTED: Final = 128 + signal.SIGINT
NOBODY_READS: Final = 141  # 128 + SIGPIPE, as shells count it

app = typer.Typer(
    name="goodsmith",
    help=both("A table in, checked product copy out, nothing lost.", "表格进,检查过的商品文案出,一行不丢。"),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
)
for module in (
    inspect,
    intake,
    trial,
    run,
    classify,
    complete,
    status,
    resume,
    pause,
    cancel,
    retry,
    export,
    runs,
    usage,
    serve,
    worker,
):
    app.command(name=module.__name__.rpartition(".")[2], help=module.HELP)(module.command)
app.add_typer(review.app, name="review")
app.add_typer(lot.app, name="lot")
app.add_typer(rules.app, name="rules")
app.add_typer(image.app, name="image")
app.add_typer(key.app, name="key")
app.add_typer(recipe.app, name="recipe")
app.add_typer(models.app, name="models")
app.add_typer(template.app, name="template")
app.add_typer(schema.app, name="schema")
app.add_typer(mapping.app, name="mapping")


def print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415

        print(version("goodsmith"))
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=print_version, help=both("Print the version.", "显示版本号。")
        ),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help=both("Log what happens, to stderr.", "把过程日志写到 stderr。"))
    ] = False,
    home: Annotated[
        Path | None,
        typer.Option(
            "--home",
            metavar="FOLDER",
            help=both(
                "Where runs are kept; none: the nearest .goodsmith upward.",
                "运行数据所在的文件夹;不填则向上查找最近的 .goodsmith。",
            ),
        ),
    ] = None,
) -> None:
    """Give every command its home and its logging."""
    if home is not None:
        set_home(home)
    logging.basicConfig(
        level=logging.INFO if verbose else logging.CRITICAL, stream=sys.stderr, format="%(asctime)s %(message)s"
    )


def run_app(arguments: list[str] | None = None) -> int:
    """Run a command; its exit code. What we foresaw is one clear line in the user's language, never a traceback."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        code = _run(given)
        if sys.stdout:  # None where it was closed
            sys.stdout.flush()
    except KeyboardInterrupt:
        return _interrupted(given)
    except GoodsmithError as error:
        return _complain(error, given)
    except BrokenPipeError:
        return _nobody_reads()
    except OSError as error:
        return _complain(_unusable(error), given)
    return code


def _run(given: list[str]) -> int:
    """Typer's own `main` would turn Ctrl-C and wrong usage into its own words and boxes."""
    try:
        command = typer.main.get_command(app)
        with command.make_context("goodsmith", list(given)) as context:
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    except typer.Abort:
        return INTERRUPTED
    except TyperException as wrong:
        return _wrong_usage(wrong, given)
    return 0


def _wrong_usage(wrong: Any, given: list[str]) -> int:
    if type(wrong).__name__ == "NoArgsIsHelpError":  # typer has printed the help
        return 0
    path = wrong.ctx.command_path if getattr(wrong, "ctx", None) else "goodsmith"
    error = _in_our_words(wrong)
    en = f"{error.en}. See: {path} --help"
    return _complain(UsageError(en, zh=f"{error.say('zh')}。用法见:{path} --help"), given)


def _in_our_words(wrong: Any) -> UsageError:
    """What click says of wrong usage, in both languages for the cases that people meet."""
    command, said = getattr(wrong, "cmd", None), wrong.format_message().rstrip(".")
    if getattr(wrong, "option_name", None) and "No such option" in said:
        known = [name for param in command.params for name in param.opts] if command else []
        return UnknownName("option", wrong.option_name, known, kind_zh="选项")
    if said.startswith("No such command"):
        name = said.partition("'")[2].partition("'")[0]
        return UnknownName("command", name, getattr(command, "commands", ()), kind_zh="命令")
    if type(wrong).__name__ == "MissingParameter" and wrong.param is not None:
        argument = wrong.param.param_type_name == "argument"
        name = (wrong.param.metavar or wrong.param.name.upper()) if argument else wrong.param.opts[0]
        return UsageError(f"{name} is missing", zh=f"缺少 {name}")
    if type(wrong).__name__ == "BadParameter" and wrong.param is not None:
        name = wrong.param.opts[0]
        return UsageError(f"{name}: {wrong.message.rstrip('.')}", zh=f"{name} 的值无效:{wrong.message.rstrip('.')}")
    return UsageError(said, zh=f"用法错误:{said}")


def _complain(error: GoodsmithError, given: list[str]) -> int:
    voice, code = speak(), _code(error)
    if "--json" in given:
        facts: dict[str, Any] = {"ok": False, "error": error.code, "message": error.say(voice.language)}
        if isinstance(error, UnknownName):
            facts["near"] = error.near
        _print_facts({**facts, "exit_code": code})
    voice.complain(error)
    return code


def _interrupted(given: list[str]) -> int:
    voice = speak()
    message = voice.pick("interrupted", "已中断")
    if "--json" in given:
        _print_facts({"ok": False, "error": "interrupted", "message": message, "exit_code": INTERRUPTED})
    whisper(f"\n{message}\n")
    return INTERRUPTED


def _print_facts(facts: dict[str, Any]) -> None:
    try:
        print(json.dumps(facts, ensure_ascii=False), flush=True)
    except OSError:  # it is said on stderr anyway
        _nobody_reads()


def _nobody_reads() -> int:
    """`goodsmith … | head` ended: nothing to say, and nothing left to be flushed at the end."""
    if sys.stdout:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return NOBODY_READS


def _unusable(error: OSError) -> StoreError:
    place = f"{error.filename}: " if error.filename else ""
    reason = error.strerror or str(error)
    if error.errno == errno.ENOSPC:
        return StoreError(f"{place}no space left on the device", zh=f"{place}磁盘空间不足")
    return StoreError(f"{place}{reason}", zh=f"{place}{reason}")


def _code(error: GoodsmithError) -> int:
    if isinstance(error, BudgetExhausted):
        return 3
    if isinstance(error, CheckUnavailable):
        return 4
    if isinstance(error, Stopped):
        return INTERRUPTED
    return 2


__all__ = ["app", "run_app"]
