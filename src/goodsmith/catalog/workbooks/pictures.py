"""Pictures on a sheet: which there are, over or in which cell, and which part of the workbook holds each.

Three kinds: lying over cells (a drawing), placed in a cell by Excel (a rich value), and shown by a function: DISPIMG of
WPS, whose pictures stand in a part of their own, or IMAGE with an address.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from goodsmith.catalog.layouts.naming import column_index, letters
from goodsmith.catalog.layouts.sheets import choose_sheet
from goodsmith.catalog.notices import NoticeBoard
from goodsmith.catalog.workbooks import sheet_xml
from goodsmith.catalog.workbooks.sheet_xml import Unusual
from goodsmith.catalog.workbooks.tail import read_tail
from goodsmith.catalog.workbooks.workbook import Sheet, Workbook

MAX_PICTURES = 200_000
_ANCHORS = frozenset({"twoCellAnchor", "oneCellAnchor"})
_DISPIMG = re.compile(r'DISPIMG\(\s*(?:"|&quot;)([^"&]+)')
_IMAGE = re.compile(r'\bIMAGE\(\s*(?:"|&quot;)([^"&]+)')
_VALUE_META = re.compile(r' vm="([0-9]{1,7})"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """row and last_row: 1-based as a spreadsheet shows them; column: its letters; part: in the workbook, or an address.

    part is "" where the workbook does not say which picture is meant.
    """

    row: int
    last_row: int
    column: str
    kind: Literal["floating", "in_cell", "dispimg", "image_function"]
    part: str = ""


def list_pictures(path: Path, sheet: str | None = None) -> tuple[Picture, ...]:
    """All pictures of a sheet, by row and column. Reads the whole sheet."""
    with Workbook(path) as book:
        chosen, _ = choose_sheet(book.sheets, sheet, lambda _: (None, 2, 2), file=path.name)
        found = [*_floating(book, chosen, read_tail(book.package, chosen.part).drawing), *_in_cells(book, chosen)]
    return tuple(sorted(found, key=lambda picture: (picture.row, column_index(picture.column))))


def note_pictures(book: Workbook, sheet: Sheet, drawing: str | None, board: NoticeBoard) -> None:
    """Say how many pictures lie over which columns. Those in cells are met where the cells are read."""
    by_column: dict[str, list[int]] = {}
    for picture in _floating(book, sheet, drawing):
        by_column.setdefault(picture.column, []).append(picture.row)
    for column, rows in sorted(by_column.items(), key=lambda pair: column_index(pair[0])):
        board.add("pictures", detail=column, row=min(rows), count=len(rows))


# ---- over cells ---------------------------------------------------------------------------------------------------


def _floating(book: Workbook, sheet: Sheet, drawing: str | None) -> Iterator[Picture]:
    part = _relations(book, sheet.part).get(drawing or "")
    if part is None or not book.package.has(part):
        return
    targets = _relations(book, part)
    place: dict[str, dict[str, int]] = {}
    end = name = ""
    found = 0
    for what, local, told in sheet_xml.events(book.package.pieces(part)):
        if what == "start":
            name = local
            if local in _ANCHORS:
                place = {}
            elif local in {"from", "to"}:
                end = local
            elif local == "blip" and (picture := _placed(place, targets.get(told.get("embed", ""), ""))):
                found += 1
                if found > MAX_PICTURES:
                    raise book.package.harmful(f"more than {MAX_PICTURES:,} pictures", f"图片超过 {MAX_PICTURES:,} 张")
                yield picture
        elif what == "end":
            name = ""
        elif name in {"row", "col"} and told["text"].strip().isdecimal():
            place.setdefault(end, {})[name] = int(told["text"])


def _placed(place: Mapping[str, Mapping[str, int]], part: str) -> Picture | None:
    start, stop = place.get("from", {}), place.get("to", {})
    if "row" not in start or "col" not in start:
        return None
    row = start["row"] + 1
    return Picture(
        row=row, last_row=max(row, stop.get("row", 0) + 1), column=letters(start["col"]), kind="floating", part=part
    )


# ---- in cells -----------------------------------------------------------------------------------------------------


def _in_cells(book: Workbook, sheet: Sheet) -> Iterator[Picture]:
    rich: list[str] | None = None
    named: Mapping[str, str] | None = None
    for text in _pieces(book, sheet):
        if "IMG(" not in text and "IMAGE(" not in text and ' vm="' not in text:
            continue
        for column, row, attributes, value, other in sheet_xml.cells(text):
            number = int(row)
            content = other or value
            if (meta := _VALUE_META.search(attributes)) and 't="e"' in attributes:
                rich = _rich_values(book) if rich is None else rich
                part = rich[int(meta[1]) - 1] if 0 < int(meta[1]) <= len(rich) else ""
                yield Picture(row=number, last_row=number, column=column, kind="in_cell", part=part)
            elif found := _DISPIMG.search(content):
                named = _cell_images(book) if named is None else named
                part = named.get(found[1], "")
                yield Picture(row=number, last_row=number, column=column, kind="dispimg", part=part)
            elif "<f" in content and (found := _IMAGE.search(content)):
                yield Picture(row=number, last_row=number, column=column, kind="image_function", part=found[1])


def _pieces(book: Workbook, sheet: Sheet) -> Iterator[str]:
    try:
        yield from book.chunks(sheet, rewritten=False)
    except Unusual:
        yield from book.chunks(sheet, rewritten=True)


def _cell_images(book: Workbook) -> dict[str, str]:
    """The pictures of WPS: the name in the function -> the part."""
    part = next((name for name in book.package.names() if name.endswith("xl/cellimages.xml")), None)
    if part is None:
        return {}
    targets = _relations(book, part)
    images: dict[str, str] = {}
    name = ""
    for what, local, told in sheet_xml.events(book.package.pieces(part)):
        if what == "start" and local == "cNvPr":
            name = told.get("name", "")
        elif what == "start" and local == "blip":
            images[name] = targets.get(told.get("embed", ""), "")
    return images


def _rich_values(book: Workbook) -> list[str]:
    """The part of each value kind of the sheet's metadata, "" where it is no picture of the workbook."""
    package = book.package
    parts = {name.rpartition("/")[2]: name for name in package.names()}
    needed = ("metadata.xml", "rdrichvalue.xml", "richvaluerel.xml")
    if not all(name in parts for name in needed):
        return []
    metadata, values, relations = (parts[name] for name in needed)
    targets = _relations(book, relations)
    pictures = [
        targets.get(told.get("id", ""), "") for what, local, told in sheet_xml.events(package.pieces(relations))
        if what == "start" and local == "rel"
    ]  # fmt: skip
    first: list[int | None] = []  # of each rich value, its first part: the place of the picture
    taken = False
    for what, local, told in sheet_xml.events(package.pieces(values)):
        if what == "start" and local == "rv":
            first.append(None)
        elif what == "start" and local == "v":
            taken = False
        elif what == "text" and first and first[-1] is None and not taken and told["text"].strip().isdecimal():
            first[-1], taken = int(told["text"]), True
    blocks: list[int] = []  # futureMetadata: block -> rich value
    kinds: list[int] = []  # valueMetadata: kind of value -> block
    within = ""
    for what, local, told in sheet_xml.events(package.pieces(metadata)):
        if what != "start":
            continue
        if local in {"futureMetadata", "valueMetadata", "cellMetadata"}:
            within = local
        elif local == "rvb":
            blocks.append(int(told.get("i", "0")))
        elif local == "rc" and within == "valueMetadata":
            kinds.append(int(told.get("v", "0")))
    made = []
    for block in kinds:
        part = ""
        with suppress(IndexError, TypeError):
            part = pictures[first[blocks[block]]]  # type: ignore[index]  # None: no picture
        made.append(part)
    return made


def _relations(book: Workbook, part: str) -> dict[str, str]:
    """The parts that a part points to, by the id of the relation."""
    folder, _, file = part.rpartition("/")
    relations = f"{folder}/_rels/{file}.rels" if folder else f"_rels/{file}.rels"
    if not book.package.has(relations):
        return {}
    found = {}
    for _, _, told in sheet_xml.elements(book.package.pieces(relations), frozenset({"Relationship"})):
        target = told.get("Target", "")
        if told.get("TargetMode") != "External":
            target = (
                target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            )
        found[told.get("Id", "")] = target
    return found
