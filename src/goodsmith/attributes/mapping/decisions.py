"""What persons decided about a supplier's names, values and categories: remembered per project and supplier."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from goodsmith.base.spelling import plain_name, plain_value
from goodsmith.errors import StoreError
from goodsmith.records import DEFAULT_PROJECT

IGNORED: Final = "-"  # decided: this name is no attribute, this value means nothing
ANY_SUPPLIER: Final = "any"
_FOLDER: Final = "attribute_decisions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """names: plain name -> attribute id. values: attribute id -> plain value -> id of an allowed value, or a text.

    categories: plain text of a category cell, or a product's plain title -> category id. IGNORED stands for nothing.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)

    def with_name(self, name: str, attribute: str) -> Decisions:
        return Decisions(
            names={**self.names, plain_name(name): attribute}, values=self.values, categories=self.categories
        )

    def with_value(self, attribute: str, text: str, meant: str) -> Decisions:
        mine = {**self.values.get(attribute, {}), plain_value(text): meant}
        return Decisions(names=self.names, values={**self.values, attribute: mine}, categories=self.categories)

    def with_category(self, text: str, category: str) -> Decisions:
        return Decisions(
            names=self.names, values=self.values, categories={**self.categories, plain_value(text): category}
        )

    def over(self, general: Decisions) -> Decisions:
        """These decisions, and the general ones where these say nothing."""
        values = {name: {**general.values.get(name, {}), **mine} for name, mine in self.values.items()}
        return Decisions(
            names={**general.names, **self.names},
            values={**general.values, **values},
            categories={**general.categories, **self.categories},
        )


def load_decisions(home: Path, *, schema: str, supplier: str = "", project: str = DEFAULT_PROJECT) -> Decisions:
    """What was decided for a supplier and a schema, and for any supplier where that says nothing."""
    general = _load(_place(home, project, ANY_SUPPLIER, schema))
    return _load(_place(home, project, supplier, schema)).over(general) if supplier else general


def save_decisions(
    home: Path, decisions: Decisions, *, schema: str, supplier: str = "", project: str = DEFAULT_PROJECT
) -> Path:
    """Remember decisions beside those of before; for any supplier where none is named."""
    place = _place(home, project, supplier or ANY_SUPPLIER, schema)
    whole = decisions.over(_load(place))
    text = json.dumps(
        {"names": whole.names, "values": whole.values, "categories": whole.categories}, ensure_ascii=False, indent=1
    )
    place.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=".decisions-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).replace(place)
    return place


def _load(place: Path) -> Decisions:
    try:
        stored: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Decisions()
    except (OSError, ValueError) as error:
        raise StoreError(
            f"{place}: the remembered decisions cannot be read ({error}); move the file away to begin anew",
            zh=f"{place}:无法读取已保存的对应关系({error});移走该文件即可重新开始",
        ) from error
    return Decisions(
        names=stored.get("names", {}), values=stored.get("values", {}), categories=stored.get("categories", {})
    )


def _place(home: Path, project: str, supplier: str, schema: str) -> Path:
    return home / _FOLDER / _safe(project) / _safe(schema) / f"{_safe(supplier)}.json"


def _safe(name: str) -> str:
    """A file name that a supplier's name cannot leave its folder with."""
    return re.sub(r"[^\w-]+", "_", name.strip())[:80] or "_"
