"""A sample that is the same tomorrow: by hashes of the keys, spread evenly over groups.

A new row changes at most one other row's luck, because each is judged by its own hash. Within `per`, every group gives
its first product before any gives its second, so that small groups are seen too.
"""

from __future__ import annotations

from typing import Any


def sample_sql(source: str, *, size: int | None, seed: int, per: bool) -> tuple[str, list[Any]]:
    """SQL for `size` rows of a relation with the columns r (source row), k (key) and g (group)."""
    if size is None:
        return f"SELECT * FROM {source}", []
    hashed = f"SELECT *, md5(CAST(? AS VARCHAR) || ':' || k) AS h FROM {source}"
    if not per:
        return f"SELECT * EXCLUDE (h) FROM ({hashed}) ORDER BY h, r LIMIT {int(size)}", [seed]
    placed = f"SELECT *, row_number() OVER (PARTITION BY g ORDER BY h, r) AS place FROM ({hashed})"
    return f"SELECT * EXCLUDE (h, place) FROM ({placed}) ORDER BY place, h, r LIMIT {int(size)}", [seed]
