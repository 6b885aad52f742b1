"""Holds a picture against what a marketplace asks of a main image."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from goodsmith.errors import UnknownName
from goodsmith.records import Notice

if TYPE_CHECKING:
    from goodsmith.images.pictures import Picture

BLURRED = 0.25  # sharpness below which a photo looks soft
NOISY = 8.0  # grey levels


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """Rules of one marketplace; None where nothing is asked. Sides in pixels."""

    name: str
    min_side: int
    good_side: int
    max_side: int | None = None
    max_megapixels: float | None = None
    square: bool = False
    white: bool = False
    fill: tuple[float, float] | None = None
    formats: tuple[str, ...] = ()
    max_mb: float | None = None
    confidence: str = "low"
    source: str = ""


def market(name: str) -> Market:
    """The rules of a marketplace. Raises UnknownName."""
    known = markets()
    if name not in known:
        raise UnknownName("market", name, known, kind_zh="平台")
    return known[name]


@cache
def markets() -> dict[str, Market]:
    from ruamel.yaml import YAML  # noqa: PLC0415 - loaded where it is used

    text = (resources.files("goodsmith.images") / "markets.yaml").read_text(encoding="utf-8")
    given: dict[str, dict[str, Any]] = YAML(typ="safe").load(text)
    return {name: Market(name=name, **_plain(rules)) for name, rules in given.items()}


def check(picture: Picture, rules: Market) -> tuple[Notice, ...]:
    """What the market would object to; what `good_side`, sharpness and noise say is advice. Empty: nothing."""
    from goodsmith.images.compose import ring_of_white  # noqa: PLC0415
    from goodsmith.images.matte import cut_out  # noqa: PLC0415
    from goodsmith.images.quality import measure  # noqa: PLC0415

    found: list[Notice] = []

    def say(code: str, en: str, zh: str) -> None:
        found.append(Notice(code=code, en=en, zh=zh))

    short, long = sorted((picture.width, picture.height))
    size = f"{picture.width} x {picture.height}"
    if short < rules.min_side:
        say("too_small", f"{size} pixels; at least {rules.min_side}", f"{size} 像素;至少 {rules.min_side}")
    elif long < rules.good_side:
        say("rather_small", f"{size} pixels; {rules.good_side} are better", f"{size} 像素;建议 {rules.good_side}")
    if rules.max_side and long > rules.max_side:
        say("too_large", f"{size} pixels; at most {rules.max_side}", f"{size} 像素;至多 {rules.max_side}")
    if rules.max_megapixels and picture.width * picture.height > rules.max_megapixels * 1e6:
        say("too_large", f"more than {rules.max_megapixels} megapixels", f"超过 {rules.max_megapixels} 百万像素")
    if rules.square and picture.width != picture.height:
        say("not_square", f"{size}: not square", f"{size}:不是正方形")
    if rules.formats and picture.format not in rules.formats:
        listed = ", ".join(rules.formats)
        say("format", f"{picture.format} is not among {listed}", f"格式 {picture.format} 不在 {listed} 之列")
    if rules.max_mb and picture.bytes > rules.max_mb * 1e6:
        megabytes = picture.bytes / 1e6
        say("bytes", f"{megabytes:.1f} MB; at most {rules.max_mb}", f"{megabytes:.1f} MB;至多 {rules.max_mb}")
    if rules.white and (ring := ring_of_white(picture.rgb)) < 1:
        say("not_white", f"{ring:.0%} of the rim is pure white", f"边缘仅 {ring:.0%} 为纯白")
    quality = measure(picture.rgb)
    if quality.sharpness < BLURRED:
        say("blurred", f"looks soft ({quality.sharpness:.2f})", f"画面偏虚({quality.sharpness:.2f})")
    if quality.noise > NOISY:
        say("noisy", f"noise of {quality.noise:.1f} grey levels", f"噪点 {quality.noise:.1f} 灰度级")
    if rules.fill is not None:
        matte = cut_out(picture.rgb, picture.alpha)
        if matte.sure:
            filled = _filled(matte.alpha)
            low, high = rules.fill
            if not low - 0.02 <= filled <= high + 0.02:
                say(
                    "fill",
                    f"the product fills {filled:.0%} of the longest side; {low:.0%} to {high:.0%} are asked",
                    f"商品占最长边 {filled:.0%};要求 {low:.0%} 至 {high:.0%}",
                )
        else:
            say(
                "unsure",
                "the product cannot be told from its background with certainty: its size was not checked",
                "无法可靠区分商品与背景:未检查商品占比",
            )
    return tuple(found)


def _plain(rules: dict[str, Any]) -> Any:
    """Lists as tuples, since a market is not changed."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in rules.items()}


def _filled(alpha: Any) -> float:
    import numpy as np  # noqa: PLC0415

    rows, columns = np.where(alpha > 0.5)
    return float(max(np.ptp(rows) + 1, np.ptp(columns) + 1) / max(alpha.shape)) if len(rows) else 0.0
