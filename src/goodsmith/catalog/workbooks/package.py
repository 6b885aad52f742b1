"""A zip package read under limits: what is inflated is counted while reading, never believed from its directory."""

from __future__ import annotations

import errno
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from goodsmith.errors import InputFileError

# A sheet of 100,000 x 12 cells inflates about 10 to 30 times, one of equal cells about 60 times.
# Deflate can reach 1,032 times, so what goes beyond these two together was made to harm.
MAX_RATIO = 200
FREE_BYTES = 64 * 1024**2  # inflated bytes per part that need no ratio
MAX_INFLATED_BYTES = 16 * 1024**3  # of one part
MAX_ENTRIES = 100_000
PIECE_BYTES = 1024**2


class Package:
    """The parts of an OOXML file. Names are found regardless of case and kind of slash, as Excel does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with _damage_reported(path):
            self._zip = zipfile.ZipFile(path)
            entries = self._zip.infolist()
            if len(entries) > MAX_ENTRIES:
                raise self.harmful(f"{len(entries):,} entries", f"{len(entries):,} 个条目")
            self._entries = {_plain(entry.filename): entry for entry in entries}

    def close(self) -> None:
        self._zip.close()

    def names(self) -> list[str]:
        return list(self._entries)

    def has(self, name: str) -> bool:
        return _plain(name) in self._entries

    def pieces(self, name: str) -> Iterator[bytes]:
        """The inflated bytes of a part, about 1 MiB at a time."""
        entry = self._entries.get(_plain(name))
        if entry is None:
            raise InputFileError(
                f"the workbook has no part {name}; the file is damaged. Open it in Excel or WPS and save it again",
                file=self.path.name,
                zh=f"工作簿缺少部件 {name},文件已损坏。请用 Excel 或 WPS 打开后重新保存",
            )
        if entry.flag_bits & 1:
            raise encrypted(self.path)
        inflated = 0
        allowed = min(MAX_INFLATED_BYTES, FREE_BYTES + MAX_RATIO * entry.compress_size)
        with _damage_reported(self.path), self._zip.open(entry) as stream:
            while piece := stream.read(PIECE_BYTES):
                inflated += len(piece)
                if inflated > allowed:
                    raise self.harmful(
                        f"{name} inflates to more than {allowed // 1024**2:,} MiB",
                        f"{name} 解压后超过 {allowed // 1024**2:,} MiB",
                    )
                yield piece

    def read(self, name: str, *, max_bytes: int = FREE_BYTES) -> bytes:
        """A small part as a whole."""
        parts, size = [], 0
        for piece in self.pieces(name):
            size += len(piece)
            if size > max_bytes:
                raise self.harmful(f"{name} is larger than {max_bytes // 1024**2:,} MiB", f"{name} 过大")
            parts.append(piece)
        return b"".join(parts)

    def harmful(self, en: str, zh: str) -> InputFileError:
        return InputFileError(
            f"refused: {en}, which is how a zip bomb looks. Export the sheet again, or save it as CSV",
            file=self.path.name,
            zh=f"拒绝读取:{zh},疑似压缩炸弹。请重新导出表格,或另存为 CSV",
        )


def encrypted(path: Path) -> InputFileError:
    return InputFileError(
        "the workbook is protected by a password. Open it in Excel or WPS, remove the password, and save it",
        file=path.name,
        zh="工作簿有打开密码。请用 Excel 或 WPS 打开,取消密码后保存",
    )


def damaged(path: Path, en: str, zh: str) -> InputFileError:
    return InputFileError(
        f"the file is damaged or was not fully uploaded ({en}). Open it in Excel or WPS, save it again, and retry",
        file=path.name,
        zh=f"文件已损坏或未传完({zh})。请用 Excel 或 WPS 打开并重新保存后再试",
    )


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


@contextmanager
def _damage_reported(path: Path) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, struct.error) as error:
        reason = str(error) or type(error).__name__
        raise damaged(path, reason, reason) from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # which is a part that claims to stand outside the file
            raise
        raise damaged(path, "a part outside the file", "部件位置超出文件") from error
    except RuntimeError as error:  # zipfile's way to say that it needs a password
        raise encrypted(path) from error
