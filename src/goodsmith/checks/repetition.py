"""Does a text say the same thing twice: sentences, phrases, words in a loop, list items that are nearly equal?

Told by windows: any passage of two windows' length that comes again holds a whole window at a multiple of its size,
so a few dozen searches are enough, and only a text with a hit is looked at closely.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import combinations

from goodsmith.base.scripts import HAN
from goodsmith.checks.texts import Place, Text, shown, written
from goodsmith.records import Draft, Fields, Finding, Locale, OutputSpec, Severity

_READ = 4_000  # characters of a text that are compared with themselves
_ITEMS = 40  # list items that are compared with each other
_TITLE = 120  # characters; in a longer text a word may come four times
_SHORTEST = 4  # characters that can hold a repetition
_DENSE_WINDOW, _WINDOW = 8, 20  # characters: Chinese and Japanese say in 8 what takes 20 in letters
_ITEM_READ = 400  # characters of an item
_SHARED_LETTERS = 0.7  # of the different letters of two items; fewer cannot be nearly equal
_SHORTEST_ITEM = 8
_NEAR_LENGTH = 0.7
_SENTENCES = re.compile(r"[。！？!?；;\n]+|\.(?=\s|$)")
_SHORTEST_SENTENCE = 6  # characters without blanks; shorter ones may well come again
_NEARLY_EQUAL = 0.88  # share of equal characters, in order
_LOOP = re.compile(r"((?:\w[\w'’-]{0,30}[ ,，、]{0,3}){1,4}?)(?:\1){3,}")
_DENSE_LOOP = re.compile(rf"([{HAN}]{{1,8}}?[，、,]?)\1{{3,}}")
_DENSE = re.compile(r"[\u3041-\u30ff\u3400-\u9fff]")
_WORDS_IN_LOOP = 4
_SMALL_WORDS = frozenset({"the", "a", "of", "and", "for", "in", "x", "de", "la", "le", "y", "e", "und", "der", "die"})


class Repetition:
    """Errors, with the second occurrence as span; long phrases and items that are nearly equal are warnings."""

    name = "repetition"
    deep = False

    def __call__(
        self, drafts: Sequence[Draft], *, outputs: Mapping[str, OutputSpec], fields: Fields, locale: Locale | None
    ) -> Iterator[Finding]:
        lists: dict[str, list[Place]] = {}
        for place in written(drafts, outputs):
            draft, item, text = place
            if item:
                lists.setdefault(draft.slot, []).append(place)
            if len(text) >= _SHORTEST:
                found = _within(place)
                if found is not None:
                    yield found
        for places in lists.values():
            yield from _between(places[:_ITEMS])


def _within(place: Place) -> Finding | None:
    text = place[2][:_READ]
    dense = not text.isascii() and _DENSE.search(text) is not None
    window = _DENSE_WINDOW if dense else _WINDOW
    if len(text) <= _TITLE:
        found = _short_loop(place, text, dense=dense)
        if found is not None or len(text) < 2 * window:
            return found
    find = text.find
    for start in range(0, len(text) - window, window):
        if find(text[start : start + window], start + 1) >= 0:
            told = Text(*place)
            return _loop(told, text, dense=dense) or _sentence(told, text) or _phrase(told, text, window)
    return None


def _short_loop(place: Place, text: str, *, dense: bool) -> Finding | None:
    """In a title: 杯杯杯杯, or one word four times."""
    if dense:
        return _loop(Text(*place), text, dense=True) if len(set(text)) * 2 <= len(text) else None
    words = text.casefold().split()
    if len(words) < _WORDS_IN_LOOP or len(set(words)) + _WORDS_IN_LOOP - 1 > len(words):
        return None
    word, times = Counter(word.strip(",.;:!") for word in words).most_common(1)[0]
    if times < _WORDS_IN_LOOP or not any(map(str.isalpha, word)) or word in _SMALL_WORDS:
        return None
    return Text(*place).finding(
        "repetition",
        Severity.ERROR,
        f"the word {shown(word)!r} comes {times} times",
        f"“{shown(word)}”出现了 {times} 次",
    )


def _loop(place: Text, text: str, *, dense: bool) -> Finding | None:
    found = (_DENSE_LOOP if dense else _LOOP).search(text)
    if found is None or not any(map(str.isalpha, found[1])):
        return None
    times = len(found[0]) // len(found[1])
    said = found[1].strip(" ,，、")
    return place.finding(
        "repetition",
        Severity.ERROR,
        f"{shown(said)!r} comes {times} times in a row",
        f"“{shown(said)}”连续出现了 {times} 次",
        start=found.start() + len(found[1]),
        end=found.end(),
    )


def _sentence(place: Text, text: str) -> Finding | None:
    """The first sentence that stands there again."""
    seen: set[str] = set()
    start = 0
    for stop in [*_SENTENCES.finditer(text), None]:
        end = stop.start() if stop else len(text)
        sentence = text[start:end]
        said = "".join(filter(str.isalnum, sentence)).casefold()
        if len(said) >= _SHORTEST_SENTENCE:
            if said in seen:
                lead = len(sentence) - len(sentence.lstrip())
                return place.finding(
                    "repetition",
                    Severity.ERROR,
                    f"the sentence {shown(sentence)!r} stands there twice",
                    f"句子“{shown(sentence)}”重复出现",
                    start=start + lead,
                    end=end,
                )
            seen.add(said)
        start = stop.end() if stop else end
    return None


def _phrase(place: Text, text: str, window: int) -> Finding | None:
    """The longest passage that comes again, if it is longer than a product's name usually is."""
    best_start = best_size = 0
    step_start = 0
    while step_start < len(text) - window:
        again = text.find(text[step_start : step_start + window], step_start + 1)
        if again < 0:
            step_start += window
            continue
        size = window
        while again + size < len(text) and step_start + size < again and text[step_start + size] == text[again + size]:
            size += 1
        lead = 0
        while (
            lead < step_start
            and text[step_start - lead - 1] == text[again - lead - 1]
            and again - lead - 1 > step_start
        ):
            lead += 1
        if size + lead > best_size:
            best_start, best_size = again - lead, size + lead
        step_start += size
    passage = text[best_start : best_start + best_size]
    if best_size < 2 * window:
        return None
    return place.finding(
        "repetition",
        Severity.WARNING,
        f"the passage {shown(passage)!r} stands there twice",
        f"“{shown(passage)}”重复出现",
        start=best_start,
        end=best_start + best_size,
    )


def _between(places: Sequence[Place]) -> Iterator[Finding]:
    """Items that say the same: the later one is named."""
    letters = [set(text[:_ITEM_READ].casefold()) for _, _, text in places]
    reported: set[int] = set()
    for first, second in combinations(range(len(places)), 2):
        one, two = letters[first], letters[second]
        needed = _SHARED_LETTERS * max(len(one), len(two))
        if min(len(one), len(two)) < needed or len(one & two) < needed or second in reported:
            continue
        said_one, said_two = _plain(places[first][2]), _plain(places[second][2])
        if not said_one:
            continue
        if said_one == said_two:
            severity, en, zh = Severity.ERROR, "the same as", "相同"
        elif _are_near(said_one, said_two):
            severity, en, zh = Severity.WARNING, "nearly the same as", "几乎相同"
        else:
            continue
        reported.add(second)
        yield Text(*places[second]).finding(
            "repetition", severity, f"{en} item {places[first][1]}", f"与第 {places[first][1]} 条{zh}"
        )


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text[:_ITEM_READ])).casefold()


def _are_near(one: str, two: str) -> bool:
    shorter, longer = sorted((len(one), len(two)))
    if shorter < _SHORTEST_ITEM or shorter < _NEAR_LENGTH * longer:
        return False
    if "".join(filter(str.isdigit, one)) != "".join(filter(str.isdigit, two)):
        return False  # 500ml and 750ml: the number is what differs
    matcher = SequenceMatcher(None, one, two, autojunk=False)
    return matcher.quick_ratio() >= _NEARLY_EQUAL and matcher.ratio() >= _NEARLY_EQUAL
