"""What is said to come with the product, and that it is the best: open, for a person or a judge."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from goodsmith.checks.facts.holding.sources import Source
from goodsmith.checks.facts.holding.verdicts import Judged, plain_word
from goodsmith.checks.facts.reading.superlatives import superlatives_in
from goodsmith.checks.facts.reading.texts import Reading
from goodsmith.records import FactVerdict


def contents(reading: Reading, source: Source) -> Iterator[Judged]:
    for content in reading.contents:
        nouns = {plain_word(noun) for noun in content.nouns}
        hit = next((source.included[noun] for noun in nouns if noun in source.included), None)
        if hit is not None:
            verdict = FactVerdict.SUPPORTED if hit[0] is content.affirmed else FactVerdict.CONTRADICTED
            yield Judged(kind="content", start=content.start, end=content.end, verdict=verdict, place=hit[1], risk=0.7)
        elif content.affirmed and reading.language in source.languages and not _is_known(content.nouns, source):
            yield Judged(
                kind="content", start=content.start, end=content.end, verdict=FactVerdict.UNSUPPORTED, risk=0.6
            )


def superlatives(reading: Reading, source: Source) -> Iterator[Judged]:
    for start, end in superlatives_in(reading.small, reading.language):
        if reading.small[start:end] not in source.small:
            yield Judged(kind="claim", start=start, end=end, verdict=FactVerdict.UNSUPPORTED, risk=0.9)


def _is_known(nouns: Sequence[str], source: Source) -> bool:
    """Does the source have the last word of a thing (its head), or two signs of a Chinese one?"""
    head = nouns[-1]
    if not head.isascii() and any(name[-1] in head for name in source.included if not name.isascii()):
        return True
    if head.isascii() or not _HAN_SIGN.match(head):
        return any(plain_word(noun) in source.words for noun in nouns)
    return any(head[place : place + 2] in source.small for place in range(len(head) - 1))


_HAN_SIGN: Final = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
