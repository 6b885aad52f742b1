"""Finds the words of many rules in one pass over a text (Aho and Corasick 1975, doi:10.1145/360825.360855)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from goodsmith.checks.packs.folding import Folded, fold


class Words:
    """Words with the rules that they belong to. Words of Latin letters and digits count only as whole words."""

    def __init__(self, lists: Sequence[Sequence[str]]) -> None:
        """lists: the words of each rule; `find` names a rule by its place."""
        owners: dict[str, list[int]] = {}
        for rule, words in enumerate(lists):
            for word in words:
                owners.setdefault(fold(word).text, []).append(rule)
        owners.pop("", None)
        self._owners = list(owners.values())
        self._bounded = [(_joins(word[0]), _joins(word[-1])) for word in owners]
        self._automaton: Any = None
        if owners:
            import ahocorasick_rs  # noqa: PLC0415 - loaded where words are looked for

            self._automaton = ahocorasick_rs.AhoCorasick(list(owners))

    def find(self, folded: Folded) -> Iterator[tuple[int, int, int]]:
        """(rule, start, end) of each word, in the order of their ends; spans of the folded text."""
        if self._automaton is None:
            return
        text = folded.text
        for word, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            before, after = self._bounded[word]
            if before and start and _joins(text[start - 1]):
                continue
            if after and end < len(text) and _joins(text[end]):
                continue
            for rule in self._owners[word]:
                yield rule, start, end


def _joins(letter: str) -> bool:
    return letter.isalnum() and (letter.isascii() or (letter.isalpha() and letter < "\u0600"))
