"""Reads the facts of one text in one language: measures, counts, names with digits, dates, sizes, claims in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final

from goodsmith.checks.facts.reading.claims import Claim, claims_in
from goodsmith.checks.facts.reading.codes import Code, codes_in
from goodsmith.checks.facts.reading.contents import Content, Name, contents_in, names_in
from goodsmith.checks.facts.reading.dates import Day, dates_in
from goodsmith.checks.facts.reading.folding import fold, lower
from goodsmith.checks.facts.reading.lexicon import lexicon
from goodsmith.checks.facts.reading.measures import Measure, measures_in
from goodsmith.checks.facts.reading.numbers import numbers_in
from goodsmith.checks.facts.reading.sizes import Size, sizes_in

MAX_CHARS: Final = 5_000  # of a text or a cell that are read; what stands behind is said to be unread
MAX_FACTS: Final = 100  # of a sort in one text; more is no copy, and is said to be unread
_DIGIT: Final = re.compile("[0-9]")
_HAN_LANGUAGES: Final = frozenset({"zh", "ja"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The facts of a text, each list in the order of the text."""

    text: str  # folded
    small: str
    language: str
    measures: tuple[Measure, ...] = ()
    codes: tuple[Code, ...] = ()
    dates: tuple[Day, ...] = ()
    sizes: tuple[Size, ...] = ()
    claims: tuple[Claim, ...] = ()
    contents: tuple[Content, ...] = ()
    names: tuple[Name, ...] = ()
    cut: bool = False  # not all of it was read


@lru_cache(maxsize=4_096)
def read(text: str, language: str, *, decimal: str | None = None, lenient: bool = False) -> Reading:
    """The facts of a text. language: its code, such as `zh`.

    decimal: the sign that parts whole numbers from fractions, None for the language's own, "" if it is not known.
    lenient: capitals do not matter, as in source cells.
    """
    cut = len(text) > MAX_CHARS
    folded = fold(text[:MAX_CHARS])
    small = lower(folded)
    words = lexicon(language)
    signs = words.signs(small)
    own = str(words.facts.get("decimal", ".")) if decimal is None else decimal
    numbers = numbers_in(folded, signs, language, own, han=language in _HAN_LANGUAGES)
    codes = codes_in(folded) if _DIGIT.search(folded) else []
    dates = dates_in(folded, small, language) if numbers else []
    mentions = words.mentions(folded, small, lenient=lenient)
    cut = cut or max(len(numbers), len(codes), len(dates), len(mentions)) > MAX_FACTS
    numbers, codes, dates, mentions = numbers[:MAX_FACTS], codes[:MAX_FACTS], dates[:MAX_FACTS], mentions[:MAX_FACTS]
    taken = [(code.start, code.end) for code in codes] + [(day.start, day.end) for day in dates]
    free = [number for number in numbers if not any(start <= number.start < end for start, end in taken)]
    claims = claims_in(folded, small, mentions, signs, words)
    taken += [(claim.start, claim.end) for claim in claims]
    measures = measures_in(folded, small, free, signs, words)
    names = () if lenient else names_in(folded, language, taken + [(each.start, each.end) for each in measures])
    return Reading(
        text=folded,
        small=small,
        language=language,
        measures=tuple(measures),
        codes=tuple(codes),
        dates=tuple(dates),
        sizes=tuple(sizes_in(folded)[:MAX_FACTS]),
        claims=tuple(claims),
        contents=tuple(contents_in(small, language)[:MAX_FACTS]),
        names=tuple(islice(names, MAX_FACTS)),
        cut=cut,
    )
