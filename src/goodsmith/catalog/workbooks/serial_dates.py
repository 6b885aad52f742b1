"""The day and time that a stored number means, and how a date format shows it. Days are counted from 1900 or 1904."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from goodsmith.catalog.workbooks.format_codes import Token

_LAST_SERIAL = 2_958_466  # the day after 9999-12-31
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  # sheets have no zones
_EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
_LEAP_DAY_1900 = 60  # 1900-02-29 is a day in spreadsheets, and only there
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAYS_ZH = "一二三四五六日"


def serial_of(iso: str, *, from_1904: bool = False) -> str | None:
    """The stored number of a date written as ISO 8601 (strict workbooks), None if it is none."""
    try:
        moment = datetime.fromisoformat(iso).replace(tzinfo=None)
    except ValueError:
        return None
    days = (moment - (_EPOCH_1904 if from_1904 else _EPOCH)) / timedelta(days=1)
    return repr(days)


def show_date(serial: float, tokens: Sequence[Token], *, from_1904: bool) -> str | None:
    """None: no such date, which a spreadsheet shows as #####."""
    if not 0 <= serial < _LAST_SERIAL:
        return None
    decimals = max((len(token.text.partition(".")[2]) for token in tokens if token.kind == "date"), default=0)
    total = Decimal(repr(serial)) * 86_400
    total = total.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    days, seconds = divmod(total, 86_400)
    leap_day = not from_1904 and int(days) == _LEAP_DAY_1900
    early = not from_1904 and days < _LEAP_DAY_1900
    base = _EPOCH_1904 if from_1904 else _EPOCH
    try:
        moment = base + timedelta(days=int(days) + early - leap_day, seconds=int(seconds))
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
            elif leap_day and token.text[0] == "d" and len(token.text) < 3:
                out.append("29")
            else:
                out.append(_date_part(token.text, moment, twelve=twelve, fraction=fraction))
        else:
            out.append(token.text)
    return "".join(out).strip()


def _minutes_at(tokens: Sequence[Token]) -> set[int]:
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
