"""A run's files for all machines: they stand in a file store under their names, and the home folder is a cache of it.

A name is written once and never with other content: the run's id, the attempt of a part, the epoch of a compacted file
are in it. So a file that is here is the right one, and what a machine writes that lost its run is named by nobody.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

from goodsmith.errors import StoreError
from goodsmith.protocols import FileStore
from goodsmith.store.disk import disk, publish
from goodsmith.store.files import open_files


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """How a process reaches what the machines of a run have in common; can be sent to another process."""

    files_url: str
    database_url: str = field(repr=False)  # it may hold a password
    run: int  # its number in the database
    project: str


class SharedFolder:
    """A run's folder. Names are relative to it, such as `parts/000012-3.parquet`."""

    def __init__(self, folder: Path, files: FileStore) -> None:
        self._folder, self._files = folder, files

    @classmethod
    def of(cls, folder: Path, sharing: Sharing | None) -> SharedFolder | None:
        """None: the run's files are for this machine only."""
        return None if sharing is None else cls(folder, open_files(sharing.files_url))

    def give(self, name: str) -> None:
        """Put a file of the folder into the store, of any size."""
        self._files.upload(self._full(name), self._folder / name)

    def give_once(self, name: str) -> None:
        """The same for a small file. Raises StoreError if there is another one of its name."""
        with disk(self._folder / name):
            data = (self._folder / name).read_bytes()
        try:
            self._files.put(self._full(name), data, create_only=True)
        except StoreError:  # perhaps our own: the reply to a request that was repeated
            if not self._files.exists(self._full(name)) or self._files.get(self._full(name)) != data:
                raise

    def fetch(self, name: str) -> Path:
        """The file in the folder; got from the store if it is not there. Raises StoreError from FileNotFoundError."""
        place = self._folder / name
        if place.exists():
            return place
        unfinished = place.with_name(f"{place.name}.{os.getpid()}-{threading.get_ident()}.tmp")
        try:
            with disk(place):
                place.parent.mkdir(parents=True, exist_ok=True)
                self._files.download(self._full(name), unfinished)
                publish(unfinished, place)
        finally:
            unfinished.unlink(missing_ok=True)
        return place

    def delete(self, name: str) -> None:
        self._files.delete(self._full(name))

    def names(self, folder: str) -> list[str]:
        """The names that stand in the store below a folder, such as `parts`."""
        start = len(self._full(""))
        return [name[start:] for name in self._files.names(self._full(folder))]

    def _full(self, name: str) -> str:
        return f"runs/{self._folder.name}/{name}"
