"""The process that writes a workbook, under a memory limit: a job on stdin, a report or an error on stdout, as JSON.

Run as `python -m goodsmith.export.child`. The limit is set before anything large is imported.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import replace

import msgspec

from goodsmith.base.spare_pandas import spare_pandas
from goodsmith.errors import GoodsmithError, StoreError
from goodsmith.export.plan import ExportReport
from goodsmith.export.xlsx_job import Outcome, Task, XlsxJob
from goodsmith.records import Notice


def main() -> None:
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    _limit_memory(task.memory_limit_bytes)
    spare_pandas()
    try:
        outcome = Outcome(report=_done(task))
    except GoodsmithError as error:
        kind = "store" if isinstance(error, StoreError) else "usage"
        outcome = Outcome(error=kind, en=error.en, zh=error.zh)
    except MemoryError:
        outcome = Outcome(memory=True)
    except OSError as error:
        outcome = Outcome(errno=error.errno or 0, en=error.strerror or str(error))
    sys.stdout.buffer.write(msgspec.json.encode(outcome))


def _done(task: Task) -> ExportReport:
    if task.fill is None:
        assert task.export is not None
        return write_xlsx(task.export)
    from goodsmith.export.filling.workbook import write_filled  # noqa: PLC0415 (after the limit is set)

    return ExportReport(rows=write_filled(task.fill), files=(), format="xlsx", in_place=True)


def write_xlsx(job: XlsxJob) -> ExportReport:
    """Columns on the right of the source workbook where there is one, else a new workbook."""
    from goodsmith.export.into_workbook import add_to_workbook  # noqa: PLC0415 (after the limit is set)
    from goodsmith.export.sheet_edit import NotCarried  # noqa: PLC0415
    from goodsmith.export.to_workbook import write_workbook  # noqa: PLC0415

    if job.plan.source.format != "xlsx":
        return write_workbook(job)
    try:
        return add_to_workbook(job)
    except NotCarried as reason:
        report = write_workbook(job)
        notice = Notice(
            code="new_workbook",
            en=f"the source workbook could not be used ({reason.en}), so this is a new one with the texts of its rows; "
            "formats, pictures, formulas and other sheets are not in it",
            zh=f"无法在来源工作簿中写入({reason.zh}),已新建工作簿,仅含各行文本;格式、图片、公式和其他工作表未带入",
        )
        return replace(report, notices=(notice, *report.notices))


def _limit_memory(limit_bytes: int) -> None:
    with suppress(ImportError, ValueError, OSError):  # Windows has no such limit, macOS does not keep it
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))


if __name__ == "__main__":
    main()
