"""How the command line speaks: the user's language, results on stdout, the rest on stderr."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from goodsmith.errors import GoodsmithError
from goodsmith.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

_given: dict[str, str] = {}  # what stands before the command, such as --home


@dataclass(frozen=True, slots=True)
class Voice:
    """Says things in one language."""

    language: str

    def pick(self, en: str, zh: str) -> str:
        """The text in the user's language."""
        return zh if self.language == "zh" else en

    def say(self, en: str, zh: str) -> None:
        """Say a result."""
        print(self.pick(en, zh))

    def note(self, en: str, zh: str) -> None:
        """Tell a person something; not part of the result."""
        whisper(self.pick(en, zh) + "\n")

    def complain(self, error: GoodsmithError) -> None:
        whisper(self.pick("Error: ", "错误:") + error.say(self.language) + "\n")


def whisper(text: str) -> None:
    """Write to stderr. Nobody there to read it is no reason to stop a run."""
    with contextlib.suppress(OSError, ValueError, AttributeError):  # a broken pipe, a closed stream, none at all
        sys.stderr.write(text)
        sys.stderr.flush()


def width_of(stream: TextIO) -> int | None:
    """Columns of a terminal; None where the stream leads elsewhere, so that nothing is cut."""
    try:
        if not stream.isatty():
            return None
        return int(os.environ.get("COLUMNS") or 0) or os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError, AttributeError):
        return None


def both(en: str, zh: str) -> str:
    """A help text in the language of messages."""
    return zh if language() == "zh" else en


@cache
def language() -> str:
    """`en` or `zh`; also where the settings cannot be read, because the error must be said in some language."""
    try:
        return settings().language
    except GoodsmithError:
        return _language_of(os.environ)


def speak() -> Voice:
    """The voice in the user's language."""
    return Voice(language())


@cache
def settings() -> Settings:
    """The settings, read once."""
    return load_settings(_given)


def set_home(folder: Path) -> None:
    """Let `--home` beat the settings that were read for the help texts."""
    _given["home"] = str(folder)
    settings.cache_clear()


def _language_of(environ: Mapping[str, str]) -> str:
    names = ("GOODSMITH_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    said = next((environ[name] for name in names if environ.get(name)), "")
    return "zh" if said.lower().startswith("zh") else "en"


__all__ = ["Voice", "both", "language", "set_home", "settings", "speak", "whisper", "width_of"]
