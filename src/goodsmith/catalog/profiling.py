"""What is in a table: fill, distinct values, languages, odd cells, and keys that occur twice with what differs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodsmith.base.function_words import language_of
from goodsmith.catalog.importing import read_sample
from goodsmith.catalog.layouts.kinds import column_kind
from goodsmith.catalog.layouts.reader import ROW_COLUMN
from goodsmith.catalog.odd_cells import OddCells, odd_cells
from goodsmith.errors import StoreError
from goodsmith.records import ColumnMapping, Notice

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

MEMORY_LIMIT_BYTES = 256_000_000
THREADS = 2
SAMPLE_ROWS = 1_000  # looked at for samples and scripts
SCRIPT_CHARACTERS = 10_000  # of a column
SCRIPT_SHARE = 0.01  # scripts with fewer of the letters are not named
EXAMPLES = 5  # values of a column, duplicates of a key


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfiledColumn:
    """One column. distinct is an estimate (2 % off, typically); scripts: share of letters, the largest first.

    language: of its running text, "" where it has none or that is not clear.
    """

    name: str
    filled: int
    fill_rate: float
    distinct: int
    max_length: int  # characters
    samples: tuple[str, ...] = ()
    scripts: tuple[tuple[str, float], ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """A key that several rows have. rows: 1-based as the source shows them; conflicts: columns where they differ."""

    key: str
    count: int
    rows: tuple[int, ...]
    conflicts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    rows: int
    columns: tuple[ProfiledColumn, ...]
    key: str | None = None
    blank_keys: int = 0
    duplicate_keys: int = 0  # keys that more than one row has
    duplicate_rows: int = 0  # rows with such a key
    duplicates: tuple[Duplicate, ...] = ()  # examples, those with conflicts first
    conflicts: tuple[tuple[str, int], ...] = ()  # column -> keys whose rows differ in it
    alike_keys: int = 0  # keys equal to another but for case, width or spaces
    different_keys: int = 0  # keys that are different also without case, width and spaces
    scripts: tuple[tuple[str, float], ...] = field(default=())  # over all columns
    languages: tuple[tuple[str, float], ...] = ()  # share of the letters of running text, the largest first
    odd: tuple[OddCells, ...] = ()
    notices: tuple[Notice, ...] = ()


def profile(
    table: Path | pa.Table,
    mapping: ColumnMapping | None = None,
    *,
    key: str | None = None,
    header_row: int = 0,
    home: Path | None = None,
    memory_limit_bytes: int = MEMORY_LIMIT_BYTES,
) -> Profile:
    """Look through an import, or through some rows with their `_gs_row`.

    Sorting spills to the home folder, so memory does not grow with the table. header_row: of the source, so that row
    numbers are those that a person sees.
    """
    key = key or (mapping.key if mapping else None)
    with _database(table, home, memory_limit_bytes) as base:
        names = [row[0] for row in base.execute("DESCRIBE catalog").fetchall() if row[0] != ROW_COLUMN]
        rows = _one(base, "SELECT count(*) FROM catalog")[0]
        sample = (
            read_sample(table, rows=SAMPLE_ROWS)
            if isinstance(table, Path)
            else {name: table.column(name).to_pylist() for name in names}
        )
        columns = _columns(base, names, rows, sample)
        found = _keys(base, names, key, header_row) if key is not None and key in names and rows else {}
        odd = odd_cells(base, names, sample, header_row=header_row)
    letters: dict[str, float] = {}
    languages: dict[str, float] = {}
    for column in columns:
        for script, share in column.scripts:
            letters[script] = letters.get(script, 0.0) + share * column.filled
        if column.language:
            long = sum(len(text) for text in sample[column.name] if text)
            languages[column.language] = languages.get(column.language, 0.0) + long
    return Profile(
        rows=rows,
        columns=tuple(columns),
        key=key,
        scripts=_shares(letters),
        languages=_shares(languages),
        odd=tuple(odd),
        notices=_notices(key, found),
        **found,
    )


@contextmanager
def _database(
    table: Path | pa.Table, home: Path | None, memory_limit_bytes: int
) -> Iterator[duckdb.DuckDBPyConnection]:
    import duckdb  # noqa: PLC0415  # heavy

    beside = table.parent if isinstance(table, Path) else None
    with tempfile.TemporaryDirectory(prefix=".profile-", dir=home or beside) as spill:
        base = duckdb.connect(":memory:")
        try:
            base.execute(f"SET memory_limit = '{memory_limit_bytes // 1_000_000}MB'")
            base.execute(f"SET temp_directory = '{_quoted_text(spill)}'")
            base.execute(f"SET threads = {THREADS}")
            base.execute("SET preserve_insertion_order = false")
            if isinstance(table, Path):
                base.execute(f"CREATE VIEW catalog AS SELECT * FROM read_parquet('{_quoted_text(str(table))}')")
            else:
                base.register("catalog", table)
            yield base
        except duckdb.OutOfMemoryException as error:
            raise StoreError(
                f"looking through the table needs more than {memory_limit_bytes // 1_000_000} MB of memory",
                zh=f"统计表格所需内存超过 {memory_limit_bytes // 1_000_000} MB",
            ) from error
        except duckdb.IOException as error:
            raise StoreError(f"the import cannot be read: {error}", zh=f"无法读取导入文件:{error}") from error
        finally:
            base.close()


def _columns(
    base: duckdb.DuckDBPyConnection, names: Sequence[str], rows: int, sample: dict[str, list[str | None]]
) -> list[ProfiledColumn]:
    made = []
    for start in range(0, len(names), 40):  # a table may have thousands of columns
        part = names[start : start + 40]
        sums = ", ".join(
            f"count({quoted}), approx_count_distinct({quoted}), max(length({quoted}))" for quoted in map(_quoted, part)
        )
        counted = _one(base, f"SELECT {sums} FROM catalog")
        for place, name in enumerate(part):
            filled, distinct, longest = counted[3 * place : 3 * place + 3]
            made.append(
                ProfiledColumn(
                    name=name,
                    filled=filled,
                    fill_rate=filled / rows if rows else 0.0,
                    distinct=min(distinct, filled),
                    max_length=longest or 0,
                    samples=tuple(dict.fromkeys(value[:120] for value in sample[name] if value))[:EXAMPLES],
                    scripts=_scripts(sample[name]),
                    language=_language(sample[name]),
                )
            )
    return made


def _scripts(values: Sequence[str | None]) -> tuple[tuple[str, float], ...]:
    from goodsmith.base.scripts import count_letters  # noqa: PLC0415  # brings the locales

    counted = count_letters("".join(value[:500] for value in values if value)[:SCRIPT_CHARACTERS])
    return _shares({script: float(count) for script, count in counted.items()})


def _language(values: Sequence[str | None]) -> str:
    """The language of a column of running text: of names and descriptions, not of codes, numbers and addresses."""
    texts = [value for value in values if value]
    if not texts or column_kind(texts[:200]) is not None:
        return ""
    return language_of(" ".join(dict.fromkeys(texts))[:SCRIPT_CHARACTERS])


def _keys(base: duckdb.DuckDBPyConnection, names: Sequence[str], key: str, header_row: int) -> dict[str, Any]:
    quoted = _quoted(key)
    blank, _ = _one(base, f"SELECT count(*) FILTER ({quoted} IS NULL), 0 FROM catalog")
    base.execute(
        f"CREATE TEMP TABLE doubled AS SELECT {quoted} AS key, count(*) AS times FROM catalog "
        f"WHERE {quoted} IS NOT NULL GROUP BY 1 HAVING count(*) > 1"
    )
    keys, rows = _one(base, "SELECT count(*), coalesce(sum(times), 0) FROM doubled")
    alike = _one(
        base,
        f"SELECT coalesce(sum(spellings), 0) FROM (SELECT count(DISTINCT {quoted}) AS spellings FROM catalog "
        f"WHERE {quoted} IS NOT NULL GROUP BY lower(trim(nfc_normalize(translate({quoted}, ?, ?)))) "
        "HAVING count(DISTINCT " + quoted + ") > 1)",
        [_WIDE, _NARROW],
    )[0]
    different = _one(
        base,
        f"SELECT count(DISTINCT lower(trim(nfc_normalize(translate({quoted}, ?, ?))))) FROM catalog",
        [_WIDE, _NARROW],
    )[0]
    if not keys:
        return {"blank_keys": blank, "alike_keys": int(alike), "different_keys": different}
    others = [name for name in names if name != key]
    differs = ", ".join(
        f"count(DISTINCT coalesce({name}, '')) > 1 AS d{place}" for place, name in enumerate(map(_quoted, others))
    )
    base.execute(
        f"CREATE TEMP TABLE disagreeing AS SELECT {quoted} AS key, count(*) AS times, "
        f"list(_gs_row ORDER BY _gs_row)[:{EXAMPLES}] AS places{', ' if differs else ''}{differs} "
        f"FROM catalog WHERE {quoted} IN (SELECT key FROM doubled) GROUP BY 1"
    )
    marks = [f"d{place}" for place in range(len(others))]
    totals = (
        _one(base, "SELECT " + ", ".join(f"count(*) FILTER ({mark})" for mark in marks) + " FROM disagreeing")
        if marks
        else ()
    )
    any_of = " OR ".join(marks) or "false"
    shown = base.execute(
        f"SELECT * FROM disagreeing ORDER BY ({any_of}) DESC, times DESC, places[1] LIMIT {EXAMPLES}"
    ).fetchall()
    return {
        "blank_keys": blank,
        "duplicate_keys": keys,
        "duplicate_rows": int(rows),
        "alike_keys": int(alike),
        "different_keys": different,
        "conflicts": tuple(
            sorted(
                ((name, total) for name, total in zip(others, totals, strict=True) if total), key=lambda pair: -pair[1]
            )
        ),
        "duplicates": tuple(
            Duplicate(
                key=row[0],
                count=row[1],
                rows=tuple(place + header_row + 1 for place in row[2]),
                conflicts=tuple(name for name, differ in zip(others, row[3:], strict=True) if differ),
            )
            for row in shown
        ),
    }


def _notices(key: str | None, found: dict[str, Any]) -> tuple[Notice, ...]:
    notices = []
    if found.get("duplicate_keys"):
        keys, rows = found["duplicate_keys"], found["duplicate_rows"]
        named = ", ".join(f"{name} ({count})" for name, count in found["conflicts"][:6])
        differ = f"; they differ in {named}" if named else "; they are the same in every column"
        differ_zh = f";不一致的列:{named}" if named else ";各列内容完全相同"
        notices.append(
            Notice(
                code="duplicate_keys",
                en=f"{keys} key(s) in {key!r} occur more than once, {rows} rows in all{differ}",
                zh=f"主键列 {key!r} 有 {keys} 个值重复出现,共 {rows} 行{differ_zh}",
                column=key,
                row=found["duplicates"][0].rows[0],
                count=keys,
            )
        )
    if found.get("alike_keys"):
        notices.append(
            Notice(
                code="alike_keys",
                en=f"{found['alike_keys']} key(s) in {key!r} equal another but for case, width or spaces",
                zh=f"主键列 {key!r} 有 {found['alike_keys']} 个值与其他值仅大小写、全半角或空格不同",
                column=key,
                count=found["alike_keys"],
            )
        )
    if found.get("blank_keys"):
        notices.append(
            Notice(
                code="blank_keys",
                en=f"{found['blank_keys']} row(s) have no key in {key!r}",
                zh=f"有 {found['blank_keys']} 行在主键列 {key!r} 中为空",
                column=key,
                count=found["blank_keys"],
            )
        )
    return tuple(notices)


_WIDE = "".join(chr(code) for code in range(0xFF01, 0xFF5F)) + "\u3000"
_NARROW = "".join(chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)) + " "


def _shares(letters: dict[str, float]) -> tuple[tuple[str, float], ...]:
    total = sum(letters.values())
    shares = [
        (script, round(count / total, 3))
        for script, count in letters.items()
        if total and count / total >= SCRIPT_SHARE
    ]
    return tuple(sorted(shares, key=lambda pair: -pair[1]))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _quoted_text(text: str) -> str:
    return text.replace("'", "''")


def _one(base: duckdb.DuckDBPyConnection, query: str, values: Sequence[object] = ()) -> tuple[Any, ...]:
    row = base.execute(query, list(values)).fetchone()
    assert row is not None
    return tuple(row)
