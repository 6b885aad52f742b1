"""Says the attributes of a product as sentences, in Chinese and in English, and nothing that they do not say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from goodsmith.base.wording import options, phrase

Fact = tuple[str, str]  # name and value, both ready to be said


def in_sentences(facts: Iterable[Fact], code: str) -> str:
    """The facts as sentences of the language: what it is made of, which choices there are, what else.

    A language without sentences here gets `Name: value.` for each.
    """
    listed = list(facts)
    return _chinese(listed) if code == "zh" else _english(listed) if code == "en" else _listed(listed)


def with_facts(facts: Iterable[Fact], more: Iterable[Fact]) -> list[Fact]:
    """The facts and more of them, without those that have no value or whose name or value is there already."""
    listed = list(facts)
    for name, value in more:
        said = phrase(value)
        if said and not any(name.casefold() == known.casefold() or said == told for known, told in listed):
            listed.append((name, said))
    return listed


def _listed(facts: Sequence[Fact]) -> str:
    return " ".join(f"{name}: {value}." for name, value in facts)


# ---- Chinese ------------------------------------------------------------------------------------------------------

_MADE: Final = ("材", "料", "填充", "工艺", "芯", "产地", "成分", "成份", "花材")
_AMOUNT: Final = ("重", "克")
_CHOICE: Final = ("尺寸", "规格", "色", "尺码", "容量", "长度", "高度", "重量", "克重", "口味")


def _chinese(facts: Sequence[Fact]) -> str:
    made, choices, others = [], [], []
    for name, value in facts:
        if any(word in name for word in _MADE) and not any(word in name for word in _AMOUNT):
            made.append(_made_of(name, value))
        elif any(word in name for word in _CHOICE):
            choices.append(_chosen(name, value))
        else:
            others.append(f"{name}：{value}")
    between = "；" if any("方面，" in said for said in choices) else "，"
    ends = ("，".join(made), between.join(choices), "；".join(others))
    return "".join(f"{said}。" for said in ends if said)


def _made_of(name: str, value: str) -> str:
    if name == "产地":
        return f"产自{value}"
    if "工艺" in name:
        return f"采用{value}" if "工艺" in value else f"采用{value}工艺"
    return value if "为" in value else f"{name}为{value}"


def _chosen(name: str, value: str) -> str:
    if "为" in value:
        return f"{name}方面，{value}"
    many = options(value)
    return f"{name}有{'、'.join(many)}可选" if len(many) > 1 else f"{name}为{value}"


# ---- English ------------------------------------------------------------------------------------------------------

_MATERIAL: Final = frozenset({"material", "materials", "fabric", "made of"})
_COLOR: Final = frozenset({"color", "colour", "colors", "colours"})
_ORIGIN: Final = frozenset({"origin", "country of origin", "made in", "country of manufacture"})


def _english(facts: Sequence[Fact]) -> str:
    return " ".join(f"{_english_fact(name, value)}." for name, value in facts)


def _english_fact(name: str, value: str) -> str:
    key = name.casefold()
    if key in _MATERIAL:
        return f"Made of {value}"
    if key in _ORIGIN:
        return f"Made in {value}"
    many = options(value)
    if key in _COLOR and len(many) > 1:
        return f"Comes in {', '.join(many[:-1])} and {many[-1]}"
    return f"{name[:1].upper()}{name[1:]}: {', '.join(many)}"
