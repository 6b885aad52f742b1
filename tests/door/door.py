"""The public door as tests use it: a person at a terminal, the Python API in a folder, and the vendor they ask."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from goodsmith import Plan, Request, Run, Settings, Trial, open_run, plan, start, trial
from goodsmith.models.rehearsal import RehearsalServer, rehearsal_server

COLUMNS = ("sku", "name", "brand", "category", "attributes", "description", "price", "mark")
PRICE = "in=100,out=400,currency=USD"  # per million tokens: high, so that sums are seen

MARKED = """
recipe: marked
locales: [en-US]
fields:
  name: {required: true}
  mark: {required: true}
steps:
  - ask:
      instruction: You write product copy for {{ locale.language }} shoppers. Use only the facts given.
      input: |
        Row: {{ mark }}
        Name: {{ name }}
      output:
        row_id: {max: 14, language: any}
        title: {max: 80}
        points: {type: list, items: 2, each_max: 80}
    stencil:
      row_id: "{{ mark }}"
      title: "{{ name }}"
      points: ["{{ name }}"]
checks: [schema, length, language, empty, placeholder]
"""


def products(count: int) -> list[dict[str, str]]:
    """Plain English products, each with a marker that a vendor can count."""
    return [
        {
            "sku": f"{number:05d}",
            "name": f"Linen tablecloth {number}",
            "brand": "Olmo",
            "category": "Home > Table",
            "attributes": f"material: linen; size: {100 + number} x 140 cm",
            "price": f"{10 + number}.50",
            "mark": mark(number),
        }
        for number in range(count)
    ]


def mark(number: int) -> str:
    return f"ROWID-{number:08d}"


def eventually(seen: Callable[[], Any], *, of: Started | None = None, within_s: float = 60.0) -> Any:
    """What `seen` gives as soon as it is true; an AssertionError if that takes too long or the command ends before."""
    end = time.monotonic() + within_s
    while not (found := seen()):
        if of is not None and of.process.poll() is not None:
            raise AssertionError(of.communicate_all().stderr)
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
    return found


def write_table(folder: Path, rows: Sequence[dict[str, str]], name: str = "products.csv") -> Path:
    path = folder / name
    columns = list(dict.fromkeys([*COLUMNS, *(column for row in rows for column in row)]))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_recipe(folder: Path, text: str = MARKED, name: str = "marked.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def lines(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def on_their_own_rows(rows: Sequence[dict[str, Any]]) -> bool:
    """Whether each answer carries the mark of the row that it stands on."""
    return bool(rows) and all(row["row_id"] == row["mark"] for row in rows)


@dataclass
class Terminal:
    """Runs `goodsmith …` as a process of its own in `folder`; the home folder is inside it."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    started: list[Started] = field(default_factory=list)

    def __call__(self, *command: str, exit_code: int | None = 0) -> subprocess.CompletedProcess[str]:
        done = self.start(*command).communicate_all()
        if exit_code is not None:
            assert done.returncode == exit_code, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *command: str, exit_code: int | None = 0) -> Any:
        return json.loads(self(*command, "--json", exit_code=exit_code).stdout)

    def start(self, *command: str) -> Started:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GOODSMITH_")} | {
            "GOODSMITH_HOME": str(self.folder / ".goodsmith"),
            "GOODSMITH_LANGUAGE": "en",
            "PYTHONWARNINGS": "error",
            **self.environment,
        }
        self.started.append(
            Started(
                command,
                subprocess.Popen(
                    [sys.executable, "-m", "goodsmith", *command],
                    cwd=self.folder,
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    start_new_session=True,
                ),
            )
        )
        return self.started[-1]

    def ask(self, vendor: RehearsalServer, *more: str, model: str = "rehearsal/smooth") -> Started:
        """Start a run over `products.csv` with the marked recipe at a vendor."""
        write_recipe(self.folder)
        return self.start(*self.asking(vendor, model=model), *more)

    @staticmethod
    def asking(vendor: RehearsalServer, *, model: str = "rehearsal/smooth") -> tuple[str, ...]:
        return ("run", "products.csv", "-r", "marked.yaml", "-m", model, "--base-url", vendor.base_url)

    def table(self, rows: Sequence[dict[str, str]], name: str = "products.csv") -> Path:
        return write_table(self.folder, rows, name)

    def lines(self, name: str = "out.jsonl") -> list[dict[str, Any]]:
        return lines(self.folder / name)

    def exported(self, *more: str) -> list[dict[str, Any]]:
        self("export", *more, "-o", "exported.jsonl")
        return self.lines("exported.jsonl")


@dataclass
class Started:
    """A command that runs, alone in its process group."""

    command: Sequence[str]
    process: subprocess.Popen[str]

    def communicate_all(self) -> subprocess.CompletedProcess[str]:
        out, err = self.process.communicate(timeout=240)
        return subprocess.CompletedProcess(list(self.command), self.process.returncode, out, err)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        """kill -9 for it and its worker processes, as when a machine stops."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def end(self) -> None:
        """Leave nothing behind."""
        if self.process.poll() is None:
            self.kill()
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()

    def workers(self) -> list[int]:
        """Its worker processes."""
        import psutil

        found = []
        for child in psutil.Process(self.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):  # it has ended, or is about to
                if any("spawn_main" in part for part in child.cmdline()):
                    found.append(child.pid)
        return found


@dataclass
class Shop:
    """The Python API in a folder of its own."""

    folder: Path
    settings: Settings

    def plan(self, rows: Sequence[dict[str, str]] | Any, *, recipe: str = MARKED, **request: Any) -> Plan:
        source: Any = rows
        if isinstance(rows, list):
            source = str(write_table(self.folder, rows))
        if "\n" in recipe:
            recipe = str(write_recipe(self.folder, recipe))
        return plan(Request(source=source, recipe=recipe, **request), settings=self.settings, home=self.settings.home)

    def run(self, rows: Sequence[dict[str, str]] | Any, *, recipe: str = MARKED, **request: Any) -> Run:
        return start(self.plan(rows, recipe=recipe, **request), settings=self.settings, home=self.settings.home)

    def trial(
        self, rows: Sequence[dict[str, str]] | Any, vendor: RehearsalServer, *, tries: dict[str, Any], **request: Any
    ) -> Trial:
        """A trial at a vendor. tries: what is to be tried, such as rows, cover, answers."""
        planned = self.plan(rows, base_url=vendor.base_url, **{"model": "rehearsal/smooth", **request})
        return trial(planned.request, **tries, settings=self.settings, home=self.settings.home)

    def again(self) -> Run:
        return open_run(settings=self.settings, home=self.settings.home)

    def lines(self, run: Run) -> list[dict[str, Any]]:
        path = self.folder / "out.jsonl"
        run.export(path)
        return lines(path)


@pytest.fixture
def goodsmith(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path)
    yield terminal
    for started in terminal.started:
        started.end()


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path, Settings(home=tmp_path / ".goodsmith", chunk_rows=20))


@pytest.fixture(scope="session")
def vendor_process() -> Iterator[RehearsalServer]:
    with rehearsal_server() as server:
        yield server


@pytest.fixture
def vendor(vendor_process: RehearsalServer) -> RehearsalServer:
    """A vendor without faults and latency that has counted nothing yet; `vendor.ctl(...)` changes its temper."""
    vendor_process.ctl(restore=True)
    vendor_process.ctl(reset=True, latency_ms=0, seed=0)
    return vendor_process
