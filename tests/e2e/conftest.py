"""A person at a terminal: `goodsmith …` as a process of its own, in a folder of its own."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

COLUMNS = ("sku", "name", "brand", "category", "attributes", "description", "price")


@dataclass
class Terminal:
    """Runs commands in `folder`; the home folder is inside it."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

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
        return Started(
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

    def table(self, rows: Sequence[dict[str, str]], name: str = "products.csv") -> Path:
        path = self.folder / name
        columns = list(dict.fromkeys([*COLUMNS, *(column for row in rows for column in row)]))
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
        return path


@dataclass
class Started:
    """A command that runs."""

    command: Sequence[str]
    process: subprocess.Popen[str]

    def communicate_all(self) -> subprocess.CompletedProcess[str]:
        out, err = self.process.communicate(timeout=240)
        return subprocess.CompletedProcess(list(self.command), self.process.returncode, out, err)


def products(count: int) -> list[dict[str, str]]:
    """Plain English products, each with a marker that a vendor can count."""
    return [
        {
            "sku": f"{number:05d}",
            "name": f"Linen tablecloth {number}",
            "brand": "Olmo",
            "category": "Home > Table",
            "attributes": f"material: linen; size: {100 + number} x 140 cm; mark: ROWID-{number:08d}",
            "price": f"{10 + number}.50",
        }
        for number in range(count)
    ]


@pytest.fixture
def goodsmith(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)
