"""Finds the same photo again: scaled, recompressed, brightened, mirrored or cropped.

First a perceptual hash (DCT signs), then, for crops and mirrored copies, matching key points that agree on one
similarity transform.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from goodsmith.images.pictures import RGB

NEAR: Final = 10  # of 64 bits
POINTS: Final = 300
AGREEING: Final = 18  # key points on one transform


@dataclass(frozen=True, slots=True, eq=False)
class Print:
    """What is kept of a picture to find it again."""

    hash: int
    mirrored: int
    points: NDArray[np.float32]
    marks: NDArray[np.uint8]  # ORB descriptors, 32 bytes each
    mirrored_points: NDArray[np.float32]
    mirrored_marks: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two pictures that are the same photo. how: `hash`, `mirrored`, `cropped`."""

    first: int
    second: int
    how: str


def fingerprint(rgb: RGB) -> Print:
    """A picture's print; about 15 ms."""
    import cv2  # noqa: PLC0415 - heavy
    import numpy as np  # noqa: PLC0415

    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    scale = 480 / max(grey.shape)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    flipped = np.ascontiguousarray(small[:, ::-1])
    points, marks = _marks(small)
    mirrored_points, mirrored_marks = _marks(flipped)
    return Print(
        _hash(grey), _hash(np.ascontiguousarray(grey[:, ::-1])), points, marks, mirrored_points, mirrored_marks
    )


def pairs(prints: Sequence[Print]) -> list[Pair]:
    """Every two that are the same photo. Compares each with each: for up to some thousands of pictures."""
    found: list[Pair] = []
    for second, one in enumerate(prints):
        for first in range(second):
            how = _alike(prints[first], one)
            if how:
                found.append(Pair(first=first, second=second, how=how))
    return found


def _alike(one: Print, other: Print) -> str:
    if (one.hash ^ other.hash).bit_count() <= NEAR:
        return "hash"
    if (one.hash ^ other.mirrored).bit_count() <= NEAR:
        return "mirrored"
    if _agree(one.points, one.marks, other.points, other.marks):
        return "cropped"
    return "mirrored" if _agree(one.points, one.marks, other.mirrored_points, other.mirrored_marks) else ""


def _agree(points: Any, marks: Any, other_points: Any, other_marks: Any) -> bool:
    """Whether enough key points of both lie on one shift, turn and scale."""
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    if len(points) < AGREEING or len(other_points) < AGREEING:
        return False
    matches = [
        best[0]
        for best in cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(marks, other_marks, k=2)
        if len(best) == 2 and best[0].distance < 0.75 * best[1].distance
    ]
    if len(matches) < AGREEING:
        return False
    cv2.setRNGSeed(0)
    transform, agreeing = cv2.estimateAffinePartial2D(
        np.array([points[match.queryIdx] for match in matches]),
        np.array([other_points[match.trainIdx] for match in matches]),
        method=cv2.RANSAC,
        ransacReprojThreshold=4.0,
    )
    if transform is None or int(agreeing.sum()) < AGREEING:
        return False
    scale = float(np.hypot(transform[0, 0], transform[1, 0]))
    spread = np.ptp(np.array([points[match.queryIdx] for match in matches])[agreeing.ravel() > 0], axis=0)
    return 0.4 < scale < 2.5 and float(spread.min()) > 40  # a logo alone is no photo


def _marks(grey: Any) -> tuple[Any, Any]:
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    points, marks = cv2.ORB.create(nfeatures=POINTS).detectAndCompute(grey, None)
    if marks is None:
        return np.empty((0, 2), np.float32), np.empty((0, 32), np.uint8)
    return np.array([point.pt for point in points], np.float32), marks


def _hash(grey: Any) -> int:
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    small = cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:8, :8].ravel()
    bits = low > np.median(low[1:])
    return int(sum(1 << place for place, bit in enumerate(bits) if bit))
