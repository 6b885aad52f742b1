"""Which encoding a text file is in: its BOM, then UTF-8 if that fits, then a guess from whole lines."""

from __future__ import annotations

import codecs
from pathlib import Path

from goodsmith.errors import UnknownName

SAMPLE_BYTES = 1024**2
GUESS_BYTES = 96 * 1024  # the guesser's time grows with its sample, its certainty hardly
# What shops send us. A longer list makes the guess worse: many encodings fit any bytes.
CANDIDATES = ("gb18030", "big5", "cp932", "cp1252")
WIDE_CANDIDATES = ("gb18030", "big5", "cp932")
WHOLE_LINES = 0.9  # share of lines that must decode without a fault
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NEAR = ("utf-8", "utf-16", "gb18030", "gbk", "big5", "cp932", "shift_jis", "cp1252", "latin-1", "cp1251", "euc_kr")
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "hz": "gb18030", "shift_jis": "cp932", "big5hkscs": "big5"}


def find_encoding(path: Path) -> str:
    """The name of a Python codec that reads the file."""
    with path.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
        for mark, name in BOMS:
            if head.startswith(mark):
                return name
        if wide := _without_mark(head):
            return wide
        sample = _whole_lines(head)
        while head.isascii():  # nothing to see yet: look further
            head = file.read(SAMPLE_BYTES)
            if not head:
                return "utf-8"
            sample = _whole_lines(head)
    return guess(sample)


def checked(encoding: str, path: Path) -> str:
    """An encoding that a person asked for, as the codec that also takes the file's BOM off."""
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        raise UnknownName("encoding", encoding, _NEAR, kind_zh="编码") from None
    with path.open("rb") as file:
        start = file.read(4)
    for mark, with_mark in BOMS:
        if start.startswith(mark) and with_mark.startswith(name.removesuffix("-le").removesuffix("-be")):
            return with_mark
    return name


def declared(name: str) -> str | None:
    """The codec for an encoding that a file names of itself, as its programs mean it; None: nobody knows it."""
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return None
    return _WIDER.get(found, "cp1252" if found in {"iso8859-1", "ascii"} else found)


def guess(sample: bytes) -> str:
    """The likeliest encoding of some whole lines."""
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError:
        if _is_damaged_utf8(sample):
            return "utf-8"
    else:
        return "utf-8"
    lines = [line for line in sample.splitlines(keepends=True) if not line.isascii()]
    fitting = [name for name in CANDIDATES if _share_decoded(lines, name) >= WHOLE_LINES]
    wide = [name for name in fitting if name in WIDE_CANDIDATES]
    # A few torn characters must not rule an encoding out, so the guesser sees the whole lines only.
    lines = [line for line in lines if not wide or any(_decodes(line, name) for name in wide)]
    from charset_normalizer import from_bytes  # noqa: PLC0415  # only where UTF-8 does not fit

    found = from_bytes(_some(lines), cp_isolation=fitting or list(CANDIDATES)).best()
    if found is not None:
        return _WIDER.get(found.encoding, found.encoding)
    return max(fitting or CANDIDATES, key=lambda name: _share_decoded(lines, name))


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _share_decoded(lines: list[bytes], encoding: str) -> float:
    return sum(_decodes(line, encoding) for line in lines) / max(1, len(lines))


def _some(lines: list[bytes]) -> bytes:
    """As many whole lines as the guesser needs."""
    taken, size = [], 0
    for line in lines:
        taken.append(line)
        size += len(line)
        if size >= GUESS_BYTES:
            break
    return b"".join(taken)


def _whole_lines(sample: bytes) -> bytes:
    """Cut at the last line break, so that no character is torn."""
    cut = sample.rfind(b"\n")
    return sample[: cut + 1] if cut >= 0 else sample


def _is_damaged_utf8(sample: bytes) -> bool:
    """UTF-8 with a few torn characters: no other encoding has so many valid sequences."""
    text = sample.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    wide = sum(character > "\x7f" for character in text) - broken
    return broken * 20 <= wide


def _without_mark(head: bytes) -> str | None:
    """UTF-16 without a BOM: line breaks and separators have a null byte on one side only."""
    zeros = head.count(0)
    if zeros * 20 < len(head):
        return None
    odd = head[1::2].count(0)
    if odd >= 0.95 * zeros:
        return "utf-16-le"
    return "utf-16-be" if odd <= 0.05 * zeros else None
