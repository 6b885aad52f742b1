"""What goes wrong with disks, said once: an OSError becomes a StoreError with one clear sentence."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from goodsmith.errors import StoreError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


def disk_error(path: Path | str, problem: OSError) -> StoreError:
    """The sentence for a person, by what the system says."""
    if problem.errno in FULL:
        return StoreError(
            f"no room to write {path} ({problem.strerror}); what was recorded is safe: make room, then resume",
            zh=f"无法写入 {path}:空间不足({problem.strerror})。已记录的内容是安全的,腾出空间后可继续运行",
        )
    if problem.errno in READ_ONLY:
        return StoreError(
            f"cannot write {path} ({problem.strerror}); it must be in a folder that this user may write",
            zh=f"无法写入 {path}({problem.strerror});请使用当前用户可写的文件夹",
        )
    if problem.errno == errno.ENOENT:
        return StoreError(
            f"{path} is not there; was the folder moved or cleaned while in use?",
            zh=f"{path} 不存在;文件夹是否在使用中被移动或清理?",
        )
    return StoreError(
        f"cannot use {path}: {problem.strerror or problem}", zh=f"无法使用 {path}:{problem.strerror or problem}"
    )


@contextlib.contextmanager
def disk(path: Path | str) -> Iterator[None]:
    """Any OSError inside is about `path`."""
    try:
        yield
    except OSError as problem:
        raise disk_error(path, problem) from problem


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable. Where folders cannot be opened (Windows), the system does it."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except (PermissionError, IsADirectoryError):
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def publish(written: Path, place: Path) -> None:
    """Give a complete file its final name, durably: fsync, rename, fsync of the folder."""
    handle = os.open(written, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    written.replace(place)
    sync_folder(place.parent)
