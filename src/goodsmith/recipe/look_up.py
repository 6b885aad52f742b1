"""The step `look_up`: fields from a second table, by key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from goodsmith.base.yaml_files import Place
from goodsmith.recipe.schema_parts import NAME, text_schema
from goodsmith.recipe.step_kind import StepKind
from goodsmith.recipe.step_reader import StepReader
from goodsmith.records import LookUpStep

_NAME_ALONE: Final = re.compile(r"\w+")


def _fills(value: Mapping[str, Any]) -> dict[str, Place]:
    return {name: ("look_up", "fields", name) for name in value["look_up"]["fields"]}


def _read(step: StepReader, value: Mapping[str, Any]) -> LookUpStep:
    given = value["look_up"]
    return LookUpStep(
        name=given.get("name", "look_up"),
        table=given["table"],
        sheet=given.get("sheet"),
        key=_key(step, given["key"]),
        fields={name: column or name for name, column in given["fields"].items()},
        required=given.get("required", False),
        per_locale=step.per_locale,
        needs=step.needs,
        lines=step.lines(),
    )


def _key(step: StepReader, given: str | Mapping[str, str]) -> dict[str, str]:
    """Column -> expression. A field alone is its own column's name, or one of the field's other names."""
    place = (*step.at, "key")
    if isinstance(given, Mapping):
        return {column: _expression(step, text, *place, column) for column, text in given.items()}
    if not _NAME_ALONE.fullmatch(given):
        step.fail(
            f"key: say which column of the table holds it: `key: {{COLUMN: {given}}}`",
            f"key:请写明对应表中的哪一列:`key: {{列名: {given}}}`",
            *place,
        )
    return {"": _expression(step, given, *place)}


def _expression(step: StepReader, text: str, *place: str | int) -> str:
    step.count_as_read(step.names_in(f"{{{{ {text} }}}}", *place))
    return text


LOOK_UP: Final = StepKind(
    keys={"look_up": {"$ref": "#/$defs/look_up"}},
    definitions={
        "look_up": {
            "type": "object",
            "required": ["table", "key", "fields"],
            "additionalProperties": False,
            "description": "Fields from a second table, such as facts about brands or the rules of a shop. No model is"
            " asked. A field that the row fills itself stays as it is.",
            "properties": {
                "name": {**text_schema("The step's name; unique in a recipe."), **NAME, "default": "look_up"},
                "table": text_schema(
                    "The file of the table (xlsx, csv, jsonl, parquet and so on), seen from the recipe's folder.",
                    minLength=1,
                ),
                "sheet": text_schema("The sheet of a workbook. Default: the first visible one.", minLength=1),
                "key": {
                    "anyOf": [
                        {"type": "string", "minLength": 1},
                        {
                            "type": "object",
                            "minProperties": 1,
                            "additionalProperties": {"type": "string", "minLength": 1},
                        },
                    ],
                    "description": "What finds the table's row: a field, such as `brand`; or columns of the table with"
                    " expressions over the product, such as `{Brand: brand, Market: locale.region}`.",
                },
                "fields": {
                    "type": "object",
                    "minProperties": 1,
                    "propertyNames": NAME,
                    "additionalProperties": {"type": ["string", "null"], "minLength": 1},
                    "description": "Field and column of the table; without a column, the column of that name.",
                },
                "required": {
                    "type": "boolean",
                    "default": False,
                    "description": "Whether a product whose key is not in the table needs a person.",
                },
            },
        }
    },
    fills=_fills,
    read=_read,
    derives=True,
)
