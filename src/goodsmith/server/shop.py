"""What all routes share: the settings, the store, the folder of uploads."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from goodsmith.errors import InputFileError, UnknownName
from goodsmith.runner import Run
from goodsmith.settings import Settings
from goodsmith.store.ledger import Store

MAX_UPLOAD_BYTES: Final = 1_000_000_000
_ID: Final = re.compile(r"[0-9a-z-]{8,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A sheet that somebody gave us. name: as its owner calls it, without folders."""

    upload_id: str
    name: str
    path: Path
    at: float  # Unix seconds
    bytes: int


@dataclass(frozen=True, slots=True)
class Shop:
    settings: Settings
    home: Path
    store: Store

    def run(self, run_id: str) -> Run:
        """A run by its id. Raises UnknownName."""
        return Run(self.store.run(run_id).run_id, self.settings, self.home)

    @property
    def uploads_folder(self) -> Path:
        return self.home / "uploads"

    def keep_trial(self, upload_id: str, pages: Mapping[str, str]) -> str:
        """Keep a trial's page in each language; its id."""
        folder = self.home / "trials" / upload_id / time.strftime("%m%d-%H%M%S")
        folder.mkdir(parents=True, exist_ok=True)
        for language, page in pages.items():
            (folder / f"{language}.html").write_text(page, encoding="utf-8")
        return folder.name

    def trials(self, upload_id: str) -> list[str]:
        """The ids of an upload's trials, newest first."""
        folder = self.home / "trials" / self.upload(upload_id).upload_id
        return sorted((found.name for found in folder.iterdir()), reverse=True) if folder.is_dir() else []

    def trial_page(self, upload_id: str, trial_id: str, language: str) -> str:
        """Raises UnknownName."""
        known = self.trials(upload_id)
        if trial_id not in known:
            raise UnknownName("trial", trial_id, known, kind_zh="试跑")
        return (self.home / "trials" / upload_id / trial_id / f"{language}.html").read_text(encoding="utf-8")

    def upload(self, upload_id: str) -> Upload:
        """An upload by its id. Raises UnknownName."""
        folder = self.uploads_folder / upload_id
        files = sorted(folder.iterdir()) if _ID.fullmatch(upload_id) and folder.is_dir() else []
        if not files:
            raise UnknownName("upload", upload_id, [], kind_zh="上传文件")
        return _upload(files[0])

    def uploads(self, *, limit: int = 20) -> list[Upload]:
        """The newest first."""
        if not self.uploads_folder.is_dir():
            return []
        files = [next(iter(folder.iterdir()), None) for folder in self.uploads_folder.iterdir() if folder.is_dir()]
        found = [_upload(file) for file in files if file is not None and not file.name.endswith(".part")]
        return sorted(found, key=lambda upload: -upload.at)[:limit]

    async def take(self, name: str, pieces: AsyncIterator[bytes], *, max_bytes: int = MAX_UPLOAD_BYTES) -> Upload:
        """Keep what a browser sends; an upload that breaks off or is too large leaves nothing.

        Raises InputFileError.
        """
        kept = safe_name(name)
        folder = self.uploads_folder / f"{time.strftime('%m%d-%H%M')}-{secrets.token_hex(4)}"
        folder.mkdir(parents=True)
        part = folder / f"{kept}.part"
        size = 0
        try:
            with part.open("wb") as file:
                async for piece in pieces:
                    size += len(piece)
                    if size > max_bytes:
                        raise InputFileError(
                            f"the file is larger than {max_bytes / 1e6:,.0f} MB; split it, or use the command line",
                            file=kept,
                            zh=f"文件超过 {max_bytes / 1e6:,.0f} MB;请拆分,或使用命令行",
                        )
                    file.write(piece)
            if not size:
                raise InputFileError("the file is empty; choose another", file=kept, zh="文件为空;请选择其他文件")
            part.rename(folder / kept)
        except BaseException:
            part.unlink(missing_ok=True)
            folder.rmdir()
            raise
        return _upload(folder / kept)


def safe_name(name: str) -> str:
    """A file name without folders and without letters that mean something to a system."""
    last = name.replace("\\", "/").rpartition("/")[2]
    cleaned = "".join("_" if ord(letter) < 32 or letter in '<>:"|?*' else letter for letter in last).strip(" .")
    return cleaned[-120:] or "upload"


def _upload(path: Path) -> Upload:
    found = path.stat()
    return Upload(upload_id=path.parent.name, name=path.name, path=path, at=found.st_mtime, bytes=found.st_size)
