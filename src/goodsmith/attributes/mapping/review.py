"""A catalog's names and values as tables that a person goes through, what matters most first, and their way back."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from goodsmith.attributes.completing.category import CategoryReader
from goodsmith.attributes.completing.product import ProductRow
from goodsmith.attributes.completing.stated import named_values
from goodsmith.attributes.mapping.decisions import IGNORED, Decisions
from goodsmith.attributes.names import How, propose_names
from goodsmith.attributes.reading import Reader
from goodsmith.base.category_schema import name_in, spellings_of
from goodsmith.base.spelling import plain_name, plain_value
from goodsmith.errors import SchemaError, UnknownName
from goodsmith.records import Attribute

_MOST: Final = 20_000  # different names, and values of an attribute, that are counted
_SAMPLES: Final = 4
_SAMPLED_VALUES: Final = 200
_LIKE: Final = 0.6  # likeness of two values that is worth a proposal
_LONGEST: Final = 60  # characters of a value that is mapped


@dataclass(slots=True)
class _Name:
    count: int = 0
    values: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameLine:
    """A supplier's name. proposal, others: attribute ids, the likeliest first; meant: what it counts as now."""

    name: str
    products: int
    samples: tuple[str, ...]
    meant: str
    how: How
    proposal: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueLine:
    """A supplier's value of an attribute. meant: as it is written out now, "" where it is not allowed."""

    attribute: str
    value: str
    products: int
    meant: str
    how: str  # decided, spelling, likeness, as it is, none
    proposal: str = ""  # id of an allowed value


class Gathered:
    """Counts names and values over a catalog. Memory is bounded by how many different ones are counted."""

    def __init__(self, readers: Mapping[str, CategoryReader]) -> None:
        self._readers = readers
        self._names: dict[str, _Name] = {}
        self._values: dict[str, Counter[str]] = {}

    def add(self, row: ProductRow, other_columns: Sequence[str] = ()) -> None:
        """Take in a product. other_columns: such whose names no attribute has, and that may be one."""
        reader = self._readers.get(row.category)
        if reader is None:
            return
        cells = [(column, row.cells[column]) for column in (*reader.layout.own, *other_columns) if column in row.cells]
        for name, value in dict((*named_values(row, reader.layout), *cells)).items():
            if name not in self._names and len(self._names) >= _MOST:
                continue
            seen = self._names.setdefault(name, _Name())
            seen.count += 1
            if len(seen.values) < _SAMPLED_VALUES or value in seen.values:
                seen.values[value] += 1
        for one in reader.statements(row):
            attribute = reader.attributes[one.attribute]
            if attribute.values and len(one.raw) <= _LONGEST:
                listed = self._values.setdefault(one.attribute, Counter())
                if one.raw in listed or len(listed) < _MOST:
                    listed[one.raw] += 1

    def name_lines(self) -> list[NameLine]:
        """All names, those that concern most products first."""
        attributes = {one.id: one for reader in self._readers.values() for one in reader.attributes.values()}
        readers = {name: reader for one in self._readers.values() for name, reader in one.readers.items()}
        lines = []
        for name, seen in sorted(self._names.items(), key=lambda item: (-item[1].count, item[0])):
            meant, how = self._meaning(name)
            proposals = (
                () if how != "none" else propose_names(name, list(seen.values), list(attributes.values()), readers)
            )
            lines.append(
                NameLine(
                    name=name,
                    products=seen.count,
                    samples=tuple(value for value, _ in seen.values.most_common(_SAMPLES)),
                    meant=meant,
                    how=how if how != "none" or not proposals else proposals[0].how,
                    proposal=proposals[0].attribute if proposals else "",
                    others=tuple(one.attribute for one in proposals[1:]),
                )
            )
        return lines

    def value_lines(self) -> list[ValueLine]:
        """Values of attributes with allowed values, those that concern most products first."""
        readers = {name: reader for one in self._readers.values() for name, reader in one.readers.items()}
        lines = [
            _value_line(readers[name], value, count)
            for name, listed in self._values.items()
            for value, count in listed.items()
        ]
        return sorted(lines, key=lambda line: (bool(line.meant), -line.products, line.attribute, line.value))

    def _meaning(self, name: str) -> tuple[str, How]:
        found = Counter(reader.names.attribute(name) for reader in self._readers.values())
        found.pop(("", "none"), None)
        return found.most_common(1)[0][0] if found else ("", "none")


def _value_line(reader: Reader, value: str, count: int) -> ValueLine:
    attribute, reading = reader.attribute, reader.read(value)
    meant = "; ".join(reading.values)
    if reading.problem or not any(reading.ids):
        proposal = _alike(attribute, value)
        how = "likeness" if proposal else "none" if reading.problem else "as it is"
        return ValueLine(attribute=attribute.id, value=value, products=count, meant=meant, how=how, proposal=proposal)
    how = "decided" if reader.is_decided(value) else "spelling" if reading.changed else "as it is"
    return ValueLine(attribute=attribute.id, value=value, products=count, meant=meant, how=how)


def _alike(attribute: Attribute, text: str) -> str:
    """The id of the allowed value whose spelling is most like the text, "" if none is."""
    plain = plain_value(text)
    best, found = _LIKE, ""
    for value in attribute.values:
        for spelling in map(plain_value, spellings_of(value)):
            likeness = difflib.SequenceMatcher(None, plain, spelling, autojunk=False).ratio()
            if len(spelling) >= 2 and spelling in plain:
                likeness = max(likeness, 0.7)
            if likeness > best:
                best, found = likeness, value.id
    return found


# ---- as tables ----------------------------------------------------------------------------------------------------

HEADS: Final = {
    "names": (
        ("supplier's name", "供应商属性名"), ("products", "影响商品数"), ("samples", "示例值"),
        ("counts as", "当前对应"),
        ("by", "依据"), ("proposal", "建议"), ("or", "其他可能"), ("decision", "决定"),
    ),
    "values": (
        ("attribute", "属性"), ("supplier's value", "供应商值"), ("products", "影响商品数"), ("counts as", "当前写作"),
        ("by", "依据"), ("proposal", "建议"), ("decision", "决定"),
    ),
}  # fmt: skip
SHEETS: Final = {"names": ("names", "属性名"), "values": ("values", "属性值"), "guide": ("how to", "说明")}
HOWS: Final = {
    "decided": ("decided", "已决定"),
    "name": ("the schema's name", "模板名称"),
    "likeness": ("likeness", "相似"),
    "units": ("units", "单位"),
    "values": ("values", "取值重合"),
    "spelling": ("spelling", "写法"),
    "as it is": ("as it is", "原样"),
    "none": ("", ""),
}
GUIDE: Final = (
    (
        "Write into the column decision: y to accept the proposal, an attribute or value of the schema, or - for none.",
        "在“决定”列填写:y 表示接受建议;也可填写模板中的属性或值;- 表示不对应任何属性。",
    ),
    (
        "Lines without a decision stay as they are. Sort and filter as you like.",
        "未填写的行保持不变,可任意排序和筛选。",
    ),
    (
        "Then: goodsmith mapping import THIS_FILE.xlsx --schema …",
        "完成后:goodsmith mapping import 本文件.xlsx --schema …",
    ),
)
_ACCEPTED: Final = frozenset({"y", "yes", "是", "√", "ok", "accept", "接受"})


def mapping_tables(
    names: Sequence[NameLine], values: Sequence[ValueLine], attributes: Mapping[str, Attribute], language: str
) -> dict[str, list[list[str]]]:
    """The lines as sheets, headings first."""
    at = 1 if language == "zh" else 0

    def said(attribute: str) -> str:
        return f"{name_in(attributes[attribute], language)} [{attribute}]" if attribute in attributes else attribute

    def value_name(attribute: str, meant: str) -> str:
        found = next((one for one in attributes[attribute].values if one.id == meant), None)
        return f"{name_in(found, language)} [{meant}]" if found else meant

    name_rows = [
        [line.name, str(line.products), "\n".join(line.samples), said(line.meant), HOWS[line.how][at],
         said(line.proposal), "\n".join(map(said, line.others)), ""]
        for line in names
    ]  # fmt: skip
    value_rows = [
        [said(line.attribute), line.value, str(line.products), line.meant, HOWS[line.how][at],
         value_name(line.attribute, line.proposal), ""]
        for line in values
    ]  # fmt: skip
    return {
        SHEETS["names"][at]: [[head[at] for head in HEADS["names"]], *name_rows],
        SHEETS["values"][at]: [[head[at] for head in HEADS["values"]], *value_rows],
        SHEETS["guide"][at]: [[line[at]] for line in GUIDE],
    }


def decisions_of_tables(
    names: Sequence[tuple[str, Mapping[str, str]]],
    values: Sequence[tuple[str, Mapping[str, str]]],
    attributes: Mapping[str, Attribute],
) -> Decisions:
    """The decisions in sheets that came back: (place, heading -> text). Raises SchemaError with the place."""
    made = Decisions()
    for place, row in names:
        decision = _cell(row, "decision", "names")
        if decision:
            meant = _attribute(decision, _cell(row, "proposal", "names"), attributes, place)
            made = made.with_name(_cell(row, "supplier's name", "names"), meant)
    for place, row in values:
        decision = _cell(row, "decision", "values")
        if decision:
            attribute = attributes[_attribute(_cell(row, "attribute", "values"), "", attributes, place)]
            meant = _value(decision, _cell(row, "proposal", "values"), attribute, place)
            made = made.with_value(attribute.id, _cell(row, "supplier's value", "values"), meant)
    return made


def sheet_of(name: str, headings: Sequence[str]) -> str:
    """`names` or `values` by a sheet's headings, "" for another sheet."""
    there = {plain_name(heading) for heading in headings}
    for kind, heads in HEADS.items():
        for at in (0, 1):
            if {plain_name(heads[0][at]), plain_name(heads[-1][at])} <= there and plain_name(heads[1][at]) in there:
                return kind
    return ""


def _cell(row: Mapping[str, str], head: str, kind: str) -> str:
    wanted = {plain_name(one) for heads in HEADS[kind] if heads[0] == head for one in heads}
    return next((text.strip() for heading, text in row.items() if text and plain_name(heading) in wanted), "")


def _attribute(decision: str, proposal: str, attributes: Mapping[str, Attribute], place: str) -> str:
    text = proposal if decision.casefold() in _ACCEPTED else decision
    if text == IGNORED:
        return IGNORED
    wanted = plain_name(_bracketed(text))
    for name, attribute in attributes.items():
        if plain_name(name) == wanted or any(plain_name(one) == wanted for one in spellings_of(attribute)):
            return name
    wrong = UnknownName("attribute", text, attributes, kind_zh="属性")
    raise SchemaError(f"{place}: {wrong.en}", zh=f"{place}:{wrong.say('zh')}")


def _value(decision: str, proposal: str, attribute: Attribute, place: str) -> str:
    text = proposal if decision.casefold() in _ACCEPTED else decision
    if text == IGNORED:
        return IGNORED
    wanted = plain_value(_bracketed(text))
    for value in attribute.values:
        if any(plain_value(one) == wanted for one in spellings_of(value)):
            return value.id
    if attribute.open:
        return text
    wrong = UnknownName(f"value of {attribute.id}", text, [one.id for one in attribute.values], kind_zh="可选值")
    raise SchemaError(f"{place}: {wrong.en}", zh=f"{place}:{wrong.say('zh')}")


def _bracketed(text: str) -> str:
    """The id in `Colour [colour]`, else the text."""
    return text[text.rindex("[") + 1 : -1] if text.endswith("]") and "[" in text else text
