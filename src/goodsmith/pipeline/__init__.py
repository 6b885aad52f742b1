"""One product through its steps: derive, ask, answer, check and decide. Knows no chunk, file or database.

A kind of step is a record (`records.Step`), a reader (`recipe/kinds.py`) and what makes it ready (`pipeline/turns.py`):
an `AskingStep`, or a `DerivingStep`, which needs no model.
"""

from __future__ import annotations

from goodsmith.pipeline.making import Pipeline
from goodsmith.pipeline.turns import Turn

__all__ = ["Pipeline", "Turn"]
