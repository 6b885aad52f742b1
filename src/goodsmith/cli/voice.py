"""How the command line speaks: the user's language, results on stdout, the rest on stderr."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache

from rich.console import Console

from goodsmith.errors import GoodsmithError
from goodsmith.settings import Settings, load_settings


@dataclass(frozen=True, slots=True)
class Voice:
    """Says things in one language."""

    language: str
    out: Console
    err: Console

    def pick(self, en: str, zh: str) -> str:
        """The text in the user's language."""
        return zh if self.language.startswith("zh") else en

    def note(self, en: str, zh: str) -> None:
        """Tell a person something; not part of the result."""
        self.err.print(self.pick(en, zh), markup=False, highlight=False)

    def complain(self, error: GoodsmithError) -> None:
        self.err.print(self.pick("Error: ", "错误:") + error.say(self.language), markup=False, highlight=False)


@cache
def speak_with(language: str | None = None) -> Voice:
    """The voice for the language of the settings."""
    chosen = language or settings().language
    return Voice(chosen, Console(file=sys.stdout, soft_wrap=True), Console(file=sys.stderr, soft_wrap=True))


@cache
def settings() -> Settings:
    """The settings, read once."""
    return load_settings()
