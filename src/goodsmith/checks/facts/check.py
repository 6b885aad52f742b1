"""Is every fact of a text in the product's own cells? What a rule can decide withholds the text, the rest is shown.

Closed facts (numbers, counts, materials, colours, sizes, models, dates, places, certificates) that it contradicts or
does not have are blocked, after one repair. Open ones (features, effects, ingredients, what is included, superlatives)
bring a person in, the riskiest first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from goodsmith.checks.facts.holding import CLOSED, Judged, Source, judge, source_of
from goodsmith.checks.facts.holding.sources import language_of
from goodsmith.checks.facts.reading.lexicon import lexicon
from goodsmith.checks.facts.reading.texts import MAX_CHARS, Reading, read
from goodsmith.checks.facts.wording import KINDS, said
from goodsmith.checks.texts import Text, written
from goodsmith.records import Draft, FactVerdict, Fields, Finding, Locale, OutputSpec, Receipt, Severity

NAME: Final = "facts"
_TEMPLATE: Final = "template"  # the maker of what is filled from the cells
_AGAINST: Final = frozenset({FactVerdict.CONTRADICTED, FactVerdict.UNSUPPORTED})


class Facts:
    """Receipts for all facts, and findings for those that the source does not bear out."""

    name = NAME
    deep = True
    templates = False  # their sentences are filled from the cells

    def __call__(
        self, drafts: Sequence[Draft], *, outputs: Mapping[str, OutputSpec], fields: Fields, locale: Locale | None
    ) -> Iterator[Finding | Receipt]:
        source: Source | None = None
        told: set[str] = set()
        for place in written(drafts, outputs):
            text = Text(*place)
            if text.draft.maker == _TEMPLATE:
                continue
            language = locale.code if locale else language_of(text.text, "en")
            if source is None:
                source = source_of(fields, language)
            yield from _limits(text, language, source, told)
            reading = read(text.text, language)
            for judged in judge(reading, source):
                yield _receipt(text, judged)
                if judged.verdict in _AGAINST:
                    yield _finding(text, judged, reading, source, fields)


def severity_of(judged: Judged, source: Source) -> Severity:
    """Closed facts withhold, unless a cell was too long to be read; open ones that are contradicted want a repair."""
    if judged.kind in CLOSED:
        return Severity.WARNING if source.unread else Severity.BLOCK
    return Severity.ERROR if judged.verdict is FactVerdict.CONTRADICTED else Severity.WARNING


def _receipt(text: Text, judged: Judged) -> Receipt:
    place = judged.place
    return Receipt(
        slot=text.draft.slot,
        locale=text.draft.locale,
        item=text.item,
        kind=judged.kind,
        start=judged.start,
        end=judged.end,
        verdict=judged.verdict,
        field=place.field if place else "",
        field_start=place.start if place else -1,
        field_end=place.end if place else -1,
        risk=judged.risk,
    )


def _finding(text: Text, judged: Judged, reading: Reading, source: Source, fields: Fields) -> Finding:
    place = judged.place
    cell = fields.get(place.field, "")[place.start : place.end] if place else ""
    en, zh = said(judged, text.text[judged.start : judged.end], place.field if place else "", cell)
    return text.finding(
        NAME,
        severity_of(judged, source),
        en,
        zh,
        start=judged.start,
        end=judged.end,
        field=place.field if place else "",
    )


def _limits(text: Text, language: str, source: Source, told: set[str]) -> Iterator[Finding]:
    """What was not read is said, each once."""
    words = lexicon(language)
    if language not in words.known.languages and language not in told:
        told.add(language)
        yield text.finding(
            NAME,
            Severity.WARNING,
            f"facts are not read in this language ({language}): only digits were compared",
            f"暂不能读取此语言（{language}）的事实，仅比对了数字",
        )
    elif words.depth == "numbers" and language not in told:
        told.add(language)
        yield text.finding(
            NAME,
            Severity.NOTE,
            f"in {language}, numbers, units, codes and countries were compared, no materials, colours or features",
            f"{language} 文本仅比对了数字、单位、型号和国家，未比对材质、颜色和功能",
        )
    if len(text.text) > MAX_CHARS:
        yield text.finding(
            NAME,
            Severity.WARNING,
            f"longer than {MAX_CHARS:,} characters: what stands behind was not compared",
            f"超过 {MAX_CHARS:,} 个字符，其后的内容未比对",
        )
    for cell in source.unread:
        if cell not in told:
            told.add(cell)
            yield text.finding(
                NAME,
                Severity.WARNING,
                f"the cell {cell} is too long to be read whole: what stands behind was not compared",
                f"单元格“{cell}”过长，其后的内容未比对",
                field=cell,
            )


__all__ = ["KINDS", "NAME", "Facts", "severity_of"]
