"""Cells in words: what a status is called, where a value comes from, what keeps a cell empty. English and Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from goodsmith.attributes.completing.cells import FILLED, Candidate, Cell, CellStatus, Evidence

JOIN: Final = "; "  # between the values of one cell
STATUSES: Final[dict[CellStatus, tuple[str, str]]] = {
    CellStatus.GIVEN: ("given", "原有"),
    CellStatus.EXTRACTED: ("extracted", "提取"),
    CellStatus.NORMALISED: ("normalised", "规范化"),
    CellStatus.DERIVED: ("derived", "同款推得"),
    CellStatus.UNKNOWN: ("unknown", "未知"),
    CellStatus.CONFLICT: ("conflict", "冲突"),
    CellStatus.NOT_APPLICABLE: ("not applicable", "不适用"),
}
PROBLEMS: Final[dict[str, tuple[str, str]]] = {
    "not_allowed": ("not among the allowed values", "不在可选值内"),
    "unit": ("its unit cannot be converted", "单位无法换算"),
    "limits": ("outside the limits", "超出允许范围"),
    "shape": ("not in the form that is asked for", "格式不符"),
    "too_many": ("more values than may be given", "值的个数超限"),
}
WAYS: Final[dict[str, tuple[str, str]]] = {
    "family": ("sibling", "同款商品"),
    "lookup": ("table", "对照表"),
    "model": ("model, quoting", "模型引用"),
}
_LONGEST: Final = 80


def say_cell(cell: Cell, language: str) -> str:
    """One line: status, how sure, evidence; of a conflict all values; of an open cell what might fit."""
    at = 1 if language == "zh" else 0
    if cell.status is CellStatus.GIVEN and not cell.others:
        return STATUSES[cell.status][at]
    said = STATUSES[cell.status][at]
    if cell.status in FILLED:
        said += f" {cell.confidence:.0%} ← {say_evidence(cell.evidence, language)}"
        if cell.others:
            said += ("；但 " if at else "; but ") + _candidates(cell.others, language)
        return said
    if cell.problem:
        said += f"{'：' if at else ': '}{_short(cell.raw)} {PROBLEMS[cell.problem][at]}"
    if cell.status is CellStatus.CONFLICT:
        return f"{said}{'：' if at else ': '}{_candidates(cell.others, language)}"
    if cell.others:
        said += ("；可能是 " if at else "; perhaps ") + _candidates(cell.others, language)
    return said


def say_evidence(evidence: Sequence[Evidence], language: str) -> str:
    """Where a value stands: `title “cotton”`, `名称「纯棉」`."""
    at = 1 if language == "zh" else 0
    left, right = ("「", "」") if at else ("“", "”")
    said = []
    for one in evidence[:2]:
        way = f"{WAYS[one.way][at]} " if one.way in WAYS else ""
        said.append(f"{way}{one.source}{left if at else ' ' + left}{_short(one.text)}{right}")
    return ("、" if at else ", ").join(said)


def _candidates(candidates: Sequence[Candidate], language: str) -> str:
    sign = "；" if language == "zh" else "; "
    return sign.join(
        f"{JOIN.join(one.values)} ({one.confidence:.0%} ← {say_evidence(one.evidence, language)})" for one in candidates
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
