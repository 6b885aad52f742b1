"""What the filling of a template is asked for, and what it reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from goodsmith.export.cells import Cell
from goodsmith.export.plan import DEFAULT_MEMORY_LIMIT_BYTES
from goodsmith.records import Notice, TemplateWorkbook


@dataclass(frozen=True, slots=True)
class OfferedRow:
    """A product as it is offered to a template: a value for each offered name, None where there is none."""

    key: str
    source_row: int  # 1-based as the source shows it; 0: not known
    values: Sequence[Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class FillPlan:
    """Everything that decides how a template is filled, except the rows. Columns are meant by their place.

    sources: column -> offered name. constants: column -> text, the same in every row; it goes before a source.
    accepted: columns that take a value beside their drop-down, where the template only proposes or the drop-down is
    not known. key: the column with the products' keys; a key that stands in the template already gets its row filled.
    only: the columns of a partial update; None: all that have a source.
    """

    template: TemplateWorkbook
    offered: tuple[str, ...]
    sources: Mapping[int, str]
    constants: Mapping[int, str] = field(default_factory=dict)
    accepted: frozenset[int] = frozenset()
    key: int | None = None
    only: frozenset[int] | None = None
    before: Mapping[str, Mapping[int, str]] | None = None  # by key: what an earlier filling holds; only changes follow
    split_by: str | None = None  # an offered name: one file for each of its values
    max_rows: int | None = None  # in one file; None: as many as the template's drop-downs reach
    complete_only: bool = False  # a row without a required value is listed, not written
    language: str = "en"
    memory_limit_bytes: int = DEFAULT_MEMORY_LIMIT_BYTES

    @property
    def columns(self) -> tuple[int, ...]:
        """The columns that are written, from left to right: those with a source, and those for the units of these."""
        mapped = self.sources.keys() | self.constants.keys()
        units = (column.unit_column for column in self.template.columns if column.index in mapped)
        mapped = mapped | {place for place in units if place is not None}
        return tuple(
            column.index
            for column in self.template.columns
            if column.index in mapped
            and not column.computed
            and (self.only is None or column.index in self.only or column.index in self.constants)
        )

    @property
    def key_heading(self) -> str:
        """The heading over the keys, "" where the template has none that is known."""
        return next((column.heading for column in self.template.columns if column.index == self.key), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledFile:
    """One filled workbook. group: the value of `split_by` that its rows share."""

    path: str
    rows: int
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FillReport:
    """What was filled, and what was not.

    missing: heading -> rows without a required value. refused: heading -> rows whose value the platform would not take.
    problems: the workbook that lists each of them; "" where there is none.
    """

    rows: int
    files: tuple[FilledFile, ...]
    unchanged: int  # rows that are the same as in the earlier filling
    missing: Mapping[str, int]
    refused: Mapping[str, int]
    examples: tuple[Problem, ...] = ()  # some, the first of each kind
    problems: str = ""
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A cell that stays empty, and why. code is stable: missing, not_listed, too_long, …"""

    code: str
    key: str
    source_row: int
    heading: str
    en: str
    zh: str
    value: str = ""
    nearest: str = ""  # an allowed value that is much like it
    group: str = ""
