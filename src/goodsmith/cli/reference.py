"""The reference page of all commands, made from the commands themselves. `python -m goodsmith.cli.reference`

In the language of messages: `GOODSMITH_LANGUAGE=en` and `=zh` give `docs/reference/commands.md` and `commands.zh.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from goodsmith.cli.app import app
from goodsmith.cli.voice import both


def reference() -> str:
    """Every command with its arguments and options, in Markdown."""
    top = typer.main.get_command(app)
    parts = [_options(both("Before any command", "写在命令之前"), _params(top))]
    for name, command in _commands(top):
        usage = " ".join([f"goodsmith {name}", *(_placeholder(one) for one in command.params if _is_argument(one))])
        named = any(not _is_argument(one) for one in command.params)
        parts.append(f"## goodsmith {name}\n\n{command.help}\n\n```\n{usage}{' [OPTIONS]' if named else ''}\n```\n")
        if arguments := [one for one in command.params if _is_argument(one)]:
            parts.append("".join(f"- `{_shown(one)}`: {one.help}\n" for one in arguments))
        parts += [_options(panel, params) for panel, params in _panels(command)]
    return "\n".join(parts)


def _commands(top: Any) -> Iterator[tuple[str, Any]]:
    for name, command in top.commands.items():
        inner = getattr(command, "commands", None)
        if inner is None:
            yield name, command
        else:
            yield from ((f"{name} {child}", one) for child, one in inner.items())


def _panels(command: Any) -> Iterator[tuple[str, list[Any]]]:
    """Options by their heading, in the order of the help page: those without a heading first."""
    found: dict[str, list[Any]] = {}
    for param in _params(command):
        found.setdefault(param.rich_help_panel or "", []).append(param)
    yield from sorted(found.items(), key=lambda item: item[0] != "")


def _params(command: Any) -> list[Any]:
    return [param for param in command.params if not _is_argument(param)]


def _options(heading: str, params: list[Any]) -> str:
    head = both("| option | value | what it does |", "| 选项 | 取值 | 作用 |")
    rows = [
        f"| {' '.join(f'`{name}`' for name in param.opts)} | {_value(param)} | {_cell(param.help)}{_default(param)} |"
        for param in params
    ]
    return (f"**{heading}**\n\n" if heading else "") + "\n".join([head, "| --- | --- | --- |", *rows]) + "\n"


def _value(param: Any) -> str:
    if param.is_flag:
        return ""
    return f"`{_cell(param.metavar or param.name.upper())}`"


def _default(param: Any) -> str:
    if param.is_flag or param.default in (None, "", ()):
        return ""
    return both(f" Default: `{param.default}`.", f" 默认:`{param.default}`。")


def _is_argument(param: Any) -> bool:
    return bool(param.param_type_name == "argument")


def _placeholder(param: Any) -> str:
    return _shown(param) if param.required else f"[{_shown(param)}]"


def _shown(param: Any) -> str:
    return str(param.metavar or param.name.upper())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    print(reference(), end="")
