"""3 ASK: what a model is asked about a product, how its answer is read, and what is said when no model is asked."""

from __future__ import annotations

from goodsmith.prompts.answer import MAX_ANSWER_CHARS, parse_answer
from goodsmith.prompts.asking import answer_schema, max_output_tokens, output_indicator
from goodsmith.prompts.fencing import fenced
from goodsmith.prompts.repair import repair_request
from goodsmith.prompts.step import PreparedStep, prepare
from goodsmith.prompts.tidying import tidy

__all__ = [
    "MAX_ANSWER_CHARS",
    "PreparedStep",
    "answer_schema",
    "fenced",
    "max_output_tokens",
    "output_indicator",
    "parse_answer",
    "prepare",
    "repair_request",
    "tidy",
]
