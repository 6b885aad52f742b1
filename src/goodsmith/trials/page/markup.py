"""HTML elements in which every text is escaped, because supplier texts and model answers are hostile."""

from __future__ import annotations

from html import escape
from typing import Final


class Markup(str):
    """A piece of HTML that was made here; any other text is escaped when it is put into one."""

    __slots__ = ()


def el(tag: str, *children: str | None, **attributes: str | None) -> Markup:
    """An element. None among children or attributes is left out; `class_` becomes `class`, `data_of` data-of."""
    named = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_safe(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in _EMPTY:
        return Markup(f"<{tag}{named}>")
    inside = "".join(child if isinstance(child, Markup) else _safe(child) for child in children if child is not None)
    return Markup(f"<{tag}{named}>{inside}</{tag}>")


def lines(text: str) -> Markup:
    """A text whose line breaks are kept."""
    return Markup("<br>".join(_safe(line) for line in text.splitlines()))


def join(*pieces: str | None) -> Markup:
    return Markup(
        "".join(piece if isinstance(piece, Markup) else _safe(piece) for piece in pieces if piece is not None)
    )


_EMPTY: Final = frozenset({"br", "meta", "hr"})


def _safe(text: str) -> str:
    """Escaped, and without what HTML cannot hold: control characters and lone surrogates."""
    kept = "".join(letter if letter in "\n\t" or ord(letter) >= 32 else "\ufffd" for letter in text)
    return escape(kept.encode("utf-8", "replace").decode())
