"""Puts a cut-out on another background: white, a colour, a studio; with a contact shadow; and proves what was kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from goodsmith.images.pictures import RGB, Alpha

Background = Literal["white", "studio"]
CHOKE: Final = 0.12  # of alpha, taken from the rim where the old background still shines through


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """What was made. fill: the product's longest side as a share of the canvas. ring: share of pure white at the rim.

    unchanged: the share of the product's solid pixels that are within one grey level of the source, seen at the size of
    the result; 1 where nothing but scaling happened to them.
    """

    fill: float
    ring: float
    unchanged: float


def on_canvas(
    rgb: RGB,
    alpha: Alpha,
    *,
    size: int = 1600,
    fill: float = 0.85,
    shadow: float = 0.0,
    background: Background = "white",
) -> tuple[RGB, Composed]:
    """The product on a square canvas. fill: of its longest side, 0 to 1. shadow: 0 none to 1 dark.

    Raises ValueError where alpha is empty.
    """
    import cv2  # noqa: PLC0415 - heavy
    import numpy as np  # noqa: PLC0415

    top, bottom, left, right = _box(alpha)
    solid = np.clip((alpha - CHOKE) / (1 - CHOKE), 0, 1).astype(np.float32)
    colour = _without_old_background(rgb, solid)[top:bottom, left:right]
    share = solid[top:bottom, left:right]
    scale = fill * size / max(bottom - top, right - left)
    wide, high = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    # colour times alpha is scaled, so that no fringe of the old background comes in
    product = np.clip(cv2.resize(colour * share[..., None], (wide, high), interpolation=way), 0, 255)
    small_share = np.clip(cv2.resize(share, (wide, high), interpolation=way), 0, 1)
    y, x = (size - high) // 2, (size - wide) // 2
    canvas = _ground(size, background)
    placed = np.zeros((size, size), np.float32)
    placed[y : y + high, x : x + wide] = small_share
    if shadow > 0:
        canvas = canvas * (1 - _contact_shadow(placed, shadow)[..., None])
    region = canvas[y : y + high, x : x + wide]
    region[...] = np.clip(product, 0, 255 * small_share[..., None]) + (1 - small_share[..., None]) * region
    made = np.clip(canvas + 0.5, 0, 255).astype(np.uint8)
    if background == "white" and shadow <= 0:
        made[placed < 0.004] = 255
    source = np.clip(cv2.resize(rgb[top:bottom, left:right], (wide, high), interpolation=way), 0, 255)
    core = cv2.erode((small_share > 0.999).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    kept = np.abs(made[y : y + high, x : x + wide].astype(np.int16) - source.astype(np.int16)).max(-1) <= 1
    report = Composed(
        fill=max(wide, high) / size,
        ring=ring_of_white(made),
        unchanged=float(kept[core].mean()) if core.any() else 0.0,
    )
    return made, report


def ring_of_white(rgb: RGB, *, share: float = 0.02) -> float:
    """The share of pixels at the rim that are exactly 255, 255, 255."""
    import numpy as np  # noqa: PLC0415

    wide = max(1, round(min(rgb.shape[:2]) * share))
    inner = np.zeros(rgb.shape[:2], bool)
    inner[wide:-wide, wide:-wide] = True
    return float((rgb[~inner] == 255).all(-1).mean())


def _box(alpha: Alpha) -> tuple[int, int, int, int]:
    import numpy as np  # noqa: PLC0415

    rows, columns = np.where(alpha > 0.1)
    if len(rows) == 0:
        raise ValueError("there is nothing in this cut-out")
    height, width = alpha.shape
    return max(0, rows.min() - 2), min(height, rows.max() + 3), max(0, columns.min() - 2), min(width, columns.max() + 3)


def _without_old_background(rgb: RGB, alpha: Alpha) -> Any:
    """In the soft rim the colour of the nearby solid product, in place of one mixed with the old background."""
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    colour = rgb.astype(np.float32)
    height, width = alpha.shape
    scale = min(1.0, 512 / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(colour, size, interpolation=cv2.INTER_AREA)
    solid = (cv2.resize(alpha, size, interpolation=cv2.INTER_AREA) > 0.95).astype(np.float32)
    count = cv2.blur(solid, (9, 9))
    near = cv2.blur(small * solid[..., None], (9, 9)) / (count[..., None] + 1e-4)
    known = cv2.resize((count > 1e-3).astype(np.float32), (width, height)) > 0.9
    band = (alpha > 0.004) & (alpha < 0.97) & known
    colour[band] = cv2.resize(near, (width, height))[band]
    return colour


def _ground(size: int, background: Background) -> Any:
    import numpy as np  # noqa: PLC0415

    if background == "white":
        return np.full((size, size, 3), 255, np.float32)
    y = np.linspace(0, 1, size, dtype=np.float32)[:, None]
    x = np.linspace(0, 1, size, dtype=np.float32)[None]
    wall = 1 - 0.10 * ((x - 0.45) ** 2 + (y - 0.25) ** 2) * 2
    floor = 1.02 - 0.16 * np.abs(y - 1)
    is_floor = 1 / (1 + np.exp(-(y - 0.68) * 60))
    light = np.clip(wall * (1 - is_floor) + floor * is_floor, 0, 1)
    return (np.array((0.93, 0.92, 0.90), np.float32) * light[..., None] * 255).astype(np.float32)


def _contact_shadow(alpha: Alpha, strength: float) -> Any:
    """Darkness where the product touches the ground: a tight line below it, and a soft one around."""
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    size = alpha.shape[0]
    solid = alpha > 0.5
    columns = np.flatnonzero(solid.any(0))
    lowest = size - 1 - np.argmax(solid[::-1], axis=0)
    base = lowest[columns].max()
    line = np.zeros_like(alpha)
    thick = max(1, round(0.006 * size))
    for column in columns:
        touch = max(0.0, 1 - (base - lowest[column]) / (0.10 * size))
        if touch > 0:
            line[lowest[column] : lowest[column] + thick, column] = touch
    tight = cv2.GaussianBlur(line, (0, 0), sigmaX=0.010 * size, sigmaY=0.004 * size)
    soft = cv2.GaussianBlur(line, (0, 0), sigmaX=0.035 * size, sigmaY=0.012 * size)
    darkness = strength * (0.65 * tight / (tight.max() + 1e-6) + 0.55 * soft / (soft.max() + 1e-6))
    return np.clip(darkness, 0, 1)
