"""A trial in one call: choose rows, run them as any run does, and say from them what all rows will cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from goodsmith.engines.order import STENCIL
from goodsmith.errors import UsageError
from goodsmith.runner.drive import Progress
from goodsmith.runner.experience import experience
from goodsmith.runner.planning import plan
from goodsmith.runner.request import Plan, Request
from goodsmith.runner.trying.ground import Ground
from goodsmith.runner.trying.known import known_slots
from goodsmith.runner.trying.rows import TriedRows
from goodsmith.runner.trying.telling import told
from goodsmith.runner.trying.terms import ModelPart
from goodsmith.settings import Settings, load_settings
from goodsmith.trials import Trial
from goodsmith.trials.choosing import choose

ROWS: Final = 12


def trial(
    request: Request,
    *,
    rows: int = ROWS,
    cover: int | None = None,
    models: Sequence[str] = (),
    answers: Sequence[str] = (),
    hide_known: bool = False,
    settings: Settings | None = None,
    home: Path | None = None,
    on_plan: Callable[[Plan, int], None] = lambda _plan, _rows: None,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> Trial:
    """Try a recipe on a few rows of a source and forecast all of them.

    rows: drawn at random, at least 2; the forecast rests on them alone. cover: at most so many more that show what
    those do not; None: as many, and more where conditions or missing fields need them. models: side by side, in one
    currency or several; none: the request's. answers: `slot=COLUMN` or `slot@locale=COLUMN` (`COLUMN` where the recipe
    has one slot): what stands there is hidden from the model and compared with what it makes. hide_known: the same for
    every slot that the source has a column for. on_plan: told before anything is asked, with the rows of the trial.

    The rows go through pipeline, engine, journal, cache and ledger of an ordinary run, one for each model, so a later
    run does not buy their answers again. Raises UsageError with what to change.
    """
    settings = settings or load_settings()
    home = home or settings.home
    if rows < 2:
        raise UsageError("a forecast needs at least 2 rows", zh="预测至少需要 2 行")
    if request.only_changed:
        raise UsageError(
            "a trial looks at all selected rows; leave out only_changed", zh="试跑面向所有选中的行;请去掉 only_changed"
        )
    asked = list(dict.fromkeys(models)) or [request.model]
    plans = [plan(replace(request, model=model), settings=settings, home=home) for model in asked]
    if not plans[0].selected_rows:
        raise UsageError(
            f"{plans[0].info.source}: no row is selected, so there is nothing to try",
            zh=f"{plans[0].info.source}:没有选中任何行,无从试跑",
        )
    ground = Ground(plans[0])
    known = known_slots(plans[0], answers, hide_known=hide_known, settings=settings, home=home)
    surveyed, strata_rows = ground.look(rows, known, anybody_asked=any(model != STENCIL for model in asked))
    chosen = choose(surveyed, cover=cover)
    on_plan(plans[0], len(chosen.choices))
    tried = TriedRows(chosen, known)
    spent: dict[str, int] = {}
    parts: list[ModelPart] = []
    for understood in plans:
        before = experience(ground.recipe.name, understood.spec.model, settings=settings, home=home)
        run = tried.run(understood, spent, settings=settings, home=home, on_progress=on_progress)
        parts.append(ModelPart(understood, run, before, tried.read(understood, run)))
    return told(ground, surveyed, strata_rows, chosen, tried, parts, known, settings)
