"""Whether a value may stand in a template's column, and as what: pure decisions, one cell at a time."""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from goodsmith.base.lengths import length
from goodsmith.base.spelling import plain_value
from goodsmith.base.units import Quantity, convert, convertible, quantities, shown, unit_of
from goodsmith.export.cells import MAX_CELL_UNITS, Cell, units
from goodsmith.records import TemplateColumn

MAX_COMPARED = 2_000  # allowed values that one is looked for among
MAX_REMEMBERED = 10_000
NEAR = 0.6  # likeness from which an allowed value is named as the one that may be meant
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?")
_WORDS = {
    "characters": ("characters", "个字符"),
    "utf8_bytes": ("bytes", "字节"),
    "half_width": ("half-widths", "个半角字符"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a value must not stand there. code is stable."""

    code: str
    en: str
    zh: str
    nearest: str = ""


class Fitter:
    """Fits values into one column: a text to write, or a Refusal. Of a path (家纺 > 被套) the last step may do."""

    def __init__(self, column: TemplateColumn, *, accepted: bool) -> None:
        self.column = column
        self._lists: dict[tuple[str, ...] | None, Mapping[str, str]] = {}
        self._near: dict[tuple[str, ...], str] = {}
        self._passes = accepted and (column.attribute.open or column.unread is not None)

    @property
    def is_number(self) -> bool:
        """Whether its cells hold numbers rather than texts."""
        return self.column.numeric

    def fit(self, value: Cell, chosen: Callable[[int], str]) -> str | Refusal | None:
        """None: there is nothing to write. chosen: what stands in another column of the row, by its place."""
        text = text_of(value)
        if not text:
            return None
        attribute = self.column.attribute
        if self.column.unread is not None:
            return text if self._passes else _refused_unread(self.column)
        if attribute.values:
            return self._listed(text, chosen)
        if self.is_number or attribute.type == "quantity":
            return self._number(text)
        if attribute.type == "date" and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return Refusal(code="no_date", en="a date such as 2031-05-04 is expected", zh="应为日期,如 2031-05-04")
        return self._sized(text)

    def _listed(self, text: str, chosen: Callable[[int], str]) -> str | Refusal | None:
        parents = self.column.depends_on
        values = tuple(chosen(parent) for parent in parents)
        if parents and not all(values):
            if self._passes:
                return text
            return Refusal(
                code="parent_empty",
                en="which values are allowed depends on a column that is empty here",
                zh="可选值取决于另一列,而该列在此行为空",
            )
        if parents and values not in self.column.choices_by:
            return self._sized(text)  # the template has no list for this combination
        choices = self._choices(values if parents else None)
        exact = choices.get(text) or choices.get(plain_value(text)) or choices.get(plain_value(text.rpartition(">")[2]))
        if exact is not None or self._passes:
            return exact or self._sized(text)
        if self.column.attribute.open:
            en, zh = (
                "not in the drop-down, which only proposes: accept the column to write it",
                "不在下拉列表中;该列表仅为建议,可确认接受此列后写入",
            )
        else:
            en, zh = "not in the drop-down", "不在下拉列表中"
        return Refusal(code="not_listed", en=en, zh=zh, nearest=self._nearest(text, choices.values()))

    def _choices(self, values: tuple[str, ...] | None) -> Mapping[str, str]:
        """Spelling -> the platform's: as it is; where it is clear, without regard to case, width and blanks."""
        if values not in self._lists:
            column = self.column
            listed = (
                column.choices_by[values] if values is not None else [value.id for value in column.attribute.values]
            )
            plain: dict[str, str | None] = {}
            for choice in listed:
                plain[plain_value(choice)] = None if plain_value(choice) in plain else choice
            self._lists[values] = {name: choice for name, choice in plain.items() if choice} | {
                choice: choice for choice in listed
            }
        return self._lists[values]

    def _nearest(self, text: str, choices: Collection[str]) -> str:
        """The allowed value that is most like it, "" where none is. The same text is often wrong in many rows."""
        if len(choices) > MAX_COMPARED:
            return ""
        asked = (text, *itertools.islice(choices, 1))
        if asked not in self._near and len(self._near) < MAX_REMEMBERED:
            self._near[asked] = _most_like(text, list(dict.fromkeys(choices)))
        return self._near.get(asked, "")

    def unit_choice(self, symbol: str) -> str:
        """The allowed value that is this unit, "" where none is."""
        for value in self.column.attribute.values:
            unit = unit_of(value.id)
            if unit is not None and unit.symbol == symbol:
                return value.id
        return ""

    def _number(self, text: str) -> str | Refusal:
        attribute = self.column.attribute
        if _NUMBER.fullmatch(text) is None:
            measure = measured(text)
            if measure is None or not attribute.unit or not convertible(measure.unit, attribute.unit):
                meant = f" ({attribute.unit})" if attribute.unit else ""
                return Refusal(
                    code="no_number",
                    en=f"a plain number is expected, such as 12.5{meant}",
                    zh=f"应为纯数字,如 12.5{meant}",
                )
            text = shown(convert(measure.amounts[0], measure.unit, attribute.unit))
        if problem := self._decimals(text):
            return problem
        low, high = attribute.min, attribute.max
        if (low is not None and float(text) < low) or (high is not None and float(text) > high):
            bounds = f"{'' if low is None else f'{low:g}'}..{'' if high is None else f'{high:g}'}"
            return Refusal(code="out_of_range", en=f"outside of {bounds}", zh=f"超出范围 {bounds}")
        return text

    def _sized(self, text: str) -> str | Refusal:
        attribute = self.column.attribute
        if _NUMBER.fullmatch(text) and (problem := self._decimals(text)):
            return problem
        if units(text) > MAX_CELL_UNITS:
            return Refusal(
                code="too_long",
                en=f"longer than a cell holds ({MAX_CELL_UNITS:,})",
                zh=f"超过单元格上限({MAX_CELL_UNITS:,})",
            )
        if attribute.max_length is None and attribute.min_length is None:
            return text
        size = length(text, attribute.length_unit)
        en, zh = _WORDS[attribute.length_unit]
        if attribute.max_length is not None and size > attribute.max_length:
            return Refusal(
                code="too_long",
                en=f"{size:,} {en}, at most {attribute.max_length:,} are allowed",
                zh=f"{size:,} {zh},最多 {attribute.max_length:,}",
            )
        if attribute.min_length is not None and size < attribute.min_length:
            return Refusal(
                code="too_short",
                en=f"{size:,} {en}, at least {attribute.min_length:,} are needed",
                zh=f"{size:,} {zh},至少 {attribute.min_length:,}",
            )
        return text

    def _decimals(self, number: str) -> Refusal | None:
        most = self.column.decimals
        if most is None or len(number.partition(".")[2].rstrip("0")) <= most:
            return None
        return Refusal(code="too_many_decimals", en=f"at most {most} decimals are allowed", zh=f"最多 {most} 位小数")


def measured(text: str) -> Quantity | None:
    """The one measure that a text is, such as `1.5 L`; None where it is anything else."""
    found = list(quantities(text))
    if len(found) != 1 or found[0].shape != "single" or not found[0].unit:
        return None
    whole = text[: found[0].start].strip() == "" and text[found[0].end :].strip() == ""
    return found[0] if whole else None


def text_of(value: Cell) -> str:
    """A value as text; what a spreadsheet would show of a number."""
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _most_like(text: str, choices: Sequence[str]) -> str:
    """The one that holds the text or is held by it, where there is only one such; else the most similar."""
    plain = plain_value(text)
    within = [choice for choice in choices if plain in plain_value(choice) or plain_value(choice) in plain]
    if len(within) == 1:
        return within[0]
    found = difflib.get_close_matches(text, choices, n=1, cutoff=NEAR)
    return found[0] if found else ""


def _refused_unread(column: TemplateColumn) -> Refusal:
    why = column.unread
    assert why is not None
    return Refusal(
        code="unread",
        en=f"the template's drop-down is not understood ({why.en}): accept the column to write it unchecked",
        zh=f"无法识别模板的下拉列表({why.zh}):确认接受此列后才会不经核对写入",
    )
