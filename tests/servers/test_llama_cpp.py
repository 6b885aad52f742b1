"""A run through a real server that speaks the OpenAI protocol: llama.cpp with a tiny model of random weights."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from door import Shop, mark, products

pytestmark = pytest.mark.servers

SCRIPT = Path(__file__).with_name("tiny_gguf.py")

RECIPE = """
recipe: nonsense
locales: [en-US]
fields:
  name: {required: true}
  mark: {required: true}
steps:
  - ask:
      instruction: You write product copy for {{ locale.language }} shoppers.
      input: "Row: {{ mark }} Name: {{ name }}"
      output:
        title: {max: 40, language: any}
        fit: {type: choice, choices: [slim, wide]}
        stars: {type: integer, min: 1, max: 5}
checks: [schema]
"""


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address."""
    for needed in ("xllamacpp", "gguf", "tokenizers"):
        if os.environ.get("CI"):
            __import__(needed)
        else:
            pytest.importorskip(needed)
    model = tmp_path_factory.mktemp("llama") / "tiny.gguf"
    command = [sys.executable, "-W", "ignore", str(SCRIPT), str(model), "--serve"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        yield address
        server.stdin.close()


def test_a_real_server_answers_in_the_asked_shape(shop: Shop, llama: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_KEY_IS_NEEDED", "none")
    run = shop.run(
        products(10),
        recipe=RECIPE,
        model="openai/tiny",
        base_url=llama,
        api_key="env:NO_KEY_IS_NEEDED",
        concurrency=4,
    )
    rows, totals = shop.lines(run), run.row.totals
    assert [row["mark"] for row in rows] == [mark(number) for number in range(10)]
    made = [row for row in rows if row["status"] != "failed"]
    assert len(made) >= 9, [row["error"] for row in rows]
    assert {row["fit"] for row in made} <= {"slim", "wide"}
    assert all(isinstance(row["stars"], int) and isinstance(row["title"], str) for row in made)
    assert totals.input_tokens > 10 * 20
    assert totals.output_tokens > 10
    assert totals.cost_nanos == 0
