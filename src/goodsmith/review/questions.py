"""A question sheet: what is not known of products, asked of whoever knows it, in a workbook that comes back.

Its rows carry the marks of a review book, so its answers are read as edits by the same import.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from goodsmith.review.book import HEADINGS, MARK, ReviewRow, Slot, mark_of, shown

SHEET: Final = {"en": "Questions", "zh": "待补充"}
GUIDE: Final = {
    "en": (
        "How to answer",
        "1. Each row is a product. Please fill the yellow cells; leave empty what you do not know.",
        "2. Some cells have a list to choose from.",
        "3. Grey cells are for your information. Leave the last (hidden) column as it is: it finds the product again.",
        "4. Save, and send the file back.",
    ),
    "zh": (
        "填写说明",
        "1. 每行一个商品。请填写黄色单元格;不确定的请留空。",
        "2. 部分单元格可从下拉列表中选择。",
        "3. 灰色内容仅供参考。请勿改动最后一列(已隐藏),它用于找回对应商品。",
        "4. 保存后将文件发回即可。",
    ),
}


def is_unknown(row: ReviewRow, slot: Slot) -> bool:
    """Whether a slot that a recipe requires has no value."""
    return slot.spec.required and row.now.get(slot.column) in (None, "", ())


def write_questions(
    path: Path,
    rows: Iterable[ReviewRow],
    *,
    run_id: str,
    slots_of: Any,
    asked: Sequence[str],
    fields: Sequence[str],
    language: str,
) -> int:
    """Write the rows that lack something into a new workbook; how many cells are asked for.

    slots_of: locale -> slots. asked: names of the slots that anybody lacks; they are the columns to fill. fields: what
    tells a product. Memory does not grow with the rows.
    """
    import xlsxwriter  # noqa: PLC0415 - heavy

    cells = 0
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False}) as book:
        looks = {name: book.add_format(look) for name, look in _LOOKS.items()}
        sheet, guide = book.add_worksheet(SHEET[language]), book.add_worksheet(GUIDE[language][0])
        lists = book.add_worksheet("lists")
        lists.hide()
        guide.set_column(0, 0, 100)
        for at, line in enumerate(GUIDE[language]):
            guide.write_string(at, 0, line, looks["head"] if at == 0 else looks["plain"])
        named = [HEADINGS["key"][language], *fields, *asked, MARK]
        for at, name in enumerate(named):
            sheet.write_string(0, at, name, looks["head"])
            sheet.set_column(at, at, 26, None, {"hidden": name == MARK})
        sheet.freeze_panes(1, 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        first = 1 + len(fields)
        specs = {slot.spec.slot: slot.spec for slots in slots_of.values() for slot in slots}
        for place, name in enumerate(asked):
            choices = specs[name].choices
            if choices:
                lists.write_column(0, place, choices)
                letter = xlsxwriter.utility.xl_col_to_name(place)
                source = f"=lists!${letter}$1:${letter}${len(choices)}"
                rule = {"validate": "list", "source": source}
                sheet.data_validation(1, first + place, 1_048_575, first + place, rule)
        at = 0
        for row in rows:
            slots = slots_of[row.locale]
            lacking = {slot.spec.slot for slot in slots if is_unknown(row, slot)}
            if not lacking:
                continue
            at += 1
            cells += len(lacking)
            values = {slot.spec.slot: shown(row.now.get(slot.column)) for slot in slots}
            sheet.write_string(at, 0, row.key, looks["fixed"])
            for column, name in enumerate(fields, 1):
                sheet.write_string(at, column, shown(row.fields.get(name, "")), looks["fixed"])
            for column, name in enumerate(asked, first):
                if name in lacking:
                    sheet.write_blank(at, column, None, looks["ask"])
                else:
                    sheet.write_string(at, column, values.get(name, ""), looks["fixed"])
            sheet.write_string(at, len(named) - 1, mark_of(run_id, row, slots), looks["fixed"])
    return cells


_LOOKS: Final[dict[str, dict[str, Any]]] = {
    "head": {"bold": True, "bg_color": "#1F2937", "font_color": "#FFFFFF", "text_wrap": True, "valign": "vcenter"},
    "fixed": {"font_color": "#6B7280", "num_format": "@", "text_wrap": True, "valign": "top"},
    "ask": {"bg_color": "#FEF3C7", "border": 1, "border_color": "#F59E0B", "num_format": "@", "text_wrap": True},
    "plain": {"text_wrap": True},
}
