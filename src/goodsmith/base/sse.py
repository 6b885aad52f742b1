"""Server-sent events out of bytes that are cut anywhere.

Follows the HTML standard's event stream: lines end with CR, LF or CRLF, comments and unknown fields are skipped,
several `data` lines make one event. https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

_BOM = b"\xef\xbb\xbf"


class Events:
    """Feed pieces as they arrive; each call gives the data of the events that became complete."""

    def __init__(self) -> None:
        self._open_line: list[bytes] = []  # pieces of a line whose end has not come; joined once, so cost stays linear
        self._data: list[bytes] = []
        self._first_line = True
        self._after_cr = False

    def feed(self, piece: bytes) -> list[bytes]:
        if self._after_cr and piece:
            self._after_cr = False
            if piece[:1] == b"\n":  # the other half of a CRLF
                piece = piece[1:]
        cut = max(piece.rfind(b"\n"), piece.rfind(b"\r")) + 1
        if not cut:
            if piece:
                self._open_line.append(piece)
            return []
        self._after_cr = piece.endswith(b"\r")
        whole, rest = b"".join((*self._open_line, piece[:cut])), piece[cut:]
        self._open_line = [rest] if rest else []
        return self._take(whole.splitlines())

    def end(self) -> list[bytes]:
        """What came after the last blank line. The standard drops it; some vendors leave the blank line out."""
        rest = b"".join(self._open_line)
        self._open_line = []
        return self._take([rest, b""])

    def _take(self, lines: list[bytes]) -> list[bytes]:
        events = []
        for line in lines:
            if self._first_line:
                self._first_line = False
                line = line.removeprefix(_BOM)  # noqa: PLW2901 (the same line, cleaned)
            if not line:
                if self._data:
                    events.append(b"\n".join(self._data))
                    self._data = []
            elif line.startswith(b"data:"):
                self._data.append(line[5:].removeprefix(b" "))
            elif line == b"data":
                self._data.append(b"")
        return events
