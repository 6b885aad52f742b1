"""Write constraints.txt: the versions that the tests ran with, taken from .venv. Names and versions only."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [
        *project["project"]["dependencies"],
        *(line for extra in project["project"]["optional-dependencies"].values() for line in extra),
        *project["dependency-groups"]["dev"],
    ]
    pinned = {canonicalize_name(found.name): found.version for found in reachable(wanted)}
    lines = [f"{name}=={version}" for name, version in sorted(pinned.items())]
    head = "# The versions that `make test` ran with; made by scripts/pin.py. Lower bounds stand in pyproject.toml.\n"
    (ROOT / "constraints.txt").write_text(head + "\n".join(lines) + "\n", "utf-8")


def reachable(requirements: list[str]) -> Iterator[Distribution]:
    """The installed distributions that these requirements lead to; whatever else lies in .venv is left out."""
    here = {canonicalize_name(found.name) for found in distributions()}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [(line, frozenset[str]()) for line in requirements]
    while waiting:
        line, extras = waiting.pop()
        requirement = Requirement(line)
        environments = [{"extra": extra} for extra in extras] or [{"extra": ""}]
        if requirement.marker and not any(requirement.marker.evaluate(given) for given in environments):
            continue
        name = canonicalize_name(requirement.name)
        key = (name, frozenset(requirement.extras))
        if key in seen or name not in here:
            continue
        seen.add(key)
        found = distribution(name)
        yield found
        waiting += [
            (again, frozenset(requirement.extras)) for again in found.requires or () if not re.match(r"\s*$", again)
        ]


if __name__ == "__main__":
    main()
