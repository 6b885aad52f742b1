"""What is the same for a whole family is known of all its products as soon as one of them says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from goodsmith.attributes.completing.cells import FILLED, Cell, CellStatus, Evidence
from goodsmith.attributes.completing.completer import Completed
from goodsmith.records import Attribute


def share_in_family(
    products: Sequence[Completed], attributes: Mapping[str, Mapping[str, Attribute]]
) -> list[Completed]:
    """The products of one family with what their siblings say. attributes: category -> its attributes by id.

    Only attributes of the family level, never those that must be stated; where siblings differ, nothing is shared.
    """
    made: dict[int, dict[str, Cell]] = {}
    for category in {one.row.category for one in products}:
        ours = [one for one in products if one.row.category == category]
        for name, attribute in attributes.get(category, {}).items():
            if attribute.level != "family" or attribute.stated_only:
                continue
            saying = [one for one in ours if name in one.cells and one.cells[name].status in FILLED]
            if not saying or len({frozenset(one.cells[name].values) for one in saying}) > 1:
                continue
            first = max(saying, key=lambda one: one.cells[name].confidence)
            for one in ours:
                if name in one.cells and one.cells[name].status == CellStatus.UNKNOWN and not one.cells[name].problem:
                    made.setdefault(id(one), dict(one.cells))[name] = _derived(one.cells[name], first)
    return [replace(one, cells=made[id(one)]) if id(one) in made else one for one in products]


def _derived(cell: Cell, sibling: Completed) -> Cell:
    source = sibling.cells[cell.attribute]
    return replace(
        source,
        status=CellStatus.DERIVED,
        evidence=(Evidence(source=sibling.row.key, way="family", text=source.raw or "; ".join(source.values)),),
        others=(),
        was_empty=cell.was_empty,
    )
