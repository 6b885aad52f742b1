"""What a product states under a name: own columns, cells of pairs, HTML tables, labelled lines, a second table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from goodsmith.attributes.completing.cells import Evidence, Way
from goodsmith.attributes.completing.layout import Layout
from goodsmith.attributes.completing.markup import unmarked
from goodsmith.attributes.completing.product import ProductRow
from goodsmith.attributes.names import NameMap, unit_in_name
from goodsmith.attributes.reading import Reader, Reading
from goodsmith.base.attribute_cells import pairs
from goodsmith.base.units import number

_SAID_NOTHING = frozenset(
    [
        "-",
        "--",
        "/",
        "na",
        "n/a",
        "nil",
        "null",
        "none",
        "nan",
        "unknown",
        "tbd",
        "无",
        "暂无",
        "没有",
        "未知",
        "不详",
        "待定",
        "空",
        "其他",
        "其它",
        "见详情",
        "详见描述",
    ]
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A value under a name. reading.problem says why it cannot be the attribute's value."""

    attribute: str
    way: Way
    raw: str
    reading: Reading
    evidence: Evidence


def statements(
    row: ProductRow,
    layout: Layout,
    names: NameMap,
    readers: Mapping[str, Reader],
    looked_up: Sequence[tuple[str, str, str]] = (),
) -> Iterator[Statement]:
    """Every value that stands under a name which means one of the category's attributes.

    looked_up: (table, name, value) of this product's row in second tables.
    """
    for column in layout.own:
        text = row.cells.get(column, "").strip()
        if text and text.casefold() not in _SAID_NOTHING:
            yield from _read(column, text, "cell", Evidence(source=column, way="cell", text=text), names, readers)
    for column in layout.pairs:
        cell = row.cells.get(column)
        if not cell:
            continue
        if column in layout.marked:
            yield from _from_tables(column, cell, names, readers)
            cell = unmarked(cell).text
        yield from _from_pairs(column, cell, "pair", names, readers)
    for column in layout.sources:
        cell = row.cells.get(column)
        if not cell:
            continue
        if column in layout.marked and "<" in cell:
            yield from _from_tables(column, cell, names, readers)
            cell = unmarked(cell).text
        if column in layout.texts and (":" in cell or "：" in cell):
            yield from _from_pairs(column, cell, "label", names, readers)
    for table, name, value in looked_up:
        yield from _read(name, value, "lookup", Evidence(source=table, way="lookup", text=value), names, readers)


def named_values(row: ProductRow, layout: Layout) -> Iterator[tuple[str, str]]:
    """(name, value) of all pairs and table rows of a product, whatever they mean."""
    for column in layout.pairs:
        if cell := row.cells.get(column):
            if column in layout.marked:
                yield from ((name, value) for name, value, _, _ in unmarked(cell).rows)
                cell = unmarked(cell).text
            yield from pairs(cell)
    for column in layout.sources:
        cell = row.cells.get(column)
        if cell and column in layout.marked and "<" in cell:
            yield from ((name, value) for name, value, _, _ in unmarked(cell).rows)


def _from_pairs(column: str, cell: str, way: Way, names: NameMap, readers: Mapping[str, Reader]) -> Iterator[Statement]:
    at = 0
    for name, value in pairs(cell):
        attribute, _ = names.attribute(name)
        if not attribute or value.casefold() in _SAID_NOTHING:
            continue
        labelled = cell.find(name, at)
        start = cell.find(value, labelled + len(name)) if labelled >= 0 else cell.find(value)
        if start >= 0:
            at = start
        evidence = Evidence(
            source=column, way=way, text=value, start=start, end=start + len(value) if start >= 0 else -1
        )
        yield from _read(name, value, way, evidence, names, readers)


def _from_tables(column: str, cell: str, names: NameMap, readers: Mapping[str, Reader]) -> Iterator[Statement]:
    for name, value, start, end in unmarked(cell).rows:
        evidence = Evidence(source=column, way="table", text=value, start=start, end=end)
        if value.strip().casefold() not in _SAID_NOTHING:
            yield from _read(name, value, "table", evidence, names, readers)


def _read(
    name: str, text: str, way: Way, evidence: Evidence, names: NameMap, readers: Mapping[str, Reader]
) -> Iterator[Statement]:
    attribute, _ = names.attribute(name)
    if not attribute:
        return
    reader = readers[attribute]
    unit = unit_in_name(name)
    measured = f"{text}{unit}" if unit and number(text) is not None else text
    yield Statement(attribute, way, text, reader.read(measured), evidence)
