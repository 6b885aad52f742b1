"""A supplier's workbook with banners, sections and totals comes back as it was, with copy beside its products."""

from __future__ import annotations

import openpyxl
import pytest

from door import Terminal
from made_sheets import make_sheet


@pytest.mark.parametrize(("language", "locale"), [("zh", "zh-CN"), ("en", "en-US")])
def test_copy_stands_beside_its_product_and_all_else_stays(goodsmith: Terminal, language: str, locale: str) -> None:
    made = make_sheet(language=language, banners=2, gap=True, groups=True, sections=2, total=True, remark=True)
    made.write_xlsx(goodsmith.folder / "in.xlsx")
    goodsmith("run", "in.xlsx", "--locale", locale, "-o", "out.xlsx")
    before = openpyxl.load_workbook(goodsmith.folder / "in.xlsx").worksheets[0]
    after = openpyxl.load_workbook(goodsmith.folder / "out.xlsx").worksheets[0]
    width = before.max_column
    assert [cell.value for cell in after[made.header][width : width + 2]] == ["title", "points 1"]
    for row in range(1, before.max_row + 1):
        assert [cell.value for cell in after[row][:width]] == [cell.value for cell in before[row]]
        title = after.cell(row, width + 1).value
        if row in made.rows:
            assert made.products[made.rows.index(row)][1] in title
        else:
            assert title is None or row == made.header
    assert {str(span) for span in after.merged_cells.ranges} == {str(span) for span in before.merged_cells.ranges}
