"""`goodsmith …` typed in a folder of its own, as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROWS = [
    ("00001", "Linen tablecloth", "Olmo", "Home > Table", "material: linen; size: 140 x 220 cm", "49.50"),
    ("00002", "Steel mug", "Olmo", "Home > Kitchen", "material: steel; volume: 350 ml", "12.00"),
    ("00003", "Oak board", "", "Home > Kitchen", "material: oak; size: 30 x 20 cm", "24.00"),
    ("00001", "Linen tablecloth", "Olmo", "Home > Table", "material: linen; size: 140 x 260 cm", "59.50"),
]


@dataclass
class Shell:
    """Types commands; English unless `environment` says otherwise."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, *command: str, exit_code: int = 0, **more: Any) -> subprocess.CompletedProcess[str]:
        process = self.start(*command, **more)
        out, err = process.communicate(timeout=120)
        assert process.returncode == exit_code, f"{command}: {process.returncode}\n{out}\n{err}"
        assert "Traceback" not in (err or "")
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def json(self, *command: str, exit_code: int = 0) -> Any:
        return json.loads(self(*command, "--json", exit_code=exit_code).stdout)

    def start(self, *command: str, **more: Any) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GOODSMITH_", "LC_", "LANG"))}
        kept.pop("COLUMNS", None)
        environment = {**kept, "GOODSMITH_LANGUAGE": "en", "PYTHONUTF8": "1", **self.environment}
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
        return subprocess.Popen(
            [sys.executable, "-m", "goodsmith", *command],
            cwd=self.folder,
            env=environment,
            text=True,
            start_new_session=True,
            **streams,
        )

    def products(self, count: int = 4, name: str = "products.csv") -> None:
        lines = ["sku,name,brand,category,attributes,price"]
        for number in range(count):
            sku, name_, *cells = ROWS[number % len(ROWS)]
            own = ("", "") if count <= len(ROWS) else (f"{number:05d}", f" {number}")  # else they are one question
            lines.append(",".join([own[0] or sku, name_ + own[1], *cells]))
        (self.folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


@dataclass
class Typed:
    """Types commands without a process of their own, which is quicker; for those that ask nothing of the machine."""

    said: pytest.CaptureFixture[str]

    def __call__(self, *command: str) -> tuple[int, str, str]:
        from goodsmith.cli import voice
        from goodsmith.cli.app import run_app

        voice.language.cache_clear()
        voice.settings.cache_clear()
        code = run_app(list(command))
        return code, *self.said.readouterr()


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    for name in [name for name in os.environ if name.startswith(("GOODSMITH_", "LC_", "LANG"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return Typed(capsys)


@pytest.fixture
def goodsmith(tmp_path: Path) -> Shell:
    return Shell(tmp_path)
