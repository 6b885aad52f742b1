"""The name of a style out of the names of its variants: what is left without the words that tell variants apart."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Sequence

from goodsmith.catalog.families.words import VARIANT_WORDS

MAX_NAME = 300  # characters; what is longer is no name
_EMPTY_BRACKETS = re.compile(r"[(（\[【<]\s*[)）\]】>]")
_LOOSE = re.compile(r"\s*[-–—/|,，、·+]+\s*(?=$|[-–—/|,，、·+)）\]】])|^[-–—/|,，、·+\s]+")
_CODE = re.compile(r"(?=.*[0-9_/-])[A-Za-z0-9._/-]+")
_TOKEN = re.compile(r"[^\W\d_]+|[0-9]+(?:\.[0-9]+)?|\s+|[^\w\s]|_")


def without_variant_words(name: str, values: Collection[str] = ()) -> str:
    """The name without sizes, amounts, colours, and without `values`: those of its row's own axes."""
    for value in sorted((value.strip() for value in values), key=len, reverse=True):
        if value and (len(value) > 1 or not value.isascii()):
            name = re.sub(rf"(?<![A-Za-z0-9]){re.escape(value)}(?![A-Za-z0-9])", " ", name, flags=re.IGNORECASE)
    return _tidy(VARIANT_WORDS.sub(" ", name))


def common_name(names: Sequence[str], values: Sequence[Collection[str]] = ()) -> str:
    """What the names of all variants say, "" where that is too little to be a name.

    values: for each name the values of its row's axes. Whatever is left stands in every one of the names, so it can
    say nothing of one variant alone.
    """
    if any(_CODE.fullmatch(name.strip()) for name in names):
        return ""
    own = values or [()] * len(names)
    bare = {without_variant_words(name, mine) for name, mine in zip(names, own, strict=True)}
    if len(bare) == 1:
        left = bare.pop()
    else:
        left = _shared(sorted({*names}))
        if len(left) * 2 < min(map(len, names)):  # chance makes names begin alike
            return ""
    said = len(left) > 1 and all(word in name for name in names for word in left.split())
    return left if said else ""


def _shared(names: Sequence[str]) -> str:
    """What all names begin with and end with, in whole words."""
    tokens = [_TOKEN.findall(name) for name in names]
    first = _beginning(tokens)
    last = _beginning([one[: len(first) - len(one) - 1 : -1] if len(one) > len(first) else [] for one in tokens])[::-1]
    return _tidy("".join(first) + " " + "".join(last))


def _beginning(tokens: Sequence[Sequence[str]]) -> list[str]:
    """The tokens that all lists begin with."""
    return [same[0] for same in itertools.takewhile(lambda same: len({*same}) == 1, zip(*tokens, strict=False))]


def _tidy(name: str) -> str:
    while (shorter := _LOOSE.sub("", _EMPTY_BRACKETS.sub(" ", name)).strip()) != name:
        name = shorter
    return re.sub(r"\s+", " ", name)
