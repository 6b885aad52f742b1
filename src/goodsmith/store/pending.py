"""Answers that are in no part yet, for the other machines: journals are mirrored to the table `pending_answers`.

A row holds frames of a journal as they stand in its file from byte `start` on. The local file comes first; a thread
ships what was added to it, all journals of the process together, at the latest after 50 ms or 64 records. While the
database is away the journals go on and the thread tries again; after 30 s nothing more may be sent.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from goodsmith.errors import StoreError

if TYPE_CHECKING:
    import sqlalchemy as sa

    from goodsmith.store.database import Database
    from goodsmith.store.shared import Sharing

log = logging.getLogger(__name__)

GROUP_S: Final = 0.05
GROUP_RECORDS: Final = 64
PATIENCE_S: Final = 30.0  # with answers that are on this machine alone
RETRY_S: Final = 0.5
FLUSH_S: Final = 5.0


class Mirror:
    """Ships what the journals of one process write. Its calls return at once but for `load`, `flush` and `close`."""

    def __init__(self, sharing: Sharing, *, patience_s: float = PATIENCE_S) -> None:
        from goodsmith.store.database import Database  # noqa: PLC0415 - loads SQLAlchemy

        self._db: Database = Database(Path(), sharing.database_url)
        self._run, self._project, self._patience_s = sharing.run, sharing.project, patience_s
        self._fresh: list[_Piece] = []
        self._shipping: list[_Piece] = []
        self._oldest: float | None = None  # when the first piece came that is not shipped
        self._added = self._shipped = 0
        self._changed = threading.Condition()
        self._some, self._now = threading.Event(), threading.Event()
        self._closing = False
        self._problem: StoreError | None = None
        self._thread = threading.Thread(target=self._work, name="goodsmith-pending", daemon=True)
        self._thread.start()

    def load(self, chunk: int) -> dict[int, tuple[int, bytes]]:
        """By attempt: (start, frames) of what is in the table for a chunk."""
        with self._db.read() as connection:
            return contents(connection, self._run, chunk)

    def add(self, chunk: int, attempt: int, start: int, frames: bytes) -> None:
        with self._changed:
            self._fresh.append((chunk, attempt, start, frames))
            self._added += 1
            waiting = self._added - self._shipped
            if self._oldest is None:
                self._oldest = time.monotonic()
        self._some.set()
        if waiting >= GROUP_RECORDS:
            self._now.set()

    def check(self) -> None:
        """Raises StoreError if answers have been on this machine alone for too long."""
        oldest = self._oldest
        if oldest is not None and time.monotonic() - oldest > self._patience_s:
            problem = self._problem or StoreError("no reply", zh="无响应")
            raise StoreError(
                f"the answers of the last {self._patience_s:.0f} s could not be written to the database "
                f"({problem.en}); they are in the journal here: resume on this machine",
                zh=f"最近 {self._patience_s:.0f} 秒的回答无法写入数据库({problem.zh});"
                "它们保存在本机的日志中:请在本机继续运行",
            ) from problem

    def flush(self, timeout_s: float = FLUSH_S) -> bool:
        """Wait until all that was added is shipped; whether it is."""
        with self._changed:
            upto = self._added
            self._now.set()
            self._some.set()
            return self._changed.wait_for(lambda: self._shipped >= upto, timeout_s)

    def close(self) -> None:
        """Ship what is left, if the database is there."""
        self.flush()
        self._closing = True
        self._now.set()
        self._some.set()
        self._thread.join(FLUSH_S)
        self._db.close()

    def _work(self) -> None:
        while not self._closing:
            self._some.wait()
            self._now.wait(GROUP_S)
            self._some.clear()
            self._now.clear()
            with self._changed:
                self._shipping += self._fresh
                self._fresh = []
            if self._shipping and not self._ship():
                self._some.set()
                time.sleep(RETRY_S)

    def _ship(self) -> bool:
        try:
            with self._db.write() as connection:
                _write(connection, self._run, self._project, _joined(self._shipping))
        except StoreError as problem:
            if self._problem is None:
                log.warning("answers wait: %s", problem, extra={"event": "pending_waits", "run": self._run})
            self._problem = problem
            return False
        with self._changed:
            self._shipped += len(self._shipping)
            self._shipping = []
            self._oldest = time.monotonic() if self._fresh else None
            self._problem = None
            self._changed.notify_all()
        return True


def contents(connection: sa.Connection, run: int, chunk: int) -> dict[int, tuple[int, bytes]]:
    """By attempt: (start, frames) of what the table holds for a chunk, up to the first gap."""
    found: dict[int, tuple[int, bytearray]] = {}
    for attempt, start, frames in connection.exec_driver_sql(
        "SELECT attempt, start, frames FROM pending_answers WHERE run = %s AND chunk = %s ORDER BY attempt, start",
        (run, chunk),
    ):
        first, held = found.setdefault(attempt, (start, bytearray()))
        known = first + len(held) - start  # a repeated shipment may overlap
        if 0 <= known < len(frames):
            held += frames[known:]
    return {attempt: (first, bytes(held)) for attempt, (first, held) in found.items()}


def forget(connection: sa.Connection, run: int, *, keep: Sequence[int] = (), chunk: int | None = None) -> None:
    """Delete the answers of a chunk, or of all chunks but some."""
    if chunk is not None:
        connection.exec_driver_sql("DELETE FROM pending_answers WHERE run = %s AND chunk = %s", (run, chunk))
    else:
        connection.exec_driver_sql(
            "DELETE FROM pending_answers WHERE run = %s AND chunk <> ALL(%s::bigint[])", (run, list(keep))
        )


_Piece = tuple[int, int, int, bytes]  # chunk, attempt, start, frames


def _joined(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Pieces of one journal that follow each other, as one; a row costs more than its bytes."""
    rows: dict[tuple[int, int], list[tuple[int, bytearray]]] = {}
    for chunk, attempt, start, frames in pieces:
        mine = rows.setdefault((chunk, attempt), [])
        if mine and mine[-1][0] + len(mine[-1][1]) == start:
            mine[-1][1].extend(frames)
        else:
            mine.append((start, bytearray(frames)))
    return [(*key, start, bytes(frames)) for key, mine in rows.items() for start, frames in mine]


def _write(connection: Any, run: int, project: str, rows: Sequence[_Piece]) -> None:
    """What is late for its chunk is left out: the chunk is committed, and its answers are in a part."""
    connection.exec_driver_sql(
        "INSERT INTO pending_answers (run, project, chunk, attempt, start, frames) "
        "SELECT chunks.run, %s::text, u.chunk, u.attempt, u.start, u.frames "
        "FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bytea[]) AS u(chunk, attempt, start, frames) "
        "JOIN chunks ON chunks.run = %s AND chunks.number = u.chunk AND chunks.state <> 'done' "
        "ON CONFLICT (run, chunk, attempt, start) DO UPDATE SET frames = excluded.frames "
        "WHERE length(excluded.frames) > length(pending_answers.frames)",
        (project, *(list(column) for column in zip(*rows, strict=True)), run),
    )
