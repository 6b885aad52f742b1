"""A schema proposed from what a catalog already fills: its attributes, their types and values, by category.

Where a shipped schema knows a name, its type, spellings and cautions are taken over; the rest follows from the values.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final

from goodsmith.attributes.names import name_likeness
from goodsmith.attributes.schemas.keeping import load_shipped, shipped_schemas
from goodsmith.base.category_schema import attributes_of, leaves, spellings_of, with_version
from goodsmith.base.spelling import plain_name, plain_value
from goodsmith.base.units import number, quantities, unit_of
from goodsmith.records import AllowedValue, Attribute, Category, CategorySchema, Need

ROOT: Final = "product"
STATED_ONLY: Final = re.compile(
    r"brand|manufactur|origin|made in|certif|complian|composition|ingredient|allergen|voltage|licen[cs]e|standard"
    r"|品牌|商标|厂家|制造商|生产商|产地|原产|认证|资质|标准|成分|成份|配料|原料|过敏|致敏|电压|许可证|材质|面料|填充|含量",
    re.IGNORECASE,
)
_ALIKE: Final = 0.74  # of two names whose values are alike too
_SHARED: Final = 0.4  # share of the rarer name's values that the other has
_REQUIRED, _RECOMMENDED = 0.8, 0.3  # share of a category's products that fill it
_MEASURED: Final = 0.7  # share of values that are amounts
_MOST_VALUES: Final = 40  # of a choice
_COVERED: Final = 0.85  # share of the cells that the values of a choice make up
_LEAST_ROWS: Final = 3  # of a category
_LONGEST_VALUE: Final = 40


@dataclass(slots=True)
class Observed:
    """What a catalog says under one name. by_category: cells per category. values: text -> cells."""

    cells: int = 0
    by_category: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)

    def add(self, category: str, value: str) -> None:
        self.cells += 1
        self.by_category[category] += 1
        if len(value) <= 200 and (value in self.values or len(self.values) < 5_000):
            self.values[value] += 1


def draft_schema(observed: Mapping[str, Observed], rows_by_category: Mapping[str, int], *, name: str) -> CategorySchema:
    """A schema for a catalog. observed: name -> what stands under it. rows_by_category: products of each category.

    Names that mean the same are one attribute. A child category for each category of the catalog; the root, `product`,
    has what products of any category may have.
    """
    meant: dict[str, list[str]] = {}
    for names in _grouped(observed):
        meant.setdefault(_attribute(names, observed).id, []).extend(names)
    attributes = {one: replace(_attribute(names, observed), id=one) for one, names in meant.items()}
    seen = {one: _together(names, observed) for one, names in meant.items()}
    rows = sum(rows_by_category.values())
    whole = [replace(attribute, need=_need(seen[one].cells, rows)) for one, attribute in attributes.items()]
    children = [
        Category(
            id=category,
            parent=ROOT,
            attributes=tuple(
                replace(attribute, need=_need(count, there))
                for one, attribute in attributes.items()
                if (count := seen[one].by_category[category])
            ),
        )
        for category, there in sorted(rows_by_category.items())
        if category and there >= _LEAST_ROWS
    ]
    root = Category(id=ROOT, names={"en": "Product", "zh": "商品"}, attributes=tuple(whole))
    return with_version(CategorySchema(name=name, categories=(root, *children)))


def asks_for_statement(attribute: Attribute) -> bool:
    """Whether an attribute is one that must be stated: brand, origin, certificates, composition, voltage, allergens."""
    return attribute.stated_only or any(STATED_ONLY.search(name) for name in (attribute.id, *attribute.names.values()))


def _grouped(observed: Mapping[str, Observed]) -> list[list[str]]:
    """Names that mean the same attribute, the most frequent first."""
    order = sorted(observed, key=lambda name: (-observed[name].cells, name))
    shipped = _shipped_names()
    groups: dict[str, list[str]] = {}
    for name in order:
        plain = plain_name(name)
        key = shipped[plain][0].id if plain in shipped else plain
        if key not in groups:
            near = next((one for one in groups if _same(name, groups[one][0], observed)), None)
            key = near or key
        groups.setdefault(key, []).append(name)
    return list(groups.values())


def _same(name: str, other: str, observed: Mapping[str, Observed]) -> bool:
    left, right = plain_name(name), plain_name(other)
    if min(len(left), len(right)) < 2 or name_likeness(left, right) < _ALIKE:
        return False
    mine = {plain_value(value) for value in observed[name].values}
    theirs = {plain_value(value) for value in observed[other].values}
    return len(mine & theirs) >= _SHARED * min(len(mine), len(theirs))


def _together(names: Sequence[str], observed: Mapping[str, Observed]) -> Observed:
    whole = Observed()
    for name in names:
        one = observed[name]
        whole.cells += one.cells
        whole.by_category.update(one.by_category)
        whole.values.update(one.values)
    return whole


def _attribute(names: Sequence[str], observed: Mapping[str, Observed]) -> Attribute:
    seen = _together(names, observed)
    known = next((_shipped_names()[plain_name(name)] for name in names if plain_name(name) in _shipped_names()), None)
    first = names[0]
    language = "en" if first.isascii() else "zh"
    if known:
        best = max(known, key=lambda one: _fits(one, seen))
        return replace(
            best,
            synonyms=tuple(dict.fromkeys((*best.synonyms, *names))),
            need="optional",
            multiple=best.multiple or best.type == "quantity",
            open=best.open or best.type == "choice",
            min=None,
            max=None,
            place="",
        )
    made = Attribute(id=plain_name(first) or first, names={language: first}, synonyms=tuple(names[1:]))
    return _typed(replace(made, stated_only=asks_for_statement(made)), seen)


def _typed(made: Attribute, seen: Observed) -> Attribute:
    total = sum(seen.values.values())
    units: Counter[str] = Counter()
    numbers = 0
    for value, count in seen.values.items():
        found = [unit_of(one.unit) for one in quantities(value) if one.unit]
        dimensions = {unit.dimension for unit in found if unit}
        if len(dimensions) == 1 and len(value) <= _LONGEST_VALUE:
            units.update({unit.symbol: count for unit in found[:1] if unit})
        numbers += count * (number(value) is not None)
    if units and sum(units.values()) >= _MEASURED * total:
        unit = units.most_common(1)[0][0]
        dimension = unit_of(unit)
        taken = tuple(
            one for one in units if one != unit and (other := unit_of(one)) and dimension
            and other.dimension == dimension.dimension
        )  # fmt: skip
        return replace(made, type="quantity", unit=unit, units=taken, multiple=True, open=True)
    if total and numbers >= 0.9 * total:
        return replace(made, type="number")
    often = [(value, count) for value, count in seen.values.most_common(_MOST_VALUES) if count > 1]
    if sum(count for _, count in often) >= _COVERED * total and all(len(value) <= _LONGEST_VALUE for value, _ in often):
        by_spelling: dict[str, AllowedValue] = {}
        for value, _ in often:
            by_spelling.setdefault(plain_value(value), AllowedValue(id=value))
        return replace(made, type="choice", open=True, values=tuple(by_spelling.values()))
    return made


def _need(cells: int, rows: int) -> Need:
    share = cells / rows if rows else 0.0
    return "required" if share >= _REQUIRED else "recommended" if share >= _RECOMMENDED else "optional"


def _fits(attribute: Attribute, seen: Observed) -> tuple[float, int]:
    """How many of the values the attribute's lists name; more values break a tie."""
    if not attribute.values:
        return 0.0, 0
    spelled = {plain_value(spelling) for value in attribute.values for spelling in spellings_of(value)}
    hits = sum(count for value, count in seen.values.items() if plain_value(value) in spelled)
    return hits / max(1, seen.cells), len(attribute.values)


@cache
def _shipped_names() -> Mapping[str, tuple[Attribute, ...]]:
    """Plain name -> the shipped attributes that are called so."""
    found: dict[str, dict[str, Attribute]] = defaultdict(dict)
    for schema_name in shipped_schemas():
        schema = load_shipped(schema_name)
        for category in leaves(schema):
            for attribute in attributes_of(schema, category.id):
                for spelling in spellings_of(attribute):
                    found[plain_name(spelling)].setdefault(f"{schema_name}.{attribute.id}", attribute)
    return {plain: tuple(listed.values()) for plain, listed in found.items()}


def observed_names(cells: Iterable[tuple[str, str, str]]) -> dict[str, Observed]:
    """What stands under each name. cells: (category, name, value) of every filled cell."""
    found: dict[str, Observed] = {}
    for category, name, value in cells:
        if name.strip() and value.strip():
            found.setdefault(name.strip(), Observed()).add(category, value.strip())
    return found


def is_known_name(name: str) -> bool:
    """Whether a shipped schema knows a name."""
    return plain_name(name) in _shipped_names()


_NO_ATTRIBUTE: Final = re.compile(
    r"price|cost|stock|inventory|quantity in|url|image|picture|photo|\bid\b|sku|ean|gtin|upc|barcode|status|date|time"
    r"|价格|单价|售价|成本|库存|链接|图片|主图|编号|编码|条码|状态|时间|日期|序号|上架|是否在售",
    re.IGNORECASE,
)


def attribute_columns(
    columns: Sequence[str], sample: Mapping[str, Sequence[str | None]], *, taken: Iterable[str]
) -> frozenset[str]:
    """Columns that may hold an attribute each: short texts that come again, not prices, links or codes."""
    found = set()
    for column in columns:
        texts = [text for text in sample.get(column, ()) if text and text.strip()]
        if column in set(taken) or not texts or _NO_ATTRIBUTE.search(column):
            continue
        short = sum(len(text) <= _LONGEST_VALUE for text in texts) >= 0.9 * len(texts)
        repeated = len(set(texts)) <= 0.8 * len(texts) or len(texts) < 20
        linked = sum(text.lstrip().startswith(("http", "[", "{", "<")) for text in texts) > 0.3 * len(texts)
        if short and repeated and not linked:
            found.add(column)
    return frozenset(found)
