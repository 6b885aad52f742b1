"""Is every text in the language that was asked for? By script first, which is free and exact.

Within one script (English or German?) texts of six words and more are judged, if they hold words or accents that give
a language away: a title of names could be anything. Brands, model codes and units count for no language; what cannot
be judged gets no finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from goodsmith.base.locales import parse_locale, script_of
from goodsmith.base.scripts import BLOCKS, HAN, LATIN, blocks_of, count_letters, letters
from goodsmith.checks.languages import other_language
from goodsmith.checks.texts import Place, Text, joined, shown, written
from goodsmith.errors import CheckUnavailable
from goodsmith.records import Draft, Fields, Finding, Locale, OutputSpec, Severity

_SHARES_SCRIPT = {"Latin", "Cyrillic", "Arabic", "Devanagari"}  # scripts of many languages
_WORD = re.compile(rf"[{LATIN}0-9][{LATIN}0-9'’-]*")
_TOKEN = re.compile(r"[^\W\d_][^\W\d_'’]*(?![\w])")
_LOWER_WORD = re.compile(r"[a-z]{3}")
_HAN_RUN = re.compile(f"[{HAN}]+")
_UNITS = frozenset({"mah", "kwh", "khz", "mhz", "ghz", "lbs", "inch", "psi", "rpm", "dpi", "usb", "led", "lcd", "app"})
_WORDS_TO_JUDGE = 6
_FEW_WORDS = 3  # this many Latin words and nothing else are no Chinese title
_HAN_PER_WORD = 2  # a Latin word says what two Chinese characters say
_LETTERS_PER_WORD = 5
_ODD_SHARE = 0.12  # of the Han characters; a traditional text has about 0.3 that no simplified one has
_FOREIGN_SHARE = 0.15
_KANJI_WITHOUT_KANA = 20  # characters; no Japanese sentence is that long without kana
_NAME_LENGTH = 30  # characters; shorter source cells are taken for names

_BLOCKS_ZH = {
    "Latin": "拉丁字母",
    "Han": "汉字",
    "Kana": "日文假名",
    "Hangul": "韩文",
    "Cyrillic": "西里尔字母",
    "Arabic": "阿拉伯字母",
    "Thai": "泰文",
    "Hebrew": "希伯来字母",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Script:
    """What texts in one locale are written with."""

    blocks: tuple[str, ...]
    own: re.Pattern[str]
    odd: re.Pattern[str]  # letters that do not belong: other scripts, and the other orthography of Chinese
    other_han: re.Pattern[str] | None  # of the other orthography alone

    @property
    def latin(self) -> bool:
        return self.blocks == ("Latin",)


class Language:
    """An error for a text in another language, a warning for a few words of another script."""

    name = "language"
    deep = False

    def __call__(
        self, drafts: Sequence[Draft], *, outputs: Mapping[str, OutputSpec], fields: Fields, locale: Locale | None
    ) -> Iterator[Finding]:
        if locale is None:
            return
        script = _script(locale.tag)
        places = _in_locale(drafts, outputs)
        found = list(_by_script(places, joined(drafts, outputs), script, locale, fields))
        yield from found
        if script.blocks[0] in _SHARES_SCRIPT:
            if found:
                judged = {finding.slot for finding in found}
                places = [place for place in places if place[0].slot not in judged]
            yield from _by_words(places, locale)


class LanguageStrict:
    """Judges sentence by sentence, so that one untranslated sentence in a good text is found. Needs the pool."""

    name = "language_strict"
    deep = True

    def __call__(
        self, drafts: Sequence[Draft], *, outputs: Mapping[str, OutputSpec], fields: Fields, locale: Locale | None
    ) -> Iterator[Finding]:
        if locale is None:
            return
        script = _script(locale.tag)
        for place in _in_locale(drafts, outputs):
            for found in re.finditer(r"[^.!?。！？\n]+", place[2]):
                problem = _sentence_problem(found[0], script, locale)
                if problem:
                    yield Text(*place).finding(
                        self.name,
                        Severity.WARNING,
                        f"this sentence is not in {locale.language} but {problem[0]}: {shown(found[0])!r}",
                        f"此句不是{locale.own_name},而是{problem[1]}:“{shown(found[0])}”",
                        start=found.start() + len(found[0]) - len(found[0].lstrip()),
                        end=found.end(),
                    )


def _in_locale(drafts: Sequence[Draft], outputs: Mapping[str, OutputSpec]) -> Sequence[Place]:
    """The texts that must be in the language of the locale."""
    free = {slot for slot, spec in outputs.items() if spec.language != "locale"}
    places = written(drafts, outputs)
    return [place for place in places if place[0].slot not in free] if free else places


@cache
def _script(tag: str) -> _Script:
    blocks = blocks_of(tag)
    if not blocks:
        raise CheckUnavailable(
            f"no way to tell texts in the script {script_of(tag)} of {tag}",
            zh=f"无法判断 {tag} 所用文字 {script_of(tag)} 的文本",
        )
    others = [block for block in BLOCKS if block not in {*blocks, "Latin", "Greek"}]  # Greek letters are units: μ, Ω
    han = _han_of_other_orthography(script_of(tag))
    odd = "".join(BLOCKS[block] for block in others) + han
    return _Script(
        blocks=blocks,
        own=letters(*blocks),
        odd=re.compile(f"[{odd}]+"),
        other_han=re.compile(f"[{han}]") if han else None,
    )


def _han_of_other_orthography(script: str) -> str:
    """The characters that GB 2312 (simplified) has and Big5 (traditional) has not, or the other way round."""
    if script not in {"Hans", "Hant"}:
        return ""
    own, other = ("gb2312", "big5") if script == "Hans" else ("big5", "gb2312")
    han = "".join(map(chr, range(0x4E00, 0xA000)))
    in_own = set(han.encode(own, "ignore").decode(own))
    return "".join(char for char in han.encode(other, "ignore").decode(other) if char not in in_own)


def _by_script(
    places: Sequence[Place], all_texts: str, script: _Script, locale: Locale, fields: Fields
) -> Iterator[Finding]:
    odd = not all_texts.isascii() and script.odd.search(all_texts) is not None
    if script.latin:
        if odd:
            for place in places:
                yield from _foreign_in_latin(Text(*place), script, locale, fields)
        return
    latin = _LOWER_WORD.search(all_texts) is not None
    for place in places:
        if latin or odd or not script.own.search(place[2]) or script.blocks[0] == "Kana":
            yield from _foreign(Text(*place), script, locale, fields, odd=odd)


def _foreign_in_latin(place: Text, script: _Script, locale: Locale, fields: Fields) -> Iterator[Finding]:
    runs = [run for run in script.odd.finditer(place.text) if len(run[0]) > 1]
    if not runs:
        return
    foreign, own = sum(len(run[0]) for run in runs), sum(map(len, script.own.findall(place.text)))
    names = _names(fields)
    first = next((run for run in runs if run[0].casefold() not in names), None)
    if foreign > own:
        yield _wrong(place, locale, count_letters(place.text))
    else:
        run = first or runs[0]
        yield place.finding(
            "language",
            Severity.ERROR if first else Severity.WARNING,  # a name in its own script may be meant
            f"{shown(run[0])!r} is not written in {locale.language}",
            f"“{shown(run[0])}”不是{locale.own_name}",
            start=run.start(),
            end=run.end(),
        )


def _foreign(place: Text, script: _Script, locale: Locale, fields: Fields, *, odd: bool) -> Iterator[Finding]:
    text = place.text
    counts = count_letters(text) if odd else count_letters(text, (*script.blocks, "Latin"))
    own = sum(counts.get(block, 0) for block in script.blocks)
    sign = script.blocks[0]
    if sign == "Kana" and counts.get("Han", 0) >= _KANJI_WITHOUT_KANA and not counts.get("Kana"):
        yield _wrong(place, locale, counts)
        return
    if sign == "Hangul" and counts.get("Han", 0) > own:
        yield _wrong(place, locale, counts)
        return
    foreign = sum(n for block, n in counts.items() if block not in {*script.blocks, "Latin", "Greek"})
    lower, capital = _latin_words(text, fields)
    if own == 0 and foreign < 2:
        if len(lower) + len(capital) >= _FEW_WORDS:
            yield _wrong(place, locale, counts)
        return
    if foreign >= 3 and foreign >= _FOREIGN_SHARE * (own + foreign):
        yield _wrong(place, locale, counts)
        return
    said = own * (1 / _HAN_PER_WORD if sign in {"Han", "Kana", "Hangul"} else 1 / _LETTERS_PER_WORD)
    if len(lower) >= _FEW_WORDS and len(lower) + len(capital) / 2 > said:
        yield _wrong(place, locale, counts)
        return
    if script.other_han:
        strange = script.other_han.findall(text)
        if len(strange) >= 3 and len(strange) > _ODD_SHARE * own:
            en, zh = ("traditional", "繁体字") if script_of(locale.tag) == "Hans" else ("simplified", "简体字")
            some = "、".join(dict.fromkeys(strange[:5]))
            yield place.finding(
                "language",
                Severity.ERROR,
                f"written in {en} characters ({some}), expected {locale.language}",
                f"使用了{zh}({some}),应为{locale.own_name}",
            )
            return
    run = next((run for run in script.odd.finditer(text) if len(run[0]) > 1 and not _HAN_RUN.fullmatch(run[0])), None)
    if run is not None:
        yield place.finding(
            "language",
            Severity.WARNING,
            f"{shown(run[0])!r} is not written in {locale.language}",
            f"“{shown(run[0])}”不是{locale.own_name}",
            start=run.start(),
            end=run.end(),
        )


def _latin_words(text: str, fields: Fields) -> tuple[list[str], list[str]]:
    """Lower-case and capitalised Latin words that are no names, codes or units."""
    names = _names(fields)
    lower, capital = [], []
    for word in _WORD.findall(text):
        if len(word) < 3 or word.lower() in names or word.lower() in _UNITS or any(map(str.isdigit, word)):
            continue
        if word.islower():
            lower.append(word)
        elif word[1:].islower():
            capital.append(word)  # ABC and iPhone are names
    return lower, capital


def _names(fields: Fields) -> frozenset[str]:
    """Words of short source cells: brands, models, colours."""
    names: set[str] = set()
    for value in fields.values():
        if isinstance(value, str) and 0 < len(value) <= _NAME_LENGTH and len(value.split()) <= 3:
            names.add(value.casefold())
            names.update(value.casefold().split())
    return frozenset(names)


def _wrong(place: Text, locale: Locale, counts: Mapping[str, int]) -> Finding:
    main = next(iter(counts), "")
    if main == "Han" and "Kana" in counts:
        main = "Kana"
    return place.finding(
        "language",
        Severity.ERROR,
        f"expected {locale.language}, found {main or 'no'} letters: {shown(place.text)!r}",
        f"应为{locale.own_name},实际为{_BLOCKS_ZH.get(main, main)}:“{shown(place.text)}”",
    )


def _by_words(places: Sequence[Place], locale: Locale) -> Iterator[Finding]:
    """The items of a list are judged together: alone they are too short."""
    texts: dict[str, tuple[Draft, str]] = {}
    for draft, item, text in places:
        before = f"{texts[draft.slot][1]} " if item and draft.slot in texts else ""
        texts[draft.slot] = draft, before + text
    for draft, text in texts.values():
        if text.count(" ") < _WORDS_TO_JUDGE - 1:
            continue
        words = text.lower().split()  # a word with its comma is not recognised; the others suffice
        other = other_language(words, locale.code)
        if other:
            en, zh = _names_of(other)
            yield Text(draft, 0, text).finding(
                "language",
                Severity.ERROR,
                f"expected {locale.language}, found {en}: {shown(text)!r}",
                f"应为{locale.own_name},实际为{zh}:“{shown(text)}”",
            )


def _sentence_problem(sentence: str, script: _Script, locale: Locale) -> tuple[str, str] | None:
    counts = count_letters(sentence)
    total = sum(counts.values())
    if total < 12:  # letters: too few to judge
        return None
    own = sum(counts.get(block, 0) for block in script.blocks)
    if own < total / 4:
        main = next(iter(counts))
        return f"in {main} letters", _BLOCKS_ZH.get(main, main)
    words = _TOKEN.findall(sentence.lower())
    if script.blocks[0] not in _SHARES_SCRIPT or len(words) < 5:
        return None
    other = other_language(words, locale.code, strict=True)
    return _names_of(other) if other else None


@cache
def _names_of(code: str) -> tuple[str, str]:
    """English name and the language's own one."""
    locale = parse_locale(code)
    return locale.language, locale.own_name
