"""Units of measure as catalogs write them, Chinese and English: what they are called, what they measure, conversion.

A unit is named by its symbol: `cm`, `kg`, `ml`, `W`, `mAh`. Factors are exact by definition (SI; international yard and
pound 1959; US fluid ounce; 市制 of 1930: 斤 = 500 g, 尺 = 1/3 m). Counted things (件, 片, pcs) are one dimension.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit: `factor` of them are one base unit of `dimension`; offset only for temperatures."""

    symbol: str
    dimension: str
    factor: float
    offset: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One measure in a text: `1.7 L`, `5-10kg` (range), `48*74cm` (product). amounts are in `unit`, as written.

    start, end: code points of the text, the unit included.
    """

    amounts: tuple[float, ...]
    unit: str  # symbol; "" where none is written
    shape: Literal["single", "range", "product"]
    start: int
    end: int


_COUNTED: Final = "件个只条片包袋盒支瓶粒枚双套张块卷根把副对枝朵盏台"
# symbol: (dimension, factor to the base unit, spellings). Bases: m, g, ml, s, W, V, A, Hz, count, …
_TABLE: Final[dict[str, tuple[str, float, str]]] = {
    "mm": ("length", 0.001, "mm millimeter millimeters millimetre millimetres 毫米"),
    "cm": ("length", 0.01, "cm centimeter centimeters centimetre centimetres 厘米 公分"),
    "dm": ("length", 0.1, "dm 分米"),
    "m": ("length", 1, "m meter meters metre metres mtr 米 公尺"),
    "km": ("length", 1000, "km 千米 公里"),
    "in": ("length", 0.0254, 'in inch inches in. ” ″ " 英寸 吋'),
    "ft": ("length", 0.3048, "ft foot feet ft. 英尺 呎"),
    "yd": ("length", 0.9144, "yd yard yards 码数"),
    "尺": ("length", 1 / 3, "市尺 尺"),
    "μm": ("length", 1e-6, "μm um 微米"),
    "mg": ("mass", 0.001, "mg milligram milligrams 毫克"),
    "g": ("mass", 1, "g gr gram grams gramme grammes gm 克"),
    "kg": ("mass", 1000, "kg kgs kilo kilos kilogram kilograms 千克 公斤"),
    "t": ("mass", 1e6, "吨 tonne tonnes"),
    "斤": ("mass", 500, "斤 市斤"),
    "两": ("mass", 50, "两"),
    "oz": ("mass", 28.349523125, "oz oz. ounce ounces 盎司"),
    "lb": ("mass", 453.59237, "lb lbs lb. lbs. pound pounds 磅"),
    "ml": ("volume", 1, "ml milliliter milliliters millilitre millilitres cc 毫升"),
    "cl": ("volume", 10, "cl 厘升"),
    "L": ("volume", 1000, "l liter liters litre litres ltr 升 公升"),
    "fl oz": ("volume", 29.5735295625, "fl.oz fl.oz. floz fl-oz"),
    "gal": ("volume", 3785.411784, "gal gallon gallons 加仑"),
    "cup": ("volume", 236.5882365, "cup cups"),
    "mm²": ("area", 1e-6, "mm² mm2 平方毫米"),
    "cm²": ("area", 1e-4, "cm² cm2 平方厘米"),
    "m²": ("area", 1, "m² m2 ㎡ sqm 平方米 平米 平方"),
    "s": ("time", 1, "s sec secs second seconds 秒 秒钟"),
    "min": ("time", 60, "min mins minute minutes 分钟"),
    "h": ("time", 3600, "h hr hrs hour hours 小时"),
    "d": ("time", 86_400, "day days 天 日"),
    "month": ("time", 2_629_746, "month months 个月"),
    "year": ("time", 31_556_952, "year years yr yrs 年"),
    "W": ("power", 1, "w watt watts 瓦 瓦特"),
    "kW": ("power", 1000, "kw kilowatt kilowatts 千瓦"),
    "V": ("voltage", 1, "v volt volts vac vdc 伏 伏特"),
    "kV": ("voltage", 1000, "kv 千伏"),
    "A": ("current", 1, "a amp amps ampere amperes 安 安培"),
    "mA": ("current", 0.001, "ma 毫安"),
    "mAh": ("charge", 0.001, "mah 毫安时 毫安时"),
    "Ah": ("charge", 1, "ah 安时"),
    "Wh": ("energy", 3600, "wh 瓦时"),
    "kWh": ("energy", 3_600_000, "kwh 千瓦时"),
    "kJ": ("energy", 1000, "kj 千焦"),
    "kcal": ("energy", 4184, "kcal 千卡 大卡"),
    "Hz": ("frequency", 1, "hz 赫兹 赫"),
    "kHz": ("frequency", 1000, "khz 千赫"),
    "MHz": ("frequency", 1e6, "mhz 兆赫"),
    "GHz": ("frequency", 1e9, "ghz 吉赫"),
    "dB": ("level", 1, "db 分贝"),
    "lm": ("light", 1, "lm lumen lumens 流明"),
    "K": ("colour temperature", 1, "k kelvin 开尔文"),
    "rpm": ("rotation", 1, "rpm r/min 转/分 转"),
    "Pa": ("pressure", 1, "pa 帕"),
    "kPa": ("pressure", 1000, "kpa 千帕"),
    "bar": ("pressure", 100_000, "bar"),
    "KB": ("data", 1e3, "kb"),
    "MB": ("data", 1e6, "mb 兆"),
    "GB": ("data", 1e9, "gb gig"),
    "TB": ("data", 1e12, "tb"),
    "Mbps": ("data rate", 1e6, "mbps mb/s"),
    "Gbps": ("data rate", 1e9, "gbps"),
    "MP": ("pixels", 1e6, "mp megapixel megapixels 百万像素"),
    "万像素": ("pixels", 1e4, "万像素"),
    "g/m²": ("grammage", 1, "g/m² g/m2 gsm g/㎡ 克/平方米 克/㎡"),
    "tex": ("yarn", 1, "tex"),
    "支": ("yarn count", 1, "支纱 s支"),
    "%": ("share", 0.01, "% ％ percent 百分之"),
    "°": ("angle", 1, "° 度 degree degrees"),
    "°C": ("temperature", 1, "°c ℃ 摄氏度 celsius"),
    "°F": ("temperature", 5 / 9, "°f ℉ 华氏度 fahrenheit"),
    "count": (
        "count", 1,
        f"pcs pc piece pieces count ct ct. pack packs pk sheets {' '.join(_COUNTED)}",
    ),
    "人": ("people", 1, "人 person persons people"),
    "岁": ("age", 1, "岁 years-old yrs-old"),
}  # fmt: skip

_OFFSETS: Final = {"°F": -32.0}
UNITS: Final[dict[str, Unit]] = {
    symbol: Unit(symbol=symbol, dimension=dimension, factor=factor, offset=_OFFSETS.get(symbol, 0.0))
    for symbol, (dimension, factor, _) in _TABLE.items()
}


def unit_of(spelling: str) -> Unit | None:
    """The unit that is written so, in any case and language; None for what is no unit."""
    text = spelling.strip()
    return UNITS.get(text) or _spellings().get(" ".join(text.casefold().split()))


def convertible(left: str, right: str) -> bool:
    """Whether two units measure the same."""
    one, other = unit_of(left), unit_of(right)
    return one is not None and other is not None and one.dimension == other.dimension


def convert(amount: float, unit: str, to: str) -> float:
    """The amount in another unit, to twelve digits. Raises ValueError where they do not measure the same."""
    one, other = unit_of(unit), unit_of(to)
    if one is None or other is None or one.dimension != other.dimension:
        raise ValueError(f"{unit} cannot be converted to {to}")
    if one == other:
        return amount
    return float(f"{(amount + one.offset) * one.factor / other.factor - other.offset:.12g}")


def shown(amount: float) -> str:
    """A number as people write it: no exponent, no needless zeros."""
    text = f"{amount:.10g}"
    return text if "e" not in text else f"{amount:f}".rstrip("0").rstrip(".")


def number(text: str) -> float | None:
    """The number that a text is: `1,200`, `1.5`, `1,5` and `½`; None if it is none."""
    text = text.strip()
    if text in _FRACTIONS:
        return _FRACTIONS[text]
    if re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?", text):
        text = text.replace(",", "")
    elif text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    try:
        return float(text) if re.fullmatch(r"[-+]?[0-9]{1,15}(?:\.[0-9]{0,15})?", text) else None
    except ValueError:
        return None


def quantities(text: str) -> Iterator[Quantity]:
    """The measures in a text, from left to right. A number without a unit is none, but for products such as 48*74."""
    if not any(sign in text for sign in "0123456789½¼¾"):
        return
    for found in _pattern().finditer(text):
        yield from _measured(text, found)


def _measured(text: str, found: re.Match[str]) -> Iterator[Quantity]:
    parts: list[tuple[float, Unit | None, int, int]] = []
    for place in "1234":
        if found[f"n{place}"] is None:
            continue
        amount, spelling = number(found[f"n{place}"]), found[f"u{place}"]
        if amount is None:
            return
        unit = unit_of(spelling) if spelling else None
        end = found.end(f"u{place}") if spelling else found.end(f"n{place}")
        if unit is not None and not _meant(text, found.end(f"n{place}"), spelling, end):
            unit, end = None, found.end(f"n{place}")
        parts.append((amount, unit, found.start(f"n{place}"), end))
    units = [unit for _, unit, _, _ in parts if unit]
    last = units[-1] if units else None
    if last is None and (len(parts) < 2 or found["dash"]):
        return
    if last is not None and len({unit.dimension for unit in units}) > 1:  # 500g*2袋: two measures
        for amount, unit, start, end in parts:
            if unit is not None:
                yield Quantity(amounts=(amount,), unit=unit.symbol, shape="single", start=start, end=end)
        return
    amounts = tuple(
        convert(amount, unit.symbol, last.symbol) if unit and last else amount for amount, unit, _, _ in parts
    )
    shape: Literal["single", "range", "product"] = (
        "single" if len(parts) == 1 else "range" if found["dash"] else "product"
    )
    symbol = last.symbol if last else ""
    yield Quantity(amounts=amounts, unit=symbol, shape=shape, start=parts[0][2], end=parts[-1][3])


def _meant(text: str, start: int, spelling: str, end: int) -> bool:
    """Whether letters behind a number are a unit: not the M of a shoe's width, nor the in of `3 in 1`."""
    if spelling in {"M", "S", "H", "D", "T", "G", "K"} and text[start : end - len(spelling)].strip("-"):
        return False
    if spelling in {"M", "S", "A", "G", "K"} and end - start > 1:
        return False
    return not (spelling.casefold() == "in" and text[end : end + 2].strip()[:1].isdigit())


_FRACTIONS: Final = {"½": 0.5, "¼": 0.25, "¾": 0.75}


@cache
def _spellings() -> dict[str, Unit]:
    found = {symbol.casefold(): unit for symbol, unit in UNITS.items()}
    for symbol, (_, _, spellings) in _TABLE.items():
        found |= dict.fromkeys(spellings.split(), UNITS[symbol])
    found |= dict.fromkeys(("fl oz", "fl. oz", "fl. oz.", "fluid ounce", "fluid ounces"), UNITS["fl oz"])
    return found


@cache
def _pattern() -> re.Pattern[str]:
    spellings = sorted(_spellings(), key=len, reverse=True)
    latin = "|".join(re.escape(one) for one in spellings if one[-1].isascii() and one[-1].isalpha())
    other = "|".join(re.escape(one) for one in spellings if not (one[-1].isascii() and one[-1].isalpha()))
    unit = rf"(?:(?:{latin})(?![A-Za-z])|(?:{other}))"
    amount = r"(?:[0-9]{1,9}(?:[.,][0-9]{1,6})*|[½¼¾])"
    times, dash = r"\s?(?:[*×xX✕]|by)\s?", r"\s?(?P<dash>[-~–—～至到])\s?"

    def part(number: int, *, spaced: bool) -> str:
        return rf"(?P<n{number}>{amount})(?:\s?-?(?P<u{number}>{unit}))?" if spaced else ""

    first = part(1, spaced=True)
    rest = rf"(?:{times}{part(2, spaced=True)}(?:{times}{part(3, spaced=True)})?|{dash}{part(4, spaced=True)})?"
    return re.compile(rf"(?<![A-Za-z0-9.]){first}{rest}", re.IGNORECASE)
