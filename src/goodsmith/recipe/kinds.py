"""The kinds of steps by their key. A new kind is a module that gives a `StepKind`, and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from goodsmith.recipe.ask import ASK
from goodsmith.recipe.look_up import LOOK_UP
from goodsmith.recipe.step_kind import StepKind

KINDS: Final[Mapping[str, StepKind]] = {"ask": ASK, "look_up": LOOK_UP}
