"""Reads an attribute cell, such as `材质:棉; 尺寸:48*74cm` or `{"color": "red"}`, as pairs of name and value.

Sheets join attributes with ; or ； or | or line breaks or commas, and values hold all of these too. A border is seen
only where another name follows at once, written with the same colon as the first: in `外套:帆布：棉；里：麻; 规格:6cm`
the inner labels with their wide colons stay in the value.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

_MAX_CELL_CHARS = 100_000
_COLON = re.compile(r"(?:(?<!\d)|(?!.\d\d))[:：=](?!//)")  # not that of 10:30 or of a web address
_BULLETS = " \t\u3000*·•●▪◦-–—、,，.。【】[]"
_SIZE_LABEL = re.compile(r"[\d.]+\s?[A-Za-z]{0,3}")  # `2P`, `1.5`: the name of a size, not of an attribute
_NAME_KEYS = ("name", "key", "attribute", "attr", "k", "label", "属性", "属性名", "名称")
_VALUE_KEYS = ("value", "v", "val", "text", "values", "值", "属性值")


@lru_cache(maxsize=256)
def pairs(cell: str) -> tuple[tuple[str, str], ...]:
    """Names and values in the order of the cell, each name once (the first wins). Line breaks within values stay.

    A cell without any name gives nothing.
    """
    text = cell.strip()
    if not text or len(text) > _MAX_CELL_CHARS:
        return ()
    if text[0] in "{[" and (found := _from_json(text)) is not None:
        return _once(found)
    first = _COLON.search(text)
    if first is None:
        return ()
    return _once(_from_text(text, first.group()))


def _once(found: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    kept: dict[str, tuple[str, str]] = {}
    for name, value in found:
        shown = name.strip(_BULLETS)
        if shown and value.strip():
            kept.setdefault(shown.casefold(), (shown, value.strip()))
    return tuple(kept.values())


def _from_text(text: str, colon: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    for border in _borders(colon).finditer(text):
        _take(text[at : border.start()], colon, found)
        at = border.end()
    _take(text[at:], colon, found)
    return found


@lru_cache(maxsize=4)
def _borders(colon: str) -> re.Pattern[str]:
    name = r"[^\n:：=;；|｜,，、。！？!?]"
    ahead = rf"(?=\s*(?!\s*[\d.]+\s?[A-Za-z]{{0,3}}\s?{colon}){name}{{1,40}}{colon}(?!//))"
    tight = rf"(?=[^\s\n:：=;；|｜,，、。！？!?/]{{1,20}}{colon}(?!//))"
    return re.compile(rf"[;；|｜\r\n]+{ahead}|\s[/·]\s{tight}|[,，、]\s?{tight}")


def _take(piece: str, colon: str, found: list[tuple[str, str]]) -> None:
    name, sign, value = piece.partition(colon)
    if sign and name.strip() and not _SIZE_LABEL.fullmatch(name.strip()) and len(name) <= 60:
        found.append((name, value.strip().strip(";；|｜")))


def _from_json(text: str) -> list[tuple[str, str]] | None:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(data, dict):
        return [(str(name), _shown(value)) for name, value in data.items()]
    found: list[tuple[str, str]] = []
    for item in data if isinstance(data, list) else ():
        if isinstance(item, dict):
            name = next((item[key] for key in _NAME_KEYS if key in item), None)
            value = next((item[key] for key in _VALUE_KEYS if key in item), None)
            if name is None:
                found += [(str(key), _shown(inner)) for key, inner in item.items()]
            elif value is not None:
                found.append((str(name), _shown(value)))
        elif isinstance(item, str):
            found += _from_text(item, first.group()) if (first := _COLON.search(item)) else []
    return found


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(filter(None, map(_shown, value)))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None or isinstance(value, dict) else str(value)
