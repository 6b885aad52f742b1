"""The second tables of a run as they were when it began: one file in the run's folder, read by every process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from goodsmith.catalog.look_ups import LookUpTable
from goodsmith.errors import StoreError
from goodsmith.store.disk import disk, publish

if TYPE_CHECKING:
    from goodsmith.store.shared import SharedFolder

LOOK_UPS: Final = "look_ups.msgpack"


class _Kept(msgspec.Struct):
    source: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    rows: list[tuple[tuple[str, ...], tuple[str, ...]]]


def keep_look_ups(folder: Path, tables: Mapping[str, LookUpTable]) -> None:
    """Write the tables of a run, by step. Raises StoreError if the disk does not take them."""
    kept = {
        step: _Kept(source=table.source, key=table.key, columns=table.columns, rows=list(table.rows.items()))
        for step, table in tables.items()
    }
    unfinished = folder / f".{LOOK_UPS}.tmp"
    with disk(folder / LOOK_UPS):
        folder.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(msgspec.msgpack.encode(kept))
        publish(unfinished, folder / LOOK_UPS)


def kept_look_ups(folder: Path, *, shared: SharedFolder | None = None) -> dict[str, LookUpTable]:
    """The tables of a run, by step. Raises StoreError where they are not there or damaged."""
    place = folder / LOOK_UPS if shared is None else shared.fetch(LOOK_UPS)
    with disk(place):
        data = place.read_bytes()
    try:
        kept = msgspec.msgpack.decode(data, type=dict[str, _Kept])
    except msgspec.MsgspecError as error:
        raise StoreError(f"{place} is damaged: {error}", zh=f"{place} 已损坏:{error}") from error
    return {
        step: LookUpTable(source=table.source, key=table.key, columns=table.columns, rows=table.rows)
        for step, table in kept.items()
    }
