"""Thousands of small parts become files of about 100,000 rows, and rows tried again move to their places.

Safe at any moment: a new file is complete before the ledger names it, one transaction exchanges it for the old ones,
and only then are those deleted. What a crash leaves behind is nobody's, and the next compaction sweeps it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from goodsmith.records import Chunk, Part
from goodsmith.store.disk import disk
from goodsmith.store.journal import delete_journals
from goodsmith.store.parts import last_ordinal, place_of, results, write_parquet

if TYPE_CHECKING:
    from goodsmith.store.ledger import Lease, Store, StoredPart
    from goodsmith.store.shared import SharedFolder

FILE_ROWS: Final = 100_000
TEMPORARY_S: Final = 3_600  # an unfinished file this old belongs to nobody


def compact(store: Store, run_id: str, *, lease: Lease | None = None, file_rows: int = FILE_ROWS) -> int:
    """Compact what can be compacted now; how many files were written. The last, shorter file waits for the run's end.

    May run beside the driver and beside readers; of two at once on one machine, the second does nothing. Of several
    machines the driver compacts: lease is its right to.
    """
    run = store.run(run_id)
    folder, shared = store.run_folder(run.run_id), store.shared(run.run_id)
    with _alone(folder / "final") as alone:
        if not alone:
            return 0
        everywhere = [] if shared is None else [*shared.names("parts"), *shared.names("final")]
        still_open = store.open_chunks(run.run_id)
        stored = store.stored_parts(run.run_id)
        _sweep(folder, stored, still_open, run.chunks)
        if shared is not None and lease is not None:
            _sweep_shared(shared, everywhere, stored, still_open, run.chunks, lease.epoch)
        busy = {chunk.number for chunk in still_open}
        retries = any(chunk.ordinals is not None for chunk in still_open)
        late = [one for one in stored if one.part.generation > 0]
        generation = max((one.part.generation for one in late), default=0)
        written = 0
        for group in _groups(stored, busy, file_rows, finished=not busy):
            over = [one.part for one in late if _overlap(one.part, group[0].part.first, last_ordinal(group[-1].part))]
            if over and retries:
                continue  # a row may still change its place in the order of generations
            written += _replace(store, run.run_id, group, over, lease, merged=0 if retries else generation)
        if not retries:
            _drop_merged(store, run.run_id, lease)
        return written


def _groups(
    stored: Sequence[StoredPart], busy: set[int], file_rows: int, *, finished: bool
) -> Iterator[list[StoredPart]]:
    """Neighbouring parts that become one file: many single chunks, or a compacted one with rows tried again since."""
    late = [one.part for one in stored if one.part.generation > 0]
    group: list[StoredPart] = []
    rows = 0
    for one in stored:
        if one.part.generation:
            continue
        neighbour = not group or one.part.first == last_ordinal(group[-1].part) + 1
        if group and (one.chunk is None or one.chunk in busy or not neighbour):
            if finished:
                yield group
            group, rows = [], 0
        if one.chunk is None:
            newer = [part for part in late if part.generation > one.merged]
            if any(_overlap(part, one.part.first, last_ordinal(one.part)) for part in newer):
                yield [one]
        elif one.chunk not in busy:
            group.append(one)
            rows += one.part.rows
            if rows >= file_rows:
                yield group
                group, rows = [], 0
    if group and finished:
        yield group


def _replace(
    store: Store, run_id: str, group: list[StoredPart], over: list[Part], lease: Lease | None, *, merged: int
) -> int:
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.parquet as pq  # noqa: PLC0415

    from goodsmith.store.ledger import StoredPart  # noqa: PLC0415 - loads SQLAlchemy

    folder, shared = store.run_folder(run_id), store.shared(run_id)
    old = [one.part for one in group]
    first, last = old[0].first, last_ordinal(old[-1])
    epoch = 0 if lease is None else lease.epoch
    place = f"final/{first:012d}-{last:012d}-{epoch}-{secrets.token_hex(4)}.parquet"
    schemas = [pq.read_schema(place_of(folder, part, shared)).remove_metadata() for part in (*old, *over)]
    schema = pa.unify_schemas(schemas, promote_options="permissive")
    size = write_parquet(folder / place, results(folder, [*old, *over], shared=shared), schema)
    if shared is not None:
        shared.give(place)
    part = Part(path=place, first=first, last=last, rows=sum(part.rows for part in old), bytes=size)
    if not store.replace_parts(run_id, group, StoredPart(part=part, chunk=None, merged=merged), lease=lease):
        _delete(folder, [part], shared)
        return 0
    _delete(folder, old, shared)
    return 1


def _drop_merged(store: Store, run_id: str, lease: Lease | None) -> None:
    """Forget parts of rows tried again whose rows are all in their places, the lower generations first.

    A higher generation stays while a lower one reaches into its range, or the older rows would come back.
    """
    stored = store.stored_parts(run_id)
    base = [one for one in stored if one.part.generation == 0]
    kept: list[Part] = []
    for one in stored:  # by generation
        part = one.part
        if not part.generation:
            continue
        last = last_ordinal(part)
        merged = all(other.merged >= part.generation for other in base if _overlap(other.part, part.first, last))
        free = not any(_overlap(lower, part.first, last) for lower in kept)
        if merged and free and store.replace_parts(run_id, [one], None, lease=lease):
            _delete(store.run_folder(run_id), [part], store.shared(run_id))
        else:
            kept.append(part)


def _sweep(folder: Path, stored: Sequence[StoredPart], still_open: Sequence[Chunk], chunks: int) -> None:
    """Delete files that nobody names: of attempts that were overtaken, and of what a crash left behind."""
    named = {one.part.path for one in stored}
    attempts = {chunk.number: chunk.attempt for chunk in still_open}
    for path in sorted((folder / "parts").glob("*.parquet")):
        if f"parts/{path.name}" not in named and _is_over(path.stem, attempts, chunks):
            _unlink(path)
    for path in sorted((folder / "final").glob("*.parquet")):
        if f"final/{path.name}" not in named:
            _unlink(path)
    for number in {int(path.stem.partition("-")[0]) for path in (folder / "journal").glob("*.log")}:
        if number not in attempts and number < chunks:
            delete_journals(folder, number)
    for path in [*(folder / "parts").glob("*.tmp"), *(folder / "final").glob("*.tmp")]:
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > TEMPORARY_S:
                _unlink(path)


def _sweep_shared(
    shared: SharedFolder,
    everywhere: Sequence[str],
    stored: Sequence[StoredPart],
    still_open: Sequence[Chunk],
    chunks: int,
    epoch: int,
) -> None:
    """The same in the shared folder. everywhere: what stood there before the ledger was read.

    A driver that has lost its run without knowing takes away only what no later one can name: attempts and epochs grow.
    """
    named = {one.part.path for one in stored}
    attempts = {chunk.number: chunk.attempt for chunk in still_open}
    for name in everywhere:
        folder, _, file = name.removesuffix(".parquet").partition("/")
        past = int(file.split("-")[2]) <= epoch if folder == "final" else _is_over(file, attempts, chunks)
        if name not in named and past:
            shared.delete(name)


def _is_over(stem: str, attempts: Mapping[int, int], chunks: int) -> bool:
    """Whether a part that nobody names can be named no more. attempts: of the open chunks."""
    chunk, attempt = (int(number) for number in stem.split("-"))
    return attempt < attempts[chunk] if chunk in attempts else chunk < chunks


def _overlap(part: Part, first: int, last: int) -> bool:
    return part.first <= last and last_ordinal(part) >= first


def _delete(folder: Path, old: Sequence[Part], shared: SharedFolder | None) -> None:
    for part in old:
        _unlink(folder / part.path)
        if shared is not None:
            shared.delete(part.path)


def _unlink(path: Path) -> None:
    with disk(path):
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """True if no other process compacts this run. The system gives the lock back when a process dies."""
    with disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        yield _locked(handle)
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    try:
        import fcntl  # noqa: PLC0415 - not on Windows, where one machine's user compacts one run at a time
    except ImportError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
