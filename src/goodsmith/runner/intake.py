"""A folder of suppliers' files taken in at once: one report, and for each supplier what changed since the last file."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

from goodsmith.base.spelling import plain_name
from goodsmith.catalog import Import
from goodsmith.catalog.comparing import Comparison, compare_imports
from goodsmith.catalog.mapping import remember
from goodsmith.catalog.recognising import SUFFIXES
from goodsmith.errors import GoodsmithError, UsageError
from goodsmith.records import Notice
from goodsmith.runner.request import Request
from goodsmith.runner.sources import read_source
from goodsmith.settings import Settings, load_settings

ENDINGS = frozenset(SUFFIXES) | {".xls"}  # an old workbook's name is also that of web pages and texts
_DATES = re.compile(r"(?:[-_ .]*(?:v|week|周|第)?\d[\d年月日周号.\-_]*)+$|[(（]\d+[)）]$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenFile:
    """One file of an intake. refused: why it could not be read, with the cure; the other facts are then empty.

    known: its supplier was taken in before. new_columns, gone_columns: since then; unmapped: columns that no field of
    the recipe reads, of those that are new. missing: required fields without a column. changes: by key, since the last
    file.
    """

    path: str
    supplier: str
    products: int = 0
    key: str | None = None
    sheet: str | None = None
    known: bool = False
    same_file: bool = False
    new_columns: tuple[str, ...] = ()
    gone_columns: tuple[str, ...] = ()
    unmapped: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    changes: Comparison | None = None
    refused: Notice | None = None
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """A folder, file by file."""

    folder: str
    files: tuple[TakenFile, ...]

    @property
    def products(self) -> int:
        return sum(file.products for file in self.files)

    @property
    def refused(self) -> int:
        return sum(file.refused is not None for file in self.files)


def take_in(
    folder: str | Path, *, recipe: str = "listing", settings: Settings | None = None, home: Path | None = None
) -> Intake:
    """Read every table of a folder and remember each supplier's layout.

    A file's supplier is the folder it lies in, or its name without dates and numbers. A file that cannot be read stops
    nothing: it is in the report with what to do. Raises UsageError if there is no such folder, or no table in it.
    """
    settings = settings or load_settings()
    home = home or settings.home
    root = Path(folder)
    if not root.is_dir():
        raise UsageError(f"{folder}: no such folder", zh=f"{folder}:没有这个文件夹")
    paths = [path for path in sorted(root.rglob("*")) if _is_table(path, root)]
    if not paths:
        listed = ", ".join(sorted(ENDINGS))
        raise UsageError(f"{folder}: no table in it; expected {listed}", zh=f"{folder}:其中没有表格文件;支持 {listed}")
    return Intake(folder=str(folder), files=tuple(_take(path, root, recipe, settings, home) for path in paths))


def supplier_of(path: Path, root: Path) -> str:
    """`olmo/week2.xlsx` is of olmo, `olmo_2031-05.xlsx` too."""
    inside = path.relative_to(root).parts
    if len(inside) > 1:
        return inside[0]
    return _DATES.sub("", path.stem).strip(" -_.") or path.stem


def _is_table(path: Path, root: Path) -> bool:
    hidden = any(part.startswith((".", "~$")) for part in path.relative_to(root).parts)
    return path.is_file() and not hidden and path.suffix.lower() in ENDINGS


def _take(path: Path, root: Path, recipe: str, settings: Settings, home: Path) -> TakenFile:
    supplier = supplier_of(path, root)
    try:
        source = read_source(Request(source=str(path), recipe=recipe), settings=settings, home=home)
    except GoodsmithError as problem:
        why = Notice(code=problem.code, en=problem.en, zh=problem.say("zh"))
        return TakenFile(path=str(path), supplier=supplier, refused=why)
    imported, mapping = source.imported, source.mapping
    read = {*mapping.fields.values(), mapping.key}
    taken = TakenFile(
        path=str(path),
        supplier=supplier,
        products=imported.rows,
        key=mapping.key,
        sheet=imported.info.sheet,
        missing=mapping.missing,
        notices=source.notices,
    )
    place = _place(home, supplier)
    before = _load(place)
    if before is not None:
        now = list(source.columns)
        known = {plain_name(column) for column in before.columns}
        new = tuple(column for column in now if plain_name(column) not in known)
        kept = {plain_name(column) for column in now}
        taken = replace(
            taken,
            known=True,
            same_file=before.sha256 == imported.sha256,
            new_columns=new,
            gone_columns=tuple(column for column in before.columns if plain_name(column) not in kept),
            unmapped=tuple(column for column in new if column not in read),
            changes=_changes(before, imported, mapping.key),
        )
    if before is None or not taken.same_file:
        remember(
            place,
            {
                "supplier": supplier,
                "columns": list(source.columns),
                "key": mapping.key,
                "parquet": str(imported.parquet),
                "sha256": imported.sha256,
            },
        )
    return taken


@dataclass(frozen=True, slots=True, kw_only=True)
class _Profile:
    """What is remembered of a supplier."""

    columns: tuple[str, ...]
    key: str | None
    parquet: Path
    sha256: str


def _changes(before: _Profile, imported: Import, key: str | None) -> Comparison | None:
    if key is None or before.key is None or before.sha256 == imported.sha256 or not before.parquet.exists():
        return None
    return compare_imports(before.parquet, imported.parquet, last_key=before.key, new_key=key)


def _load(place: Path) -> _Profile | None:
    try:
        stored = json.loads(place.read_text(encoding="utf-8"))
        return _Profile(
            columns=tuple(map(str, stored["columns"])),
            key=stored["key"],
            parquet=Path(stored["parquet"]),
            sha256=str(stored["sha256"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _place(home: Path, supplier: str) -> Path:
    plain = re.sub(r"[^\w.()+-]+", "_", supplier, flags=re.UNICODE).strip("._")[:80] or "supplier"
    return Path(home) / "suppliers" / f"{plain}.json"
