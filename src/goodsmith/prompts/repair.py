"""One more request that shows a model its own answer and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from goodsmith.prompts.language import is_chinese
from goodsmith.records import ModelRequest

MAX_SHOWN_CHARS = 6_000  # of the faulty answer
MAX_PROBLEMS = 12
_MAX_PROBLEM_CHARS = 400


def repair_request(request: ModelRequest, answer_text: str, problems: Sequence[str]) -> ModelRequest:
    """The same request with the answer and its problems behind it, so that the vendor's prefix cache still works."""
    zh = is_chinese(request.system)
    listed = "\n".join(f"- {' '.join(problem.split())[:_MAX_PROBLEM_CHARS]}" for problem in problems[:MAX_PROBLEMS])
    said = (
        f"以上回答存在以下问题:\n{listed}\n请改正这些问题,其余内容不变,重新输出完整的 JSON 对象,不要输出其他内容。"
        if zh
        else f"That answer has these problems:\n{listed}\nMend them, leave the rest as it is, and send the whole JSON"
        " object again, nothing else."
    )
    shown = answer_text if len(answer_text) <= MAX_SHOWN_CHARS else answer_text[:MAX_SHOWN_CHARS] + " …"
    return replace(request, history=(*request.history, ("assistant", shown), ("user", said)))
