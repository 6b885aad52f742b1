"""`goodsmith recipe new`: a recipe from a plain sentence, written to a file and opened for editing."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from goodsmith.base.money import in_units
from goodsmith.cli import options
from goodsmith.cli.voice import Voice, both, settings, speak
from goodsmith.errors import RecipeError, UsageError

if TYPE_CHECKING:
    from goodsmith.runner import NewRecipe

HELP = both(
    "Write a recipe from a sentence, such as: goodsmith recipe new 'five bullet points in German'",
    "由一句话写出配方,例如:goodsmith recipe new '把海外香水写成中文卖点'",
)


def command(
    sentence: Annotated[
        str, typer.Argument(metavar="SENTENCE", help=both("What you want, in your words.", "用自己的话说明需求。"))
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help=both("The file to write; none: named after the recipe.", "写入的文件;不填则以配方名命名。"),
        ),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="NAME|FILE",
            help=both("The recipe to start from; none: the nearest shipped one.", "以此配方为底稿;不填则选最接近的。"),
        ),
    ] = None,
    edit: Annotated[
        bool | None,
        typer.Option(
            "--edit/--no-edit",
            help=both("Open it in $EDITOR; none: if you sit at a terminal.", "用 $EDITOR 打开;不填则仅在终端中打开。"),
        ),
    ] = None,
    model: options.Model = None,
    budget: options.BudgetAmount = None,
    rate: options.Rates = None,
    price: options.Price = None,
    base_url: options.BaseUrl = None,
    api_key: options.ApiKey = None,
    as_json: options.Json = False,
) -> None:
    from goodsmith.base.money import parse_budget  # noqa: PLC0415
    from goodsmith.runner import Request, new_recipe  # noqa: PLC0415

    voice, chosen = speak(), settings()
    if not sentence.strip():
        raise UsageError("say in a sentence what you want", zh="请用一句话说明需求")
    if output is not None:
        _refuse_existing(output)
    made = new_recipe(
        sentence,
        Request(
            source=None,
            recipe=base or "",
            model=model or "stencil",
            budget=parse_budget(budget) if budget else None,
            rates=tuple(rate or ()),
            price=price,
            base_url=base_url or chosen.base_url,
            api_key=options.reference(api_key, option="--api-key") or chosen.api_key,
        ),
        base=base,
        settings=chosen,
        home=chosen.home,
    )
    path = output or _free(Path(f"{made.recipe.name}.yaml"))
    _write(path, made.text)
    if as_json:
        print(json.dumps(_facts(made, path), ensure_ascii=False, indent=2))
    else:
        _tell(voice, made, path)
    interactive = sys.stdin.isatty() and sys.stdout.isatty() and not as_json
    if interactive if edit is None else edit:
        _edit(voice, path)


def _facts(made: NewRecipe, path: Path) -> dict[str, object]:
    return {
        "ok": True,
        "file": str(path),
        "name": made.recipe.name,
        "version": made.recipe.version,
        "base": made.base,
        "by": made.by or None,
        "why": made.why.en if made.why else None,
        "sure": made.wish.surely,
        "locales": list(made.recipe.locales),
        "outputs": [output.slot for output in made.recipe.outputs],
        "cost": in_units(made.cost_nanos),
        "currency": made.currency,
    }


def _tell(voice: Voice, made: NewRecipe, path: Path) -> None:
    wish, outputs = made.wish, ", ".join(output.slot for output in made.recipe.outputs)
    if made.why is not None:
        voice.note(
            f"The model's design was not taken: {made.why.en}",
            f"未采用模型的设计:{made.why.say('zh')}",
        )
    elif not made.by and not wish.surely:
        others = ", ".join(name for name in wish.recipes if name != made.base)
        voice.note(
            f"Nothing in the sentence names a task, so it is {made.base}. Others, with --from: {others}",
            f"这句话没有说明要写什么,因此以 {made.base} 为底稿。其他底稿可用 --from 指定:{others}",
        )
    origin_en = f"designed by {made.by}" if made.by else f"made from {made.base}"
    origin_zh = f"由 {made.by} 设计" if made.by else f"以 {made.base} 为底稿"
    locales = ", ".join(made.recipe.locales)
    voice.say(
        f"Wrote {path}: {origin_en}; makes {outputs}; {locales}",
        f"已写入 {path}:{origin_zh};产出 {outputs};{locales}",
    )
    if not any(getattr(step, "stencil", None) or getattr(step, "stencil_locales", None) for step in made.recipe.steps):
        voice.say(
            "It has no sentences of its own for this language, so it needs a model",
            "此语言没有自带句式,运行时需要模型",
        )
    voice.say(
        f"Try it: goodsmith recipe lint FILE -r {path}; goodsmith run FILE -r {path} --dry-run",
        f"试用:goodsmith recipe lint 文件 -r {path};goodsmith run 文件 -r {path} --dry-run",
    )


def _edit(voice: Voice, path: Path) -> None:
    """Open the file until it is a recipe or the person gives up."""
    from goodsmith.recipe import load_recipe  # noqa: PLC0415

    editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    while True:
        try:
            subprocess.run([*editor, str(path)], check=True)  # noqa: S603  the person's own editor
        except (OSError, subprocess.CalledProcessError) as error:
            voice.note(
                f"The editor did not work: {error}. The file is there: {path}; say which editor in $EDITOR",
                f"编辑器未能运行:{error}。文件在 {path};可用 $EDITOR 指定编辑器",
            )
            return
        try:
            recipe = load_recipe(path)
        except RecipeError as error:
            voice.complain(error)
            if not sys.stdin.isatty() or not typer.confirm(voice.pick("Edit again?", "继续修改?"), default=True):
                raise typer.Exit(2) from error
            continue
        voice.say(f"{path}: good, version {recipe.version}", f"{path}:无误,版本 {recipe.version}")
        return


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise UsageError(
            f"{path} exists; choose another name with -o, or remove it",
            zh=f"{path} 已存在;请用 -o 另起名称,或先删除该文件",
        )


def _free(path: Path) -> Path:
    tries = (path, *(path.with_stem(f"{path.stem}-{number}") for number in range(2, 1000)))
    return next(tried for tried in tries if not tried.exists())


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        why = error.strerror or str(error)
        raise UsageError(f"cannot write {path}: {why}", zh=f"无法写入 {path}:{why}") from error
