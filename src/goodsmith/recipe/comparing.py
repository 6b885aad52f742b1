"""What differs between two recipes, part by part; comments, quotes and the order of keys do not count."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from goodsmith.base.yaml_files import read_yaml
from goodsmith.recipe.schema import recipe_schema
from goodsmith.records import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One part that differs. before None: it is new; after None: it is gone.

    lines: of texts of several lines, those that went (`-`) and came (`+`).
    """

    place: str  # steps › 1 › ask › output › title › max
    before: Any = None
    after: Any = None
    lines: tuple[str, ...] = ()


def compare(one: Recipe, other: Recipe) -> list[Change]:
    """From one recipe to the other, in the order of the file. Empty: they say the same."""
    return list(_changes(_values(one), _values(other), ()))


def _values(recipe: Recipe) -> Any:
    return read_yaml(recipe.text, recipe_schema(), file=recipe.path or "recipe").value


def _changes(before: Any, after: Any, place: tuple[str, ...]) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys([*before, *after]):
            if name not in before or name not in after:
                yield _change((*place, name), before.get(name), after.get(name), name in before, name in after)
            else:
                yield from _changes(before[name], after[name], (*place, name))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _list_changes(before, after, place)
    else:
        yield _change(place, before, after, was=True, now=True)


def _list_changes(before: Sequence[Any], after: Sequence[Any], place: tuple[str, ...]) -> Iterator[Change]:
    """Items that stand in both are matched; of the others, those at the same place are compared with each other."""
    matcher = difflib.SequenceMatcher(None, [repr(one) for one in before], [repr(one) for one in after], autojunk=False)
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        if kind == "equal":
            continue
        both = min(end - start, other_end - other_start)
        for number in range(both):
            yield from _changes(before[start + number], after[other_start + number], (*place, str(start + number + 1)))
        for number in range(start + both, end):
            yield _change((*place, str(number + 1)), before[number], None, was=True, now=False)
        for number in range(other_start + both, other_end):
            yield _change((*place, str(number + 1)), None, after[number], was=False, now=True)


def _change(place: tuple[str, ...], before: Any, after: Any, was: bool, now: bool) -> Change:
    lines: tuple[str, ...] = ()
    if isinstance(before, str) and isinstance(after, str) and "\n" in before + after:
        lines = tuple(
            line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line.startswith(("+ ", "- "))
        )
    return Change(
        place=" › ".join(place),
        before=("" if before is None else before) if was else None,
        after=("" if after is None else after) if now else None,
        lines=lines,
    )
