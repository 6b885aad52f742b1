"""What a person said about a template, remembered for the next file with the same headings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from goodsmith.catalog.mapping import layout_fingerprint, remember
from goodsmith.records import TemplateWorkbook


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """By heading: which of our columns it takes, or which text in every row. accepted: headings that take any value."""

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    accepted: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.columns or self.constants or self.accepted)


def load_said(home: Path, template: TemplateWorkbook) -> Said:
    """As far as its headings are still there; nothing where nothing was said."""
    try:
        stored = json.loads(_place(home, template).read_text(encoding="utf-8"))
        headings = {column.heading for column in template.columns}
        return Said(
            columns={str(name): str(ours) for name, ours in stored["columns"].items() if name in headings},
            constants={str(name): str(text) for name, text in stored["constants"].items() if name in headings},
            accepted=tuple(str(name) for name in stored["accepted"] if name in headings),
        )
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return Said()


def save_said(home: Path, template: TemplateWorkbook, said: Said) -> None:
    """Remember it beside what was said before; the later word on a heading counts."""
    before = load_said(home, template)
    kept = {name: ours for name, ours in before.columns.items() if name not in said.constants}
    facts = {
        "headings": [column.heading for column in template.columns],
        "columns": {**kept, **said.columns},
        "constants": {
            **{name: text for name, text in before.constants.items() if name not in said.columns},
            **said.constants,
        },
        "accepted": sorted({*before.accepted, *said.accepted}),
    }
    remember(_place(home, template), facts)


def _place(home: Path, template: TemplateWorkbook) -> Path:
    names = [column.name or column.heading for column in template.columns]
    return Path(home) / "templates" / f"{layout_fingerprint(names)}.json"
