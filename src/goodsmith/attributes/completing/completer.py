"""Completes products, a batch at a time: every attribute of a product's category gets a cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from goodsmith.attributes.completing.category import CategoryReader, offers_of
from goodsmith.attributes.completing.cells import FILLED, Cell, CellStatus
from goodsmith.attributes.completing.deciding import SOURCES, decide
from goodsmith.attributes.completing.learning import Learned, taught_readers
from goodsmith.attributes.completing.product import ProductRow
from goodsmith.attributes.completing.stated import Statement

THRESHOLD: Final = 0.95  # of confidence; a text's offer below it is a suggestion


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A product and its cells by attribute, in the order of its category; none where the category is not known."""

    row: ProductRow
    cells: Mapping[str, Cell]


class Completer:
    """A schema's categories with what the catalog taught. Knows no file; memory does not grow with the products."""

    def __init__(
        self,
        readers: Mapping[str, CategoryReader],
        learned: Learned,
        *,
        threshold: float = THRESHOLD,
        order: Sequence[str] = SOURCES,
    ) -> None:
        self._readers = taught_readers(readers, learned)
        self._learned = learned
        self._threshold, self._order = threshold, tuple(order)

    def complete(self, rows: Sequence[ProductRow]) -> list[Completed]:
        """The cells of a batch, in its order."""
        known = [row for row in rows if row.category in self._readers]
        texts = {"title", "text"} & set(self._order)
        offered = offers_of(known, self._readers, self._learned.tagger) if texts else [{} for _ in known]
        made = {
            id(row): self._cells(self._readers[row.category], row, offers)
            for row, offers in zip(known, offered, strict=True)
        }
        return [Completed(row=row, cells=made.get(id(row), {})) for row in rows]

    def _cells(self, reader: CategoryReader, row: ProductRow, offers: Mapping[str, list[Any]]) -> dict[str, Cell]:
        said: dict[str, list[Statement]] = {}
        for one in reader.statements(row):
            said.setdefault(one.attribute, []).append(one)
        cells = {
            name: decide(
                attribute,
                said.get(name, ()),
                offers.get(name, ()),
                self._learned.confidence,
                threshold=self._threshold,
                order=self._order,
            )
            for name, attribute in reader.attributes.items()
        }
        return _applicable(reader, cells) if reader.conditions else cells


def _applicable(reader: CategoryReader, cells: dict[str, Cell]) -> dict[str, Cell]:
    """A cell whose condition is known not to hold is not applicable; where an answer is missing it stays open."""
    values = {
        name: (cell.ids[0] if cell.ids and cell.ids[0] else cell.values[0])
        for name, cell in cells.items()
        if cell.status in FILLED and cell.values
    }
    for name, condition in reader.conditions.items():
        if cells[name].status in FILLED or not condition.names <= values.keys():
            continue
        if not condition.holds(values):
            cells[name] = replace(
                Cell(attribute=name, status=CellStatus.NOT_APPLICABLE), was_empty=cells[name].was_empty
            )
    return cells
