"""The stencil: a recipe's own sentences, filled from the row when no model is asked, and kept within the limits."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from goodsmith.base.lengths import cut, length
from goodsmith.base.liquid import Template, number
from goodsmith.base.liquid.values import FALSE_TEXTS, TRUE_TEXTS
from goodsmith.prompts.tidying import tidy
from goodsmith.records import OutputSpec, Value

Sentences = Template | tuple[Template, ...]  # one template, or one for each item of a list
_LEFT_HANGING = re.compile(  # small words that a cut leaves at the end: Cordless Phone with
    r"(?:\s+(?:with|without|and|or|for|of|in|on|to|by|from|the|a|an|&|-|–|x|/))+$", re.IGNORECASE
)
_BULLET = re.compile(r"^\s{0,40}[-*•·●▪◦‣]\s{1,4}")


def filled(
    sentences: Sentences | None, output: OutputSpec, values: Mapping[str, Any], shared: dict[Any, Any] | None = None
) -> Value:
    """The slot's value; None if there is no sentence for it or nothing is left of it.

    shared: see `Template.render`; one dict for all slots of a row.
    """
    if sentences is None:
        return None
    if output.type == "list":
        return _items(sentences, output, values, shared)
    assert isinstance(sentences, Template)
    said = sentences.render(values, shared)
    return _TYPES[output.type](said, output)


def _text(said: str, output: OutputSpec) -> str | None:
    return _within(tidy(said), output) or None


def _within(said: str, output: OutputSpec) -> str:
    if output.max is None or (said.isascii() and len(said) <= output.max):
        return said
    if length(said, output.unit) <= output.max:
        return said
    return tidy(_LEFT_HANGING.sub("", cut(said, output.max, output.unit)))


def _items(
    sentences: Sentences, output: OutputSpec, values: Mapping[str, Any], shared: dict[Any, Any] | None
) -> tuple[str, ...] | None:
    if isinstance(sentences, tuple):
        lines: Sequence[str] = [" ".join(sentence.render(values, shared).split()) for sentence in sentences]
    else:
        lines = sentences.render(values, shared).splitlines()
    seen: dict[str, str] = {}
    for line in lines:
        item = line.strip()
        if not item:
            continue
        item = _within(tidy(_BULLET.sub("", item)), output)
        if item:
            seen.setdefault(item.casefold(), item)
    items = tuple(seen.values())
    return items[: output.max_items] or None


def _number(said: str, output: OutputSpec) -> float | None:
    found = number(said)
    return None if found is None else float(found)


def _integer(said: str, output: OutputSpec) -> int | None:
    found = number(said)
    return int(found) if found is not None and found == int(found) else None


def _boolean(said: str, output: OutputSpec) -> bool | None:
    word = said.strip()
    return True if word in TRUE_TEXTS else False if word in FALSE_TEXTS else None


def _choice(said: str, output: OutputSpec) -> str | None:
    word = said.strip()
    if word in output.choices:
        return word
    return next((choice for choice in output.choices if choice.casefold() == word.casefold()), None)


_TYPES: Mapping[str, Callable[[str, OutputSpec], Value]] = {
    "text": _text,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "choice": _choice,
}
