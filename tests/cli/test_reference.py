"""The reference pages of the commands are those that the code prints."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"


@pytest.mark.parametrize(("language", "page"), [("en", "commands.md"), ("zh", "commands.zh.md")])
def test_the_page_of_commands_is_the_one_that_the_code_prints(language, page):
    made = subprocess.run(
        [sys.executable, "-m", "goodsmith.cli.reference"],
        env={**os.environ, "GOODSMITH_LANGUAGE": language, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert made in (REFERENCE / page).read_text(encoding="utf-8"), (
        f"run: GOODSMITH_LANGUAGE={language} python -m goodsmith.cli.reference, and put it into docs/reference/{page}"
    )
