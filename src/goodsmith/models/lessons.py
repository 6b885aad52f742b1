"""What models were found to take, kept between runs: each lesson costs one refused request per process without it.

A small JSON file that processes share. It saves requests and nothing rests on it: a file that cannot be read is as good
as none, and a lesson is forgotten after a month, because vendors learn too.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from pathlib import Path
from typing import Final

import msgspec

from goodsmith.models.protocols import Learned

KEPT_DAYS: Final = 30


class Lessons:
    """A file of lessons by model and address. None: nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def find(self, model: str) -> Learned | None:
        """What was learned of a model within the last month."""
        lesson = self._read().get(model)
        return None if lesson is None or lesson.age_days > KEPT_DAYS else lesson.learned

    def keep(self, model: str, learned: Learned) -> None:
        """Remember; of two processes that learn at once, one may have to learn again later."""
        if self._path is None:
            return
        fresh = {name: lesson for name, lesson in self._read().items() if lesson.age_days <= KEPT_DAYS}
        lessons = fresh | {model: _Lesson(learned=learned, learned_on=_today())}
        whole = msgspec.json.format(msgspec.json.encode(lessons), indent=1)
        made = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            made.write_bytes(whole)
            made.replace(self._path)

    def _read(self) -> dict[str, _Lesson]:
        if self._path is None:
            return {}
        try:
            return _decode(self._path.read_bytes())
        except (OSError, msgspec.DecodeError):
            return {}


class _Lesson(msgspec.Struct, frozen=True, kw_only=True):
    learned: Learned
    learned_on: dt.date

    @property
    def age_days(self) -> int:
        return (_today() - self.learned_on).days


_decode: Final = msgspec.json.Decoder(dict[str, _Lesson]).decode


def _today() -> dt.date:
    return dt.datetime.now(tz=dt.UTC).date()
