"""Which of our columns goes into which column of a template: given, remembered, or guessed by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from goodsmith.base.spelling import plain_name
from goodsmith.catalog.mapping import guess_mapping
from goodsmith.catalog.template_workbooks.field_names import is_key, is_parent, synonyms_of
from goodsmith.errors import UnknownName, UsageError
from goodsmith.records import ColumnMapping, FieldSpec, TemplateColumn, TemplateWorkbook


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Which of our columns fills which column of the template, by the place of the latter.

    how: `given`, `remembered`, `exact`, `alias`, `normalised`, `near`, or `key`. key: the column with the key.
    """

    sources: Mapping[int, str]
    how: Mapping[int, str] = field(default_factory=dict)
    key: int | None = None


def assign(
    template: TemplateWorkbook,
    offered: Sequence[str],
    *,
    key: str | None = None,
    family: str | None = None,
    preferred: frozenset[str] = frozenset(),
    given: Mapping[str, str] | None = None,
    remembered: Mapping[str, str] | None = None,
    without: frozenset[int] = frozenset(),
) -> Assignment:
    """Assign our columns to the template's.

    key, family: which of ours holds the key, and the code that variants share. preferred: those of ours that go first
    where several have a name that fits, such as a title that was made. given, remembered: heading or technical name ->
    one of ours; remembered ones that are not offered are passed over. without: columns that get something else.
    Raises UnknownName for a name that is not there.
    """
    said = {find_column(template, heading).index: _offered(name, offered) for heading, name in (given or {}).items()}
    known = {
        column.index: name
        for heading, name in (remembered or {}).items()
        if (column := _column(template, heading)) is not None and name in offered
    }
    open_ = [column for column in template.columns if not column.computed and column.index not in without]
    keys = [column for column in open_ if is_key(column.name, column.heading)]
    parents = [column for column in open_ if is_parent(column.name, column.heading)]
    if family is None:
        family = next((name for name in offered if is_parent(name)), None)
    sources = {**known, **said}
    how = dict.fromkeys(known, "remembered") | dict.fromkeys(said, "given")
    for columns, name in ((keys, key), (parents, family)):
        if name is not None and name in offered:
            for column in columns[:1]:
                if column.index not in sources:
                    sources[column.index], how[column.index] = name, "key"
    for names in (preferred, frozenset(offered)):
        free = [name for name in offered if name in names and name not in sources.values()]
        specs = [
            FieldSpec(name=f"{column.index}", aliases=_aliases(column))
            for column in open_
            if column.index not in sources
        ]
        guessed = guess_mapping(free, specs, sample={}, remembered=ColumnMapping(key=None, fields={}))
        for place, name in guessed.fields.items():
            if guessed.how[place] != "near" or names is not preferred:
                sources[int(place)], how[int(place)] = name, guessed.how[place]
    fits = [column.index for column in keys if column.index in sources]
    return Assignment(
        sources={column.index: sources[column.index] for column in template.columns if column.index in sources},
        how=how,
        key=fits[0] if fits else next((place for place, name in sources.items() if name == key), None),
    )


def find_column(template: TemplateWorkbook, asked: str) -> TemplateColumn:
    """A column by its heading, its technical name or its letter. Raises UnknownName or UsageError."""
    found = _column(template, asked)
    if found is not None:
        return found
    plain = [column for column in template.columns if plain_name(column.heading) == plain_name(asked)]
    if len(plain) == 1:
        return plain[0]
    if plain:
        names = ", ".join(column.name or column.heading for column in plain)
        raise UsageError(f"{asked!r} could be any of: {names}", zh=f"{asked!r} 可能是:{names}")
    known = [column.heading for column in template.columns]
    raise UnknownName("column of the template", asked, known, kind_zh="模板列")


def _column(template: TemplateWorkbook, asked: str) -> TemplateColumn | None:
    for same in ("heading", "name", "written"):
        for column in template.columns:
            if getattr(column, same) == asked:
                return column
    return None


def _offered(name: str, offered: Sequence[str]) -> str:
    if name in offered:
        return name
    plain = [one for one in offered if plain_name(one) == plain_name(name)]
    if len(plain) == 1:
        return plain[0]
    raise UnknownName("column", name, offered, kind_zh="数据列")


def _aliases(column: TemplateColumn) -> tuple[str, ...]:
    """Its own names first, then those of the same field elsewhere."""
    own = (column.heading, column.written, column.name, column.name.replace("_", " "))
    return tuple(dict.fromkeys(name for name in (*own, *synonyms_of(column.name, column.heading)) if name))
