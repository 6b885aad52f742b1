"""Cells that a person should look at before anything is made of them: markup, garbled letters, words for nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from goodsmith.catalog.layouts.kinds import Kind, column_kind
from goodsmith.catalog.layouts.reader import ROW_COLUMN

if TYPE_CHECKING:
    import duckdb

CELL_CHARACTERS: Final = 32_767  # of an Excel cell
# kind -> (English, Chinese); the first one that holds of a cell counts
ODD: Final[Mapping[str, tuple[str, str]]] = {
    "long": ("longer than an Excel cell holds", "超过 Excel 单元格上限"),
    "error": ("Excel errors", "Excel 错误值"),
    "garbled": ("garbled letters", "乱码"),
    "only_markup": ("HTML without any text", "只有 HTML,没有文字"),
    "markup": ("HTML", "含 HTML"),
    "nothing": ("words for nothing", "表示“无”的词"),
    "formula": ("begin like a formula", "以公式符号开头"),
    "unlike": ("unlike the rest of the column", "与该列其他值不同类"),
    "spaces": ("spaces before or after", "首尾有空格"),
}
_NOTHING_WORDS = "na n/a n.a. nil null none nan tbd tba 无 暂无 没有 未知 不详 待定 待补充 空 - -- / ? \\"
_NOTHING = _NOTHING_WORDS.split()
_ERRORS = ("#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!")
_TAG = r"<[a-zA-Z/!][^<>]*>"
_GARBLED = r"[ÃÂ][\x{80}-\x{BF}]|â€|ï¿½|锟斤拷|烫烫烫|\x{FFFD}"
_MARK = r"[^\pL\d]{0,4}"  # a currency, brackets
_DIGITS = r"[-+]?\d[\d ,.'\x{A0}\x{202F}]*(?:[eE][-+]?\d{1,3})?"
_FITS: Mapping[str | None, str] = {  # what a column of one kind may hold, more widely than what made it one
    "number": rf"[-+(]?{_MARK}{_DIGITS}\s*(?:%|{_MARK}|元|[A-Z]{{3}})\)?",
    "date": r"\D{0,3}\d{1,4}\D{1,3}\d{1,2}\D{1,3}\d{1,4}.*|\d{2,4}年\d{1,2}月.*|\d{1,2}[- ][A-Za-z]{3,9}[- ]\d{2,4}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OddCells:
    """Cells of one kind in one column. row: of the first one, as the source shows it."""

    column: str
    kind: str  # of ODD
    count: int
    row: int
    example: str


def odd_cells(
    base: duckdb.DuckDBPyConnection,
    names: Sequence[str],
    sample: Mapping[str, Sequence[str | None]],
    *,
    header_row: int,
) -> list[OddCells]:
    """What is odd in the view `catalog`, column by column."""
    found = []
    for name in names:
        quoted = '"' + name.replace('"', '""') + '"'
        query = (
            f"SELECT kind, count(*), min({ROW_COLUMN}), arg_min(left({quoted}, 120), {ROW_COLUMN}) FROM "
            f"(SELECT {quoted}, {ROW_COLUMN}, {_kind(quoted, column_kind(sample.get(name, ())))} AS kind FROM catalog) "
            "WHERE kind IS NOT NULL GROUP BY kind"
        )
        rows = {kind: (count, place, text) for kind, count, place, text in base.execute(query).fetchall()}
        for kind in ODD:
            if kind in rows:
                count, place, text = rows[kind]
                found.append(OddCells(column=name, kind=kind, count=count, row=header_row + 1 + place, example=text))
    return found


def _kind(cell: str, usual: Kind | None) -> str:
    """The SQL that names what is odd about a cell. Cheap tests go before regular expressions."""
    nothing = ", ".join(f"'{word}'" for word in _NOTHING)
    errors = ", ".join(f"'{word}'" for word in _ERRORS)
    unlike = ""
    if usual in _FITS:
        unlike = f"WHEN NOT regexp_full_match({cell}, '{_escaped(_FITS[usual])}') THEN 'unlike' "
    return (
        f"CASE WHEN {cell} IS NULL THEN NULL WHEN length({cell}) > {CELL_CHARACTERS} THEN 'long' "
        f"WHEN starts_with({cell}, '#') AND {cell} IN ({errors}) THEN 'error' "
        f"WHEN regexp_matches({cell}, '{_GARBLED}') THEN 'garbled' "
        f"WHEN contains({cell}, '<') AND regexp_matches({cell}, '{_TAG}') THEN "
        f"CASE WHEN regexp_replace({cell}, '{_TAG}|&nbsp;|\\s', '', 'g') = '' THEN 'only_markup' ELSE 'markup' END "
        f"WHEN length({cell}) < 12 AND lower(trim({cell})) IN ({nothing}) THEN 'nothing' "
        f"WHEN regexp_matches({cell}, '^[=@]\\S|^[-+][A-Za-z(]') THEN 'formula' {unlike}"
        f"WHEN {cell} <> trim({cell}, ' \t\r\n\u3000\u00a0') THEN 'spaces' END"
    )


def _escaped(text: str) -> str:
    return text.replace("'", "''")
