"""The text that a spreadsheet shows for a stored number: ECMA-376 number formats (part 1, 18.8.30 and 18.8.31).

Where the display depends on the viewer's country (built-in formats 14 and 22) we show year/month/day, which nobody
misreads. Numbers in the General format read as in the formula bar: 15 digits, not cut to the width of a cell. A format
that shows nothing (such as `;;;`) does not hide a value from us.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

Formatter = Callable[[str], str]  # the stored number as written in the file -> the text shown

# ids 27 to 36 and 50 to 58 are those of Chinese (PRC) Excel
BUILT_IN: dict[int, str] = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00",
    5: '"$"#,##0_);\\("$"#,##0\\)', 6: '"$"#,##0_);[Red]\\("$"#,##0\\)',
    7: '"$"#,##0.00_);\\("$"#,##0.00\\)', 8: '"$"#,##0.00_);[Red]\\("$"#,##0.00\\)',
    9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    14: "yyyy/m/d", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM",
    20: "h:mm", 21: "h:mm:ss", 22: "yyyy/m/d h:mm",
    27: 'yyyy"年"m"月"', 28: 'm"月"d"日"', 29: 'm"月"d"日"', 30: "m/d/yy", 31: 'yyyy"年"m"月"d"日"',
    32: 'h"时"mm"分"', 33: 'h"时"mm"分"ss"秒"', 34: '上午/下午h"时"mm"分"', 35: '上午/下午h"时"mm"分"ss"秒"', 36: 'yyyy"年"m"月"',
    37: "#,##0_);(#,##0)", 38: "#,##0_);[Red](#,##0)", 39: "#,##0.00_);(#,##0.00)", 40: "#,##0.00_);[Red](#,##0.00)",
    41: '_(* #,##0_);_(* \\(#,##0\\);_(* "-"_);_(@_)', 42: '_("$"* #,##0_);_("$"* \\(#,##0\\);_("$"* "-"_);_(@_)',
    43: '_(* #,##0.00_);_(* \\(#,##0.00\\);_(* "-"??_);_(@_)',
    44: '_("$"* #,##0.00_);_("$"* \\(#,##0.00\\);_("$"* "-"??_);_(@_)',
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
    50: 'yyyy"年"m"月"', 51: 'm"月"d"日"', 52: 'yyyy"年"m"月"', 53: 'm"月"d"日"', 54: 'm"月"d"日"',
    55: '上午/下午h"时"mm"分"', 56: '上午/下午h"时"mm"分"ss"秒"', 57: 'yyyy"年"m"月"', 58: 'm"月"d"日"',
}  # fmt: skip

_REMEMBERED = 20_000  # shown texts per format
_LAST_SERIAL = 2_958_466  # the day after 9999-12-31
_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_DAYS_ZH = "一二三四五六日"

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_(?P<space>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>General|G/通用格式)|(?P<half>AM/PM|A/P|上午/下午)|(?P<exponent>E[+-])"
    r"|(?P<date>y+|m+|d+|h+|s+(?:\.0+)?|a{3,4}|e+|b{2,4})|(?P<digit>[0#?])"
    r"|(?P<point>\.)|(?P<comma>,)|(?P<percent>%)|(?P<slash>/)|(?P<text>@)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[0-9.]+(?:E[+-]?[0-9]+)?)", re.IGNORECASE)
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_INTEGER = re.compile(r"-?[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class _Plain:
    """A number format without tricks, such as `¥#,##0.00`: nearly all are, and they are quick to fill in."""

    before: str
    width: int  # characters of the number, at least
    grouped: bool
    step: Decimal  # of the last decimal
    percent: bool
    after: str


@dataclass(frozen=True, slots=True)
class _Section:
    tokens: tuple[_Token, ...]
    kind: str  # number, date, general, text, fraction
    condition: tuple[str, float] | None = None
    plain: _Plain | None = None  # set if the section needs no more than this


def make_formatter(code: str, *, from_1904: bool = False) -> Formatter:
    """How numbers are shown in a format. Texts once made are remembered."""
    sections = _sections(code)
    numbers = [section for section in sections if section.kind != "text"]
    if not numbers or (len(numbers) == 1 and numbers[0].kind == "general" and len(numbers[0].tokens) == 1):
        return general
    shown: dict[str, str] = {}

    def show(stored: str) -> str:
        text = shown.get(stored)
        if text is None:
            if len(shown) >= _REMEMBERED:
                shown.clear()
            text = shown[stored] = _show(stored, numbers, from_1904=from_1904)
        return text

    return show


def make_text_formatter(code: str) -> tuple[str, str] | None:
    """What a format puts before and after a text, None if nothing: `@"件"` shows 3 as 3件."""
    for section in _sections(code):
        if section.kind == "text":
            before = "".join(token.text for token in _before_text(section.tokens) if token.kind == "literal")
            after = "".join(token.text for token in _after_text(section.tokens) if token.kind == "literal")
            return (before, after) if (before + after).strip() else None
    return None


def is_date(code: str) -> bool:
    return any(section.kind == "date" for section in _sections(code))


def general(stored: str) -> str:
    """A number as the formula bar shows it: 15 digits, no `.0`, exponents only beyond 20 digits or below 1E-9.

    A whole number written out in the file keeps all its digits, also where a spreadsheet would round it.
    """
    if _INTEGER.fullmatch(stored):
        return stored if stored != "-0" else "0"
    if re.fullmatch(r"-?[0-9]+", stored):
        return stored
    try:
        value = float(stored)
    except ValueError:
        return stored
    if value != value or value in (float("inf"), float("-inf")):
        return stored
    if value == 0:
        return "0"
    mantissa, _, power_text = f"{value:.14e}".partition("e")
    power = int(power_text)
    digits = mantissa.replace(".", "").lstrip("-").rstrip("0")
    sign = "-" if value < 0 else ""
    if power > 20 or power < -9:
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{fraction}E{'+' if power > 0 else '-'}{abs(power):02d}"
    if power < 0:
        return f"{sign}0.{'0' * (-power - 1)}{digits}"
    whole = digits[: power + 1].ljust(power + 1, "0")
    rest = digits[power + 1 :]
    return f"{sign}{whole}.{rest}" if rest else f"{sign}{whole}"


def serial_of(iso: str, *, from_1904: bool = False) -> str | None:
    """The stored number of a date written as ISO 8601 (strict workbooks), None if it is none."""
    try:
        moment = datetime.fromisoformat(iso).replace(tzinfo=None)
    except ValueError:
        return None
    days = (moment - (datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30))) / timedelta(days=1)  # noqa: DTZ001  # sheets have no zones
    return repr(days)


# ---- choosing a section -------------------------------------------------------------------------------------------


def _sections(code: str) -> list[_Section]:
    tokens: list[_Token] = []
    sections: list[_Section] = []
    condition: tuple[str, float] | None = None
    for match in _TOKEN.finditer(code):
        kind = match.lastgroup or "other"
        text = match.group(kind)
        if kind == "other" and text == ";":
            sections.append(_section(tokens, condition))
            tokens, condition = [], None
        elif kind in {"quoted", "escaped", "other"}:
            tokens.append(_Token("literal", text))
        elif kind == "bracket":
            if found := _CONDITION.fullmatch(text.strip()):
                condition = (found[1], float(found[2]))
            elif _ELAPSED.fullmatch(text):
                tokens.append(_Token("elapsed", text.lower()))
            elif text.startswith("$"):
                tokens.append(_Token("literal", text[1:].partition("-")[0]))  # [$€-407]; [$-804] shows nothing
        elif kind in {"space", "fill"}:
            continue  # padding to the width of a cell
        else:
            tokens.append(_Token(kind, text if kind in {"half", "text"} else text.lower()))
    sections.append(_section(tokens, condition))
    return sections


def _section(tokens: list[_Token], condition: tuple[str, float] | None) -> _Section:
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
    if kind not in {"date"}:
        plain = {"date", "half", "elapsed"} | (set() if kind == "fraction" else {"slash"})
        tokens = [_Token("literal", token.text) if token.kind in plain else token for token in tokens]
    return _Section(tuple(tokens), kind, condition, _plain(tokens) if kind == "number" else None)


_LETTERS = {"literal": "l", "digit": "d", "comma": ",", "point": ".", "percent": "%", "exponent": "E", "slash": "/"}
_SIMPLE = re.compile(r"l*(?:#,##)?0+(?:\.0+)?%?l*")


def _plain(tokens: list[_Token]) -> _Plain | None:
    shape = "".join(token.text if token.kind == "digit" else _LETTERS.get(token.kind, "x") for token in tokens)
    if not _SIMPLE.fullmatch(shape):
        return None
    whole, _, decimals = shape.replace("l", "").replace("%", "").partition(".")
    first = next(place for place, token in enumerate(tokens) if token.kind == "digit")
    last = max(place for place, token in enumerate(tokens) if token.kind in {"digit", "percent"})
    return _Plain(
        before="".join(token.text for token in tokens[:first]),
        width=whole.count("0") + (len(decimals) + 1 if decimals else 0),
        grouped="," in whole,
        step=Decimal(1).scaleb(-len(decimals)),
        percent="%" in shape,
        after="".join(token.text for token in tokens[last + 1 :]),
    )


def _fill(value: Decimal, plain: _Plain) -> str:
    rounded = (value * 100 if plain.percent else value).quantize(plain.step, rounding=ROUND_HALF_UP)
    text = f"{rounded:,f}" if plain.grouped else f"{rounded:f}"
    text = text.zfill(plain.width)
    return f"{plain.before}{text}{'%' if plain.percent else ''}{plain.after}"


def _show(stored: str, sections: list[_Section], *, from_1904: bool) -> str:
    try:
        value = float(stored)
    except ValueError:
        return stored
    if value != value or value in (float("inf"), float("-inf")):
        return stored
    section, signed = (sections[0], True) if len(sections) == 1 else _choose(value, sections)
    exact = Decimal(stored if len(stored) <= 15 or abs(value) >= 1e20 else general(stored))
    if section.plain is not None:
        text = _fill(abs(exact), section.plain)
        return (f"-{text}" if signed and value < 0 else text).strip()
    if section.kind == "general":
        shown = general(stored if signed or value >= 0 else stored.lstrip("-"))
        text = "".join(shown if token.kind == "general" else token.text for token in section.tokens)
    elif section.kind == "date":
        return _show_date(value, section, from_1904=from_1904) or general(stored)
    elif section.kind == "fraction":
        text = ("-" if signed and value < 0 else "") + _show_fraction(abs(exact), section)
    else:
        text = ("-" if signed and value < 0 else "") + _show_number(abs(exact), section)
    return text.strip() or general(stored)


def _choose(value: float, sections: list[_Section]) -> tuple[_Section, bool]:
    """The section for a value, and whether the minus sign is still to be shown."""
    if any(section.condition for section in sections):
        for section in sections:
            if section.condition is None or _holds(value, section.condition):
                return section, True
        return sections[-1], True
    if len(sections) == 1:
        return sections[0], True
    if value < 0:
        return sections[1], False
    if value == 0 and len(sections) > 2:
        return sections[2], False
    return sections[0], False


def _holds(value: float, condition: tuple[str, float]) -> bool:
    sign, limit = condition
    return {
        "<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit,
        "=": value == limit, "<>": value != limit,
    }[sign]  # fmt: skip


def _before_text(tokens: tuple[_Token, ...]) -> tuple[_Token, ...]:
    return tokens[: next(index for index, token in enumerate(tokens) if token.kind == "text")]


def _after_text(tokens: tuple[_Token, ...]) -> tuple[_Token, ...]:
    return tokens[next(index for index, token in enumerate(tokens) if token.kind == "text") + 1 :]


# ---- numbers ------------------------------------------------------------------------------------------------------


def _show_number(value: Decimal, section: _Section) -> str:
    tokens = list(section.tokens)
    digits_at = [index for index, token in enumerate(tokens) if token.kind == "digit"]
    if not digits_at:
        return "".join(token.text for token in tokens if token.kind in {"literal", "percent", "point", "comma"})
    exponent_at = next((index for index, token in enumerate(tokens) if token.kind == "exponent"), None)
    end = exponent_at if exponent_at is not None else len(tokens)
    point_at = next((index for index, token in enumerate(tokens[:end]) if token.kind == "point"), end)
    whole_at = [index for index in digits_at if index < point_at]
    rest_at = [index for index in digits_at if point_at < index < end]
    grouped = False
    thousands = 0
    for index, token in enumerate(tokens):
        if token.kind == "comma" and index < end:
            if any(other > index for other in digits_at if other < point_at) and any(
                other < index for other in whole_at
            ):
                grouped = True
                tokens[index] = _Token("literal", "")
            elif any(other < index for other in digits_at):
                thousands += 1
                tokens[index] = _Token("literal", "")
    value = value.scaleb(2 * sum(token.kind == "percent" for token in tokens) - 3 * thousands)
    power = 0
    if exponent_at is not None:
        value, power = _scaled(value, max(len(whole_at), 1), len(rest_at))
    rounded = value.quantize(Decimal(1).scaleb(-len(rest_at)), rounding=ROUND_HALF_UP)
    whole, _, rest = f"{rounded:f}".partition(".")
    shown = {index: text for index, text in _whole_digits(whole.lstrip("0"), whole_at, tokens, grouped=grouped)}
    shown |= dict(_rest_digits(rest, rest_at, tokens))
    if exponent_at is not None:
        shown |= _power_digits(power, exponent_at, digits_at, tokens)
    out = []
    for index, token in enumerate(tokens):
        if index == point_at and not whole_at and whole.lstrip("0"):
            out.append(whole.lstrip("0"))  # a format such as .00 shows 12.5 as 12.50
        out.append(shown.get(index, "") if token.kind in {"digit", "exponent"} else token.text)
    return "".join(out)


def _scaled(value: Decimal, places: int, decimals: int) -> tuple[Decimal, int]:
    if value == 0:
        return value, 0
    power = value.adjusted() // places * places if places > 1 else value.adjusted()
    mantissa = value.scaleb(-power).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    if mantissa.adjusted() >= places:  # 9.99 rounded up to 10.0
        power += places
    return value.scaleb(-power), power


def _whole_digits(digits: str, places: list[int], tokens: list[_Token], *, grouped: bool) -> list[tuple[int, str]]:
    """The text for each place before the point, filled from the right; what is left over goes to the first place."""
    made: list[tuple[int, str]] = []
    left = digits
    for position, index in enumerate(reversed(places)):
        sign = tokens[index].text
        last = position == len(places) - 1
        digit, left = (left, "") if last and len(left) > 1 else (left[-1:], left[:-1])
        if not digit:
            digit = "0" if sign == "0" else " " if sign == "?" else ""
        if grouped:
            digit = _group(digit, position)
        made.append((index, digit))
    return made


def _group(digits: str, position: int) -> str:
    """Put commas where a count of digits from the right is a multiple of three."""
    out = ""
    for offset, digit in enumerate(reversed(digits)):
        place = position + offset
        out = digit + ("," if place and place % 3 == 0 and digit != " " else "") + out
    return out


def _rest_digits(digits: str, places: list[int], tokens: list[_Token]) -> list[tuple[int, str]]:
    kept = len(digits.rstrip("0"))
    made = []
    for position, index in enumerate(places):
        sign = tokens[index].text
        digit = digits[position] if position < len(digits) else "0"
        if position >= kept and sign != "0":
            digit = "" if sign == "#" else " "
        made.append((index, digit))
    return made


def _power_digits(power: int, exponent_at: int, digits_at: list[int], tokens: list[_Token]) -> dict[int, str]:
    places = [index for index in digits_at if index > exponent_at]
    sign = "-" if power < 0 else "+" if tokens[exponent_at].text.endswith("+") else ""
    made = {exponent_at: f"E{sign}"}
    if places:
        text = str(abs(power)).zfill(sum(tokens[index].text == "0" for index in places))
        made |= dict.fromkeys(places, "") | {places[0]: text}
    else:
        made[exponent_at] += str(abs(power))
    return made


def _show_fraction(value: Decimal, section: _Section) -> str:
    tokens = section.tokens
    slash = next(index for index, token in enumerate(tokens) if token.kind == "slash")
    after = [token.text for token in tokens[slash + 1 :] if token.kind in {"digit", "literal"} and token.text.strip()]
    before = [token for token in tokens[:slash] if token.kind in {"digit", "literal"}]
    gap = next((index for index in range(len(before) - 1, -1, -1) if before[index].kind == "literal"), None)
    has_whole = gap is not None and any(token.kind == "digit" for token in before[:gap])
    whole = int(value) if has_whole else 0
    part = Fraction(value) - whole
    if "".join(after).isdigit() and "".join(after).strip("0"):
        below = int("".join(after))
        above = int(part * below + Fraction(1, 2))
    else:
        nearest = part.limit_denominator(10 ** max(1, sum(text in "#?0" for text in after)) - 1)
        above, below = nearest.numerator, nearest.denominator
    if has_whole and above == below:
        whole, above = whole + 1, 0
    if above == 0 and has_whole:
        return str(whole)
    return f"{whole} {above}/{below}" if whole else f"{above}/{below}"


# ---- dates and times ----------------------------------------------------------------------------------------------


def _show_date(serial: float, section: _Section, *, from_1904: bool) -> str | None:
    """None: no such date, which a spreadsheet shows as #####."""
    if not 0 <= serial < _LAST_SERIAL:
        return None
    tokens = section.tokens
    decimals = max((len(token.text.partition(".")[2]) for token in tokens if token.kind == "date"), default=0)
    total = Decimal(repr(serial)) * 86_400
    total = total.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    days, seconds = divmod(total, 86_400)
    leap_bug = not from_1904 and int(days) == 60  # 1900-02-29 exists in spreadsheets only
    if from_1904:
        base = datetime(1904, 1, 1)  # noqa: DTZ001  # sheets have no zones
    else:
        base = datetime(1899, 12, 31) if days < 60 else datetime(1899, 12, 30)  # noqa: DTZ001
    try:
        moment = base + timedelta(days=int(days) - leap_bug, seconds=int(seconds))
    except OverflowError:
        return None
    twelve = any(token.kind == "half" for token in tokens)
    minutes = _minutes_at(tokens)
    fraction = f"{seconds % 1:f}".partition(".")[2]
    out = []
    for index, token in enumerate(tokens):
        if token.kind == "half":
            out.append(_half(token.text, moment.hour))
        elif token.kind == "elapsed":
            unit = {"h": 3600, "m": 60, "s": 1}[token.text[0]]
            out.append(str(int(total // unit)).zfill(len(token.text)))
        elif token.kind == "date":
            if index in minutes:
                out.append(str(moment.minute).zfill(min(len(token.text), 2)))
            elif leap_bug and token.text[0] == "d" and len(token.text) < 3:
                out.append("29")
            else:
                out.append(_date_part(token.text, moment, twelve=twelve, fraction=fraction))
        else:
            out.append(token.text)
    return "".join(out).strip()


def _minutes_at(tokens: tuple[_Token, ...]) -> set[int]:
    """Where `m` means minutes: after hours or before seconds."""
    timed = [(index, token) for index, token in enumerate(tokens) if token.kind in {"date", "elapsed"}]
    found = set()
    for place, (index, token) in enumerate(timed):
        if token.kind == "date" and token.text in {"m", "mm"}:
            before = timed[place - 1][1].text[0] if place else ""
            after = timed[place + 1][1].text[0] if place + 1 < len(timed) else ""
            if before == "h" or after == "s":
                found.add(index)
    return found


def _half(text: str, hour: int) -> str:
    before, after = text.split("/")
    return after if hour >= 12 else before


def _date_part(token: str, moment: datetime, *, twelve: bool, fraction: str) -> str:
    sign, width = token[0], len(token)
    if sign == "y":
        return f"{moment.year % 100:02d}" if width <= 2 else f"{moment.year:04d}"
    if sign == "e":
        return str(moment.year)
    if sign == "b":
        return f"{(moment.year + 543) % 100:02d}" if width <= 2 else str(moment.year + 543)
    if sign == "m":
        name = _MONTHS[moment.month - 1]
        return [str(moment.month), f"{moment.month:02d}", name[:3], name, name[:1]][min(width, 5) - 1]
    if sign == "d":
        name = _DAYS[moment.weekday()]
        return [str(moment.day), f"{moment.day:02d}", name[:3], name][min(width, 4) - 1]
    if sign == "a":
        return ("周" if width == 3 else "星期") + _DAYS_ZH[moment.weekday()]
    if sign == "h":
        hour = (moment.hour % 12 or 12) if twelve else moment.hour
        return str(hour).zfill(min(width, 2))
    seconds, point, decimals = token.partition(".")
    return str(moment.second).zfill(min(len(seconds), 2)) + point + fraction[: len(decimals)].ljust(len(decimals), "0")
