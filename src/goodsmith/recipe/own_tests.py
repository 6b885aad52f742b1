"""Reads the tests of a recipe: rows of its own, and what must hold for the copy made of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from goodsmith.base.yaml_files import Place, YamlFile
from goodsmith.errors import UnknownName
from goodsmith.recipe.assertions import ASSERTIONS, NOT
from goodsmith.recipe.names import locale_tag
from goodsmith.recipe.schema_parts import text_schema
from goodsmith.records import SOURCE_LOCALE, Assertion, FieldSpec, RecipeTest, RowStatus, Step

_EXPECTED: Final = {
    "text": ("a text", "一段文字"),
    "texts": ("a list of texts", "文字列表"),
    "optional_texts": ("nothing, or a list of checks", "不填,或检查名称的列表"),
    "number": ("a whole number", "整数"),
    "range": ("a whole number, or {min: …, max: …}", "整数,或 {min: …, max: …}"),
    "none": ("no value", "不带 value"),
}


def read_tests(
    yaml: YamlFile, *, fields: Sequence[FieldSpec], steps: Sequence[Step], locales: Sequence[str]
) -> tuple[RecipeTest, ...]:
    """The tests of a recipe, in order. Raises RecipeError with the line."""
    known = {spec.name for spec in fields} | {name for step in steps for name in step.fills}
    slots = {output.slot for step in steps for output in step.outputs}
    per_locale = any(step.per_locale for step in steps)
    made: list[RecipeTest] = []
    for number, given in enumerate(yaml.value.get("tests") or ()):
        place: Place = ("tests", number)
        for name in given["row"]:
            if name not in known:
                _unknown(yaml, "field", name, known, "字段", *place, "row", name)
        made.append(
            RecipeTest(
                name=given.get("name", f"test {number + 1}"),
                row={name: text or "" for name, text in given["row"].items()},
                locale=_locale(yaml, given, locales, *place) if per_locale else "",
                assertions=tuple(
                    _assertion(yaml, one, slots, *place, "assert", at) for at, one in enumerate(given["assert"])
                ),
                line=yaml.line(*place),
            )
        )
    return tuple(made)


def tests_schema() -> dict[str, Any]:
    """The part of the format under `tests`."""
    return {
        "type": "array",
        "items": {"$ref": "#/$defs/test"},
        "description": "Rows of the recipe's own with what must hold for them: `goodsmith recipe test` runs them.",
    }


def test_definitions() -> dict[str, Any]:
    """What `tests` is made of, for $defs."""
    names = [*ASSERTIONS, *(NOT + name for name in ASSERTIONS)]
    return {
        "test": {
            "type": "object",
            "required": ["row", "assert"],
            "additionalProperties": False,
            "description": "A row and what must hold for the copy made of it.",
            "properties": {
                "name": text_schema("What is tested, in words.", minLength=1),
                "row": {
                    "type": "object",
                    "additionalProperties": {"type": ["string", "null"]},
                    "description": "The product's fields.",
                },
                "locale": text_schema("The language to write in. Default: the recipe's first.", minLength=1),
                "assert": {
                    "type": "array",
                    "minItems": 1,
                    "items": {"$ref": "#/$defs/assertion"},
                    "description": "What must hold.",
                },
            },
        },
        "assertion": {
            "type": "object",
            "required": ["type"],
            "additionalProperties": False,
            "description": "One thing that must hold.",
            "properties": {
                "type": {"type": "string", "enum": names, "description": "What is asserted; `not-` turns it round."},
                "slot": text_schema("The slot that is looked at. Default: all, one text a line.", minLength=1),
                "value": {
                    "anyOf": [
                        {"type": ["string", "integer"]},
                        {"type": "array", "items": {"type": "string"}, "minItems": 1},
                        {
                            "type": "object",
                            "additionalProperties": False,
                            "properties": {"min": {"type": "integer"}, "max": {"type": "integer"}},
                        },
                    ],
                    "description": "What the assertion compares with.",
                },
                "unit": {
                    "type": "string",
                    "enum": ["characters", "utf8_bytes", "half_width"],
                    "default": "characters",
                    "description": "How lengths are counted.",
                },
                "only": {
                    "type": "string",
                    "enum": ["stencil", "model"],
                    "description": "Holds only for what the sentences say, or only for what a model answers.",
                },
            },
        },
    }


def _assertion(yaml: YamlFile, given: Mapping[str, Any], slots: set[str], *place: str | int) -> Assertion:
    slot = given.get("slot", "")
    if slot and slot not in slots:
        _unknown(yaml, "slot", slot, slots, "输出字段", *place, "slot")
    name = given["type"].removeprefix(NOT)
    value = _value(yaml, ASSERTIONS[name].value, given.get("value"), name, *place)
    return Assertion(
        type=given["type"],
        slot=slot,
        value=value,
        unit=given.get("unit", "characters"),
        only=given.get("only", ""),
        line=yaml.line(*place, "type"),
    )


def _value(yaml: YamlFile, kind: str, given: Any, name: str, *place: str | int) -> Any:
    fits = {
        "text": isinstance(given, str | int),
        "texts": isinstance(given, list),
        "optional_texts": given is None or isinstance(given, list | str),
        "number": isinstance(given, int),
        "range": isinstance(given, int | dict) and given != {},
        "none": given is None,
    }[kind]
    en, zh = _EXPECTED[kind]
    if not fits:
        yaml.fail(
            f"{name}: seen {given!r} as value, expected {en}", f"{name}:value 现为 {given!r},应为{zh}", *place, "value"
        )
    if name == "regex":
        try:
            re.compile(str(given))
        except re.error as error:
            yaml.fail(f"regex: {error}", f"regex:正则表达式有误:{error}", *place, "value")
    if name == "status" and given not in set(RowStatus):
        _unknown(yaml, "status", str(given), set(RowStatus), "状态", *place, "value")
    if kind == "text":
        return str(given)
    if kind in {"texts", "optional_texts"} and given is not None:
        return tuple([given] if isinstance(given, str) else given)
    return given


def _locale(yaml: YamlFile, given: Mapping[str, Any], locales: Sequence[str], *place: str | int) -> str:
    if "locale" in given:
        return locale_tag(yaml, given["locale"], *place, "locale")
    first = next((tag for tag in locales if tag != SOURCE_LOCALE), "")
    if not first:
        yaml.fail(
            "this recipe writes in the catalog's own language, so its tests must say in which: `locale: zh-CN`",
            "此配方按目录的语言书写,因此测试须写明语言:`locale: zh-CN`",
            *place,
        )
    return first


def _unknown(yaml: YamlFile, kind: str, name: str, known: set[str], kind_zh: str, *place: str | int) -> None:
    unknown = UnknownName(kind, name, known, kind_zh=kind_zh)
    yaml.fail(unknown.en, unknown.zh or unknown.en, *place)
