"""A run as lists, pages and JSON show it, and its states in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from goodsmith.base.money import in_units
from goodsmith.runner import live

if TYPE_CHECKING:
    from goodsmith.runner.runs import Run

STATES: Final = {
    "ready": ("waiting", "等待中"),
    "running": ("running", "运行中"),
    "paused": ("stopped, can be resumed", "已停止,可继续"),
    "budget": ("stopped by the budget", "预算用完,已停止"),
    "done": ("complete", "已完成"),
    "cancelled": ("cancelled", "已取消"),
    "failed": ("failed", "失败"),
}


def state_of(state: str, *, live: bool) -> tuple[str, str]:
    """A run's state in words. A run whose process is gone still stands as running in the ledger."""
    if state == "running" and not live:
        return "its process is gone, can be resumed", "进程已退出,可继续"
    return STATES[state]


def summary(run: Run, *, home: Path | None = None) -> dict[str, Any]:
    """A run as JSON shows it. home: where a process that drives the run leaves its figures; None: nobody does."""
    row = run.row
    totals = row.totals
    driver = {"host": row.host, "pid": row.pid, "since": row.claimed} if row.live else None
    return {
        "ok": run.exit_code == 0,
        "run": row.run_id,
        "state": row.state.value,
        "driver": driver,
        "live": live.look(live.place(home, row.run_id)) if driver and home else None,
        "stop_requested": row.stop_requested,
        "error": row.error,
        "recipe": row.spec.recipe_name,
        "recipe_version": row.spec.recipe_version,
        "model": row.spec.model,
        "source": row.spec.source,
        "locales": list(row.spec.locales),
        "rows": row.spec.rows,
        "made": totals.rows,
        "done": totals.done,
        "review": totals.review,
        "blocked": totals.blocked,
        "failed": totals.failed,
        "failures": dict(totals.failures),
        "findings": dict(totals.findings),
        "calls": totals.calls,
        "cached_calls": totals.cached_calls,
        "retries": totals.retries,
        "repairs": totals.repairs,
        "input_tokens": totals.input_tokens,
        "prefix_tokens": totals.prefix_tokens,
        "output_tokens": totals.output_tokens,
        "token_estimate_error": round(totals.estimated_tokens / totals.measured_tokens - 1, 4)
        if totals.measured_tokens
        else None,
        "cost": in_units(totals.cost_nanos),
        "cost_unknown_calls": totals.cost_unknown_calls,
        "currency": row.spec.currency,
        "budget": in_units(row.budget.nanos) if row.budget else None,
        "maybe_paid_twice": totals.maybe_paid_twice,
        "exit_code": run.exit_code,
    }
