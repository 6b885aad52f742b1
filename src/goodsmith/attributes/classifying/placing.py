"""Puts products into a schema's categories: by what their category cell says, by rules of names, by alike products."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from goodsmith.attributes.classifying.alikeness import Described
from goodsmith.attributes.classifying.classifier import OTHER, Classifier, Guess
from goodsmith.attributes.completing.lexicon import Entry, Lexicon
from goodsmith.attributes.mapping.decisions import IGNORED
from goodsmith.attributes.words import places
from goodsmith.base.category_schema import leaves, spellings_of
from goodsmith.base.spelling import plain_name, plain_value
from goodsmith.records import CategorySchema

How = Literal["given", "decided", "only", "asked", "rule", "alike", "unsure"]
THRESHOLD: Final = 0.8  # of confidence; below it a person decides
_RULE: Final = 0.9  # share of products whose title names one category that belong there, before any are known
_RULE_CELLS: Final = 10  # that this counts as
_LEVELS: Final = (">", "/", "›", "»", "|", "\\", "→", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a product belongs. category: "" where it is not sure enough. guesses: the likeliest, the surest first."""

    category: str
    how: How
    confidence: float
    guesses: tuple[Guess, ...] = ()


class Placer:
    """Knows a schema's categories and products that are in them."""

    def __init__(
        self,
        schema: CategorySchema,
        *,
        asked: str = "",
        otherwise: str = "",
        decided: Mapping[str, str] | None = None,
        threshold: float = THRESHOLD,
        known: Callable[[], Sequence[tuple[Described, str]]] = tuple,
    ) -> None:
        """asked: the category of all products. otherwise: of those whose cell names none, without guessing.

        decided: plain category text or plain title -> category id.

        known: gives products and the text of their category cell, asked for when the first product needs a guess. One
        that names none of the schema's categories teaches what belongs to none of them, if others name some.
        """
        self._leaves = leaves(schema)
        self._ids = {category.id for category in schema.categories}
        self._asked, self._otherwise, self._threshold = asked, otherwise, threshold
        self._decided = dict(decided or {})
        self._spelled: dict[str, str] = {}
        for category in schema.categories:
            for spelling in spellings_of(category):
                self._spelled.setdefault(plain_name(spelling), category.id)
        self._texts: dict[str, str] = {}
        self._known = known
        self._classifier: Classifier | None = None
        self._rule = (_RULE * _RULE_CELLS, float(_RULE_CELLS))  # right, all

    def settled(self, title: str, category_text: str) -> Placement | None:
        """The category where it need not be guessed: asked for, decided, given, or the only one."""
        if self._asked:
            return Placement(category=self._asked, how="asked", confidence=1.0)
        decided = self._decided.get(plain_value(title), "")
        if decided and decided != IGNORED:
            return Placement(category=decided, how="decided", confidence=1.0)
        given = self.category_of(category_text)
        if given:
            how: How = "decided" if plain_value(category_text) in self._decided else "given"
            return Placement(category=given, how=how, confidence=1.0)
        if len(self._leaves) == 1:
            return Placement(category=self._leaves[0].id, how="only", confidence=1.0)
        return Placement(category=self._otherwise, how="only", confidence=1.0) if self._otherwise else None

    def guessed(self, product: Described, category_text: str = "") -> Placement:
        """The category by what the title names and by alike products."""
        if self._classifier is None:
            self._classifier = self._learn()
        return self._guess(product, category_text)

    def category_of(self, text: str) -> str:
        """The category that a cell names: as a whole, or its last level of `Home > Bedding > Quilts`; "" if none."""
        if text not in self._texts:
            self._texts[text] = self._named(text)
        return self._texts[text]

    def _learn(self) -> Classifier:
        placed = [(product, self.category_of(text)) for product, text in self._known() if text.strip()]
        if not any(category for _, category in placed):
            placed = []  # a table with categories of its own says nothing about these
        ruled = [(self._by_rule(product.title), category) for product, category in placed if category]
        seen = Counter(rule == category for rule, category in ruled if rule)
        self._rule = (self._rule[0] + seen[True], self._rule[1] + seen[True] + seen[False])
        names = [(category.id, spelling) for category in self._leaves for spelling in spellings_of(category)]
        return Classifier(placed, names=names)

    def _named(self, text: str) -> str:
        if not text.strip():
            return ""
        decided = self._decided.get(plain_value(text), "")
        if decided:
            return decided if decided in self._ids else ""
        whole = self._spelled.get(plain_name(text))
        if whole:
            return whole
        for sign in _LEVELS:
            if sign in text:
                last = text.rsplit(sign, 1)[1]
                if found := self._spelled.get(plain_name(last)):
                    return found
        return ""

    def _guess(self, product: Described, category_text: str) -> Placement:
        ruled = self._by_rule(product.title) or self._by_rule(category_text)
        guesses = self._classifier.guess(product) if self._classifier else ()
        sure = self._rule[0] / self._rule[1]
        if ruled:
            before = next((one for one in guesses if one.category == ruled), None)
            mine = Guess(
                category=ruled,
                confidence=_both(sure, before.confidence if before else 0.0),
                evidence=(product.title, *(before.evidence if before else ())),
            )
            rest = [one for one in guesses if one.category != ruled]
            guesses = tuple(sorted((mine, *rest), key=lambda one: -one.confidence)[:3])
        if not guesses:
            return Placement(category="", how="unsure", confidence=0.0)
        best = guesses[0]
        guesses = tuple(one for one in guesses if one.category != OTHER)
        if best.confidence < self._threshold or best.category == OTHER:
            return Placement(category="", how="unsure", confidence=best.confidence, guesses=guesses)
        return Placement(
            category=best.category,
            how="rule" if best.category == ruled else "alike",
            confidence=best.confidence,
            guesses=guesses,
        )

    def _by_rule(self, title: str) -> str:
        """The one leaf category that a title names; of several the one that is named last, as the noun of the title."""
        low = title.casefold()
        if not low or len(low) != len(title):
            return ""
        hits = self._names_in_titles.hits(low, places(title))
        if not hits:
            return ""
        last = max(hits, key=lambda hit: (hit.end, hit.end - hit.start))
        named = {hit.entry.attribute for hit in hits if hit.end == last.end and hit.start <= last.start}
        return last.entry.attribute if len(named) == 1 else ""

    @cached_property
    def _names_in_titles(self) -> Lexicon:
        return Lexicon(
            Entry(attribute=category.id, spelling=spelling)
            for category in self._leaves
            for spelling in spellings_of(category)
            if spelling != category.id
        )


def _both(rule: float, alike: float) -> float:
    """Two voices for the same category: at least as sure as the surer one."""
    return max(rule, alike, 1 - (1 - rule) * (1 - alike))
