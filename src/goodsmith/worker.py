"""Take runs that wait in the ledger and drive them, one after the other; any number of these on any number of machines.

Only runs that were queued are taken, and such ones whose driver is gone. Ctrl-C and SIGTERM stop politely: the run in
hand is drained and left for another worker.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from pathlib import Path

from goodsmith.errors import GoodsmithError
from goodsmith.records import RunState
from goodsmith.runner.drive import Progress, drive, owner_name
from goodsmith.settings import Settings
from goodsmith.store import open_store

log = logging.getLogger(__name__)

LOOK_S = 1.0


def work(
    *,
    settings: Settings,
    home: Path,
    once: bool = False,
    on_run: Callable[[str, RunState], None] = lambda *_: None,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> int:
    """Drive waiting runs until asked to stop; the number of runs. once: until nothing waits any more."""
    asked = threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: asked.set())
    store = open_store(home, settings.database_url, files_url=settings.files_url)
    driven = 0
    try:
        while not asked.is_set():
            lease = store.claim_next(owner=owner_name(), lease_s=settings.lease_s)
            if lease is None:
                if once:
                    break
                asked.wait(LOOK_S)
                continue
            driven += 1
            try:
                drive(store, lease.run_id, settings=settings, lease=lease, on_progress=on_progress, stop=asked.is_set)
            except GoodsmithError as problem:  # the edge of a run: the next one can be fine
                log.exception("run %s stopped", lease.run_id, extra={"event": "run_stopped", "run_id": lease.run_id})
                log.info(problem.en)
            on_run(lease.run_id, store.run(lease.run_id).state)
    finally:
        store.close()
    return driven
