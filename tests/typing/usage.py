"""Typical user code, held to strict typing."""

from pathlib import Path

import goodsmith


def make_listings(folder: Path) -> int:
    """Plan, look at the cost, run, export."""
    plan = goodsmith.plan(goodsmith.Request(source=folder / "products.xlsx", recipe="listing", locales=("zh-CN",)))
    if plan.forecast.about_nanos is None:
        raise SystemExit("the price is unknown")
    run = goodsmith.start(plan)
    report = run.export(folder / "out.xlsx")
    return report.rows if run.exit_code == 0 else 0


def go_on(run_id: str) -> str:
    """Resume a run by its id."""
    run = goodsmith.open_run(run_id)
    return run.resume().state.value


def try_two(folder: Path) -> dict[str, float | None]:
    """What each model would cost at most for the whole table, in units of its currency; None: unknown."""
    request = goodsmith.Request(source=folder / "products.xlsx", recipe="listing")
    tried = goodsmith.trial(request, rows=12, models=["rehearsal/smooth", "rehearsal/instant"])
    (folder / "trial.html").write_text(tried.html("en"), encoding="utf-8")
    costs = {found.model: found.forecast and found.forecast.cost for found in tried.models}
    return {model: cost.high / 1e9 if cost else None for model, cost in costs.items()}
