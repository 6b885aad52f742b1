"""Keeps a lease alive from a thread of its own, and says when a driver must stop.

Time is the machine's monotonic clock: a wall clock that jumps costs no lease. `may_send` is computed when it is read,
so that it turns false in time even if this thread does not get to run.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from goodsmith.errors import LeaseLost, StoreError
from goodsmith.records import Budget

if TYPE_CHECKING:
    from goodsmith.store.ledger import Lease, RunControl, StopKind, Store

log = logging.getLogger(__name__)

LOOK_S: Final = 1.0  # a stop that somebody asks for is seen within this time


class Heartbeat:
    """Renews a lease every third of its time until closed. Use it with `with`.

    lost: another driver has the run; nothing may be written. may_send: false also when the last renewal is half a lease
    ago, because a successor may start when all of it is over; true again after a renewal. stop: what somebody asked.
    on_change is called in the heartbeat's thread when lost or stop change.
    """

    def __init__(
        self,
        store: Store,
        lease: Lease,
        *,
        on_change: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.lease = lease
        self.lost = False
        self.stop: StopKind | None = None
        self.budget: Budget | None = None
        self._store, self._on_change, self._clock = store, on_change, clock
        self._renewed = clock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="goodsmith-heartbeat", daemon=True)

    @property
    def may_send(self) -> bool:
        return not self.lost and self._clock() - self._renewed < self.lease.lease_s / 2

    def __enter__(self) -> Self:
        self.beat()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop renewing. The lease stays as it is: `Store.release` ends it."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def beat(self) -> None:
        """Renew now."""
        asked = self._clock()  # before the call: the lease runs at least from here
        self._take(self._store.renew(self.lease))
        self._renewed = asked

    def _work(self) -> None:
        every = self.lease.lease_s / 3
        while not self._over.wait(min(LOOK_S, every / 2)):
            try:
                if self._clock() - self._renewed >= every:
                    self.beat()
                else:
                    self._take(self._store.control(self.lease))
            except LeaseLost as problem:
                self.lost = True
                log.warning("%s", problem, extra={"event": "lease_lost", "run_id": self.lease.run_id})
                self._on_change()
                return
            except StoreError as problem:
                log.warning(
                    "lease not renewed: %s", problem, extra={"event": "lease_not_renewed", "run_id": self.lease.run_id}
                )

    def _take(self, control: RunControl) -> None:
        changed = control.stop != self.stop
        self.stop, self.budget = control.stop, control.budget
        if changed:
            self._on_change()
