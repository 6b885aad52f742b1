"""From the YAML of a recipe to its record; what is wrong is said with its line, before any row is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from goodsmith.base.yaml_files import Place, YamlFile, read_yaml
from goodsmith.errors import UsageError
from goodsmith.recipe.fields import read_fields
from goodsmith.recipe.kinds import KINDS
from goodsmith.recipe.models import read_models
from goodsmith.recipe.names import locale_tag, refuse_reserved
from goodsmith.recipe.own_tests import read_tests
from goodsmith.recipe.schema import recipe_schema
from goodsmith.recipe.step_reader import StepReader
from goodsmith.recipe.versions import version_of
from goodsmith.records import AskStep, FieldSpec, Recipe, Step


def parse_recipe(text: str, *, path: str = "") -> Recipe:
    """The recipe that a YAML text describes. path: shown in errors, and kept with the recipe.

    Raises RecipeError (`file:line: what was seen, what was expected`).
    """
    yaml = read_yaml(text, recipe_schema(), file=path or "recipe")
    value = yaml.value
    fields = _fields(yaml)
    steps = _steps(yaml, fields)
    locales = tuple(locale_tag(yaml, tag, "locales", at) for at, tag in enumerate(value.get("locales", [])))
    return Recipe(
        name=value["recipe"],
        version=version_of(value),
        about=value.get("about", ""),
        fields=fields,
        steps=steps,
        checks=_checks(yaml),
        locales=locales,
        models=read_models(yaml, fields=fields, steps=steps),
        keywords=tuple(value.get("keywords", ())),
        tests=read_tests(yaml, fields=fields, steps=steps, locales=locales),
        path=path,
        text=text,
    )


# ---- from values to records ---------------------------------------------------------------------------------------


def _fields(yaml: YamlFile) -> tuple[FieldSpec, ...]:
    for name in yaml.value.get("fields") or {}:
        refuse_reserved(yaml, name, "fields", name)
    return read_fields(yaml.value)


def _steps(yaml: YamlFile, fields: Sequence[FieldSpec]) -> tuple[Step, ...]:
    values: list[Mapping[str, Any]] = yaml.value["steps"]
    kinds = [_kind_of(yaml, index, value) for index, value in enumerate(values)]
    _refuse_same_names(yaml, kinds)
    fills = _fills(yaml, kinds)
    made: list[Step] = []
    for index, (key, value) in enumerate(zip(kinds, values, strict=True)):
        reader = StepReader(yaml, index, key, fields=fields, earlier=tuple(made), fills=fills)
        step = KINDS[key].read(reader, value)
        if KINDS[key].derives:
            _refuse_answers(yaml, index, step, made, kinds)
        _refuse_variants(yaml, index, step, made)
        made.append(step)
    return tuple(made)


def _refuse_answers(yaml: YamlFile, index: int, step: Step, earlier: Sequence[Step], kinds: Sequence[str]) -> None:
    """A step without a model is done before any is asked, so that previews, forecasts and hashes can rely on it."""
    for at, other in enumerate(earlier):
        if other.name in step.needs and not KINDS[kinds[at]].derives:
            yaml.fail(
                f"{kinds[index]} is done before a model is asked, so it cannot read what step {at + 1} answers; "
                "let it read fields",
                f"{kinds[index]} 在询问模型之前完成,因此不能读取第 {at + 1} 步的回答;请改为读取字段",
                *("steps", index, kinds[index]),
            )


def _refuse_variants(yaml: YamlFile, index: int, step: Step, earlier: Sequence[Step]) -> None:
    """What is said of a style cannot rest on what was said of one of its variants."""
    if not isinstance(step, AskStep) or step.level != "family":
        return
    for at, other in enumerate(earlier):
        if other.name in step.needs and isinstance(other, AskStep) and other.level == "variant":
            yaml.fail(
                f"step {index + 1} is asked once for a family, so it cannot read what step {at + 1} says of one "
                "variant; give that one `level: family`, too",
                f"第 {index + 1} 步每款只问一次,不能读取第 {at + 1} 步对单个规格的回答;请将后者也设为 level: family",
                *("steps", index, "ask", "level"),
            )


def _kind_of(yaml: YamlFile, index: int, value: Mapping[str, Any]) -> str:
    """The one key that says what the step does; what stands beside it must belong to it."""
    found = [key for key in value if key in KINDS]
    if len(found) != 1:
        seen, listed = ", ".join(value), ", ".join(KINDS)
        yaml.fail(
            f"step {index + 1} has the keys {seen}; it needs one of: {listed}",
            f"第 {index + 1} 步的键为 {seen};应有且只有其中之一:{listed}",
            *("steps", index),
        )
    key = found[0]
    for other in value:
        if other not in KINDS[key].keys:
            yaml.fail(f"{other!r} does not belong to {key!r}", f"{other!r} 不能与 {key!r} 同用", "steps", index, other)
    return key


def _refuse_same_names(yaml: YamlFile, kinds: Sequence[str]) -> None:
    names: dict[str, int] = {}
    for index, key in enumerate(kinds):
        step: Mapping[str, Any] = yaml.value["steps"][index][key]
        name = step.get("name", key)
        if name in names:
            place: Place = ("steps", index, key, *(("name",) if "name" in step else ()))
            yaml.fail(
                f"step {index + 1} has the same name as step {names[name] + 1}: {name!r}; give each step a `name`",
                f"第 {index + 1} 步与第 {names[name] + 1} 步同名:{name!r};请为每一步写 `name`",
                *place,
            )
        names[name] = index


def _fills(yaml: YamlFile, kinds: Sequence[str]) -> list[frozenset[str]]:
    """The names that each step fills. They are unique over the whole recipe."""
    owners: dict[str, int] = {}
    for index, key in enumerate(kinds):
        for name, place in KINDS[key].fills(yaml.value["steps"][index]).items():
            at: Place = ("steps", index, *place)
            refuse_reserved(yaml, name, *at)
            if name in owners:
                yaml.fail(
                    f"the slot {name!r} is already filled by step {owners[name] + 1}",
                    f"字段 {name!r} 已由第 {owners[name] + 1} 步生成",
                    *at,
                )
            owners[name] = index
    return [frozenset(name for name, owner in owners.items() if owner == index) for index in range(len(kinds))]


def _checks(yaml: YamlFile) -> tuple[str, ...]:
    from goodsmith.checks import require_check  # noqa: PLC0415  checks are loaded where they are named

    names: list[str] = yaml.value.get("checks", [])
    for at, name in enumerate(names):
        try:
            require_check(name)
        except UsageError as unknown:
            yaml.fail(unknown.en, unknown.say("zh"), "checks", at)
    return tuple(dict.fromkeys(names))
