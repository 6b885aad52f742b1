"""Record docs/how-to/trial-session.txt: commands as a user types them, and what they print, in an empty folder.

python scripts/record_session.py            writes the transcript
python scripts/record_session.py --check    ends with 1 if the transcript differs from what is printed now
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TRANSCRIPT = ROOT / "docs" / "how-to" / "trial-session.txt"
COMMANDS = r"""
goodsmith inspect examples/products_zh.xlsx
goodsmith trial examples/products_zh.xlsx --locale zh-CN -m rehearsal/smooth -m rehearsal/chatty --show 2 \
    --html trial.html
goodsmith trial examples/products_zh.xlsx -r description --locale zh-CN -m rehearsal/smooth --rows 6 --show 0 \
    --hide-known
goodsmith trial examples/products_zh.xlsx --locale zh-CN,en-US -m rehearsal/smooth --rows 3 --cover 0 --show 0 \
    --price in=20,out=40,currency=CNY --budget 1.15CNY
goodsmith run examples/products_zh.xlsx --locale zh-CN -m rehearsal/smooth -o out.xlsx
goodsmith runs
"""
WIDTH = 150


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "examples", Path(folder) / "examples")
        commands = re.findall(r"^goodsmith .*(?:\n +.*)*", COMMANDS, re.MULTILINE)
        said = "\n".join(session(command, Path(folder)) for command in commands)
    if "--check" in sys.argv[1:]:
        return int(not TRANSCRIPT.exists() or TRANSCRIPT.read_text(encoding="utf-8") != said)
    TRANSCRIPT.write_text(said, encoding="utf-8")
    return 0


def session(command: str, folder: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GOODSMITH_")} | {
        "GOODSMITH_HOME": str(folder / ".goodsmith"),
        "GOODSMITH_LANGUAGE": "en",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    lines = [line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…" for line in steady(done.stdout).splitlines()]
    return "\n".join([f"$ {command}", *lines, ""])


def steady(text: str) -> str:
    """Without what differs from time to time: run ids, and seconds."""
    text = re.sub(r"\b\d{4}-\d{4}-[a-z2-9]{4}\b", "1128-0900-abcd", text)
    return re.sub(r"(time +)\d+:\d\d(?: \(\d+:\d\d to \d+:\d\d\))?", r"\g<1>0:01", text)


if __name__ == "__main__":
    sys.exit(main())
