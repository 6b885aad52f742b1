"""Convert a source to Parquet once, as displayed; the same content read the same way is never converted again.

Workbooks are hostile until read: they are converted by a child process with a memory limit (`importer.py`).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodsmith.catalog.child import ChildFailed, ask_child
from goodsmith.catalog.layouts.grid import ReadAgain
from goodsmith.catalog.layouts.reader import ROW_COLUMN
from goodsmith.catalog.notices import NoticeBoard
from goodsmith.catalog.opening import ReadOptions, kind_of, open_table
from goodsmith.catalog.typed.frames import is_frame
from goodsmith.errors import InputFileError, StoreError
from goodsmith.records import Notice, TableInfo

if TYPE_CHECKING:
    import pyarrow as pa

DEFAULT_MEMORY_LIMIT_BYTES = 1_500_000_000  # address space of the process that reads a workbook
VERSION = 2  # raised when the same source would read differently
GROUP_ROWS = 10_000  # of a row group
GROUP_BYTES = 32 * 1024**2
IN_CHILD = frozenset({"xlsx", "xls", "html", "spreadsheet_xml"})  # kinds whose reading needs a process of its own
_META = b"goodsmith"
_UNFINISHED = ".import-"  # files that are being written start so
_ABANDONED_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A source as Parquet: its columns as text under unique names, and `_gs_row`.

    `_gs_row` is the row's 0-based place below the header in the source. Blank rows are left out, so it may have gaps:
    in a workbook a product stands in row header_row + 1 + `_gs_row`.
    """

    parquet: Path
    info: TableInfo
    rows: int
    notices: tuple[Notice, ...] = ()
    sha256: str = ""  # of the file as read; of the texts where the source is no file
    reused: bool = field(default=False, compare=False)  # found, not made


def import_table(
    source: Any,
    folder: Path,
    options: ReadOptions | None = None,
    *,
    memory_limit_bytes: int = DEFAULT_MEMORY_LIMIT_BYTES,
    progress: Callable[[int], None] | None = None,
    **wanted: Any,
) -> Import:
    """The source as `<folder>/<hash>.parquet`; found there if it was imported before.

    source: a path, a database URL, a data frame, or a TableReader of typed data. wanted: single fields of the options,
    such as sheet="Prices". progress is told the rows read so far.
    Raises InputFileError for what cannot be read, StoreError where the folder cannot be written.
    """
    options = replace(options or ReadOptions(), **wanted)
    folder = Path(folder)
    with _disk_reported(folder):
        folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    if not is_frame(source) and hasattr(source, "batches") and hasattr(source, "info"):
        return _from_reader(source, folder, sha256=None, name=None, progress=progress)
    kind = kind_of(source)
    if kind in {"frame", "sql"}:
        return _from_reader(open_table(source, options), folder, sha256=None, name=None, progress=progress)
    path = Path(source)
    sha256 = _sha256(path)
    name = _name(sha256, options, kind)
    if found := _found(folder / f"{name}.parquet", source=str(path)):
        return found
    before = _stamp(path)
    if kind in IN_CHILD:
        made = _in_child(path, folder, name, sha256, options, memory_limit_bytes, progress)
    else:
        made = _from_reader(open_table(path, options), folder, sha256=sha256, name=name, progress=progress)
    if _stamp(path) != before:
        made.parquet.unlink(missing_ok=True)
        raise InputFileError(
            "the file changed while it was read. Wait until it is written, then try again",
            file=path.name, zh="读取期间文件发生了变化。请等写入完成后再试",
        )  # fmt: skip
    return made


def open_import(parquet: Path) -> Import:
    """An import made before."""
    found = _found(Path(parquet), source=None)
    if found is None:
        raise InputFileError("no such import; import the source again", file=str(parquet), zh="没有该导入;请重新导入")
    return found


def read_sample(parquet: Path, *, rows: int = 2_000) -> dict[str, list[str | None]]:
    """The first rows of an import, by column."""
    import pyarrow.parquet as pq  # noqa: PLC0415  # heavy

    with pq.ParquetFile(parquet) as file:
        names = [name for name in file.schema_arrow.names if name != ROW_COLUMN]
        sample: dict[str, list[str | None]] = {name: [] for name in names}
        left = rows
        for batch in file.iter_batches(min(rows, 2_000), columns=names):
            for name in names:
                sample[name].extend(batch.column(name).slice(0, left).to_pylist())
            left -= batch.num_rows
            if left <= 0:
                break
    return sample


def read_table(parquet: Path) -> Iterator[tuple[int, dict[str, str | None]]]:
    """The rows of an import one by one, each with its `_gs_row`. For small tables, such as a schema's sheets."""
    import pyarrow.parquet as pq  # noqa: PLC0415  # heavy

    with pq.ParquetFile(parquet) as file:
        for batch in file.iter_batches(2_000):
            for row in batch.to_pylist():
                yield row.pop(ROW_COLUMN), row


# ---- writing ------------------------------------------------------------------------------------------------------


def convert(
    reader: Any, target: Path, *, sha256: str | None = None, progress: Callable[[int], None] | None = None
) -> Import:
    """Read a table into a Parquet file at `target`, in one go: the file is there whole or not at all."""
    for _ in range(3):  # rows far down may widen the table; jsonl and ragged files settle at the second reading
        with contextlib.suppress(ReadAgain):
            return _convert(reader, target, sha256=sha256, progress=progress)
    raise InputFileError("the file changes while it is read", file=reader.info().source, zh="读取期间文件发生了变化")


def _convert(reader: Any, target: Path, *, sha256: str | None, progress: Callable[[int], None] | None) -> Import:
    import pyarrow as pa  # noqa: PLC0415  # heavy
    import pyarrow.parquet as pq  # noqa: PLC0415

    info: TableInfo = reader.info()
    schema = pa.schema([*((column.name, pa.string()) for column in info.columns), (ROW_COLUMN, pa.int64())])
    board = NoticeBoard()
    digest = hashlib.sha256(json.dumps([column.name for column in info.columns]).encode())
    rows = 0
    descriptor, name = tempfile.mkstemp(prefix=f"{_UNFINISHED}{os.getpid()}-", suffix=".parquet", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with pq.ParquetWriter(file, schema, compression="zstd", compression_level=1) as writer:
                for batch in _grouped(_numbered(reader.batches(), (info.header_row or 0) + 1, board)):
                    rows += batch.num_rows
                    if sha256 is None:
                        _feed(digest, batch)
                    writer.write_batch(batch)
                    if progress is not None:
                        progress(rows)
                if not rows:
                    board.add("empty_table")
                notices = (*reader.info().warnings, *board.notices())
                info = replace(info, rows=rows, warnings=())
                sha256 = sha256 or digest.hexdigest()
                made = Import(parquet=target, info=info, rows=rows, notices=notices, sha256=sha256)
                writer.add_key_value_metadata({_META: json.dumps(stored(made), ensure_ascii=False).encode()})
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        _sync_folder(target.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return made


def _from_reader(
    reader: Any, folder: Path, *, sha256: str | None, name: str | None, progress: Callable[[int], None] | None
) -> Import:
    with _disk_reported(folder):
        if name is not None:
            return convert(reader, folder / f"{name}.parquet", sha256=sha256, progress=progress)
        # Only reading shows what is in it: written under a name of its own, then named by its content.
        with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=folder) as beside:
            made = convert(reader, Path(beside) / "table.parquet", progress=progress)
            target = folder / f"{_name(made.sha256, ReadOptions(), made.info.source)}.parquet"
            reused = target.exists()
            if not reused:
                made.parquet.replace(target)
                _sync_folder(folder)
            return replace(made, parquet=target, reused=reused)


def _numbered(batches: Iterator[pa.RecordBatch], first_row: int, board: NoticeBoard) -> Iterator[pa.RecordBatch]:
    """Batches with `_gs_row`; readers that number their rows have left out what is no product."""
    place = 0
    for batch in batches:
        if ROW_COLUMN in batch.schema.names:
            yield batch
            continue
        kept = _without_blank_rows(batch, place, first_row, board)
        place += batch.num_rows
        if kept.num_rows:
            yield kept


def _grouped(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Small batches made into one of some thousand rows, since each becomes a row group of the file."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    held: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
        if rows >= GROUP_ROWS or size >= GROUP_BYTES:
            yield held[0] if len(held) == 1 else pa.concat_batches(held)
            held, rows, size = [], 0, 0
    if held:
        yield held[0] if len(held) == 1 else pa.concat_batches(held)


def _without_blank_rows(batch: pa.RecordBatch, place: int, first_row: int, board: NoticeBoard) -> pa.RecordBatch:
    """The rows that hold anything, with their numbers."""
    import pyarrow as pa  # noqa: PLC0415  # heavy
    import pyarrow.compute as pc  # noqa: PLC0415

    numbers = pa.array(range(place, place + batch.num_rows), pa.int64())
    batch = batch.append_column(ROW_COLUMN, numbers)
    full = None
    for column in batch.columns[:-1]:
        if column.null_count == 0:
            return batch
        full = column.is_valid() if full is None else pc.or_(full, column.is_valid())
    if full is None:
        return batch
    blank = len(full) - pc.sum(full).as_py()
    if blank:
        first = place + pc.index(full, False).as_py()  # the value looked for
        board.add("blank_rows", row=first_row + first, count=blank)
        batch = batch.filter(full)
    return batch


def _feed(digest: Any, batch: pa.RecordBatch) -> None:
    import pyarrow as pa  # noqa: PLC0415  # heavy

    for column in batch.columns:
        whole = pa.concat_arrays([column])  # a copy without offset, so that equal texts have equal buffers
        for buffer in whole.buffers():
            digest.update(b"|" if buffer is None else memoryview(buffer))


def stored(made: Import) -> dict[str, Any]:
    return {
        "version": VERSION,
        "info": asdict(made.info),
        "rows": made.rows,
        "notices": [asdict(notice) for notice in made.notices],
        "sha256": made.sha256,
    }


def restored(stored: Mapping[str, Any], parquet: Path, *, reused: bool = False) -> Import:
    import msgspec  # noqa: PLC0415  # only where an import is opened

    return Import(
        parquet=parquet,
        info=replace(msgspec.convert(stored["info"], TableInfo), warnings=()),
        rows=stored["rows"],
        notices=msgspec.convert(stored["notices"], tuple[Notice, ...]),
        sha256=stored["sha256"],
        reused=reused,
    )


def _found(parquet: Path, *, source: str | None) -> Import | None:
    """An import made before, under the path by which it is asked for now."""
    if not parquet.exists():
        return None
    import pyarrow as pa  # noqa: PLC0415  # heavy
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        stored = json.loads((pq.read_metadata(parquet).metadata or {})[_META])
    except (pa.ArrowException, OSError, KeyError, ValueError):
        return None  # not whole: made again
    if stored.get("version") != VERSION:
        return None
    found = restored(stored, parquet, reused=True)
    return replace(found, info=replace(found.info, source=source)) if source else found


def _in_child(
    path: Path,
    folder: Path,
    name: str,
    sha256: str,
    options: ReadOptions,
    memory_limit_bytes: int,
    progress: Callable[[int], None] | None,
) -> Import:
    """Convert in a process of its own; its errors come back as they were."""
    target = folder / f"{name}.parquet"
    order = {"source": str(path), "target": str(target), "sha256": sha256, "options": asdict(options)}
    try:
        made = ask_child(order, path, memory_limit_bytes=memory_limit_bytes, progress=progress)
    except ChildFailed as failure:
        for left in folder.glob(f"{_UNFINISHED}{failure.pid}-*"):
            left.unlink(missing_ok=True)
        raise failure.error from None
    return restored(made, target)


# ---- names and places ---------------------------------------------------------------------------------------------


def _name(sha256: str, options: ReadOptions, kind: str) -> str:
    wanted = json.dumps([VERSION, sha256, kind, asdict(options)], sort_keys=True)
    return hashlib.sha256(wanted.encode()).hexdigest()[:32]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size


def _sweep(folder: Path) -> None:
    """Take away what killed processes left behind."""
    for left in folder.glob(f"{_UNFINISHED}*.parquet"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _ABANDONED_S:
                left.unlink()


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _disk_reported(folder: Path) -> Iterator[None]:
    """A full disk or a read-only folder as one clear line."""
    try:
        yield
    except OSError as error:
        raise disk_error(folder, error) from error


def disk_error(folder: Path, error: OSError) -> StoreError:
    reason = error.strerror or str(error)
    return StoreError(
        f"{folder}: the import cannot be written: {reason}. Free some space or choose another home folder",
        zh=f"{folder}:无法写入导入文件:{reason}。请清理磁盘空间或更换工作目录",
    )


__all__: Sequence[str] = (
    "DEFAULT_MEMORY_LIMIT_BYTES",
    "Import",
    "convert",
    "import_table",
    "open_import",
    "read_sample",
)
