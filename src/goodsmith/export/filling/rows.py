"""Products as rows of a template: which cells are written, in which row, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from goodsmith.base.units import Quantity, convert, convertible, shown, unit_of
from goodsmith.export.cells import MAX_ROWS, Cell
from goodsmith.export.filling.fitting import Fitter, Refusal, measured, text_of
from goodsmith.export.filling.plan import FillPlan, OfferedRow, Problem

MAX_KEYS = 1_000_000  # compared, so that memory has a bound


@dataclass(frozen=True, slots=True)
class FilledRow:
    """One row to write. row: 1-based in the sheet; cells: a text for each of the plan's columns, None to leave it."""

    row: int
    cells: tuple[str | None, ...]
    group: str
    part: int  # number of the file within its group, from 0


class RowMaker:
    """Turns offered rows into filled ones, in their order. `problems` of the last row are in the same order."""

    def __init__(self, plan: FillPlan) -> None:
        self.plan = plan
        self.problems: list[Problem] = []
        self.unchanged = 0  # rows that an earlier filling holds as they are
        self.left_out = 0  # rows that lack a required value, where only complete ones are written
        template = plan.template
        self._columns = {column.index: column for column in template.columns}
        self._fitters = {place: Fitter(self._columns[place], accepted=place in plan.accepted) for place in plan.columns}
        names = {name: at for at, name in enumerate(plan.offered)}
        self._at = {place: names[name] for place, name in plan.sources.items() if place not in plan.constants}
        self._split_at = names[plan.split_by] if plan.split_by is not None else None
        self._first = max(template.filled, default=template.first_row - 1) + 1
        last = template.last_row or MAX_ROWS
        room = max(1, last - self._first + 1)
        self.max_rows = min(plan.max_rows or room, room)
        self._required = tuple(
            column
            for column in template.columns
            if column.attribute.need == "required" and not column.computed
            if plan.only is None or column.index in plan.columns
        )
        self._standing = self._rows_by_key()
        self._keys: set[int] = set()
        self._used: dict[str, int] = {}  # group -> rows that went to the end of its files

    @property
    def keys(self) -> int:
        """How many keys were compared."""
        return len(self._keys)

    def rows(self, offered: Iterable[OfferedRow]) -> Iterator[FilledRow | None]:
        """One for each offered row; None where it is left out. `problems` holds what is wrong with it."""
        for row in offered:
            yield self._row(row)

    def _row(self, row: OfferedRow) -> FilledRow | None:
        plan = self.plan
        group = str(row.values[self._split_at] or "") if self._split_at is not None else ""
        self.problems = []
        if self._twice(row.key):
            why = Refusal(
                code="key_twice", en="another row with this key is written already", zh="已写入相同主键的另一行"
            )
            self.problems.append(self._problem(row, plan.key_heading, why, group, value=row.key))
            self.left_out += 1
            return None
        stands = self._standing.get(row.key)
        standing = plan.template.filled[stands] if stands is not None else {}
        made = self._fit(row, standing, group)
        before = plan.before.get(row.key) if plan.before is not None else None
        if before is not None and not self._changed(made, before):
            self.unchanged += 1
            return None
        refused = {problem.heading for problem in self.problems}
        lacking = (
            []
            if before is not None
            else [column for column in self._required if not made.get(column.index) and column.index not in standing]
        )
        missing = Refusal(code="missing", en="required, but there is no value", zh="必填,但没有值")
        self.problems += [
            self._problem(row, column.heading, missing, group) for column in lacking if column.heading not in refused
        ]
        if lacking and plan.complete_only:
            self.left_out += 1
            return None
        cells = tuple(made.get(place) if place not in standing else None for place in plan.columns)
        if stands is not None:
            return FilledRow(stands, cells, group, 0)
        count = self._used[group] = self._used.get(group, 0) + 1
        part, at = divmod(count - 1, self.max_rows)
        return FilledRow(self._first + at, cells, group, part)

    def _changed(self, made: dict[int, str], before: Mapping[int, str]) -> bool:
        """Leave in `made` only what differs from the earlier filling, and what says which row it is."""
        kept = {*self.plan.constants, self.plan.key}
        same = [place for place, text in made.items() if _alike(text, before.get(place, ""))]
        for place in same:
            if place not in kept:
                del made[place]
        return any(place not in kept for place in made)

    def _twice(self, key: str) -> bool:
        if not key or len(self._keys) >= MAX_KEYS:
            return False
        digest = hash(key)
        if digest in self._keys:
            return True
        self._keys.add(digest)
        return False

    def _fit(self, row: OfferedRow, standing: Mapping[int, str], group: str) -> dict[int, str]:
        """Column -> text. Columns that others depend on are fitted first, whatever their place."""
        made: dict[int, str] = {}
        asked: set[int] = set()

        def chosen(place: int) -> str:
            if place in standing:
                return standing[place]
            if place not in asked and place in self._fitters:
                asked.add(place)
                value = self._value(row, place)
                if (beside := self._columns[place].unit_column) in self._fitters and (
                    measure := measured(text_of(value))
                ):
                    value = self._in_unit(measure, beside, chosen, made) or value
                fitted = self._fitters[place].fit(value, chosen)
                if isinstance(fitted, Refusal):
                    heading = self._columns[place].heading
                    self.problems.append(self._problem(row, heading, fitted, group, value=text_of(value)))
                elif fitted is not None:
                    made[place] = fitted
            return made.get(place, "")

        for place in self._fitters:
            chosen(place)
        return made

    def _value(self, row: OfferedRow, place: int) -> Cell:
        """What is offered for a column; a column for units may have nothing of its own."""
        if place in self.plan.constants:
            return self.plan.constants[place]
        return row.values[self._at[place]] if place in self._at else None

    def _in_unit(
        self, measure: Quantity, beside: int, chosen: Callable[[int], str], made: dict[int, str]
    ) -> str | None:
        """The number of a measure in the unit that stands beside it, or that is put there. None: they do not fit."""
        stands = unit_of(chosen(beside))
        if stands is not None:
            fits = convertible(measure.unit, stands.symbol)
            return shown(convert(measure.amounts[0], measure.unit, stands.symbol)) if fits else None
        if choice := self._fitters[beside].unit_choice(measure.unit):
            made[beside] = choice
            return shown(measure.amounts[0])
        return None

    def _rows_by_key(self) -> dict[str, int]:
        key = self.plan.key
        if key is None:
            return {}
        found: dict[str, int] = {}
        for number, texts in self.plan.template.filled.items():
            if text := texts.get(key, "").strip():
                found.setdefault(text, number)
        return found

    @staticmethod
    def _problem(row: OfferedRow, heading: str, why: Refusal, group: str, *, value: str = "") -> Problem:
        return Problem(
            code=why.code,
            key=row.key,
            source_row=row.source_row,
            heading=heading,
            en=why.en,
            zh=why.zh,
            value=value,
            nearest=why.nearest,
            group=group,
        )


def _alike(text: str, before: str) -> bool:
    """Whether a cell shows the same: 39.90 is shown as 39.9."""
    if text == before.strip():
        return True
    try:
        return float(text) == float(before)
    except ValueError:
        return False
