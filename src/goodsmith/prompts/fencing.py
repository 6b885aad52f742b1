"""Keeps supplier text data: it stands between two marks that it cannot write, and holds no chat markup.

    <product_data>
    Name: Mug
    </product_data>

Inside, whatever could pass for one of these marks, for a role mark of a chat template (`<|im_start|>`, `[INST]`,
`<start_of_turn>`, `<system>`) or hides (invisible and direction signs, Unicode tag characters) is defused: the bracket
becomes ‹ or ⟦, which reads the same and means nothing. Other HTML stays as it is.
"""

from __future__ import annotations

import re

MARK = "product_data"
OPEN, CLOSE = f"<{MARK}>", f"</{MARK}>"

_ROLES = (
    "system|user|assistant|developer|human|tool|function|instructions?|inst|sys|bos|eos|pad|unk|s|think|thinking|"
    "start_of_turn|end_of_turn|turn|im_start|im_end|eot_id|begin_of_text|end_of_text|endoftext"
)
_MARKUP = re.compile(
    rf"[<＜](?=[\s/／\\|]{{0,8}}(?:product[\s_\-]{{0,4}}data|(?:{_ROLES})\s{{0,8}}[|/]{{0,2}}\s{{0,8}}[>＞]))"
    r"|[<＜](?=\s{0,4}[|｜<＜])|\[(?=\s{0,4}/{0,2}\s{0,4}INST\s{0,4}\])",
    re.IGNORECASE,
)
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_JOINERS = re.compile("[\u200c\u200d\ufe00-\ufe0f]")  # mean something in emoji and Persian, nothing within a mark


def fenced(data: str) -> str:
    """The data between its marks."""
    return f"{OPEN}\n{defused(data)}\n{CLOSE}"


def defused(data: str) -> str:
    """Data that no reader can take for our marks or for a role mark."""
    if not data.replace("\n", "").isprintable():  # nothing that hides is printable
        data = _HIDDEN.sub("", data)
    if "<" in data or "[" in data or "＜" in data:
        if not data.isascii() and _MARKUP.search(bare := _JOINERS.sub("", data)):
            data = bare
        data = _MARKUP.sub(_reads_the_same, data)
    return data


def inline(value: str) -> str:
    """A cell's text where an instruction names it: on one line, defused, at most 300 characters."""
    return defused(" ".join(value.split()))[:300]


def _reads_the_same(match: re.Match[str]) -> str:
    return "⟦" if match.group() == "[" else "‹"
