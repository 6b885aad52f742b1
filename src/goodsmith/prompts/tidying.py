"""Mends a sentence whose slots were partly empty: no dangling separators, empty brackets, labels without a value.

    "Mug (), White - "          -> "Mug, White"
    "材质：，颜色：红。"          -> "颜色：红。"
    "Brand: Acme. Material: ."  -> "Brand: Acme."

What a full sentence can hold stays: `Wow!!`, `Prix : 5 €`, `-20 °C`, `…`.
"""

from __future__ import annotations

import re
from typing import Final

_PAIRS: Final = ("()", "（）", "[]", "【】", "〔〕", "《》", "「」", "『』", "“”", "‘’")
_EMPTY: Final = "|".join(rf"{re.escape(a)}[\s,，、;；:：|/·\-]{{0,8}}{re.escape(b)}" for a, b in _PAIRS)
_COMMAS: Final = ",，、;；|"
_STOP: Final = r"(?:[。！？]|\.(?=\s|$))"

# One look decides for most sentences that there is nothing to mend.
_SUSPECT: Final = re.compile(
    rf"\s[\s,，、。；：！？)）】」』》]|[(（\[【〔《「『“‘][\s,，、;；:：|/·\-]{{0,8}}[)）\]】〕》」』”’]"
    rf"|[{_COMMAS}:：·][{_COMMAS}·。．！？]|[{_COMMAS}:：·.]\s[{_COMMAS}·。.!]|。[。，、；]|[(（【「『《]\s"
    rf"|\s[\-–—|/·]\s[\-–—|/·]|\s\.(?:\s|$)|[:：]\.(?:\s|$)|\n"
)
_EDGE: Final = frozenset(" \t\n\r\u3000,，、;；:：|·/\\。.!！?？-–—(（[【~")
_MENDS: Final = (
    (re.compile(r"[^\S\n]+"), " "),
    (re.compile(_EMPTY), ""),
    (re.compile(r"([(（\[【「『《])\s+"), r"\1"),
    (re.compile(r"\s+(?=[,，、。；：！？)）】」』》])"), ""),
    (  # a label with nothing behind it
        re.compile(
            rf"(^|[{_COMMAS}。！？]|[.!?]\s)\s*[^{_COMMAS}。！？:：.!?\n]{{1,24}}[:：]\s*(?=[{_COMMAS}]|{_STOP}|·)"
        ),
        r"\1",
    ),
    (re.compile(rf"([{_COMMAS}·])(?:\s*[{_COMMAS}·])+"), r"\1"),
    (re.compile(r"(?<=\s)([\-–—|/·])(?:\s+[\-–—|/·])+(?=\s|$)"), r"\1"),
    (re.compile(rf"[{_COMMAS}·\-–—]\s*(?={_STOP})"), ""),
    (re.compile(rf"([。！？])\s*[{_COMMAS}。]+"), r"\1"),
    (re.compile(r"([.!?])(?:\s+\.)+(?=\s|$)"), r"\1"),
    (re.compile(r"\s+\.(?=\s|$)"), "."),
)
_LEADING: Final = re.compile(r"^(?:[\s,，、;；:：|·/。！？~]|[\-–—](?![0-9])|[.!?](?![0-9]))+")
_TRAILING: Final = re.compile(r"[\s,，、;；|·/\\\-–—(（\[【~]+$")
_LAST_LABEL: Final = re.compile(
    rf"(?:^|(?<=[{_COMMAS}。！？])|(?<=[.!?]\s))[^{_COMMAS}。！？:：.!?\n]{{1,24}}[:：]\s*$"
)


def tidy(text: str) -> str:
    """The text without what empty slots left behind. Lines stay lines; at most one blank line in a row stays."""
    if not text:
        return ""
    if text[0] not in _EDGE and (text[-1] not in _EDGE or text[-1] in "。.!！?？") and not _SUSPECT.search(text):
        return text
    while (mended := _mended(text)) != text:  # mending one place can bare another; each time the text gets shorter
        text = mended
    return text


def _mended(text: str) -> str:
    kept: list[str] = []
    for at, line in enumerate(text.splitlines()):
        mended = _mended_line(line, bulleted=at > 0)
        if mended or (not line.strip() and kept and kept[-1]):
            kept.append(mended)
    whole = "\n".join(kept).strip()
    last = _TRAILING.sub("", _LAST_LABEL.sub("", whole))
    return last.rstrip(":：").rstrip()


def _mended_line(line: str, *, bulleted: bool) -> str:
    bullet = "- " if bulleted and line.lstrip().startswith("- ") else ""
    for pattern, instead in _MENDS:
        line = pattern.sub(instead, line)
    line = _TRAILING.sub("", _LEADING.sub("", line))
    return bullet + line if line else ""
