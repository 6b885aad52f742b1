"""The version of a recipe: the hash of what it says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def version_of(value: Mapping[str, Any]) -> str:
    """12 hex digits of what the recipe says: comments, quotes, indents and the order of keys do not count.

    The order of fields and outputs counts, since a model reads them in that order. Tests and keywords do not: they make
    nothing.
    """
    made_of = {key: inner for key, inner in value.items() if key not in {"tests", "keywords"}}
    plain = json.dumps(_normal(made_of), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _normal(value: Any, key: str = "") -> Any:
    if isinstance(value, Mapping):
        pairs = [[name, _normal(inner, name)] for name, inner in value.items()]
        return pairs if key in {"fields", "output"} else sorted(pairs, key=lambda pair: str(pair[0]))
    if isinstance(value, list):
        return [_normal({"say": item} if key == "requirements" and isinstance(item, str) else item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
