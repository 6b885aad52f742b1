"""Finds the text of a recipe: a shipped one by its name, any other by the path of its file."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Final

from goodsmith.base.yaml_files import MAX_BYTES
from goodsmith.errors import RecipeError, UnknownName

_SUFFIXES: Final = {".yaml", ".yml"}


def recipe_text(name_or_path: str | Path) -> tuple[str, str]:
    """The YAML of a recipe, and the file as errors name it.

    Raises UnknownName with the near names, or RecipeError for a file that cannot be read.
    """
    given = str(name_or_path)
    if given in shipped_recipes():
        file = resources.files("goodsmith") / "recipes" / f"{given}.yaml"
        return file.read_text(encoding="utf-8"), f"{given}.yaml"
    path = Path(given)
    if path.suffix.lower() not in _SUFFIXES and not path.is_file():
        raise UnknownName("recipe", given, shipped_recipes(), kind_zh="配方")
    return _text_of(path), given


def shipped_recipes() -> tuple[str, ...]:
    """The names of the recipes that come with Goodsmith, in alphabetical order."""
    folder = resources.files("goodsmith") / "recipes"
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".yaml")))


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise RecipeError(
            "the file is not UTF-8 text; save it as UTF-8",
            file=str(path),
            line=line,
            zh="文件不是 UTF-8 文本;请另存为 UTF-8",
        ) from error
    except FileNotFoundError as error:
        folder = path.parent
        near = sorted(entry.name for entry in folder.glob("*.y*ml"))[:6] if folder.is_dir() else []
        listed = f"; recipes there: {', '.join(near)}" if near else ""
        listed_zh = f";该文件夹中的配方:{'、'.join(near)}" if near else ""
        raise RecipeError(f"there is no such file{listed}", file=str(path), zh=f"没有这个文件{listed_zh}") from error
    except OSError as error:
        why = error.strerror or str(error)
        raise RecipeError(f"cannot be read: {why}", file=str(path), zh=f"无法读取:{why}") from error
