"""A text as a value of an attribute: allowed values by any of their spellings, quantities in the attribute's unit.

Nothing is made up: every value of a reading is the text itself, an allowed value that a spelling of the schema means,
or an amount converted exactly.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from goodsmith.attributes.words import is_wide, places
from goodsmith.base.category_schema import name_in, spellings_of
from goodsmith.base.lengths import length
from goodsmith.base.spelling import plain_value
from goodsmith.base.units import Quantity, convert, number, quantities, shown, unit_of
from goodsmith.records import Attribute

MAX_CHARS: Final = 2_000  # of a text that is read as a value
_SEPARATORS: Final = re.compile(r"\s*(?:[/／、,，;；|｜\n]|\s[+&]\s|\s(?:and|et|und|y|和|与)\s)\s*", re.IGNORECASE)
_NOUNS: Final = re.compile(r"(?:工艺|材质|面料|材料|布料|系列|色系|款式|款|类|制)$|\s(?:fabric|material|colou?r)$")
_SHARES: Final = re.compile(
    r"[0-9]{1,3}(?:\.[0-9]+)?\s?[%％]\s?([^\s0-9%％,，、;；/+:：（）()]{1,24})"
    r"|([^\s0-9%％,，、;；/+:：（）()]{1,24})\s?[0-9]{1,3}(?:\.[0-9]+)?\s?[%％]"
)
_CODE: Final = re.compile(r"(?=.*[0-9])(?=.*[a-z])[a-z0-9#./_ -]+")
_PHRASE: Final = re.compile(r"(?<![a-z0-9])[a-z]{4,}(?![a-z0-9])|(?:\S+\s+){3}")
_SHORT_NAME: Final = 8  # words of a name that may end with an allowed value
_YES: Final = frozenset(
    ["yes", "y", "true", "是", "有", "支持", "具备", "含", "√", "✓", "ja", "oui", "sí", "はい", "with", "included", "1"]
)
_NO: Final = frozenset(
    [
        "no",
        "n",
        "false",
        "否",
        "无",
        "没有",
        "不支持",
        "不含",
        "×",
        "✗",
        "nein",
        "non",
        "いいえ",
        "without",
        "none",
        "0",
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A text, understood.

    values: as they are written out. ids: of the allowed values among them, in the same order, "" for others.
    key: equal for readings that mean the same. changed: whether the values differ from the text as written.
    problem: why the text cannot be a value of the attribute; then there are no values.
    """

    values: tuple[str, ...]
    key: Hashable
    ids: tuple[str, ...] = ()
    changed: bool = False
    problem: str = ""  # "", not_allowed, unit, limits, shape, too_many


class Reader:
    """Reads texts for one attribute. language: in which allowed values are written out.

    decided: spellings that a person mapped, plain -> id of an allowed value, or a text where the choice is open.
    """

    def __init__(self, attribute: Attribute, *, language: str, decided: Mapping[str, str] | None = None) -> None:
        self.attribute = attribute
        self.language = language
        self._decided = dict(decided or {})
        self._limit = re.compile(attribute.pattern) if attribute.pattern else None
        self.read = lru_cache(maxsize=4_096)(self._read)

    @cached_property
    def spellings(self) -> dict[str, str]:
        """Plain spelling -> id of the allowed value; a spelling of two values means neither."""
        found: dict[str, str] = {}
        twice: set[str] = set()
        for value in self.attribute.values:
            for spelling in spellings_of(value):
                plain = plain_value(spelling)
                if found.setdefault(plain, value.id) != value.id:
                    twice.add(plain)
        for plain in twice:
            del found[plain]
        return {**found, **{plain: meant for plain, meant in self._decided.items() if meant in self._names}}

    @cached_property
    def _names(self) -> dict[str, str]:
        return {value.id: name_in(value, self.language) for value in self.attribute.values}

    def is_decided(self, text: str) -> bool:
        """Whether a person said what this text means."""
        return plain_value(text) in self._decided

    def _read(self, text: str) -> Reading:
        text = text.strip()
        if not text or len(text) > MAX_CHARS:
            return _unread("shape")
        meant = self._decided.get(plain_value(text))
        if meant == "-":  # decided: it means nothing
            return _unread("not_allowed")
        if meant is not None and meant not in self._names:
            return Reading(values=(meant,), key=frozenset([plain_value(meant)]), changed=meant != text)
        kind = self.attribute.type
        if kind == "quantity":
            return self._quantity(text)
        if kind == "number":
            return self._number(text)
        if kind == "boolean":
            return self._boolean(text)
        if self.attribute.values:
            return self._choice(text)
        return self._text(text)

    # ---- choices ----

    def _choice(self, text: str) -> Reading:
        whole = self._named(text)
        if whole is not None:
            return self._chosen([whole], text)
        if self.attribute.multiple and "%" in text.replace("％", "%"):
            return self._composition(text)
        parts = [part for part in _SEPARATORS.split(text) if part]
        ids = [self._named(part) or self.within(part) for part in parts]
        if any(ids) and (all(ids) or not self.attribute.open):
            found = list(dict.fromkeys(one for one in ids if one))
            if len(found) > 1 and not self.attribute.multiple:
                return _unread("too_many")
            return self._chosen(found, text) if all(ids) else _unread("not_allowed")
        if self.attribute.open or self.attribute.type == "text":
            return self._text(text)
        return _unread("not_allowed")

    def _named(self, text: str) -> str | None:
        """The allowed value that a text is, also with a noun behind that says nothing: 色织工艺, cotton fabric."""
        plain = plain_value(text)
        return self.spellings.get(plain) or self.spellings.get(_NOUNS.sub("", plain))

    def _composition(self, text: str) -> Reading:
        """The allowed values of `65%棉 35%亚麻`; the text itself where a part is none of them."""
        parts = [found[1] or found[2] for found in _SHARES.finditer(text)]
        ids = [self._named(part) for part in parts]
        rest = _SHARES.sub("", text).strip(" ,，、;；/+.。")
        found = list(dict.fromkeys(one for one in ids if one))
        if parts and all(ids) and not rest:
            return self._chosen(found, text)
        return self._text(text) if self.attribute.open else _unread("not_allowed")

    def within(self, text: str) -> str | None:
        """The allowed value that a longer name ends with (雾霾蓝 is a blue, 100%亚麻 is linen), alone."""
        words = places(text)
        lowered = text.casefold()
        if len(lowered) != len(text) or len(words) > _SHORT_NAME or any(sign.isdigit() for sign in text):
            return None
        for start, _ in words[1:_SHORT_NAME]:
            meant = self.spellings.get(plain_value(lowered[start:]))
            if meant is not None:
                return meant if is_wide(text) or start == 0 or lowered[start - 1] in " -%" else None
        return None

    def _chosen(self, ids: list[str], text: str) -> Reading:
        most = self.attribute.max_values if self.attribute.multiple else 1
        if most is not None and len(ids) > most:
            return _unread("too_many")
        values = tuple(self._names[one] for one in ids)
        return Reading(values=values, key=frozenset(ids), ids=tuple(ids), changed=values != (text,))

    # ---- amounts ----

    def _quantity(self, text: str) -> Reading:
        unit = self.attribute.unit
        if unit_of(unit) is None:
            return self._text(text)
        found = list(quantities(text))
        if not found:
            amount = number(text)
            if amount is None:
                return self._text(text) if self.attribute.open else _unread("shape")
            found = [Quantity(amounts=(amount,), unit="", shape="single", start=0, end=len(text))]
        fitting = [one for one in found if not one.unit or self.measures(one)]
        if not fitting:
            return _unread("unit")
        if len(fitting) > 1 and not self.attribute.multiple:
            fitting = _said_once(fitting, unit)
            if len(fitting) > 1:
                return _unread("too_many")
        values = tuple(dict.fromkeys(self.written(one) for one in fitting))
        if not all(map(self._within_limits, fitting)):
            return _unread("limits")
        key = frozenset(self.measure_key(one) for one in fitting)
        return Reading(values=values, key=key, changed=values != (text,))

    def measures(self, one: Quantity) -> bool:
        """Whether an amount is of the attribute's dimension."""
        mine, other = unit_of(self.attribute.unit), unit_of(one.unit)
        return mine is not None and other is not None and mine.dimension == other.dimension

    def written(self, one: Quantity) -> str:
        """An amount as it is written out: in the unit it was given in if the schema takes it, else converted."""
        taken = {self.attribute.unit, *self.attribute.units}
        unit = one.unit if one.unit in taken else self.attribute.unit
        converted = one.unit not in {"", unit}
        amounts = [float(f"{convert(amount, one.unit, unit):.4g}") if converted else amount for amount in one.amounts]
        sign = {"single": "", "range": "-", "product": "*"}[one.shape]
        gap = "" if unit in {"%", "°", "count"} else " "
        return sign.join(map(shown, amounts)) + ("" if unit == "count" else gap + unit)

    def measure_key(self, one: Quantity) -> Hashable:
        """Equal for amounts that are the same to five digits; the order of a product's sides does not matter."""
        unit = self.attribute.unit
        amounts = [convert(amount, one.unit, unit) if one.unit else amount for amount in one.amounts]
        return (one.shape, tuple(sorted(f"{amount:.5g}" for amount in amounts)))

    def _within_limits(self, one: Quantity) -> bool:
        amounts = [convert(amount, one.unit, self.attribute.unit) if one.unit else amount for amount in one.amounts]
        return all(self._allowed(amount) for amount in amounts)

    def _allowed(self, amount: float) -> bool:
        low, high = self.attribute.min, self.attribute.max
        return (low is None or amount >= low) and (high is None or amount <= high)

    def _number(self, text: str) -> Reading:
        amount = number(text)
        if amount is None:
            found = [one for one in quantities(text) if one.shape == "single"]
            amount = found[0].amounts[0] if len(found) == 1 else None
        if amount is None:
            return _unread("shape")
        if not self._allowed(amount):
            return _unread("limits")
        return Reading(values=(shown(amount),), key=f"{amount:.9g}", changed=shown(amount) != text)

    def _boolean(self, text: str) -> Reading:
        plain = plain_value(text)
        said = True if plain in _YES else False if plain in _NO else None
        if said is None:
            return _unread("shape")
        word = ("是" if said else "否") if self.language == "zh" else ("Yes" if said else "No")
        return Reading(values=(word,), key=said, changed=word != text)

    def _text(self, text: str) -> Reading:
        attribute = self.attribute
        longest = attribute.max_length
        size = length(text, attribute.length_unit) if longest is not None or attribute.min_length else 0
        if longest is not None and size > longest:
            return _unread("limits")
        if (attribute.min_length or 0) > size or (self._limit is not None and not self._limit.fullmatch(text)):
            return _unread("shape")
        return Reading(values=(text,), key=frozenset([_text_key(text)]))


def _text_key(text: str) -> str:
    """What makes two texts the same; of a code, such as `KD-R320`, its letters and digits."""
    plain = plain_value(text)
    if len(plain) <= 40 and _CODE.fullmatch(plain) and not _PHRASE.search(plain):
        return re.sub(r"[^a-z0-9]+", "", plain)
    return plain


def _unread(problem: str) -> Reading:
    return Reading(values=(), key=frozenset(), problem=problem)


def _said_once(found: list[Quantity], unit: str) -> list[Quantity]:
    """`750 ml (25.4 fl oz)` says one amount twice, rounded: the first one is kept."""
    first = found[0]
    if len(first.amounts) != 1 or not first.unit:
        return found
    amount = convert(first.amounts[0], first.unit, unit)
    others = [convert(one.amounts[0], one.unit, unit) for one in found[1:] if len(one.amounts) == 1 and one.unit]
    same = len(others) == len(found) - 1 and all(abs(other - amount) <= 0.02 * amount for other in others)
    return [first] if same else found
