"""Make .venv once and refresh it when pyproject.toml or constraints.txt change. Needs Python 3.11 and nothing else.

python3 scripts/environment.py demo    what a user needs
python3 scripts/environment.py dev     and what the tests need
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts" if os.name == "nt" else "bin") / "python"
WANTED = {
    "demo": ["-e", "."],
    "serve": ["-e", ".[server]"],
    "dev": ["--group", "dev", "-e", ".[postgres,s3,keyring,server,images]"],
}
# What else will do: an environment for tests also runs the demo.
ENOUGH = {"demo": ("demo", "serve", "dev"), "serve": ("serve", "dev"), "dev": ("dev",)}
OLDEST_PIP = (25, 1)  # the first that installs dependency groups


def main() -> None:
    kind = sys.argv[1] if len(sys.argv) == 2 else "dev"
    if kind not in WANTED:
        sys.exit(f"unknown environment {kind!r}; known: {', '.join(WANTED)}")
    if sys.version_info < (3, 11):  # noqa: UP036  this file runs before anything checks requires-python
        sys.exit(f"Goodsmith needs Python 3.11 or newer; this is {sys.version.split()[0]}")
    state = fingerprint()
    if any(stamp(made).is_file() and stamp(made).read_text("utf-8") == state for made in ENOUGH[kind]) and runs():
        return
    say("setting up .venv (once; some minutes the first time)")
    if not runs() or moved():
        make_venv()
    for made in WANTED:
        stamp(made).unlink(missing_ok=True)
    modern_pip()
    install(WANTED[kind])
    (VENV / "goodsmith-place").write_text(str(ROOT), "utf-8")
    stamp(kind).write_text(state, "utf-8")


def fingerprint() -> str:
    """What the environment was made from."""
    digest = hashlib.sha256(str(ROOT).encode())
    for name in ("pyproject.toml", "constraints.txt", "scripts/environment.py"):
        path = ROOT / name
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


def stamp(kind: str) -> Path:
    return VENV / f"goodsmith-{kind}"


def runs() -> bool:
    """Whether .venv has a Python that starts: its base may have been removed or replaced."""
    if not PYTHON.exists():
        return False
    check = [str(PYTHON), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    try:
        return subprocess.run(check, check=False, stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def moved() -> bool:
    """Scripts in an environment hold its path, so a moved checkout needs a new one."""
    place = VENV / "goodsmith-place"
    return place.is_file() and place.read_text("utf-8") != str(ROOT)


def make_venv() -> None:
    """With venv; where a distribution split that off, with pip or uv if one of them is there."""
    shutil.rmtree(VENV, ignore_errors=True)
    if has("venv") and has("ensurepip") and quietly([sys.executable, "-m", "venv", str(VENV)]):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    bare = [sys.executable, "-m", "venv", "--without-pip", str(VENV)]
    into = [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "-qq", "pip"]
    if has("venv") and has("pip") and quietly(bare) and quietly(into):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    uv = shutil.which("uv")
    if uv and quietly([uv, "venv", "--quiet", "--seed", "--python", sys.executable, str(VENV)]):
        return
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    sys.exit(
        f"{sys.executable} cannot make a virtual environment. Install its venv module, then try again:\n"
        f"  Debian, Ubuntu:  apt-get install python{version}-venv\n"
        f"  Alpine:          apk add py3-pip\n"
        f"  others:          install Python from python.org, or uv, and put it first on the PATH"
    )


def modern_pip() -> None:
    said = subprocess.run([str(PYTHON), "-m", "pip", "--version"], check=False, capture_output=True, text=True)
    if said.returncode != 0:
        subprocess.run([str(PYTHON), "-m", "ensurepip", "--upgrade"], check=True, stdout=subprocess.DEVNULL)
        said = subprocess.run([str(PYTHON), "-m", "pip", "--version"], check=True, capture_output=True, text=True)
    version = tuple(int(part) for part in said.stdout.split()[1].split(".")[:2])
    if version < OLDEST_PIP:
        install(["--upgrade", "pip"], constrained=False)


def install(what: list[str], *, constrained: bool = True) -> None:
    """Install with the versions that were tested; where these do not fit this machine, with what does."""
    command = [str(PYTHON), "-m", "pip", "install", "-qq"]
    tested = ROOT / "constraints.txt"
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    environment.pop("PYTHONPATH", None)
    if constrained and tested.is_file():
        if subprocess.run([*command, "-c", str(tested), *what], check=False, cwd=ROOT, env=environment).returncode == 0:
            return
        if os.environ.get("CI"):
            sys.exit("the tested versions of constraints.txt could not be installed")
        say("the tested versions do not fit this machine; trying the newest ones")
    if subprocess.run([*command, *what], check=False, cwd=ROOT, env=environment).returncode != 0:
        sys.exit("pip could not install what Goodsmith needs; its message stands above")


def has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def quietly(command: list[str]) -> bool:
    return subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def say(text: str) -> None:
    print(f"goodsmith: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
