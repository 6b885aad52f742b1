"""Pictures that are made here, so that the truth about each pixel is known."""

import cv2
import numpy as np
import pytest
from PIL import Image

from door import goodsmith

__all__ = ["goodsmith"]


def product(size=300, *, seed=0, colour=(40, 90, 160)):
    """A jug-like shape with texture: (rgb, exact alpha)."""
    rng = np.random.default_rng(seed)
    alpha = np.zeros((size, size), np.uint8)
    cv2.ellipse(alpha, (size // 2, int(size * 0.55)), (size // 4, size // 3), 0, 0, 360, 255, -1, cv2.LINE_AA)
    cv2.rectangle(alpha, (int(size * 0.42), int(size * 0.15)), (int(size * 0.58), int(size * 0.4)), 255, -1)
    cv2.ellipse(
        alpha, (int(size * 0.78), int(size * 0.5)), (size // 9, size // 7), 0, 0, 360, 255, size // 40, cv2.LINE_AA
    )
    rgb = np.full((size, size, 3), colour, np.float32)
    rgb += cv2.GaussianBlur(rng.normal(0, 60, (size, size, 3)).astype(np.float32), (0, 0), 3) * 3
    for _ in range(25):
        x, y, r = [*rng.integers(0, size, 2).tolist(), int(rng.integers(4, 14))]
        cv2.circle(rgb, (x, y), r, rng.integers(0, 255, 3).tolist(), -1, cv2.LINE_AA)
    return np.clip(rgb, 0, 255).astype(np.uint8), alpha.astype(np.float32) / 255


def photo(size=300, *, background=(236, 234, 230), shade=12, noise=1.5, shadow=True, seed=0, colour=(40, 90, 160)):
    """The product before a background that is lit unevenly, with a soft shadow: (rgb, exact alpha)."""
    rgb, alpha = product(size, seed=seed, colour=colour)
    rng = np.random.default_rng(seed + 100)
    ground = np.full((size, size, 3), background, np.float32)
    ground -= shade * np.linspace(0, 1, size, dtype=np.float32)[None, :, None]
    if shadow:
        under = cv2.GaussianBlur(np.roll(alpha, size // 20, axis=0), (0, 0), size / 18)
        ground *= 1 - 0.18 * under[..., None]
    made = alpha[..., None] * rgb + (1 - alpha[..., None]) * ground
    made += rng.normal(0, noise, made.shape)
    return np.clip(made, 0, 255).astype(np.uint8), alpha


@pytest.fixture
def save(tmp_path):
    def write(rgb, name="photo.jpg", **more):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rgb).save(path, **more)
        return path

    return write
