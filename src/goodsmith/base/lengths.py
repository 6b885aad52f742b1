"""How long a text is in the unit that a shop counts in, and where to cut it when it is too long.

Three units, because platforms differ: code points (Amazon, eBay), UTF-8 bytes (Amazon's search terms) and half-widths
(Taobao, Tmall), where a Chinese character counts two and an ASCII character one, as GBK stores them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from goodsmith.records import LengthUnit

_UNITS = ("characters", "utf8_bytes", "half_width")
_SENTENCE_END = frozenset("。！？!?；;…\n")
_CLOSING = frozenset("”’\"')）]】」』》〉")
_TRAILING = " \t\r\n\u3000,，、:：·|/\\&+~-–—_(（[【{「『《〈“‘"  # what a cut leaves hanging
_BLANK = frozenset(" \t\r\n\u00a0\u3000")
_VIRAMA = 9  # canonical combining class of the signs that join two Indic consonants
_SHARE_TO_KEEP = 2 / 3  # a nicer border may cost at most a third of the text


def length(text: str, unit: LengthUnit) -> int:
    """How many `unit`s the text takes.

    half_width: two for what East Asian fonts draw wide and for what GBK stores in two bytes (so “ and é count two),
    one for the rest. It never counts less than a shop's own GBK byte count.
    """
    if unit == "characters":
        return len(text)
    if text.isascii():
        _require_known(unit)
        return len(text)
    if unit == "utf8_bytes":
        return len(text.encode("utf-8", "surrogatepass"))
    _require_known(unit)
    try:
        return len(text.encode("gbk"))
    except UnicodeEncodeError:
        return sum(map(_half_widths, text))


def cut(text: str, limit: int, unit: LengthUnit) -> str:
    """The longest decent beginning of the text within the limit: the text itself if it fits.

    It ends after a sentence, else after a word, where one of these ends within the last third; what a reader sees as
    one character (an emoji family, a letter with its accents) is never split, and neither is `500ml`, which would
    become another fact. The answer is a prefix of the text.
    """
    if length(text, unit) <= limit:
        return text
    end = _cluster_border(text, fitting(text, limit, unit))
    if end <= 0:
        return ""
    earliest = max(1, int(end * _SHARE_TO_KEEP))
    piece = text[: _decent_border(text, earliest, end)]
    return piece.rstrip(_TRAILING) or text[:end].rstrip()


def fitting(text: str, limit: int, unit: LengthUnit) -> int:
    """How many code points from the start stay within the limit."""
    if limit <= 0:
        return 0
    if unit == "characters":
        return min(limit, len(text))
    used = 0
    for index, character in enumerate(text[:limit]):  # no character takes less than one unit
        used += _half_widths(character) if unit == "half_width" else _utf8_bytes(character)
        if used > limit:
            return index
    return min(limit, len(text))


def _require_known(unit: str) -> None:
    if unit not in _UNITS:
        raise ValueError(f"unknown unit {unit!r}; known: {', '.join(_UNITS)}")


@lru_cache(maxsize=8192)
def _half_widths(character: str) -> int:
    # Ambiguous (A) are the signs that legacy East Asian sets store in two bytes; all of GBK is within W, F and A.
    return 1 if character.isascii() or unicodedata.east_asian_width(character) not in "WFA" else 2


def _utf8_bytes(character: str) -> int:
    code = ord(character)
    return 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4


def _cluster_border(text: str, end: int) -> int:
    """The last place at or before `end` that does not split what a reader sees as one character."""
    while 0 < end < len(text) and _joined(text, end):
        end -= 1
    return end


def _joined(text: str, index: int) -> bool:
    """Whether the characters before and at `index` belong together (after Unicode annex 29, a little stricter)."""
    before, at = text[index - 1], text[index]
    if before.isascii() and at.isascii():
        return before == "\r" and at == "\n"
    code = ord(at)
    if unicodedata.category(at)[0] == "M" or "\u200d" in {before, at} or at in "\u200c\u0e33\u0eb3":
        return True
    if 0x1F3FB <= code <= 0x1F3FF or 0xE0020 <= code <= 0xE007F:  # skin tones; tags of regional flags
        return True
    if 0xDC00 <= code <= 0xDFFF and 0xD800 <= ord(before) <= 0xDBFF:  # a pair that came in as two halves
        return True
    if _is_flag_half(at) and _is_flag_half(before):
        run = index
        while run > 0 and _is_flag_half(text[run - 1]):
            run -= 1
        return (index - run) % 2 == 1
    if 0x1160 <= code <= 0x11FF and 0x1100 <= ord(before) <= 0x11FF:  # Hangul written in single letters
        return True
    return unicodedata.combining(before) == _VIRAMA and unicodedata.category(at) == "Lo"


def _is_flag_half(character: str) -> bool:
    return 0x1F1E6 <= ord(character) <= 0x1F1FF


def _decent_border(text: str, earliest: int, end: int) -> int:
    """The best place to cut within earliest..end: after a sentence, at punctuation or a space, between words."""
    for is_border in (_after_sentence, _at_punctuation, _between_words):
        for index in range(end, earliest - 1, -1):
            if is_border(text, index) and not _joined(text, index):
                return index
    start = end
    while start > 0 and _in_one_word(text, start):
        start -= 1
    return start if start and any(map(str.isdigit, text[start:end])) else end


def _in_one_word(text: str, index: int) -> bool:
    return not _between_words(text, index)


def _after_sentence(text: str, index: int) -> bool:
    last = index - 1
    while last > 0 and text[last] in _CLOSING:
        last -= 1
    if text[last] in _SENTENCE_END:
        return text[index] not in _CLOSING and text[index] not in _SENTENCE_END
    return text[last] == "." and text[index] in _BLANK  # 3.5 is not the end of a sentence


def _at_punctuation(text: str, index: int) -> bool:
    before, at = text[index - 1], text[index]
    if at in _BLANK or before in _BLANK:
        return True
    if before in ",，、:：/|-–—." and before.isascii() and index >= 2 and text[index - 2].isalnum() and at.isalnum():
        return False  # 1,000 and W-1234 stay whole
    return _is_opening(at) or (before in "，、：；。！？）】」』》,:;)]" and at not in _CLOSING)


def _is_opening(character: str) -> bool:
    return character in "（【「『《([“"


_SAME_WORD = re.compile(r"[^\W_]")


def _between_words(text: str, index: int) -> bool:
    """Between two Chinese characters, or between them and a Latin word; a number keeps what follows it (5层)."""
    before, at = text[index - 1], text[index]
    if not _SAME_WORD.match(before) or not _SAME_WORD.match(at):
        return not (before in ".,'’-" and index >= 2 and text[index - 2].isalnum() and _SAME_WORD.match(at)) and not (
            at in ".,'’-" and index + 1 < len(text) and _SAME_WORD.match(text[index + 1])
        )
    if before.isdigit():
        return False
    return _is_ideographic(before) or _is_ideographic(at)


def _is_ideographic(character: str) -> bool:
    """Han, kana: scripts whose words are not parted by spaces."""
    code = ord(character)
    return (
        0x3040 <= code <= 0x30FF or 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x3FFFF
    )
