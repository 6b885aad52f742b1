"""Reads a picture that a stranger made, and writes ours."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from goodsmith.errors import InputFileError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    RGB = NDArray[np.uint8]
    Alpha = NDArray[np.float32]

MAX_PIXELS: Final = 40_000_000  # read from the header, before anything is unpacked
MAX_BYTES: Final = 60_000_000
FORMATS: Final = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP")
SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".gif", ".bmp"})


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture as it is worked on. alpha: of the file; None: it has none. notes: what was changed in reading it."""

    rgb: RGB
    alpha: Alpha | None
    format: str
    name: str
    bytes: int = 0
    notes: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        return int(self.rgb.shape[1])

    @property
    def height(self) -> int:
        return int(self.rgb.shape[0])


def load(path: Path) -> Picture:
    """A picture, upright and in sRGB. The first frame of an animated one; CMYK and 16 bits are converted and noted.

    Raises InputFileError for what is no picture, is broken off, or is larger than 40 megapixels.
    """
    import numpy as np  # noqa: PLC0415 - heavy
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415 - an extra

    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise _refused(path, f"{size / 1e6:,.0f} MB are more than {MAX_BYTES / 1e6:,.0f}", "文件过大")
        data = path.read_bytes()
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise _refused(
                    path,
                    f"{opened.width:,} x {opened.height:,} pixels are more than {MAX_PIXELS / 1e6:.0f} megapixels",
                    f"{opened.width:,} x {opened.height:,} 像素超过 {MAX_PIXELS / 1e6:.0f} 百万像素",
                )
            kind, notes = opened.format or "", []
            if getattr(opened, "n_frames", 1) > 1:
                notes.append("animated: the first frame")
            opened.load()
            upright = ImageOps.exif_transpose(opened)
            if opened.getexif().get(0x0112, 1) != 1:
                notes.append("turned as its EXIF says")
            upright = _in_srgb(upright, notes)
            alpha = None
            if "A" in upright.getbands() or "transparency" in upright.info:
                both = np.asarray(upright.convert("RGBA"))
                alpha = (both[..., 3] / np.float32(255)).astype(np.float32)
                if alpha.min() >= 1:
                    alpha = None
            rgb = np.ascontiguousarray(np.asarray(upright.convert("RGB")))
    except Image.DecompressionBombError as problem:
        limit = f"{MAX_PIXELS / 1e6:.0f}"
        raise _refused(path, f"more than {limit} megapixels", f"超过 {limit} 百万像素") from problem
    except UnidentifiedImageError as problem:
        raise _refused(path, "this is no picture of a kind that is read here", "不是可识别的图片格式") from problem
    except (OSError, ValueError, SyntaxError) as problem:
        raise _refused(path, f"the picture cannot be read: {problem}", f"图片无法读取:{problem}") from problem
    return Picture(rgb, alpha, kind, path.name, size, tuple(notes))


def encode(rgb: RGB, *, format: str = "JPEG", alpha: Alpha | None = None, max_bytes: int | None = None) -> bytes:  # noqa: A002 - the field's word
    """The bytes of a file. max_bytes: a JPEG or WebP loses quality until it fits. Raises ValueError if it does not."""
    import numpy as np  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    made = Image.fromarray(rgb)
    if alpha is not None:
        made.putalpha(Image.fromarray(np.clip(alpha * 255 + 0.5, 0, 255).astype(np.uint8)))
    for quality in (92, 85, 78, 70, 60, 50):
        buffer = io.BytesIO()
        more: dict[str, Any] = {"quality": quality} if format in {"JPEG", "WEBP"} else {"optimize": True}
        made.save(buffer, format, **more)
        if max_bytes is None or buffer.tell() <= max_bytes:
            return buffer.getvalue()
        if format not in {"JPEG", "WEBP"}:
            break
    raise ValueError(f"the picture does not fit into {max_bytes:,} bytes")


def _in_srgb(picture: Any, notes: list[str]) -> Any:
    from PIL import Image, ImageCms  # noqa: PLC0415

    if picture.mode.startswith("I;16") or picture.mode in {"I", "F"}:
        import numpy as np  # noqa: PLC0415

        values = np.asarray(picture, np.float32)
        picture = Image.fromarray((values / max(1.0, float(values.max())) * 255).astype(np.uint8))
        notes.append("16 bits to 8")
    profile = picture.info.get("icc_profile")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            mode = "RGBA" if "A" in picture.getbands() and picture.mode != "CMYK" else "RGB"
            given = picture if picture.mode in {"RGB", "CMYK", "L"} else picture.convert(mode)
            if given.mode in {"RGB", "CMYK", "L"}:
                alpha = picture.getchannel("A") if "A" in picture.getbands() else None
                picture = ImageCms.profileToProfile(given, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
                if alpha is not None:
                    picture.putalpha(alpha)
                notes.append("to sRGB by its profile")
        except ImageCms.PyCMSError:
            notes.append("its colour profile is broken and was left out")
    elif picture.mode == "CMYK":
        notes.append("CMYK without a profile: colours are a guess")
    return picture


def _refused(path: Path, en: str, zh: str) -> InputFileError:
    return InputFileError(en, file=path.name, zh=zh)
