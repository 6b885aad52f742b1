"""A category schema out of a platform's template workbook: columns are attributes, drop-downs their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from goodsmith.base.category_schema import with_version
from goodsmith.base.units import unit_of
from goodsmith.errors import SchemaError
from goodsmith.records import AllowedValue, Attribute, Category, CategorySchema, TemplateColumn, TemplateWorkbook

# Fields that are copied, chosen or written by a recipe, so no attribute of the goods. Names as in field_names.yaml.
NO_ATTRIBUTES: Final = frozenset(
    {
        *("key", "parent", "title", "short title", "description", "bullet point", "search terms", "price"),
        *("list price", "cost price", "quantity", "main image", "other image", "barcode", "product id type"),
        *("category", "parentage", "variation theme", "update delete"),
    }
)
OF_VARIANTS: Final = frozenset({"color", "color map", "size", "weight", "package weight", "net content"})
STATED_ONLY: Final = frozenset(
    {
        *("brand", "manufacturer", "country of origin", "material", "voltage", "ingredients", "allergens"),
        *("shelf life", "warranty"),
    }
)


@dataclass(frozen=True, slots=True)
class KnownField:
    """What a template's column is elsewhere: the field's usual name, and its synonyms in all languages."""

    name: str
    synonyms: tuple[str, ...] = field(default=())


def schema_of_template(
    template: TemplateWorkbook, *, name: str, known: Mapping[int, KnownField] | None = None
) -> CategorySchema:
    """The schema that a template implies. known: what its columns are, by place, as far as anybody knows.

    The choices of its category column are the categories; where a drop-down depends on the category alone, each has
    its own values. Without such a column there is one category, called `name`. Raises SchemaError if no attribute is
    left.
    """
    known = known or {}
    category = next((place for place, one in known.items() if one.name == "category"), None)
    columns = [
        column
        for column in template.columns
        if not column.computed and known.get(column.index, KnownField("")).name not in NO_ATTRIBUTES
    ]
    measured = _measured(template)
    columns = [column for column in columns if column.index not in {one.unit_column for one in template.columns}]
    if not columns:
        raise SchemaError(
            f"{template.source}: none of its columns is an attribute of the goods",
            zh=f"{template.source}:没有商品属性列",
        )
    chooser = next((column for column in template.columns if column.index == category), None)
    choices = chooser.attribute.values if chooser is not None else ()
    root = Category(
        id=choices[0].id if len(choices) == 1 else name,
        names=choices[0].names if len(choices) == 1 else {template.language or "en": name},
        attributes=tuple(_attribute(column, known.get(column.index), measured) for column in columns),
        place=f"{template.sheet}, row {template.label_row}",
    )
    return with_version(
        CategorySchema(
            name=name,
            categories=(root, *(_children(root, choices, columns, chooser) if len(choices) > 1 else ())),
            source=template.source,
        )
    )


def _children(
    root: Category, choices: tuple[AllowedValue, ...], columns: list[TemplateColumn], chooser: TemplateColumn | None
) -> list[Category]:
    assert chooser is not None
    chosen = [column for column in columns if column.depends_on == (chooser.index,)]
    own = {attribute.id: attribute for attribute in root.attributes}
    return [
        Category(
            id=choice.id,
            names=choice.names,
            parent=root.id,
            attributes=tuple(
                replace(own[column.attribute.id], values=_only(column, column.choices_by[(choice.id,)]))
                for column in chosen
                if (choice.id,) in column.choices_by
            ),
        )
        for choice in choices
    ]


def _measured(template: TemplateWorkbook) -> dict[int, tuple[str, ...]]:
    """Place of a column -> the units that the column beside it offers."""
    offered = {column.index: [value.id for value in column.attribute.values] for column in template.columns}
    found = {}
    for column in template.columns:
        if column.unit_column is not None:
            units = (unit_of(text) for text in offered[column.unit_column])
            found[column.index] = tuple(dict.fromkeys(unit.symbol for unit in units if unit is not None))
    return found


def _only(column: TemplateColumn, choices: tuple[str, ...]) -> tuple[AllowedValue, ...]:
    wanted = frozenset(choices)
    return tuple(value for value in column.attribute.values if value.id in wanted)


def _attribute(column: TemplateColumn, known: KnownField | None, measured: Mapping[int, tuple[str, ...]]) -> Attribute:
    attribute = replace(column.attribute, open=column.attribute.open or column.unread is not None)
    units = measured.get(column.index, ())
    if units:
        attribute = replace(attribute, type="quantity", unit=units[0], units=units)
    if known is None:
        return attribute
    own = {*attribute.names.values(), attribute.id}
    return replace(
        attribute,
        synonyms=tuple(synonym for synonym in known.synonyms if synonym not in own),
        level="variant" if known.name in OF_VARIANTS else "family",
        stated_only=known.name in STATED_ONLY,
    )
