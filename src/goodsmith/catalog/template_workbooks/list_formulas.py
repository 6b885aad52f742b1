"""What a drop-down's formula lists: areas, names, and lists that depend on other cells of the row.

Only what templates use is understood: references, defined names, text and numbers, `& + - *`, comparisons, and the
functions in FUNCTIONS. Everything else raises Unread, so that a list is never taken for shorter or longer than it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from goodsmith.catalog.layouts.naming import column_index
from goodsmith.catalog.template_workbooks.grid import Grid
from goodsmith.catalog.template_workbooks.validations import Area
from goodsmith.catalog.workbooks.workbook import Sheet

MAX_DEPTH = 12  # of names that stand for formulas with names
MAX_BRACKETS = 60
MAX_ROW, MAX_COLUMN = 1_048_576, 16_383


class Unread(Exception):  # not a failure of the program: the template says something that we do not understand
    """A formula that is not understood; a few words for people, in both languages."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.en, self.zh = en, zh


class NotThere(Unread):
    """A name or place that the workbook does not have: for these values of the row there is no list."""


@dataclass(frozen=True, slots=True)
class Range:
    """Cells of a sheet as a formula means them."""

    sheet: str
    area: Area


Value = str | float | bool | Range
_Names = Mapping[tuple[str, str], str]  # (sheet or "", name in small letters) -> formula


@dataclass(slots=True)
class Lists:
    """Evaluates formulas for one row of the sheet that is to be filled.

    row: the one that relative references start from. given: values of that row's cells by column. asked: columns of
    that row whose values a formula looked at.
    """

    grid: Grid
    sheet: Sheet
    names: _Names
    row: int
    given: Mapping[int, str] = field(default_factory=dict)
    asked: set[int] = field(default_factory=set)

    def choices(self, formula: str, anchor: tuple[int, int], column: int) -> tuple[str, ...]:
        """The texts that a list formula offers in a column, each once. anchor: the cell that it is written for."""
        text = formula.strip().removeprefix("=")
        if literal := re.fullmatch(r'"((?:[^"]|"")*)"', text):
            items = [item.strip() for item in literal[1].replace('""', '"').split(",")]
            return tuple(dict.fromkeys(item for item in items if item))
        value = _Parser(self, text, (self.row - anchor[0], column - anchor[1]), self.sheet.name).value()
        if not isinstance(value, Range):
            raise NotThere("its formula gives no cells", "公式没有指向单元格")
        return tuple(dict.fromkeys(text.strip() for text in self.texts(value) if text.strip()))

    def texts(self, cells: Range) -> list[str]:
        """The texts in cells, row by row, without empty ones."""
        rows = self.rows(cells.sheet)
        area = cells.area
        numbers = (
            range(area.top, area.bottom + 1)
            if area.bottom - area.top < len(rows)
            else sorted(number for number in rows if area.top <= number <= area.bottom)
        )
        return [
            rows[number][column]
            for number in numbers
            if number in rows
            for column in sorted(rows[number])
            if area.left <= column <= area.right
        ]

    def cell(self, cells: Range) -> str:
        """The text of one cell, "" where it is empty."""
        area = cells.area
        if (area.top, area.left) != (area.bottom, area.right):
            raise Unread("it takes a list where one value is meant", "公式在应为单个值处引用了列表")
        if cells.sheet.casefold() == self.sheet.name.casefold() and area.top == self.row:
            self.asked.add(area.left)
            return self.given.get(area.left, "")
        return self.rows(cells.sheet).get(area.top, {}).get(area.left, "")

    def rows(self, sheet: str) -> Mapping[int, Mapping[int, str]]:
        for known in self.grid.book.sheets:
            if known.name.casefold() == sheet.casefold():
                return self.grid.rows(known)
        raise NotThere(f"there is no sheet {sheet!r}", f"没有工作表 {sheet!r}")


class _Parser:
    """Evaluates while it reads, from left to right."""

    def __init__(self, lists: Lists, text: str, shift: tuple[int, int], sheet: str, depth: int = 0) -> None:
        if depth > MAX_DEPTH:
            raise Unread("its names point to each other", "名称之间循环引用")
        self.lists, self.shift, self.sheet, self.depth = lists, shift, sheet, depth
        self.tokens = _tokens(text)
        self.at = 0

    def value(self) -> Value:
        made = self._comparison()
        if self._peek() != "":
            raise _strange(self._peek())
        return made

    def _comparison(self) -> Value:
        left = self._joined()
        if (sign := self._peek()) in {"=", "<>", "<", ">", "<=", ">="}:
            self.at += 1
            return _compared(sign, self.plain_of(left), self.plain_of(self._joined()))
        return left

    def _joined(self) -> Value:
        left = self._sum()
        while self._peek() == "&":
            self.at += 1
            left = self.text_of(left) + self.text_of(self._sum())
        return left

    def _sum(self) -> Value:
        left = self._product()
        while (sign := self._peek()) in {"+", "-"}:
            self.at += 1
            right = self.number_of(self._product())
            left = self.number_of(left) + (right if sign == "+" else -right)
        return left

    def _product(self) -> Value:
        left = self._one()
        while self._peek() == "*":
            self.at += 1
            left = self.number_of(left) * self.number_of(self._one())
        return left

    def _one(self) -> Value:
        piece = self._next()
        if piece == "-":
            return -self.number_of(self._one())
        if piece == "(":
            inner = self._comparison()
            self._expect(")")
            return inner
        if piece.startswith('"'):
            return piece[1:-1].replace('""', '"')
        if re.fullmatch(r"[0-9.]+", piece):
            return float(piece)
        if self._peek() == "(":
            return self._call(piece.upper())
        return self._reference(piece)

    def _call(self, name: str) -> Value:
        self.at += 1
        if name == "IF":
            return self._if()
        if name not in FUNCTIONS and name != "INDIRECT":
            raise Unread(f"the function {name} is not understood", f"无法识别函数 {name}")
        arguments: list[Value] = []
        while self._peek() != ")":
            if arguments:
                self._expect(",")
            arguments.append("" if self._peek() in {",", ")"} else self._comparison())
        self._expect(")")
        if name == "INDIRECT":
            return self._inner(self.text_of(arguments[0]) if arguments else "")
        try:
            return FUNCTIONS[name](self, arguments)
        except IndexError:
            raise Unread(f"{name} has too few arguments", f"函数 {name} 参数不足") from None

    def _if(self) -> Value:
        """Only the branch that holds may fail: the other one often asks for a name that is not there."""
        holds = self.truth_of(self._comparison())
        branches: list[Value | NotThere] = [False, False]
        for place in range(2):
            if self._peek() == ",":
                self.at += 1
                start = self.at
                try:
                    branches[place] = self._comparison()
                except NotThere as missing:
                    branches[place] = missing
                    self.at = self._skipped(start)
        self._expect(")")
        chosen = branches[0 if holds else 1]
        if isinstance(chosen, NotThere):
            raise chosen
        return chosen

    def _skipped(self, start: int) -> int:
        depth, at = 0, start
        while at < len(self.tokens) and (depth or self.tokens[at] not in {",", ")"}):
            depth += {"(": 1, ")": -1}.get(self.tokens[at], 0)
            at += 1
        return at

    def _inner(self, text: str) -> Value:
        """What a text means as a reference or a name."""
        if not text.strip():
            raise NotThere("it follows an empty cell", "引用的单元格为空")
        return _Parser(self.lists, text.strip().removeprefix("="), (0, 0), self.sheet, self.depth + 1).value()

    def _reference(self, token: str) -> Value:
        sheet = self.sheet
        if token.endswith("!"):
            sheet = token[:-1].strip("'").replace("''", "'")
            token = self._next()
        if (area := _area(token, self.shift)) is not None:
            return Range(sheet, area)
        if token.upper() in {"TRUE", "FALSE"}:
            return token.upper() == "TRUE"
        for scope in (sheet.casefold(), self.sheet.casefold(), ""):
            formula = self.lists.names.get((scope, token.casefold()))
            if formula is not None:
                return _Parser(self.lists, formula, self.shift, self.sheet, self.depth + 1).value()
        raise NotThere(f"there is no name {token!r}", f"没有名称 {token!r}")

    def text_of(self, value: Value) -> str:
        plain = self.plain_of(value)
        if isinstance(plain, bool):
            return str(plain).upper()
        return f"{plain:.15g}" if isinstance(plain, float) else plain

    def number_of(self, value: Value) -> float:
        plain = self.plain_of(value)
        try:
            return float(plain or 0)
        except ValueError:
            raise NotThere("its formula calculates with a text", "公式用文本进行计算") from None

    def truth_of(self, value: Value) -> bool:
        plain = self.plain_of(value)
        return plain.upper() == "TRUE" if isinstance(plain, str) else bool(plain)

    def plain_of(self, value: Value) -> str | float | bool:
        return self.lists.cell(value) if isinstance(value, Range) else value

    def _peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise Unread("its formula breaks off", "公式不完整")
        self.at += 1
        return token

    def _expect(self, token: str) -> None:
        if self._next() != token:
            raise Unread("its formula is not understood", "无法识别公式")

    def range_of(self, value: Value) -> Range:
        if not isinstance(value, Range):
            raise NotThere("its formula needs cells", "公式需要单元格区域")
        return value

    def first_place(self, cells: Range, wanted: str) -> int | None:
        area, rows = cells.area, self.lists.rows(cells.sheet)
        lower = wanted.casefold()
        if area.left == area.right:
            places = (number for number in sorted(rows) if area.top <= number <= area.bottom)
            return next((at - area.top for at in places if rows[at].get(area.left, "").casefold() == lower), None)
        texts = rows.get(area.top, {})
        places = (column for column in sorted(texts) if area.left <= column <= area.right)
        return next((column - area.left for column in places if texts[column].casefold() == lower), None)


def _substitute(parser: _Parser, given: list[Value]) -> Value:
    old = parser.text_of(given[1])
    return parser.text_of(given[0]).replace(old, parser.text_of(given[2])) if old else parser.text_of(given[0])


def _match(parser: _Parser, given: list[Value]) -> Value:
    """The first place of an equal text, from 1; the sorted ways of matching are not understood."""
    if len(given) < 3 or parser.number_of(given[2]) != 0:
        raise Unread("MATCH is understood only for equal values", "MATCH 仅支持精确匹配")
    cells, wanted = parser.range_of(given[1]), parser.text_of(given[0])
    found = parser.first_place(cells, wanted)
    if found is None:
        raise NotThere(f"{wanted!r} is not in its list", f"列表中没有 {wanted!r}")
    return float(found + 1)


def _countif(parser: _Parser, given: list[Value]) -> Value:
    wanted = parser.text_of(given[1]).casefold()
    return float(sum(text.casefold() == wanted for text in parser.lists.texts(parser.range_of(given[0]))))


def _offset(parser: _Parser, given: list[Value]) -> Value:
    base = parser.range_of(given[0])
    area = base.area
    top, left = area.top + int(parser.number_of(given[1])), area.left + int(parser.number_of(given[2]))
    height = int(parser.number_of(given[3])) if len(given) > 3 and given[3] != "" else area.bottom - area.top + 1
    width = int(parser.number_of(given[4])) if len(given) > 4 and given[4] != "" else area.right - area.left + 1
    if min(height, width, top) < 1 or left < 0:
        raise NotThere("its formula points outside the sheet", "公式指向工作表之外")
    return Range(base.sheet, Area(top, left, top + height - 1, left + width - 1))


def _index(parser: _Parser, given: list[Value]) -> Value:
    base, area = parser.range_of(given[0]), parser.range_of(given[0]).area
    row = int(parser.number_of(given[1])) if given[1] != "" else 0
    column = int(parser.number_of(given[2])) if len(given) > 2 and given[2] != "" else 0
    if len(given) == 2 and area.top == area.bottom:
        row, column = 0, row
    top, bottom = (area.top + row - 1,) * 2 if row else (area.top, area.bottom)
    left, right = (area.left + column - 1,) * 2 if column else (area.left, area.right)
    return Range(base.sheet, Area(top, left, bottom, right))


def _vlookup(parser: _Parser, given: list[Value]) -> Value:
    if len(given) < 4 or parser.truth_of(given[3]):
        raise Unread("VLOOKUP is understood only for equal values", "VLOOKUP 仅支持精确匹配")
    base, area = parser.range_of(given[1]), parser.range_of(given[1]).area
    found = parser.first_place(
        Range(base.sheet, Area(area.top, area.left, area.bottom, area.left)), parser.text_of(given[0])
    )
    if found is None:
        raise NotThere("its formula finds no such row", "公式找不到对应的行")
    place = Area(area.top + found, area.left + int(parser.number_of(given[2])) - 1, area.top + found, 0)
    return Range(base.sheet, Area(place.top, place.left, place.top, place.left))


FUNCTIONS: dict[str, Callable[[_Parser, list[Value]], Value]] = {
    "SUBSTITUTE": _substitute,
    "MATCH": _match,
    "COUNTIF": _countif,
    "COUNTA": lambda parser, given: float(len(parser.lists.texts(parser.range_of(given[0])))),
    "OFFSET": _offset,
    "INDEX": _index,
    "VLOOKUP": _vlookup,
    "CONCATENATE": lambda parser, given: "".join(map(parser.text_of, given)),
    "TRIM": lambda parser, given: " ".join(parser.text_of(given[0]).split()),
    "LOWER": lambda parser, given: parser.text_of(given[0]).lower(),
    "UPPER": lambda parser, given: parser.text_of(given[0]).upper(),
    "LEN": lambda parser, given: float(len(parser.text_of(given[0]))),
}

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"]|"")*")|(?P<sheet>(?:'(?:[^']|'')+'|[^\s"'!(),&+\-*=<>:]+)!)"""
    r"""|(?P<word>\$?[^\W\d_][\w.$\\?]*(?::\$?[\w.$]+)?|[_\\][\w.$\\]*|\$[0-9]+:\$?[0-9]+|\$[A-Z]+\$?[0-9]*(?::\$?[\w.$]+)?)"""
    r"""|(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<sign><=|>=|<>|[-+*&=<>(),]))"""
)
_CELLS = re.compile(
    r"(\$?)([A-Za-z]{1,3})(\$?)([0-9]{1,7})(?::(\$?)([A-Za-z]{1,3})(\$?)([0-9]{1,7}))?|"
    r"\$?([A-Za-z]{1,3}):\$?([A-Za-z]{1,3})|\$?([0-9]{1,7}):\$?([0-9]{1,7})"
)


def _strange(text: str) -> Unread:
    return Unread(f"{text!r} in its formula is not understood", f"无法识别公式中的 {text!r}")


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    text = text.rstrip()
    if text.count("(") > MAX_BRACKETS:
        raise Unread("its formula is nested too deeply", "公式嵌套过深")
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.end() == at:
            raise _strange(text[at : at + 20])
        tokens.append(match[0].strip())
        at = match.end()
    return tokens


def _area(token: str, shift: tuple[int, int]) -> Area | None:
    """The cells that a reference means; its relative parts are moved by `shift` rows and columns."""
    match = _CELLS.fullmatch(token)
    if match is None:
        return None
    if match[9]:
        return Area(1, column_index(match[9].upper()), MAX_ROW, column_index(match[10].upper()))
    if match[11]:
        return Area(int(match[11]), 0, int(match[12]), MAX_COLUMN)
    left = column_index(match[2].upper()) + (0 if match[1] else shift[1])
    top = int(match[4]) + (0 if match[3] else shift[0])
    if not match[6]:
        return Area(top, left, top, left) if left <= MAX_COLUMN else None
    right = column_index(match[6].upper()) + (0 if match[5] else shift[1])
    return Area(top, left, int(match[8]) + (0 if match[7] else shift[0]), right)


def _compared(sign: str, left: str | float | bool, right: str | float | bool) -> bool:
    if isinstance(left, str) != isinstance(right, str):  # an empty cell equals "" and 0
        left, right = (left or 0.0, right or 0.0) if "" in {left, right} else (str(left), str(right))
    if isinstance(left, str) and isinstance(right, str):
        left, right = left.casefold(), right.casefold()
    if sign in {"=", "<>"}:
        return (left == right) == (sign == "=")
    try:
        less = left < right  # type: ignore[operator]  # of one kind by now
    except TypeError:
        raise Unread("its formula compares what cannot be compared", "公式比较了无法比较的内容") from None
    return {"<": less, "<=": less or left == right, ">": not less and left != right, ">=": not less}[sign]
