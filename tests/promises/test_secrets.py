"""A key is never written: not into databases, journals, parts, exports, logs or messages."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from door import Terminal, products, write_recipe
from goodsmith.models.rehearsal import RehearsalServer

pytestmark = pytest.mark.servers

CANARY = "sk-canary-7f3b9a1c5d2e"


def everything(folder: Path) -> Iterator[tuple[str, bytes]]:
    """What stands in the files of a folder, also where it is packed."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield str(path), path.read_bytes()
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            yield f"{path} unpacked", f"{table.schema}{table.to_pylist()}".encode()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as book:
                for name in book.namelist():
                    yield f"{path} {name}", book.read(name)


@pytest.mark.parametrize("place", ["file", "own variable"])
def test_a_key_shows_up_nowhere_whatever_happens_to_the_run(
    goodsmith: Terminal, vendor: RehearsalServer, place: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("keys") / "key"
    elsewhere.write_text(CANARY, encoding="utf-8")
    reference = {"file": ("--api-key", f"file:{elsewhere}"), "own variable": ()}
    goodsmith.environment |= {"OPENAI_API_KEY": CANARY} if place == "own variable" else {}
    goodsmith.table(products(12))
    write_recipe(goodsmith.folder)
    server = ("--base-url", vendor.base_url, *reference[place])
    run = ("run", "products.csv", "-r", "marked.yaml", "--price", "in=1,out=1,currency=USD", *server)
    said: list[subprocess.CompletedProcess[str]] = [
        goodsmith("--verbose", *run, "-m", "openai/faulty", "-o", "out.xlsx", exit_code=None),
        goodsmith("--verbose", *run, "-m", "openai/locked", exit_code=None),
        goodsmith("--verbose", *run, "-m", "openai/instant", "--budget", "0.0001USD", exit_code=None),
        goodsmith("status", "--json"),
        goodsmith("models", "test", "openai/instant", *server),
        goodsmith("models", "test", "openai/locked", *server, "--json", exit_code=2),
        goodsmith("export", "--trace", "-o", "out.jsonl", exit_code=None),
    ]
    assert vendor.stats()["answered"] > 0
    for done in said:
        assert CANARY not in done.stdout + done.stderr
    looked_at = 0
    for name, content in everything(goodsmith.folder):
        assert CANARY.encode() not in content, name
        looked_at += 1
    assert looked_at > 10


def test_a_key_that_was_pasted_wrong_is_said_before_a_run_exists_and_is_not_shown(goodsmith: Terminal) -> None:
    goodsmith.environment |= {"DEEPSEEK_API_KEY": f"export KEY={CANARY}"}
    goodsmith.table(products(2))
    done = goodsmith("run", "products.csv", "-m", "deepseek/deepseek-flash", exit_code=2)
    assert "the key in env:DEEPSEEK_API_KEY holds a blank" in done.stderr
    assert CANARY not in done.stdout + done.stderr
    assert goodsmith.json("runs") == []
