"""Reads the templates and conditions of one step against the names that exist there, whatever kind the step is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

from goodsmith.base.liquid import compile_condition, compile_template
from goodsmith.base.yaml_files import Place, YamlFile
from goodsmith.errors import RecipeError, TemplateError
from goodsmith.records import FieldSpec, Step


class StepReader:
    """One step of a recipe file and what its templates may read.

    key: the step's kind, such as `ask`. fills: for every step of the file, the names that it fills.
    Collects the names that were read, from which `needs` and `per_locale` follow.
    """

    def __init__(
        self,
        yaml: YamlFile,
        index: int,
        key: str,
        *,
        fields: Sequence[FieldSpec],
        earlier: Sequence[Step],
        fills: Sequence[Iterable[str]],
    ) -> None:
        self.yaml = yaml
        self.here: Place = ("steps", index)
        self.key = key
        self._index = index
        self._fills = fills
        self._earlier = {name: step for step in earlier for name in step.fills}
        self.known = frozenset({"locale", *(spec.name for spec in fields), *self._earlier})
        self._read: set[str] = set()

    @property
    def at(self) -> Place:
        """Where the step's own values stand: `steps › 1 › ask`."""
        return (*self.here, self.key)

    @property
    def needs(self) -> tuple[str, ...]:
        """The earlier steps that were read so far."""
        return tuple(dict.fromkeys(step.name for name, step in self._earlier.items() if name in self._read))

    @property
    def per_locale(self) -> bool:
        """Whether what was read so far differs between locales."""
        return "locale" in self._read or any(
            step.per_locale for name, step in self._earlier.items() if name in self._read
        )

    def template(self, source: str, *place: str | int) -> str:
        """The template as it stands, its names checked and counted as read."""
        self._read |= self.names_in(source, *place)
        return source

    def condition(self, source: str, *place: str | int) -> str:
        first = self.yaml.line(*place) or 1
        try:
            condition = compile_condition(source, first_line=first, known=self.known)
        except TemplateError as error:
            self._not_understood(error, _names(compile_condition, source))
        self._read |= condition.names
        return source

    def names_in(self, source: str, *place: str | int, more: Iterable[str] = ()) -> frozenset[str]:
        """What a template reads; it may read `more` than what is known anyway. Counts nothing as read."""
        first = self.yaml.line(*place) or 1
        try:
            return compile_template(source, first_line=first, known=self.known.union(more)).names
        except TemplateError as error:
            self._not_understood(error, _names(compile_template, source))

    def count_as_read(self, names: Iterable[str]) -> None:
        self._read.update(names)

    def lines(self) -> dict[str, int]:
        """Part -> line, for whoever reports an error later: `input`, `stencil.title`, `stencil.zh.points.2`."""
        found: dict[str, int] = {}
        for place, line in self.yaml.lines.items():
            if place[:2] == self.here and len(place) > 2:
                inner = place[3:] if place[2] == self.key else place[2:]
                if inner:
                    found[".".join(map(str, inner))] = line
        return found

    def fail(self, en: str, zh: str, *place: str | int) -> NoReturn:
        self.yaml.fail(en, zh, *place)

    def _not_understood(self, error: TemplateError, names: frozenset[str]) -> NoReturn:
        """Say where in the file; a name that this or a later step makes gets its own sentence."""
        en, zh = _without_place(error.en), _without_place(error.zh or error.en)
        later = {name: at for at, filled in enumerate(self._fills) for name in filled if at >= self._index}
        for name in sorted(names & later.keys()):
            owner = later[name]
            if owner == self._index:
                en = f"{name!r} is made by this very step, so the step cannot read it"
                zh = f"{name!r} 正是本步要生成的,本步不能读取它"
            elif self._reads_back(owner):
                en = f"{name!r} is made by step {owner + 1}, which in turn reads this step: a circle"
                zh = f"{name!r} 由第 {owner + 1} 步生成,而那一步又要读取本步:形成了循环"
            else:
                en = f"{name!r} is made later, by step {owner + 1}; a step reads earlier ones only: move that step up"
                zh = f"{name!r} 由后面的第 {owner + 1} 步生成;一步只能读取前面的步骤:请把那一步移到前面"
        raise RecipeError(en, file=self.yaml.file, line=error.line, zh=zh) from error

    def _reads_back(self, owner: int) -> bool:
        return not _read_anywhere(self.yaml.value["steps"][owner]).isdisjoint(self._fills[self._index])


def _names(compiled: Callable[[str], Any], source: str) -> frozenset[str]:
    """What a template reads, if it is a template at all."""
    try:
        return frozenset(compiled(source).names)
    except TemplateError:
        return frozenset()


def _read_anywhere(value: Any, key: str = "") -> frozenset[str]:
    """All names that the templates and conditions within a value read."""
    if isinstance(value, str):
        return _names(compile_condition if key == "when" else compile_template, value)
    found: frozenset[str] = frozenset()
    if isinstance(value, Mapping):
        for name, inner in value.items():
            found |= _read_anywhere(inner, name)
    elif isinstance(value, list):
        for inner in value:
            found |= _read_anywhere(inner, key)
    return found


def _without_place(message: str) -> str:
    return re.sub(r"^line \d+, (?=column)|^第 \d+ 行(?=第)", "", message)
