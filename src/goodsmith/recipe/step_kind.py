"""What a kind of step is to the reader of a recipe: its part of the format, the names that it fills, how it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from goodsmith.base.yaml_files import Place, Schema
from goodsmith.recipe.step_reader import StepReader
from goodsmith.records import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class StepKind:
    """keys: of a step's entry, its own first, then those that may stand beside it, such as `stencil`.

    definitions: what `$ref` finds. fills: of an entry, name -> place within the entry; needs no checked value but the
    entry itself. read: the record; raises RecipeError with the line. derives: it needs no model, and may read only what
    is known without one.
    """

    keys: Mapping[str, Schema]
    definitions: Mapping[str, Schema]
    fills: Callable[[Mapping[str, Any]], Mapping[str, Place]]
    read: Callable[[StepReader, Mapping[str, Any]], Step]
    derives: bool = False
