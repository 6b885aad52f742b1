"""One spelling for signs that mean the same, letter by letter, so that places in a text stay where they are."""

from __future__ import annotations

from typing import Final

_KEPT: Final = frozenset("，；！？")  # they part sentences, where , would part the thousands
_WIDE: Final = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F) if chr(wide) not in _KEPT}
_SAME: Final = str.maketrans(
    {
        **{chr(wide): chr(plain) for wide, plain in _WIDE.items()},
        "\u3000": " ",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
        "\u2007": " ",
        "\t": " ",
        "−": "-",
        "‐": "-",
        "‑": "-",
        "‒": "-",
        "﹣": "-",
        "〜": "~",
        "∼": "~",
        "✕": "×",
        "╳": "×",
        "⨯": "×",
        "µ": "μ",
        "’": "'",
        "‘": "'",
        "′": "'",
        "″": '"',
        "”": '"',
        "“": '"',
        "º": "°",
        "﹪": "%",
        "٪": "%",
        "〇": "零",
        **{chr(0x0660 + digit): str(digit) for digit in range(10)},
        **{chr(0x0E50 + digit): str(digit) for digit in range(10)},
    }
)


def fold(text: str) -> str:
    """The text with full-width forms, dashes, quotes and spaces in one spelling; as long as it was."""
    return text.translate(_SAME)


def lower(text: str) -> str:
    """In small letters, as long as it was."""
    small = text.lower()
    return (
        small if len(small) == len(text) else "".join(low if len(low := sign.lower()) == 1 else sign for sign in text)
    )
