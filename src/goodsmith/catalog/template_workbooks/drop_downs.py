"""What each column of the sheet to be filled may hold, from the sheet's own rules."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from goodsmith.catalog.layouts.naming import column_index, letters
from goodsmith.catalog.template_workbooks.grid import Grid
from goodsmith.catalog.template_workbooks.list_formulas import Lists, NotThere, Unread
from goodsmith.catalog.template_workbooks.validations import Validation
from goodsmith.catalog.workbooks.workbook import Sheet
from goodsmith.records import Notice

MAX_COMBINATIONS = 20_000  # of the values that a drop-down depends on
_UNENDING = 1_000_000  # a rule for whole columns says nothing about how many rows there may be


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What the rules of one column allow. No choices and nothing unread: no drop-down."""

    choices: tuple[str, ...] = ()
    depends_on: tuple[int, ...] = ()
    choices_by: Mapping[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    open: bool = False
    unread: Notice | None = None  # why the drop-down is not known
    type: str = ""  # whole, decimal, date; "" where no rule says it
    min: float | None = None
    max: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    prompt: str = ""


def starts_of(rules: Sequence[Validation]) -> Counter[int]:
    """Row -> columns in which a rule begins there, counting for each column only its first rows."""
    first: dict[int, int] = {}
    for rule in rules:
        for area in rule.areas:
            for column in range(area.left, min(area.right, area.left + 500) + 1):
                first[column] = min(first.get(column, area.top), area.top)
    return Counter(first.values())


def last_row(rules: Sequence[Validation], first_row: int) -> int | None:
    """Down to which row most drop-downs reach; None where there are none, or they reach to the end of the sheet."""
    reach: dict[int, int] = {}
    for rule in rules:
        if rule.type == "list":
            for area in rule.areas:
                if area.bottom >= first_row:
                    for column in range(area.left, min(area.right, area.left + 500) + 1):
                        reach[column] = max(reach.get(column, 0), area.bottom)
    ends = [end for end in reach.values() if end < _UNENDING]
    if len(ends) * 2 <= len(reach) or not ends:
        return None
    return Counter(ends).most_common(1)[0][0]


def simple_choices(
    grid: Grid, sheet: Sheet, names: Mapping[tuple[str, str], str], rules: Sequence[Validation]
) -> dict[int, frozenset[str]]:
    """Column -> what its drop-down offers, for those that depend on nothing; before products are found."""
    found: dict[int, frozenset[str]] = {}
    for rule in rules:
        if rule.type != "list":
            continue
        anchor = (rule.areas[0].top, rule.areas[0].left)
        for area in rule.areas:
            if area.left in found:
                continue
            lists = Lists(grid, sheet, names, area.top)
            try:
                choices = lists.choices(rule.first, anchor, area.left)
            except Unread:
                continue
            if not lists.asked:
                found[area.left] = frozenset(choices)
    return found


def allowed(
    grid: Grid,
    sheet: Sheet,
    names: Mapping[tuple[str, str], str],
    rules: Sequence[Validation],
    *,
    columns: Sequence[int],
    first_row: int,
) -> dict[int, Allowed]:
    """Column -> what its rules allow in rows from `first_row` on.

    Where rows have rules of their own, what all of them allow: so no row gets what its own rule refuses.
    """
    pending = _by_column(rules, columns, first_row)
    found: dict[int, Allowed] = {}

    def made(column: int) -> Allowed:
        if column in found:
            return found[column]
        own = pending.pop(column, None)  # gone while it is being made, so that a circle ends
        if own is None:
            return Allowed()
        lists = Lists(grid, sheet, names, first_row)
        found[column] = _all_of([_one(lists, rule, anchor, column, made) for rule, anchor in own])
        return found[column]

    for column in list(pending):
        made(column)
    return found


def _by_column(
    rules: Sequence[Validation], columns: Sequence[int], first_row: int
) -> dict[int, list[tuple[Validation, tuple[int, int]]]]:
    """Column -> its different rules from `first_row` on, each with the cell that its formulas are written for."""
    wanted = frozenset(columns)
    found: dict[int, dict[tuple[object, ...], tuple[Validation, tuple[int, int]]]] = {}
    for rule in rules:
        anchor = (rule.areas[0].top, rule.areas[0].left)
        # a rule written anew for each row is the same rule where its formulas move along
        same = (rule.type, rule.operator, rule.open, _moving(rule.first, anchor), _moving(rule.second, anchor))
        for area in rule.areas:
            if area.bottom >= first_row:
                for column in wanted.intersection(range(area.left, area.right + 1)):
                    found.setdefault(column, {}).setdefault(same, (rule, anchor))
    return {column: list(own.values()) for column, own in sorted(found.items())}


def _moving(formula: str, anchor: tuple[int, int]) -> str:
    """A formula with its relative references as distances from the cell that it is written for."""

    def distance(match: re.Match[str]) -> str:
        column = match[0][: match.start(3) - match.start()] if match[1] else f"C[{column_index(match[2]) - anchor[1]}]"
        return f"{column}{match[3]}{match[4]}" if match[3] else f"{column}R[{int(match[4]) - anchor[0]}]"

    return _REFERENCE.sub(distance, formula)


def _one(lists: Lists, rule: Validation, anchor: tuple[int, int], column: int, of: Callable[[int], Allowed]) -> Allowed:
    if rule.type == "list":
        return replace(_choices(lists, rule, anchor, column, of), open=rule.open, prompt=rule.prompt)
    bounds = [_number(rule.first), _number(rule.second)]
    low, high = _bounds(rule.operator, *bounds)
    if rule.type == "textLength":
        lengths = [None if end is None else int(end) for end in (low, high)]
        return Allowed(min_length=lengths[0], max_length=lengths[1], prompt=rule.prompt)
    if rule.type in {"whole", "decimal"}:
        return Allowed(type=rule.type, min=low, max=high, prompt=rule.prompt)
    return Allowed(type=rule.type if rule.type in {"date", "time"} else "", prompt=rule.prompt)


def _choices(
    lists: Lists, rule: Validation, anchor: tuple[int, int], column: int, of: Callable[[int], Allowed]
) -> Allowed:
    asked, choices, trouble = _listed(lists, rule, anchor, column, {})
    if not asked:
        return Allowed(
            choices=choices, unread=trouble or (None if choices else _unread("its list is empty", "列表为空"))
        )
    while True:
        parents = tuple(sorted(asked))
        offered = [of(parent).choices for parent in parents]
        if not all(offered):
            letter = letters(parents[offered.index(())])
            return Allowed(
                unread=_unread(f"it depends on column {letter}, which has no list", f"取决于没有列表的 {letter} 列")
            )
        if math.prod(map(len, offered)) > MAX_COMBINATIONS:
            return Allowed(unread=_unread("it depends on too many combinations", "取决于过多的组合"))
        by: dict[tuple[str, ...], tuple[str, ...]] = {}
        for values in itertools.product(*offered):
            more, choices, trouble = _listed(lists, rule, anchor, column, dict(zip(parents, values, strict=True)))
            if trouble:
                return Allowed(unread=trouble)
            if not more <= asked:
                asked |= more
                break
            if choices:
                by[values] = choices
        else:
            every = tuple(dict.fromkeys(itertools.chain.from_iterable(by.values())))
            unread = None if every else _unread("none of the lists that it points to is there", "所指向的列表都不存在")
            return Allowed(choices=every, depends_on=parents, choices_by=by, unread=unread)


def _listed(
    lists: Lists, rule: Validation, anchor: tuple[int, int], column: int, given: Mapping[int, str]
) -> tuple[set[int], tuple[str, ...], Notice | None]:
    """Which columns of the row the formula looked at, what it offers, and why that is not known."""
    lists = replace(lists, given=given, asked=set())
    try:
        return lists.asked, lists.choices(rule.first, anchor, column), None
    except NotThere as missing:
        return lists.asked, (), None if lists.asked else _unread(missing.en, missing.zh)
    except Unread as problem:
        return lists.asked, (), _unread(problem.en, problem.zh)


def _all_of(made: Sequence[Allowed]) -> Allowed:
    """What several rules of one column allow together."""
    first = made[0]
    for other in made[1:]:
        if (bool(first.choices), first.depends_on) != (bool(other.choices), other.depends_on) or first.depends_on:
            return Allowed(unread=_unread("its rows have different drop-downs", "各行的下拉列表不同"))
        offered = frozenset(other.choices)
        first = replace(
            first,
            choices=tuple(choice for choice in first.choices if choice in offered),
            open=first.open and other.open,
            unread=first.unread or other.unread,
            type=first.type or other.type,
            min=max((end for end in (first.min, other.min) if end is not None), default=None),
            max=min((end for end in (first.max, other.max) if end is not None), default=None),
            min_length=max((end for end in (first.min_length, other.min_length) if end is not None), default=None),
            max_length=min((end for end in (first.max_length, other.max_length) if end is not None), default=None),
            prompt=first.prompt or other.prompt,
        )
        if offered and not first.choices:
            return Allowed(unread=_unread("its rows have different drop-downs", "各行的下拉列表不同"))
    return first


def _unread(en: str, zh: str) -> Notice:
    return Notice(code="drop_down_unread", en=en, zh=zh)


def _number(formula: str) -> float | None:
    try:
        return float(formula)
    except ValueError:
        return None


def _bounds(operator: str, first: float | None, second: float | None) -> tuple[float | None, float | None]:
    if operator == "between":
        return first, second
    if operator == "equal":
        return first, first
    if operator in {"greaterThan", "greaterThanOrEqual"}:
        return first, None
    return (None, first) if operator in {"lessThan", "lessThanOrEqual"} else (None, None)


_REFERENCE = re.compile(r"(?<![A-Za-z0-9_.])(\$?)([A-Z]{1,3})(\$?)([0-9]{1,7})(?![A-Za-z0-9_(!])")
