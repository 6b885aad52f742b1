"""What a platform says of an upload: its report, as a table of any form, read line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from goodsmith.base.spelling import plain_name
from goodsmith.catalog.layouts.finding import is_blank
from goodsmith.catalog.layouts.grid import ReadAgain
from goodsmith.catalog.layouts.reader import ROW_COLUMN
from goodsmith.catalog.opening import open_table
from goodsmith.catalog.template_workbooks.field_names import is_key
from goodsmith.errors import InputFileError

MAX_LINES: Final = 1_000_000
HEAD_ROWS: Final = 40  # a summary may stand above the lines


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLine:
    """One objection. row: of the report, 1-based. field: the platform's heading or technical name, "" if not said."""

    row: int
    key: str
    message: str
    code: str = ""
    field: str = ""
    warning: bool = False


def read_error_report(source: str | Path, *, sheet: str | None = None, key: str | None = None) -> list[ReportLine]:
    """The objections of a report (xlsx, csv, tsv). key: its column with the products' keys, where that is not plain.

    A filled template that comes back with a column of reasons is such a report, too. Raises InputFileError where no
    row names a key and a message.
    """
    path = Path(source)
    head: Mapping[str, int] | None = None
    lines: list[ReportLine] = []
    for number, cells in _rows(path, sheet):
        if head is None:
            found = _columns(cells, key)
            if {"key", "message"} <= found.keys():
                head = found
            elif number > HEAD_ROWS:
                break
            continue
        line = _line(number, cells, head)
        if line is not None:
            lines.append(line)
            if len(lines) > MAX_LINES:
                raise InputFileError(
                    f"more than {MAX_LINES:,} lines", file=path.name, zh=f"超过 {MAX_LINES:,} 行"
                )  # fmt: skip
    if head is None:
        raise InputFileError(
            "no row names a column with the products' keys and one with messages (such as sku, error-message). Say "
            "which column has the keys with --key, and which sheet with --sheet",
            file=path.name,
            zh="没有同时包含商品编码列与错误信息列的表头(如 商家编码、失败原因)。可用 --key 指定编码列,"
            "用 --sheet 指定工作表",
        )
    return lines


def _line(number: int, cells: Sequence[str | None], head: Mapping[str, int]) -> ReportLine | None:
    said = {kind: (cells[place] or "").strip() if place < len(cells) else "" for kind, place in head.items()}
    if not said["message"] or not said["key"]:
        return None
    return ReportLine(
        row=number,
        key=said["key"],
        message=" ".join(said["message"].split()),
        code=said.get("code", ""),
        field=said.get("field", ""),
        warning=plain_name(said.get("type", "")) in _WARNINGS,
    )


def _rows(path: Path, sheet: str | None) -> Iterator[tuple[int, list[str | None]]]:
    """The rows that are not blank, numbered from 1. Lines below may have more cells than a summary above them."""
    reader = open_table(path, sheet=sheet, header=0, all_rows=True)
    for _ in range(3):
        rows: list[tuple[int, list[str | None]]] = []
        with suppress(ReadAgain):
            for batch in reader.batches():
                numbers = batch.column(ROW_COLUMN).to_pylist()
                columns = [batch.column(name).to_pylist() for name in batch.schema.names if name != ROW_COLUMN]
                for number, *cells in zip(numbers, *columns, strict=True):
                    if not is_blank(cells):
                        rows.append((number + 1, cells))
            break
    yield from rows


def _columns(cells: Sequence[str | None], key: str | None) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        plain = plain_name(cell or "")
        for kind, words in _WORDS.items():
            if plain in words:
                found.setdefault(kind, place)
        if cell and (plain_name(key) == plain if key is not None else is_key(cell)):
            found.setdefault("key", place)
    return found


def _plain(words: str) -> frozenset[str]:
    return frozenset(plain_name(word) for word in words.split("|"))


_WORDS: Final[dict[str, frozenset[str]]] = {
    "message": _plain(
        "error-message|error message|error description|message|messages|error|errors|reason|fail reason|failed reason|"
        "failure reason|remarks|错误信息|错误原因|错误描述|错误提示|失败原因|失败信息|原因|审核意见|处理结果说明|"
        "报错信息|fehlermeldung|fehlerbeschreibung|meldung|エラーメッセージ|エラー内容|message d'erreur|"
        "mensaje de error"
    ),
    "code": _plain("error-code|error code|code|错误代码|错误码|fehlercode|エラーコード|code d'erreur|código de error"),
    "field": _plain(
        "field|field name|field-name|attribute|attribute name|affected field|column|字段|字段名|字段名称|属性|属性名|"
        "错误字段|列名|feld|feldname|attribut|項目|項目名|champ|campo"
    ),
    "type": _plain(
        "error-type|error type|type|severity|level|category|错误类型|错误级别|级别|类型|fehlertyp|エラータイプ"
    ),
}
_WARNINGS: Final = _plain("warning|warn|警告|提醒|提示|warnung|advertencia|avertissement")
