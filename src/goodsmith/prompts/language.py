"""Whether a prompt is written in Chinese, so that our own words in it are too."""

from __future__ import annotations

import re

_HAN = re.compile(r"[\u3400-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_LATIN_WORD = re.compile(r"[A-Za-z]+")


def is_chinese(text: str) -> bool:
    """True if it has more Chinese characters than Latin words. A template's own tags do not count as words."""
    han = len(_HAN.findall(text))
    return bool(han) and not _KANA.search(text) and han > len(_LATIN_WORD.findall(re.sub(r"\{[{%].*?[%}]\}", "", text)))
