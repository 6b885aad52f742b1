"""The latest figures of a run, left in its folder by the process that drives it, for `goodsmith status` elsewhere."""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from goodsmith.runner import Progress

EVERY_S = 1.0
STALE_S = 10.0  # older figures are not those of a running process
NANOS = 1_000_000_000


def place(home: Path, run_id: str) -> Path:
    return home / "runs" / run_id / "live.json"


def leave(file: Path, progress: Progress) -> None:
    """Write the figures down. A disk that does not take them is no reason to stop a run."""
    tally = progress.tally
    figures = {
        "at": time.time(),
        "pid": os.getpid(),
        "made": tally.rows,
        "done": tally.done,
        "review": tally.review,
        "blocked": tally.blocked,
        "failed": tally.failed,
        "failures": dict(tally.failures),
        "rows_per_s": round(progress.rows_per_s, 3),
        "eta_s": None if progress.eta_s is None else round(progress.eta_s, 1),
        "cost": tally.cost_nanos / NANOS if progress.currency else None,
        "cost_at_end": None if progress.cost_at_end_nanos is None else progress.cost_at_end_nanos / NANOS,
        "waiting_share": round(progress.waiting_share, 4),
    }
    new = file.with_suffix(".new")
    with contextlib.suppress(OSError):
        new.write_text(json.dumps(figures), encoding="utf-8")
        new.replace(file)


def look(file: Path) -> dict[str, Any] | None:
    """The figures, if they are fresh."""
    try:
        figures: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return figures if 0 <= time.time() - figures.get("at", 0) < STALE_S else None
