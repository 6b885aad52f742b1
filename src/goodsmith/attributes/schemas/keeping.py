"""Where schemas are found: the shipped ones by name, those that a person imported in the home, every version kept."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from goodsmith.attributes.schemas.yaml_files import extended, read_schema_yaml
from goodsmith.base.category_schema import from_plain, to_plain
from goodsmith.errors import SchemaError, UnknownName
from goodsmith.records import CategorySchema

_FOLDER: Final = "schemas"
_CURRENT: Final = "current"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSchema:
    """A schema that can be named. versions: hashes, the current one first."""

    name: str
    shipped: bool
    versions: tuple[str, ...]


def shipped_schemas() -> tuple[str, ...]:
    """Names of the schemas that come with Goodsmith."""
    folder = files("goodsmith.attributes.schemas") / "shipped"
    return tuple(sorted(one.name.removesuffix(".yaml") for one in folder.iterdir() if one.name.endswith(".yaml")))


def listed_schemas(home: Path) -> tuple[KeptSchema, ...]:
    """All that can be named: imported ones, then the shipped ones that no import of the same name hides."""
    own = {
        folder.name: KeptSchema(name=folder.name, shipped=False, versions=_versions(folder))
        for folder in sorted((home / _FOLDER).glob("*"))
        if folder.is_dir() and _versions(folder)
    }
    shipped = [
        KeptSchema(name=name, shipped=True, versions=(load_shipped(name).version,))
        for name in shipped_schemas()
        if name not in own
    ]
    return (*own.values(), *shipped)


@cache
def load_shipped(name: str) -> CategorySchema:
    """A schema that comes with Goodsmith. Raises UnknownName."""
    if name not in shipped_schemas():
        raise UnknownName("schema", name, shipped_schemas(), kind_zh="类目属性模板")
    text = (files("goodsmith.attributes.schemas") / "shipped" / f"{name}.yaml").read_text(encoding="utf-8")
    return read_schema_text(text, file=f"{name}.yaml")


def read_schema_text(text: str, *, file: str, home: Path | None = None) -> CategorySchema:
    """A YAML schema with what it extends: a shipped or an imported schema. Raises SchemaError and UnknownName."""
    name = extended(text, file=file)
    base = None
    if name:
        base = load_kept(home, name) if home is not None else load_shipped(name)
    return read_schema_yaml(text, file=file, base=base)


def load_kept(home: Path, name: str) -> CategorySchema:
    """The schema called `name`, or `name@version`: an imported one, else a shipped one. Raises UnknownName."""
    bare, _, version = name.partition("@")
    folder = home / _FOLDER / bare
    if "/" in bare or "\\" in bare or not folder.is_dir():
        if bare in shipped_schemas() and version in {"", load_shipped(bare).version}:
            return load_shipped(bare)
        raise UnknownName("schema", name, [one.name for one in listed_schemas(home)], kind_zh="类目属性模板")
    versions = _versions(folder)
    wanted = version or versions[0]
    if wanted not in versions:
        raise UnknownName(f"version of {bare}", version, versions, kind_zh=f"{bare} 的版本")
    stored: dict[str, Any] = json.loads((folder / f"{wanted}.json").read_text(encoding="utf-8"))
    return from_plain(stored, source=stored.pop("source", ""))


def keep_schema(home: Path, schema: CategorySchema) -> Path:
    """Keep a schema under its name and make it the current version of it; earlier versions stay."""
    if not schema.name or any(sign in schema.name for sign in "/\\@") or schema.name.startswith("."):
        raise SchemaError(
            f"{schema.name!r} cannot be a schema's name; choose one without / \\ @ (--name)",
            zh=f"{schema.name!r} 不能用作名称;请用 --name 指定不含 / \\ @ 的名称",
        )
    folder = home / _FOLDER / schema.name
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{schema.version}.json"
    _write(place, json.dumps({**to_plain(schema), "source": schema.source}, ensure_ascii=False, indent=1))
    _write(folder / _CURRENT, schema.version)
    return place


def _versions(folder: Path) -> tuple[str, ...]:
    """The current one first, then the latest."""
    found = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    names = [path.stem for path in found]
    try:
        current = (folder / _CURRENT).read_text(encoding="utf-8").strip()
    except OSError:
        current = ""
    return tuple(sorted(names, key=lambda name: name != current))


def _write(place: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=".schema-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).replace(place)
