"""The door: a plan and rows in, a file out, whole or not at all."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from goodsmith.errors import GoodsmithError, StoreError, UsageError
from goodsmith.export.atomic import disk_trouble, written_whole
from goodsmith.export.into_workbook import check_ending, has_macros
from goodsmith.export.layout import OutputColumn, lay_out, lay_out_typed, pieces_needed, source_pieces_needed
from goodsmith.export.plan import ExportFormat, ExportPlan, ExportReport, format_of
from goodsmith.export.rows import Rows, sliced
from goodsmith.export.to_csv import write_csv
from goodsmith.export.to_jsonl import write_jsonl
from goodsmith.export.to_parquet import write_parquet
from goodsmith.export.xlsx_job import Outcome, SplitColumn, Task, XlsxJob
from goodsmith.records import TableInfo

if TYPE_CHECKING:
    import pyarrow as pa

_MEMORY_RAN_OUT = ("MemoryError", "allocate memory", "failed to map")  # said while the child was still importing
_KEPT_VARIABLES = ("PATH", "HOME", "LANG", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "LD_LIBRARY_PATH")


def export_rows(
    plan: ExportPlan,
    batches: Iterable[pa.RecordBatch],
    path: str | Path,
    *,
    format: str | None = None,  # noqa: A002 (the user's word)
) -> ExportReport:
    """Write rows with what was made of them; the format follows from the file's ending, or from `format`.

    batches, in source order: `_gs_ordinal`, `_gs_key`, `_gs_row`, the source columns, the columns of the parts.
    xlsx from an xlsx source is a copy of that workbook with columns on the right. Raises UsageError and StoreError; a
    file that was there before is replaced only by a complete one.
    """
    target = Path(path)
    wanted = check_target(plan.source, target, format=format)
    if not plan.written_at:
        plan = replace(plan, written_at=datetime.now(UTC).isoformat(timespec="seconds"))
    with written_whole(target) as part:
        if wanted == "xlsx":
            report = _write_xlsx(plan, batches, target, part)
        elif wanted == "csv":
            taken = [name for column in plan.source.columns for name in (column.name, column.written) if name]
            columns, notices = lay_out(plan, taken=taken)
            rows = write_csv(plan, columns, batches, part)
            report = ExportReport(rows=rows, files=(), format=wanted, columns=_headings(columns), notices=notices)
        else:
            columns, notices = lay_out_typed(plan, taken=[column.name for column in plan.source.columns])
            write = write_jsonl if wanted == "jsonl" else write_parquet
            rows = write(plan, columns, batches, part)
            report = ExportReport(rows=rows, files=(), format=wanted, columns=_headings(columns), notices=notices)
    return replace(report, files=(str(target),))


def check_target(
    source: TableInfo,
    path: str | Path,
    *,
    format: str | None = None,  # noqa: A002 (the user's word)
) -> ExportFormat:
    """The format of an export to `path`. Cheap; raises what `export_rows` would raise, to know it before a run."""
    target = Path(path)
    wanted = format_of(target, format)
    _refuse_source(source, target)
    if not target.parent.is_dir():
        number = errno.ENOTDIR if target.parent.exists() else errno.ENOENT
        raise disk_trouble(OSError(number, os.strerror(number)), target)
    if wanted == "xlsx":
        check_ending(has_macros(source), str(target))
    return wanted


def write_in_child(task: Task, target: Path) -> ExportReport:
    """Do a task in a process with a memory limit of its own. target: as the user called the file."""
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "goodsmith.export.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=dict(_child_environment()),
        )
        with process:
            try:
                told, _ = process.communicate(msgspec.json.encode(task))
            except BaseException:
                process.kill()
                raise
        complaints.seek(0)
        said = complaints.read().decode(errors="replace").strip()
    try:
        outcome = msgspec.json.decode(told, type=Outcome)
    except msgspec.DecodeError:
        if any(sign in said for sign in _MEMORY_RAN_OUT):
            raise _out_of_memory(task, target) from None
        raise _died(process.returncode, said, target) from None
    if outcome.report is not None:
        return outcome.report
    raise _error(outcome, task, target)


def _headings(columns: Iterable[OutputColumn]) -> tuple[str, ...]:
    return tuple(column.heading for column in columns)


def _refuse_source(source: TableInfo, target: Path) -> None:
    path = Path(source.source)
    if target.exists() and path.exists() and target.samefile(path):
        raise UsageError(
            f"{target} is the source of this run; give the output another name, so that the source stays as it is",
            zh=f"{target} 是本次运行的来源文件;请为输出另取文件名,以保留来源文件",
        )


def _write_xlsx(plan: ExportPlan, batches: Iterable[pa.RecordBatch], target: Path, part: Path) -> ExportReport:
    """Through a file of rows, since a sheet's header must say how wide the table is before its first row is written."""
    source = plan.source
    if plan.source.format == "xlsx":
        plan = replace(plan, source=replace(source, source=str(Path(source.source).absolute()), warnings=()))
    with tempfile.TemporaryDirectory(prefix=f".{target.name[:60]}.", dir=target.parent) as folder:
        rows_file = Path(folder).absolute() / "rows.arrow"
        spooled = _Spooled()
        _spool(plan, batches, rows_file, spooled)
        job = XlsxJob(
            plan=plan,
            target=str(part.absolute()),
            name=str(target),
            rows_file=str(rows_file),
            rows=spooled.rows,
            last_source_row=spooled.last_source_row,
            split=tuple(
                SplitColumn(part=name, item=item, pieces=pieces) for (name, item), pieces in spooled.pieces.items()
            ),
        )
        return write_in_child(Task(export=job), target)


@dataclass(slots=True)
class _Spooled:
    """What is learned of the rows while they pass."""

    rows: int = 0
    last_source_row: int = -1
    pieces: dict[tuple[str, int | None], int] = field(default_factory=dict)


def _spool(plan: ExportPlan, batches: Iterable[pa.RecordBatch], path: Path, spooled: _Spooled) -> None:
    import pyarrow as pa  # noqa: PLC0415 (heavy)

    columns, _ = lay_out(plan, taken=())
    writer = None
    try:
        for batch in sliced(batches):
            if writer is None:
                options = pa.ipc.IpcWriteOptions(compression="lz4")
                writer = pa.ipc.new_stream(path, batch.schema, options=options)
            writer.write_batch(batch)
            rows = Rows(batch, plan)
            spooled.rows += rows.count
            spooled.last_source_row = max((spooled.last_source_row, *rows.values("_gs_row")))
            needed = pieces_needed(rows, columns, plan) | source_pieces_needed(rows)
            for shows, pieces in needed.items():
                spooled.pieces[shows] = max(spooled.pieces.get(shows, 1), pieces)
    finally:
        if writer is not None:
            writer.close()


def _child_environment() -> Iterator[tuple[str, str]]:
    """No keys and secrets for a process that opens strangers' files."""
    for name, value in os.environ.items():
        if name in _KEPT_VARIABLES or name.startswith(("LC_", "PYTHON")):
            yield name, value
    ours = str(Path(__file__).parents[2])
    others = os.environ.get("PYTHONPATH")
    yield "PYTHONPATH", os.pathsep.join([ours, others] if others else [ours])
    yield "ARROW_DEFAULT_MEMORY_POOL", "system"  # the others reserve address space, which the limit counts
    yield "MALLOC_ARENA_MAX", "2"


def _error(outcome: Outcome, task: Task, target: Path) -> Exception:
    if outcome.memory:
        return _out_of_memory(task, target)
    if outcome.errno is not None:
        return OSError(outcome.errno, outcome.en)  # `written_whole` says it in a person's words
    return (StoreError if outcome.error == "store" else UsageError)(outcome.en, zh=outcome.zh)


def _out_of_memory(task: Task, target: Path) -> GoodsmithError:
    limit = f"{task.memory_limit_bytes / 1e9:.2g} GB"
    return UsageError(
        f"{target}: writing the workbook needs more than {limit} of memory; "
        "raise the setting export_memory_bytes, or export to csv",
        zh=f"{target}:写入工作簿所需内存超过 {limit};请调大设置 export_memory_bytes,或导出为 csv",
    )


def _died(code: int, said: str, target: Path) -> StoreError:
    last = said.splitlines()[-1] if said else "it left no message; most often the machine's memory is used up"
    return StoreError(
        f"{target}: not written, the process that writes workbooks ended with code {code}: {last}",
        zh=f"{target}:未写入,写入工作簿的进程已退出(代码 {code}):{last}",
    )
