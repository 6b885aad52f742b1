"""Receipts as one text, as parts keep them: a JSON list a fact, without the names of its fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from goodsmith.records import FactVerdict, Receipt

_NAMES: Final = Receipt.__slots__
_SHOWN: Final = {
    FactVerdict.SUPPORTED: ("supported", "有据"),
    FactVerdict.CONVERTED: ("converted", "换算"),
    FactVerdict.CONTRADICTED: ("contradicted", "不符"),
    FactVerdict.UNSUPPORTED: ("unsupported", "无据"),
    FactVerdict.MISSING: ("missing", "缺失"),
}


def pack_receipts(receipts: Iterable[Receipt]) -> str | None:
    """None if there are none."""
    listed = [[getattr(receipt, name) for name in _NAMES] for receipt in receipts]
    return msgspec.json.encode(listed).decode() if listed else None


def unpack_receipts(text: str | None) -> list[Receipt]:
    listed = msgspec.json.decode(text) if text else []
    return [msgspec.convert(dict(zip(_NAMES, each, strict=False)), Receipt) for each in listed]


def summed_up(receipts: Sequence[Receipt], language: str) -> str:
    """`7 supported, 1 contradicted`, in the order of the verdicts."""
    counts = Counter(receipt.verdict for receipt in receipts)
    which = 1 if language.startswith("zh") else 0
    said = (f"{counts[verdict]} {names[which]}" for verdict, names in _SHOWN.items() if counts[verdict])
    return ("，" if which else ", ").join(said)
