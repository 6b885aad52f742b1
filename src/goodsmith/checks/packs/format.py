"""What a pack is made of, and how it is read: one YAML file, every mistake with its line."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from goodsmith.base.yaml_files import YamlFile, read_yaml
from goodsmith.errors import RecipeError
from goodsmith.records import LengthUnit, Severity

Kind = Literal["words", "pattern", "length", "letters", "repeat", "shape", "require", "count"]
Confidence = Literal["high", "medium", "low"]
SHAPES: Final = ("all_caps", "emoji", "html", "url", "email", "phone", "price", "invisible")
_UNBOUNDED: Final = re.compile(r"(?<!\\)[*+](?![^\[]*\])|\{\d*,\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How long a text may be. recommended: what is better, said as a note."""

    unit: LengthUnit = "characters"
    min: int | None = None
    max: int | None = None
    recommended: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A test row of a rule. slot, language, category, fields: where the text stands."""

    text: str
    slot: str = "text"
    language: str = ""
    category: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackRule:
    """One rule: where it applies, what it looks for, what it says.

    slots: names with `*`, empty: all. languages: codes such as `zh`, empty: all. categories: words of which one must
    stand in the product's category, empty: all; not_categories: none of them may. unless: phrases in which a word is
    allowed. evidence: fields of which one must be filled for the word to be allowed.
    """

    id: str
    kind: Kind
    say: str
    zh: str
    severity: Severity
    law: str = ""
    confidence: Confidence = "medium"
    since: str = ""
    slots: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    not_categories: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    pattern: str = ""
    unless: tuple[str, ...] = ()
    own_names: bool = False  # a word that stands in the product's brand, model or name is allowed
    evidence: tuple[str, ...] = ()
    limit: Limit = field(default_factory=Limit)
    letters: str = ""
    most: int = 0  # times that a word, or items that a list, may have
    shape: str = ""
    ask: str = ""  # what the prompt says beforehand
    bad: tuple[Sample, ...] = ()
    good: tuple[Sample, ...] = ()
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Rules of one law or one marketplace. version: 8 hex digits of the content."""

    name: str
    about: str
    about_zh: str
    market: tuple[str, ...]
    read_on: str  # when the source was read, ISO 8601
    sources: tuple[str, ...]
    rules: tuple[PackRule, ...]
    version: str
    path: str = ""


def parse_pack(text: str, *, path: str = "") -> Pack:
    """The pack that a YAML text describes. Raises RecipeError with file and line."""
    yaml = read_yaml(text, pack_schema(), file=path or "pack")
    value = yaml.value
    rules = tuple(_rule(yaml, at, given) for at, given in enumerate(value["rules"]))
    seen: dict[str, int] = {}
    for at, rule in enumerate(rules):
        if rule.id in seen:
            yaml.fail(f"the rule {rule.id!r} stands here twice", f"规则 {rule.id!r} 重复出现", "rules", at, "id")
        seen[rule.id] = at
    return Pack(
        name=value["pack"],
        about=value["about"],
        about_zh=value["about_zh"],
        market=tuple(value["market"]),
        read_on=value["read_on"],
        sources=tuple(value["sources"]),
        rules=rules,
        version=hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:8],
        path=path,
    )


def pack_schema() -> dict[str, Any]:
    """The JSON Schema of a pack."""
    texts = {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 300}, "maxItems": 20_000}
    sample = {
        "anyOf": [
            {"type": "string"},
            {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "slot": {"type": "string"},
                    "language": {"type": "string"},
                    "category": {"type": "string"},
                    "fields": {"type": "object", "additionalProperties": {"type": "string"}},
                },
                "required": ["text"],
                "additionalProperties": False,
            },
        ]
    }
    number = {"type": "integer", "minimum": 0, "maximum": 1_000_000}
    rule = {
        "type": "object",
        "properties": {
            "id": {"type": "string", "pattern": "[a-z0-9_.]{3,60}", "x-expected": "small letters, digits, dots"},
            "say": {"type": "string"},
            "zh": {"type": "string"},
            "severity": {"type": "string", "enum": [one.value for one in Severity]},
            "law": {"type": "string"},
            "confidence": {"type": "string", "enum": ["high", "medium", "low"]},
            "since": {"type": "string"},
            "slots": texts,
            "languages": texts,
            "categories": texts,
            "not_categories": texts,
            "words": texts,
            "pattern": {"type": "string", "maxLength": 2_000},
            "unless": texts,
            "own_names": {"type": "boolean"},
            "evidence": texts,
            "length": {
                "type": "object",
                "properties": {
                    "unit": {"type": "string", "enum": ["characters", "utf8_bytes", "half_width"]},
                    "min": number,
                    "max": number,
                    "recommended": number,
                },
                "additionalProperties": False,
            },
            "letters": {"type": "string", "maxLength": 200},
            "repeat": number,
            "count": number,
            "shape": {"type": "string", "enum": list(SHAPES)},
            "require": texts,
            "ask": {"type": "string"},
            "bad": {"type": "array", "items": sample},
            "good": {"type": "array", "items": sample},
        },
        "required": ["id", "say", "zh", "severity"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {
            "pack": {"type": "string", "pattern": "[a-z0-9_]{2,40}", "x-expected": "small letters, digits, _"},
            "about": {"type": "string"},
            "about_zh": {"type": "string"},
            "market": texts,
            "read_on": {"type": "string"},
            "sources": texts,
            "rules": {"type": "array", "items": rule, "minItems": 1},
        },
        "required": ["pack", "about", "about_zh", "market", "read_on", "sources", "rules"],
        "additionalProperties": False,
    }


_KINDS: Final[Mapping[str, Kind]] = {
    "words": "words",
    "pattern": "pattern",
    "length": "length",
    "letters": "letters",
    "repeat": "repeat",
    "shape": "shape",
    "require": "require",
    "count": "count",
}


def _rule(yaml: YamlFile, at: int, given: Mapping[str, Any]) -> PackRule:
    looks_for = [name for name in _KINDS if name in given and not (name == "words" and "require" in given)]
    if len(looks_for) != 1:
        seen = ", ".join(looks_for) or "none"
        yaml.fail(
            f"the rule {given['id']!r} must look for one thing, one of {', '.join(_KINDS)}; seen: {seen}",
            f"规则 {given['id']!r} 须且只须包含 {'、'.join(_KINDS)} 之一;现为:{seen}",
            "rules",
            at,
        )
    kind = _KINDS[looks_for[0]]
    if "pattern" in given:
        _require_bounded(yaml, at, given["pattern"])
    limit = given.get("length", {})
    return PackRule(
        id=given["id"],
        kind=kind,
        say=given["say"],
        zh=given["zh"],
        severity=Severity(given["severity"]),
        law=given.get("law", ""),
        confidence=given.get("confidence", "medium"),
        since=given.get("since", ""),
        slots=tuple(given.get("slots", ())),
        languages=tuple(given.get("languages", ())),
        categories=tuple(given.get("categories", ())),
        not_categories=tuple(given.get("not_categories", ())),
        words=tuple(given.get("require" if kind == "require" else "words", ())),
        pattern=given.get("pattern", ""),
        unless=tuple(given.get("unless", ())),
        own_names=given.get("own_names", False),
        evidence=tuple(given.get("evidence", ())),
        limit=Limit(**limit),
        letters=given.get("letters", ""),
        most=given.get("repeat", given.get("count", 0)),
        shape=given.get("shape", ""),
        ask=given.get("ask", ""),
        bad=tuple(_sample(one) for one in given.get("bad", ())),
        good=tuple(_sample(one) for one in given.get("good", ())),
        line=yaml.line("rules", at),
    )


def _sample(given: str | Mapping[str, Any]) -> Sample:
    return Sample(text=given) if isinstance(given, str) else Sample(**given)


def _require_bounded(yaml: YamlFile, at: int, pattern: str) -> None:
    """A regular expression that a stranger's cell cannot hold up: no * and no +."""
    if _UNBOUNDED.search(pattern):
        yaml.fail(
            "a pattern must say how often at most: {0,20} in place of * and {1,20} in place of +",
            "正则表达式须写明重复上限:用 {0,20} 代替 *,用 {1,20} 代替 +",
            "rules",
            at,
            "pattern",
        )
    try:
        re.compile(pattern)
    except re.error as problem:
        raise RecipeError(
            f"the pattern is not understood: {problem}",
            file=yaml.file,
            line=yaml.line("rules", at, "pattern"),
            zh=f"无法理解正则表达式:{problem}",
        ) from problem
