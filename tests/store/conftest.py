"""One suite on SQLite and on a real Postgres, which is started once and emptied for each test."""

import itertools
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from goodsmith.records import Chunk, RowStatus, RunSpec, Tally
from goodsmith.store import open_store
from goodsmith.store.parts import write_part
from servers import execute, postgres, postgres_url, s3_options

__all__ = ["postgres", "postgres_url", "s3_options"]

_numbers = itertools.count(1)


@pytest.fixture
def empty_postgres_url(postgres):
    """A Postgres database without any table."""
    name = f"empty_{next(_numbers)}"
    execute(postgres.format("postgres"), f"CREATE DATABASE {name}")
    return postgres.format(name)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.servers)])
def database_url(request):
    return request.getfixturevalue("postgres_url") if request.param == "postgres" else None


@pytest.fixture
def opened(tmp_path, database_url):
    """Opens the test's store, again and again if asked: each is like another process's."""
    stores = []

    def open_again(**options):
        stores.append(open_store(tmp_path, database_url, **options))
        return stores[-1]

    yield open_again
    for store in stores:
        store.close()


@pytest.fixture
def store(opened):
    return opened()


@pytest.fixture
def spec():
    return RunSpec(
        run_id="20260101-aaaa",
        catalog="goods.xlsx",
        source="goods.xlsx",
        recipe_text="recipe: listing",
        recipe_path="",
        recipe_version="0" * 12,
        recipe_name="listing",
        model="openai/some-model",
        locales=("zh-CN",),
        mapping={"name": "商品名称"},
        key_column="货号",
    )


@pytest.fixture
def new_run(spec):
    """Records a run of some chunks of some rows; its id."""

    def make(store, *, run_id=None, chunks=3, rows=10, adoptable=False, **options):
        mine = replace(spec, run_id=run_id or spec.run_id, **options)
        store.create_run(
            mine,
            [Chunk(number=number, first=number * rows, rows=rows) for number in range(chunks)],
            adoptable=adoptable,
        )
        return mine.run_id

    return make


@pytest.fixture
def make_chunk():
    """Executes a chunk and commits it. statuses: by ordinal; others are done. text: what the drafts begin with."""

    def make(store, lease, number, *, statuses=None, final=True, text="draft", cost=5, keys=None, chunk=None, **more):
        chunk = chunk or store.begin_chunk(lease, number)
        statuses = statuses or {}
        ordinals = list(chunk.ordinals or range(chunk.first, chunk.first + chunk.rows))
        found = [statuses.get(ordinal, RowStatus.DONE).value for ordinal in ordinals]
        codes = ["timed_out" if status == "failed" else None for status in found]
        findings = ['[{"rule": "length"}]' if status == "review" else None for status in found]
        keys = keys or [f"SKU{ordinal:05d}" for ordinal in ordinals]
        part = write_part(
            store.run_folder(lease.run_id),
            chunk,
            pa.table(
                {
                    "ordinal": pa.array(ordinals, pa.int64()),
                    "key": keys,
                    "status": found,
                    "title": [f"{text} {ordinal}" for ordinal in ordinals],
                    "error_code": pa.array(codes, pa.string()),
                    "findings": pa.array(findings, pa.string()),
                }
            ),
            shared=store.shared(lease.run_id),
        )
        count = {status: found.count(status) for status in set(found)}
        failures = {"timed_out": codes.count("timed_out")} if "timed_out" in codes else {}
        rules = {"length": found.count("review")} if "review" in found else {}
        tally = Tally(
            rows=len(found) - found.count("skipped"),
            calls=len(found),
            cost_nanos=cost * len(found),
            failures=failures,
            findings=rules,
            **count,
        )
        index = {
            "ordinal": ordinals,
            "locale": ["zh-CN"] * len(ordinals),
            "key": keys,
            "status": found,
            "risk": [1.0 if status == "review" else 0.0 for status in found],
        }
        heads = {
            "key": keys,
            "locale": index["locale"],
            "inputs_hash": [f"hash of {text}"] * len(keys),
            "ordinal": ordinals,
            "status": found,
            "maker": ["template"] * len(keys),
        }
        store.commit_chunk(lease, chunk, part, tally, index, heads, final=final, **more)
        return part

    return make


@pytest.fixture
def as_a_guest():
    """Runs statements in a process that may not write `folder`; what they raise, as text. It imports before."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o555)

        def run(imports, *statements):
            code = "\n".join(
                [
                    "import os",
                    "from pathlib import Path",
                    imports,
                    f"folder = Path({name!r})",
                    "if os.geteuid() == 0:",
                    "    os.seteuid(65534)  # root may write anywhere",
                    "try:",
                    *(f"    {statement}" for statement in statements),
                    "except Exception as problem:",
                    "    print(type(problem).__name__ + ':', problem)",
                ]
            )
            return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout

        yield run
        folder.chmod(0o755)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of one megabyte, where this machine lets us mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder], check=False, capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip("no small disk can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)
