"""A sheet before anybody knows which of its rows are products: numbered rows of texts, and merged cells.

Rows are numbered as a spreadsheet shows them, from 1; columns by their place, from 0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from goodsmith.errors import InputFileError

if TYPE_CHECKING:
    import pyarrow as pa

    from goodsmith.catalog.notices import NoticeBoard
    from goodsmith.records import Column

HEAD_ROWS = 60  # looked at for the layout
PEEK_ROWS = 1_000  # looked at for columns without a name

Cells = Sequence[str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Merged cells; all four ends belong to it."""

    top: int
    bottom: int
    left: int
    right: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What can be known of a sheet without reading all of it.

    rows: the first rows that are not blank, by number, and rows that were asked for. used: columns with anything in
    them in somewhat more rows. total_rows: about how many rows the sheet has, None if only reading tells.
    """

    rows: Mapping[int, Cells]
    used: frozenset[int] = frozenset()
    spans: tuple[Span, ...] = ()
    hidden_columns: frozenset[int] = frozenset()
    total_rows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Some rows of a sheet: one array of texts per column that was asked for, null where a cell is empty."""

    numbers: Sequence[int]
    columns: Sequence[pa.StringArray]
    hidden: Collection[int] = ()  # numbers of those that are hidden


@dataclass(slots=True)
class Beyond:
    """Cells outside of the columns that were asked for."""

    columns: set[int] = field(default_factory=set)
    rows: int = 0
    first: int = 0  # row
    last: int = 0

    def add(self, column: int, row: int) -> None:
        self.columns.add(column)
        self.first = self.first or row
        self.rows += row != self.last
        self.last = row


class Grid(Protocol):
    """One sheet of one file."""

    @property
    def file(self) -> str:
        """Its name, for errors."""
        ...

    @property
    def format(self) -> str:
        """As in TableInfo."""
        ...

    @property
    def sheet(self) -> str | None:
        """The sheet that is read; known after `head`."""
        ...

    def head(self, wanted: Collection[int]) -> Head:
        """Raises InputFileError for what cannot be read. wanted: rows to be shown though they stand further down."""
        ...

    def rows(self, columns: Sequence[Column], after: int, beyond: Beyond, board: NoticeBoard) -> Iterator[Rows]:
        """The rows below `after`, in order; blank ones may be left out. Cells in other columns go into `beyond`."""
        ...

    def describe(self, board: NoticeBoard) -> Mapping[str, str]:
        """Says what a person should know of the file, and gives further fields of TableInfo (encoding, separator)."""
        ...


class ReadAgain(InputFileError):
    """Rows far down say more of the layout than the first ones did. `info()` knows it now: read again."""

    def __init__(self, file: str) -> None:
        super().__init__(
            "rows further down do not fit what the first ones showed; read the file again",
            file=file, zh="后面的行与开头的行布局不同;请重新读取文件",
        )  # fmt: skip
