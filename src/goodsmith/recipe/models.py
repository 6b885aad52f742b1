"""The models that a recipe asks, in their order, and why a call moves on from one to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from goodsmith.base.liquid import compile_condition
from goodsmith.base.yaml_files import YamlFile
from goodsmith.errors import RecipeError, TemplateError
from goodsmith.recipe.schema_parts import text_schema, whole_schema
from goodsmith.records import FieldSpec, ModelChoice, MoveOn, Step


def read_models(yaml: YamlFile, *, fields: Sequence[FieldSpec], steps: Sequence[Step]) -> tuple[ModelChoice, ...]:
    """The order of models; empty: the recipe names none."""
    listed: list[str | Mapping[str, Any]] = yaml.value.get("models", [])
    known = frozenset({"locale", *(spec.name for spec in fields), *(name for step in steps for name in step.fills)})
    choices: list[ModelChoice] = []
    for at, given in enumerate(listed):
        said: dict[str, Any] = {"model": given} if isinstance(given, str) else dict(given)
        if "when" in said:
            said["when"] = tuple(said["when"])
        if "unsure" in said:
            _check(yaml, said["unsure"], known, "models", at, "unsure")
        choices.append(ModelChoice(**{**said, "model": said["model"].strip()}))
    names = [choice.model for choice in choices]
    for at, name in enumerate(names):
        if "," in name:
            yaml.fail("one model in each line, without commas", "每行写一个模型,不要用逗号", "models", at)
        if name in names[:at]:
            yaml.fail(f"{name} stands in the order already", f"{name} 已在列表中", "models", at)
    return tuple(choices)


def models_schema() -> dict[str, Any]:
    return {
        "type": "array",
        "minItems": 1,
        "maxItems": 12,
        "items": {"anyOf": [{"type": "string", "minLength": 1}, {"$ref": "#/$defs/model"}]},
        "description": "Models to ask, in this order, such as deepseek/deepseek-flash; used where the run names none.",
    }


def model_definition() -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["model"],
        "description": "A model of the order, with more to say than its name.",
        "properties": {
            "model": text_schema("Its name, such as deepseek/deepseek-flash.", minLength=1),
            "when": {
                "type": "array",
                "minItems": 1,
                "items": {"type": "string", "enum": list(get_args(MoveOn))},
                "default": ["trouble", "refused", "too_long", "invalid"],
                "description": "Why a call comes here from the model above. trouble: it does not answer. refused: it "
                "refuses the content. too_long: the prompt is. invalid: its answer cannot be read, finding: a check "
                "finds an error, both also after a repair. unsure: its `unsure` holds.",
            },
            "unsure": text_schema(
                "A condition over the fields and what this model made; where it holds, its answer is not sure enough: "
                "`confidence < 0.6`."
            ),
            "weight": whole_schema("Neighbours with weights share the calls in these proportions.", 1),
            "in_flight": whole_schema("Calls at once, at most.", 1),
            "requests_per_minute": whole_schema("What the account may send in a minute.", 1),
            "tokens_per_minute": whole_schema("What the account may use in a minute.", 1),
            "patience_s": whole_schema(
                "Seconds that a call waits here for trouble to end. Default: 60; 600 for the last.", 1
            ),
            "cooldown_s": whole_schema("Seconds for which nobody asks it after that. Else 30."),
        },
    }


def _check(yaml: YamlFile, source: str, known: frozenset[str], *place: str | int) -> None:
    try:
        compile_condition(source, first_line=yaml.line(*place) or 1, known=known)
    except TemplateError as error:
        raise RecipeError(error.en, file=yaml.file, line=error.line, zh=error.zh) from error
