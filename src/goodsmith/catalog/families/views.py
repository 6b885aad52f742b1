"""A family as a whole, and each variant for itself: what copy of the style may rest on, and what only a variant has.

The whole's fields hold only what every variant says, so a text that is made from them can tell nothing of one variant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from goodsmith.base.attribute_cells import pairs
from goodsmith.catalog.families.dividing import Division, divide
from goodsmith.catalog.families.names import MAX_NAME, common_name
from goodsmith.catalog.families.words import axis_of

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyView:
    """shared: column -> what all variants say, "" where they differ. own: for each variant, the cells that are not as
    in its row, because a list was divided or could not be. divisions: by column.
    """

    shared: Mapping[str, str]
    varying: tuple[str, ...]
    own: tuple[Mapping[str, str], ...]
    divisions: Mapping[str, Division] = field(default_factory=dict)


def family_view(rows: Sequence[Row], columns: Sequence[str]) -> FamilyView:
    """How the variants of one family are the same and how they differ.

    A blank cell contradicts nobody. A cell of pairs (`材质:棉; 颜色:红`) is shared pair by pair, a name word by word;
    any other cell is shared as a whole or not at all. A list that nothing divides is a conflict: the whole keeps it,
    no variant has it.
    """
    own: list[dict[str, str]] = [{} for _ in rows]
    divisions: dict[str, Division] = {}
    for column in columns:
        if axis_of(column) and (division := divide(rows, column)) is not None:
            divisions[column] = division
            for place in range(len(rows)):
                if place in division.own or place in division.open:
                    own[place][column] = division.own.get(place, "")
    axes = [
        [text for column in columns if axis_of(column) and (text := mine.get(column, row.get(column, "")))]
        for row, mine in zip(rows, own, strict=True)
    ]
    shared: dict[str, str] = {}
    varying = []
    for column in columns:
        texts = [text for row in rows if (text := row.get(column, "").strip())]
        different = list(dict.fromkeys(texts))
        if len(different) <= 1:
            shared[column] = different[0] if different else ""
            continue
        varying.append(column)
        said = [mine for row, mine in zip(rows, axes, strict=True) if row.get(column, "").strip()]
        shared[column] = _common(different, texts, said)
    return FamilyView(shared=shared, varying=tuple(varying), own=tuple(own), divisions=divisions)


def _common(different: Sequence[str], texts: Sequence[str], axes: Sequence[Sequence[str]]) -> str:
    """What the cells of one column have in common. axes: for each text the values of its row's axes."""
    found = [dict(pairs(text)) for text in different]
    if all(found):
        first, *others = found
        kept = {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}
        return "; ".join(f"{name}: {value}" for name, value in kept.items())
    if max(map(len, different)) > MAX_NAME:
        return ""
    return common_name(texts, axes)
