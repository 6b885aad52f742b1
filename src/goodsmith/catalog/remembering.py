"""How a layout is to be read, as a person said it once: it counts for the next file with the same layout.

A layout is known by the columns that are found when nobody says anything, since those are there again in the next file.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path

from goodsmith.catalog.mapping import layout_fingerprint, remember
from goodsmith.catalog.opening import ReadOptions

KEPT = tuple(field.name for field in fields(ReadOptions) if field.name != "table")  # a table is part of the source


def load_reading(home: Path, columns: Sequence[str]) -> ReadOptions:
    """What was said about this layout; nothing where nothing was said."""
    try:
        stored = json.loads(_place(home, columns).read_text(encoding="utf-8"))["reading"]
        return ReadOptions(**{name: stored[name] for name in KEPT if name in stored})
    except (OSError, ValueError, KeyError, TypeError):
        return ReadOptions()


def save_reading(home: Path, columns: Sequence[str], said: ReadOptions) -> Path:
    """Remember how a layout is read. What was said before and not now stays."""
    kept = asdict(with_remembered(said, load_reading(home, columns)))
    reading = {name: kept[name] for name in KEPT if is_said(kept[name])}
    return remember(_place(home, columns), {"reading": reading, "columns": list(columns)})


def forget_reading(home: Path, columns: Sequence[str]) -> bool:
    """Whether there was anything to forget."""
    place = _place(home, columns)
    known = place.exists()
    place.unlink(missing_ok=True)
    return known


def with_remembered(said: ReadOptions, remembered: ReadOptions) -> ReadOptions:
    """What is said now goes first."""
    return replace(said, **{name: getattr(remembered, name) for name in KEPT if not is_said(getattr(said, name))})


def said_in(options: ReadOptions) -> frozenset[str]:
    """The names of the options that a person gave."""
    return frozenset(name for name in KEPT if is_said(getattr(options, name)))


def is_said(value: object) -> bool:
    """Whether a person gave an option; the header row 0 is something to say."""
    return value is not None and value is not False


def has_readings(home: Path) -> bool:
    """Whether anything was ever remembered, so that a first look pays."""
    return (Path(home) / "layouts").is_dir()


def _place(home: Path, columns: Sequence[str]) -> Path:
    return Path(home) / "layouts" / f"{layout_fingerprint(columns)}.json"
