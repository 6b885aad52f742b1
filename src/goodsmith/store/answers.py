"""The exact answer cache: what was bought once, in any run of a project, is not bought again.

Writing happens behind, in batches, by one thread. The cache saves money and nothing else rests on it, so its own
troubles never stop a run: a damaged file is set aside, what cannot be written is forgotten, with a warning.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from goodsmith.errors import StoreError
from goodsmith.protocols import AnswerCache
from goodsmith.records import DEFAULT_PROJECT, Answer, Usage
from goodsmith.store.journal import USAGE_FIELDS
from goodsmith.store.known_keys import PAGE, KeySource, KnownKeys

log = logging.getLogger(__name__)

MAX_BYTES: Final = 4 << 30  # of a cache file; the oldest answers go first
BATCH_S: Final = 0.1  # answers that arrive within this time are written together
QUIET_S: Final = 60.0  # between two warnings about writing
MAX_WAITING: Final = 20_000  # answers not yet written; more are dropped, for a cache may forget


def open_answers(place: str | Path, *, project: str = DEFAULT_PROJECT, max_bytes: int = MAX_BYTES) -> AnswerCache:
    """The cache at a place: a SQLite file by its path, or the table of a control database on Postgres by its URL."""
    if isinstance(place, str) and place.partition(":")[0].partition("+")[0] in {"postgresql", "postgres"}:
        return PostgresAnswers(place, project=project, max_bytes=max_bytes)
    return SqliteAnswers(Path(place), project=project, max_bytes=max_bytes)


def encode_answer(answer: Answer) -> bytes:
    """The parts of an answer that a later run can use, compact."""
    usage = answer.usage
    tokens = usage and _tokens(usage)
    return _encode((answer.text, answer.model, answer.finish_reason, tokens, answer.cost_nanos, answer.currency))


def decode_answer(value: bytes) -> Answer:
    """The answer as a later run sees it: from the cache, without latency or request id."""
    text, model, finish_reason, tokens, cost_nanos, currency = _decode(value)
    return Answer(
        text=text,
        model=model,
        finish_reason=finish_reason,
        usage=tokens and Usage(**dict(zip(USAGE_FIELDS, tokens, strict=False))),  # an older cache has fewer
        cost_nanos=cost_nanos,
        currency=currency,
        from_cache=True,
    )


class SqliteAnswers:
    """A cache in a file of its own (protocols.AnswerCache). Several processes may share the file.

    WAL with synchronous=NORMAL: after a power cut the last moments may be missing here, but not in the journals.
    """

    def __init__(self, path: Path, *, project: str = DEFAULT_PROJECT, max_bytes: int = MAX_BYTES) -> None:
        self._path, self._project = path, project
        self._lock = threading.Lock()  # of the reading connection
        self._reader: sqlite3.Connection | None = None
        self._off = False
        try:
            self._reader = self._open()
        except (OSError, sqlite3.Error) as problem:
            self._trouble(problem)
        self._behind = _Behind(_SqliteWriter(path, project, max_bytes), problem=self._trouble)

    def get(self, key: bytes) -> Answer | None:
        return _decoded(self._behind.get(key, self._look_up))

    def put(self, key: bytes, answer: Answer) -> None:
        """Returns at once; written behind, in batches."""
        self._behind.put(key, encode_answer(answer))

    def flush(self) -> None:
        """Wait until all that was put is written."""
        self._behind.flush()

    def close(self) -> None:
        self._behind.close()
        with self._lock:
            if self._reader is not None:
                self._reader.close()
                self._reader = None

    def _look_up(self, key: bytes) -> bytes | None:
        with self._lock:
            if self._reader is None or self._off:
                return None
            try:
                row = self._reader.execute(_SELECT, (self._project, key)).fetchone()
            except sqlite3.OperationalError as problem:
                log.debug("cache not read: %s", problem)
                return None
            except sqlite3.DatabaseError as problem:
                self._trouble(problem)
                return None
        return None if row is None else bytes(row[0])

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return _connect(self._path)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as problem:
            _set_aside(self._path, problem)
            return _connect(self._path)

    def _trouble(self, problem: Exception) -> None:
        """Say once that the run goes on without; set a damaged file aside, so that the next run begins a new one."""
        if _is_damage(problem):
            if not self._off:
                self._off = True
                _set_aside(self._path, problem)
            return
        log.warning(
            "the answer cache %s cannot be used now, the run goes on without it: %s",
            self._path,
            problem,
            extra={"event": "cache_off", "path": str(self._path)},
        )


class PostgresAnswers:
    """A cache in the control database on Postgres (protocols.AnswerCache), shared by all machines."""

    def __init__(self, url: str, *, project: str = DEFAULT_PROJECT, max_bytes: int = MAX_BYTES) -> None:
        from goodsmith.store.database import Database  # noqa: PLC0415 - loads SQLAlchemy

        self._db = Database(Path(), url)
        self._project = project
        self._lock = threading.Lock()  # of the reading connection
        self._reader: Any = None
        self._behind = _Behind(_PostgresWriter(self._db, project, max_bytes), problem=self._trouble)

    def get(self, key: bytes) -> Answer | None:
        return _decoded(self._behind.get(key, self._look_up))

    def put(self, key: bytes, answer: Answer) -> None:
        """Returns at once; written behind, in batches."""
        self._behind.put(key, encode_answer(answer))

    def flush(self) -> None:
        """Wait until all that was put is written."""
        self._behind.flush()

    def close(self) -> None:
        self._behind.close()
        self._forget()
        self._db.close()

    def _look_up(self, key: bytes) -> bytes | None:
        """Straight through the driver, with a statement that the server has prepared: half the time."""
        import psycopg  # noqa: PLC0415 - an extra

        with self._lock:
            try:
                if self._reader is None:
                    self._reader = self._db.reader()
                session: psycopg.Connection[Any] = self._reader.connection.driver_connection
                row = session.execute(_SELECT.replace("?", "%s"), (self._project, key), prepare=True).fetchone()
            except (psycopg.Error, StoreError) as problem:
                log.debug("cache not read: %s", problem)
                self._forget()
                return None
        return None if row is None else bytes(row[0])

    def _forget(self) -> None:
        if self._reader is not None:
            self._reader.invalidate()
            self._reader.close()
            self._reader = None

    def _trouble(self, problem: Exception) -> None:
        log.warning("the answer cache cannot be written: %s", problem, extra={"event": "cache_off"})


_tokens = attrgetter(*USAGE_FIELDS)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode

_SELECT: Final = "SELECT value FROM answers WHERE project = ? AND key = ?"
_INSERT: Final = "INSERT OR IGNORE INTO answers (project, key, value) VALUES "
_ROWS_AT_ONCE: Final = 200  # each statement gives up the interpreter's lock, and waits until it has it again
_EXTENT: Final = "SELECT (SELECT min(number) FROM answers), (SELECT max(number) FROM answers)"
# One row each: a row by itself gives up the interpreter's lock as well.
_KEYS_AFTER: Final = (
    "SELECT group_concat(hex(substr(key, 1, 8))), max(key) FROM "
    f"(SELECT key FROM answers WHERE project = ? AND key > ? ORDER BY key LIMIT {PAGE})"
)
_NEWER_THAN: Final = (
    "SELECT group_concat(hex(substr(key, 1, 8))), max(number) FROM "
    f"(SELECT number, key FROM answers WHERE number > ? ORDER BY number LIMIT {PAGE})"
)
_HEX: Final = ("group_concat(hex(substr(key, 1, 8)))", "string_agg(encode(substr(key, 1, 8), 'hex'), ',')")
_DELETE_OLDEST: Final = (  # all but the newest share
    "DELETE FROM answers WHERE number < (SELECT max(number) - (max(number) - min(number)) * {} FROM answers)"
)
_KEEP: Final = 0.9  # of a full cache
_ROW_BYTES: Final = 160  # key, project, indexes
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS answers (
    number INTEGER PRIMARY KEY,
    project TEXT NOT NULL,
    key BLOB NOT NULL,
    value BLOB NOT NULL,
    UNIQUE (project, key)
)
"""


def _decoded(value: bytes | None) -> Answer | None:
    try:
        return None if value is None else decode_answer(value)
    except (msgspec.DecodeError, TypeError, ValueError):  # damage that SQLite does not see
        return None


class _Writer(KeySource, Protocol):
    """Writes batches, in one thread."""

    @abstractmethod
    def write(self, batch: Mapping[bytes, bytes]) -> None: ...

    @abstractmethod
    def close(self) -> None: ...


class _Behind:
    """Takes values at once and has them written by a thread. What cannot be written is forgotten, and reported.

    The thread also learns which keys there are, so that most of those that are not need no look-up.
    """

    def __init__(self, writer: _Writer, *, problem: Any) -> None:
        self._writer, self._problem = writer, problem
        self._fresh: dict[bytes, bytes] = {}
        self._writing: dict[bytes, bytes] = {}
        self._lock = threading.Lock()
        self._some = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self._closing = threading.Event()
        self._off = False
        self._quiet_until = 0.0
        self._known = KnownKeys()
        self._thread = threading.Thread(target=self._work, name="goodsmith-answers", daemon=True)
        self._thread.start()

    def put(self, key: bytes, value: bytes) -> None:
        if self._off:
            return
        with self._lock:
            if len(self._fresh) >= MAX_WAITING:
                return
            self._fresh[key] = value
            self._idle.clear()
        if not self._some.is_set():
            self._some.set()

    def get(self, key: bytes, look_up: Callable[[bytes], bytes | None]) -> bytes | None:
        """The value that waits, or what the look-up says; it is not made for keys that surely are not there."""
        value = self._fresh.get(key) or self._writing.get(key)
        if value is None and self._known.may_hold(key):
            value = look_up(key)
            self._known.misses += value is None
        return value

    def flush(self) -> None:
        self._some.set()
        self._idle.wait()

    def close(self) -> None:
        self._closing.set()
        self._some.set()
        self._thread.join()

    def _work(self) -> None:
        while True:
            self._some.wait()
            self._closing.wait(BATCH_S)
            self._some.clear()
            with self._lock:
                self._writing, self._fresh = self._fresh, {}
            if self._writing and not self._off:
                try:
                    self._writer.write(self._writing)
                    self._known.catch_up(self._writer)
                except (OSError, sqlite3.Error, StoreError) as problem:
                    self._off = _is_damage(problem)
                    self._known.give_up()
                    if time.monotonic() >= self._quiet_until:
                        self._quiet_until = time.monotonic() + QUIET_S
                        self._problem(problem)
            with self._lock:
                self._writing = {}
                if not self._fresh:
                    self._idle.set()
                    if self._closing.is_set():
                        break
                else:
                    self._some.set()
        self._writer.close()


class _SqliteWriter:
    def __init__(self, path: Path, project: str, max_bytes: int) -> None:
        self._path, self._project, self._max_bytes = path, project, max_bytes
        self._connection: sqlite3.Connection | None = None

    def write(self, batch: Mapping[bytes, bytes]) -> None:
        if self._connection is None:
            self._connection = _connect(self._path)
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            pairs = list(batch.items())
            for start in range(0, len(pairs), _ROWS_AT_ONCE):
                some = pairs[start : start + _ROWS_AT_ONCE]
                values = ", ".join(["(?1, ?, ?)"] * len(some))
                connection.execute(_INSERT + values, (self._project, *chain.from_iterable(some)))
            self._evict(connection)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def extent(self) -> tuple[int, int]:
        first, last = self._one(_EXTENT)
        return last or 0, 0 if last is None else last - first + 1

    def keys_after(self, key: bytes) -> tuple[str, bytes] | None:
        keys, last = self._one(_KEYS_AFTER, self._project, key)
        return None if last is None else (keys, last)

    def newer_than(self, number: int) -> tuple[str, int] | None:
        keys, last = self._one(_NEWER_THAN, number)
        return None if last is None else (keys, last)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _one(self, sql: str, *parameters: Any) -> Any:
        assert self._connection is not None  # something was written
        return self._connection.execute(sql, parameters).fetchone()

    def _evict(self, connection: sqlite3.Connection) -> None:
        """Drop the oldest answers when the file is full; SQLite uses the freed pages again."""
        pages, free, size = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
        used = (pages - free) * size
        if used > self._max_bytes:
            connection.execute(_DELETE_OLDEST.format("?"), (_KEEP * self._max_bytes / used,))


class _PostgresWriter:
    """Keeps the table below max_bytes, measured now and then."""

    _LOOK_S: Final = 60.0

    def __init__(self, db: Any, project: str, max_bytes: int) -> None:
        self._db, self._project, self._max_bytes = db, project, max_bytes
        self._looked = time.monotonic() - self._LOOK_S

    def write(self, batch: Mapping[bytes, bytes]) -> None:
        from goodsmith.store.tables import answers  # noqa: PLC0415 - loads SQLAlchemy

        with self._db.write() as connection:
            self._db.insert(
                connection,
                answers,
                {"key": list(batch), "value": list(batch.values())},
                same={"project": self._project},
                conflict="ON CONFLICT (project, key) DO NOTHING",
            )
            if time.monotonic() - self._looked >= self._LOOK_S:
                self._looked = time.monotonic()
                self._evict(connection)

    def extent(self) -> tuple[int, int]:
        first, last = self._one(_EXTENT)
        return last or 0, 0 if last is None else last - first + 1

    def keys_after(self, key: bytes) -> tuple[str, bytes] | None:
        keys, last = self._one(_KEYS_AFTER, self._project, key)
        return None if last is None else (keys, bytes.fromhex(last))

    def newer_than(self, number: int) -> tuple[str, int] | None:
        """Numbers are given before a transaction is committed: one that was slow is lost to us, and asked again."""
        keys, last = self._one(_NEWER_THAN, number)
        return None if last is None else (keys, last)

    def close(self) -> None:
        pass

    def _one(self, sql: str, *parameters: Any) -> Any:
        sql = sql.replace(_HEX[0], _HEX[1]).replace("max(key)", "max(encode(key, 'hex'))").replace("?", "%s")
        with self._db.read() as connection:
            return connection.exec_driver_sql(sql, parameters).one()

    def _evict(self, connection: Any) -> None:
        """By estimate: a table on Postgres does not get smaller when rows are deleted."""
        count, size = connection.exec_driver_sql(
            "SELECT (SELECT max(number) - min(number) + 1 FROM answers), (SELECT avg(octet_length(value)) FROM "
            "(SELECT value FROM answers ORDER BY number DESC LIMIT 100) AS newest)"
        ).one()
        used = count * (float(size) + _ROW_BYTES) if count else 0
        if used > self._max_bytes:
            connection.exec_driver_sql(_DELETE_OLDEST.format("%s::float8"), (_KEEP * self._max_bytes / used,))


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=15, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(_TABLE)
    except BaseException:
        connection.close()
        raise
    return connection


def _is_damage(problem: Exception) -> bool:
    return isinstance(problem, sqlite3.DatabaseError) and not isinstance(problem, sqlite3.OperationalError)


def _set_aside(path: Path, problem: Exception) -> None:
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    log.warning(
        "the answer cache %s is damaged (%s); it is set aside as %s",
        path,
        problem,
        aside.name,
        extra={"event": "cache_damaged", "path": str(path)},
    )
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    if path.exists():
        path.replace(aside)
