"""Number format codes in parts: ECMA-376, part 1, 18.8.30 (the built-in ones) and 18.8.31 (how they are written)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

# ids 27 to 36 and 50 to 58 are those of Chinese (PRC) Excel
BUILT_IN: dict[int, str] = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00",
    5: '"$"#,##0_);\\("$"#,##0\\)', 6: '"$"#,##0_);[Red]\\("$"#,##0\\)',
    7: '"$"#,##0.00_);\\("$"#,##0.00\\)', 8: '"$"#,##0.00_);[Red]\\("$"#,##0.00\\)',
    9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    14: "yyyy/m/d", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM",
    20: "h:mm", 21: "h:mm:ss", 22: "yyyy/m/d h:mm",
    27: 'yyyy"年"m"月"', 28: 'm"月"d"日"', 29: 'm"月"d"日"', 30: "m/d/yy", 31: 'yyyy"年"m"月"d"日"',
    32: 'h"时"mm"分"', 33: 'h"时"mm"分"ss"秒"',
    34: '上午/下午h"时"mm"分"', 35: '上午/下午h"时"mm"分"ss"秒"', 36: 'yyyy"年"m"月"',
    37: "#,##0_);(#,##0)", 38: "#,##0_);[Red](#,##0)", 39: "#,##0.00_);(#,##0.00)", 40: "#,##0.00_);[Red](#,##0.00)",
    41: '_(* #,##0_);_(* \\(#,##0\\);_(* "-"_);_(@_)', 42: '_("$"* #,##0_);_("$"* \\(#,##0\\);_("$"* "-"_);_(@_)',
    43: '_(* #,##0.00_);_(* \\(#,##0.00\\);_(* "-"??_);_(@_)',
    44: '_("$"* #,##0.00_);_("$"* \\(#,##0.00\\);_("$"* "-"??_);_(@_)',
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
    50: 'yyyy"年"m"月"', 51: 'm"月"d"日"', 52: 'yyyy"年"m"月"', 53: 'm"月"d"日"', 54: 'm"月"d"日"',
    55: '上午/下午h"时"mm"分"', 56: '上午/下午h"时"mm"分"ss"秒"', 57: 'yyyy"年"m"月"', 58: 'm"月"d"日"',
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Plain:
    """A number format without tricks, such as `¥#,##0.00`: nearly all are, and they are quick to fill in."""

    before: str
    width: int  # characters of the number, at least
    grouped: bool
    step: Decimal  # of the last decimal
    percent: bool
    after: str


@dataclass(frozen=True, slots=True)
class Section:
    tokens: tuple[Token, ...]
    kind: str  # number, date, general, text, fraction
    condition: tuple[str, float] | None = None
    plain: Plain | None = None  # set if the section needs no more than this


_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_(?P<space>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>General|G/通用格式)|(?P<half>AM/PM|A/P|上午/下午)|(?P<exponent>E[+-])"
    r"|(?P<date>y+|m+|d+|h+|s+(?:\.0+)?|a{3,4}|e+|b{2,4})|(?P<digit>[0#?])"
    r"|(?P<point>\.)|(?P<comma>,)|(?P<percent>%)|(?P<slash>/)|(?P<text>@)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[0-9.]+(?:E[+-]?[0-9]+)?)", re.IGNORECASE)
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)


def sections(code: str) -> list[Section]:
    """The parts between semicolons, each for its own kind of value."""
    tokens: list[Token] = []
    made: list[Section] = []
    condition: tuple[str, float] | None = None
    for match in _TOKEN.finditer(code):
        kind = match.lastgroup or "other"
        text = match.group(kind)
        if kind == "other" and text == ";":
            made.append(_section(tokens, condition))
            tokens, condition = [], None
        elif kind in {"quoted", "escaped", "other"}:
            tokens.append(Token("literal", text))
        elif kind == "bracket":
            if found := _CONDITION.fullmatch(text.strip()):
                condition = (found[1], float(found[2]))
            elif _ELAPSED.fullmatch(text):
                tokens.append(Token("elapsed", text.lower()))
            elif text.startswith("$"):
                tokens.append(Token("literal", text[1:].partition("-")[0]))  # [$€-407]; [$-804] shows nothing
        elif kind in {"space", "fill"}:
            continue  # padding to the width of a cell
        else:
            tokens.append(Token(kind, text if kind in {"half", "text"} else text.lower()))
    made.append(_section(tokens, condition))
    return made


def is_date(code: str) -> bool:
    return any(section.kind == "date" for section in sections(code))


def _section(tokens: list[Token], condition: tuple[str, float] | None) -> Section:
    kinds = {token.kind for token in tokens}
    if "text" in kinds:
        kind = "text"
    elif kinds & {"date", "elapsed", "half"} and not kinds & {"digit", "general"}:
        kind = "date"
    elif "general" in kinds:
        kind = "general"
    elif "slash" in kinds and "digit" in kinds:
        kind = "fraction"
    else:
        kind = "number"
    if kind != "date":
        plain = {"date", "half", "elapsed"} | (set() if kind == "fraction" else {"slash"})
        tokens = [Token("literal", token.text) if token.kind in plain else token for token in tokens]
    return Section(tuple(tokens), kind, condition, _plain(tokens) if kind == "number" else None)


_LETTERS = {"literal": "l", "digit": "d", "comma": ",", "point": ".", "percent": "%", "exponent": "E", "slash": "/"}
_SIMPLE = re.compile(r"l*(?:#,##)?0+(?:\.0+)?%?l*")


def _plain(tokens: list[Token]) -> Plain | None:
    shape = "".join(token.text if token.kind == "digit" else _LETTERS.get(token.kind, "x") for token in tokens)
    if not _SIMPLE.fullmatch(shape):
        return None
    whole, _, decimals = shape.replace("l", "").replace("%", "").partition(".")
    first = next(place for place, token in enumerate(tokens) if token.kind == "digit")
    last = max(place for place, token in enumerate(tokens) if token.kind in {"digit", "percent"})
    return Plain(
        before="".join(token.text for token in tokens[:first]),
        width=whole.count("0") + (len(decimals) + 1 if decimals else 0),
        grouped="," in whole,
        step=Decimal(1).scaleb(-len(decimals)),
        percent="%" in shape,
        after="".join(token.text for token in tokens[last + 1 :]),
    )
