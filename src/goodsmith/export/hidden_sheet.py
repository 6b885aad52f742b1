"""The very hidden sheet `_goodsmith`: what was written where, so that the file can be recognised when it comes back.

Columns A to E have one line per exported row: its row in the sheet, ordinal, key, and the hashes (`row_hash`) of its
source columns and of our output cells. They hold also after a person has sorted the sheet: key and source hash find the
row again, and the outputs' hash tells an edit. Columns G to L say the run, the recipe and our columns.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self
from xml.etree.ElementTree import Element, ParseError

from goodsmith.export.cells import MAX_CELL_UNITS, Cell, cell_xml, column_index, column_letters
from goodsmith.export.layout import OutputColumn
from goodsmith.export.plan import ExportPlan
from goodsmith.export.rows import Rows, row_hash

if TYPE_CHECKING:
    from goodsmith.export.workbook_parts import WorkbookParts

NAME = "_goodsmith"
MARK = "goodsmith"
FORMAT = "1"  # raised when an older reader would go wrong
ROW_HEADINGS = ("row", "ordinal", "key", "source_hash", "outputs_hash")
_SAID_FROM = 6  # column G
_SAID_LINES = 2_000  # more lines than a table can have columns of ours


Written = tuple[str, str, str]  # a column of the parts, the item of its lists or -, the piece of its texts


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierExport:
    """What an earlier export says of itself in its hidden sheet."""

    part: str
    recipe_name: str
    columns: Mapping[Written, str]  # what it wrote -> the heading it gave


class HiddenSheet:
    """Collects the lines in a temporary file; `file` is the sheet's XML once it is closed."""

    def __init__(
        self, plan: ExportPlan, placed: Sequence[tuple[int, OutputColumn]], *, sheet: str, namespace: str, folder: Path
    ) -> None:
        """placed: our columns with their 0-based columns in the sheet."""
        self.file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (closed by __exit__)
        self._slots = [at for at, (_, column) in enumerate(placed) if column.role == "slot"]
        self._said = _said(plan, placed, sheet)
        self._next = 1
        self.file.write(
            f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{namespace}">'.encode()
        )
        self.file.write(b"<sheetData>")
        self._write([[heading] for heading in ROW_HEADINGS])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.close()

    def add(self, rows: Rows, sheet_rows: Sequence[int], cells: Sequence[Sequence[Cell]]) -> None:
        """One line per row. cells: per column of ours, as written."""
        outputs = [[_as_text(cell) for cell in cells[at]] for at in self._slots]
        hashes = [row_hash(texts) for texts in zip(*outputs, strict=True)] if outputs else [row_hash(())] * rows.count
        keys = [key[: MAX_CELL_UNITS // 2] if key else None for key in rows.values("_gs_key")]
        self._write([sheet_rows, rows.values("_gs_ordinal"), keys, rows.source_hashes(), hashes])

    def finish(self) -> IO[bytes]:
        if self._said:
            self._write([[None] * len(self._said)])
        self.file.write(b"</sheetData></worksheet>")
        return self.file

    def _write(self, columns: Sequence[Sequence[Cell]]) -> None:
        count = len(columns[0])
        numbers = range(self._next, self._next + count)
        made = [cell_xml(column_letters(at), numbers, column) for at, column in enumerate(columns)]
        said, self._said = self._said[:count], self._said[count:]
        made.append(
            [
                *(_said_xml(number, line) for number, line in zip(numbers, said, strict=False)),
                *[""] * (count - len(said)),
            ]
        )
        lines = (
            f'<row r="{number}">{"".join(cells)}</row>'
            for number, cells in zip(numbers, zip(*made, strict=True), strict=True)
        )
        self.file.write("".join(lines).encode())
        self._next += count


def earlier_export(parts: WorkbookParts) -> EarlierExport | None:
    """What an earlier export left in this workbook; None if there was none, or another program's sheet has the name."""
    sheet = parts.sheet(NAME)
    if sheet is None or parts.member(sheet.part) is None:
        return None
    try:
        lines = _said_in(parts, sheet.part)
    except (ParseError, ValueError):
        return None
    if not lines or lines[0][0] != MARK:
        return None
    named = {line[0]: line for line in lines if len(line) > 1}
    columns = {(line[3], line[5], line[6]): line[1] for line in lines if line[0] == "column" and len(line) == 7}
    recipe_name = named["recipe"][1] if "recipe" in named else ""
    return EarlierExport(part=sheet.part, recipe_name=recipe_name, columns=columns)


def written_as(column: OutputColumn) -> Written:
    return column.part, "-" if column.item is None else str(column.item), str(column.piece)


def _said(plan: ExportPlan, placed: Sequence[tuple[int, OutputColumn]], sheet: str) -> list[tuple[str, ...]]:
    header_row = str(plan.source.header_row or 0)
    return [
        (MARK, FORMAT),
        ("run", plan.run_id),
        ("recipe", plan.recipe_name, plan.recipe_version),
        ("written_at", plan.written_at),
        ("sheet", sheet, header_row),
        ("key", plan.key_column or ""),
        *(
            ("column", column.heading, column_letters(at), column.part, column.role, *written_as(column)[1:])
            for at, column in placed
        ),
    ]


def _said_xml(number: int, line: Iterable[str]) -> str:
    return "".join(
        cell
        for at, text in enumerate(line, _SAID_FROM)
        for cell in cell_xml(column_letters(at), [number], [text or None])
    )


def _said_in(parts: WorkbookParts, part: str) -> list[tuple[str, ...]]:
    """The lines in column G and following. A program that saved the file may have made the texts shared strings."""
    found: list[list[str | int]] = []
    for cells in _top_rows(parts, part):
        line = [cells[column] for column in sorted(cells) if column >= _SAID_FROM]
        if not line or len(found) > _SAID_LINES:
            break
        found.append(line)
    wanted = {entry for line in found for entry in line if isinstance(entry, int)}
    shared = _shared_strings(parts, wanted)
    return [tuple(shared.get(entry, "") if isinstance(entry, int) else entry for entry in line) for line in found]


def _top_rows(parts: WorkbookParts, part: str) -> Iterator[dict[int, str | int]]:
    for row in _elements(parts, part, "row"):
        cells: dict[int, str | int] = {}
        for cell in row:
            letters = cell.get("r", "").rstrip("0123456789")
            value = next((child.text or "" for child in cell if child.tag.endswith("}v")), "")
            if letters and cell.get("t") == "s" and value:
                cells[column_index(letters)] = int(value)
            elif letters:
                cells[column_index(letters)] = value or "".join(
                    text.text or "" for text in cell.iter() if text.tag.endswith("}t")
                )
        yield cells


def _shared_strings(parts: WorkbookParts, wanted: set[int]) -> dict[int, str]:
    part = parts.shared_strings
    if not wanted or part is None:
        return {}
    found = {}
    for index, item in enumerate(_elements(parts, part, "si")):
        if index in wanted:
            found[index] = "".join(text.text or "" for text in item.iter() if text.tag.endswith("}t"))
            if len(found) == len(wanted):
                break
    return found


def _elements(parts: WorkbookParts, part: str, name: str) -> Iterator[Element]:
    """The elements with that name right below the root or one below; each is forgotten when the next one comes."""
    from defusedxml.ElementTree import iterparse  # noqa: PLC0415

    member = parts.member(part)
    if member is None:
        return
    with parts.archive.open(member) as stream:
        open_elements: list[Element] = []
        for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                open_elements.append(element)
                continue
            open_elements.pop()
            if element.tag.endswith(f"}}{name}"):
                yield element
                open_elements[-1].clear()


def _as_text(cell: Cell) -> str:
    """A cell's text as it is hashed: numbers as Python writes them, truth values as 1 and 0."""
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else str(int(cell)) if isinstance(cell, bool) else repr(cell)
