"""Many small pictures on one, before and after side by side, to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from goodsmith.images.pictures import RGB

TILE = 240  # pixels
GAP = 8


def contact_sheet(pairs: Sequence[tuple[RGB, RGB]], *, columns: int = 3) -> RGB:
    """pairs: (before, after), left to right and down. At least one."""
    import numpy as np  # noqa: PLC0415 - heavy

    rows = -(-len(pairs) // columns)
    wide = 2 * TILE + 3 * GAP
    sheet = np.full((rows * (TILE + GAP) + GAP, columns * wide + GAP, 3), 226, np.uint8)
    for place, (before, after) in enumerate(pairs):
        y = GAP + place // columns * (TILE + GAP)
        x = GAP + place % columns * wide
        sheet[y : y + TILE, x : x + TILE] = _tile(before)
        sheet[y : y + TILE, x + TILE + GAP : x + 2 * TILE + GAP] = _tile(after)
    return sheet


def _tile(rgb: RGB) -> Any:
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    scale = TILE / max(rgb.shape[:2])
    size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    tile = np.full((TILE, TILE, 3), 245, np.uint8)
    y, x = (TILE - size[1]) // 2, (TILE - size[0]) // 2
    tile[y : y + size[1], x : x + size[0]] = small
    return tile
