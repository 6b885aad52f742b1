"""Where a workbook keeps a sheet, and the three small parts to change when it gets one more."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import quoteattr

from goodsmith.export.sheet_edit import NotCarried

CONTENT_TYPES = "[Content_Types].xml"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
STRICT = "http://purl.oclc.org/ooxml/"
MAX_PART_BYTES = 16 << 20  # of a part that is read as a whole
PIECE_BYTES = 1 << 20
_NAMESPACES = {
    False: "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    True: "http://purl.oclc.org/ooxml/spreadsheetml/main",
}
_RELATIONSHIPS = {
    False: "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    True: "http://purl.oclc.org/ooxml/officeDocument/relationships",
}


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet and the name of its part in the zip."""

    name: str
    part: str


class WorkbookParts:
    """The parts of an open xlsx or xlsm file. Raises NotCarried where it is something else."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.members = archive.infolist()
        self._by_name = {_plain(member.filename): member for member in self.members}
        if any(member.flag_bits & 1 for member in self.members):
            raise NotCarried("it is protected by a password", "文件有密码保护")
        self.main = self._target_of_type("", "_rels/.rels", "/officeDocument") or "xl/workbook.xml"
        self.rels = posixpath.join(posixpath.dirname(self.main), "_rels", posixpath.basename(self.main) + ".rels")
        if self.member(self.main) is None or self.member(self.rels) is None:
            raise NotCarried("it is no xlsx or xlsm workbook", "文件不是 xlsx 或 xlsm 工作簿")
        root = self._root(self.main)
        self.strict = root.tag.startswith("{" + STRICT)
        targets = {rel.get("Id"): rel.get("Target", "") for rel in self._root(self.rels)}
        folder = posixpath.dirname(self.main)
        self.sheets: list[SheetPart] = []
        self._ids: list[int] = []
        for sheet in root.iter(f"{{{_NAMESPACES[self.strict]}}}sheet"):
            relation = next((value for key, value in sheet.items() if key.endswith("}id")), "")
            self.sheets.append(SheetPart(sheet.get("name", ""), _resolved(folder, targets.get(relation, ""))))
            self._ids.append(int(sheet.get("sheetId", "0")))
        self._relation_ids = set(targets)

    @property
    def has_macros(self) -> bool:
        return "macroEnabled" in self._main_type()

    @property
    def is_signed(self) -> bool:
        return any(name.startswith("_xmlsignatures/") for name in self._by_name)

    @property
    def shared_strings(self) -> str | None:
        return self._target_of_type(posixpath.dirname(self.main), self.rels, "/sharedStrings")

    def member(self, part: str) -> zipfile.ZipInfo | None:
        return self._by_name.get(_plain(part))

    def sheet(self, name: str) -> SheetPart | None:
        """The sheet with that name, as a spreadsheet looks it up: without regard to case."""
        return next((sheet for sheet in self.sheets if sheet.name.casefold() == name.casefold()), None)

    def pieces(self, part: str) -> Iterator[bytes]:
        member = self.member(part)
        if member is None:
            raise NotCarried(f"its part {part} is missing", f"缺少部件 {part}")
        with self.archive.open(member) as stream:
            while piece := stream.read(PIECE_BYTES):
                yield piece

    def with_sheet(self, name: str) -> tuple[str, dict[str, bytes]]:
        """The part of a new very hidden sheet, and the changed parts by name."""
        part = posixpath.join(posixpath.dirname(self.main), "worksheets", "goodsmith.xml")
        number = 1
        while self.member(part) is not None:
            number += 1
            part = posixpath.join(posixpath.dirname(part), f"goodsmith{number}.xml")
        relation = next(f"rIdGoodsmith{at}" for at in range(1, 1000) if f"rIdGoodsmith{at}" not in self._relation_ids)
        kind = f"{_RELATIONSHIPS[self.strict]}/worksheet"
        main, rels, types = (self._read(part) for part in (self.main, self.rels, CONTENT_TYPES))
        like = re.search(rb"""<((?:[\w.\-]+:)?)sheet\s[^>]*?\s([\w.\-]+):id\s*=\s*["']""", main)
        if like is None:
            raise NotCarried("its list of sheets cannot be read", "工作表清单无法读取")
        sheet = (
            f"<{like[1].decode()}sheet name={quoteattr(name)} sheetId={quoteattr(str(max(self._ids, default=0) + 1))} "
            f'state="veryHidden" {like[2].decode()}:id="{relation}"/>'
        )
        relationship = f'Relationship Id="{relation}" Type="{kind}" Target="/{part}"/>'
        override = f'Override PartName="/{part}" ContentType="{SHEET_TYPE}"/>'
        return part, {
            self.main: _before_end(main, "sheets", sheet, whole=True),
            self.rels: _before_end(rels, "Relationships", relationship),
            CONTENT_TYPES: _before_end(types, "Types", override),
        }

    def namespace(self) -> str:
        return _NAMESPACES[self.strict]

    def _main_type(self) -> str:
        for entry in self._root(CONTENT_TYPES):
            if _plain(entry.get("PartName", "")) == _plain(self.main):
                return str(entry.get("ContentType", ""))
        return ""

    def _target_of_type(self, folder: str, rels: str, ending: str) -> str | None:
        if self.member(rels) is None:
            return None
        for relation in self._root(rels):
            if relation.get("Type", "").endswith(ending):
                return _resolved(folder, relation.get("Target", ""))
        return None

    def _root(self, part: str) -> Any:
        from defusedxml.common import DefusedXmlException  # noqa: PLC0415 (needed only where a workbook is read)
        from defusedxml.ElementTree import ParseError, fromstring  # noqa: PLC0415

        try:
            return fromstring(self._read(part), forbid_dtd=True)
        except (ParseError, DefusedXmlException) as error:
            raise NotCarried(f"its part {part} cannot be read", f"部件 {part} 无法读取") from error

    def _read(self, part: str) -> bytes:
        found = b""
        for piece in self.pieces(part):
            found += piece
            if len(found) > MAX_PART_BYTES:
                raise NotCarried(f"its part {part} is too large", f"部件 {part} 过大")
        return found


def _before_end(xml: bytes, element: str, added: str, *, whole: bool = False) -> bytes:
    """`added` as the last child of an element. whole: a complete tag; else it gets a bracket and the prefix."""
    ends = list(re.finditer(rb"</((?:[\w.\-]+:)?)%b\s*>" % element.encode(), xml))
    if not ends or not xml[:200].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        raise NotCarried(f"its list of {element} cannot be changed", f"{element} 清单无法修改")
    end = ends[-1]
    tag = added if whole else f"<{end[1].decode()}{added}"
    return xml[: end.start()] + tag.encode() + xml[end.start() :]


def _resolved(folder: str, target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()
