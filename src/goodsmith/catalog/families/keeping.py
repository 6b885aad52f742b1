"""The views of all families of a table, made once and looked up by family; on disk, so memory does not grow."""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from goodsmith.base.family_fields import written
from goodsmith.catalog.families.views import family_view

if TYPE_CHECKING:
    import pyarrow as pa

VERSION: Final = 1  # raised when the same family would be seen otherwise
MOST_VARIANTS: Final = 5_000  # a column that groups more says something else than a family
_AT_ONCE: Final = 500


def views_path(parquet: Path, family: str) -> Path:
    """Where the views of an import are kept, by the column that names families."""
    digest = hashlib.blake2b(f"{VERSION}\x1f{family}".encode(), digest_size=6).hexdigest()
    return parquet.with_name(f"{parquet.stem}.views-{digest}.sqlite")


def keep_views(target: Path, batches: Iterable[pa.RecordBatch], columns: Sequence[str]) -> None:
    """Write the views. batches: all rows, families together, with `_gs_family`, `_gs_row` and the columns."""
    with tempfile.TemporaryDirectory(prefix=".views-", dir=target.parent) as folder:
        part = Path(folder) / "views.sqlite"
        with closing(sqlite3.connect(part)) as base:
            base.execute("PRAGMA synchronous = OFF")  # a file that is not whole is never renamed
            base.execute("CREATE TABLE views (family TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID")
            base.executemany("INSERT OR REPLACE INTO views VALUES (?, ?)", _views(batches, columns))
            base.commit()
        part.replace(target)


def kept_views(path: Path, families: Collection[str]) -> dict[str, str]:
    """The views of some families, as `base.family_fields` writes them; a product on its own has none."""
    wanted = [family for family in dict.fromkeys(families) if family]
    found: dict[str, str] = {}
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as base:
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            found |= dict(base.execute(f"SELECT family, text FROM views WHERE family IN ({marks})", some))
    return found


def _views(batches: Iterable[pa.RecordBatch], columns: Sequence[str]) -> Iterator[tuple[str, str]]:
    for family, rows in _families(batches):
        if 1 < len(rows) <= MOST_VARIANTS:
            cells = [{column: row[column] or "" for column in columns} for row in rows]
            view = family_view(cells, columns)
            own = {row["_gs_row"]: mine for row, mine in zip(rows, view.own, strict=True)}
            yield family, written(view.shared, own)


def _families(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    held: list[dict[str, Any]] = []
    for batch in batches:
        for row in batch.to_pylist():
            if held and row["_gs_family"] != held[0]["_gs_family"]:
                yield held[0]["_gs_family"], held
                held = []
            if row["_gs_family"]:
                held.append(row)
    if held:
        yield held[0]["_gs_family"], held
