"""Writes the review book as xlsx: what was made beside what may be edited, decisions from a list, text stays text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from goodsmith.base.lengths import length
from goodsmith.review.book import HEADINGS, MARK, WORDS, ReviewRow, Slot, cell_text, headings, mark_of, shown

SHEET: Final = {"en": "Review", "zh": "审核"}
GUIDE: Final = {
    "en": (
        "How to review",
        "1. Read a row: the source on the left, what was made beside it (grey), and the same text again, to be edited.",
        "2. Choose a decision: accept, reject, or edit. If you change a text, that is an edit already.",
        "3. Give a reason where you reject; a word or a number is enough.",
        "4. Sort, filter, delete rows and add columns as you like. Leave the last column as it is: it finds the row.",
        "5. Save, and import it again:  goodsmith review import BOOK.xlsx",
    ),
    "zh": (
        "如何审核",
        "1. 每行左侧为来源,旁边灰色为生成的原文,再右侧为可修改的同一文本。",
        "2. 选择决定:通过、拒绝或修改。改动了文本即视为修改。",
        "3. 拒绝时请写明原因,一个词或一个编号即可。",
        "4. 可以排序、筛选、删除行、增加列。请勿改动最后一列,它用于找回该行。",
        "5. 保存后导入:goodsmith review import 审核表.xlsx",
    ),
}
_WIDE: Final = 44
_TALL: Final = 210  # points
_ROWS_WITH_LIST: Final = 1_048_575


def write_book(
    path: Path,
    rows: Iterable[ReviewRow],
    *,
    run_id: str,
    slots_of: Any,
    fields: Sequence[str],
    language: str,
) -> int:
    """Write rows into a new workbook; how many. slots_of: locale -> slots; their number is the same in all locales.

    Memory does not grow with the rows. A text that is longer than a cell holds is shown cut, and cannot be edited here.
    """
    import xlsxwriter  # noqa: PLC0415 - heavy

    options = {
        "constant_memory": True,
        "strings_to_numbers": False,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(str(path), options) as workbook:
        looks = _looks(workbook)
        sheet = workbook.add_worksheet(SHEET[language])
        _write_guide(workbook.add_worksheet(GUIDE[language][0]), GUIDE[language], looks)
        written: Sequence[Slot] = next(iter(slots_of.values()), ())
        named = headings(written, fields, language)
        for at, heading in enumerate(named):
            sheet.write_string(0, at, heading, looks["heading"])
        _lay_out(sheet, named, fields, written, language, looks)
        count = 0
        for count, row in enumerate(rows, 1):
            _write_row(sheet, count, row, slots_of[row.locale], fields, run_id=run_id, language=language, looks=looks)
        sheet.autofilter(0, 0, max(count, 1), len(named) - 1)
    return count


def _write_row(
    sheet: Any,
    at: int,
    row: ReviewRow,
    slots: Sequence[Slot],
    fields: Sequence[str],
    *,
    run_id: str,
    language: str,
    looks: Any,
) -> None:
    cells: list[tuple[str, Any]] = [(row.key, looks["fixed"]), (row.locale, looks["fixed"])]
    cells += [(row.fields.get(name, ""), looks["fixed"]) for name in fields]
    cells.append((_said(row, language), looks["finding"]))
    for slot in slots:
        made, now = (shown(values.get(slot.column)) for values in (row.made, row.now))
        cells += [(made, looks["fixed"]), (now, looks["edit"])]
    decided = "" if row.decision is None else WORDS[row.decision.kind][language]
    reason = "" if row.decision is None else row.decision.reason
    cells += [(decided, looks["edit"]), (reason, looks["edit"]), (_maker(row, language), looks["fixed"])]
    cells.append((mark_of(run_id, row, slots), looks["mark"]))
    sheet.set_row(at, _height(cell_text(row.now.get(slot.column)) for slot in slots))
    for column, (text, look) in enumerate(cells):
        sheet.write_string(at, column, shown(text), look) if text else sheet.write_blank(at, column, None, look)


def _lay_out(
    sheet: Any, named: Sequence[str], fields: Sequence[str], slots: Sequence[Slot], language: str, looks: Any
) -> None:
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.set_paper(8)  # A3
    sheet.fit_to_pages(1, 0)
    sheet.set_row(0, 22)
    editable = {slot.spec.slot for slot in slots}
    for at, heading in enumerate(named):
        wide = heading in editable or heading.endswith(")") or heading == HEADINGS["findings"][language]
        sheet.set_column(at, at, _WIDE if wide else 18, None, {"hidden": heading == MARK})
    place = named.index(HEADINGS["decision"][language])
    sheet.data_validation(
        1,
        place,
        _ROWS_WITH_LIST,
        place,
        {
            "validate": "list",
            "source": [words[language] for words in WORDS.values()],
            "error_type": "warning",
        },
    )
    for kind, look in (("approve", looks["green"]), ("edit", looks["blue"]), ("reject", looks["red"])):
        sheet.conditional_format(
            1,
            place,
            _ROWS_WITH_LIST,
            place,
            {
                "type": "cell",
                "criteria": "==",
                "value": f'"{next(words[language] for name, words in WORDS.items() if name.value == kind)}"',
                "format": look,
            },
        )


def _write_guide(sheet: Any, lines: Sequence[str], looks: Any) -> None:
    sheet.set_column(0, 0, 110)
    for at, line in enumerate(lines):
        sheet.write_string(at, 0, line, looks["heading"] if at == 0 else looks["plain"])


def _looks(workbook: Any) -> dict[str, Any]:
    shared = {"text_wrap": True, "valign": "top", "font_size": 10}
    made = {
        "heading": {"bold": True, "valign": "vcenter", "bg_color": "#1F2937", "font_color": "#FFFFFF", "font_size": 10},
        "fixed": {**shared, "font_color": "#4B5563", "num_format": "@"},
        "edit": {**shared, "bg_color": "#FFFBEB", "num_format": "@", "border": 1, "border_color": "#E5E7EB"},
        "finding": {**shared, "font_color": "#B45309"},
        "mark": {"font_color": "#9CA3AF", "font_size": 8, "num_format": "@"},
        "plain": shared,
        "green": {"bg_color": "#D1FAE5", "font_color": "#065F46"},
        "blue": {"bg_color": "#DBEAFE", "font_color": "#1E40AF"},
        "red": {"bg_color": "#FEE2E2", "font_color": "#991B1B"},
    }
    return {name: workbook.add_format(look) for name, look in made.items()}


def _maker(row: ReviewRow, language: str) -> str:
    return "模板" if language == "zh" and row.maker == "template" else row.maker


def _height(texts: Iterable[str]) -> float:
    """Points for a row in which these texts can be read; a spreadsheet program may not find it out by itself."""
    lines = max(
        (sum(max(1, -(-length(line, "half_width") // _WIDE)) for line in text.split("\n")) for text in texts), default=1
    )
    return min(_TALL, 4 + 14 * lines)


def _said(row: ReviewRow, language: str) -> str:
    said = [(finding.get("zh") if language == "zh" else "") or finding.get("en") or "" for finding in row.findings]
    return "\n".join(said)
