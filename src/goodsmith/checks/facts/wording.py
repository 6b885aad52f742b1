"""What is said of a fact that its source does not bear out, in English and Chinese."""

from __future__ import annotations

from typing import Final

from goodsmith.checks.facts.holding.verdicts import Judged
from goodsmith.checks.texts import shown
from goodsmith.records import FactVerdict

KINDS: Final[dict[str, tuple[str, str]]] = {
    "quantity": ("measure", "数值"),
    "percent": ("percentage", "百分比"),
    "count": ("count", "数量"),
    "number": ("number", "数字"),
    "duration": ("duration", "时长"),
    "model": ("model or code", "型号"),
    "standard": ("standard", "标准号"),
    "date": ("date", "日期"),
    "size": ("size", "尺码"),
    "material": ("material", "材质"),
    "colour": ("colour", "颜色"),
    "origin": ("origin", "产地"),
    "certificate": ("certificate", "认证"),
    "ingredient": ("ingredient", "成分"),
    "feature": ("feature", "功能"),
    "claim": ("claim", "宣称"),
    "attribute": ("quality", "属性"),
    "content": ("content", "附件"),
    "name": ("name", "名称"),
}


def said(judged: Judged, words: str, field: str, cell: str) -> tuple[str, str]:
    """The sentence about a fact, in both languages. cell: what the source has there."""
    en, zh = KINDS.get(judged.kind, (judged.kind, judged.kind))
    fact = shown(words)
    if judged.verdict is FactVerdict.CONTRADICTED and field:
        other = shown(cell)
        return (
            f"the {en} “{fact}” is not what the source says: {field} has “{other}”",
            f"{zh}“{fact}”与原始数据不符：{field} 为“{other}”",
        )
    return f"the source says nothing of the {en} “{fact}”", f"原始数据中没有{zh}“{fact}”"
