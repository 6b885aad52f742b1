"""Database tables through SQLAlchemy: a table's name or one SELECT, streamed from the server, never written to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodsmith.catalog.layouts.naming import name_columns, named
from goodsmith.catalog.notices import NoticeBoard
from goodsmith.catalog.typed.values import as_text
from goodsmith.errors import InputFileError, MissingExtra, UnknownName, UsageError
from goodsmith.records import TableInfo

if TYPE_CHECKING:
    import pyarrow as pa
    import sqlalchemy as sa

BATCH_ROWS = 5_000
_SELECT = re.compile(r"\s*(?:select|with)\b", re.IGNORECASE)


class SqlReader:
    """Reads a table or view, in the order of its primary key where it has one, or the rows of a SELECT."""

    def __init__(self, url: str, *, table: str | None = None) -> None:
        self.url, self.table = url, table
        self._board = NoticeBoard()
        self._info: TableInfo | None = None

    def info(self) -> TableInfo:
        if self._info is None:
            with self._connected() as connection:
                query = self._query(connection)
                with _rows(connection, f"SELECT * FROM ({query}) AS t WHERE 1 = 0", query, self._shown()) as result:
                    names = list(result.keys())
            columns = name_columns(named(names), self._board)
            self._info = TableInfo(source=self._shown(), format="sql", columns=columns, sheet=self.table)
        return replace(self._info, warnings=self._board.notices())

    def batches(self) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa  # noqa: PLC0415  # heavy

        info = self.info()
        self._board.drop("binary_column")
        names = [column.name for column in info.columns]
        schema = pa.schema([(name, pa.string()) for name in names])
        with self._connected() as connection:
            query = self._query(connection, ordered=True)
            with _rows(connection, query, query, self._shown()) as result:
                for rows in result.partitions(BATCH_ROWS):
                    columns = zip(*rows, strict=True)
                    arrays = [
                        pa.array(self._texts(name, column), pa.string())
                        for name, column in zip(names, columns, strict=True)
                    ]
                    yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    def _texts(self, name: str, values: tuple[Any, ...]) -> list[str | None]:
        texts = [as_text(value) for value in values]
        if any(isinstance(value, (bytes, memoryview)) for value in values):
            lost = sum(text is None and bool(value) for text, value in zip(texts, values, strict=True))
            if lost:
                self._board.add("binary_column", column=name, count=lost)
        return texts

    @contextmanager
    def _connected(self) -> Iterator[sa.Connection]:
        import sqlalchemy as sa  # noqa: PLC0415  # heavy

        engine = self._engine()
        try:
            with engine.connect() as connection:
                if engine.dialect.name == "postgresql":
                    connection = connection.execution_options(postgresql_readonly=True)  # noqa: PLW2901
                elif engine.dialect.name == "sqlite":
                    connection.exec_driver_sql("PRAGMA query_only = ON")
                yield connection
        except sa.exc.DBAPIError as error:
            raise self._refused(error) from error
        finally:
            engine.dispose()

    def _engine(self) -> sa.Engine:
        import sqlalchemy as sa  # noqa: PLC0415  # heavy

        try:
            url = sa.make_url(self.url)
        except sa.exc.ArgumentError as error:
            raise UsageError(
                "not a database URL; expected such as sqlite:///shop.db or postgresql+psycopg://user@host/shop",
                zh="不是数据库网址;例如 sqlite:///shop.db 或 postgresql+psycopg://user@host/shop",
            ) from error
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        if url.get_backend_name() == "sqlite":
            if not url.database or not Path(url.database).is_file():
                raise InputFileError("no such database file", file=url.database or self.url, zh="数据库文件不存在")
            url = url.set(database=f"file:{Path(url.database).resolve()}", query={"mode": "ro", "uri": "true"})
        try:
            return sa.create_engine(url, poolclass=sa.pool.NullPool)
        except sa.exc.NoSuchModuleError:
            raise UnknownName("database", url.drivername, ("sqlite", "postgresql+psycopg"), kind_zh="数据库") from None
        except ModuleNotFoundError as error:
            raise MissingExtra(error.name or url.drivername, "postgres") from error

    def _query(self, connection: sa.Connection, *, ordered: bool = False) -> str:
        import sqlalchemy as sa  # noqa: PLC0415  # heavy

        inspector = sa.inspect(connection)
        known = [*inspector.get_table_names(), *inspector.get_view_names()]
        if self.table is None:
            if len(known) != 1:
                listed = ", ".join(known[:20]) or "none"
                raise UsageError(
                    f"{self._shown()}: say which table to read with --table; tables: {listed}",
                    zh=f"{self._shown()}:请用 --table 指定数据表;已有:{listed}",
                )
            self.table = known[0]
        if _SELECT.match(self.table):
            return self.table.strip().rstrip(";")
        schema, _, name = self.table.rpartition(".")
        if self.table in known:
            schema, name = "", self.table
        elif not schema or name not in [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]:
            raise UnknownName("table", self.table, known, kind_zh="数据表")
        quote = connection.dialect.identifier_preparer.quote_identifier
        query = f"SELECT * FROM {quote(schema) + '.' if schema else ''}{quote(name)}"
        key = inspector.get_pk_constraint(name, schema=schema or None).get("constrained_columns") if ordered else None
        return query + (" ORDER BY " + ", ".join(map(quote, key)) if key else "")

    def _shown(self) -> str:
        """The URL without its password."""
        import sqlalchemy as sa  # noqa: PLC0415  # heavy

        return sa.make_url(self.url).render_as_string(hide_password=True)

    def _refused(self, error: sa.exc.DBAPIError) -> InputFileError:
        reason = " ".join(str(error.orig).split())
        return InputFileError(
            f"the database refuses: {reason}. Check the URL, the rights to read, and the table or SELECT",
            file=self._shown(), zh=f"数据库拒绝:{reason}。请检查网址、读取权限以及表名或 SELECT 语句",
        )  # fmt: skip


def is_url(source: str) -> bool:
    return re.match(r"[a-z][a-z0-9+]*://", source, re.IGNORECASE) is not None


@contextmanager
def _rows(connection: sa.Connection, statement: str, query: str, file: str) -> Iterator[sa.CursorResult[Any]]:
    """Run one statement with a cursor on the server. The raw driver statement: colons and percents stay as they are."""
    streamed = connection.execution_options(stream_results=True, max_row_buffer=BATCH_ROWS)
    result = streamed.exec_driver_sql(statement)
    try:
        if not result.returns_rows:
            raise UsageError(f"{file}: only a SELECT can be read", zh=f"{file}:只能读取 SELECT 语句")
        yield result
    finally:
        result.close()
