"""The words of one language, ready to be found in a text: what things are called, and what surrounds them.

Two searches, each one pass over the text: for meanings (materials, places, features) and for grammar (numbers in
words, negation, roles). Both take the longest word at a place, so that `stainless steel` is not also steel.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from goodsmith.checks.facts.reading.packs import ANY, Meaning, Packs, Word, packs, split_words

CJK: Final = frozenset({"zh", "ja", "ko", "th"})  # written without spaces, and with English words in between
_LETTER: Final = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿĀ-žА-яЁё0-9]")
_HIRAGANA: Final = re.compile("[\u3041-\u309f]+")
_OPEN_KINDS: Final = frozenset({"material", "colour"})  # in German they begin compounds: Edelstahlgehäuse
_OPEN_LETTERS: Final = 4
_SHORT_MARK: Final = 5  # letters; marks such as PP or TÜV are only meant in capitals
_PLACE_WORDS: Final = frozenset({"Turkey", "Chad", "Jordan", "Jersey", "Georgia", "Guinea", "Mali", "Peru", "Niger"})


class Mention(NamedTuple):
    """Words found in a text, and what they can mean. weak: only if the words around them agree."""

    start: int
    end: int
    meanings: tuple[Meaning, ...]
    weak: bool


class Sign(NamedTuple):
    """A word of grammar. kind: number, approximate, below, negate, negate_after, figurative, origin, role, blank."""

    start: int
    end: int
    kind: str
    value: float
    role: str


@dataclass(frozen=True, slots=True)
class _Entry:
    words: tuple[Word, ...]
    meanings: tuple[Meaning, ...]
    open_right: bool
    source_only: bool
    weak: bool
    exact: tuple[str, ...]  # the spelling must be one of these, capitals included; empty: any


class Lexicon:
    """What is known of one language."""

    def __init__(self, language: str, known: Packs) -> None:
        self.language = language
        self.known = known
        self.facts = known.languages.get(language, {})
        self.depth = str(self.facts.get("depth", "numbers"))
        self._entries: list[_Entry] = []
        self._search = AhoCorasick(self._spellings(), matchkind=MatchKind.LeftmostLongest)
        self._components: list[str] = []
        self._component_search = AhoCorasick(self._component_words(), matchkind=MatchKind.LeftmostLongest)
        self._signs: list[list[tuple[str, float, str]]] = []
        self._grammar = AhoCorasick(self._sign_words(), matchkind=MatchKind.LeftmostLongest)
        self.parts = self._parts()
        self.longest_part = max(map(len, self.parts), default=0)
        before, after = self.facts.get("statement_before"), self.facts.get("statement_after")
        self.statement_before = re.compile(before) if before else None
        self.statement_after = re.compile(after) if after else None

    def mentions(self, text: str, small: str, *, lenient: bool = False) -> list[Mention]:
        """What the text mentions, in order. small: the same in small letters. lenient: capitals do not matter."""
        found: list[Mention] = []
        for number, start, end in self._search.find_matches_as_indexes(small):
            entry = self._entries[number]
            if not entry.meanings or not _stands_alone(
                small, start, end, open_right=entry.open_right and text[start].isupper()
            ):
                continue
            if entry.source_only and not lenient:
                continue
            if entry.exact and not lenient and text[start:end] not in entry.exact and not _shouted(text, start, end):
                continue
            weak = entry.weak
            if self.language == "ja" and not _ends_in_kana(small, start, end):
                continue
            found.append(Mention(start, end, entry.meanings, weak))
        return found

    def signs(self, small: str) -> list[Sign]:
        """The words of grammar, in order."""
        return [
            Sign(start, end, *meant)
            for number, start, end in self._grammar.find_matches_as_indexes(small)
            if _stands_alone(small, start, end)
            for meant in self._signs[number]
        ]

    def components(self, small: str) -> list[tuple[int, int, str]]:
        """Start, end and name of the parts of a product that the text names, in order."""
        return [
            (start, end, self._components[number])
            for number, start, end in self._component_search.find_matches_as_indexes(small)
            if _stands_alone(small, start, end)
        ]

    def _component_words(self) -> list[str]:
        found: dict[str, str] = {}
        for word in self.known.components:
            if word.language == self.language:
                found.setdefault(word.text.lower(), word.meaning)
        self._components = list(found.values())
        return list(found)

    def _spellings(self) -> list[str]:
        wanted = {self.language, ANY} | ({"en"} if self.language in CJK else set())
        grouped: dict[str, list[Word]] = {}
        latin = self.language not in CJK and self.language != "en"
        for word in self.known.words:
            if word.language in wanted or (latin and word.language == "en" and self._is_place(word)):
                for spelling in _forms(word, self._kind(word)):
                    grouped.setdefault(spelling, []).append(word)
        for word in _territories(self.language):
            grouped.setdefault(word.text.lower(), []).append(word)
        for words in grouped.values():
            self._entries.append(self._entry(words))
        return list(grouped)

    def _is_place(self, word: Word) -> bool:
        """Names of towns are the same in most languages of Latin letters; words for peoples are not."""
        return word.text[0].isupper() and not word.weak and self._kind(word) == "origin" and len(word.meaning) > 2

    def _entry(self, words: list[Word]) -> _Entry:
        nothing = any(word.meaning == "-" for word in words)
        listed = [word for word in words if word.meaning != "-" and not word.made]
        words = listed or ([] if nothing else [word for word in words if word.made])  # a listed meaning wins
        if not words:
            return _Entry((), (), open_right=False, source_only=False, weak=False, exact=())
        meanings = tuple(dict.fromkeys(self._meaning(word) for word in words))
        exact = tuple(word.text for word in words if _is_exact(word, self._kind(word)))
        kind = meanings[0].kind
        return _Entry(
            tuple(words),
            meanings,
            open_right=self.language == "de" and kind in _OPEN_KINDS and len(words[0].text) >= _OPEN_LETTERS,
            source_only=all(word.source_only for word in words),
            weak=all(word.weak or _is_one_han(word.text) for word in words),
            exact=exact if len(exact) == len(words) else (),
        )

    def _kind(self, word: Word) -> str:
        return self._meaning(word).kind

    def _meaning(self, word: Word) -> Meaning:
        return self.known.meanings.get(word.meaning) or Meaning(word.meaning, "origin")

    def _sign_words(self) -> list[str]:
        found: dict[str, list[tuple[str, float, str]]] = {}
        for role in self.known.roles:
            if role.language == self.language:
                found.setdefault(role.text.lower(), []).append(("role", 0.0, role.meaning))
        for kind in ("origin", "figurative", "below", "approximate", "negate_after", "negate"):
            for text in split_words(self.facts.get(kind)):
                found.setdefault(text.lower(), []).append((kind, 0.0, ""))
        for text in split_words(self.facts.get("not_negation")):
            found.setdefault(text.lower(), [("blank", 0.0, "")])
        for text, value in _number_words(self.facts):
            found.setdefault(text.lower(), [("number", value, "")])
        self._signs = list(found.values())
        return list(found)

    def _parts(self) -> dict[str, tuple[str, bool]]:
        """Spelling -> meaning of what is counted, and whether it counts anything (个)."""
        wanted = {self.language} | ({"en"} if self.language in CJK else set())
        found: dict[str, tuple[str, bool]] = {}
        for word in self.known.parts:
            if word.language in wanted:
                text, general = word.text.rstrip("*").lower(), word.text.endswith("*")
                known = found.get(text)
                names = f"{known[0]} {word.meaning}" if known else word.meaning
                found[text] = (names, general and (known is None or known[1]))
        return found


@cache
def lexicon(language: str) -> Lexicon:
    """The words of a language, gathered once: about 50 ms."""
    return Lexicon(language, packs())


def _stands_alone(text: str, start: int, end: int, *, open_right: bool = False) -> bool:
    """Is it a word of its own, not the middle of another one? Signs of scripts without spaces always are."""
    if start and _LETTER.match(text[start]) and _LETTER.match(text[start - 1]):
        return False
    return open_right or not (end < len(text) and _LETTER.match(text[end - 1]) and _LETTER.match(text[end]))


def _is_one_han(text: str) -> bool:
    """竹 and 青 stand in many other words."""
    return len(text) == 1 and "\u4e00" <= text <= "\u9fff"


def _ends_in_kana(small: str, start: int, end: int) -> bool:
    """Is a word of hiragana a word of its own? かに is none in 静かに."""
    if not _HIRAGANA.fullmatch(small[start:end]):
        return True
    before, after = small[start - 1 : start], small[end : end + 1]
    return (
        not _HIRAGANA.match(before)
        and not _is_one_han(before)
        and (not _HIRAGANA.match(after) or after in "のをはがにでとも")
    )


def _shouted(text: str, start: int, end: int) -> bool:
    """Are all letters around capitals, so that capitals say nothing?"""
    around = text[max(0, start - 20) : end + 20]
    return text[start:end].isupper() and around.isupper() and len(around) > end - start + 6


def _is_exact(word: Word, kind: str) -> bool:
    if word.text.isupper() and word.text.isascii():
        return len(word.text) <= _SHORT_MARK
    return kind == "origin" and word.text[0].isupper()


def _forms(word: Word, kind: str) -> Iterator[str]:
    """The spellings of a word in small letters, with the endings that its language gives it."""
    small = word.text.lower()
    yield small
    if word.meaning == "-" or not small[-1].isalpha() or len(small) < 3:
        return
    if word.language == "en":
        if " " in small:
            yield small.replace(" ", "-")
        if not small.endswith("s"):
            yield f"{small}s"
    elif word.language == "de" and word.text[0].islower() and kind in {"colour", "origin", "claim", "feature"}:
        stem = small.removesuffix("e")
        yield from (stem + ending for ending in ("e", "er", "es", "en", "em"))
    elif word.language == "es" and " " not in small and not (word.weak and len(small) < 6):
        if small.endswith("o"):
            yield from (small[:-1] + ending for ending in ("a", "os", "as"))
        elif not small.endswith("s"):
            yield small + ("s" if small[-1] in "aeiouáéíóú" else "es")


def _number_words(facts: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    ones = facts.get("ones", "").split()
    for value, word in enumerate(ones):
        yield word, float(value)
    for number, tens in enumerate(facts.get("tens", "").split(), 2):
        yield tens, 10.0 * number
        for value in range(1, 10):
            for form in split_words(facts.get("tens_form")):
                yield form.format(tens=tens, ones=ones[value]), 10.0 * number + value
    for pair in split_words(facts.get("words")):
        said, _, worth = pair.rpartition("=")
        yield said, float(worth)
    for name, amount in (("hundred", 100.0), ("thousand", 1000.0)):
        if name in facts:
            yield facts[name], amount


@cache
def _territories(language: str) -> tuple[Word, ...]:
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415  heavy

    try:
        names = Locale.parse(language).territories
    except (UnknownLocaleError, ValueError):
        return ()
    return tuple(
        Word(name, language, code, weak=name in _PLACE_WORDS)
        for code, name in names.items()
        if len(code) == 2 and code.isalpha() and len(name) > 1 and name != code
    )
