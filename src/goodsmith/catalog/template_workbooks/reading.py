"""Reads a platform's template workbook: the sheet to fill, its columns, what each may hold, where products begin."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import file_digest
from pathlib import Path
from typing import cast

from goodsmith.base.scripts import BLOCKS
from goodsmith.base.spelling import plain_name
from goodsmith.base.units import unit_of
from goodsmith.catalog.layouts.naming import letters
from goodsmith.catalog.recognising import file_kind
from goodsmith.catalog.template_workbooks.definitions import Definition, definitions, listed_values, lists_values
from goodsmith.catalog.template_workbooks.drop_downs import Allowed, allowed, last_row, simple_choices, starts_of
from goodsmith.catalog.template_workbooks.grid import Grid, Rows
from goodsmith.catalog.template_workbooks.headings import (
    Head,
    Label,
    is_technical,
    need_of,
    read_head,
    read_label,
    without_example_mark,
)
from goodsmith.catalog.template_workbooks.limits import limits_in
from goodsmith.catalog.template_workbooks.validations import Validation, validations
from goodsmith.catalog.template_workbooks.words import FILL_SHEETS, PLATFORMS
from goodsmith.catalog.workbooks import sheet_xml
from goodsmith.catalog.workbooks.package import damaged
from goodsmith.catalog.workbooks.workbook import Sheet, Workbook
from goodsmith.errors import InputFileError
from goodsmith.records import AllowedValue, Attribute, AttributeType, Need, Notice, TemplateColumn, TemplateWorkbook

_FOR_A_TITLE = 5  # columns that a name such as `Template` counts for, where sheets compete


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """A sheet that could be the one to fill."""

    sheet: Sheet
    rules: tuple[Validation, ...]
    head: Head
    choices: Mapping[int, frozenset[str]]


def read_template(
    source: str | Path, *, sheet: str | None = None, label_row: int | None = None, first_row: int | None = None
) -> TemplateWorkbook:
    """What a template workbook asks for. sheet, label_row, first_row: where a person knows better than the guess.

    Raises InputFileError where the file is no workbook or no sheet of it looks like a template.
    """
    path = Path(source)
    if file_kind(path) != "xlsx":
        raise InputFileError(
            "a platform's template is a workbook (.xlsx or .xlsm)", file=path.name,
            zh="平台模板应为工作簿(.xlsx 或 .xlsm)",
        )  # fmt: skip
    with path.open("rb") as file:
        sha256 = file_digest(file, "sha256").hexdigest()
    with Workbook(path) as book:
        try:
            return _read(book, path, sha256, sheet, label_row, first_row)
        except sheet_xml.NotXml as error:
            raise damaged(path, str(error), str(error)) from error


def _read(
    book: Workbook, path: Path, sha256: str, asked: str | None, label_row: int | None, first_row: int | None
) -> TemplateWorkbook:
    grid = Grid(book)
    names = {(owner.casefold(), name.casefold()): formula for owner, name, formula in book.defined_names()}
    chosen = _chosen(grid, names, asked, label_row, first_row)
    if chosen is None:
        raise InputFileError(
            "no sheet looks like a template with headings to fill below. Say where they are with --sheet and "
            "--label-row",
            file=path.name,
            sheet=asked,
            zh="没有找到可填写的模板工作表。可用 --sheet 和 --label-row 指定位置",
        )
    sheet, head = chosen.sheet, chosen.head
    rows = grid.rows(sheet)
    columns = _columns(rows, head)
    rules = allowed(grid, sheet, names, chosen.rules, columns=list(columns), first_row=head.first_row)
    settings = " ".join(rows.get(head.settings_row or 0, {}).values())
    language = _language(settings, [label.text for label in columns.values()], rows.get(head.name_row or 0, {}))
    reader = _ColumnReader(
        rows=rows,
        head=head,
        rules=rules,
        language=language or "en",
        defined=_defined(grid, sheet),
        listed=_listed(grid, sheet, rows, head, columns),
        computed=grid.formula_columns(sheet, from_row=head.first_row),
    )
    made = tuple(reader.columns(columns))
    return TemplateWorkbook(
        source=str(path),
        sha256=sha256,
        sheet=sheet.name,
        label_row=head.label_row,
        name_row=head.name_row,
        first_row=head.first_row,
        last_row=last_row(chosen.rules, head.first_row),
        columns=made,
        language=language,
        platform=_platform(grid, sheet, settings, rows, head),
        version=_version(settings),
        macros=book.package.has("xl/vbaProject.bin"),
        filled=_filled(rows, made, head.first_row),
        notices=tuple(_notices(made, head)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _ColumnReader:
    """Puts together what rules, definitions, value lists and the head say of each column."""

    rows: Rows
    head: Head
    rules: Mapping[int, Allowed]
    language: str
    defined: Mapping[str, Definition]
    listed: Mapping[str, tuple[str, ...]]
    computed: set[int]

    def columns(self, labels: Mapping[int, Label]) -> Iterator[TemplateColumn]:
        headings = _unique(labels)
        groups = _filled_on(self.rows.get(self.head.group_row or 0, {}), labels)
        made = [
            self._column(column, headings[column], label, groups.get(column, "")) for column, label in labels.items()
        ]
        for column in made:
            yield replace(column, unit_column=_unit_column(column, made))

    def _column(self, column: int, heading: str, label: Label, group: str) -> TemplateColumn:
        name = self._text(self.head.name_row, column)
        rule = self.rules.get(column, Allowed())
        said = self.defined.get(plain_name(name)) or self.defined.get(plain_name(label.text)) or Definition()
        about = "\n".join(
            dict.fromkeys(
                text
                for text in (said.about, *(self._text(row, column) for row in self.head.about_rows), rule.prompt)
                if text
            )
        )
        need = need_of(self._text(self.head.need_row, column)) or said.need or label.need or need_of(group)
        choices = rule.choices or (
            () if rule.unread else self.listed.get(plain_name(name), self.listed.get(plain_name(label.text), ()))
        )
        limits = limits_in(f"{said.accepted}\n{about}")
        unit = _unit_in(self._text(self.head.label_row, column))
        own = rule.max_length if rule.max_length is not None else math.inf
        stated = limits.max_length is not None and limits.max_length <= own  # the sheet's own rule is often the looser
        example = next((text for row in self.head.examples if (text := self._text(row, column))), said.example)
        attribute = Attribute(
            id=name or heading,
            names={self.language: label.text},
            need=cast("Need", "recommended" if need == "conditional" else need or "optional"),
            type="quantity" if unit and not choices else _type(rule, choices),
            unit=unit if not choices else "",
            values=tuple(AllowedValue(id=choice, names={self.language: choice}) for choice in choices),
            open=bool(choices) and rule.open,
            min=rule.min,
            max=rule.max,
            min_length=rule.min_length if rule.min_length is not None else limits.min_length,
            max_length=limits.max_length if stated else rule.max_length,
            length_unit=limits.unit if stated else "characters",
            about={self.language: about} if about else {},
            examples=(without_example_mark(example),) if example else (),
            place=f"{letters(column)}{self.head.label_row}",
        )
        return TemplateColumn(
            index=column,
            heading=heading,
            attribute=attribute,
            written=self._text(self.head.label_row, column),
            name=name,
            group=said.group or group,
            conditional=need == "conditional",
            numeric=rule.type in {"whole", "decimal"},
            decimals=0 if rule.type == "whole" else limits.decimals,
            depends_on=rule.depends_on,
            choices_by=rule.choices_by,
            unread=rule.unread,
            computed=column in self.computed,
        )

    def _text(self, row: int | None, column: int) -> str:
        return self.rows.get(row or 0, {}).get(column, "").strip()


def _chosen(
    grid: Grid,
    names: Mapping[tuple[str, str], str],
    asked: str | None,
    label_row: int | None,
    first_row: int | None,
) -> _Candidate | None:
    """The sheet with the most columns that have headings and rules; one that is called a template goes before."""
    best: tuple[int, _Candidate] | None = None
    sheets = [grid.book.named(asked)] if asked else [sheet for sheet in grid.book.sheets if not sheet.hidden]
    for sheet in sheets:
        rules = validations(grid.book, sheet)
        choices = simple_choices(grid, sheet, names, rules)
        rows = grid.rows(sheet)
        head = read_head(rows, starts=starts_of(rules), choices=choices, label_row=label_row, first_row=first_row)
        if head is None:
            continue
        titled = plain_name(sheet.name) in FILL_SHEETS
        ruled = {column for rule in rules for area in rule.areas for column in range(area.left, area.right + 1)}
        wide = len(rows.get(head.label_row, {}))
        score = wide + 3 * len(ruled & rows.get(head.label_row, {}).keys()) + _FOR_A_TITLE * titled * (wide > 1)
        score += wide * (head.name_row is not None) + wide * (head.need_row is not None)
        if definitions(rows) and not titled:  # a sheet about the fields, not one to fill
            score = 0
        if best is None or score > best[0]:
            best = (score, _Candidate(sheet=sheet, rules=rules, head=head, choices=choices))
    return best[1] if best else None


def _columns(rows: Rows, head: Head) -> dict[int, Label]:
    """The columns with a heading, from left to right. Where only the technical name is there, it is the heading."""
    labels = dict(rows[head.label_row])
    for column, name in rows.get(head.name_row or 0, {}).items():
        if is_technical(name):
            labels.setdefault(column, name)
    return {column: read_label(labels[column]) for column in sorted(labels) if labels[column].strip()}


def _unique(labels: Mapping[int, Label]) -> dict[int, str]:
    """`Bullet Point` five times becomes `Bullet Point`, `Bullet Point 2`, …"""
    taken = {label.text.casefold() for label in labels.values()}
    seen: Counter[str] = Counter()
    found = {}
    for column, label in labels.items():
        plain = label.text.casefold()
        seen[plain] += 1
        heading = label.text
        while seen[plain] > 1 and (heading := f"{label.text} {seen[plain]}").casefold() in taken:
            seen[plain] += 1
        found[column] = heading
    return found


def _filled_on(row: Mapping[int, str], columns: Mapping[int, Label]) -> dict[int, str]:
    """A group's name stands over its first column and holds until the next one."""
    found, group = {}, ""
    for column in range(max(columns, default=-1) + 1):
        group = row.get(column, group).strip()
        if column in columns:
            found[column] = group
    return found


def _defined(grid: Grid, filled: Sheet) -> dict[str, Definition]:
    found: dict[str, Definition] = {}
    for sheet in grid.book.sheets:
        if sheet is not filled:
            for name, definition in definitions(grid.rows(sheet)).items():
                found.setdefault(name, definition)
    return found


def _listed(
    grid: Grid, filled: Sheet, rows: Rows, head: Head, columns: Mapping[int, Label]
) -> dict[str, tuple[str, ...]]:
    wanted = [plain_name(label.text) for label in columns.values()]
    wanted += [plain_name(name) for name in rows.get(head.name_row or 0, {}).values()]
    found: dict[str, tuple[str, ...]] = {}
    for sheet in grid.book.sheets:
        if sheet is not filled and lists_values(sheet.name):
            found = listed_values(grid.rows(sheet), wanted) | found
    return found


def _filled(rows: Rows, columns: Sequence[TemplateColumn], first_row: int) -> dict[int, dict[int, str]]:
    """What stands in the rows for products already, without what the template calculates itself."""
    own = {column.index for column in columns if not column.computed}
    found = {number: {place: text for place, text in rows[number].items() if place in own} for number in sorted(rows)}
    return {number: texts for number, texts in found.items() if number >= first_row and texts}


def _unit_in(heading: str) -> str:
    """The unit that a heading names in brackets: `Package Weight (kg)`, 长度（厘米）; "" for none."""
    match = re.search(r"[(（\[【]\s*([^()（）\[\]【】]{1,12})\s*[)）\]】]\s*$", heading)
    unit = unit_of(match[1]) if match else None
    return unit.symbol if unit is not None and unit.dimension != "count" else ""


def _unit_column(column: TemplateColumn, others: Sequence[TemplateColumn]) -> int | None:
    """`Capacity Unit` beside `Capacity`: a drop-down of units, called like the column whose numbers it measures."""
    if column.attribute.values or not (column.name or column.heading):
        return None
    for other in others:
        named = (
            (other.name.startswith(column.name) and "unit" in other.name[len(column.name) :]) if column.name else False
        )
        labelled = plain_name(other.heading) in {plain_name(f"{column.heading}{word}") for word in _UNIT_WORDS}
        if (named or labelled) and any(unit_of(value.id) for value in other.attribute.values):
            return other.index
    return None


def _type(rule: Allowed, choices: Sequence[str]) -> AttributeType:
    if choices:
        return "choice"
    if rule.type in {"whole", "decimal"}:
        return "number"
    return "date" if rule.type == "date" else "text"


def _language(settings: str, labels: Sequence[str], names: Mapping[int, str]) -> str:
    """As the workbook says, else by the script of its labels. Latin script alone does not tell a language."""
    said = re.search(r"(?:language_?tag|contentLanguageTag)\s*=\s*([A-Za-z]{2})", " ".join([settings, *names.values()]))
    if said:
        return said[1].lower()
    text = "".join(labels)
    for block, language in (("Kana", "ja"), ("Hangul", "ko"), ("Han", "zh"), ("Thai", "th"), ("Cyrillic", "ru")):
        if len(re.findall(f"[{BLOCKS[block]}]", text)) * 5 > len(text):
            return language
    votes = Counter(language for language, words in _COMMON.items() for label in labels if words.search(label))
    return votes.most_common(1)[0][0] if votes else ""


def _platform(grid: Grid, sheet: Sheet, settings: str, rows: Rows, head: Head) -> str:
    """Whose template it is, where its first rows or its sheets' names say so."""
    said = [settings, *(name.name for name in grid.book.sheets)]
    said += [text for number in sorted(rows) if number < head.first_row for text in rows[number].values()]
    text = " ".join(said).casefold()
    names = rows.get(head.name_row or 0, {}).values()
    if any(name.startswith(("ps_", "et_title_")) for name in names):
        return "shopee"
    return next((platform for platform, marks in PLATFORMS.items() if any(mark in text for mark in marks)), "")


def _version(settings: str) -> str:
    found = re.search(r"\bVersion\s*=\s*([\w.\-]+)", settings, re.IGNORECASE)
    return found[1] if found else ""


def _notices(columns: Sequence[TemplateColumn], head: Head) -> Iterator[Notice]:
    for column in columns:
        if column.unread:
            yield replace(
                column.unread,
                en=f"the drop-down of {column.heading!r} is not understood ({column.unread.en}): values for it are "
                "listed, not written, unless you accept them",
                zh=f"列 {column.heading!r} 的下拉列表无法识别({column.unread.zh}):其值只列出、不写入,除非您确认接受",
                column=column.heading,
            )
    computed = [column.heading for column in columns if column.computed]
    if computed:
        yield Notice(
            code="template_formulas",
            en=f"the template calculates these columns itself, so they are left alone: {', '.join(computed)}",
            zh=f"以下列由模板自带公式计算,不会填写:{'、'.join(computed)}",
            count=len(computed),
        )
    if head.examples:
        rows = ", ".join(map(str, head.examples))
        yield Notice(
            code="template_examples",
            en=f"row {rows} shows an example; it stays as it is. Delete it before uploading if the platform asks so",
            zh=f"第 {rows} 行是示例,保持不变;如平台要求,请在上传前删除",
            row=head.examples[0],
            count=len(head.examples),
        )


_UNIT_WORDS = (" unit", " unit of measure", "单位", "的单位", " einheit", "の単位")
# Words that headings in a language often have.
_COMMON = {
    "en": re.compile(r"\b(?:name|brand|color|colour|size|price|quantity|description|weight)\b", re.IGNORECASE),
    "de": re.compile(r"\b(?:marke|farbe|größe|preis|anzahl|menge|beschreibung|gewicht|artikel)", re.IGNORECASE),
    "fr": re.compile(r"\b(?:marque|couleur|taille|prix|quantité|poids|nom du)\b", re.IGNORECASE),
    "es": re.compile(r"\b(?:marca|talla|precio|cantidad|descripción|peso)\b", re.IGNORECASE),
    "it": re.compile(r"\b(?:marca|colore|taglia|prezzo|quantità|descrizione)\b", re.IGNORECASE),
    "pt": re.compile(r"\b(?:marca|cor|tamanho|preço|quantidade|descrição)\b", re.IGNORECASE),
    "vi": re.compile(r"(?:thương hiệu|màu sắc|giá|số lượng|mô tả)", re.IGNORECASE),
    "id": re.compile(r"\b(?:merek|warna|ukuran|harga|jumlah|deskripsi|berat)\b", re.IGNORECASE),
}
