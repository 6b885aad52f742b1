"""Which attribute a supplier's name means: decided by a person, or by a name that the schema itself lists."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from goodsmith.attributes.reading import Reader
from goodsmith.base.category_schema import spellings_of
from goodsmith.base.spelling import plain_name
from goodsmith.base.units import quantities, unit_of
from goodsmith.records import Attribute

How = Literal["decided", "name", "likeness", "units", "values", "none"]
NEAR: Final = 0.72  # likeness of two names that is worth a proposal
_VALUES: Final = 200  # looked at for a proposal
_UNIT_IN_NAME: Final = re.compile(r"[(（\[【]\s*([^()（）\[\]【】]{1,12})\s*[)）\]】]\s*$|[\s_/]([A-Za-z%°]{1,4})$")


class NameMap:
    """The names of one category's attributes. decided: plain name -> attribute id, or - for none."""

    def __init__(self, attributes: Sequence[Attribute], decided: Mapping[str, str] | None = None) -> None:
        self._ids = {attribute.id for attribute in attributes}
        self._decided = dict(decided or {})
        self._known: dict[str, str] = {}
        twice: dict[str, set[str]] = {}
        for attribute in attributes:
            for spelling in spellings_of(attribute):
                plain = plain_name(spelling)
                first = self._known.setdefault(plain, attribute.id)
                if first != attribute.id:
                    twice.setdefault(plain, {first}).add(attribute.id)
        own = {
            plain_name(one): attribute.id
            for attribute in attributes
            for one in (attribute.id, *attribute.names.values())
        }
        for plain, ids in twice.items():  # a synonym of one that is the name of another means the other
            if own.get(plain) in ids and sum(own.get(plain) == one for one in ids) == 1:
                self._known[plain] = own[plain]
            else:
                del self._known[plain]
        self._asked: dict[str, tuple[str, How]] = {}

    def attribute(self, name: str) -> tuple[str, How]:
        """(attribute id, how), or ("", "none")."""
        if name not in self._asked:
            self._asked[name] = self._find(name)
        return self._asked[name]

    def _find(self, name: str) -> tuple[str, How]:
        plain = plain_name(name)
        if plain in self._decided:
            meant = self._decided[plain]
            return (meant, "decided") if meant in self._ids else ("", "decided")
        meant = self._known.get(plain, "")
        return meant, "name" if meant else "none"


def unit_in_name(name: str) -> str:
    """The unit that a name carries, as in `容量(ml)` or `weight_g`; "" if none."""
    found = _UNIT_IN_NAME.search(name.strip())
    unit = unit_of(found[1] or found[2]) if found else None
    return unit.symbol if unit else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameProposal:
    """What an unknown name may mean. score: 0 to 1, for the order of proposals; not a probability."""

    attribute: str
    how: How
    score: float


def propose_names(
    name: str, values: Sequence[str], attributes: Sequence[Attribute], readers: Mapping[str, Reader]
) -> tuple[NameProposal, ...]:
    """Attributes that a name may mean, the likeliest first, at most three.

    By likeness of the names, by units that its values are measured in, by values that are allowed ones.
    """
    plain = plain_name(name)
    sample = [value for value in values[:_VALUES] if value.strip()]
    found: list[NameProposal] = []
    for attribute in attributes:
        alike = max((name_likeness(plain, plain_name(one)) for one in spellings_of(attribute)), default=0.0)
        fits, how = _fit(sample, attribute, readers[attribute.id])
        score = 1 - (1 - alike if alike >= NEAR else 1) * (1 - 0.8 * fits)
        if alike >= NEAR or fits >= 0.5:
            found.append(
                NameProposal(
                    attribute=attribute.id, how="likeness" if alike >= max(NEAR, fits) else how, score=round(score, 3)
                )
            )  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-one.score, one.attribute))[:3])


def name_likeness(left: str, right: str) -> float:
    """How alike two plain names are, 0 to 1; a name within the other counts by what it leaves over."""
    if not left or not right:
        return 0.0
    if left == right:
        return 1.0
    short, long = sorted((left, right), key=len)
    ratio = difflib.SequenceMatcher(None, left, right, autojunk=False).ratio()
    if len(short) >= 2 and (long.startswith(short) or long.endswith(short)):
        ratio = max(ratio, 0.6 + 0.4 * len(short) / len(long))
    return ratio


def _fit(sample: Sequence[str], attribute: Attribute, reader: Reader) -> tuple[float, How]:
    """Which share of the values the attribute could hold, and by what that is seen."""
    if not sample:
        return 0.0, "none"
    if attribute.type == "quantity":
        measured = sum(any(reader.measures(one) for one in quantities(value)) for value in sample)
        return measured / len(sample), "units"
    if attribute.values:
        allowed = sum(any(reader.read(value).ids) for value in sample)
        return allowed / len(sample), "values"
    return 0.0, "none"
