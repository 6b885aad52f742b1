"""The progress line: rows, rate, time left, spend and budget, failures by cause, share of time waiting for limits."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from goodsmith.cli.voice import Voice

if TYPE_CHECKING:
    from goodsmith.runner import Progress

PLAIN_EVERY_S = 10.0  # where the output is no terminal


class ProgressLine:
    """One line on stderr, rewritten in place on a terminal, repeated every ten seconds elsewhere."""

    def __init__(self, voice: Voice, *, quiet: bool = False) -> None:
        self._voice, self._quiet = voice, quiet
        self._terminal = sys.stderr.isatty()
        self._shown_at = time.monotonic()
        self._width = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()

    def show(self, progress: Progress) -> None:
        """Called by the run about twice a second."""
        now = time.monotonic()
        if self._quiet or (not self._terminal and now - self._shown_at < PLAIN_EVERY_S):
            return
        self._shown_at = now
        text = describe(self._voice, progress)
        if self._terminal:
            sys.stderr.write("\r" + text + " " * max(0, self._width - len(text)))
            self._width = len(text)
        else:
            sys.stderr.write(text + "\n")
        sys.stderr.flush()


def describe(voice: Voice, progress: Progress) -> str:
    """The line as text."""
    from goodsmith.base.money import format_money  # noqa: PLC0415

    tally, pick = progress.tally, voice.pick
    parts = [
        pick(f"{tally.rows:,}/{progress.total_rows:,} rows", f"{tally.rows:,}/{progress.total_rows:,} 行"),
        pick(f"{progress.rows_per_s:,.0f} rows/s", f"{progress.rows_per_s:,.0f} 行/秒"),
    ]
    if progress.eta_s is not None:
        parts.append(pick("left ", "剩余 ") + _clock(progress.eta_s))
    if progress.currency:
        spent = format_money(tally.cost_nanos, progress.currency, language=voice.language)
        if progress.budget_nanos is not None:
            spent += " / " + format_money(progress.budget_nanos, progress.currency, language=voice.language)
        parts.append(spent)
    if tally.failures:
        listed = ", ".join(f"{code} {number:,}" for code, number in sorted(tally.failures.items()))
        parts.append(pick("failed: ", "失败:") + listed)
    if progress.waiting_share >= 0.01:
        parts.append(pick(f"waiting for limits {progress.waiting_share:.0%}", f"等待限流 {progress.waiting_share:.0%}"))
    return " · ".join(parts)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
