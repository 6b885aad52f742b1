"""The door: a plan and offered rows in, filled copies of the template out, and the list of what is missing."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from goodsmith.errors import UsageError
from goodsmith.export.atomic import written_whole
from goodsmith.export.filling.fitting import Fitter
from goodsmith.export.filling.plan import FilledFile, FillPlan, FillReport, OfferedRow, Problem
from goodsmith.export.filling.problems import ProblemBook
from goodsmith.export.filling.rows import MAX_KEYS, FilledRow, RowMaker
from goodsmith.export.into_workbook import check_ending
from goodsmith.export.write import write_in_child
from goodsmith.export.xlsx_job import FillJob, Task
from goodsmith.records import Notice

if TYPE_CHECKING:
    import pyarrow as pa

MAX_FILES = 500
BUFFERED_ROWS = 500
EXAMPLES_PER_KIND = 3


def fill_copies(plan: FillPlan, offered: Iterable[OfferedRow], path: str | Path, *, write: bool = True) -> FillReport:
    """Fill copies of the plan's template; `path` names the first, others get a number or their group added.

    Beside it, `STEM-problems.xlsx` lists each cell that stays empty though it is required or had a value. write False:
    only that list is made, to be read beforehand. Raises UsageError and StoreError; what was there before is replaced
    only by complete files.
    """
    target = Path(path)
    check_ending(plan.template.macros, str(target))
    if not plan.columns:
        raise UsageError(
            "none of the template's columns is mapped, so nothing would be filled. Say which: --map 'HEADING=COLUMN'",
            zh="没有任何模板列有对应的数据,无内容可填。请指定:--map '模板列=数据列'",
        )
    maker = RowMaker(plan)
    listed = target.with_name(f"{target.stem}-problems.xlsx")
    counts = _Counts()
    with tempfile.TemporaryDirectory(prefix=f".{target.name[:60]}.", dir=target.parent) as folder:
        part = Path(folder) / "problems.xlsx"
        spools = _Spools(plan, Path(folder).absolute())
        with ProblemBook(part, plan.language) as book:
            for row in maker.rows(offered):
                counts.add(maker.problems)
                book.add(maker.problems)
                if row is not None and write:
                    spools.add(row)
                counts.rows += row is not None
        spools.close()
        files = tuple(_write_files(plan, spools, target)) if write else ()
        if book.count:
            with written_whole(listed) as whole:
                part.replace(whole)
        elif listed.exists():
            listed.unlink()  # of an earlier filling, when there was something to list
    return FillReport(
        rows=counts.rows,
        files=files,
        unchanged=maker.unchanged,
        missing=dict(counts.missing),
        refused=dict(counts.refused),
        examples=tuple(counts.examples),
        problems=str(listed) if book.count else "",
        notices=tuple(_notices(plan, maker, book, files)),
    )


@dataclass(slots=True)
class _Counts:
    rows: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    examples: list[Problem] = field(default_factory=list)
    _seen: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            (self.missing if problem.code == "missing" else self.refused)[problem.heading] += 1
            kind = (problem.heading, problem.code)
            self._seen[kind] += 1
            if self._seen[kind] <= EXAMPLES_PER_KIND:
                self.examples.append(problem)


class _Spools:
    """The rows of each file, on disk until it is written: a sheet's head says how far its rows reach."""

    def __init__(self, plan: FillPlan, folder: Path) -> None:
        self._plan, self._folder = plan, folder
        self._last_filled = max(plan.template.filled, default=0)
        self._spools: dict[tuple[str, int], _Spool] = {}
        self._standing: dict[str, dict[int, FilledRow]] = {}  # rows that stand in the template already, by group

    def add(self, row: FilledRow) -> None:
        if row.row <= self._last_filled:
            self._standing.setdefault(row.group, {})[row.row] = row
        else:
            self._spool(row.group, row.part).add(row)

    def close(self) -> None:
        for spool in self._spools.values():
            spool.close()

    def files(self) -> Iterator[tuple[str, int, list[_Spool]]]:
        """Group, number within it, and the rows of each file: those that stand in the template come first."""
        for group, part in sorted(self._spools.keys() | {(group, 0) for group in self._standing}):
            spools = [self._spools[group, part]] if (group, part) in self._spools else []
            if part == 0 and group in self._standing:
                before = _Spool(self._folder / f"before-{len(self._spools)}-{part}.arrow", self._plan.columns)
                for _, row in sorted(self._standing[group].items()):
                    before.add(row)
                before.close()
                spools.insert(0, before)
            yield group, part, spools

    def _spool(self, group: str, part: int) -> _Spool:
        if (group, part) not in self._spools:
            if len(self._spools) == MAX_FILES:
                raise UsageError(
                    f"more than {MAX_FILES} files would be written. Split by another column, or raise --max-rows",
                    zh=f"将生成超过 {MAX_FILES} 个文件。请换一个拆分列,或调大 --max-rows",
                )
            self._spools[group, part] = _Spool(self._folder / f"{len(self._spools)}.arrow", self._plan.columns)
        return self._spools[group, part]


class _Spool:
    """Rows on disk. The file is open only while some of them are written, since there may be many."""

    def __init__(self, path: Path, columns: Iterable[int]) -> None:
        import pyarrow as pa  # noqa: PLC0415 (heavy)

        self.path, self.rows, self.last_row = path, 0, 0
        self._schema = pa.schema([("row", pa.int64()), *((str(column), pa.string()) for column in columns)])
        self._writer: pa.ipc.RecordBatchStreamWriter | None = None
        self._waiting: list[FilledRow] = []

    def add(self, row: FilledRow) -> None:
        self._waiting.append(row)
        self.rows += 1
        self.last_row = max(self.last_row, row.row)
        if len(self._waiting) >= BUFFERED_ROWS:
            self._flush()

    def close(self) -> None:
        self._flush()
        if self._writer is not None:
            self._writer.close()

    def _flush(self) -> None:
        import pyarrow as pa  # noqa: PLC0415 (heavy)

        if self._writer is None:
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            self._writer = pa.ipc.new_stream(self.path, self._schema, options=options)
        columns: list[list[int] | list[str | None]] = [[row.row for row in self._waiting]]
        columns += [[row.cells[place] for row in self._waiting] for place in range(len(self._schema) - 1)]
        arrays = [pa.array(column, field.type) for column, field in zip(columns, self._schema, strict=True)]
        self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
        self._waiting.clear()


def _write_files(plan: FillPlan, spools: _Spools, target: Path) -> Iterator[FilledFile]:
    template = plan.template
    fitters = {column.index: Fitter(column, accepted=False) for column in template.columns}
    taken: set[str] = set()
    for group, number, found in spools.files():
        path = _named(target, group, number, taken)
        with written_whole(path) as part:
            job = FillJob(
                template=str(Path(template.source).absolute()),
                sha256=template.sha256,
                sheet=template.sheet,
                first_row=template.first_row,
                columns=plan.columns,
                numbers=tuple(column for column in plan.columns if fitters[column].is_number),
                rows_files=tuple(str(spool.path) for spool in found),
                last_row=max(spool.last_row for spool in found),
                target=str(part.absolute()),
                memory_limit_bytes=plan.memory_limit_bytes,
            )
            report = write_in_child(Task(fill=job), path)
        yield FilledFile(path=str(path), rows=report.rows, group=group)


def _named(target: Path, group: str, number: int, taken: set[str]) -> Path:
    """`kettle.xlsm`, `kettle-2.xlsm`; with groups `kettle-Home.xlsm`. Different groups never share a file."""
    plain = re.sub(r"[^\w.()+-]+", "_", group, flags=re.UNICODE).strip("._")[:60]
    name = "-".join(part for part in (target.stem, plain, str(number + 1) if number else "") if part)
    free, again = name, 1
    while free.casefold() in taken:
        again += 1
        free = f"{name} ({again})"
    taken.add(free.casefold())
    return target.with_name(f"{free}{target.suffix}")


def _notices(plan: FillPlan, maker: RowMaker, book: ProblemBook, files: tuple[FilledFile, ...]) -> Iterator[Notice]:
    if maker.left_out:
        yield Notice(
            code="rows_left_out",
            en=f"{maker.left_out:,} rows are listed but not written",
            zh=f"有 {maker.left_out:,} 行仅列出、未写入",
            count=maker.left_out,
        )
    if len(files) > 1 and plan.split_by is None:
        yield Notice(
            code="several_files",
            en=f"the template takes {maker.max_rows:,} rows, so there are {len(files)} files",
            zh=f"模板最多容纳 {maker.max_rows:,} 行,因此分为 {len(files)} 个文件",
            count=len(files),
        )
    if maker.keys >= MAX_KEYS:
        yield Notice(
            code="keys_not_compared",
            en=f"keys that stand twice are looked for among the first {MAX_KEYS:,} rows only",
            zh=f"仅在前 {MAX_KEYS:,} 行中检查重复主键",
        )
    if book.left_out:
        yield Notice(
            code="problems_left_out",
            en=f"{book.left_out:,} more problems than a sheet holds are not listed",
            zh=f"另有 {book.left_out:,} 个问题超出工作表容量,未列出",
            count=book.left_out,
        )
