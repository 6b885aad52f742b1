"""A copy of the source workbook with our columns on the right; all the rest as it was, byte for byte."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from goodsmith.errors import UsageError
from goodsmith.export.archive import Rewritten
from goodsmith.export.cells import cell_xml, column_letters
from goodsmith.export.hidden_sheet import NAME, EarlierExport, HiddenSheet, Written, earlier_export, written_as
from goodsmith.export.layout import OutputColumn, cells, lay_out
from goodsmith.export.plan import ExportPlan, ExportReport
from goodsmith.export.sheet_edit import NotCarried, SheetStream, Survey, edited, survey
from goodsmith.export.workbook_parts import SheetPart, WorkbookParts
from goodsmith.export.xlsx_job import XlsxJob, check_width, split_notices
from goodsmith.records import Column, Notice, TableInfo

DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Our columns with their 0-based columns in the sheet, from left to right."""

    columns: tuple[tuple[int, OutputColumn], ...]
    new: frozenset[int]  # columns that did not stand there before
    notices: tuple[Notice, ...]


def add_to_workbook(job: XlsxJob) -> ExportReport:
    """Raises NotCarried if the source is not there any more, has changed, or has a form we do not know."""
    try:
        with zipfile.ZipFile(_unchanged_source(job.plan)) as archive:
            return _add(job, WorkbookParts(archive))
    except DAMAGED as error:
        raise NotCarried(f"it is damaged ({error})", f"文件已损坏({error})") from error


def has_macros(source: TableInfo) -> bool:
    """Whether the source is a workbook with macros that can be carried."""
    if source.format != "xlsx":
        return False
    try:
        with zipfile.ZipFile(source.source) as archive:
            return WorkbookParts(archive).has_macros
    except (OSError, NotCarried, *DAMAGED):
        return False


def check_ending(macros: bool, name: str) -> None:
    """Excel opens macros only from .xlsm, and .xlsm only with macros."""
    if macros == name.lower().endswith(".xlsm"):
        return
    stem = Path(name).stem
    if macros:
        raise UsageError(
            f"{name}: the source workbook has macros, so the output must be called {stem}.xlsm",
            zh=f"{name}:来源工作簿含有宏,输出文件名应为 {stem}.xlsm",
        )
    raise UsageError(
        f"{name}: the source has no macros, so Excel would not open it as .xlsm; call the output {stem}.xlsx",
        zh=f"{name}:来源不含宏,Excel 无法以 .xlsm 打开;输出文件名应为 {stem}.xlsx",
    )


def _unchanged_source(plan: ExportPlan) -> Path:
    path = Path(plan.source.source)
    try:
        with path.open("rb") as file:
            if plan.source_sha256 and file_digest(file, "sha256").hexdigest() != plan.source_sha256:
                raise NotCarried("it has changed since the run read it", "运行之后文件已被修改")
    except OSError as error:
        raise NotCarried("it is not there any more", "文件已不在原处") from error
    return path


def _add(job: XlsxJob, parts: WorkbookParts) -> ExportReport:
    plan = job.plan
    check_ending(parts.has_macros, job.name)
    sheet = parts.sheet(plan.source.sheet or "")
    if sheet is None:
        raise NotCarried(f"it has no sheet {plan.source.sheet!r}", f"没有工作表 {plan.source.sheet!r}")
    earlier = earlier_export(parts)
    found = survey(
        SheetStream(parts.pieces(sheet.part)),
        header_row=plan.source.header_row or 0,
        formulas_in=frozenset(column.index for column in _standing(plan, earlier).values()),
    )
    placement = _place(job, found, earlier)
    _write(job, parts, sheet, found, placement, earlier)
    notices = placement.notices
    if parts.is_signed:
        notices += (
            Notice(
                code="signature", en="the workbook's digital signature is no longer valid", zh="工作簿的数字签名已失效"
            ),
        )
    headings = tuple(column.heading for _, column in placement.columns)
    return ExportReport(rows=job.rows, files=(), format="xlsx", in_place=True, columns=headings, notices=notices)


def _standing(plan: ExportPlan, earlier: EarlierExport | None) -> dict[Written, Column]:
    """Columns of an earlier export of the same recipe that still stand in the sheet, wherever they were moved to."""
    if earlier is None or earlier.recipe_name != plan.recipe_name:
        return {}
    named = {column.name: column for column in plan.source.columns}
    return {written: named[heading] for written, heading in earlier.columns.items() if heading in named}


def _place(job: XlsxJob, found: Survey, earlier: EarlierExport | None) -> Placement:
    """A column that an earlier export wrote is written anew; the others go to the right of everything."""
    plan = job.plan
    standing = {} if found.has_formulas else _standing(plan, earlier)
    taken = [column.name for column in plan.source.columns if column not in standing.values()]
    columns, notices = lay_out(plan, taken=taken, pieces=job.pieces())
    free = max((found.last_column, *(column.index for column in plan.source.columns))) + 1
    placed, new = [], set()
    for column in columns:
        if (stands := standing.pop(written_as(column), None)) is not None:
            placed.append((stands.index, column))
        else:
            placed.append((free, column))
            new.add(free)
            free += 1
    check_width(free, job.name)
    again = [column.heading for at, column in placed if at not in new]
    notices += _earlier_notices(again, [column.name for column in standing.values()]) + split_notices(_split(columns))
    return Placement(
        columns=tuple(sorted(placed, key=lambda pair: pair[0])),
        new=frozenset(new),
        notices=notices,
    )


def _split(columns: Sequence[OutputColumn]) -> Mapping[str, int]:
    first = {column.shows: column.heading for column in columns if column.piece == 0}
    return {first[column.shows]: column.piece + 1 for column in columns if column.piece}


def _earlier_notices(again: Sequence[str], left: Sequence[str]) -> tuple[Notice, ...]:
    notices = []
    if again:
        notices.append(
            Notice(
                code="earlier_columns",
                en=f"columns of an earlier export were written anew: {', '.join(again)}",
                zh=f"已重写之前导出的列:{'、'.join(again)}",
                count=len(again),
            )
        )
    if left:
        notices.append(
            Notice(
                code="earlier_columns_left",
                en=f"columns of an earlier export that this recipe no longer makes stay as they are: {', '.join(left)}",
                zh=f"之前导出、此配方已不再生成的列保持不变:{'、'.join(left)}",
                count=len(left),
            )
        )
    return tuple(notices)


def _write(
    job: XlsxJob,
    parts: WorkbookParts,
    sheet: SheetPart,
    found: Survey,
    placement: Placement,
    earlier: EarlierExport | None,
) -> None:
    header_row = job.plan.source.header_row or 0
    changed: dict[str, bytes] = {}
    if earlier is None:
        hidden_part, changed = parts.with_sheet(NAME if parts.sheet(NAME) is None else f"{NAME} 2")
    else:
        hidden_part = earlier.part
    small = {parts.member(part): content for part, content in changed.items()}
    hidden = HiddenSheet(job.plan, placement.columns, sheet=sheet.name, namespace=parts.namespace(), folder=job.folder)
    with hidden, Rewritten(Path(job.target)) as out:
        stream = SheetStream(parts.pieces(sheet.part), found.form)
        content = edited(
            stream,
            _additions(job, stream.prefix, placement, found.header_style, hidden),
            columns=[at for at, _ in placement.columns],
            widths={at: column.width for at, column in placement.columns if at in placement.new},
            last_row=max(found.last_row, header_row + 1 + job.last_source_row),
        )
        sheet_member, hidden_member = parts.member(sheet.part), parts.member(hidden_part)
        for member in parts.members:
            if member is sheet_member:
                out.put(member.filename, content, like=member, large=_may_pass_2_gib(member.file_size, job))
            elif member in small:
                out.put(member.filename, [small[member]], like=member)
            elif member is not hidden_member:
                out.copy(parts.archive, member)
        out.put_file(hidden_member.filename if hidden_member else hidden_part, hidden.finish(), like=hidden_member)


def _additions(
    job: XlsxJob, prefix: str, placement: Placement, header_style: str, hidden: HiddenSheet
) -> Iterator[tuple[int, Sequence[str]]]:
    """Row number and one cell per column of ours: the header, then the rows."""
    plan = job.plan
    columns = [column for _, column in placement.columns]
    letters = [column_letters(at) for at, _ in placement.columns]
    header_row = plan.source.header_row or 0
    if header_row:
        yield (
            header_row,
            [
                cell_xml(letter, [header_row], [column.heading], prefix=prefix, style=header_style)[0]
                for letter, column in zip(letters, columns, strict=True)
            ],
        )
    last = -1
    for rows in job.batches():
        source_rows = rows.values("_gs_row")
        if any(later <= former for former, later in zip([last, *source_rows], source_rows, strict=False)):
            raise ValueError("the rows are not in source order")
        last = source_rows[-1] if source_rows else last
        sheet_rows = [header_row + 1 + row for row in source_rows]
        table = cells(rows, columns, plan)
        hidden.add(rows, sheet_rows, table)
        made = [
            cell_xml(letter, sheet_rows, column, prefix=prefix) for letter, column in zip(letters, table, strict=True)
        ]
        yield from zip(sheet_rows, zip(*made, strict=True), strict=True)


def _may_pass_2_gib(bytes_now: int, job: XlsxJob) -> bool:
    """The rows' file is compressed about threefold; cells take about twice the room of their texts."""
    return bytes_now + 8 * Path(job.rows_file).stat().st_size > 1 << 31 if job.rows else bytes_now > 1 << 31
