"""What earlier runs have shown of a recipe and a model: how many tokens, how many failures, how fast."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from goodsmith.engines.order import STENCIL
from goodsmith.records import Tally, TokenSums
from goodsmith.settings import Settings
from goodsmith.store import open_store


@dataclass(frozen=True, slots=True, kw_only=True)
class Experience:
    """runs: whose counters are added up in `figures`: the newest ones of the same recipe with the same model.

    tried: the same of the newest trials, for what a run has not shown yet.
    """

    token_sums: tuple[TokenSums, ...] = ()
    runs: int = 0
    figures: Tally = field(default_factory=Tally)
    tried: Tally = field(default_factory=Tally)

    @property
    def answer_tokens(self) -> float | None:
        """What one answer usually has; None: not known."""
        seen = self.figures if self.figures.calls else self.tried
        return seen.output_tokens / seen.calls if seen.calls else None


def experience(recipe: str, model: str, *, settings: Settings, home: Path) -> Experience:
    """Looked up in the control database; nothing where there is none yet, or no model is asked."""
    if model == STENCIL or not (settings.database_url or (home / "control.db").exists()):
        return Experience()
    store = open_store(home, settings.database_url, files_url=settings.files_url)
    try:
        runs, figures = store.figures(recipe, model)
        _, tried = store.figures(recipe, model, trials=True)
        return Experience(token_sums=store.token_sums(), runs=runs, figures=figures, tried=tried)
    finally:
        store.close()
