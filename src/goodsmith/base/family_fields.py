"""What a family's variants have in common and what is each one's own, as text that travels with every row of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import msgspec

from goodsmith.records import Fields


class _Written(msgspec.Struct, kw_only=True, omit_defaults=True):
    shared: dict[str, str]
    own: dict[str, dict[str, str]] = {}  # row of the source -> cells that are not as in its row


def written(shared: Fields, own: Mapping[int, Fields]) -> str:
    """own: by the row's place in the source, only the cells that differ from it."""
    rows = {str(row): dict(cells) for row, cells in own.items() if cells}
    return msgspec.json.encode(_Written(shared=dict(shared), own=rows)).decode()


def variant_and_family(
    fields: dict[str, str], text: str | None, source_row: int, mapped: Sequence[tuple[str, str]] = ()
) -> tuple[dict[str, str], Fields | None]:
    """The fields of a variant with its own cells in them, and those of its family; None where it has no family.

    mapped: (recipe field, column) pairs; `fields` has both names already.
    """
    if not text:
        return fields, None
    found = _read(text)
    cells = found.own.get(str(source_row), {})
    if cells:
        fields = {**fields, **cells, **{field: cells[column] for field, column in mapped if column in cells}}
    shared = dict(found.shared)
    return fields, shared | {field: shared.get(column, "") for field, column in mapped}


def own_cells(text: str) -> dict[str, dict[str, str]]:
    """The cells of variants that are not as in their rows, by the row's place in the source."""
    return _read(text).own


@lru_cache(maxsize=256)
def _read(text: str) -> _Written:
    return msgspec.json.decode(text, type=_Written)
