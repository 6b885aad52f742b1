"""One copy of a template workbook with rows in it. Every other byte of its parts is as it was."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from hashlib import file_digest
from pathlib import Path

from goodsmith.errors import UsageError
from goodsmith.export.archive import Rewritten
from goodsmith.export.cells import cell_xml, column_letters
from goodsmith.export.into_workbook import DAMAGED
from goodsmith.export.sheet_edit import NotCarried, SheetStream, edited
from goodsmith.export.workbook_parts import WorkbookParts
from goodsmith.export.xlsx_job import FillJob


def write_filled(job: FillJob) -> int:
    """Write the job's target; how many rows. Raises UsageError where the template cannot be carried as it is."""
    try:
        with Path(job.template).open("rb") as file:
            if file_digest(file, "sha256").hexdigest() != job.sha256:
                raise NotCarried("it has changed since it was read", "读取之后文件已被修改")
        with zipfile.ZipFile(job.template) as archive:
            return _write(job, WorkbookParts(archive))
    except (NotCarried, *DAMAGED) as error:
        en, zh = (
            (error.en, error.zh)
            if isinstance(error, NotCarried)
            else (f"it is damaged: {error}", f"文件已损坏:{error}")
        )
        name = Path(job.template).name
        raise UsageError(
            f"{name}: the template cannot be filled ({en}). Download it again from the platform",
            zh=f"{name}:无法填写此模板({zh})。请从平台重新下载",
        ) from error


def _write(job: FillJob, parts: WorkbookParts) -> int:
    sheet = parts.sheet(job.sheet)
    if sheet is None:
        raise NotCarried(f"it has no sheet {job.sheet!r}", f"没有工作表 {job.sheet!r}")
    look = _Look()
    formats = look.formats(SheetStream(parts.pieces(sheet.part)), job)
    stream = SheetStream(parts.pieces(sheet.part), look.form)
    counted = [0]
    content = edited(
        stream,
        _additions(job, stream.prefix, counted),
        columns=job.columns,
        widths={},
        last_row=job.last_row,
        keep=True,
        formats=formats,
    )
    member = parts.member(sheet.part)
    assert member is not None
    large = member.file_size + 8 * sum(Path(file).stat().st_size for file in job.rows_files) > 1 << 31
    with Rewritten(Path(job.target)) as out:
        for one in parts.members:
            if one is member:
                out.put(one.filename, content, like=one, large=large)
            else:
                out.copy(parts.archive, one)
    return counted[0]


class _Look:
    """A first pass: how the sheet is written, and the formats that its cells for products have."""

    def formats(self, stream: SheetStream, job: FillJob) -> dict[int, str]:
        """Column -> format id: that of its cell in the first row for products, else that of the column."""
        wanted = frozenset(job.columns)
        found = _column_formats(stream.head, stream.prefix, wanted)
        for row in stream.rows():
            if row.number == job.first_row:
                cells, _ = stream.cells(row.content)
                found |= {cell.column: cell.style for cell in cells if cell.column in wanted and cell.style}
        self.form = stream.form
        return found


def _column_formats(head: bytes, prefix: str, wanted: frozenset[int]) -> dict[int, str]:
    found = {}
    for match in re.finditer(rb"<%bcol\s([^>]*?)/?>" % re.escape(prefix.encode()), head):
        named = dict(re.findall(rb"""(\w+)\s*=\s*["'](\d+)["']""", match[1]))
        if {b"min", b"max", b"style"} <= named.keys():
            for column in wanted.intersection(range(int(named[b"min"]) - 1, int(named[b"max"]))):
                found[column] = named[b"style"].decode()
    return found


def _additions(job: FillJob, prefix: str, counted: list[int]) -> Iterator[tuple[int, Sequence[str]]]:
    import pyarrow as pa  # noqa: PLC0415 (heavy)

    letters = [column_letters(column) for column in job.columns]
    numbers = frozenset(job.numbers)
    for name in job.rows_files:
        with pa.OSFile(name) as file, pa.ipc.open_stream(file) as stream:
            for batch in stream:
                rows = batch.column(0).to_pylist()
                counted[0] += len(rows)
                made = []
                for place, (column, letter) in enumerate(zip(job.columns, letters, strict=True), 1):
                    texts = batch.column(place).to_pylist()
                    made.append(
                        [_number(letter, row, text, prefix) for row, text in zip(rows, texts, strict=True)]
                        if column in numbers
                        else cell_xml(letter, rows, texts, prefix=prefix)
                    )
                yield from zip(rows, zip(*made, strict=True), strict=True)


def _number(letter: str, row: int, text: str | None, prefix: str) -> str:
    """A cell with a number, digit for digit as it was given: 39.90 stays 39.90."""
    return "" if text is None else f'<{prefix}c r="{letter}{row}"><{prefix}v>{text}</{prefix}v></{prefix}c>'
