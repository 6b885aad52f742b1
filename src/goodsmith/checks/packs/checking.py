"""Holds the drafts of a product against a pack."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Final

from goodsmith.base.lengths import fitting, length
from goodsmith.checks.packs.folding import Folded, fold, squeeze
from goodsmith.checks.packs.format import Pack, PackRule
from goodsmith.checks.packs.words import Words
from goodsmith.checks.texts import Text
from goodsmith.records import Draft, Fields, Finding, Locale, OutputSpec

LONGEST: Final = 20_000  # letters of a text that are looked at
MOST: Final = 5  # findings of one rule in one text
NAMES: Final = ("brand", "model", "name", "品牌", "型号", "商品名称", "系列")
CATEGORIES: Final = ("category", "类目", "分类", "product_type")
Span = tuple[int, int]


class PackCheck:
    """protocols.Check for one pack. Its name carries the version, so that a changed pack makes drafts stale."""

    deep = False

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.name = f"rules:{pack.name}@{pack.version}"
        ready = [_Ready(rule) for rule in pack.rules]
        self._worded = [rule for rule in ready if rule.rule.kind == "words"]
        self._others = [rule for rule in ready if rule.rule.kind != "words"]
        self._words = Words([one.rule.words for one in self._worded])

    def __call__(
        self, drafts: Sequence[Draft], *, outputs: Mapping[str, OutputSpec], fields: Fields, locale: Locale | None
    ) -> Iterator[Finding]:
        code = locale.code if locale else ""
        category = next((fields[name] for name in CATEGORIES if fields.get(name)), "").casefold()
        seen = [(draft, [_Seen(place) for place in _texts(draft)]) for draft in drafts]
        for draft, texts in seen:
            for text in texts:
                yield from self._forbidden(draft, text, code, category, fields)
        for ready in self._others:
            if ready.is_for(code, category):
                for draft, texts in seen:
                    if texts and ready.is_about(draft.slot):
                        yield from _LOOKS[ready.rule.kind](ready, draft, texts, fields)

    def _forbidden(self, draft: Draft, text: _Seen, code: str, category: str, fields: Fields) -> Iterator[Finding]:
        """Words that must not stand in a text, also split or disguised; each place once."""
        found: dict[tuple[int, Span], None] = {}
        squeezed = text.squeezed
        for folded in (text.folded,) if squeezed is None else (text.folded, squeezed):
            for rule, start, end in self._words.find(folded):
                ready = self._worded[rule]
                if (
                    ready.is_for(code, category)
                    and ready.is_about(draft.slot)
                    and not ready.proved(fields)
                    and not ready.allowed(folded, start, end, fields)
                ):
                    found.setdefault((rule, folded.span(start, end, text.place.text)))
        counts: Counter[int] = Counter()
        for rule, (start, end) in found:
            counts[rule] += 1
            if counts[rule] <= MOST:
                yield self._worded[rule].finding(text.place, start=start, end=end)


@dataclass(slots=True)
class _Seen:
    """A text with what rules want of it, worked out once."""

    place: Text
    _folded: Folded | None = None

    @property
    def folded(self) -> Folded:
        if self._folded is None:
            self._folded = fold(self.place.text)
        return self._folded

    @property
    def squeezed(self) -> Folded | None:
        return squeeze(self.folded)


class _Ready:
    """A rule with its expressions compiled."""

    def __init__(self, rule: PackRule) -> None:
        self.rule = rule

    def is_for(self, code: str, category: str) -> bool:
        rule = self.rule
        if rule.languages and code and code not in rule.languages:
            return False
        if rule.categories and not any(word.casefold() in category for word in rule.categories):
            return False
        return not any(word.casefold() in category for word in rule.not_categories)

    def is_about(self, slot: str) -> bool:
        return not self.rule.slots or any(fnmatchcase(slot, name) for name in self.rule.slots)

    @cached_property
    def unless(self) -> Words:
        return Words([self.rule.unless])

    @cached_property
    def wanted(self) -> Words:
        return Words([self.rule.words])

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self.rule.pattern, re.IGNORECASE)

    def allowed(self, folded: Folded, start: int, end: int, fields: Fields) -> bool:
        """Whether a word is one of the exceptions: in an allowed phrase, or part of the product's own names."""
        if self.rule.unless and any(a <= start and end <= b for _, a, b in self.unless.find(folded)):
            return True
        if not self.rule.own_names:
            return False
        word = folded.text[start:end]
        return any(word in fold(fields[name][:500]).text for name in NAMES if fields.get(name))

    def proved(self, fields: Fields) -> bool:
        return bool(self.rule.evidence) and any(fields.get(name, "").strip() for name in self.rule.evidence)

    def finding(self, place: Text, *, start: int = -1, end: int = -1, more: str = "", more_zh: str = "") -> Finding:
        rule = self.rule
        seen = f"“{place.text[start:end][:60]}”: " if 0 <= start < end else ""
        law, law_zh = (f" ({rule.law})", f"({rule.law})") if rule.law else ("", "")
        en, zh = f"{seen}{rule.say}{more}{law}", f"{seen.replace(': ', ':')}{rule.zh}{more_zh}{law_zh}"
        return place.finding(rule.id, rule.severity, en, zh, start=start, end=end)


def _texts(draft: Draft) -> Iterator[Text]:
    if isinstance(draft.value, str) and draft.value:
        yield Text(draft, 0, draft.value[:LONGEST])
    elif isinstance(draft.value, tuple):
        for number, item in enumerate(draft.value, 1):
            if item:
                yield Text(draft, number, item[:LONGEST])


def _pattern(ready: _Ready, _: Draft, texts: Sequence[_Seen], fields: Fields) -> Iterator[Finding]:
    if ready.proved(fields):
        return
    for text in texts:
        folded = text.folded
        for match in ready.pattern.finditer(folded.text):
            if match.end() > match.start() and not ready.allowed(folded, match.start(), match.end(), fields):
                start, end = folded.span(match.start(), match.end(), text.place.text)
                yield ready.finding(text.place, start=start, end=end)
                break


def _length(ready: _Ready, _: Draft, texts: Sequence[_Seen], __: Fields) -> Iterator[Finding]:
    limit = ready.rule.limit
    for text in texts:
        written = text.place.text
        size = length(written, limit.unit)
        if limit.max is not None and size > limit.max:
            cut = fitting(written, limit.max, limit.unit)
            said, said_zh = f" ({size} of {limit.max})", f"({size}/{limit.max})"
            yield ready.finding(text.place, start=cut, end=len(written), more=said, more_zh=said_zh)
        elif limit.min is not None and 0 < size < limit.min:
            yield ready.finding(text.place, more=f" ({size} of {limit.min})", more_zh=f"({size}/{limit.min})")


def _letters(ready: _Ready, _: Draft, texts: Sequence[_Seen], fields: Fields) -> Iterator[Finding]:
    wanted = set(ready.rule.letters)
    for text in texts:
        written = Folded(text.place.text, None)
        for start, letter in enumerate(written.text):
            if letter in wanted and not ready.allowed(written, start, start + 1, fields):
                yield ready.finding(text.place, start=start, end=start + 1)
                break


def _repeat(ready: _Ready, _: Draft, texts: Sequence[_Seen], __: Fields) -> Iterator[Finding]:
    ignored = {word.casefold() for word in ready.rule.unless}
    for text in texts:
        said = Counter(re.findall(r"[^\W\d_]{2,40}", text.folded.text))
        often = [word for word, times in said.items() if times > ready.rule.most and word not in ignored]
        if often:
            listed = ", ".join(often[:3])
            yield ready.finding(text.place, more=f": {listed}", more_zh=f":{listed}")


def _count(ready: _Ready, draft: Draft, _: Sequence[_Seen], __: Fields) -> Iterator[Finding]:
    if isinstance(draft.value, tuple) and len(draft.value) > ready.rule.most:
        size = f" ({len(draft.value)} of {ready.rule.most})"
        yield ready.finding(Text(draft, 0, ""), more=size, more_zh=f"({len(draft.value)}/{ready.rule.most})")


def _shape(ready: _Ready, _: Draft, texts: Sequence[_Seen], __: Fields) -> Iterator[Finding]:
    find = _SHAPES[ready.rule.shape]
    for text in texts:
        span = find(text.place.text)
        if span is not None:
            yield ready.finding(text.place, start=span[0], end=span[1])


def _require(ready: _Ready, draft: Draft, texts: Sequence[_Seen], _: Fields) -> Iterator[Finding]:
    if not any(True for text in texts for _word in ready.wanted.find(text.folded)):
        listed = " / ".join(ready.rule.words[:3])
        yield ready.finding(Text(draft, 0, ""), more=f": {listed}", more_zh=f":{listed}")


def _all_caps(text: str) -> Span | None:
    """Most of its words in capitals; short ones are units and abbreviations."""
    words = [match.span() for match in re.finditer(r"[^\W\d_]{4,60}", text)]
    loud = [span for span in words if text[slice(*span)].isupper()]
    return loud[0] if len(loud) >= 2 and len(loud) * 2 > len(words) else None


def _found(pattern: str) -> Callable[[str], Span | None]:
    compiled = re.compile(pattern, re.IGNORECASE)

    def find(text: str) -> Span | None:
        match = compiled.search(text)
        return None if match is None else match.span()

    return find


_SHAPES: Final[Mapping[str, Callable[[str], Span | None]]] = {
    "all_caps": _all_caps,
    "emoji": _found("[\U0001f300-\U0001faff\u2600-\u27bf\U0001f1e6-\U0001f1ff]"),
    "html": _found(r"</?[a-z][^<>]{0,200}>|&(?:[a-z]{2,8}|#\d{1,6});"),
    "url": _found(r"\b(?:https?://|www\.)[^\s]{3,200}|\b[a-z0-9-]{2,60}\.(?:com|cn|net|org|shop|store)\b"),
    "email": _found(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"),
    "phone": _found(r"(?<!\d)(?:\+?\d{1,3}[ -]?)?(?:1[3-9]\d{9}|\(?\d{3,4}\)?[ -]\d{3,4}[ -]?\d{4})(?!\d)"),
    "price": _found(r"(?:[$€£¥¥]|\b(?:usd|eur|rmb|cny)) ?\d{1,7}(?:[.,]\d{2})?|\d{1,7}(?:\.\d{2})? ?(?:元|美元|块钱)"),
    "invisible": _found("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ue000-\uf8ff\x00-\x08\x0b\x0c\x0e-\x1f]"),
}
_Look = Callable[[_Ready, Draft, Sequence[_Seen], Fields], Iterable[Finding]]
_LOOKS: Final[Mapping[str, _Look]] = {
    "pattern": _pattern,
    "length": _length,
    "letters": _letters,
    "repeat": _repeat,
    "count": _count,
    "shape": _shape,
    "require": _require,
}
