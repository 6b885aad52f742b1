"""The turns of a recipe: each step, made ready by its kind, once for each locale or once for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from goodsmith.errors import UsageError
from goodsmith.pipeline.looking_up import PreparedLookUp
from goodsmith.prompts import prepare
from goodsmith.protocols import AskingStep, DerivingStep, LookUpTable
from goodsmith.records import AskStep, FieldSpec, Locale, LookUpStep, OutputSpec, Recipe, Step

ANY_LOCALE: Final = ""  # the locale of drafts that are the same in all


@dataclass(frozen=True, slots=True)
class StepInLocale:
    """A step in one locale (None: once for all)."""

    outputs: tuple[OutputSpec, ...]
    specs: Mapping[str, OutputSpec]
    step: str
    locale: Locale | None

    @property
    def tag(self) -> str:
        return self.locale.tag if self.locale else ANY_LOCALE


@dataclass(frozen=True, slots=True)
class Turn(StepInLocale):
    """A step that asks a model, in one locale."""

    prepared: AskingStep
    level: Literal["family", "variant"]
    free: bool  # reads no answer to an earlier step, so its prompt is known before anything is asked


@dataclass(frozen=True, slots=True)
class Derivation(StepInLocale):
    """A step that follows from the row alone, in one locale; all of them come before the first turn."""

    prepared: DerivingStep


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a kind may use to make a step ready: the names that exist there, and tables by the step's name."""

    fields: Sequence[FieldSpec]
    columns: Sequence[str]
    earlier: tuple[str, ...]  # filled by earlier steps
    look_ups: Mapping[str, LookUpTable]


def turns_of(
    recipe: Recipe, locales: Sequence[Locale], columns: Sequence[str], look_ups: Mapping[str, LookUpTable]
) -> tuple[tuple[Derivation, ...], tuple[Turn, ...]]:
    """The derivations and the turns of a recipe, each in its order. Raises TemplateError with the line."""
    derivations: list[Derivation] = []
    turns: list[Turn] = []
    earlier: list[str] = []
    asked: set[str] = set()
    for step in recipe.steps:
        around = Surroundings(recipe.fields, columns, tuple(earlier), look_ups)
        each: Sequence[Locale | None] = locales if step.per_locale and locales else [None]
        common = (step.outputs, {output.slot: output for output in step.outputs}, step.name)
        if type(step) in _ASKING:
            asking = _ASKING[type(step)](step, around)
            turns += [Turn(*common, locale, asking, _level_of(step), asked.isdisjoint(step.needs)) for locale in each]
            asked.add(step.name)
        else:
            deriving = _DERIVING[type(step)](step, around)
            derivations += [Derivation(*common, locale, deriving) for locale in each]
        earlier += step.fills
    return tuple(derivations), tuple(turns)


def _level_of(step: Step) -> Literal["family", "variant"]:
    return step.level if isinstance(step, AskStep) else "variant"


def _ask(step: AskStep, around: Surroundings) -> AskingStep:
    return prepare(step, fields=around.fields, columns=around.columns, earlier=around.earlier)


def _look_up(step: LookUpStep, around: Surroundings) -> DerivingStep:
    if step.name not in around.look_ups:
        raise UsageError(
            f"the look-up {step.name!r} has no table; give it: look_ups={{{step.name!r}: …}}",
            zh=f"查表步骤 {step.name!r} 没有表;请提供:look_ups={{{step.name!r}: …}}",
        )
    known = frozenset({"locale", *(spec.name for spec in around.fields), *around.columns, *around.earlier})
    return PreparedLookUp(step, around.look_ups[step.name], known=known)


# The record of a kind of step -> how it is made ready.
_ASKING: Final[Mapping[type[Step], Callable[[Any, Surroundings], AskingStep]]] = {AskStep: _ask}
_DERIVING: Final[Mapping[type[Step], Callable[[Any, Surroundings], DerivingStep]]] = {LookUpStep: _look_up}
