"""What a row can show about a recipe: which fields it lacks, which conditions hold for it, its category, its script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from goodsmith.base.letter_kinds import count_kinds
from goodsmith.pipeline.turns import Turn
from goodsmith.records import Fields, Requirement, Rule

Kind = Literal["blank", "rule", "category", "script", "length"]
MUST: Final = frozenset({"blank", "rule"})  # kinds that a trial shows whenever one row in a hundred has them
_LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class Trait:
    """One thing that a row shows. name: what tells it from others of its kind."""

    kind: Kind
    name: str
    en: str = ""
    zh: str = ""

    def say(self, language: str) -> str:
        return self.zh if language.startswith("zh") else self.en


LONGEST: Final = Trait("length", "longest", "the longest prompt", "提示词最长")
SHORTEST: Final = Trait("length", "shortest", "the shortest prompt", "提示词最短")


class TraitReader:
    """Tells the traits of rows. fields: those that the recipe reads and the table has. category: a column, or None."""

    def __init__(self, turns: Sequence[Turn], fields: Sequence[str], category: str | None) -> None:
        self._fields, self._category = tuple(fields), category
        self._rules: list[tuple[Trait, Trait]] = []  # (it holds, it does not)
        self._places: list[list[int]] = []  # of a turn: rule by place among the conditions that the row decides
        numbers: dict[tuple[str, int | None, str], int] = {}
        for turn in turns:
            places: list[int] = []
            for origin, settled in turn.prepared.conditionals(turn.locale):
                if settled is None:
                    known = (turn.step, origin.line, origin.when)
                    if known not in numbers:
                        numbers[known] = len(self._rules)
                        self._rules.append(_both_ways(turn.step, origin))
                    places.append(numbers[known])
            self._places.append(places)
        self._blanks: dict[tuple[str, ...], Trait] = {}

    def read(self, row: Fields, holds: Sequence[Sequence[bool]]) -> list[Trait]:
        """holds: of each turn, which of the conditions hold that the row decides; empty if no prompt was written."""
        blank = tuple(name for name in self._fields if not (row.get(name) or "").strip())
        traits = [self._blank(blank)]
        if holds:
            held = [False] * len(self._rules)
            for places, answers in zip(self._places, holds, strict=True):
                for place, answer in zip(places, answers, strict=True):
                    held[place] = held[place] or answer
            traits += [both[0] if answer else both[1] for both, answer in zip(self._rules, held, strict=True)]
        if self._category is not None:
            traits.append(_of_category((row.get(self._category) or "").strip()))
        traits.append(_script(" ".join(row.get(name) or "" for name in self._fields)))
        return traits

    def _blank(self, names: tuple[str, ...]) -> Trait:
        known = self._blanks.get(names)
        if known is None:
            if len(self._blanks) > 10_000:
                self._blanks.clear()
            en = f"without {', '.join(names)}" if names else "every field filled"
            zh = f"缺少 {'、'.join(names)}" if names else "字段齐全"
            known = self._blanks[names] = Trait("blank", "\0".join(names), en, zh)
        return known


def _both_ways(step: str, origin: Requirement | Rule) -> tuple[Trait, Trait]:
    when = " ".join(origin.when.split())
    shown = when if len(when) <= _LONGEST_NAME else f"{when[: _LONGEST_NAME - 1]}…"
    line = "" if origin.line is None else f" (line {origin.line})"
    line_zh = "" if origin.line is None else f"(第 {origin.line} 行)"
    name = f"{step}\0{origin.line}\0{when}"
    return (
        Trait("rule", f"{name}\0yes", f"the condition holds{line}: {shown}", f"条件成立{line_zh}:{shown}"),
        Trait("rule", f"{name}\0no", f"the condition does not hold{line}: {shown}", f"条件不成立{line_zh}:{shown}"),
    )


def _of_category(name: str) -> Trait:
    shown = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
    if not name:
        return Trait("category", "", "without a category", "没有类目")
    return Trait("category", name, f"category {shown}", f"类目 {shown}")


_SCRIPTS: Final[Mapping[str, Trait]] = {
    "cjk": Trait("script", "cjk", "in Chinese, Japanese or Korean letters", "中日韩文字"),
    "latin": Trait("script", "latin", "in Latin letters", "拉丁字母"),
    "other": Trait("script", "other", "in letters of another script", "其他文字"),
    "none": Trait("script", "none", "without a single letter", "没有文字"),
}


def _script(text: str) -> Trait:
    """Brand names and units are Latin everywhere, so a fifth of other letters is enough."""
    cjk, _, words, _, other = count_kinds(text)
    most = cjk + 4 * words + other  # a word has some four letters
    if not most:
        return _SCRIPTS["none"]
    if cjk > most / 5 and cjk >= other:
        return _SCRIPTS["cjk"]
    return _SCRIPTS["other"] if other > most / 5 else _SCRIPTS["latin"]
