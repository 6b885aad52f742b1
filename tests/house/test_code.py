"""The code as a whole: layers, what an import costs, what is declared and what is used."""

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

import goodsmith
from goodsmith.settings import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "goodsmith"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
HEAVY = ["pyarrow", "duckdb", "sqlalchemy", "pyreqwest", "pandas", "polars", "typer", "rich"]
HEAVY += ["numpy", "babel", "liquid", "py3langid", "ruamel", "msgspec"]
# What a requirement is called when it is imported, where that is not its own name.
IMPORTED_AS = {
    "opencv-contrib-python-headless": "cv2",
    "pillow": "PIL",
    "python-liquid": "liquid",
    "ruamel.yaml": "ruamel",
    "charset-normalizer": "charset_normalizer",
}
NOT_IMPORTED = {
    "build",
    "import-linter",
    "mypy",
    "ruff",
    "pytest-timeout",
    "pytest-xdist",
}  # run as commands or plugins


def requirement_name(line):
    return re.match(r"[A-Za-z0-9._-]+", line)[0]


def module_of(name):
    return IMPORTED_AS.get(name.lower(), name.lower().replace("-", "_"))


def imported_by(folder):
    """Top-level names of modules that the files of a folder import."""
    names = set()
    for path in folder.rglob("*.py"):
        if "build" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
            elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"importorskip", "find_spec"}:
                names |= {arg.value.partition(".")[0] for arg in node.args[:1] if isinstance(arg, ast.Constant)}
    return names


def test_the_layers_hold():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-3000:]


def test_importing_goodsmith_is_quick_and_loads_nothing_heavy():
    code = (
        "import sys, time; before = time.perf_counter(); import goodsmith; "
        "print(time.perf_counter() - before, *(name for name in sys.argv[1:] if name in sys.modules))"
    )
    spent = []
    for _ in range(3):
        ran = subprocess.run([sys.executable, "-c", code, *HEAVY], capture_output=True, text=True, check=True)
        seconds, *loaded = ran.stdout.split()
        assert not loaded
        spent.append(float(seconds))
    assert min(spent) < 0.5


def test_the_command_line_answers_soon():
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "goodsmith", "--version"], check=True, capture_output=True)
    assert time.perf_counter() - started < 5  # about 0.4 s on an idle machine


def test_public_names_are_sorted_and_exist():
    for found in pkgutil.walk_packages(goodsmith.__path__, "goodsmith."):
        if found.name.endswith("__main__") or ".migrations." in found.name:
            continue
        module = importlib.import_module(found.name)
        for name in getattr(module, "__all__", []):  # ruff sorts them
            assert hasattr(module, name), f"{found.name} lists {name!r}, which it does not have"
    assert list(goodsmith.__all__) == sorted(goodsmith.__all__)
    for name in goodsmith.__all__:
        assert getattr(goodsmith, name) is not None


def test_every_dependency_is_used_and_every_import_declared():
    project = PYPROJECT["project"]
    needed = {module_of(requirement_name(line)) for line in project["dependencies"]}
    extras = {
        module_of(requirement_name(line)) for lines in project["optional-dependencies"].values() for line in lines
    }
    used = imported_by(SOURCE)
    text = "".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    idle = {name for name in needed | extras if name not in used and f'"{name}"' not in text}
    assert not idle, f"declared in pyproject.toml, used nowhere in src: {sorted(idle)}"
    foreign = used - set(sys.stdlib_module_names) - {"goodsmith"}
    frames = {"pandas", "polars", "numpy"}  # those that a user hands in
    assert foreign <= needed | extras | frames, f"imported, not declared: {sorted(foreign - needed - extras - frames)}"


def test_every_tool_of_the_tests_is_used():
    listed = {requirement_name(line) for line in PYPROJECT["dependency-groups"]["dev"]} - NOT_IMPORTED
    used = imported_by(ROOT / "tests") | imported_by(ROOT / "bench") | imported_by(ROOT / "scripts")
    assert not [name for name in listed if module_of(name) not in used]


@pytest.mark.parametrize("setting", [setting.name for setting in SETTINGS])
def test_every_setting_is_read_somewhere(setting):
    pattern = re.compile(rf"(?:settings|chosen|settings\(\))\.{setting}\b")
    readers = [path for path in SOURCE.rglob("*.py") if pattern.search(path.read_text(encoding="utf-8"))]
    assert readers, f"nobody reads the setting {setting}: use it, or take it out of settings.py"


def test_modules_say_their_idea_and_none_is_called_utils():
    for path in SOURCE.rglob("*.py"):
        assert path.stem not in {"utils", "util", "helpers", "manager", "misc", "common"}, path
        text = path.read_text(encoding="utf-8")
        if text.strip():
            assert ast.get_docstring(ast.parse(text)), f"{path.relative_to(ROOT)} does not say its idea"
