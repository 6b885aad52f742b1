"""A recipe on a few well-chosen rows, shown side by side, with a forecast for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from goodsmith.records import Notice
from goodsmith.trials.accuracy import SlotAccuracy
from goodsmith.trials.choosing import Reason
from goodsmith.trials.forecast import Forecast
from goodsmith.trials.plans import Offer
from goodsmith.trials.tried import TrialRow

__all__ = ["ModelTrial", "Trial"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTrial:
    """One model's part of a trial. run: the id of the run that made it. spent_nanos None: the price is unknown.

    stopped: why it ended before all rows were tried; empty if it did not.
    """

    model: str
    run: str
    state: str
    forecast: Forecast | None
    accuracy: tuple[SlotAccuracy, ...]
    spent_nanos: int | None
    currency: str
    bought: int
    cached: int
    failed: int
    offers: tuple[Offer, ...] = ()
    stopped: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A recipe tried on a few rows. rows: the worst first.

    missed: what at least a hundredth of all rows show and no tried row does; needed: rows that would show everything.
    surveyed: of `selected` rows, how many were looked at. budget_nanos: by model, in its currency; empty without one.
    """

    source: str
    recipe: str
    recipe_version: str
    locales: tuple[str, ...]
    selected: int
    total: int
    surveyed: int
    repeated: float
    refused: int
    rows: tuple[TrialRow, ...]
    missed: tuple[Reason, ...]
    needed: int
    models: tuple[ModelTrial, ...]
    mapping: Mapping[str, str]
    notices: tuple[Notice, ...]
    budget: tuple[str, str] | None = None  # (en, zh) as stated

    @property
    def exit_code(self) -> int:
        """0 tried · 1 a row failed or none was made · 3 the budget ended · 130 interrupted."""
        states = {found.state for found in self.models}
        if "budget" in states:
            return 3
        if states - {"done"}:
            return 130
        return int(any(found.failed for found in self.models) or not self.rows)

    def html(self, language: str = "en") -> str:
        """The trial as one page. language: en or zh."""
        from goodsmith.trials.page import trial_page  # noqa: PLC0415 - it stands on this module

        return trial_page(self, language=language)
