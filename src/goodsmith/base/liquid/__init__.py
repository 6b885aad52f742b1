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

from goodsmith.base.liquid.conditions import Ask, Term, asked, sql
from goodsmith.base.liquid.errors import Place, written
from goodsmith.base.liquid.filters import FILTERS, MAX_ITEMS, MAX_TEXT_CHARS
from goodsmith.base.liquid.templates import (
    GROUPS,
    MAX_DEPTH,
    MAX_LOOP_DEPTH,
    MAX_LOOP_STEPS,
    MAX_NODES,
    MAX_OUTPUT_CHARS,
    MAX_SOURCE_CHARS,
    MAX_TAG_CHARS,
    SHARED,
    TAGS,
    Compiler,
    Write,
)
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


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template. names: the fields that it reads. constant: its text if no row can change it."""

    source: str
    names: frozenset[str]
    constant: str | None
    _write: Write = field(repr=False, compare=False)

    def render(self, values: Mapping[str, Any], shared: dict[Any, Any] | None = None) -> str:
        """The text for one row. A name that `values` lacks is empty.

        shared: a dict, empty at first, for several templates with the same values: what they assign alike at their
        beginnings is worked out once. Raises TemplateError if the row takes it over a limit; the row fails, the run
        goes on.
        """
        if self.constant is not None:
            return self.constant
        return self._write(values, {} if shared is None else {SHARED: shared})


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition. names: the fields that it reads."""

    source: str
    names: frozenset[str]
    _ask: Ask = field(repr=False, compare=False)
    _term: Term = field(repr=False, compare=False)
    _place: Place = field(repr=False, compare=False)

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether it is true of one row. A name that `values` lacks is empty."""
        return self._ask(values, {})

    def to_sql(self, columns: Mapping[str, str]) -> tuple[str, list[Any]]:
        """The same question as a DuckDB expression over text columns, with its parameters; never NULL.

        columns: field name -> quoted identifier; a field without a column is empty.
        """
        return sql(self._term, columns, self._place)


def compile_template(
    source: str, *, name: str = "", first_line: int = 1, known: Collection[str] | None = None
) -> Template:
    """Check and compile a template.

    known: the names that exist; None: any name does. first_line: where the template starts in the file `name`.
    Raises TemplateError with line, column, a caret and the near names.
    """
    compiler = Compiler(Place(source, name, first_line), known)
    block = compiler.template()
    return Template(source, frozenset(compiler.names), block.constant, block.write)


def compile_condition(
    source: str, *, name: str = "", first_line: int = 1, known: Collection[str] | None = None
) -> Condition:
    """Check and compile a condition such as `brand == "X" and description == blank`. Arguments and errors as above."""
    place = Place(source, name, first_line)
    compiler = Compiler(place, known)
    term = compiler.condition()
    return Condition(source, frozenset(compiler.names), asked(term), term, place)
