"""The step `ask`: a model is asked; without one, the step's own sentences are filled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from goodsmith.base.yaml_files import Place
from goodsmith.errors import UnknownName
from goodsmith.recipe.names import locale_tag
from goodsmith.recipe.outputs import output_schema, read_output
from goodsmith.recipe.schema_parts import NAME, text_schema, whole_schema
from goodsmith.recipe.stencils import read_stencil, stencil_schema
from goodsmith.recipe.step_kind import StepKind
from goodsmith.recipe.step_reader import StepReader
from goodsmith.records import AskStep, Example, OutputSpec, Requirement, Rule


def _fills(value: Mapping[str, Any]) -> dict[str, Place]:
    return {slot: ("ask", "output", slot) for slot in value["ask"]["output"]}


def _read(step: StepReader, value: Mapping[str, Any]) -> AskStep:
    ask = value["ask"]
    outputs = tuple(
        read_output(step.yaml, slot, given or {}, (*step.at, "output", slot)) for slot, given in ask["output"].items()
    )
    instruction = step.template(ask["instruction"], *step.at, "instruction")
    data = step.template(ask["input"], *step.at, "input")
    requirements = tuple(
        _requirement(step, each, *step.at, "requirements", number)
        for number, each in enumerate(ask.get("requirements", ()))
    )
    rules = tuple(_rule(step, each, *step.at, "rules", number) for number, each in enumerate(ask.get("rules", ())))
    specs = {output.slot: output for output in outputs}
    stencil, overlays = read_stencil(step, value.get("stencil", {}), specs)
    examples = _examples(step, ask.get("examples", ()), specs)
    return AskStep(
        name=ask.get("name", "ask"),
        instruction=instruction,
        input=data,
        level=ask.get("level", "variant"),
        requirements=requirements,
        rules=rules,
        outputs=outputs,
        stencil=stencil,
        stencil_locales=overlays,
        examples=examples,
        per_locale=step.per_locale or bool(overlays) or any(example.language for example in examples),
        needs=step.needs,
        temperature=ask.get("temperature"),
        max_output_tokens=ask.get("max_output_tokens"),
        lines=step.lines(),
    )


def _requirement(step: StepReader, given: str | Mapping[str, str], *place: str | int) -> Requirement:
    if isinstance(given, str):
        return Requirement(say=step.template(given, *place), line=step.yaml.line(*place))
    return Requirement(
        say=step.template(given["say"], *place, "say"),
        when=step.condition(given["when"], *place, "when"),
        line=step.yaml.line(*place, "say"),
    )


def _rule(step: StepReader, given: Mapping[str, str], *place: str | int) -> Rule:
    actions = [action for action in ("add", "replace", "drop") if action in given]
    if len(actions) != 1:
        seen = ", ".join(actions) or "none"
        step.fail(
            f"a rule does one thing: expected one of add, replace, drop; seen: {seen}",
            f"一条规则只做一件事:add、replace、drop 三选一;现为:{'、'.join(actions) or '无'}",
            *place,
        )
    action = actions[0]
    if (action == "drop") == ("text" in given):
        en = "drop takes no text" if action == "drop" else f"{action} needs a text"
        zh = "drop 不带 text" if action == "drop" else f"{action} 需要 text"
        step.fail(en, zh, *place, action)
    return Rule(
        when=step.condition(given["when"], *place, "when"),
        part=given[action],  # type: ignore[arg-type]  # the schema lists the parts
        action=action,  # type: ignore[arg-type]
        text=step.template(given["text"], *place, "text") if "text" in given else "",
        line=step.yaml.line(*place),
    )


def _examples(
    step: StepReader, given: Sequence[Mapping[str, Any]], specs: Mapping[str, OutputSpec]
) -> tuple[Example, ...]:
    made: list[Example] = []
    for number, each in enumerate(given):
        place = (*step.at, "examples", number, "output")
        for slot in each["output"]:
            if slot not in specs:
                unknown = UnknownName("slot", slot, specs, kind_zh="输出字段")
                step.fail(f"example {number + 1}: {unknown.en}", f"示例 {number + 1}:{unknown.zh}", *place, slot)
        for slot, spec in specs.items():
            if spec.required and slot not in each["output"]:
                step.fail(
                    f"example {number + 1} does not show {slot!r}, which is required",
                    f"示例 {number + 1} 缺少必填的 {slot!r}",
                    *place,
                )
        language = each.get("language", "")
        if language:
            language = locale_tag(step.yaml, language, *step.at, "examples", number, "language")
        made.append(Example(input=each["input"], output=each["output"], language=language))
    return tuple(made)


def _ask_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["instruction", "input", "output"],
        "additionalProperties": False,
        "description": "What a model is asked.",
        "properties": {
            "name": {
                "type": "string",
                **NAME,
                "default": "ask",
                "description": "The step's name; unique in a recipe.",
            },
            "level": {
                "type": "string",
                "enum": ["family", "variant"],
                "default": "variant",
                "description": "family: asked once for a style, from what all its variants say; they share the answer.",
            },
            "instruction": text_schema("Who the model is and what to do. Template.", minLength=1),
            "input": text_schema("The product's data. Template.", minLength=1),
            "requirements": {
                "type": "array",
                "items": {"$ref": "#/$defs/requirement"},
                "description": "What the answer must obey, one line each.",
            },
            "rules": {
                "type": "array",
                "items": {"$ref": "#/$defs/rule"},
                "description": "Changes to the parts for some products.",
            },
            "output": {
                "type": "object",
                "minProperties": 1,
                "propertyNames": NAME,
                "additionalProperties": {"$ref": "#/$defs/output"},
                "description": "The slots that the step fills, by name. Each becomes a column of the export.",
            },
            "examples": {
                "type": "array",
                "items": {"$ref": "#/$defs/example"},
                "description": "Worked examples shown to the model.",
            },
            "temperature": {
                "type": "number",
                "minimum": 0,
                "maximum": 2,
                "description": "How freely the model chooses its words. Default: the vendor's.",
            },
            "max_output_tokens": whole_schema("Upper bound of the answer. Default: from the outputs' limits.", 1),
        },
    }


def _requirement_schema() -> dict[str, Any]:
    return {
        "anyOf": [
            {"type": "string", "minLength": 1},
            {
                "type": "object",
                "required": ["when", "say"],
                "additionalProperties": False,
                "properties": {
                    "when": text_schema("Condition: the line is only said where it holds.", minLength=1),
                    "say": text_schema("The line. Template.", minLength=1),
                },
            },
        ],
        "description": "A line, or a line with a condition.",
    }


def _rule_schema() -> dict[str, Any]:
    part = {"type": "string", "enum": ["instruction", "input", "requirements"]}
    return {
        "type": "object",
        "required": ["when"],
        "additionalProperties": False,
        "oneOf": [
            {"required": ["add", "text"]},
            {"required": ["replace", "text"]},
            {"required": ["drop"], "not": {"required": ["text"]}},
        ],
        "description": "Where a condition holds, one part of the prompt is added to, replaced or dropped.",
        "properties": {
            "when": text_schema("Condition on fields.", minLength=1),
            "add": {**part, "description": "The part that `text` is added to."},
            "replace": {**part, "description": "The part that `text` replaces."},
            "drop": {**part, "description": "The part that is left out."},
            "text": text_schema("The text to add or to put instead. Template.", minLength=1),
        },
    }


def _example_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["input", "output"],
        "additionalProperties": False,
        "description": "An input and the answer to it.",
        "properties": {
            "input": text_schema("The input part as the model would read it; plain text, no template.", minLength=1),
            "output": {"type": "object", "description": "The answer: slot and value."},
            "language": text_schema("Shown only where this language is written, such as zh or en-GB.", minLength=1),
        },
    }


ASK: Final = StepKind(
    keys={"ask": {"$ref": "#/$defs/ask"}, "stencil": {"$ref": "#/$defs/stencil"}},
    definitions={
        "ask": _ask_schema(),
        "requirement": _requirement_schema(),
        "rule": _rule_schema(),
        "output": output_schema(),
        "example": _example_schema(),
        "stencil": stencil_schema(),
        "sentences": {
            "anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 100},
            ],
            "description": "A template; for a list, one template per item or one that says an item per line.",
        },
    },
    fills=_fills,
    read=_read,
)
