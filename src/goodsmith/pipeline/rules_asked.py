"""Lets rule packs speak before they judge: what they ask for stands among the requirements of each prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from goodsmith.checks.packs.checking import PackCheck
from goodsmith.protocols import Check
from goodsmith.records import AskStep, Recipe, Requirement, Step


def with_rules_asked(recipe: Recipe, checks: Sequence[Check]) -> Recipe:
    """The recipe with the wishes of its packs; those for a language only in steps that know the language."""
    packs = [check.pack for check in checks if isinstance(check, PackCheck)]
    if not any(rule.ask for pack in packs for rule in pack.rules):
        return recipe
    wishes = [
        Requirement(say=rule.ask, when=" or ".join(f'locale.code == "{code}"' for code in rule.languages))
        for pack in packs
        for rule in pack.rules
        if rule.ask
    ]
    return replace(recipe, steps=tuple(_asked(step, wishes) for step in recipe.steps))


def _asked(step: Step, wishes: Sequence[Requirement]) -> Step:
    if not isinstance(step, AskStep):
        return step
    mine = [wish for wish in wishes if step.per_locale or not wish.when]
    return replace(step, requirements=(*step.requirements, *mine))
