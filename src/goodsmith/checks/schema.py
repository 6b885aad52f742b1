"""Do the drafts have the asked form: every slot there, of the right type, from the allowed values, enough items?"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping, Sequence

from goodsmith.checks.texts import shown
from goodsmith.records import Draft, Fields, Finding, Locale, OutputSpec, Severity, Value

_KINDS = {
    "text": ("a text", "文本"),
    "list": ("a list of texts", "文本列表"),
    "number": ("a number", "数字"),
    "integer": ("a whole number", "整数"),
    "boolean": ("yes or no", "是或否"),
    "choice": ("one of the allowed values", "允许的取值之一"),
}


class Schema:
    """A value of the wrong type or outside the allowed ones blocks: it must never be written."""

    name = "schema"
    deep = False

    def __call__(
        self, drafts: Sequence[Draft], *, outputs: Mapping[str, OutputSpec], fields: Fields, locale: Locale | None
    ) -> Iterator[Finding]:
        made = set()
        for draft in drafts:
            slot = draft.slot
            made.add(slot)
            spec = outputs.get(slot)
            if spec is None:
                yield _found(
                    draft,
                    Severity.BLOCK,
                    f"the recipe has no slot of this name; it has {', '.join(outputs)}",
                    f"模板中没有这个字段,已有:{'、'.join(outputs)}",
                )
            elif draft.value is not None:
                yield from _judge(draft, spec)
            elif spec.required:
                yield _found(draft, Severity.ERROR, "it is missing", "缺少内容")
        for slot, spec in outputs.items():
            if slot not in made and spec.required:
                tag = locale.tag if locale else ""
                absent = Draft(slot=slot, locale=drafts[0].locale if drafts else tag, value=None, maker="")
                yield _found(absent, Severity.ERROR, "it is missing", "缺少内容")


def _judge(draft: Draft, spec: OutputSpec) -> Iterator[Finding]:
    value = draft.value
    if not _has_type(value, spec.type):
        en, zh = _KINDS[spec.type]
        yield _found(
            draft,
            Severity.BLOCK,
            f"expected {en}, got {shown(repr(value))}",
            f"应为{zh},实际为 {shown(repr(value))}",
        )
    elif spec.type == "choice":
        if value not in spec.choices:
            near = difflib.get_close_matches(str(value)[:100], spec.choices, n=3, cutoff=0.5) or spec.choices[:12]
            yield _found(
                draft,
                Severity.BLOCK,
                f"{shown(str(value))!r} is not an allowed value; allowed: {', '.join(near)}",
                f"“{shown(str(value))}” 不在允许的取值中;可用:{'、'.join(near)}",
            )
    elif type(value) is tuple:
        yield from _count(draft, spec, len(value))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if spec.min is not None and value < spec.min:
            yield _found(draft, Severity.ERROR, f"{value} is less than {spec.min}", f"{value} 小于下限 {spec.min}")
        if spec.max is not None and value > spec.max:
            yield _found(draft, Severity.ERROR, f"{value} is more than {spec.max}", f"{value} 大于上限 {spec.max}")


def _has_type(value: Value, kind: str) -> bool:
    if kind in {"text", "choice"}:
        return type(value) is str
    if kind == "list":
        return type(value) is tuple and all(type(item) is str for item in value)
    if kind == "boolean":
        return type(value) is bool
    if kind == "integer":
        return type(value) is int
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _count(draft: Draft, spec: OutputSpec, items: int) -> Iterator[Finding]:
    low, high = spec.min_items, spec.max_items
    if (low is None or items >= low) and (high is None or items <= high):
        return
    if low == high:
        en, zh = f"exactly {low}", f"正好 {low} 条"
    elif low is not None and items < low:
        en, zh = f"at least {low}", f"至少 {low} 条"
    else:
        en, zh = f"at most {high}", f"最多 {high} 条"
    yield _found(draft, Severity.ERROR, f"{items} items, {en} wanted", f"有 {items} 条,要求{zh}")


def _found(draft: Draft, severity: Severity, en: str, zh: str) -> Finding:
    return Finding(
        rule="schema",
        severity=severity,
        slot=draft.slot,
        locale=draft.locale,
        en=f"{draft.slot}: {en}",
        zh=f"{draft.slot}:{zh}",
    )
