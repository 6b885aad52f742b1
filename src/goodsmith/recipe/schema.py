"""The JSON Schema of a recipe file: the one description that parser, editors and the reference page obey."""

from __future__ import annotations

from typing import Any

from goodsmith.recipe.kinds import KINDS
from goodsmith.recipe.models import model_definition, models_schema
from goodsmith.recipe.own_tests import test_definitions, tests_schema
from goodsmith.recipe.schema_parts import LETTERS, text_schema


def recipe_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a recipe file: every key, described."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Goodsmith recipe",
        "description": "What to make of a product: the fields it needs, the steps, the answers, the sentences.",
        "type": "object",
        "required": ["recipe", "steps"],
        "additionalProperties": False,
        "properties": {
            "recipe": {
                "type": "string",
                "pattern": rf"^[{LETTERS}0-9][{LETTERS}0-9_\-]{{0,63}}$",
                "x-expected": "letters, digits, - and _, at most 64",
                "x-expected-zh": "字母、汉字、数字、- 和 _,最多 64 个字符",
                "description": "The recipe's name.",
            },
            "about": text_schema("What it makes, in one sentence for the person who chooses it."),
            "fields": {
                "type": ["object", "null"],
                "propertyNames": {
                    "minLength": 1,
                    "maxLength": 64,
                    "pattern": r"^[^\x00-\x1f]+$",
                    "x-expected": "a name on one line",
                    "x-expected-zh": "一行以内的名称",
                },
                "additionalProperties": {"$ref": "#/$defs/field"},
                "description": "The fields that the templates read, by name; each is mapped onto a column.",
            },
            "steps": {
                "type": "array",
                "minItems": 1,
                "maxItems": 50,
                "items": {"$ref": "#/$defs/step"},
                "description": "What is asked, in order. A step may read what earlier steps made.",
            },
            "checks": {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "description": "Names of the checks that every draft must pass; `rules:PACK` is a rule pack.",
            },
            "locales": {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "description": "Languages to write in when the run names none, such as zh-CN, en-US; "
                "`source`: the one that the catalog is written in.",
            },
            "models": models_schema(),
            "keywords": {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "description": "Words by which a person asks for it: `goodsmith recipe new` finds it by them.",
            },
            "tests": tests_schema(),
        },
        "$defs": {
            "field": _field_schema(),
            "step": _step_schema(),
            "model": model_definition(),
            **test_definitions(),
            **{name: schema for kind in KINDS.values() for name, schema in kind.definitions.items()},
        },
    }


def _field_schema() -> dict[str, Any]:
    return {
        "type": ["object", "null"],
        "additionalProperties": False,
        "description": "A field. It may be left empty: `brand:`",
        "properties": {
            "required": {
                "type": "boolean",
                "default": False,
                "description": "Whether a table without such a column is refused.",
            },
            "aliases": {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "description": "Headers that mean this field, before those that are known anyway."
                " Upper case, spaces and _ do not count.",
            },
            "about": text_schema("What the field holds, for the person who maps columns."),
        },
    }


def _step_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "oneOf": [{"required": [key]} for key in KINDS],
        "description": "One step: what it does stands under one of the keys " + ", ".join(KINDS) + ".",
        "properties": {key: schema for kind in KINDS.values() for key, schema in kind.keys.items()},
    }
