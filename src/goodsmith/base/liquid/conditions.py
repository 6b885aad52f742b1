"""Conditions: read from tokens, or written as DuckDB SQL that answers as `python.py` does.

`and` binds tighter than `or`, `not` tighter than both; parentheses group. (Liquid itself has no parentheses and reads
from the right; `a and b or c` means `(a and b) or c` here, as in SQL and spreadsheets.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from liquid.builtin.expressions import Path
from liquid.environment import Environment
from liquid.stream import TokenStream
from liquid.token import Token

from goodsmith.base.liquid.errors import Place
from goodsmith.base.liquid.tree import Comparison, Junction, Not, Operand, Term, Truth, Value
from goodsmith.base.liquid.values import (
    BLANK,
    COMPARED,
    EMPTY,
    FALSE_TEXTS,
    NUMBER_PATTERN,
    TRUE_TEXTS,
    WHITESPACE,
    Special,
    number,
    text,
    truth,
)

MAX_CONDITION_DEPTH = 20  # parentheses and `not` within one another
MAX_CONDITION_TERMS = 200

Resolve = Callable[[Path], Value]

_SIGNS = {"eq": "==", "ne": "!=", "ltgt": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "contains": "contains"}


# ---- reading ------------------------------------------------------------------------------------------------------


class ConditionParser:
    """Reads one condition from a stream of python-liquid's tokens. resolve: says how a path is read, or refuses it."""

    def __init__(self, env: Environment, tokens: TokenStream, place: Place, end: int, resolve: Resolve) -> None:
        self._env, self._tokens, self._place, self._end, self._resolve = env, tokens, place, end, resolve
        self._depth = self._count = 0

    def parse(self) -> Term:
        term = self._any()
        token = self._tokens.current
        if token.kind == "end of expression":
            return term
        if token.kind == "assign":
            raise self._error(token, "write == to compare", "比较请写 ==")
        if token.kind == "pipe":
            raise self._error(
                token, "a condition has no filters; assign first", "条件中不能使用过滤器,请先用 assign 赋值"
            )
        if token.kind == "dpipe":
            raise self._error(token, 'write "or"', "请写 or")
        raise self._error(
            token,
            f"unexpected {token.value!r}; a name with spaces is written ['such a name']",
            f"这里不应出现 {token.value!r};带空格的列名请写成 ['列 名']",
        )

    def _any(self) -> Term:
        return self._junction("or", self._all)

    def _all(self) -> Term:
        return self._junction("and", self._one)

    def _junction(self, word: str, part: Callable[[], Term]) -> Term:
        terms = [part()]
        while self._tokens.current.kind == word:
            next(self._tokens)
            terms.append(part())
        return terms[0] if len(terms) == 1 else Junction(word, tuple(terms))

    def _one(self) -> Term:
        token = self._tokens.current
        if token.kind in {"not", "lparen", "rangeexpression"}:
            self._depth += 1
            if self._depth > MAX_CONDITION_DEPTH:
                raise self._error(token, "too many parentheses", "括号层数过多")
            next(self._tokens)
            if token.kind == "not":
                inside: Term = Not(self._one())
            else:
                inside = self._any()
                if self._tokens.current.kind != "rparen":
                    raise self._error(self._tokens.current, "expected )", "这里缺少 )")
                next(self._tokens)
            self._depth -= 1
            return inside
        return self._comparison()

    def _comparison(self) -> Term:
        self._count += 1
        if self._count > MAX_CONDITION_TERMS:
            raise self._error(
                self._tokens.current,
                f"a condition has at most {MAX_CONDITION_TERMS} comparisons",
                f"条件最多包含 {MAX_CONDITION_TERMS} 个比较",
            )
        left = self._operand()
        token = self._tokens.current
        if token.kind not in _SIGNS:
            if isinstance(left.literal, Special):
                raise self._place.error(
                    left.index,
                    f"{left.literal.name} alone says nothing; compare: name == {left.literal.name}",
                    f"{left.literal.name} 不能单独使用,请写:列名 == {left.literal.name}",
                )
            return Truth(left)
        next(self._tokens)
        right = self._operand()
        sign = _SIGNS[token.kind]
        for side in (left, right):
            if sign not in {"==", "!="} and side.path is None and isinstance(side.literal, bool | Special):
                shown = side.literal.name if isinstance(side.literal, Special) else text(side.literal)
                raise self._place.error(
                    side.index, f"{shown} goes with == and != only", f"{shown} 只能与 == 或 != 一起使用"
                )
        return Comparison(sign, left, right, token.start_index)

    def _operand(self) -> Operand:
        token = self._tokens.current
        kind, value, index = token.kind, token.value, token.start_index
        if kind in {"word", "identstring", "lbracket"}:
            path = Path.parse(self._env, self._tokens)
            return Operand(index, path=path, read=self._resolve(path))
        literal: Any
        if kind in {"integer", "float"}:
            literal = number(value.rstrip(".")) if value.isascii() else None
            if literal is None:
                raise self._error(
                    token,
                    "a number has at most 20 digits before the point and 10 behind it",
                    "数字最多 20 位整数和 10 位小数",
                )
        elif kind == "string":
            literal = value
        elif kind in {"true", "false"}:
            literal = kind == "true"
        elif kind in {"blank", "empty", "nil", "null"}:
            literal = BLANK if kind == "blank" else EMPTY
        else:
            raise self._error(
                token,
                f"expected a name, a text in quotes or a number, found {value!r}",
                f"这里应是列名、带引号的文本或数字,却是 {value!r}",
            )
        next(self._tokens)
        return Operand(index, literal=literal)

    def _error(self, token: Token, en: str, zh: str) -> Exception:
        return self._place.error(token.start_index if token.start_index >= 0 else self._end, en, zh)


# ---- SQL ----------------------------------------------------------------------------------------------------------

Sql = tuple[str, list[Any]]

_SPACES = "'" + WHITESPACE + "'"
_PATTERN = "'" + NUMBER_PATTERN + "'"
_TRUE: Sql = ("TRUE", [])
_FALSE: Sql = ("FALSE", [])


def sql(term: Term, columns: Mapping[str, str], place: Place) -> Sql:
    """The term as a DuckDB expression that is TRUE or FALSE, never NULL. columns: field name -> quoted identifier.

    A field without a column is empty. Raises TemplateError for what a table cannot answer, such as `locale.tag`.
    """
    if isinstance(term, Truth):
        return _sql_truth(term.operand, columns, place)
    if isinstance(term, Not):
        inner, params = sql(term.term, columns, place)
        return f"(NOT {inner})", params
    if isinstance(term, Junction):
        parts = [sql(part, columns, place) for part in term.terms]
        joined = f" {term.word.upper()} ".join(part for part, _ in parts)
        return f"({joined})", [param for _, params in parts for param in params]
    if term.left.path is None and term.right.path is None:
        return _TRUE if COMPARED[term.sign](term.left.literal, term.right.literal) else _FALSE
    left, right = (_Side.of(side, columns, place) for side in (term.left, term.right))
    if term.sign in {"==", "!="}:
        same, params = _sql_equal(left, right)
        return (same, params) if term.sign == "==" else (f"(NOT {same})", params)
    if term.sign == "contains":
        return _sql_contains(left, right)
    return _sql_order(term.sign, left, right)


@dataclass(frozen=True, slots=True)
class _Side:
    """kind: `text` (a column), `number` (its size), `literal`."""

    kind: str
    sql: str = ""
    value: Any = None

    @staticmethod
    def of(operand: Operand, columns: Mapping[str, str], place: Place) -> _Side:
        if operand.path is None:
            return _Side("literal", value=operand.literal)
        name, *rest = operand.path.path
        if rest not in ([], ["size"]) or not isinstance(name, str):
            raise place.error(
                operand.index,
                f"products are selected by their columns only, not by {operand.path}",
                f"选品条件只能使用列,不能使用 {operand.path}",
            )
        column = f"coalesce({columns[name]}, '')" if name in columns else "''"
        return _Side("number", sql=f"length({column})") if rest else _Side("text", sql=column)

    def as_text(self) -> Sql:
        if self.kind == "literal":
            return "CAST(? AS VARCHAR)", [text(self.value)]
        return (f"CAST({self.sql} AS VARCHAR)" if self.kind == "number" else self.sql), []

    def as_number(self) -> Sql | None:
        """NULL where a column's text is no number; None if it never is one."""
        if self.kind == "number":
            return f"CAST({self.sql} AS DECIMAL(38, 10))", []
        if self.kind == "literal":
            found = number(self.value)
            return None if found is None else ("CAST(? AS DECIMAL(38, 10))", [format(found, "f")])
        trimmed = f"trim({self.sql}, {_SPACES})"
        cast = f"TRY_CAST(replace({trimmed}, ',', '') AS DECIMAL(38, 10))"
        return f"(CASE WHEN regexp_full_match({trimmed}, {_PATTERN}) THEN {cast} END)", []

    def is_numeric(self) -> bool:
        """True if it is a number whatever the row."""
        return self.kind == "number" or (self.kind == "literal" and isinstance(self.value, Decimal))

    def blank(self) -> Sql:
        return (f"(trim({self.sql}, {_SPACES}) = '')", []) if self.kind == "text" else _FALSE


def _sql_truth(operand: Operand, columns: Mapping[str, str], place: Place) -> Sql:
    if operand.path is None:
        return _TRUE if truth(operand.literal) else _FALSE
    side = _Side.of(operand, columns, place)
    return (f"(trim({side.sql}, {_SPACES}) <> '')", []) if side.kind == "text" else _TRUE


def _sql_equal(left: _Side, right: _Side) -> Sql:
    if left.kind == "literal":
        left, right = right, left
    if right.kind == "literal" and isinstance(right.value, Special):
        if left.kind == "number":
            return _FALSE
        return left.blank() if right.value is BLANK else (f"({left.sql} = '')", [])
    if right.kind == "literal" and isinstance(right.value, bool):
        if left.kind == "number":
            return _FALSE
        listed = ", ".join(f"'{word}'" for word in (TRUE_TEXTS if right.value else FALSE_TEXTS))
        return f"({left.sql} IN ({listed}))", []
    if left.is_numeric() or right.is_numeric():
        a, b = left.as_number(), right.as_number()
        return _FALSE if a is None or b is None else (f"coalesce({a[0]} = {b[0]}, FALSE)", [*a[1], *b[1]])
    a, b = left.as_text(), right.as_text()
    return f"({a[0]} = {b[0]})", [*a[1], *b[1]]


def _sql_contains(left: _Side, right: _Side) -> Sql:
    (source, source_params), (needle, needle_params) = left.as_text(), right.as_text()
    if right.kind == "literal":
        if not text(right.value):
            return _FALSE
        return f"contains({source}, {needle})", [*source_params, *needle_params]
    return f"({needle} <> '' AND contains({source}, {needle}))", [*needle_params, *source_params, *needle_params]


def _sql_order(sign: str, left: _Side, right: _Side) -> Sql:
    a, b = left.as_number(), right.as_number()
    if (
        a is not None
        and b is not None
        and (left.kind == "literal" or right.kind == "literal" or "number" in {left.kind, right.kind})
    ):
        return f"coalesce({a[0]} {sign} {b[0]}, FALSE)", [*a[1], *b[1]]
    # Two texts: by number if both are numbers, by code points if neither is, else without order.
    (x, x_params), (y, y_params) = left.as_text(), right.as_text()
    no_number = [
        f"({part[0]}) IS NULL" for side, part in ((left, a), (right, b)) if part is not None and side.kind == "text"
    ]
    filled = [f"trim({side.sql}, {_SPACES}) <> ''" for side in (left, right) if side.kind == "text"]
    if any(
        side.kind == "number" or (side.kind == "literal" and not text(side.value).strip()) for side in (left, right)
    ):
        return _FALSE
    as_words = f"({' AND '.join([*filled, *no_number])} AND {x} {sign} {y})"
    if a is None or b is None:
        return as_words, [*x_params, *y_params]
    return f"(coalesce({a[0]} {sign} {b[0]}, FALSE) OR {as_words})", [*a[1], *b[1], *x_params, *y_params]
