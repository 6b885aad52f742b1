"""Writes the YAML of a new recipe: a known one changed as a sentence wishes, or parts that a model chose."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from goodsmith.base.locales import parse_locale
from goodsmith.errors import UnknownName
from goodsmith.recipe.known_fields import KNOWN_FIELDS
from goodsmith.recipe.wishes import Wish
from goodsmith.records import Recipe

_LIMITS: Final = frozenset({"items", "max-length", "min-length", "word-count"})
_LANGUAGE: Final = "{{ locale.language }}"
_NAME_SIGNS: Final = re.compile(r"[^\w\-]+")


def adapted(base: Recipe, wish: Wish) -> str:
    """A known recipe as the sentence wants it: languages, numbers, and the sentence itself in the instruction.

    Sentences, examples and tests of other languages are left out. The text is YAML and keeps the base's comments.
    """
    yaml, data = _round_trip(base.text)
    data["recipe"] = _new_name(base, wish)
    data["about"] = wish.sentence
    data.pop("keywords", None)
    codes = {parse_locale(tag).code for tag in wish.locales}
    if wish.locales:
        data["locales"] = _flow(list(wish.locales))
    limits_changed = wish.items is not None or wish.longest is not None
    ask = next((step["ask"] for step in data["steps"] if "ask" in step), None)
    if ask is not None:
        _ask_for(ask, wish)
        _limit(ask["output"], wish)
        if limits_changed:
            ask.pop("examples", None)  # they teach other numbers
    for step in data["steps"]:
        if codes and "ask" in step:
            _keep_languages(step, codes)
    _keep_tests(data, codes, limits_changed=limits_changed)
    return _dumped(yaml, data)


def assembled(parts: Mapping[str, Any], base: Recipe, wish: Wish) -> str:
    """The recipe that a model designed. parts: as `design_schema` says. What it wrote is text, never a template.

    Sentences for its slots are taken from the base where it has slots of that name.
    """
    yaml, data = _round_trip(base.text)
    base_ask = next(step for step in data["steps"] if "ask" in step)
    outputs = {_slot(output["slot"], number): _output(output) for number, output in enumerate(parts["outputs"])}
    fields = {_slot(field["name"], number): _field(field) for number, field in enumerate(parts["fields"])}
    fields = {"name": {"required": True}, **{name: spec for name, spec in fields.items() if name != "name"}}
    made: dict[str, Any] = {
        "recipe": _NAME_SIGNS.sub("-", parts["name"]).strip("-_")[:64] or _new_name(base, wish),
        "about": wish.sentence,
        "fields": {name: spec and _flow(spec) for name, spec in fields.items()},
    }
    locales = [tag for tag in (*wish.locales, *parts["locales"]) if _is_locale(tag)] or list(base.locales)
    if locales:
        made["locales"] = _flow(list(dict.fromkeys(locales)))
    asked = {
        "instruction": _block(_plain(parts["instruction"])),
        "input": _block(_input_of(fields)),
        "requirements": [_plain(one) for one in parts["requirements"] if one.strip()],
        "output": outputs,
    }
    step: dict[str, Any] = {"ask": asked}
    stencil = _borrowed(base_ask.get("stencil") or {}, base, outputs, fields)
    if stencil:
        step["stencil"] = stencil
    made["steps"] = [step]
    made["checks"] = _flow(list(base.checks))
    return _dumped(yaml, made)


def design_schema() -> dict[str, Any]:
    """JSON Schema of the parts of a recipe that a model is asked to choose."""
    text = {"type": "string"}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "locales", "fields", "instruction", "requirements", "outputs"],
        "properties": {
            "name": {**text, "description": "A short name of the recipe: letters, digits and -."},
            "locales": {"type": "array", "items": text, "description": "Languages to write in, such as zh-CN."},
            "fields": {
                "type": "array",
                "description": f"What the recipe reads of a product. Known ones: {', '.join(KNOWN_FIELDS)}.",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["name", "about", "aliases"],
                    "properties": {
                        "name": text,
                        "about": text,
                        "aliases": {"type": "array", "items": text, "description": "Usual column headers."},
                    },
                },
            },
            "instruction": {
                **text,
                "description": f"Who the model is and what to do, in two or three sentences. Say {_LANGUAGE} where the "
                "language to write in is meant.",
            },
            "requirements": {"type": "array", "items": text, "description": "What the answer must obey, a line each."},
            "outputs": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["slot", "type", "about", "max", "max_items", "required"],
                    "properties": {
                        "slot": {**text, "description": "A name: small letters, digits and _."},
                        "type": {"type": "string", "enum": ["text", "list"]},
                        "about": text,
                        "max": {"type": "integer", "description": "Longest text or item, in characters."},
                        "max_items": {"type": ["integer", "null"], "description": "Of a list; null for a text."},
                        "required": {"type": "boolean"},
                    },
                },
            },
        },
    }


# ---- changing a known recipe --------------------------------------------------------------------------------------


def _new_name(base: Recipe, wish: Wish) -> str:
    languages = "-".join(dict.fromkeys(parse_locale(tag).code for tag in wish.locales))
    return f"{base.name}-{languages}"[:64] if languages else f"my-{base.name}"[:64]


def _ask_for(ask: Any, wish: Wish) -> None:
    wanted = _without_marks(wish.sentence)
    ask["instruction"] = _block(f"{str(ask['instruction']).rstrip()}\nWhat the shop asks for, in its words: {wanted}")


def _limit(outputs: Any, wish: Wish) -> None:
    """Numbers of the sentence go to the first slot that can have them."""
    first = next(iter(outputs))
    lists = [slot for slot, spec in outputs.items() if (spec or {}).get("type") == "list"]
    if wish.items is not None and lists:
        spec = outputs[lists[0]]
        for key in ("min_items", "max_items", "items"):
            spec.pop(key, None)
        spec["items"] = wish.items
    if wish.longest is not None:
        slot = lists[0] if lists and wish.items is not None else first
        spec = outputs[slot] if outputs[slot] is not None else {}
        kind = spec.get("type", "text")
        if kind in {"text", "list"}:
            spec["max" if kind == "text" else "each_max"] = wish.longest
            spec["unit"] = "characters"
            outputs[slot] = spec


def _keep_languages(step: Any, codes: set[str]) -> None:
    ask = step["ask"]
    examples = [one for one in ask.get("examples", ()) if _code(one.get("language", "")) in {"", *codes}]
    if "examples" in ask:
        ask["examples"] = examples
        if not examples:
            del ask["examples"]
    stencil = step.get("stencil")
    if stencil is None:
        return
    slots = set(ask["output"])
    for key in [key for key in stencil if key != "let" and key not in slots and _code(key) not in codes]:
        del stencil[key]
    if set(stencil) <= {"let"}:
        del step["stencil"]


def _keep_tests(data: Any, codes: set[str], *, limits_changed: bool) -> None:
    tests = data.pop("tests", None) or []
    kept: list[Any] = []
    for test in tests:
        if codes and _code(test.get("locale", "")) not in codes:
            continue
        asserted = [one for one in test["assert"] if not (limits_changed and one["type"] in _LIMITS)]
        if asserted:
            test["assert"] = asserted
            kept.append(test)
    if kept:
        data["tests"] = kept


def _code(tag: str) -> str:
    return tag.partition("-")[0].lower()


# ---- what a model designed ----------------------------------------------------------------------------------------


def _borrowed(
    stencil: Mapping[str, Any], base: Recipe, outputs: Mapping[str, Any], fields: Mapping[str, Any]
) -> dict[str, Any]:
    """The base's sentences for slots that the new recipe has too, if it reads all fields that they need."""
    types = {output.slot: output.type for output in base.outputs}
    if not {spec.name for spec in base.fields} <= fields.keys():
        return {}
    same = {slot for slot, spec in outputs.items() if types.get(slot) == spec["type"]}
    kept = {
        key: {slot: said for slot, said in inner.items() if slot == "let" or slot in same}
        for key, inner in stencil.items()
        if isinstance(inner, Mapping) and key != "let"
    }
    return {key: inner for key, inner in kept.items() if set(inner) - {"let"}}


def _input_of(fields: Mapping[str, Any]) -> str:
    labels = {name: name.replace("_", " ").capitalize() for name in fields}
    lines = [f'{name} | neat | cut: 1500 | labelled: "{label}" }}}}' for name, label in labels.items()]
    return "\n".join(["{{ " + lines[0], *("{{- " + line for line in lines[1:])])


def _output(given: Mapping[str, Any]) -> dict[str, Any]:
    longest = max(1, min(10_000, int(given["max"])))
    made: dict[str, Any] = {"type": given["type"]}
    if given["type"] == "list":
        made |= {"max_items": max(1, min(100, int(given["max_items"] or 5))), "each_max": longest}
    else:
        made["max"] = longest
    if not given["required"]:
        made["required"] = False
    if given["about"].strip():
        made["about"] = _without_marks(given["about"])
    return made


def _field(given: Mapping[str, Any]) -> dict[str, Any] | None:
    if given["name"] in KNOWN_FIELDS:
        return None
    made: dict[str, Any] = {}
    if given["about"].strip():
        made["about"] = " ".join(given["about"].split())
    aliases = [alias.strip() for alias in given["aliases"] if alias.strip()]
    return {**made, "aliases": aliases} if aliases else made or None


def _slot(name: str, number: int) -> str:
    made = re.sub(r"\W+", "_", name.strip()).strip("_")[:64]
    return made if made and not made[0].isdigit() else f"slot_{number + 1}"


def _is_locale(tag: str) -> bool:
    try:
        parse_locale(tag)
    except UnknownName:
        return False
    return True


def _plain(said: str) -> str:
    """Text as text: the language may be named, nothing else is a template."""
    return _LANGUAGE.join(_without_marks(part) for part in said.strip().split(_LANGUAGE))


def _without_marks(said: str) -> str:
    return re.sub(r"\{(?=[{%])|(?<=[}%])\}", "", said)


# ---- YAML ---------------------------------------------------------------------------------------------------------


def _round_trip(text: str) -> tuple[Any, Any]:
    """A YAML writer in our style, and the data with its comments."""
    from ruamel.yaml import YAML  # noqa: PLC0415  loaded where it is used

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml, yaml.load(text)


def _dumped(yaml: Any, data: Any) -> str:
    out = io.StringIO()
    yaml.dump(data, out)
    return out.getvalue()


def _block(text: str) -> Any:
    from ruamel.yaml.scalarstring import LiteralScalarString  # noqa: PLC0415

    return LiteralScalarString(text.rstrip() + "\n")


def _flow(value: Any) -> Any:
    """Written on one line."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq  # noqa: PLC0415

    made = CommentedSeq(value) if isinstance(value, Sequence) else CommentedMap(value)
    made.fa.set_flow_style()
    return made
