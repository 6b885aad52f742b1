"""What came of the rows that were tried, side by side for each model, the worst first."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from goodsmith.engines.chunks import draft_columns
from goodsmith.errors import TemplateError
from goodsmith.pipeline.ground import Ground
from goodsmith.pipeline.making import known_to
from goodsmith.pipeline.turns import Derivation, Turn
from goodsmith.records import Draft, Finding, Product, Recipe, RowStatus, Severity, Value
from goodsmith.trials.choosing import Choice

_BAD: Final = {RowStatus.FAILED: 4, RowStatus.BLOCKED: 3, RowStatus.REVIEW: 2, RowStatus.SKIPPED: 1, RowStatus.DONE: 0}
_WEIGHT: Final = {Severity.NOTE: 0, Severity.WARNING: 1, Severity.ERROR: 3, Severity.BLOCK: 9}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What one model made of one row. Tokens and answers count also where another run had bought them.

    cost_nanos: of what this trial bought; None: the price is unknown.
    """

    ordinal: int
    status: RowStatus
    drafts: tuple[Draft, ...]
    findings: tuple[Finding, ...]
    error: str
    answers: int
    bought: int
    repairs: int
    input_tokens: int
    output_tokens: int
    cached_input_tokens: int
    cached_output_tokens: int
    cost_nanos: int | None
    latency_s: float

    @property
    def badness(self) -> tuple[int, int]:
        return _BAD[self.status], sum(_WEIGHT[finding.severity] for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPrompt:
    """A prompt as it was sent. system is nearly the same for all rows."""

    step: str
    locale: str
    system: str
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRow:
    """A row that was tried. source: column -> text, those that the recipe reads first. tries: model -> what it made.

    known: slot -> the text that stands in the source, where it was hidden from the model to compare.
    """

    choice: Choice
    key: str
    source: Mapping[str, str]
    prompts: tuple[ShownPrompt, ...]
    tries: Mapping[str, Tried]
    known: Mapping[str, str]

    @property
    def badness(self) -> tuple[int, int]:
        return max((tried.badness for tried in self.tries.values()), default=(0, 0))


def worst_first(rows: Sequence[TrialRow]) -> tuple[TrialRow, ...]:
    """Failed rows, then blocked ones, then those for a person, by the weight of what was found; else as they stand."""
    return tuple(sorted(rows, key=lambda row: tuple(-each for each in row.badness)))


def read_tried(row: Mapping[str, Any], recipe: Recipe, locales: Sequence[str]) -> Tried:
    """From a row of a run's part. Where several makers took part, `maker` is JSON by slot."""
    makers = _makers(row["maker"])
    drafts = [
        Draft(slot=output.slot, locale=tag, value=_value(row[name]), maker=makers.get(output.slot, makers.get("", "")))
        for name, output, tag in draft_columns(recipe, locales)
    ]
    return Tried(
        ordinal=row["ordinal"],
        status=RowStatus(row["status"]),
        drafts=tuple(drafts),
        findings=tuple(
            Finding(**{**found, "severity": Severity(found["severity"])})
            for found in json.loads(row["findings"] or "[]")
        ),
        error=f"{row['error_code']}: {row['error']}" if row["error_code"] else "",
        answers=row["calls"] + row["cached_calls"],
        bought=row["calls"],
        repairs=row["repairs"],
        input_tokens=row["input_tokens"] + row["cached_input_tokens"],
        output_tokens=row["output_tokens"] + row["cached_output_tokens"],
        cached_input_tokens=row["cached_input_tokens"],
        cached_output_tokens=row["cached_output_tokens"],
        cost_nanos=row["cost_nanos"],
        latency_s=row["latency_s"],
    )


def prompts_of(
    product: Product, made: Tried | None, derivations: Sequence[Derivation], turns: Sequence[Turn]
) -> tuple[ShownPrompt, ...]:
    """The prompts of a row as they were sent; a later step's carries what `made` says of the earlier ones."""
    values: dict[str, dict[str, Any]] = {}
    for draft in made.drafts if made else ():
        values.setdefault(draft.locale, {})[draft.slot] = draft.value
    shown: list[ShownPrompt] = []
    try:
        ground = Ground(product.fields, derivations, shared=product.shared)
        for turn in turns:
            request = turn.prepared.render(known_to(ground.of(turn), values, turn.tag), turn.locale)
            shown.append(ShownPrompt(step=turn.step, locale=turn.tag, system=request.system, user=request.user))
    except TemplateError:  # the row says so itself
        return tuple(shown)
    return tuple(shown)


def _makers(text: str | None) -> dict[str, str]:
    if text and text.startswith("{"):
        found: dict[str, str] = json.loads(text)
        return found
    return {"": text or ""}


def _value(value: Any) -> Value:
    return tuple(value) if isinstance(value, list) else value
