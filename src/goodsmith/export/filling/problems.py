"""The list of cells that stay empty, as a workbook for the person who has to find their values."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from goodsmith.export.cells import MAX_CELL_UNITS, MAX_ROWS
from goodsmith.export.filling.plan import Problem

HEADINGS: Final = {
    "en": (
        "Key",
        "Row in the source",
        "Column of the template",
        "What is wrong",
        "Value",
        "Nearest allowed",
        "File of",
    ),
    "zh": ("主键", "来源行号", "模板列", "问题", "值", "最接近的可选值", "所属文件"),
}
WIDTHS: Final = (18, 10, 26, 46, 40, 24, 18)
SHEET: Final = {"en": "Problems", "zh": "问题"}


class ProblemBook:
    """Writes problems as they come; memory does not grow with them. Nothing is written where none comes."""

    def __init__(self, path: Path, language: str) -> None:
        self.path, self.count, self.left_out = path, 0, 0
        self._language = "zh" if language.startswith("zh") else "en"
        self._book: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._book is not None:
            if kind is None:
                self._sheet.autofilter(0, 0, self.count, len(WIDTHS) - 1)
            self._book.close()

    def add(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            if self._book is None:
                self._open()
            if self.count >= MAX_ROWS - 1:
                self.left_out += 1
                continue
            self.count += 1
            said = problem.zh if self._language == "zh" else problem.en
            texts = (problem.key, "", problem.heading, said, problem.value, problem.nearest, problem.group)
            for column, text in enumerate(texts):
                if text:
                    self._sheet.write_string(self.count, column, text[: MAX_CELL_UNITS // 2], self._text)
            if problem.source_row:
                self._sheet.write_number(self.count, 1, problem.source_row)

    def _open(self) -> None:
        import xlsxwriter  # noqa: PLC0415 (heavy)

        self._book = xlsxwriter.Workbook(str(self.path), {"constant_memory": True})
        self._sheet = self._book.add_worksheet(SHEET[self._language])
        self._text = self._book.add_format({"num_format": "@", "valign": "top"})
        head = self._book.add_format({"bold": True, "bg_color": "#DDEBF7", "bottom": 1, "text_wrap": True})
        for column, (heading, width) in enumerate(zip(HEADINGS[self._language], WIDTHS, strict=True)):
            self._sheet.set_column(column, column, width)
            self._sheet.write_string(0, column, heading, head)
        self._sheet.freeze_panes(1, 1)
        self._sheet.set_landscape()
        self._sheet.fit_to_pages(1, 0)
