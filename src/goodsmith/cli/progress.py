"""The progress line: rows, rate, time left, spend and budget, failures by cause, share of time waiting for limits."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from goodsmith.base.durations import as_clock
from goodsmith.cli.tables import columns_of, fit
from goodsmith.cli.voice import Voice, whisper, width_of

if TYPE_CHECKING:
    from goodsmith.runner import Progress

PLAIN_EVERY_S: Final = 10.0  # where the output is no terminal


class ProgressLine:
    """One line on stderr, rewritten in place on a terminal, repeated every ten seconds elsewhere.

    The figures are also left in the run's folder, where `goodsmith status` finds them.
    """

    def __init__(self, voice: Voice, *, home: Path, quiet: bool = False) -> None:
        self._voice, self._home, self._quiet = voice, home, quiet
        self._shown_at = time.monotonic()
        self._left_at = 0.0
        self._covered = 0  # columns that the last line took

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.wipe()

    def show(self, progress: Progress) -> None:
        """Called by the run about twice a second."""
        from goodsmith.runner import live  # noqa: PLC0415 - it stands in a room that takes time to open

        now = time.monotonic()
        if now - self._left_at >= live.EVERY_S:
            self._left_at = now
            live.leave(live.place(self._home, progress.run_id), progress)
        width = width_of(sys.stderr)
        if self._quiet or (width is None and now - self._shown_at < PLAIN_EVERY_S):
            return
        self._shown_at = now
        if width is None:
            whisper(describe(self._voice, progress) + "\n")
            return
        text = describe(self._voice, progress, width=width - 1)  # the last column would break the line
        covers = columns_of(text)
        whisper("\r" + text + " " * max(0, self._covered - covers))
        self._covered = covers

    def wipe(self) -> None:
        """Take the line away, before something else is said."""
        if self._covered:
            whisper("\r" + " " * self._covered + "\r")
            self._covered = 0


def describe(voice: Voice, progress: Progress, *, width: int | None = None) -> str:
    """The line as text: as much as fits into `width` columns, what matters most first."""
    for text in _ever_shorter(voice, progress):
        if width is None or columns_of(text) <= width:
            return text
    return fit(text, width or 0)


def _ever_shorter(voice: Voice, progress: Progress) -> Iterator[str]:
    tally, pick = progress.tally, voice.pick
    rows = f"{tally.rows:,}/{progress.total_rows:,}" + pick(" rows", " 行")
    rate = _rate(progress.rows_per_s) + pick(" rows/s", " 行/秒")
    left = "" if progress.eta_s is None else pick("left ", "剩余 ") + as_clock(progress.eta_s)
    spent, spent_short = _money(voice, progress)
    at_end = _at_end(voice, progress)
    causes = sorted(tally.failures.items(), key=lambda item: -item[1])
    failed = pick("failed: ", "失败:") + ", ".join(f"{code} {number:,}" for code, number in causes) if causes else ""
    failed_short = pick(f"{tally.failed:,} failed", f"失败 {tally.failed:,}") if causes else ""
    share = progress.waiting_share
    waits = pick(f"waiting for limits {share:.0%}", f"等待限流 {share:.0%}") if share >= 0.01 else ""
    waits_short = pick(f"waiting {share:.0%}", f"等待 {share:.0%}") if waits else ""
    yield _line(rows, rate, left, spent, at_end, failed, waits)
    yield _line(rows, rate, left, spent, at_end, failed, waits_short)
    yield _line(rows, rate, left, spent, at_end, failed_short, waits_short)
    yield _line(rows, rate, left, spent, failed_short, waits_short)
    yield _line(rows, rate, left, spent_short, failed_short, waits_short)
    yield _line(rows, left, spent_short, failed_short)
    yield _line(rows, left, failed_short)
    yield rows


def _line(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _money(voice: Voice, progress: Progress) -> tuple[str, str]:
    """Spend and budget, in full and short. Empty where nothing is paid; `unknown` where no price is known."""
    from goodsmith.base.money import format_money  # noqa: PLC0415

    tally, language = progress.tally, voice.language
    if not progress.currency:
        return (voice.pick("cost unknown", "费用未知"),) * 2 if tally.cost_unknown_calls else ("", "")
    short = format_money(tally.cost_nanos, progress.currency, language=language)
    if progress.budget_nanos is None:
        return short, short
    return f"{short} / {format_money(progress.budget_nanos, progress.currency, language=language)}", short


def _at_end(voice: Voice, progress: Progress) -> str:
    """What it will have cost; marked where the budget will not do."""
    from goodsmith.base.money import format_money  # noqa: PLC0415

    cost = progress.cost_at_end_nanos
    if cost is None or progress.tally.rows >= progress.total_rows:
        return ""
    said = format_money(cost, progress.currency, language=voice.language)
    text = voice.pick(f"about {said} at the end", f"预计共 {said}")
    if progress.budget_nanos is not None and cost > progress.budget_nanos:
        text += voice.pick(", over the budget", ",超出预算")
    return text


def _rate(rows_per_s: float) -> str:
    return f"{rows_per_s:,.0f}" if rows_per_s >= 10 else f"{rows_per_s:.1f}"
