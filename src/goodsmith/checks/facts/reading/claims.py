"""What a text says of the product in words, or denies: materials, colours, places, features."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from goodsmith.checks.facts.reading.lexicon import CJK, Lexicon, Mention, Sign
from goodsmith.checks.facts.reading.packs import Meaning

LEFT_SIDE: Final = 1
RIGHT_SIDE: Final = 2
BOTH_SIDES: Final = LEFT_SIDE + RIGHT_SIDE
NAMED: Final = 4  # what stands on the right is a thing (steel frame), not the end of a clause
_CLAUSE_ENDS: Final = frozenset("，。；;.!?！？:：\n()（）—…")
_SENTENCE_ENDS: Final = frozenset("。；;.!?！？\n—…")
_BEFORE: Final = 40  # characters that a negation reaches
_BEFORE_CJK: Final = 8
_AFTER: Final = 34
_AFTER_CJK: Final = 16
_FIGURE: Final = 36  # characters that a comparison reaches
_FIGURE_CJK: Final = 12
_OF_PARTS: Final = frozenset({"material", "colour"})
_PART: Final = 14  # characters between a material and the part that is of it
_PART_CJK: Final = 4
_BEHIND: Final = re.compile(r" (?!on|in|of|to|into|and|with|for|over|y|und|mit|con)(?:[a-zß-ö]{3,14} )?|[ -]?")
_BEHIND_CJK: Final = re.compile("[的制质]?")
_AHEAD: Final = re.compile(
    r"(?: is| are| of| in| from| made of| made from|:| aus| de| ist| es)?(?: an?| the| solid| pure)? "
)
_AHEAD_CJK: Final = re.compile("[:：为是用由选采以]{0,2}|选用|采用|材质为?|は|が|に")
_WINDOW: Final = 24  # characters before and behind in which a statement is looked for
_SUBJECT: Final = 8  # characters before it that can name the part that it is said of


@dataclass(frozen=True, slots=True)
class Claim:
    """A meaning that the text says of the product (affirmed) or denies. figurative: in a comparison, so not at all.

    stated: the sides of it on which words speak of the product, 0 for none. weak: the word means it only where they do.
    before, after: the letters around it, small. component: the part of the product that it is said of, "" if none.
    """

    start: int
    end: int
    meanings: tuple[Meaning, ...]
    affirmed: bool
    weak: bool
    stated: int
    figurative: bool
    origin_marked: bool = False
    before: str = ""
    after: str = ""
    component: str = ""


def claims_in(text: str, small: str, mentions: Sequence[Mention], signs: Sequence[Sign], words: Lexicon) -> list[Claim]:
    """All claims of a folded text, in order."""
    if not mentions:
        return []
    cjk = words.language in CJK
    negations = [sign for sign in signs if sign.kind == "negate"]
    denials = [sign for sign in signs if sign.kind == "negate_after"]
    figures = [sign for sign in signs if sign.kind == "figurative"]
    origins = [sign for sign in signs if sign.kind == "origin"]
    components = words.components(small) if any(mention.meanings[0].kind in _OF_PARTS for mention in mentions) else []
    starts, ends = {mention.start for mention in mentions}, {mention.end for mention in mentions}
    return [
        Claim(
            mention.start,
            mention.end,
            mention.meanings,
            affirmed=not _is_denied(small, mention, negations, denials, cjk=cjk),
            weak=mention.weak,
            stated=_stated(small, mention, words, starts, ends),
            figurative=_is_figurative(small, mention, figures, cjk=cjk),
            origin_marked=_is_marked(small, mention, origins, cjk=cjk),
            before=small[max(0, mention.start - _SUBJECT) : mention.start],
            after=small[mention.end : mention.end + _SUBJECT * 2],
            component=_component(small, mention, components, cjk=cjk),
        )
        for mention in mentions
    ]


def _is_denied(small: str, mention: Mention, negations: Sequence[Sign], denials: Sequence[Sign], *, cjk: bool) -> bool:
    reach = _BEFORE_CJK if cjk else _BEFORE
    if mention.meanings[0].kind in _OF_PARTS:
        reach = reach // 3  # `man sieht nicht, dass Nussbaum …`
    for sign in negations:
        if sign.start < mention.start < sign.end:
            return True  # 不可水洗 where 可水洗 is the word
        if small.startswith((",", ";"), sign.end):
            continue  # `no, hand wash only` answers
        if sign.end <= mention.start and mention.start - sign.end <= reach:
            between = small[sign.end : mention.start]
            if not _has_end(between, cjk=cjk):
                return True
    if small.startswith(("-free", " free"), mention.end) and not small.startswith((" free of", " freez"), mention.end):
        return True
    if mention.meanings[0].kind in _OF_PARTS:
        return False
    reach = _AFTER_CJK if cjk else _AFTER
    for sign in denials:
        if mention.end <= sign.start and sign.start - mention.end <= reach:
            between = small[mention.end : sign.start]
            if not any(mark in _CLAUSE_ENDS or mark in ",、" for mark in between):
                return True
    return False


def _has_end(between: str, *, cjk: bool) -> bool:
    """Does a clause end in between? Lists go on: 不含大豆、小麦 and no dyes, salt or sugar."""
    if any(mark in _CLAUSE_ENDS for mark in between):
        return True
    if cjk:
        return "而" in between or "但" in between
    if any(sign.isdigit() for sign in between) or " but " in between:
        return True
    *_, last = between.rsplit(",", 1)
    if "," in between and not last.strip().startswith(("or ", "nor ")):
        return any(len(piece.split()) > 2 for piece in between.split(","))
    return False


def _stated(small: str, mention: Mention, words: Lexicon, starts: set[int], ends: set[int]) -> int:
    if words.statement_before is None or words.statement_after is None:
        return BOTH_SIDES + NAMED
    before = small[max(0, mention.start - _WINDOW) : mention.start]
    after = small[mention.end : mention.end + _WINDOW]
    beside = len(before) - len(before.rstrip(" -")), len(after) - len(after.lstrip(" -"))
    left = words.statement_before.search(before) is not None or mention.start - beside[0] in ends
    right = words.statement_after.match(after) is not None or mention.end + beside[1] in starts
    named = (right and after.lstrip(" -的")[:1].isalpha()) or mention.end + beside[1] in starts
    return (LEFT_SIDE if left else 0) + (RIGHT_SIDE if right else 0) + (NAMED if named else 0)


def _is_figurative(small: str, mention: Mention, figures: Sequence[Sign], *, cjk: bool) -> bool:
    reach = _FIGURE_CJK if cjk else _FIGURE
    for sign in figures:
        between = small[sign.end : mention.start] if sign.end <= mention.start else small[mention.end : sign.start]
        near = len(between) <= reach and not any(mark in _SENTENCE_ENDS or mark in "，,、" for mark in between)
        if near and (sign.end <= mention.start or cjk):
            return True
    return False


def _component(small: str, mention: Mention, components: Sequence[tuple[int, int, str]], *, cjk: bool) -> str:
    """The part that stands beside it in the clause: behind it first (steel lid, 榉木扶手), else before it."""
    if mention.meanings[0].kind not in _OF_PARTS:
        return ""
    reach = _PART_CJK if cjk else _PART
    for start, _, name in components:
        if 0 <= start - mention.end <= reach and (_BEHIND_CJK if cjk else _BEHIND).fullmatch(
            small[mention.end : start]
        ):
            return name
    near = ""
    for _, end, name in components:
        if 0 <= mention.start - end <= reach and (_AHEAD_CJK if cjk else _AHEAD).fullmatch(small[end : mention.start]):
            near = name
    return near


def _is_marked(small: str, mention: Mention, origins: Sequence[Sign], *, cjk: bool) -> bool:
    """Does a word of origin stand beside it? 产自浙江, made in Portugal, 日本製."""
    for sign in origins:
        if sign.end <= mention.start:
            between = small[sign.end : mention.start]
            if len(between) <= (4 if cjk else 5) and not any(mark in _CLAUSE_ENDS for mark in between):
                return True
        elif (
            cjk
            and 0 <= sign.start - mention.end <= 4
            and not any(mark in _CLAUSE_ENDS for mark in small[mention.end : sign.start])
        ):
            return True
    return False
