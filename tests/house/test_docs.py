"""README and docs against the code: the tree, settings, commands, links, and every block that is marked `run`.

A fenced block ```python run or ```console run is run, those of a page one after the other in one empty folder that has
a copy of examples/. In a console block lines with `$ ` are commands; what stands below one must occur in its output,
`…` standing for anything.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from goodsmith.settings import reference

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "goodsmith"
PAGES = [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
ROOMS = ("catalog", "selection", "prompts", "models", "checks", "review", "export", "store")
_FENCE = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)


def blocks(page):
    """(line, language, words of the fence, text) of the fenced blocks of a page."""
    text = page.read_text(encoding="utf-8")
    return [(text.count("\n", 0, one.start()) + 1, one[1], one[2].split(), one[3]) for one in _FENCE.finditer(text)]


def name_of(page):
    return str(page.relative_to(ROOT))


RUNNABLE = [page for page in PAGES if any("run" in words for _, _, words, _ in blocks(page))]


# ---- the tree -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_tree_of_the_readme_is_the_tree_on_disk(name):
    page = ROOT / name
    trees = (
        [text for _, _, _, text in blocks(page) if "src/goodsmith/" in text.splitlines()[0]] if page.exists() else []
    )
    assert trees, f"{name} has no block that begins with src/goodsmith/"
    entries = [line for line in trees[0].splitlines()[1:] if line.startswith("  ") and not line.startswith("    ")]
    shown = {found for line in entries for found in re.findall(r"(?<!\S)([a-z_]+(?:\.py|/))(?=\s|$)", line)}
    on_disk = {path.name for path in SOURCE.glob("*.py") if not path.name.startswith("__")}
    on_disk |= {f"{path.name}/" for path in SOURCE.iterdir() if path.is_dir() and not path.name.startswith("__")}
    assert shown == on_disk, f"only in {name}: {sorted(shown - on_disk)}; only on disk: {sorted(on_disk - shown)}"


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_tree_stands_in_the_order_of_the_data(name):
    page = ROOT / name
    tree = next((text for _, _, _, text in blocks(page) if "src/goodsmith/" in text), "") if page.exists() else ""
    places = [tree.find(f"  {room}/") for room in ROOMS]
    assert -1 not in places, (
        f"{name} does not show {[room for room, place in zip(ROOMS, places, strict=True) if place < 0]}"
    )
    assert places == sorted(places), f"{name}: the rooms stand in another order than {ROOMS}"


# ---- reference ----------------------------------------------------------------------------------------------------


def test_the_settings_page_is_the_one_that_the_code_prints():
    page = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    assert reference() in page, "run: python -m goodsmith.settings, and put the table into docs/reference/settings.md"


def commands():
    """("run", Command) of each command, `recipe lint` as one name."""
    from goodsmith.cli.app import app

    waiting = [("", typer.main.get_command(app))]
    while waiting:
        name, command = waiting.pop(0)
        inner = getattr(command, "commands", None)
        if inner is None:
            yield name, command
        else:
            waiting += [(f"{name} {child}".strip(), one) for child, one in sorted(inner.items())]


def test_every_command_and_option_is_in_the_reference():
    text = "\n".join(page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs" / "reference").glob("*.md")))
    missing = []
    for name, command in commands():
        if f"goodsmith {name}" not in text:
            missing.append(f"goodsmith {name}")
        options = [option for param in command.params for option in param.opts if option.startswith("--")]
        missing += [f"goodsmith {name} {option}" for option in options if option not in text]
    assert not missing, "docs/reference/ does not name: " + ", ".join(missing)


def test_the_page_of_the_python_interface_names_every_field_and_method():
    import dataclasses

    from goodsmith import Request, Run

    request, run = (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8").split("<!-- run:")
    fields = {field.name for field in dataclasses.fields(Request)}
    listed = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", request.partition("<!-- request:")[2], re.MULTILINE)
    assert {name for names in listed for name in re.findall(r"`(\w+)`", names)} == fields
    public = {name for name in vars(Run) if not name.startswith("_") and name not in {"settings", "home"}}
    assert public <= {*re.findall(r"`(\w+)(?:\([^`]*\))?`", run)}


def test_commands_in_the_pages_exist():
    known = {name for name, _ in commands()} | {name.partition(" ")[0] for name, _ in commands()}
    wrong = []
    for page in PAGES:
        for line, language, _, text in blocks(page):
            if language in {"console", "sh", "bash"}:
                used = re.findall(r"(?:^|\s|/)goodsmith ([a-z][a-z-]*)", text)
                wrong += [f"{name_of(page)}:{line}: goodsmith {name}" for name in used if name not in known]
    assert not wrong, "\n".join(wrong)


def test_names_of_the_package_in_the_pages_exist():
    import goodsmith

    wrong = []
    for page in PAGES:
        for found in re.findall(r"\bgoodsmith\.([a-zA-Z_]\w*)", page.read_text(encoding="utf-8")):
            is_module = (SOURCE / f"{found}.py").exists() or (SOURCE / found).is_dir()
            if found != "toml" and not is_module and found not in goodsmith.__all__:
                wrong.append(f"{name_of(page)}: goodsmith.{found}")
    assert not wrong, "\n".join(wrong)


# ---- pages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_between_pages_lead_somewhere(page):
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)\s#]+)", text)
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing, f"{name_of(page)} links to {missing}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_python_in_the_pages_compiles(page):
    for line, language, _, text in blocks(page):
        if language == "python":
            compile(text, f"{name_of(page)}:{line}", "exec")


def test_the_readme_and_the_tutorial_are_run():
    names = {
        name_of(page).partition("/")[0] if "/" not in name_of(page) else str(Path(name_of(page)).parent)
        for page in RUNNABLE
    }
    assert {"README.md", "docs/tutorial"} <= names, f"blocks marked `run` are only in {sorted(names)}"


@pytest.mark.slow
@pytest.mark.parametrize("page", RUNNABLE, ids=name_of)
def test_what_a_page_shows_works(page, tmp_path):
    if (ROOT / "examples").is_dir():
        shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for line, language, words, text in blocks(page):
        if "run" in words:
            place = f"{name_of(page)}:{line}"
            if language == "python":
                said = ran(page, tmp_path, [sys.executable, "-c", text], place)
            else:
                for command, expected in conversation(text):
                    said = ran(page, tmp_path, ["sh", "-c", command], f"{place}: {command}")
                    for wanted in expected:
                        pattern = ".*".join(map(re.escape, re.split("…", wanted.strip())))
                        assert re.search(pattern, said), f"{place}: {command}\nshows {wanted!r}, but printed:\n{said}"


def conversation(text):
    """[(command, lines shown below it)]; a command goes on after a backslash."""
    turns = []
    for line in text.replace("\\\n", " ").splitlines():
        if line.startswith("$ "):
            turns.append((line[2:], []))
        elif turns and line.strip() and line.strip() != "…":
            turns[-1][1].append(line)
    return turns


def ran(page, folder, command, place):
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GOODSMITH_HOME": str(folder / ".goodsmith"),
        "GOODSMITH_LANGUAGE": "zh" if page.name.endswith(".zh.md") else "en",
        "COLUMNS": "200",
    }
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, f"{place} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr
