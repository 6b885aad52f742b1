"""A second table by key: the rows of an import under the text of their key columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from goodsmith.catalog.importing import Import
from goodsmith.errors import InputFileError
from goodsmith.records import Notice

MAX_ROWS: Final = 1_000_000  # held in memory by every process of a run
_SHOWN: Final = 3

Row = tuple[str, ...]


class LookUpTable:
    """Rows by key (protocols.LookUpTable).

    A key is found as it is written, or, where that leaves no doubt, with other case, width or spaces.
    """

    def __init__(
        self, *, source: str, key: Sequence[str], columns: Sequence[str], rows: Iterable[tuple[Row, Row]]
    ) -> None:
        self.source = source
        self.key, self.columns = tuple(key), tuple(columns)
        self.rows: dict[Row, Row] = dict(rows)
        self._folded: dict[Row, Row | None] = {}  # of keys written otherwise; None: several rows have it, none is meant
        for written, row in self.rows.items():
            folded = tuple(map(_folded, written))
            if folded != written:
                known = self._folded.get(folded, self.rows.get(folded, row))
                self._folded[folded] = row if known == row else None

    def __len__(self) -> int:
        return len(self.rows)

    def find(self, key: Row) -> Row | None:
        """The values of `columns`, an empty cell as ""; None: no row has this key."""
        found = self.rows.get(key)
        if found is not None:
            return found
        folded = tuple(map(_folded, key))
        return self._folded[folded] if folded in self._folded else self.rows.get(folded)


def read_look_up(table: Import, *, key: Sequence[str], columns: Sequence[str]) -> tuple[LookUpTable, list[Notice]]:
    """The table of an import. Of several rows with one key the first counts, and a notice says so.

    Raises InputFileError for more than a million rows.
    """
    import pyarrow.parquet as pq  # noqa: PLC0415  # heavy

    if table.rows > MAX_ROWS:
        raise InputFileError(
            f"{table.rows:,} rows are too many for a look-up, which is held in memory; at most {MAX_ROWS:,}. "
            "Keep the rows that the catalog needs",
            file=table.info.source,
            zh=f"查表用的表会整体读入内存,{table.rows:,} 行太多;最多 {MAX_ROWS:,} 行。请只保留目录用到的行",
        )
    rows: dict[Row, Row] = {}
    again: dict[Row, int] = {}
    wanted = list(dict.fromkeys([*key, *columns]))
    with pq.ParquetFile(table.parquet) as file:
        for batch in file.iter_batches(8_192, columns=wanted):
            cells = {name: [(text or "").strip() for text in batch.column(name).to_pylist()] for name in wanted}
            keys = zip(*(cells[name] for name in key), strict=True)
            values = zip(*(cells[name] for name in columns), strict=True)
            for one, row in zip(keys, values, strict=True):
                if not any(one):
                    continue
                if rows.setdefault(one, row) != row:
                    again[one] = again.get(one, 1) + 1
    made = LookUpTable(source=_short(table), key=key, columns=columns, rows=rows.items())
    return made, [_said_twice(table, key, again)] if again else []


def _said_twice(table: Import, key: Sequence[str], again: dict[Row, int]) -> Notice:
    shown = list(again)[:_SHOWN]
    en = ", ".join(repr(" / ".join(one)) for one in shown) + (", …" if len(again) > _SHOWN else "")
    zh = "、".join(" / ".join(one) for one in shown) + ("等" if len(again) > _SHOWN else "")
    name = " / ".join(key)
    return Notice(
        code="look_up_twice",
        en=f"{_short(table)}: {len(again):,} keys ({name}) stand in several rows that differ: {en}; "
        "the first row of each counts",
        zh=f"{_short(table)}:有 {len(again):,} 个键({name})出现在内容不同的多行中:{zh};以各自的第一行为准",
        column=key[0],
        count=len(again),
    )


def _short(table: Import) -> str:
    """The file's name: a path tells a shop nothing."""
    return table.info.source if "://" in table.info.source else Path(table.info.source).name


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
