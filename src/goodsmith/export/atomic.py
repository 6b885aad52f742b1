"""A file that appears whole or not at all, and disk trouble as one clear line."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from goodsmith.errors import StoreError


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Gives a path beside `path` to write to; renamed onto `path` if the block ends well, removed if not.

    Raises StoreError for every OSError of the block.
    """
    part: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:60]}.", suffix=".part", dir=path.parent)
        os.close(handle)
        part = Path(name)
        yield part
        _give_usual_rights(part, path)
        _flush(part)
        part.replace(path)
    except OSError as error:
        raise disk_trouble(error, path) from error
    finally:
        if part is not None:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def disk_trouble(error: OSError, path: Path) -> StoreError:
    """What a person can do about an OSError met while writing `path`."""
    reasons = {
        errno.ENOSPC: ("the disk is full; free some space", "磁盘已满,请先清理空间"),
        errno.EDQUOT: ("your disk quota is used up; free some space", "磁盘配额已用完,请先清理空间"),
        errno.EFBIG: ("the file would be larger than this disk or account allows", "文件超过了磁盘或账户允许的大小"),
        errno.EROFS: ("the folder is read-only; choose another one", "文件夹是只读的,请换一个位置"),
        errno.ENOENT: ("the folder does not exist; make it first", "文件夹不存在,请先创建"),
        errno.ENOTDIR: ("its folder is not a folder; choose another one", "所在路径不是文件夹,请换一个位置"),
        errno.EISDIR: ("a folder has this name; choose another one", "已有同名文件夹,请换一个文件名"),
        errno.ENAMETOOLONG: ("the name is too long; choose a shorter one", "文件名过长,请缩短"),
    }
    denied = (
        "access is denied: the folder is read-only for you, or the file is open in another program",
        "没有写入权限:文件夹只读,或文件正被其他程序打开",
    )
    unknown = (f"the disk reports: {error.strerror or error}", f"磁盘错误:{error.strerror or error}")
    number = error.errno or 0
    en, zh = denied if number in {errno.EACCES, errno.EPERM} else reasons.get(number, unknown)
    return StoreError(
        f"{path}: not written, {en}, then export again; a file that was there before is unchanged",
        zh=f"{path}:未写入,{zh},然后重新导出;原有文件没有改动",
    )


def _give_usual_rights(part: Path, path: Path) -> None:
    """A temporary file is private; an export gets the rights of the file it replaces, or those of a new file."""
    try:
        mode = path.stat().st_mode & 0o777
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        mode = 0o666 & ~umask
    with suppress(PermissionError):  # some shared drives know no rights
        part.chmod(mode)


def _flush(part: Path) -> None:
    handle = os.open(part, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
