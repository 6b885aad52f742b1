"""The output indicator: what answer is asked, in words for the model and as JSON Schema for the vendor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from goodsmith.records import OutputSpec

# Output tokens that one unit can need, at worst of the common tokenizers; half_width: a Chinese character counts 2.
_TOKENS_A_UNIT: Final = {"characters": 1.5, "utf8_bytes": 0.5, "half_width": 0.8}
_UNLIMITED_TEXT_TOKENS: Final = 1024
_UNLIMITED_ITEM_TOKENS: Final = 80
_UNLIMITED_ITEMS: Final = 10
_SLOT_TOKENS: Final = 16  # key, quotes, comma
_ITEM_TOKENS: Final = 4

_UNITS = {
    "characters": ("characters", "个字符"),
    "utf8_bytes": ("bytes in UTF-8", "个 UTF-8 字节"),
    "half_width": ("half-widths (a Chinese character counts 2, a Latin letter 1)", "个半角字符(一个汉字算 2 个)"),
}


def answer_schema(outputs: Sequence[OutputSpec]) -> dict[str, Any]:
    """JSON Schema of the answer, within what vendors' strict modes take.

    Every slot is required and nothing else allowed; an optional slot may be null. Lengths of texts stand in the
    descriptions, because strict modes refuse them as keywords and vendors count in no unit but their own.
    """
    return {
        "type": "object",
        "properties": {output.slot: _property(output) for output in outputs},
        "required": [output.slot for output in outputs],
        "additionalProperties": False,
    }


def output_indicator(outputs: Sequence[OutputSpec], *, zh: bool) -> str:
    """The answer asked, described for a reader."""
    lead = (
        "只输出一个 JSON 对象,不要输出其他内容。对象恰好包含以下键:"
        if zh
        else "Answer with one JSON object and nothing else. It has exactly these keys:"
    )
    return "\n".join([lead, *(f'- "{output.slot}": {described(output, zh=zh)}' for output in outputs)])


def described(output: OutputSpec, *, zh: bool) -> str:
    """One slot in words: its type, its limits, what it is about."""
    parts = [_kind(output, zh=zh), *_limits(output, zh=zh)]
    if not output.required:
        parts.append("没有依据时为 null" if zh else "null if the data does not support it")
    said = (",".join(parts) + "。") if zh else (", ".join(parts) + ".")
    about = output.about.strip()
    return said if not about else said + about if zh else f"{said} {about}"


def max_output_tokens(outputs: Sequence[OutputSpec]) -> int:
    """How many tokens the longest allowed answer can need, with a fifth to spare; at least 128."""
    return max(128, math.ceil(1.2 * sum(_tokens(output) for output in outputs)) + 32)


def _property(output: OutputSpec) -> dict[str, Any]:
    described_as = {"description": described(output, zh=False)}
    null = [] if output.required else ["null"]
    kind = {"text": "string", "choice": "string", "list": "array"}.get(output.type, output.type)
    shape: dict[str, Any] = {"type": [kind, *null] if null else kind, **described_as}
    if output.type == "choice":
        shape["enum"] = [*output.choices, *([] if output.required else [None])]
    if output.type == "list":
        shape["items"] = {"type": "string"}
        if output.min_items is not None:
            shape["minItems"] = output.min_items
        if output.max_items is not None:
            shape["maxItems"] = output.max_items
    if output.type in {"number", "integer"}:
        shape |= {} if output.min is None else {"minimum": output.min}
        shape |= {} if output.max is None else {"maximum": output.max}
    return shape


def _kind(output: OutputSpec, *, zh: bool) -> str:
    if output.type == "list":
        least, most = output.min_items, output.max_items
        if least is not None and least == most:
            return f"{most} 条文本的列表" if zh else f"list of exactly {most} texts"
        if least and most:
            return f"{least} 到 {most} 条文本的列表" if zh else f"list of {least} to {most} texts"
        if most:
            return f"最多 {most} 条文本的列表" if zh else f"list of at most {most} texts"
        if least:
            return f"至少 {least} 条文本的列表" if zh else f"list of at least {least} texts"
        return "文本列表" if zh else "list of texts"
    if output.type == "choice":
        listed = ", ".join(f'"{choice}"' for choice in output.choices)
        return f"以下之一:{listed}" if zh else f"one of {listed}"
    return {
        "text": ("文本", "text"),
        "number": ("数字", "number"),
        "integer": ("整数", "whole number"),
        "boolean": ("true 或 false", "true or false"),
    }[output.type][0 if zh else 1]


def _limits(output: OutputSpec, *, zh: bool) -> list[str]:
    if output.type in {"boolean", "choice"}:
        return []
    each = output.type == "list"
    unit = "" if output.type in {"number", "integer"} else _UNITS[output.unit][1 if zh else 0]
    if zh:
        unit = unit and f" {unit}"
        subject = "每条" if each else ""
        limits = [(output.max, "不超过"), (output.min, "不少于")]
        return [f"{subject}{word} {count}{unit}" for count, word in limits if count is not None]
    unit = unit and f" {unit}"
    subject = "each " if each else ""
    return [
        f"{subject}{word} {count}{unit}"
        for count, word in [(output.max, "at most"), (output.min, "at least")]
        if count is not None
    ]


def _tokens(output: OutputSpec) -> float:
    if output.type == "text":
        return _SLOT_TOKENS + (
            _UNLIMITED_TEXT_TOKENS if output.max is None else output.max * _TOKENS_A_UNIT[output.unit]
        )
    if output.type == "list":
        items = output.max_items or max(output.min_items or 0, _UNLIMITED_ITEMS)
        each = _UNLIMITED_ITEM_TOKENS if output.max is None else output.max * _TOKENS_A_UNIT[output.unit]
        return _SLOT_TOKENS + items * (each + _ITEM_TOKENS)
    longest = max((len(choice) for choice in output.choices), default=12)
    return _SLOT_TOKENS + longest * 1.5
