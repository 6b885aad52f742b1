"""Checks on the way: quick looks at the drafts of one product, each a file of its own.

A check that cannot run blocks; it never passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from goodsmith.checks.deep import DeepChecks
from goodsmith.checks.echo import Echo
from goodsmith.checks.empty import Empty
from goodsmith.checks.language import Language, LanguageStrict
from goodsmith.checks.length import Length
from goodsmith.checks.placeholder import Placeholder
from goodsmith.checks.repetition import Repetition
from goodsmith.checks.running import look, run_checks
from goodsmith.checks.schema import Schema
from goodsmith.errors import UnknownName
from goodsmith.protocols import Check

__all__ = ["CHECKS", "DEFAULT_CHECKS", "RULES", "DeepChecks", "look", "open_checks", "require_check", "run_checks"]

RULES = "rules:"  # before the name of a rule pack


def _facts() -> Check:
    """Its words are 50,000; they are read where a recipe names it."""
    from goodsmith.checks.facts.check import Facts  # noqa: PLC0415

    return Facts()


CHECKS: dict[str, Callable[[], Check]] = {
    "schema": Schema,
    "length": Length,
    "language": Language,
    "empty": Empty,
    "repetition": Repetition,
    "placeholder": Placeholder,
    "echo": Echo,
    "language_strict": LanguageStrict,
    "facts": _facts,
}
DEFAULT_CHECKS = ("schema", "length", "language", "empty", "repetition", "placeholder", "echo")


def open_checks(names: Iterable[str] = ()) -> tuple[Check, ...]:
    """The checks of these names, each once, in order; the default ones if none is named. `rules:PACK` opens a pack.

    Raises UnknownName: a recipe that names a check that does not exist does not start.
    """
    return tuple(_open(name) for name in tuple(dict.fromkeys(names)) or DEFAULT_CHECKS)


def require_check(name: str) -> None:
    """Raises UnknownName or RecipeError if there is no such check."""
    _open(name)


def _open(name: str) -> Check:
    if name.startswith(RULES):
        from goodsmith.checks.packs.checking import PackCheck  # noqa: PLC0415 - loaded where a recipe names one
        from goodsmith.checks.packs.opening import open_pack  # noqa: PLC0415

        return PackCheck(open_pack(name.removeprefix(RULES).partition("@")[0]))
    if name not in CHECKS:
        raise UnknownName("check", name, [*CHECKS, f"{RULES}PACK"], kind_zh="检查")
    return CHECKS[name]()
