"""Text and numbers as SpreadsheetML cells, so that a reader gets back exactly what was written."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

MAX_CELL_UNITS = 32_767  # UTF-16 units in one cell
MAX_COLUMNS = 16_384
MAX_ROWS = 1_048_576

Cell = str | int | float | bool | None


def column_letters(index: int) -> str:
    """The letters of a 0-based column: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """The 0-based column of its letters."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


def xml_text(text: str) -> str:
    """`text` as element content. What XML cannot hold becomes `_xHHHH_`, as in Excel; such a literal is escaped."""
    if _ODD.search(text) is None:
        return text
    return _ODD_CHARACTER.sub(_escape, text)


def units(text: str) -> int:
    """Length in UTF-16 units, as Excel counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def split_text(text: str) -> list[str]:
    """`text` in pieces that fit into one cell each; no character is torn apart."""
    if len(text) * 2 <= MAX_CELL_UNITS or units(text) <= MAX_CELL_UNITS:
        return [text]
    pieces, start, used = [], 0, 0
    for at, character in enumerate(text):
        size = 2 if ord(character) > 0xFFFF else 1
        if used + size > MAX_CELL_UNITS:
            pieces.append(text[start:at])
            start, used = at, 0
        used += size
    return [*pieces, text[start:]]


def cell_xml(
    column: str, rows: Sequence[int], values: Sequence[Cell], *, prefix: str = "", style: str = ""
) -> list[str]:
    """One cell per row in the column with the letters `column`, "" where there is no value.

    Strings are inline and never formulas or links. style: the format id of texts, "" for the default one.
    """
    tag = f"{prefix}c"
    styled = f' s="{style}"' if style else ""
    head = f'<{tag} r="{column}'
    text_middle = f'"{styled} t="inlineStr"><{prefix}is><{prefix}t xml:space="preserve">'
    text_end = f"</{prefix}t></{prefix}is></{tag}>"
    return [
        ""
        if value is None
        else f"{head}{row}{text_middle}{value if _ODD.search(value) is None else xml_text(value)}{text_end}"
        if isinstance(value, str)
        else f'{head}{row}"{_number(value, prefix)}</{tag}>'
        for row, value in zip(rows, values, strict=True)
    ]


_CONTROL = "\x00-\x08\x0b-\x1f\ufffe\uffff"  # tab and line feed stay as they are; a reader turns a bare CR into LF
_ODD = re.compile(f"[&<>{_CONTROL}]|_x")
# an underscore that a reader would take for the start of an escape, also when the escape's end is one that we write
_ODD_CHARACTER = re.compile(f"[&<>{_CONTROL}]|_(?=x[0-9A-Fa-f]{{4}}[_{_CONTROL}])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_EXACT_INTEGER = 10**15  # a spreadsheet keeps fifteen digits


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    return _ENTITIES.get(character) or f"_x{ord(character):04X}_"


def _number(value: float, prefix: str) -> str:
    """The end of a cell that holds a number or a truth value; text where a spreadsheet would lose digits."""
    if isinstance(value, bool):
        return f' t="b"><{prefix}v>{int(value)}</{prefix}v>'
    if math.isfinite(value) and (isinstance(value, float) or abs(value) < _EXACT_INTEGER):
        return f"><{prefix}v>{value!r}</{prefix}v>"
    return f' t="inlineStr"><{prefix}is><{prefix}t>{value}</{prefix}t></{prefix}is>'
