"""One control database, SQLite or Postgres: transactions, its clock, rows by the thousand, and its errors as sentences.

SQLite: WAL, synchronous=FULL (a commit survives a power cut), every writing transaction takes the write lock at its
begin, so that no transaction fails half way. Postgres: READ COMMITTED; what must not race is a conditional UPDATE.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from goodsmith.errors import Corrupt, MissingExtra, StoreError, UsageError
from goodsmith.store.disk import disk
from goodsmith.store.tables import REVISIONS

WAIT_S: Final = 15.0  # for a lock that somebody else holds
IDLE_S: Final = 10.0  # between two statements of a transaction on Postgres; who waits for its locks outlives it
ROWS_AT_ONCE: Final = 200  # in one statement on SQLite: each one gives up the interpreter's lock, and waits for it

_MIGRATION_LOCK: Final = 0x600D_5317  # any number that nobody else uses on this Postgres
_ALEMBIC = threading.Lock()  # it keeps its place in module globals
_WRITES: Final = "goodsmith_writes"


class Database:
    """An open control database, migrated to the newest shape. Thread-safe.

    url: None for the SQLite file `control.db` in `home`. wait_s: patience for locks.
    """

    def __init__(self, home: Path, url: str | None = None, *, wait_s: float = WAIT_S) -> None:
        self._file: Path | None = None
        self._inode: tuple[int, int] | None = None
        place = _parse(url) if url else sa.URL.create("sqlite", database=str(home / "control.db"))
        self.name = place.render_as_string(hide_password=True)
        self.dialect = place.get_backend_name()
        if self.dialect == "sqlite":
            self._file = Path(place.database or "")
            self.name = str(self._file)
            with disk(self._file.parent):
                self._file.parent.mkdir(parents=True, exist_ok=True)
            self._engine = _sqlite(place, wait_s)
        else:
            self._engine = _postgres(place, wait_s)
        self._writer = self._engine.execution_options(**{_WRITES: True})
        try:
            self._migrate()
        except BaseException:
            self.close()
            raise
        if self._file is not None:
            self._inode = _inode(self._file)

    @contextlib.contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state of the database."""
        with self._sentences(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that is committed at the end, or leaves no trace."""
        if self._inode is not None and self._file is not None and _inode(self._file) != self._inode:
            raise StoreError(
                f"{self._file} was removed or replaced while in use; put it back, then resume",
                zh=f"{self._file} 在使用中被删除或替换;请恢复该文件后继续运行",
            )
        with self._sentences(), self._writer.connect() as connection, connection.begin():
            yield connection

    def reader(self) -> sa.Connection:
        """A connection for single reads, each a transaction of its own; to be closed by who asked for it."""
        with self._sentences():
            return self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def now(self) -> sa.ColumnElement[float]:
        """What leases are measured with: on Postgres the database's own clock, so that those of hosts do not matter."""
        if self.dialect == "sqlite":
            return sa.literal(time.time(), sa.Double)
        return sa.cast(sa.extract("epoch", sa.func.clock_timestamp()), sa.Double)

    def insert(
        self,
        connection: sa.Connection,
        table: sa.Table,
        columns: Mapping[str, Sequence[Any]],
        *,
        same: Mapping[str, Any] | None = None,
        conflict: str = "",
    ) -> None:
        """Insert rows given as columns; `same` are columns with one value for all. conflict: an ON CONFLICT clause."""
        count = len(next(iter(columns.values())))
        if not count:
            return
        same = same or {}
        if self.dialect == "sqlite":
            lines = list(zip(*columns.values(), strict=True))
            for start in range(0, count, ROWS_AT_ONCE):
                some = lines[start : start + ROWS_AT_ONCE]
                sql = _insert_sql(table, tuple(same), tuple(columns), conflict, rows=len(some))
                connection.exec_driver_sql(sql, (*same.values(), *itertools.chain.from_iterable(some)))
        else:
            sql = _insert_arrays_sql(table, tuple(same), tuple(columns), conflict)
            connection.exec_driver_sql(sql, (*same.values(), *(list(column) for column in columns.values())))

    def close(self) -> None:
        self._engine.dispose()

    @contextlib.contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.DBAPIError as problem:
            raise _sentence(self.name, problem) from problem
        except sa.exc.TimeoutError as problem:  # of the pool
            raise StoreError(f"{self.name}: no free connection", zh=f"{self.name}:没有空闲连接") from problem

    def _migrate(self) -> None:
        if self._revision() == REVISIONS[-1]:
            return
        with self.write() as connection:
            if self.dialect == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
            revision = self._revision(connection)  # another process may have been faster
            if revision == REVISIONS[-1]:
                return
            if revision is not None and revision not in REVISIONS:
                raise StoreError(
                    f"{self.name} was written by a newer Goodsmith (migration {revision}); upgrade Goodsmith",
                    zh=f"{self.name} 由更新版本的 Goodsmith 写入(迁移 {revision});请升级 Goodsmith",
                )
            with _ALEMBIC:
                _upgrade(connection)
        self._engine.dispose()  # a new connection reads what the migration tells SQLite's planner

    def _revision(self, connection: sa.Connection | None = None) -> str | None:
        if connection is None:
            with self.read() as mine:
                return self._revision(mine)
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return None if found is None else str(found)


def text(value: object) -> str:
    """A text as both databases can store it: Postgres has no NUL."""
    return str(value).replace("\0", "\ufffd")


def _upgrade(connection: sa.Connection) -> None:
    import alembic.command  # noqa: PLC0415 - 0.2 s, and only when a migration is due
    import alembic.config  # noqa: PLC0415

    config = alembic.config.Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    alembic.command.upgrade(config, "head")


def _parse(url: str) -> sa.URL:
    try:
        place = sa.make_url(url)
    except sa.exc.ArgumentError as problem:
        raise UsageError("the database URL is not understood; expected postgresql://user@host/name") from problem
    backend = place.get_backend_name()
    if backend == "postgresql":
        return place.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and place.database not in {None, "", ":memory:"}:
        return place.set(drivername="sqlite")
    raise UsageError(
        f"a {backend} database is not supported for runs; use postgresql://… or no URL for SQLite",
        zh=f"不支持用 {backend} 数据库保存运行记录;请使用 postgresql://…,或不设置以使用 SQLite",
    )


def _sqlite(place: sa.URL, wait_s: float) -> sa.Engine:
    engine = sa.create_engine(place, connect_args={"isolation_level": None, "timeout": wait_s}, pool_size=8)

    @sa.event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA cache_size=-16000")  # KiB

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgres(place: sa.URL, wait_s: float) -> sa.Engine:
    try:
        import psycopg  # noqa: F401, PLC0415 - an extra
    except ImportError as problem:
        raise MissingExtra("psycopg", "postgres") from problem
    keep_alive = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000}
    # A process that is stopped or put to sleep inside a transaction would keep its locks until it wakes.
    limits = {"lock_timeout": wait_s, "idle_in_transaction_session_timeout": IDLE_S}
    options = " ".join(f"-c {name}={round(seconds * 1000)}" for name, seconds in limits.items())
    patience = {"connect_timeout": 10, "options": options}
    return sa.create_engine(place, connect_args=keep_alive | patience, pool_size=8, pool_pre_ping=True)


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@functools.lru_cache(maxsize=64)
def _insert_sql(table: sa.Table, same: tuple[str, ...], columns: tuple[str, ...], conflict: str, *, rows: int) -> str:
    """For SQLite: row after row, each beginning with the values that all have."""
    names = ", ".join(f'"{name}"' for name in (*same, *columns))
    fixed = [f"?{number}" for number in range(1, len(same) + 1)]
    line = f"({', '.join([*fixed, *'?' * len(columns)])})"
    return f'INSERT INTO "{table.name}" ({names}) VALUES {", ".join([line] * rows)} {conflict}'


@functools.lru_cache(maxsize=64)
def _insert_arrays_sql(table: sa.Table, same: tuple[str, ...], columns: tuple[str, ...], conflict: str) -> str:
    names = ", ".join(f'"{name}"' for name in (*same, *columns))
    fixed = [f"%s::{_cast(table.c[name].type)}" for name in same]
    arrays = ", ".join(f"%s::{_cast(table.c[name].type)}[]" for name in columns)
    picked = ", ".join([*fixed, *(f'u."{name}"' for name in columns)])
    listed = ", ".join(f'"{name}"' for name in columns)
    return f'INSERT INTO "{table.name}" ({names}) SELECT {picked} FROM unnest({arrays}) AS u({listed}) {conflict}'


def _cast(kind: Any) -> str:
    for python, postgres in (
        (sa.Double, "double precision"),
        (sa.Integer, "bigint"),
        (sa.LargeBinary, "bytea"),
        (sa.Text, "text"),
    ):
        if isinstance(kind, python):
            return postgres
    raise TypeError(kind)


def _sentence(name: str, problem: sa.exc.DBAPIError) -> StoreError:
    """What happened to the database, for a person. What was committed stays committed in every case."""
    cause = problem.orig
    code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or ""
    text = " ".join(str(cause).split())
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) or code == "55P03":
        return StoreError(
            f"{name} is locked by another program; what was committed is safe: close that program, then resume",
            zh=f"{name} 被其他程序锁定;已提交的内容是安全的,关闭该程序后可继续运行",
        )
    if code == "25P03":
        return StoreError(
            f"this process stood still for more than {IDLE_S:.0f} s, so {name} took back what it had begun to write; "
            "what was committed is safe: resume, if nobody else has",
            zh=f"本进程停顿超过 {IDLE_S:.0f} 秒,{name} 已撤销其未提交的写入;已提交的内容是安全的,"
            "如尚无其他进程接手,可继续运行",
        )
    if code in {"SQLITE_FULL", "53100"}:
        return StoreError(
            f"no room to write {name}; what was committed is safe: make room, then resume",
            zh=f"无法写入 {name}:空间不足。已提交的内容是安全的,腾出空间后可继续运行",
        )
    if code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")) or code in {"25006", "42501"}:
        return StoreError(
            f"cannot write {name} ({text}); this user needs the right to write there",
            zh=f"无法写入 {name}({text});当前用户需要写入权限",
        )
    if code.startswith("SQLITE_IOERR"):
        return StoreError(
            f"the disk of {name} does not work ({text}); what was committed is safe: mend it, then resume",
            zh=f"{name} 所在磁盘读写失败({text});已提交的内容是安全的,修复后可继续运行",
        )
    if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return Corrupt(
            f"{name} is damaged ({text}); restore it from a backup", zh=f"{name} 已损坏({text});请从备份恢复"
        )
    if isinstance(problem, sa.exc.OperationalError | sa.exc.InterfaceError) or problem.connection_invalidated:
        return StoreError(
            f"cannot reach the database {name} ({text}); what was committed is safe: resume when it is back",
            zh=f"无法连接 {name}({text});已提交的内容是安全的,恢复后可继续运行",
        )
    return StoreError(f"{name} refused a statement: {text}", zh=f"{name} 拒绝执行语句:{text}")
