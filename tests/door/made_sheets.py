"""Sheets as suppliers make them, of made-up goods: banners, rows of names, sections, totals, remarks, mixed."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import xlsxwriter
import xlwt

NAMES = {
    "zh": ["货号", "品名", "颜色", "售价", "库存", "上架日期", "主图"],
    "en": ["SKU", "Product name", "Color", "Price", "Stock", "Available from", "Image"],
}
THINGS = {
    "zh": ["保温杯", "帆布包", "蓝牙音箱", "羊毛围巾", "儿童雨衣", "香薰蜡烛", "折叠伞", "硅胶锅铲"],
    "en": ["Vacuum mug", "Canvas bag", "Speaker", "Wool scarf", "Kids raincoat", "Candle", "Umbrella", "Spatula"],
}
COLORS = {"zh": ["红", "蓝", "墨绿", "米白"], "en": ["Red", "Blue", "Olive", "Ivory"]}
GROUPS = {"zh": ["基本信息", "价格与库存", "图文"], "en": ["Basics", "Price and stock", "Media"]}
SECTIONS = {"zh": ["一、厨房用品", "二、服饰", "三、家居"], "en": ["Kitchen", "Clothing", "Home"]}
TOTAL = {"zh": "合计", "en": "Total"}
REMARK = {"zh": "注:价格含税", "en": "* prices include VAT"}
BANNERS = {
    "zh": ["晨曦贸易有限公司 2026 年报价单", "有效期至 2026-12-31", "联系人:王小明"],
    "en": ["Morning Trading price list 2026", "Valid until 2026-12-31", "Contact: Joan"],
}


@dataclass
class MadeSheet:
    """Cells by row (from 1) and column (from 0), with what a reader should understand."""

    cells: dict[int, dict[int, str]] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)  # top, left, bottom, right
    names: list[str] = field(default_factory=list)
    products: list[list[str]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)  # where the products stand
    header: int = 0  # the last row of names

    def write_xlsx(self, path: Path, *, numbers: bool = True) -> Path:
        with xlsxwriter.Workbook(path, {"strings_to_urls": False}) as book:
            sheet = book.add_worksheet("Sheet")
            for row, cells in self.cells.items():
                for column, text in cells.items():
                    as_number = numbers and text.replace(".", "", 1).isdigit() and not text.startswith("0")
                    sheet.write(row - 1, column, float(text) if as_number else text)
            for top, left, bottom, right in self.merged:
                sheet.merge_range(top - 1, left, bottom - 1, right, self.cells[top][left])
        return path

    def write_csv(self, path: Path, *, encoding: str = "utf-8", separator: str = ",") -> Path:
        width = max(max(cells) for cells in self.cells.values()) + 1
        with path.open("w", encoding=encoding, newline="") as file:
            writer = csv.writer(file, delimiter=separator)
            for row in range(1, max(self.cells) + 1):
                writer.writerow([self.cells.get(row, {}).get(column, "") for column in range(width)])
        return path

    def write_xls(self, path: Path) -> Path:
        book = xlwt.Workbook()
        sheet = book.add_sheet("Sheet")
        tops = {(top, left): (bottom, right) for top, left, bottom, right in self.merged}
        for row, cells in self.cells.items():
            for column, text in cells.items():
                if (row, column) in tops:
                    bottom, right = tops[row, column]
                    sheet.write_merge(row - 1, bottom - 1, column, right, text)
                else:
                    sheet.write(row - 1, column, text)
        book.save(str(path))
        return path

    def write_html(self, path: Path) -> Path:
        """As programs save a table under the name .xls."""
        spans = {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in self.merged}
        covered = {
            (row, column)
            for top, left, bottom, right in self.merged
            for row in range(top, bottom + 1)
            for column in range(left, right + 1)
        } - spans.keys()
        width = max(max(cells) for cells in self.cells.values()) + 1
        lines = []
        for row in range(1, max(self.cells) + 1):
            made = []
            for column in range(width):
                if (row, column) in covered:
                    continue
                down, across = spans.get((row, column), (1, 1))
                size = (f' rowspan="{down}"' if down > 1 else "") + (f' colspan="{across}"' if across > 1 else "")
                made.append(f"<td{size}>{escape(self.cells.get(row, {}).get(column, ''))}</td>")
            lines.append(f"<tr>{''.join(made)}</tr>")
        path.write_text(f"<html><body><table>{''.join(lines)}</table></body></html>", encoding="utf-8")
        return path


def make_sheet(
    *,
    language: str = "zh",
    products: int = 8,
    banners: int = 0,
    gap: bool = False,
    groups: bool = False,
    merged: bool = True,
    sections: int = 0,
    total: bool = False,
    remark: bool = False,
    left: int = 0,
    seed: int = 0,
) -> MadeSheet:
    """One sheet. gap: a blank row above the names. groups: a row of groups over the names, merged or not."""
    chance = random.Random(seed)
    made = MadeSheet()
    names = NAMES[language]
    row = 1
    for text in BANNERS[language][:banners]:
        made.cells[row] = {left: text}
        if merged:
            made.merged.append((row, left, row, left + len(names) - 1))
        row += 1
    row += gap
    if groups:
        made.cells[row] = dict(zip((left, left + 3, left + 6), GROUPS[language], strict=True))
        if merged:
            made.merged += [(row, left, row, left + 2), (row, left + 3, row, left + 5)]
        row += 1
    made.cells[row] = {left + column: name for column, name in enumerate(names)}
    made.header = row
    made.names = list(names)
    row += 1
    for place in range(products):
        if sections and place % max(1, -(-products // sections)) == 0:
            title = SECTIONS[language][place // max(1, -(-products // sections))]
            made.cells[row] = {left: title}
            if merged:
                made.merged.append((row, left, row, left + len(names) - 1))
            row += 1
        product = [
            f"GS-{1000 + place}",
            f"{chance.choice(THINGS[language])} {place + 1}",
            chance.choice(COLORS[language]),
            f"{chance.randint(5, 400)}.{chance.randint(1, 9)}",
            str(chance.randint(0, 900)),
            f"2026-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
            f"https://img.example/{place}.jpg",
        ]
        made.cells[row] = {left + column: text for column, text in enumerate(product)}
        made.products.append(product)
        made.rows.append(row)
        row += 1
    if total:
        made.cells[row] = {left: TOTAL[language], left + 4: "1234"}
        row += 1
    if remark:
        made.cells[row + 1] = {left: REMARK[language]}
    return made
