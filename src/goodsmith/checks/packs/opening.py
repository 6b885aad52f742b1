"""Finds packs: shipped ones by name, those of a shop by the path of their file."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

from goodsmith.checks.packs.format import Pack, parse_pack
from goodsmith.errors import RecipeError, UnknownName


def shipped_packs() -> tuple[str, ...]:
    """The names of the packs that come with Goodsmith."""
    folder = resources.files("goodsmith.checks.packs") / "shipped"
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".yaml")))


def open_pack(name_or_path: str) -> Pack:
    """A shipped pack by name, or a file. Raises UnknownName with the near names, or RecipeError with the line."""
    if name_or_path in shipped_packs():
        return _shipped(name_or_path)
    path = Path(name_or_path)
    if path.suffix.lower() not in {".yaml", ".yml"}:
        raise UnknownName("rule pack", name_or_path, shipped_packs(), kind_zh="规则包")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise RecipeError(f"cannot be read: {problem}", file=name_or_path, zh=f"无法读取:{problem}") from problem
    return parse_pack(text, path=name_or_path)


@cache
def _shipped(name: str) -> Pack:
    file = resources.files("goodsmith.checks.packs") / "shipped" / f"{name}.yaml"
    return parse_pack(file.read_text(encoding="utf-8"), path=f"{name}.yaml")
