"""Liquid, the one language of templates, `when` conditions and selections; ours, with listed tags and filters.

    compile_template("{{ brand }} {{ name }}{% if 材质 %}, {{ 材质 }}{% endif %}").render({"name": "Mug"})
    compile_condition('category contains "食品" and price > 100').holds({"category": "食品 > 茶", "price": "128.00"})

Tags: if/elsif/else, unless, case/when, for (limit, offset, reversed, ranges, forloop.index …), assign, comment, raw, #.
Not there, on purpose: include, render, capture, cycle, increment, tablerow, break, continue.
Filters: FILTERS, each with a line about it. Values: `values.py`; in short, an empty, missing or whitespace-only cell is
blank and false, and texts compare as numbers by < and > if both read as numbers.

Where this differs from Shopify's Liquid:
- an empty text is false, so `{% if brand %}` asks what a shop means by it; `nil` is the same as `empty`;
- conditions have `not` and parentheses, and `and` binds tighter than `or`;
- `case` shows the first branch that fits; a list is shown one item a line, a pair as `key: value`;
- a number filter on a text that is no number gives nothing, instead of counting it as 0; decimals are exact;
- a name that nobody knows, an unlisted tag or filter, or a wrong argument is an error while compiling.

Hostile templates: nothing reaches an attribute of a Python object, every loop, text and list has a limit, and all
source is refused or compiled before a row is seen. A limit that a row hits raises TemplateError for that row.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from goodsmith.base.liquid.conditions import sql
from goodsmith.base.liquid.errors import Place, written
from goodsmith.base.liquid.filters import FILTERS, MAX_ITEMS, MAX_TEXT_CHARS
from goodsmith.base.liquid.python import MAX_LOOP_STEPS, MAX_OUTPUT_CHARS, Asks, Get, Said, asking, saying
from goodsmith.base.liquid.reading import (
    GROUPS,
    MAX_DEPTH,
    MAX_LOOP_DEPTH,
    MAX_NODES,
    MAX_SOURCE_CHARS,
    MAX_TAG_CHARS,
    TAGS,
    Reader,
)
from goodsmith.base.liquid.tree import Block, Term
from goodsmith.base.liquid.values import is_blank, number, text

__all__ = [
    "FILTERS",
    "GROUPS",
    "MAX_DEPTH",
    "MAX_ITEMS",
    "MAX_LOOP_DEPTH",
    "MAX_LOOP_STEPS",
    "MAX_NODES",
    "MAX_OUTPUT_CHARS",
    "MAX_SOURCE_CHARS",
    "MAX_TAG_CHARS",
    "MAX_TEXT_CHARS",
    "TAGS",
    "Condition",
    "Template",
    "compile_condition",
    "compile_template",
    "is_blank",
    "number",
    "text",
    "written",
]


class _Sayer:
    """A template's function; it is compiled when it is first needed."""

    __slots__ = ("_block", "_place", "say")

    def __init__(self, block: Block, place: Place) -> None:
        self._block, self._place = block, place
        self.say: Said = self._first

    def _first(self, get: Get, shared: dict[bytes, Any]) -> str:
        self.say = saying(self._block, self._place)
        return self.say(get, shared)


class _Asker:
    """A condition's function; it is compiled when it is first needed."""

    __slots__ = ("_place", "_term", "ask")

    def __init__(self, term: Term, place: Place) -> None:
        self._term, self._place = term, place
        self.ask: Asks = self._first

    def _first(self, get: Get) -> bool:
        self.ask = asking(self._term, self._place)
        return self.ask(get)


@dataclass(frozen=True, slots=True)
class Template:
    """A checked template. names: the fields that it reads. constant: its text if no row can change it."""

    source: str
    names: frozenset[str]
    constant: str | None
    _sayer: _Sayer = field(repr=False, compare=False)

    def render(self, values: Mapping[str, Any], shared: dict[bytes, Any] | None = None) -> str:
        """The text for one row. A name that `values` lacks is empty.

        shared: a dict, empty at first, for several templates with the same values: what they assign alike at their
        beginnings is worked out once. Raises TemplateError if the row takes it over a limit; the row fails, the run
        goes on.
        """
        if self.constant is not None:
            return self.constant
        return self._sayer.say(values.get, {} if shared is None else shared)


@dataclass(frozen=True, slots=True)
class Condition:
    """A checked condition. names: the fields that it reads."""

    source: str
    names: frozenset[str]
    _asker: _Asker = field(repr=False, compare=False)
    _term: Term = field(repr=False, compare=False)
    _place: Place = field(repr=False, compare=False)

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether it is true of one row. A name that `values` lacks is empty."""
        return self._asker.ask(values.get)

    def to_sql(self, columns: Mapping[str, str]) -> tuple[str, list[Any]]:
        """The same question as a DuckDB expression over text columns, with its parameters; never NULL.

        columns: field name -> quoted identifier; a field without a column is empty.
        """
        return sql(self._term, columns, self._place)


def compile_template(
    source: str, *, name: str = "", first_line: int = 1, known: Collection[str] | None = None
) -> Template:
    """Check a template and make it ready.

    known: the names that exist; None: any name does. first_line: where the template starts in the file `name`.
    Raises TemplateError with line, column, a caret and the near names.
    """
    place = Place(source, name, first_line)
    reader = Reader(place, known)
    block = reader.template()
    return Template(source, frozenset(reader.names), block.constant, _Sayer(block, place))


def compile_condition(
    source: str, *, name: str = "", first_line: int = 1, known: Collection[str] | None = None
) -> Condition:
    """Check a condition such as `brand == "X" and description == blank`, and make it ready. The rest as above."""
    place = Place(source, name, first_line)
    reader = Reader(place, known)
    term = reader.condition()
    return Condition(source, frozenset(reader.names), _Asker(term, place), term, place)
