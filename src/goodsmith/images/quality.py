"""Measures a photo: is it sharp, clean, large enough, well lit, and what is behind the product?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from goodsmith.images.pictures import RGB

MEASURED_SIDE = 512  # the longest side of what is measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """sharpness: 0 blurred to 1, the share of gradient that another blur takes away (after Crete et al. 2007,
    doi:10.1117/12.702790). noise: standard deviation in grey levels (after Immerkær 1996, doi:10.1006/cviu.1996.0060).
    exposure: mean luminance, 0 to 1. clipped: share of pixels that are quite white or black inside the picture.
    border_deviation: how far the rim is from one smooth colour, in Lab units; below 4 it is plain.
    """

    width: int
    height: int
    sharpness: float
    noise: float
    exposure: float
    clipped: float
    border_deviation: float


def measure(rgb: RGB) -> Quality:
    """All of it for one picture; about 10 ms."""
    import cv2  # noqa: PLC0415 - heavy
    import numpy as np  # noqa: PLC0415

    from goodsmith.images.matte import background_surface, to_lab  # noqa: PLC0415

    height, width = rgb.shape[:2]
    scale = min(1.0, MEASURED_SIDE / max(height, width))
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else rgb
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    inner = grey[grey.shape[0] // 10 : -grey.shape[0] // 10 or None, grey.shape[1] // 10 : -grey.shape[1] // 10 or None]
    _, deviation, _ = background_surface(to_lab(small))
    return Quality(
        width=width,
        height=height,
        sharpness=_sharpness(grey),
        noise=_noise(grey),
        exposure=float(grey.mean() / 255),
        clipped=float(((inner <= 2) | (inner >= 253)).mean()) if inner.size else 0.0,
        border_deviation=deviation,
    )


def _sharpness(grey: Any) -> float:
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    def gradient(of: Any) -> Any:
        return np.hypot(cv2.Sobel(of, cv2.CV_32F, 1, 0), cv2.Sobel(of, cv2.CV_32F, 0, 1))

    before, after = gradient(grey), gradient(cv2.GaussianBlur(grey, (0, 0), 1.5))
    edges = before > np.percentile(before, 90)
    return float(1 - after[edges].mean() / (before[edges].mean() + 1e-6)) if edges.any() else 0.0


def _noise(grey: Any) -> float:
    """From the half of the picture that is flattest, so that a weave is not taken for noise."""
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    response = np.abs(cv2.filter2D(grey, cv2.CV_32F, kernel))[1:-1, 1:-1]
    if response.size == 0:
        return 0.0
    local = cv2.blur(response, (9, 9))
    flat = response[local <= np.median(local)]
    return float(np.sqrt(np.pi / 2) * flat.mean() / 6)
