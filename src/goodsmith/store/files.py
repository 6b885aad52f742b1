"""Named blobs in a local folder or an S3 bucket, behind one protocol (protocols.FileStore)."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import urlsplit
from urllib.request import url2pathname

from goodsmith.errors import MissingExtra, StoreError, UsageError
from goodsmith.protocols import FileStore
from goodsmith.store.disk import disk, disk_error, sync_folder


def open_files(place: str | Path, **options: str) -> FileStore:
    """The file store at a folder, `file:///folder` or `s3://bucket/prefix`. options: of the bucket, e.g. endpoint."""
    if isinstance(place, str) and place.startswith("s3://"):
        return S3Files(place, **options)
    if isinstance(place, str) and place.startswith("file:///"):
        return LocalFiles(Path(url2pathname(urlsplit(place).path)))
    if isinstance(place, str) and "://" in place:
        raise UsageError(
            f"{place} is no place for files; expected s3://bucket/prefix or file:///folder",
            zh=f"{place} 不能存放文件;应为 s3://存储桶/前缀 或 file:///文件夹",
        )
    return LocalFiles(Path(place))


class LocalFiles:
    """Blobs are files below a folder. A blob appears whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, data: bytes, *, create_only: bool = False) -> None:
        """Durable when it returns. create_only: raises StoreError if the name exists."""
        self._write(name, lambda file: file.write(data), create_only=create_only)

    def upload(self, name: str, path: Path) -> None:
        """Put a file, of any size."""
        with disk(path), path.open("rb") as source:
            self._write(name, lambda file: shutil.copyfileobj(source, file))

    def get(self, name: str) -> bytes:
        path = self._path(name)
        with disk(path):
            return path.read_bytes()

    def download(self, name: str, path: Path) -> None:
        """Get a file, of any size, to `path`."""
        with disk(self._path(name)), self._path(name).open("rb") as source, path.open("wb") as file:
            shutil.copyfileobj(source, file)

    def delete(self, name: str) -> None:
        """No error if it is not there."""
        path = self._path(name)
        with disk(path):
            path.unlink(missing_ok=True)

    def exists(self, name: str) -> bool:
        return self._path(name).is_file()

    def names(self, folder: str) -> list[str]:
        """The names below a folder."""
        place = self._path(folder)
        with disk(place):
            found = sorted(path for path in place.rglob("*") if path.is_file() and not path.name.startswith("."))
        return [path.relative_to(self._folder).as_posix() for path in found]

    def _write(self, name: str, fill: Callable[[BinaryIO], Any], *, create_only: bool = False) -> None:
        path = self._path(name)
        unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with unfinished.open("xb") as file:
                fill(file)
                file.flush()
                os.fsync(file.fileno())
            if create_only:
                os.link(unfinished, path)  # unlike a rename, fails if the name is taken
            else:
                unfinished.replace(path)
            sync_folder(path.parent)
        except FileExistsError as problem:
            raise _taken(name) from problem
        except OSError as problem:
            raise disk_error(path, problem) from problem
        finally:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / _checked(name)


class S3Files:
    """Blobs are objects of an S3 bucket, below a prefix. Credentials come from the environment or from options."""

    def __init__(self, url: str, **options: str) -> None:
        try:
            import obstore  # noqa: PLC0415 - an extra
            from obstore.store import S3Store  # noqa: PLC0415
        except ImportError as problem:
            raise MissingExtra("obstore", "s3") from problem
        self._url, self._obstore = url.rstrip("/"), obstore
        settings: dict[str, Any] = dict(options)
        if settings.get("endpoint", "").startswith("http://"):
            settings["client_options"] = {"allow_http": True}
        self._store = S3Store.from_url(url, **settings)

    def put(self, name: str, data: bytes, *, create_only: bool = False) -> None:
        """Durable when it returns. create_only: a conditional put; raises StoreError if the name exists."""
        from obstore.exceptions import AlreadyExistsError  # noqa: PLC0415

        name = _checked(name)
        try:
            self._obstore.put(self._store, name, data, mode="create" if create_only else "overwrite")
        except AlreadyExistsError as problem:
            raise _taken(name) from problem
        except self._errors() as problem:
            raise self._sentence(name, problem) from problem

    def upload(self, name: str, path: Path) -> None:
        """Put a file, of any size; a large one in pieces."""
        name = _checked(name)
        try:
            self._obstore.put(self._store, name, path)
        except self._errors() as problem:
            raise self._sentence(name, problem) from problem

    def get(self, name: str) -> bytes:
        name = _checked(name)
        try:
            return bytes(self._obstore.get(self._store, name).bytes())
        except self._errors() as problem:
            raise self._sentence(name, problem) from problem

    def download(self, name: str, path: Path) -> None:
        """Get a file, of any size, to `path`."""
        name = _checked(name)
        try:
            pieces = self._obstore.get(self._store, name).stream()
            with path.open("wb") as file:
                for piece in pieces:
                    file.write(piece)
        except self._errors() as problem:
            raise self._sentence(name, problem) from problem

    def delete(self, name: str) -> None:
        """No error if it is not there."""
        name = _checked(name)
        try:
            self._obstore.delete(self._store, name)
        except FileNotFoundError:
            return
        except self._errors() as problem:
            raise self._sentence(name, problem) from problem

    def exists(self, name: str) -> bool:
        name = _checked(name)
        try:
            self._obstore.head(self._store, name)
        except FileNotFoundError:
            return False
        except self._errors() as problem:
            raise self._sentence(name, problem) from problem
        return True

    def names(self, folder: str) -> list[str]:
        """The names below a folder."""
        prefix = f"{_checked(folder)}/"
        try:
            return sorted(one["path"] for page in self._obstore.list(self._store, prefix=prefix) for one in page)
        except self._errors() as problem:
            raise self._sentence(prefix, problem) from problem

    def _errors(self) -> tuple[type[Exception], ...]:
        from obstore.exceptions import BaseError  # noqa: PLC0415

        return (BaseError, OSError)

    def _sentence(self, name: str, problem: Exception) -> StoreError:
        if isinstance(problem, FileNotFoundError):
            return StoreError(f"{self._url}/{name} is not there", zh=f"{self._url}/{name} 不存在")
        first = str(problem).strip().splitlines()[0] if str(problem).strip() else type(problem).__name__
        return StoreError(f"cannot use {self._url}/{name}: {first}", zh=f"无法使用 {self._url}/{name}:{first}")


def _checked(name: str) -> str:
    """A relative name that cannot leave its store."""
    pure = PurePosixPath(name)
    if not name or pure.is_absolute() or str(pure) != name or ".." in pure.parts or "\\" in name or "\0" in name:
        raise UsageError(f"{name!r} is not a name for a file; expected something like 'parts/000001.parquet'")
    return name


def _taken(name: str) -> StoreError:
    return StoreError(f"there is a file {name!r} already", zh=f"文件 {name!r} 已存在")
