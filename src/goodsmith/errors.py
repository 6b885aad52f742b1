"""Every error that Goodsmith raises on purpose, as one tree; the type says what the caller can do.

GoodsmithError
├── UsageError            the request cannot be done as it stands (exit 2)
│   ├── UnknownName       a name nobody knows, with the near ones
│   ├── TemplateError     a template or condition is not allowed or not understood
│   ├── RecipeError       a recipe file is wrong
│   ├── SchemaError       a category schema is wrong
│   ├── InputFileError    a catalog file cannot be read
│   └── MissingExtra      an optional library is not installed
├── StoreError            disk, folder or database cannot be used (exit 2; the run can be resumed)
│   ├── LeaseLost         another process drives this run now
│   └── Corrupt           a stored file is damaged
├── BudgetExhausted       the money is used up (exit 3)
├── CheckUnavailable      a check could not run, so it blocks (exit 4)
├── Stopped               somebody asked the run to stop (exit 130)
├── WireError             the network did not carry a call; `models` turns it into a ModelError
├── AnswerInvalid         a model's answer does not have the asked shape, also after a repair
└── ModelError            a model did not answer; `retryable` says whether another try can help
    ├── RateLimited       the vendor asks us to wait
    ├── Overloaded        the vendor has trouble (5xx, reset connections)
    ├── TimedOut          no answer in time; it may have been paid for
    ├── Truncated         the answer broke off (no finish reason, or the length limit)
    ├── ContentRefused    the vendor refuses the content
    ├── ContextOverflow   the prompt is longer than the model takes
    ├── BadRequest        the vendor does not understand the request
    ├── AccountProblem    wrong key, no credit, no permission: stops the vendor, not the row
    └── NotUnderstood     the vendor answered something that is not its protocol (HTML from a proxy)
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from typing import Any


class GoodsmithError(Exception):
    """The base of all errors raised on purpose.

    en: one sentence or more: what was seen, where, what was expected, what to do. zh: the same in Chinese.
    """

    retryable = False
    code = "error"  # stable, machine-readable; stored with a failed row

    def __init__(self, en: str, *, zh: str | None = None) -> None:
        super().__init__(en)
        self.en = en
        self.zh = zh

    def say(self, language: str) -> str:
        """The message in `language` (`zh`, `en`); English where there is no translation."""
        return self.zh if self.zh and language.startswith("zh") else self.en


class UsageError(GoodsmithError):
    """The request cannot be done as it stands."""

    code = "usage"


class UnknownName(UsageError):
    """A name that nobody knows. `kind` in words of the user: `recipe`, `column`, `model provider`."""

    code = "unknown_name"

    def __init__(self, kind: str, name: str, known: Iterable[str], *, kind_zh: str | None = None) -> None:
        self.kind, self.name, self.known = kind, name, sorted(known)
        self.near = difflib.get_close_matches(name, self.known, n=3, cutoff=0.5)
        listed = ", ".join(self.near or self.known[:12])
        en = f"unknown {kind} {name!r}"
        zh = f"没有名为 {name!r} 的{kind_zh or kind}"
        if listed:
            en += f"; did you mean: {listed}?" if self.near else f"; known: {listed}"
            zh += f";您是否要找:{listed}" if self.near else f";已有:{listed}"
        super().__init__(en, zh=zh)


class TemplateError(UsageError):
    """A template or condition that is not allowed or not understood.

    line and column are 1-based; the message shows the source line with a caret under the place.
    """

    code = "template"

    def __init__(
        self, en: str, *, source: str = "", line: int = 1, column: int = 1, name: str = "", zh: str | None = None
    ) -> None:
        self.line, self.column, self.name = line, column, name
        lines = source.splitlines()
        shown = ""
        if 0 < line <= len(lines):
            before = lines[line - 1][: column - 1]  # as wide in a terminal as what stands before the place
            wide = "".join("\u3000" if unicodedata.east_asian_width(sign) in "WF" else " " for sign in before)
            shown = f"\n  {lines[line - 1]}\n  {wide}^"
        place = f"{name}: " if name else ""
        super().__init__(
            f"{place}line {line}, column {column}: {en}{shown}",
            zh=f"{place}第 {line} 行第 {column} 列:{zh}{shown}" if zh else None,
        )


class FileError(UsageError):
    """A file that people write is wrong. line: 1-based in the file, None if the whole file is meant."""

    def __init__(self, en: str, *, file: str = "", line: int | None = None, zh: str | None = None) -> None:
        self.file, self.line = file, line
        place = f"{file}:{line}: " if file and line else f"{file}: " if file else ""
        super().__init__(place + en, zh=place + zh if zh else None)


class SchemaError(UsageError):
    """A category schema cannot be read, or says two things at once."""

    code = "schema"


class RecipeError(FileError):
    """A recipe file is wrong."""

    code = "recipe"


class PackError(FileError):
    """A pack of words, units or rules is wrong."""

    code = "pack"


class InputFileError(UsageError):
    """A catalog file cannot be read. row is 1-based as a spreadsheet shows it."""

    code = "input_file"

    def __init__(
        self,
        en: str,
        *,
        file: str,
        sheet: str | None = None,
        row: int | None = None,
        column: str | None = None,
        zh: str | None = None,
    ) -> None:
        self.file, self.sheet, self.row, self.column = file, sheet, row, column
        parts_en, parts_zh = [file], [file]
        if sheet is not None:
            parts_en.append(f"sheet {sheet!r}")
            parts_zh.append(f"工作表 {sheet!r}")
        if row is not None:
            parts_en.append(f"row {row}")
            parts_zh.append(f"第 {row} 行")
        if column is not None:
            parts_en.append(f"column {column!r}")
            parts_zh.append(f"列 {column!r}")
        super().__init__(", ".join(parts_en) + ": " + en, zh=",".join(parts_zh) + ":" + zh if zh else None)


class MissingExtra(UsageError):
    """An optional library is not installed."""

    code = "missing_extra"

    def __init__(self, library: str, extra: str) -> None:
        super().__init__(
            f"this needs {library}: pip install 'goodsmith[{extra}]'",
            zh=f"此功能需要 {library}:pip install 'goodsmith[{extra}]'",
        )


class StoreError(GoodsmithError):
    """A disk, folder or database cannot be used. What was recorded before is safe; the run can be resumed."""

    code = "store"


class LeaseLost(StoreError):
    """Another process drives this run now; this one must stop writing."""

    code = "lease_lost"


class Corrupt(StoreError):
    """A stored file is damaged at a stated place."""

    code = "corrupt"


class BudgetExhausted(GoodsmithError):
    """The budget does not cover the next call."""

    code = "budget"


class CheckUnavailable(GoodsmithError):
    """A check could not run. It blocks; it never passes."""

    code = "check_unavailable"


class Stopped(GoodsmithError):
    """Somebody asked the run to stop or pause."""

    code = "stopped"


class WireError(GoodsmithError):
    """The network did not carry a call.

    kind: `refused`, `dns`, `tls`, `proxy`, `connect_timeout`, `timeout`, `reset`, `too_large` or `malformed`.
    sent: False if the other side surely never saw the request, so that it cannot have been billed.
    """

    code = "wire"

    def __init__(self, en: str, *, kind: str, sent: bool, zh: str | None = None) -> None:
        super().__init__(en, zh=zh)
        self.kind = kind
        self.sent = sent


class AnswerInvalid(GoodsmithError):
    """A model's answer does not have the asked shape, also after one repair."""

    code = "answer_invalid"


class ModelError(GoodsmithError):
    """A model did not answer.

    paid: what is known of the bill for this attempt: False (not billed), True (billed) or None (unknown).
    input_tokens, output_tokens: as the vendor counted them for this attempt, None if it did not say.
    retries, spent_nanos: of all attempts of the call, set where retrying ends; spent_nanos None: the price is unknown.
    route: records.RouteStep of each model that was tried, where there were several.
    """

    code = "model"
    paid: bool | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    retries: int = 0
    spent_nanos: int | None = 0
    route: tuple[Any, ...] = ()

    def __init__(
        self, en: str, *, zh: str | None = None, status: int | None = None, vendor_code: str | None = None
    ) -> None:
        super().__init__(en, zh=zh)
        self.status = status
        self.vendor_code = vendor_code


class RateLimited(ModelError):
    """The vendor asks us to wait. retry_after_s: seconds, None if it did not say."""

    retryable = True
    code = "rate_limited"
    paid = False

    def __init__(
        self,
        en: str,
        *,
        retry_after_s: float | None = None,
        zh: str | None = None,
        status: int | None = 429,
        vendor_code: str | None = None,
    ) -> None:
        super().__init__(en, zh=zh, status=status, vendor_code=vendor_code)
        self.retry_after_s = retry_after_s


class Overloaded(ModelError):
    """The vendor has trouble: 5xx, a refused or reset connection."""

    retryable = True
    code = "overloaded"


class TimedOut(ModelError):
    """No answer in time. The call may have been billed."""

    retryable = True
    code = "timed_out"


class Truncated(ModelError):
    """The answer broke off: a stream without a finish reason, or the length limit. partial: what came of it."""

    retryable = True
    code = "truncated"
    paid = True

    def __init__(
        self,
        en: str,
        *,
        partial: str = "",
        zh: str | None = None,
        status: int | None = None,
        vendor_code: str | None = None,
    ) -> None:
        super().__init__(en, zh=zh, status=status, vendor_code=vendor_code)
        self.partial = partial


class ContentRefused(ModelError):
    """The vendor refuses the content. side: `input` or `output`. Never retried unchanged."""

    code = "content_refused"

    def __init__(
        self,
        en: str,
        *,
        side: str = "output",
        zh: str | None = None,
        status: int | None = None,
        vendor_code: str | None = None,
    ) -> None:
        super().__init__(en, zh=zh, status=status, vendor_code=vendor_code)
        self.side = side


class ContextOverflow(ModelError):
    """The prompt is longer than the model takes."""

    code = "context_overflow"
    paid = False


class BadRequest(ModelError):
    """The vendor does not understand the request."""

    code = "bad_request"
    paid = False


class AccountProblem(ModelError):
    """Wrong key, no credit, no permission, unknown model: no row can succeed until it is mended."""

    code = "account"
    paid = False


class NotUnderstood(ModelError):
    """The answer is not the vendor's protocol, such as a proxy's HTML page."""

    retryable = True
    code = "not_understood"
