"""Names: with digits (models, standards), of days, of sizes, and words that no one knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from goodsmith.checks.facts.holding.claims import evidence
from goodsmith.checks.facts.holding.sources import Place, Source
from goodsmith.checks.facts.holding.verdicts import Judged, plain_word
from goodsmith.checks.facts.reading.codes import Code, plain
from goodsmith.checks.facts.reading.dates import Day
from goodsmith.checks.facts.reading.sizes import Size
from goodsmith.checks.facts.reading.texts import Reading
from goodsmith.records import FactVerdict


def codes(reading: Reading, source: Source) -> Iterator[Judged]:
    for code in reading.codes:
        yield _code(code, reading, source)


def dates(reading: Reading, source: Source) -> Iterator[Judged]:
    for day in reading.dates:
        yield _date(day, source)


def _code(code: Code, reading: Reading, source: Source) -> Judged:
    kind = "standard" if code.shape == "standard" else "model"
    found = source.codes.get(code.plain)
    if found is None and len(code.plain) >= 3 and _stands_in(code.plain, source.plain):
        found = next(iter(source.codes.values()), Place("", -1, -1))
    if found is None:
        numbers = re.findall(r"\d+(?:\.\d+)?", reading.text[code.start : code.end])
        letters = re.sub(r"[^a-z]", "", code.plain)
        if code.shape == "numbered" and numbers and float(numbers[-1][:15]) in source.numbers:
            rivals = [known for known in source.codes if letters and re.sub(r"[^a-z]", "", known) == letters]
            if not rivals:
                found = source.numbers[float(numbers[-1][:15])]
    if found is not None:
        return Judged(
            kind=kind,
            start=code.start,
            end=code.end,
            verdict=FactVerdict.SUPPORTED,
            place=found if found.field else None,
        )
    rival = _rival(code.plain, source.codes)
    return Judged(
        kind=kind,
        start=code.start,
        end=code.end,
        verdict=FactVerdict.CONTRADICTED if rival else FactVerdict.UNSUPPORTED,
        place=source.codes[rival] if rival else None,
    )


def _stands_in(code: str, text: str) -> bool:
    """Is the code part of the source's letters and digits, whole (not e14 within se145)?"""
    at = text.find(code)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(code) : at + len(code) + 1]
        if not (code[-1].isdigit() and after.isdigit()) and not (code[0].isdigit() and before.isdigit()):
            return True
        at = text.find(code, at + 1)
    return False


def _rival(code: str, known: Iterable[str]) -> str | None:
    letters = re.sub(r"\d", "", code)
    return next((other for other in known if re.sub(r"\d", "", other) == letters or _near(code, other)), None)


def _near(code: str, other: str) -> bool:
    return len(code) == len(other) and sum(a != b for a, b in zip(code, other, strict=True)) <= 2 and len(code) > 3


def _date(day: Day, source: Source) -> Judged:
    for other, place in source.dates:
        if day.agrees(other):
            return Judged(kind="date", start=day.start, end=day.end, verdict=FactVerdict.SUPPORTED, place=place)
    if day.month is None and day.year is not None and float(day.year) in source.numbers:
        return Judged(
            kind="date",
            start=day.start,
            end=day.end,
            verdict=FactVerdict.SUPPORTED,
            place=source.numbers[float(day.year)],
        )
    rival = source.dates[0][1] if source.dates else None
    return Judged(
        kind="date",
        start=day.start,
        end=day.end,
        verdict=FactVerdict.CONTRADICTED if rival else FactVerdict.UNSUPPORTED,
        place=rival,
    )


def sizes(reading: Reading, source: Source) -> Iterator[Judged]:
    known = {(size.low, size.high) for size, _ in source.sizes}
    ends = {end for pair in known for end in pair}
    place: Place | None
    for size in reading.sizes:
        if not source.sizes and not size.sure:
            continue
        if (size.low, size.high) in known or (size.low == size.high and size.low in ends):
            place = next(place for other, place in source.sizes if size.low in {other.low, other.high})
            verdict = FactVerdict.SUPPORTED
        elif size.low == size.high and any(_within(size.low, other) for other, _ in source.sizes):
            place, verdict = source.sizes[0][1], FactVerdict.SUPPORTED
        elif not size.sure:
            continue
        elif len(known) > 1 and {size.low, size.high} <= ends:
            place, verdict = source.sizes[0][1], FactVerdict.SUPPORTED
        else:
            place = source.sizes[0][1] if source.sizes else None
            verdict = FactVerdict.CONTRADICTED if place else FactVerdict.UNSUPPORTED
        yield Judged(kind="size", start=size.start, end=size.end, verdict=verdict, place=place)


_ORDER: Final = ("XXXXS", "XXXS", "XXS", "XS", "S", "M", "L", "XL", "XXL", "XXXL", "XXXXL")


def _within(size: str, known: Size) -> bool:
    if size not in _ORDER or known.low not in _ORDER or known.high not in _ORDER:
        return False
    return _ORDER.index(known.low) <= _ORDER.index(size) <= _ORDER.index(known.high)


def names(reading: Reading, source: Source) -> Iterator[Judged]:
    for name in reading.names:
        low = name.text.lower()
        if plain_word(low) in source.words or low in source.small or plain(low) in source.plain:
            continue
        origins = source.kinds.get("origin", ())
        if origins and reading.language not in {"zh", "ja"} and _IN_PLACE.search(reading.small[: name.start][-24:]):
            said = any(
                claim.meanings[0].kind == "origin" and evidence(claim.meanings[0], source)[0]
                for claim in reading.claims
            )
            if not said:
                yield Judged(
                    kind="origin",
                    start=name.start,
                    end=name.end,
                    verdict=FactVerdict.CONTRADICTED,
                    place=origins[0].place,
                )
                continue
        yield Judged(kind="name", start=name.start, end=name.end, verdict=FactVerdict.UNSUPPORTED, risk=0.5)


_IN_PLACE: Final = re.compile(r"(?:\b(?:in|from|of|aus|de|en)) $")
