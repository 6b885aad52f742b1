"""Reads a stencil: the sentences of each slot, for all locales and for single languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from goodsmith.base.liquid import compile_template
from goodsmith.errors import UnknownName
from goodsmith.recipe.names import RESERVED, locale_tag
from goodsmith.recipe.schema_parts import NAME
from goodsmith.recipe.step_reader import StepReader
from goodsmith.records import OutputSpec

Stencil = Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Let:
    """A short name for a value, as the assignment that it becomes, and the lets that it uses."""

    source: str
    needs: frozenset[str]


def read_stencil(
    step: StepReader, given: Mapping[str, Any], specs: Mapping[str, OutputSpec]
) -> tuple[Stencil, dict[str, Stencil]]:
    """Sentences for all locales, and those of single languages: keys that hold keys are languages."""
    at = (*step.here, "stencil")
    shared = _let(step, given.get("let") or {}, {}, *at, "let")
    flat: dict[str, str | tuple[str, ...]] = {}
    overlays: dict[str, Stencil] = {}
    for key, inner in given.items():
        if key == "let":
            continue
        if not isinstance(inner, Mapping):
            flat[key] = _sentences(step, key, inner, specs, shared, *at, key)
            continue
        if key in specs:
            step.fail(
                f"the sentences of the slot {key!r} must be text or a list of texts",
                f"字段 {key!r} 的句子应为文字或文字列表",
                *at,
                key,
            )
        tag = locale_tag(step.yaml, key, *at, key)
        let = _let(step, inner.get("let") or {}, shared, *at, key, "let")
        overlays[tag] = {
            slot: _sentences(step, slot, sentences, specs, let, *at, key, slot)
            for slot, sentences in inner.items()
            if slot != "let"
        }
    return flat, overlays


def _let(step: StepReader, given: Mapping[str, str], shared: dict[str, _Let], *place: str | int) -> dict[str, _Let]:
    """Short names for values. Each may use those before it."""
    lets = dict(shared)
    for name, expression in given.items():
        if name in step.known or name in RESERVED:
            step.fail(
                f"let: the name {name!r} is taken; choose another",
                f"let:名称 {name!r} 已被使用;请换一个",
                *place,
                name,
            )
        needed = step.names_in(f"{{{{ {expression} }}}}", *place, name, more=lets)
        lets[name] = _Let(source=f"{{% assign {name} = {expression} %}}", needs=needed & lets.keys())
    return lets


def _sentences(
    step: StepReader,
    slot: str,
    given: str | list[str],
    specs: Mapping[str, OutputSpec],
    lets: dict[str, _Let],
    *place: str | int,
) -> str | tuple[str, ...]:
    if slot not in specs:
        unknown = UnknownName("slot", slot, specs, kind_zh="输出字段")
        step.fail(f"stencil: {unknown.en}", f"stencil:{unknown.zh}", *place)
    if isinstance(given, str):
        return _with_lets(step, given, lets, *place)
    if specs[slot].type != "list":
        step.fail(
            f"{slot!r} is {specs[slot].type}, so it takes one template, not a list",
            f"{slot!r} 的类型是 {specs[slot].type},只能写一个模板,不能写列表",
            *place,
        )
    return tuple(_with_lets(step, each, lets, *place, number) for number, each in enumerate(given))


def _with_lets(step: StepReader, source: str, lets: dict[str, _Let], *place: str | int) -> str:
    """The template with the assignments that it needs, and no others, in front; its lines stay where they are."""
    needed = set(step.names_in(source, *place, more=lets)) & lets.keys()
    for name in reversed(lets):  # a let uses earlier ones only
        if name in needed:
            needed |= lets[name].needs
    whole = "".join(let.source for name, let in lets.items() if name in needed) + source
    step.count_as_read(compile_template(whole, known=step.known).names)
    return whole


def stencil_schema() -> dict[str, Any]:
    let = {
        "type": ["object", "null"],
        "propertyNames": NAME,
        "additionalProperties": {"type": "string", "minLength": 1},
        "description": "Short names for values, such as `maker: brand | neat`; each may use those above it.",
    }
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {"let": let},
        "additionalProperties": {
            "anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 100},
                {
                    "type": "object",
                    "properties": {"let": let},
                    "additionalProperties": {"$ref": "#/$defs/sentences"},
                },
            ]
        },
        "description": (
            "The sentences used when no model is asked: slot and template. A key that holds slots of its own is a"
            " language, such as zh or en-GB, and its sentences are used for that language only."
        ),
    }
