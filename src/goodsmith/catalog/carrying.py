"""What an export into the source workbook cannot carry, seen from its parts before a run starts.

An xlsx export adds columns inside the original workbook, so styles, pictures, drop-downs and hidden sheets stay. These
do not, or not as a person would expect.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from goodsmith.catalog.opening import kind_of
from goodsmith.catalog.workbooks.package import Package
from goodsmith.errors import InputFileError
from goodsmith.records import Notice


def carried(source: Any) -> list[Notice]:
    """Notices on what of the source will not be in an xlsx export as it was."""
    try:
        kind = kind_of(source)
    except (InputFileError, TypeError):
        return []
    if kind != "xlsx":
        return [] if kind in {"frame", "sql"} else [_no_workbook(Path(source))]
    package = Package(Path(source))
    try:
        names = [name for name in package.names() if not name.endswith("/")]
        notices = [
            Notice(code=code, en=en, zh=zh, count=len(found))
            for code, matches, en, zh in _LOSSES
            if (found := [name for name in names if matches(name)])
        ]
        notices += _protected(package, names)
    finally:
        package.close()
    return notices


def _no_workbook(path: Path) -> Notice:
    return Notice(
        code="no_workbook",
        en=f"{path.name} is no workbook: an xlsx export is made new, without formats, from its columns as text",
        zh=f"{path.name} 不是工作簿:导出 xlsx 时会新建文件,各列为文本,不带格式",
    )


def _protected(package: Package, names: list[str]) -> list[Notice]:
    sheets = [
        name
        for name in names
        if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name) and _holds(package, name, b"<sheetProtection")
    ]
    notices = []
    if sheets:
        notices.append(
            Notice(
                code="sheet_protection",
                en=f"{len(sheets)} sheet(s) are protected: the new columns stand in cells that a person cannot edit "
                "until the protection is taken off",
                zh=f"有 {len(sheets)} 个工作表受保护:新增列所在单元格在取消保护之前无法编辑",
                count=len(sheets),
            )
        )
    if package.has("xl/workbook.xml") and _holds(package, "xl/workbook.xml", b"<fileSharing"):
        notices.append(
            Notice(
                code="write_reserved",
                en="the workbook asks to be opened read-only; the export keeps that",
                zh="工作簿建议以只读方式打开;导出文件保留此设置",
            )
        )
    return notices


def _holds(package: Package, name: str, mark: bytes) -> bool:
    rest = b""
    for piece in package.pieces(name):
        if mark in rest + piece:
            return True
        rest = piece[-len(mark) :]
    return False


def _under(*folders: str) -> Callable[[str], bool]:
    return lambda name: name.startswith(folders)


_LOSSES: tuple[tuple[str, Callable[[str], bool], str, str], ...] = (
    (
        "digital_signature",
        _under("_xmlsignatures/"),
        "the workbook is digitally signed: an export is a changed file, so its signature is no longer valid",
        "工作簿带有数字签名:导出后的文件已改动,签名失效",
    ),
    (
        "tables",
        _under("xl/tables/"),
        "the workbook has Excel tables (ListObjects): the new columns stand beside them and are not part of them",
        "工作簿含有 Excel 表格(ListObject):新增列位于表格旁边,不属于表格",
    ),
    (
        "pivots",
        lambda name: re.fullmatch(r"xl/pivotcache/pivotcachedefinition[^/]*\.xml", name) is not None,
        "pivot tables keep their old cache: refresh them in Excel to see the new columns",
        "数据透视表仍使用旧缓存:请在 Excel 中刷新以包含新增列",
    ),
    (
        "change_history",
        _under("xl/revisions/"),
        "the workbook is shared with a change history: our columns are not part of that history",
        "工作簿启用了共享修订记录:新增列不在修订记录中",
    ),
    (
        "connections",
        lambda name: name == "xl/connections.xml" or name.startswith("xl/querytables/"),
        "the workbook loads data from outside: refreshing it in Excel may move rows away from their new columns",
        "工作簿引用外部数据连接:在 Excel 中刷新后,行可能与新增列错位",
    ),
    (
        "macros",
        lambda name: name == "xl/vbaproject.bin",
        "the workbook has macros: they are kept, unread; save the export as .xlsm",
        "工作簿含有宏:宏原样保留,请将导出文件存为 .xlsm",
    ),
)
