"""The text that a spreadsheet shows for a stored number: ECMA-376 number formats (part 1, 18.8.30 and 18.8.31).

Where the display depends on the viewer's country (built-in formats 14 and 22) we show year/month/day, which nobody
misreads. Numbers in the General format read as in the formula bar: 15 digits, not cut to the width of a cell. A format
that shows nothing (such as `;;;`) does not hide a value from us.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from goodsmith.catalog.workbooks.format_codes import Plain, Section, Token, sections
from goodsmith.catalog.workbooks.serial_dates import show_date

Formatter = Callable[[str], str]  # the stored number as written in the file -> the text shown

_REMEMBERED = 20_000  # shown texts per format

_INTEGER = re.compile(r"-?[0-9]{1,15}")


def make_formatter(code: str, *, from_1904: bool = False) -> Formatter:
    """How numbers are shown in a format. Texts once made are remembered."""
    numbers = [section for section in sections(code) if section.kind != "text"]
    if not numbers or (len(numbers) == 1 and numbers[0].kind == "general" and len(numbers[0].tokens) == 1):
        return general
    shown: dict[str, str] = {}

    def show(stored: str) -> str:
        text = shown.get(stored)
        if text is None:
            if len(shown) >= _REMEMBERED:
                shown.clear()
            try:
                text = _show(stored, numbers, from_1904=from_1904)
            except ArithmeticError:  # more digits than any spreadsheet has
                text = general(stored)
            shown[stored] = text
        return text

    return show


def make_text_formatter(code: str) -> tuple[str, str] | None:
    """What a format puts before and after a text, None if nothing: `@"件"` shows 3 as 3件."""
    for section in sections(code):
        if section.kind == "text":
            before = "".join(token.text for token in _before_text(section.tokens) if token.kind == "literal")
            after = "".join(token.text for token in _after_text(section.tokens) if token.kind == "literal")
            return (before, after) if (before + after).strip() else None
    return None


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
    if not math.isfinite(value):
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


# ---- choosing a section -------------------------------------------------------------------------------------------


def _fill(value: Decimal, plain: Plain) -> str:
    rounded = (value * 100 if plain.percent else value).quantize(plain.step, rounding=ROUND_HALF_UP)
    text = f"{rounded:,f}" if plain.grouped else f"{rounded:f}"
    text = text.zfill(plain.width)
    return f"{plain.before}{text}{'%' if plain.percent else ''}{plain.after}"


def _show(stored: str, parts: list[Section], *, from_1904: bool) -> str:
    try:
        value = float(stored)
    except ValueError:
        return stored
    if not math.isfinite(value):
        return stored
    section, signed = (parts[0], True) if len(parts) == 1 else _choose(value, parts)
    exact = Decimal(stored if len(stored) <= 15 or abs(value) >= 1e20 else general(stored))
    if section.plain is not None:
        text = _fill(abs(exact), section.plain)
        return (f"-{text}" if signed and value < 0 else text).strip()
    if section.kind == "general":
        shown = general(stored if signed or value >= 0 else stored.lstrip("-"))
        text = "".join(shown if token.kind == "general" else token.text for token in section.tokens)
    elif section.kind == "date":
        return show_date(value, section.tokens, from_1904=from_1904) or general(stored)
    elif section.kind == "fraction":
        text = ("-" if signed and value < 0 else "") + _show_fraction(abs(exact), section)
    else:
        text = ("-" if signed and value < 0 else "") + _show_number(abs(exact), section)
    return text.strip() or general(stored)


def _choose(value: float, parts: list[Section]) -> tuple[Section, bool]:
    """The section for a value, and whether the minus sign is still to be shown."""
    if any(section.condition for section in parts):
        for section in parts:
            if section.condition is None or _holds(value, section.condition):
                return section, True
        return parts[-1], True
    if len(parts) == 1:
        return parts[0], True
    if value < 0:
        return parts[1], False
    if value == 0 and len(parts) > 2:
        return parts[2], False
    return parts[0], False


def _holds(value: float, condition: tuple[str, float]) -> bool:
    sign, limit = condition
    return {
        "<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit,
        "=": value == limit, "<>": value != limit,
    }[sign]  # fmt: skip


def _before_text(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    return tokens[: next(index for index, token in enumerate(tokens) if token.kind == "text")]


def _after_text(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    return tokens[next(index for index, token in enumerate(tokens) if token.kind == "text") + 1 :]


# ---- numbers ------------------------------------------------------------------------------------------------------


def _show_number(value: Decimal, section: Section) -> str:
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
                tokens[index] = Token("literal", "")
            elif any(other < index for other in digits_at):
                thousands += 1
                tokens[index] = Token("literal", "")
    value = value.scaleb(2 * sum(token.kind == "percent" for token in tokens) - 3 * thousands)
    power = 0
    if exponent_at is not None:
        value, power = _scaled(value, max(len(whole_at), 1), len(rest_at))
    rounded = value.quantize(Decimal(1).scaleb(-len(rest_at)), rounding=ROUND_HALF_UP)
    whole, _, rest = f"{rounded:f}".partition(".")
    shown = dict(_whole_digits(whole.lstrip("0"), whole_at, tokens, grouped=grouped))
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


def _whole_digits(digits: str, places: list[int], tokens: list[Token], *, grouped: bool) -> list[tuple[int, str]]:
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


def _rest_digits(digits: str, places: list[int], tokens: list[Token]) -> list[tuple[int, str]]:
    kept = len(digits.rstrip("0"))
    made = []
    for position, index in enumerate(places):
        sign = tokens[index].text
        digit = digits[position] if position < len(digits) else "0"
        if position >= kept and sign != "0":
            digit = "" if sign == "#" else " "
        made.append((index, digit))
    return made


def _power_digits(power: int, exponent_at: int, digits_at: list[int], tokens: list[Token]) -> dict[int, str]:
    places = [index for index in digits_at if index > exponent_at]
    sign = "-" if power < 0 else "+" if tokens[exponent_at].text.endswith("+") else ""
    made = {exponent_at: f"E{sign}"}
    if places:
        text = str(abs(power)).zfill(sum(tokens[index].text == "0" for index in places))
        made |= dict.fromkeys(places, "") | {places[0]: text}
    else:
        made[exponent_at] += str(abs(power))
    return made


def _show_fraction(value: Decimal, section: Section) -> str:
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
