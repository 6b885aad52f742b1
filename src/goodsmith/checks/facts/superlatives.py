"""Claims to be the best: of a class, a market or the world. Said of one's own Sunday they are no claim."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

_PATTERNS: Final = {
    "en": (
        r"\bthe (?:[a-z]{2,20}est|best|finest|most [a-z-]{3,20})(?: [a-z'-]{1,20}){0,4} (?:in the world|on the market|on earth|in its class|"
        r"of its kind|of all time|ever made|in the country|in the industry|money can buy|you can buy)",
        r"\bthe world'?s (?:[a-z]{2,20}est|best|finest|first|only|most [a-z-]{3,20})",
        r"\b(?:best|finest|number one|no\. ?1|#1|top)[ -](?:in[ -]class|seller|selling|rated|choice|quality)\b|\bnumber one\b|#1\b",
        r"\b(?:second to none|unbeatable|unrivall?ed|unmatched|world[ -]class|world's best)\b",
        r"^[^.]{0,40}\bis the (?:best|finest|[a-z]{3,14}est) (?:of all|there is|available)",
        r"\b(?:softest|finest|fastest|strongest|lightest|quietest|warmest|safest|cheapest) [a-z-]{3,20} (?:in the world|on the market|money can buy)",
    ),
    "zh": (
        r"(?:全国|全球|世界|全网|业内|行业|同级|同类|同价位|同级别里?|国内|史上|天下)[^，。；]{0,6}(?:最[\u4e00-\u9fff]{1,3}|第一|首创|首款|领先|之最)",
        r"(?:第一品牌|销量第一|销量冠军|顶级|极品|顶尖|至尊|世界级|国家级|唯一一款|独一无二|遥遥领先|无与伦比)",
        r"最(?:好|佳|优|强|先进|畅销|受欢迎|权威|高级|尖端)的?(?:产品|品牌|选择|品质|质量|技术|一款|材料)",
    ),
    "de": (
        r"\b(?:der|die|das|den) (?:[a-zäöüß]{3,20}ste[nrs]?|beste[nrs]?) [^.,;]{0,40}(?:der welt|deutschlands|europas|auf dem markt|ihrer klasse|seiner klasse|aller zeiten)",
        r"\b(?:weltbeste[nrs]?|testsieger|nummer eins|nr\. 1|unschlagbar|konkurrenzlos)\b",
    ),
    "es": (
        r"\b(?:el|la|los|las) (?:mejor(?:es)?|más [a-záéíóúñ]{3,20})(?: [a-záéíóúñ]{2,20}){0,3} (?:del mundo|del mercado|de españa|de su clase|de la historia|del país)",
        r"\b(?:número uno|n\.º ?1|inigualable|insuperable|líder del mercado)\b",
    ),
    "ja": (r"世界一|日本一|業界(?:初|最[\u4e00-\u9fff]{1,2}|no\.?1)|no\.? ?1|ナンバーワン|最高級|史上最[\u4e00-\u9fff]",),
}


def superlatives_in(small: str, language: str) -> Iterator[tuple[int, int]]:
    """Places of the superlatives in a text in small letters."""
    for pattern in _compiled(language):
        for match in pattern.finditer(small):
            yield match.span()


@cache
def _compiled(language: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in _PATTERNS.get(language, ()))
