"""The slots of a step: the types of their values, and limits that something can satisfy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from goodsmith.base.yaml_files import Place, YamlFile
from goodsmith.recipe.schema_parts import text_schema, whole_schema
from goodsmith.records import OutputSpec

_KEYS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "text": ("type", "max", "min", "unit", "required", "about", "language"),
    "list": (
        "type", "items", "min_items", "max_items", "each_max", "each_min", "unit", "required", "about", "language",
    ),
    "choice": ("type", "choices", "required", "about", "language"),
    "number": ("type", "max", "min", "required", "about"),
    "integer": ("type", "max", "min", "required", "about"),
    "boolean": ("type", "required", "about"),
}  # fmt: skip


def read_output(yaml: YamlFile, slot: str, given: Mapping[str, Any], place: Place) -> OutputSpec:
    """One slot. A limit that its type does not have, and limits that nothing satisfies, are errors."""
    kind = given.get("type", "text")
    allowed = _KEYS_OF[kind]
    for key in given:
        if key not in allowed:
            instead = "; each_max limits the length of one item" if kind == "list" and key in {"min", "max"} else ""
            instead_zh = ";单项长度请用 each_max" if instead else ""
            yaml.fail(
                f"{slot}: {key!r} does not belong to the type {kind}; it has {', '.join(allowed)}{instead}",
                f"{slot}:类型 {kind} 没有 {key!r};可用:{'、'.join(allowed)}{instead_zh}",
                *place,
                key,
            )
    if kind == "choice" and "choices" not in given:
        yaml.fail(f"{slot}: a choice needs `choices`", f"{slot}:choice 类型需要 `choices`", *place)
    if kind == "text" and (given.get("max", 1) < 1 or given.get("min", 0) < 0):
        yaml.fail(
            f"{slot}: no text is that short",
            f"{slot}:没有这么短的文字",
            *place,
            "max" if given.get("max", 1) < 1 else "min",
        )
    if "items" in given and ("min_items" in given or "max_items" in given):
        yaml.fail(
            f"{slot}: `items` is the exact number; with it, min_items and max_items say nothing",
            f"{slot}:`items` 已是确切数量,不能再写 min_items 或 max_items",
            *place,
            "items",
        )
    doubled = {choice for choice in given.get("choices", ()) if given["choices"].count(choice) > 1}
    if doubled:
        yaml.fail(
            f"{slot}: listed twice: {', '.join(sorted(doubled))}",
            f"{slot}:重复列出:{'、'.join(sorted(doubled))}",
            *place,
            "choices",
        )
    low, high = ("each_min", "each_max") if kind == "list" else ("min", "max")
    for least, most in ((low, high), ("min_items", "max_items")):
        if least in given and most in given and given[least] > given[most]:
            yaml.fail(
                f"{slot}: nothing is at least {given[least]} and at most {given[most]} ({least}, {most})",
                f"{slot}:不可能既至少 {given[least]} 又最多 {given[most]}({least}、{most})",
                *place,
                least,
            )
    return OutputSpec(
        slot=slot,
        type=kind,
        unit=given.get("unit", "characters"),
        min=given.get(low),
        max=given.get(high),
        min_items=given.get("items", given.get("min_items")),
        max_items=given.get("items", given.get("max_items")),
        choices=tuple(given.get("choices", ())),
        required=given.get("required", True),
        about=given.get("about", ""),
        language=given.get("language", "locale"),
    )


def output_schema() -> dict[str, Any]:
    return {
        "type": ["object", "null"],
        "additionalProperties": False,
        "description": "A slot: the type of its value and the limits of it.",
        "properties": {
            "type": {
                "type": "string",
                "enum": list(_KEYS_OF),
                "default": "text",
                "description": "What the slot holds.",
            },
            "max": whole_schema("text: the longest allowed, in `unit`. number, integer: the largest value.", -(10**15)),
            "min": whole_schema(
                "text: the shortest allowed, in `unit`. number, integer: the smallest value.", -(10**15)
            ),
            "unit": {
                "type": "string",
                "enum": ["characters", "utf8_bytes", "half_width"],
                "default": "characters",
                "description": "How lengths are counted. half_width: a Chinese character counts 2, a Latin letter 1.",
            },
            "items": whole_schema("list: the exact number of items.", 1, maximum=100),
            "min_items": whole_schema("list: the fewest items.", 0, maximum=100),
            "max_items": whole_schema("list: the most items.", 1, maximum=100),
            "each_max": whole_schema("list: the longest item, in `unit`.", 1),
            "each_min": whole_schema("list: the shortest item, in `unit`.", 0),
            "choices": {
                "type": "array",
                "minItems": 1,
                "items": {"type": "string", "minLength": 1},
                "description": "choice: the values to choose from.",
            },
            "required": {
                "type": "boolean",
                "default": True,
                "description": "Whether an empty slot is a fault of the row.",
            },
            "about": text_schema("What belongs into the slot; the model reads it too."),
            "language": {
                "type": "string",
                "enum": ["locale", "any"],
                "default": "locale",
                "description": "locale: written in the asked language. any: not checked, such as a model number.",
            },
        },
        "allOf": [_only_keys_of(kind) for kind in _KEYS_OF],
    }


def _only_keys_of(kind: str) -> dict[str, Any]:
    """For editors: the keys of one type. A slot without a type is text."""
    same: dict[str, Any] = {"properties": {"type": {"const": kind}}, "required": ["type"]}
    applies = {"anyOf": [same, {"not": {"required": ["type"]}}]} if kind == "text" else same
    then: dict[str, Any] = {"propertyNames": {"enum": list(_KEYS_OF[kind])}}
    if kind == "choice":
        then["required"] = ["choices"]
    if kind == "text":
        then["properties"] = {"max": {"minimum": 1}, "min": {"minimum": 0}}
    return {"if": applies, "then": then}
