"""What is wrong with a category schema: statements that contradict each other, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from goodsmith.base.category_schema import attributes_of, name_in, path_of, spellings_of
from goodsmith.base.liquid import compile_condition
from goodsmith.base.spelling import plain_value
from goodsmith.base.units import convertible, unit_of
from goodsmith.errors import TemplateError
from goodsmith.records import Attribute, CategorySchema


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to mend. place: file and line, or sheet and cell. contradiction: two statements cannot both hold."""

    code: str
    en: str
    zh: str
    place: str
    contradiction: bool = True

    def say(self, language: str) -> str:
        return self.zh if language.startswith("zh") else self.en


def check_schema(schema: CategorySchema) -> tuple[Problem, ...]:
    """All that should be mended, in the order of the schema; nothing for a good one."""
    found: dict[tuple[str, str, str], Problem] = {}
    for category in schema.categories:
        for attribute in category.attributes:
            for problem in (*_own(attribute), *_values(attribute)):
                found.setdefault((problem.code, problem.place, problem.en), problem)
        for problem in (*_against_ancestors(schema, category.id), *_names(schema, category.id)):
            found.setdefault((problem.code, problem.place, problem.en), problem)
    return tuple(found.values())


def _own(attribute: Attribute) -> Iterator[Problem]:
    name, place = attribute.id, attribute.place
    if attribute.type == "choice" and not attribute.values and not attribute.open:
        yield Problem(
            code="choice_without_values", place=place,
            en=f"{name}: a choice with no values to choose from; list them, or let it be open or text",
            zh=f"{name}:单选属性没有可选值;请列出可选值,或设为开放(open)或文本",
        )  # fmt: skip
    if attribute.values and attribute.type not in {"choice", "boolean", "text"}:
        yield Problem(
            code="values_of_a_number", place=place,
            en=f"{name}: allowed values are listed for a {attribute.type}; make it a choice, or drop the values",
            zh=f"{name}:{attribute.type} 类型不应列出可选值;请改为 choice,或删除可选值",
        )  # fmt: skip
    if attribute.type == "quantity" and not attribute.unit:
        yield Problem(
            code="no_unit", place=place,
            en=f"{name}: a quantity without a unit; say which one values are kept in, such as cm",
            zh=f"{name}:数量属性没有单位;请写明统一单位,如 cm",
        )  # fmt: skip
    for unit in filter(None, (attribute.unit, *attribute.units)):
        if unit_of(unit) is None:
            yield Problem(
                code="unknown_unit", place=place, contradiction=False,
                en=f"{name}: the unit {unit!r} is not known, so values are compared as they are written",
                zh=f"{name}:无法识别单位 {unit!r},将按原文比较",
            )  # fmt: skip
        elif attribute.unit and unit_of(attribute.unit) and not convertible(unit, attribute.unit):
            yield Problem(
                code="unit_not_convertible", place=place,
                en=f"{name}: {unit} cannot be converted to {attribute.unit}; they measure different things",
                zh=f"{name}:{unit} 无法换算为 {attribute.unit},两者不是同一种量",
            )  # fmt: skip
    for low, high, what, what_zh in (
        (attribute.min, attribute.max, "value", "取值"),
        (attribute.min_length, attribute.max_length, "length", "长度"),
    ):
        if low is not None and high is not None and low > high:
            yield Problem(
                code="limits_crossed", place=place,
                en=f"{name}: the least {what} {low:g} is above the greatest {high:g}",
                zh=f"{name}:{what_zh}下限 {low:g} 大于上限 {high:g}",
            )  # fmt: skip
    if attribute.max_values is not None and attribute.max_values > 1 and not attribute.multiple:
        yield Problem(
            code="many_values_of_one", place=place,
            en=f"{name}: up to {attribute.max_values} values, and yet only one may be given (multiple is false)",
            zh=f"{name}:最多 {attribute.max_values} 个值,但又只允许填一个(multiple 为 false)",
        )  # fmt: skip
    if attribute.pattern:
        try:
            re.compile(attribute.pattern)
        except re.error as error:
            yield Problem(
                code="bad_pattern", place=place,
                en=f"{name}: the pattern {attribute.pattern!r} cannot be read: {error}",
                zh=f"{name}:正则表达式 {attribute.pattern!r} 有误:{error}",
            )  # fmt: skip


def _values(attribute: Attribute) -> Iterator[Problem]:
    ids: dict[str, str] = {}
    meant: dict[str, str] = {}
    for value in attribute.values:
        if value.id in ids:
            yield Problem(
                code="value_twice", place=value.place or attribute.place,
                en=f"{attribute.id}: the value id {value.id!r} is there twice (also in {ids[value.id]})",
                zh=f"{attribute.id}:可选值编号 {value.id!r} 重复(另见 {ids[value.id]})",
            )  # fmt: skip
        ids.setdefault(value.id, value.place or attribute.place)
        for spelling in spellings_of(value):
            key = plain_value(spelling)
            other = meant.setdefault(key, value.id)
            if key and other != value.id:
                yield Problem(
                    code="spelling_of_two_values", place=value.place or attribute.place,
                    en=f"{attribute.id}: {spelling!r} means {other!r} and {value.id!r}; let it stand with one of them",
                    zh=f"{attribute.id}:{spelling!r} 同时指 {other!r} 和 {value.id!r};请只保留在其中一个",
                )  # fmt: skip


def _against_ancestors(schema: CategorySchema, category: str) -> Iterator[Problem]:
    *ancestors, own = path_of(schema, category)
    above = {attribute.id: attribute for ancestor in ancestors for attribute in ancestor.attributes}
    for attribute in own.attributes:
        parent = above.get(attribute.id)
        if parent is None:
            continue
        if parent.type != attribute.type:
            yield Problem(
                code="type_differs", place=attribute.place,
                en=f"{attribute.id}: {attribute.type} here, {parent.type} in {parent.place or 'the parent'}",
                zh=f"{attribute.id}:此处为 {attribute.type},上级({parent.place})为 {parent.type}",
            )  # fmt: skip
        if parent.unit and attribute.unit and not convertible(parent.unit, attribute.unit):
            yield Problem(
                code="unit_differs", place=attribute.place,
                en=f"{attribute.id}: in {attribute.unit} here, in {parent.unit} in {parent.place or 'the parent'}",
                zh=f"{attribute.id}:此处单位 {attribute.unit},上级({parent.place})为 {parent.unit}",
            )  # fmt: skip
        if parent.need == "required" and attribute.need == "optional":
            yield Problem(
                code="need_differs", place=attribute.place,
                en=f"{attribute.id}: optional here, required in {parent.place or 'the parent'}",
                zh=f"{attribute.id}:此处为选填,上级({parent.place})为必填",
            )  # fmt: skip


def _names(schema: CategorySchema, category: str) -> Iterator[Problem]:
    attributes = attributes_of(schema, category)
    meant: dict[str, Attribute] = {}
    for attribute in attributes:
        for spelling in spellings_of(attribute):
            other = meant.setdefault(plain_value(spelling), attribute)
            if other.id != attribute.id:
                yield Problem(
                    code="name_of_two_attributes", place=attribute.place or other.place, contradiction=False,
                    en=f"{category}: {spelling!r} names {other.id} and {attribute.id}; such a column needs a person",
                    zh=f"{category}:{spelling!r} 同时是 {other.id} 和 {attribute.id} 的名称;同名列需人工确认",
                )  # fmt: skip
        if attribute.when:
            yield from _condition(attribute, {one.id for one in attributes}, name_in(attribute, "zh"))


def _condition(attribute: Attribute, known: set[str], shown: str) -> Iterator[Problem]:
    try:
        names = compile_condition(attribute.when).names
    except TemplateError as error:
        yield Problem(
            code="bad_condition", place=attribute.place,
            en=f"{attribute.id}: its condition cannot be read: {error.en}",
            zh=f"{shown}:适用条件有误:{error.say('zh')}",
        )  # fmt: skip
        return
    for name in sorted(set(names) - known):
        yield Problem(
            code="condition_on_nothing", place=attribute.place,
            en=f"{attribute.id}: its condition asks for {name!r}, which the category does not have",
            zh=f"{shown}:适用条件引用了类目中没有的属性 {name!r}",
        )  # fmt: skip
