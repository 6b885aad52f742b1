"""What a reader has to tell a person about a table, counted per kind and column with the first place."""

from __future__ import annotations

from dataclasses import dataclass, field

from goodsmith.records import Notice

# code -> (English, Chinese); `{count}`, `{column}`, `{row}` and `{detail}` are filled in
TEXTS: dict[str, tuple[str, str]] = {
    "beyond_header": (
        (
            "{count} row(s) have cells beyond the header, first in row {row}: they are kept in columns named "
            "by their place"
        ),
        "有 {count} 行的单元格超出表头范围(首见第 {row} 行):已保留在按位置命名的列中",
    ),
    "binary_column": (
        "column {column!r} holds binary data and is not read as text: {count} cell(s) left out",
        "列 {column!r} 是二进制数据,不作为文本读取:略去 {count} 个单元格",
    ),
    "blank_header": (
        "{count} column(s) without a header, first {detail!r}: named by their place",
        "有 {count} 列没有表头(首列 {detail!r}):已按位置命名",
    ),
    "blank_rows": (
        "{count} blank row(s) left out, first row {row}",
        "略去 {count} 个空行(首见第 {row} 行)",
    ),
    "broken_bytes": (
        (
            "{count} place(s) are not valid {detail}, first in row {row}: they read as \ufffd. Save the file again "
            "as UTF-8, or give its encoding"
        ),
        "有 {count} 处不是有效的 {detail} 编码(首见第 {row} 行),显示为 \ufffd。请另存为 UTF-8,或指定编码",
    ),
    "duplicate_header": (
        "{count} header(s) appear more than once, first {detail!r}: made unique",
        "有 {count} 个重复的表头(首个 {detail!r}):已加序号区分",
    ),
    "empty_table": (
        "the table has a header but no data rows",
        "表格只有表头,没有数据行",
    ),
    "error_values": (
        ("column {column!r}: {count} cell(s) show an Excel error such as {detail}, first in row {row}: kept as text"),
        "列 {column!r}:有 {count} 个单元格是 Excel 错误值(如 {detail},首见第 {row} 行),按文本保留",
    ),
    "formula_without_value": (
        (
            "column {column!r}: {count} formula(s) without a stored result, first in row {row}: read as empty. "
            "Open the file in Excel or WPS, let it calculate, save and import again"
        ),
        (
            "列 {column!r}:有 {count} 个公式没有保存计算结果(首见第 {row} 行),读作空。请用 Excel 或 WPS 打开、"
            "重新计算并保存后再导入"
        ),
    ),
    "formulas_all_zero": (
        (
            "column {column!r}: the stored results of all {count} formulas are 0; the program that wrote the "
            "file may not have calculated them. Open it in Excel or WPS and save it"
        ),
        "列 {column!r}:全部 {count} 个公式的结果都是 0,写文件的程序可能没有计算。请用 Excel 或 WPS 打开并保存",
    ),
    "garbled": (
        (
            "the texts were garbled before they were saved (UTF-8 taken for {detail}): repaired. To read them as they "
            "stand: --encoding utf-8"
        ),
        "文本在保存之前已经乱码(UTF-8 被当作 {detail}):已修复。如需按原样读取,请加 --encoding utf-8",
    ),
    "guessed_encoding": (
        "the encoding is not stated; it looks like {detail}. If the preview is garbled, give it with --encoding",
        "文件未注明编码,看起来是 {detail}。如预览出现乱码,请用 --encoding 指定",
    ),
    "hidden_rows": (
        "{count} hidden row(s), first row {row}: they are read like the others",
        "有 {count} 个隐藏行(首见第 {row} 行):与其他行一样读取",
    ),
    "hidden_sheets": (
        "{count} hidden sheet(s) not read: {detail}",
        "未读取 {count} 个隐藏工作表:{detail}",
    ),
    "long_number": (
        (
            "column {column!r}: {count} number(s) of more than 15 digits, first in row {row}: Excel keeps only "
            "15 digits of a number, so the last ones may be wrong. Store such ids as text"
        ),
        (
            "列 {column!r}:有 {count} 个数字超过 15 位(首见第 {row} 行)。Excel 的数字只保留 15 位,末尾几位可能"
            "已不准确;此类编号请存为文本"
        ),
    ),
    "named_otherwise": (
        "the name says {column}, the content is {detail}: read as {detail}",
        "文件名是 {column},内容却是 {detail}:按 {detail} 读取",
    ),
    "null_bytes": (
        "{count} null byte(s), first in row {row}: left out",
        "有 {count} 个空字节(首见第 {row} 行):已略去",
    ),
    "open_quote": (
        "row {row}: a quoted cell holds {count} lines that look like rows of their own. Is a quote left open?",
        "第 {row} 行:引号内的单元格含有 {count} 行疑似独立的数据行。是否有未闭合的引号?",
    ),
    "other_sheets": (
        "{count} more sheet(s) not read: {detail}. Choose with --sheet",
        "另有 {count} 个工作表未读取:{detail}。可用 --sheet 选择",
    ),
    "hidden_columns": (
        "{count} hidden column(s): {detail}. They are read, and no field is mapped to them by guess",
        "有 {count} 个隐藏列:{detail}。内容照常读取,但不会自动匹配到字段",
    ),
    "hidden_rows_left_out": (
        "{count} hidden row(s) left out as asked, first row {row}",
        "按要求略去 {count} 个隐藏行(首见第 {row} 行)",
    ),
    "lonely_rows": (
        (
            "{count} row(s) have a single cell, first row {row}: {detail!r}. They are read as products; if they are "
            "titles, take them out of the sheet or leave them out with --where"
        ),
        (
            "有 {count} 行只有一个单元格(首见第 {row} 行:{detail!r}),按商品读取;"
            "如果是标题行,请从表中删除,或用 --where 排除"
        ),
    ),
    "merged_filled": (
        "column {column!r}: merged cells filled down into {count} row(s), first row {row}",
        "列 {column!r}:合并单元格的内容已填入下方 {count} 行(首见第 {row} 行)",
    ),
    "no_names": (
        "the first row looks like a product, so columns are named by their place. If it holds the names: --header 1",
        "首行看起来是商品数据,各列按位置命名。如果首行是列名,请加 --header 1",
    ),
    "note_rows": (
        "{count} row(s) with a remark set apart, first row {row}: {detail!r}",
        "有 {count} 行是备注,未作为商品(首见第 {row} 行:{detail!r})",
    ),
    "pictures_in_cells": (
        "column {column!r}: {count} cell(s) show a picture, first in row {row}; they hold no text",
        "列 {column!r}:有 {count} 个单元格内是图片(首见第 {row} 行),没有文字",
    ),
    "pictures": (
        "{count} picture(s) lie over column {detail}, first on row {row}; they stay where they are in an xlsx export",
        "{detail} 列上有 {count} 张图片(首见第 {row} 行);导出 xlsx 时保持原位",
    ),
    "repeated_rows": (
        "{count} row(s) repeat the column names, first row {row}: set apart",
        "有 {count} 行重复了列名(首见第 {row} 行),未作为商品",
    ),
    "rows_above_header": (
        "{count} row(s) above the column names left out, first {detail!r}",
        "略去列名之前的 {count} 行(首行 {detail!r})",
    ),
    "section_rows": (
        (
            "{count} section title(s) set apart, first row {row}: {detail!r}; each product has its title in the column "
            "'section'. If they are products: --all-rows"
        ),
        (
            "有 {count} 个分区标题行(首见第 {row} 行:{detail!r}),未作为商品;标题写入 section 列。"
            "如果它们是商品,请加 --all-rows"
        ),
    ),
    "several_rows_of_names": (
        "rows {detail} name the columns together. If that is wrong, say the row: --header {row}",
        "第 {detail} 行共同构成列名。如果不对,请指定行号,如 --header {row}",
    ),
    "total_rows": (
        "{count} total(s) set apart, first row {row}: {detail!r}. If they are products: --all-rows",
        "有 {count} 个合计行(首见第 {row} 行:{detail!r}),未作为商品。如果它们是商品,请加 --all-rows",
    ),
    "turned": (
        "the sheet looks turned: names in the first column, products beside each other. Read it so: --transpose",
        "表格看起来是横向的:首列是属性名,商品并排在各列。如需转置读取,请加 --transpose",
    ),
    "short_rows": (
        "{count} row(s) have fewer cells than the header, first row {row}: the rest is read as empty",
        "有 {count} 行的单元格少于表头(首见第 {row} 行):其余读作空",
    ),
}


@dataclass(slots=True)
class NoticeBoard:
    """Collects notices while a table is read."""

    _seen: dict[tuple[str, str | None], list[object]] = field(default_factory=dict)

    def add(
        self, code: str, *, column: str | None = None, row: int | None = None, detail: str = "", count: int = 1
    ) -> None:
        """Count one more. The first row and detail of a kind and column are the ones shown."""
        seen = self._seen.setdefault((code, column), [0, row, detail])
        seen[0] += count  # type: ignore[operator]  # the first item is the count

    def drop(self, code: str) -> None:
        """Forget a kind, because it is counted afresh."""
        for key in [key for key in self._seen if key[0] == code]:
            del self._seen[key]

    def notices(self) -> tuple[Notice, ...]:
        made = []
        for (code, column), (count, row, detail) in self._seen.items():
            en, zh = TEXTS[code]
            values = {"count": count, "column": column, "row": row, "detail": detail}
            made.append(
                Notice(
                    code=code,
                    en=en.format(**values),
                    zh=zh.format(**values),
                    row=row if isinstance(row, int) else None,
                    column=column,
                    count=count if isinstance(count, int) else 1,
                )
            )
        return tuple(made)
