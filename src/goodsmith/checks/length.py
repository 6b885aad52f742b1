"""Does every text keep its limits, in the unit that the shop counts in?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from goodsmith.base.lengths import fitting, length
from goodsmith.checks.texts import Text
from goodsmith.records import Draft, Fields, Finding, LengthUnit, Locale, OutputSpec, Severity

_UNITS: dict[LengthUnit, tuple[str, str]] = {
    "characters": ("characters", "个字符"),
    "utf8_bytes": ("bytes in UTF-8", "个 UTF-8 字节"),
    "half_width": ("half-widths (a Chinese character counts two)", "个半角字符(一个汉字算两个)"),
}


class Length:
    """Too long is an error, with the part that is too much as span; too short likewise; nothing is not short."""

    name = "length"
    deep = False

    def __call__(
        self, drafts: Sequence[Draft], *, outputs: Mapping[str, OutputSpec], fields: Fields, locale: Locale | None
    ) -> Iterator[Finding]:
        for draft in drafts:
            spec = outputs.get(draft.slot)
            if spec is None or (spec.max is None and spec.min is None):
                continue
            value = draft.value
            if type(value) is str:
                if spec.type != "choice" and _is_off(value, spec):
                    yield _judge(Text(draft, 0, value), spec)
            elif type(value) is tuple:
                for number, item in enumerate(value, 1):
                    if type(item) is str and _is_off(item, spec):
                        yield _judge(Text(draft, number, item), spec)


def _is_off(text: str, spec: OutputSpec) -> bool:
    if not text:
        return False  # `empty` says so
    size = length(text, spec.unit)
    return (spec.max is not None and size > spec.max) or (spec.min is not None and size < spec.min)


def _judge(place: Text, spec: OutputSpec) -> Finding:
    size = length(place.text, spec.unit)
    en, zh = _UNITS[spec.unit]
    if spec.max is not None and size > spec.max:
        return place.finding(
            "length",
            Severity.ERROR,
            f"{size} {en}, {size - spec.max} more than the limit of {spec.max}",
            f"共 {size} {zh},比上限 {spec.max} 多 {size - spec.max}",
            start=fitting(place.text, spec.max, spec.unit),
            end=len(place.text),
        )
    return place.finding(
        "length",
        Severity.ERROR,
        f"{size} {en}, at least {spec.min} wanted",
        f"共 {size} {zh},至少需要 {spec.min}",
    )
