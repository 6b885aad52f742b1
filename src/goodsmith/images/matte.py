"""Cuts the product out without a model: a smooth background is fitted and taken away, GrabCut settles what is unsure.

Works on plain and studio backgrounds. Two masks are made in different ways; how far they agree is the confidence, and
below `SURE` a person or a model should decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from goodsmith.images.pictures import RGB, Alpha

    Lab = NDArray[np.float32]
    Mask = NDArray[np.bool_]

Method = Literal["given", "plain", "grabcut"]
SIDE: Final = 320  # masks are found at this size, edges at full size
PLAIN: Final = 4.0  # median deviation of the rim in Lab units
SURE: Final = 0.85


@dataclass(frozen=True, slots=True, eq=False)
class Matte:
    """alpha: the product's share of each pixel. confidence: 0 to 1, the agreement (IoU) of two independent masks."""

    alpha: Alpha
    confidence: float
    method: Method
    share: float  # of the picture that is product

    @property
    def sure(self) -> bool:
        return self.confidence >= SURE


def cut_out(rgb: RGB, alpha: Alpha | None = None) -> Matte:
    """The product's alpha. alpha: what the file itself says, which is believed."""
    import cv2  # noqa: PLC0415 - heavy
    import numpy as np  # noqa: PLC0415

    height, width = rgb.shape[:2]
    if alpha is not None and 0.005 < float(alpha.mean()) < 0.995:
        return Matte(alpha, 1.0, "given", float((alpha > 0.5).mean()))
    scale = min(1.0, SIDE / max(height, width))
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    lab = to_lab(small)
    surface, deviation, inliers = background_surface(lab)
    by_colour = _away_from(lab, surface, deviation)
    by_cut = _grabcut(small, _seed(by_colour))
    plain = deviation < PLAIN and inliers > 0.75 and 0.01 < by_colour.mean() < 0.95
    if plain:
        chosen = _settled(small, by_colour) if deviation > 1.0 else by_colour
        confidence = _agreement(chosen, by_cut)
        method: Method = "plain"
    else:
        chosen = by_cut if 0.01 < by_cut.mean() < 0.95 else by_colour
        other = _grabcut(small, _in_the_middle(chosen.shape))
        confidence = 0.9 * _agreement(chosen, other) * _agreement(chosen, by_colour) ** 0.5
        method = "grabcut"
    touching = _rim_share(chosen)
    confidence *= max(0.0, 1 - 2 * max(0.0, touching - 0.15))  # a product that leaves the picture cannot be told
    soft = cv2.GaussianBlur(chosen.astype(np.float32), (0, 0), 0.8)
    mask = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)
    share = float(chosen.mean())
    if not 0.002 < share < 0.98:
        confidence = 0.0
    return Matte(_refined(rgb, mask), float(np.clip(confidence, 0, 1)), method, share)


def to_lab(rgb: RGB) -> Lab:
    """CIE L*a*b*, float32; L from 0 to 100."""
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    lab: Lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return lab


def background_surface(lab: Lab) -> tuple[Lab, float, float]:
    """The colour that the background would have everywhere, as a quadratic surface through the rim.

    Also the rim's median deviation from it in Lab units, and the share of the rim that follows it.
    """
    import numpy as np  # noqa: PLC0415

    height, width = lab.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    u, v = columns / width * 2 - 1, rows / height * 2 - 1
    terms = np.stack([np.ones_like(u), u, v, u * u, v * v, u * v], -1).reshape(-1, 6)
    colours = lab.reshape(-1, 3)
    places = np.flatnonzero(_rim(height, width).ravel())
    if len(places) > 4_000:
        places = np.random.default_rng(0).permutation(places)[:4_000]
    kept = np.ones(len(places), bool)
    distance = np.zeros(len(places))
    fit = np.zeros((6, 3))
    for _ in range(4):  # what is far off, such as a product at the rim, is left out of the next fit
        fit, *_rest = np.linalg.lstsq(terms[places[kept]], colours[places[kept]], rcond=None)
        distance = np.linalg.norm(colours[places] - terms[places] @ fit, axis=1)
        kept = distance < max(4.0, 2.5 * float(np.median(distance)))
        if kept.sum() < 12:
            break
    surface = (terms @ fit).reshape(lab.shape).astype(np.float32)
    return surface, float(np.median(distance)), float(kept.mean())


def _away_from(lab: Lab, surface: Lab, deviation: float) -> Mask:
    """Pixels that differ from the background; a soft shadow, which is only darker, hardly counts."""
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    difference = lab - surface
    chroma, lightness = np.hypot(difference[..., 1], difference[..., 2]), difference[..., 0]
    smooth = cv2.GaussianBlur(lab[..., 0], (0, 0), 1.0)
    slope = np.hypot(cv2.Sobel(smooth, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(smooth, cv2.CV_32F, 0, 1) / 8)
    flat = cv2.GaussianBlur((slope < 1.6).astype(np.float32), (0, 0), 1.0) > 0.6
    shadow = (lightness < 0) & (lightness > -38) & (chroma < 5 + 0.08 * np.abs(lightness)) & flat
    weight = np.where(shadow, 0.15, 1.0)
    away = np.sqrt((weight * lightness) ** 2 * 0.6 + chroma**2 * 1.6).astype(np.float32)
    away = cv2.GaussianBlur(away, (0, 0), 0.8)
    threshold = max(4.5, 3.0 * deviation + 2.0)
    count, labels = cv2.connectedComponents((away > threshold).astype(np.uint8))
    keep = np.zeros(count, bool)
    keep[np.unique(labels[away > 2 * threshold])] = True
    keep[0] = False
    mask = cv2.morphologyEx(keep[labels].astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return _tidied(mask, away, threshold)


def _tidied(mask: Any, away: Any = None, threshold: float = 0.0) -> Mask:
    """Without crumbs, and with holes filled unless the background shows through them, as in a ring."""
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    mask = mask.astype(np.uint8)
    height, width = mask.shape
    count, labels, stats, _ = cv2.connectedComponentsWithStats(1 - mask, connectivity=4)
    outside = set(np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])).tolist())
    for part in range(1, count):
        if part in outside:
            continue
        area = stats[part, cv2.CC_STAT_AREA]
        shows_through = (
            away is not None
            and area > 0.002 * height * width
            and area < 0.25 * mask.sum()
            and float(np.median(away[labels == part])) < 0.35 * threshold
        )
        if not shows_through:
            mask[labels == part] = 1
    count, labels, stats, centres = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count > 2:
        largest = stats[1:, cv2.CC_STAT_AREA].max()
        kept = np.zeros_like(mask)
        for part in range(1, count):
            area, (x, y) = stats[part, cv2.CC_STAT_AREA], centres[part]
            central = 0.15 * width < x < 0.85 * width and 0.15 * height < y < 0.85 * height
            if area > 0.08 * largest or (area > 0.01 * largest and central):
                kept[labels == part] = 1
        mask = kept
    tidy: Mask = mask.astype(bool)
    return tidy


def _settled(small: RGB, mask: Mask) -> Mask:
    """The mask with thin seams cut off and its unsure rim decided by GrabCut, for real photos."""
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    radius = max(1, round(0.012 * max(mask.shape)))
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, _disc(radius))
    if opened.sum() < 0.3 * mask.sum():
        opened = mask.astype(np.uint8)
    sure, near = cv2.erode(opened, _disc(2 * radius)), cv2.dilate(opened, _disc(2 * radius))
    seed = np.full(mask.shape, cv2.GC_BGD, np.uint8)
    seed[near > 0] = cv2.GC_PR_BGD
    seed[opened > 0] = cv2.GC_PR_FGD
    seed[sure > 0] = cv2.GC_FGD
    cut = _grabcut(small, seed, rounds=3)
    return opened.astype(bool) if cut.sum() < 0.6 * opened.sum() else cut


def _seed(mask: Mask) -> Any:
    """A first guess for GrabCut that leaves everything but the rim and the core open."""
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    seed = np.full(mask.shape, cv2.GC_PR_BGD, np.uint8)
    seed[mask] = cv2.GC_PR_FGD
    seed[_rim(*mask.shape, share=0.015) & ~mask] = cv2.GC_BGD
    return seed


def _in_the_middle(shape: tuple[int, ...]) -> Any:
    """A guess that knows only that products stand in the middle."""
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    seed = np.full(shape, cv2.GC_PR_BGD, np.uint8)
    height, width = shape
    seed[height // 6 : -height // 6, width // 6 : -width // 6] = cv2.GC_PR_FGD
    seed[_rim(height, width, share=0.03)] = cv2.GC_BGD
    return seed


def _grabcut(small: RGB, seed: Any, *, rounds: int = 4) -> Mask:
    """Rother et al. 2004, doi:10.1145/1015706.1015720."""
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    front = (seed == cv2.GC_FGD) | (seed == cv2.GC_PR_FGD)
    if front.sum() < 60 or (~front).sum() < 60:
        return _tidied(front)
    cv2.setRNGSeed(0)
    labels, models = seed.copy(), (np.zeros((1, 65)), np.zeros((1, 65)))
    cv2.grabCut(cv2.cvtColor(small, cv2.COLOR_RGB2BGR), labels, None, *models, rounds, cv2.GC_INIT_WITH_MASK)
    return _tidied((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD))


def _refined(rgb: RGB, mask: Any) -> Alpha:
    """The mask's edge moved to the picture's edge (guided filter, He et al. 2010, doi:10.1109/TPAMI.2012.213)."""
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    radius = max(2, round(max(mask.shape) / 160))
    hard = (mask > 0.5).astype(np.uint8)
    guided = cv2.ximgproc.guidedFilter(rgb.astype(np.float32) / 255, mask.astype(np.float32), radius, 1e-5)
    alpha: Alpha = np.clip((guided - 0.08) / 0.84, 0, 1).astype(np.float32)
    alpha[cv2.erode(hard, _disc(2 * radius)) > 0] = 1
    alpha[cv2.dilate(hard, _disc(2 * radius)) == 0] = 0
    return alpha


def _rim(height: int, width: int, *, share: float = 0.04) -> Mask:
    import numpy as np  # noqa: PLC0415

    wide = max(2, round(min(height, width) * share))
    rim: Mask = np.zeros((height, width), bool)
    rim[:wide] = rim[-wide:] = True
    rim[:, :wide] = rim[:, -wide:] = True
    return rim


def _rim_share(mask: Mask) -> float:
    """How much of the picture's rim is product, 0 to 1."""
    return float(mask[_rim(*mask.shape, share=0.01)].mean())


def _agreement(one: Mask, other: Mask) -> float:
    return float((one & other).sum() / max(1, (one | other).sum()))


def _disc(radius: int) -> Any:
    import cv2  # noqa: PLC0415

    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
