"""The files of the project: nothing of the machine that made them, all of them readable, one way to test."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
# Written in halves, so that this file may be searched too.
FORBIDDEN = {
    "a path of the machine": r"/" + r"work/|/" + r"root/|/home/(?!user\b|me\b|you\b)[a-z]|[A-Z]:\\Us" + r"ers\\",
    "a package registry": r"pypi" + r"\.org|pythonhosted" + r"\.org|/simple" + r"/|mirrors\.[a-z]+\.(?:com|cn|edu)",
    "the workplace": r"\.\./sha" + r"red|\bissue" + r" #?\d",
}
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".json", ".txt", ".c", ".sh", ".cfg", ".ini", ""}


def project_files():
    """Tracked files and those that are about to be."""
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(asked, cwd=ROOT, capture_output=True, check=False)
    if found.returncode == 0:
        paths = [ROOT / name for name in found.stdout.decode().split("\0") if name]
    else:  # an unpacked archive
        paths = [path for path in ROOT.rglob("*") if ".venv" not in path.parts]
    return sorted(path for path in paths if path.is_file())


FILES = project_files()


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_tells_of_the_machine_that_made_it(what):
    found = []
    for path in FILES:
        if path.suffix in TEXT and path.stat().st_size < 2_000_000:
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if re.search(FORBIDDEN[what], line):
                    found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not found, f"{what} does not belong here:\n" + "\n".join(found)


def test_every_shipped_yaml_json_and_toml_file_can_be_read():
    yaml = YAML(typ="safe")
    wrong = []
    for path in FILES:
        try:
            text = (
                path.read_text(encoding="utf-8") if path.suffix in {".yaml", ".yml", ".json", ".jsonl", ".toml"} else ""
            )
            if path.suffix in {".yaml", ".yml"}:
                list(yaml.load_all(text))
            elif path.suffix == ".json":
                json.loads(text)
            elif path.suffix == ".jsonl":
                [json.loads(line) for line in text.splitlines()]
            elif path.suffix == ".toml":
                tomllib.loads(text)
        except Exception as error:  # noqa: BLE001  each parser has its own
            wrong.append(f"{path.relative_to(ROOT)}: {error}")
    assert not wrong, "\n".join(wrong)


def test_no_file_is_large():
    large = [f"{path.relative_to(ROOT)} {path.stat().st_size:,}" for path in FILES if path.stat().st_size > 1_000_000]
    assert not large, f"over 1 MB: {large}"


def test_no_merge_was_left_half_done():
    marks = re.compile(rb"^(?:<{7} |>{7} )", re.MULTILINE)
    assert [str(path.relative_to(ROOT)) for path in FILES if marks.search(path.read_bytes())] == []


def test_what_make_makes_is_ignored():
    made = (".venv/x", ".goodsmith/x", "demo-output/x", "dist/x", "bench/build/x", "src/goodsmith/__pycache__/x")
    asked = subprocess.run(["git", "check-ignore", *made], cwd=ROOT, capture_output=True, text=True, check=False)
    assert asked.stdout.split() == list(made)


def test_ci_runs_make_test_and_nothing_else():
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert lines == ["#!/bin/sh", 'cd "$(dirname "$0")/.." && exec make test']
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


def test_every_target_of_make_is_explained():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]\w*):(?!=)", text, re.MULTILINE))
    explained = set(re.findall(r"^([a-z]\w*):.*## \S", text, re.MULTILINE))
    assert targets == explained
    assert {"demo", "test", "lint", "bench", "clean", "help"} <= targets


def test_the_changelog_knows_the_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    heads = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert heads[0] == "Unreleased"
    assert version in heads or version == "0.1.0", f"CHANGELOG.md has {heads}, pyproject.toml has {version}"


def test_the_tested_versions_are_allowed_ones_and_name_no_place():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert all(re.fullmatch(r"#.*|[a-z0-9-]+==[0-9][\w.+!-]*", line) for line in lines)
