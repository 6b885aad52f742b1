"""Families that no column names: products whose names differ only by variant words, or whose codes share a stem.

Works on disk, in two passes over an import, so memory does not grow with the table.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from goodsmith.base.spelling import plain_name, plain_value
from goodsmith.catalog.families.names import MAX_NAME, without_variant_words
from goodsmith.catalog.families.words import axis_of

PROPOSED: Final = "_gs_proposed"  # the column of a proposal; a person says `proposed`
MAX_VARIANTS: Final = 200  # more products with one name are no variants of one style
MEMORY_BYTES: Final = 96 * 1024 * 1024
_BATCH_ROWS: Final = 5_000
_ROW: Final = "_gs_row"
VERSION: Final = 1  # raised when the same table would be grouped otherwise


def propose_families(parquet: Path, *, key: str | None, name: str | None, brand: str | None = None) -> Path:
    """A copy of an import with a proposed family for each row, "" for a product on its own; made once, found again.

    key, name, brand: columns. Rows are of one family if their codes share a stem (`TS01-RED-L`, `TS01-BLUE-M`) and
    their names are the same without variant words, or if several such names of one brand differ in nothing else.
    """
    said = "\x1f".join([str(VERSION), *(text or "" for text in (key, name, brand))])
    digest = hashlib.blake2b(said.encode(), digest_size=6).hexdigest()
    target = parquet.with_name(f"{parquet.stem}.families-{digest}.parquet")
    if target.exists():
        return target
    with tempfile.TemporaryDirectory(prefix=".families-", dir=parquet.parent) as folder:
        clues = Path(folder) / "clues.parquet"
        _write_clues(parquet, clues, key, name, brand)
        found = Path(folder) / "found.parquet"
        _group(clues, found, Path(folder))
        part = Path(folder) / "part.parquet"
        _join(parquet, found, part)
        part.replace(target)
    return target


def code_stems(code: str) -> tuple[str, str]:
    """A code without its last part, and without its last two: `TS01-RED-L` gives `TS01-RED` and `TS01`; "" for none."""
    parts = re.split(r"([-_./ ]+)", code.strip())
    one, two = "".join(parts[:-2]), "".join(parts[:-4])
    return (one if _is_stem(one) else "", two if _is_stem(two) else "")


def _is_stem(text: str) -> bool:
    return len(text) >= 3 and any(sign.isdigit() for sign in text)


def _write_clues(parquet: Path, target: Path, key: str | None, name: str | None, brand: str | None) -> None:
    """For each row: its bare name, its stems, and what it says of its axes."""
    import pyarrow as pa  # noqa: PLC0415  # heavy
    import pyarrow.parquet as pq  # noqa: PLC0415

    schema = pa.schema(
        [
            ("r", pa.int64()),
            ("bare", pa.string()),
            ("shown", pa.string()),
            ("one", pa.string()),
            ("two", pa.string()),
            ("differs", pa.string()),
        ]
    )
    with pq.ParquetFile(parquet) as file, pq.ParquetWriter(target, schema) as writer:
        names = [column for column in file.schema_arrow.names if column != _ROW]
        axes = [column for column in names if axis_of(column)]
        wanted = list(dict.fromkeys(column for column in (key, name, brand, *axes) if column is not None))
        for batch in file.iter_batches(_BATCH_ROWS, columns=[_ROW, *wanted]):
            rows = [_clue(row, key, name, brand, axes) for row in batch.to_pylist()]
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))


def _clue(
    row: dict[str, Any], key: str | None, name: str | None, brand: str | None, axes: Sequence[str]
) -> dict[str, Any]:
    own = [text for column in axes if (text := row[column])]
    called = (row[name] or "") if name else ""
    bare = without_variant_words(called, own) if len(called) <= MAX_NAME else ""
    plain = plain_name(bare)
    enough = len(plain) >= (3 if re.search("[\u3040-\\u9fff]", plain) else 8)
    one, two = code_stems(row[key] or "") if key else ("", "")
    maker = plain_name((row[brand] or "") if brand else "")
    return {
        "r": row[_ROW],
        "bare": f"{maker}\x1f{plain}" if enough else "",
        "shown": f"{(row[brand] or '') if brand else ''} {bare}".strip(),
        "one": one,
        "two": two,
        "differs": "\x1f".join([plain_value(called), *map(plain_value, own)]),
    }


def _group(clues: Path, target: Path, folder: Path) -> None:
    """The surest clue first: the shorter stem, the longer one, the name alone."""
    import duckdb  # noqa: PLC0415  # heavy

    settings = {"memory_limit": f"{MEMORY_BYTES}B", "temp_directory": str(folder), "threads": "1"}
    with closing(duckdb.connect(":memory:", config=settings)) as base:
        base.execute("CREATE TEMP TABLE clues AS SELECT *, '' AS family FROM read_parquet(?)", [str(clues)])
        for stem in ("two", "one"):
            base.execute(
                f"UPDATE clues SET family = {stem} WHERE family = '' AND {stem} IN (SELECT {stem} FROM clues "
                f"WHERE family = '' AND {stem} <> '' GROUP BY {stem} HAVING count(*) BETWEEN 2 AND {MAX_VARIANTS} "
                "AND count(DISTINCT bare) = 1 AND count(DISTINCT differs) > 1)"
            )
        base.execute(
            "UPDATE clues SET family = named.shown FROM (SELECT bare, min(shown) AS shown FROM clues "
            f"WHERE family = '' AND bare <> '' GROUP BY bare HAVING count(*) BETWEEN 2 AND {MAX_VARIANTS} "
            "AND count(DISTINCT differs) = count(*)) AS named WHERE family = '' AND clues.bare = named.bare"
        )
        base.execute(f"COPY (SELECT r, family FROM clues ORDER BY r) TO '{target}' (FORMAT parquet)")


def _join(parquet: Path, found: Path, target: Path) -> None:
    """The import with the families beside it, row by row: both have the same rows in the same order."""
    import pyarrow as pa  # noqa: PLC0415  # heavy
    import pyarrow.parquet as pq  # noqa: PLC0415

    families = _families(found)
    with pq.ParquetFile(parquet) as file:
        wider = file.schema_arrow.append(pa.field(PROPOSED, pa.string()))
        with pq.ParquetWriter(target, wider, compression="zstd", compression_level=1) as writer:
            for batch in file.iter_batches(_BATCH_ROWS):
                column = pa.array([next(families) for _ in range(batch.num_rows)], pa.string())
                table = pa.Table.from_batches([batch]).append_column(PROPOSED, column)
                writer.write_table(table.cast(wider))


def _families(found: Path) -> Iterator[str]:
    import pyarrow.parquet as pq  # noqa: PLC0415  # heavy

    with pq.ParquetFile(found) as file:
        for batch in file.iter_batches(_BATCH_ROWS, columns=["family"]):
            yield from (text.strip() for text in batch.column(0).to_pylist())
