"""Reads what the checker knows of the world from its packs: units, words for materials, colours, places, grammar.

A pack is a YAML file; its long lists are tables in a block of text, one line a meaning:

    steel < metal | zh 钢, 钢材 | en steel | de Stahl
    mm length 0.001 | any mm | zh 毫米 | en millimetre

`?` behind a word: it counts only where the words around it speak of the product; `^`: only in a cell or its name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from goodsmith.errors import PackError

ANY: Final = "any"  # the language of what is written the same in all
WORD_PACKS: Final = (
    "materials",
    "colours",
    "features",
    "claims",
    "certificates",
    "ingredients",
    "attributes",
    "places",
)
_NOTHING: Final = "-"  # the name of words that only look like others


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure: value × factor + offset is the value in the dimension's own unit."""

    name: str
    dimension: str
    factor: float
    offset: float = 0.0

    def base(self, value: float) -> float:
        return value * self.factor + self.offset


@dataclass(frozen=True, slots=True)
class Word:
    """One spelling of a meaning.

    weak: counts only where the words around it speak of the product. source_only: counts in a cell or its name alone.
    """

    text: str
    language: str
    meaning: str
    weak: bool = False
    source_only: bool = False
    made: bool = False  # by rule; a listed word of the same spelling says more


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a word stands for, in no language."""

    name: str
    kind: str
    parents: tuple[str, ...] = ()  # it is a kind of these
    denies: tuple[str, ...] = ()  # and these it is not
    group: str = ""  # of meanings that exclude each other


@dataclass(frozen=True, slots=True, kw_only=True)
class Packs:
    """All packs together."""

    units: Mapping[str, Unit]
    unit_words: Mapping[str, Mapping[str, tuple[str, ...]]]  # language -> spelling -> units
    numerators: Mapping[str, str]  # unit of a rate -> unit of what there is so much of
    meanings: Mapping[str, Meaning]
    words: tuple[Word, ...]
    parts: tuple[Word, ...]  # what is counted
    components: tuple[Word, ...]  # what can be of a material of its own
    roles: tuple[Word, ...]
    role_dimensions: Mapping[str, str]  # what a role is measured in
    languages: Mapping[str, Mapping[str, str]]
    patterns: Mapping[str, Any]  # turns of phrase, as the file has them
    standards: tuple[str, ...]  # beginnings of the numbers of standards
    version: str  # 12 hex digits over all files
    versions: Mapping[str, str]  # pack -> its date
    above: Mapping[str, frozenset[str]]  # meaning -> itself and everything that it is a kind of


@cache
def packs() -> Packs:
    """The shipped packs, read once. Raises PackError with file and line."""
    return _join({name: _read(name) for name in (*WORD_PACKS, "parts", "components", "units", "languages", "patterns")})


def _read(name: str) -> tuple[Mapping[str, Any], str]:
    from ruamel.yaml import YAML  # noqa: PLC0415  20 ms that only the checker pays
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    text = (files(__package__) / "words" / f"{name}.yaml").read_text("utf-8")
    try:
        return YAML(typ="safe", pure=True).load(text), text
    except YAMLError as problem:
        raise PackError(str(problem), file=f"{name}.yaml") from problem


def _join(read: Mapping[str, tuple[Mapping[str, Any], str]]) -> Packs:
    meanings: dict[str, Meaning] = {}
    words: list[Word] = []
    for name in WORD_PACKS:
        data, _ = read[name]
        for line, head, spellings in _table(name, data["words"]):
            meaning = _meaning(name, line, head, data["kind"])
            if meaning.name in meanings and meaning.name != _NOTHING:
                raise PackError(f"{meaning.name} is there twice", file=f"{name}.yaml", line=line)
            meanings[meaning.name] = meaning
            words += spellings
        words += _compounds(data)
    for meaning in meanings.values():
        for other in (*meaning.parents, *meaning.denies):
            if other not in meanings and not other.isupper():
                raise PackError(f"{meaning.name} speaks of {other!r}, which no pack has", file=f"{meaning.kind}")
    units, unit_words = _units(read["units"][0])
    digest = hashlib.sha256("\x00".join(text for _, text in read.values()).encode()).hexdigest()[:12]
    return Packs(
        units=units,
        unit_words=unit_words,
        numerators=dict(pair.split("=") for pair in str(read["units"][0]["numerators"]).split()),
        meanings=meanings,
        above={name: _above(meanings, name) for name in meanings},
        words=tuple(words),
        parts=tuple(word for _, _, each in _table("parts", read["parts"][0]["words"]) for word in each),
        components=tuple(word for _, _, each in _table("components", read["components"][0]["words"]) for word in each),
        roles=tuple(word for _, _, each in _table("languages", read["languages"][0]["roles"]) for word in each),
        role_dimensions={
            role: dimension
            for _, head, _ in _table("languages", read["languages"][0]["roles"])
            for role, dimension in [head.split()]
        },
        languages=read["languages"][0]["languages"],
        patterns=read["patterns"][0],
        standards=tuple(read["certificates"][0]["prefixes"].split()),
        version=digest,
        versions={name: str(data["version"]) for name, (data, _) in read.items()},
    )


def _table(pack: str, text: str) -> Iterator[tuple[int, str, list[Word]]]:
    """Number, head and words of each line of a table."""
    for number, line in enumerate(text.splitlines(), 1):
        head, *cells = (cell.strip() for cell in line.split("|"))
        if not head:
            continue
        name = head.split()[0]
        found: list[Word] = []
        for cell in cells:
            language, _, listed = cell.partition(" ")
            for each in listed.split(","):
                spelling = each.strip()
                if not spelling or not language:
                    raise PackError(f"no words in {cell!r}", file=f"{pack}.yaml", line=number)
                marks = spelling[-1]
                text = spelling.rstrip("?^").strip()
                found.append(Word(text, language, name, weak=marks == "?", source_only=marks == "^"))
        yield number, head, found


def _compounds(data: Mapping[str, Any]) -> Iterator[Word]:
    """Colours that Chinese makes of a thing and a basic colour: 枣红, 墨绿."""
    bases = [pair.split("=") for pair in str(data.get("bases", "")).split()]
    for first in str(data.get("compounds", "")).split():
        for sign, meaning in bases:
            if first != sign:
                yield from (Word(first + sign + more, "zh", meaning, weak=True, made=True) for more in ("", "色"))


def _meaning(pack: str, line: int, head: str, kind: str) -> Meaning:
    name, _, parents = head.partition("<")
    name, _, group = name.partition("=")
    named = [each.strip() for each in parents.split(",") if each.strip()]
    if not name.strip():
        raise PackError(f"no name in {head!r}", file=f"{pack}.yaml", line=line)
    return Meaning(
        name.strip(),
        kind,
        tuple(each for each in named if not each.startswith("!")),
        tuple(each[1:] for each in named if each.startswith("!")),
        group.strip(),
    )


def _units(data: Mapping[str, Any]) -> tuple[dict[str, Unit], dict[str, dict[str, tuple[str, ...]]]]:
    units: dict[str, Unit] = {}
    spelt: dict[str, dict[str, tuple[str, ...]]] = {}
    for number, head, words in _table("units", data["units"]):
        name, dimension, factor, *offset = head.split()
        try:
            units[name] = Unit(name, dimension, float(factor), float(offset[0]) if offset else 0.0)
        except ValueError as problem:
            raise PackError(f"no number in {head!r}", file="units.yaml", line=number) from problem
        for word in words:
            mine = spelt.setdefault(word.language, {})
            mine[word.text] = (*mine.get(word.text, ()), name)
    return units, spelt


def _above(meanings: Mapping[str, Meaning], name: str) -> frozenset[str]:
    meaning = meanings.get(name)
    return frozenset({name}).union(*(_above(meanings, parent) for parent in (meaning.parents if meaning else ())))


def split_words(listed: str | Sequence[str] | None) -> tuple[str, ...]:
    """`a|b` as its words."""
    return tuple(word.strip() for word in str(listed or "").split("|") if word.strip())
