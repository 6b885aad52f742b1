"""What a recipe's own tests can say of a product's copy; `not-` in front turns any of it round.

Names as in promptfoo where it has them (its documentation, "Assertions & metrics"), so tests can be taken over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from goodsmith.base.lengths import length
from goodsmith.records import Assertion, LengthUnit, RowResult, Severity

NOT: Final = "not-"
ValueKind = Literal["text", "texts", "number", "range", "optional_texts", "none"]
_WORD: Final = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+(?:['’-]\w+)*"
)
_SHOWN: Final = 120  # letters of a text that is shown with a failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What an assertion looks at: one product in one locale."""

    result: RowResult
    locale: str
    prompts: Mapping[str, str]  # step -> system and user part

    def texts(self, slot: str) -> list[str]:
        """The texts of a slot, one for each item of a list; of all slots for "". Empty if there are none."""
        found: list[str] = []
        for draft in self.result.drafts:
            if draft.locale not in {"", self.locale} or (slot and draft.slot != slot) or draft.value is None:
                continue
            found += draft.value if isinstance(draft.value, tuple) else [_as_text(draft.value)]
        return [text for text in found if text]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an assertion holds, and what was seen where it does not."""

    ok: bool
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """What an assertion type judges: the texts it is about, and what it compares them with."""

    texts: Sequence[str]
    value: Any
    unit: LengthUnit
    tried: Tried

    @property
    def text(self) -> str:
        return "\n".join(self.texts)


@dataclass(frozen=True, slots=True)
class AssertionType:
    """value: what it takes. about: what it says, for the reference page."""

    value: ValueKind
    about: str
    judge: Callable[[Look], bool]


def judge(assertion: Assertion, tried: Tried) -> Verdict:
    """Whether the assertion holds. A row that failed satisfies nothing but what is said of its status."""
    name, turned = assertion.type.removeprefix(NOT), assertion.type.startswith(NOT)
    kind = ASSERTIONS[name]
    if tried.result.error is not None and name != "status":
        return Verdict(ok=False, seen=f"failed: {tried.result.error.message}")
    texts = list(tried.prompts.values()) if name == "prompt-contains" else tried.texts(assertion.slot)
    if kind.judge(Look(texts, assertion.value, assertion.unit, tried)) is not turned:
        return Verdict(ok=True)
    return Verdict(ok=False, seen=_seen(name, texts, tried))


def words(text: str) -> int:
    """Words as a word processor counts them: a Chinese or Japanese character is one."""
    return len(_WORD.findall(text))


def _seen(name: str, texts: Sequence[str], tried: Tried) -> str:
    if name == "status":
        return tried.result.status.value
    if name in {"no-finding", "finding"}:
        return "; ".join(f"{finding.rule}: {finding.en}" for finding in tried.result.findings) or "no finding"
    shown = " | ".join(texts)
    return (shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…") or "nothing"


def _as_text(value: float | str | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _is_json(look: Look) -> bool:
    try:
        json.loads(look.text)
    except ValueError:
        return False
    return True


def _within(count: int, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        return int(wanted.get("min", 0)) <= count <= int(wanted.get("max", count))
    return count == int(wanted)


def _found(look: Look) -> bool:
    """Whether a check found something that brings a person in; one of these checks, if any are named."""
    rules = look.value or ()
    return any(
        finding.severity is not Severity.NOTE and (not rules or finding.rule in rules)
        for finding in look.tried.result.findings
        if finding.locale in {"", look.tried.locale}
    )


def _longest(look: Look) -> int:
    return max((length(text, look.unit) for text in look.texts), default=0)


def _shortest(look: Look) -> int:
    return min((length(text, look.unit) for text in look.texts), default=0)


def _any(look: Look) -> bool:
    return any(one in look.text for one in look.value)


def _all(look: Look) -> bool:
    return all(one in look.text for one in look.value)


def _folded(judge: Callable[[Look], bool]) -> Callable[[Look], bool]:
    """The same without regard to upper and lower case."""

    def folded(look: Look) -> bool:
        value = look.value.casefold() if isinstance(look.value, str) else tuple(map(str.casefold, look.value))
        return judge(replace(look, texts=[text.casefold() for text in look.texts], value=value))

    return folded


def _contains(look: Look) -> bool:
    return look.value in look.text


ASSERTIONS: Final[Mapping[str, AssertionType]] = {
    "equals": AssertionType("text", "is exactly this", lambda look: look.text == look.value),
    "contains": AssertionType("text", "holds this", _contains),
    "icontains": AssertionType("text", "holds this, upper or lower case", _folded(_contains)),
    "contains-any": AssertionType("texts", "holds at least one of these", _any),
    "contains-all": AssertionType("texts", "holds all of these", _all),
    "icontains-any": AssertionType("texts", "holds at least one of these, upper or lower case", _folded(_any)),
    "icontains-all": AssertionType("texts", "holds all of these, upper or lower case", _folded(_all)),
    "starts-with": AssertionType("text", "begins with this", lambda look: look.text.startswith(look.value)),
    "regex": AssertionType(
        "text", "this regular expression is found in it", lambda look: re.search(look.value, look.text) is not None
    ),
    "is-json": AssertionType("none", "is JSON", _is_json),
    "word-count": AssertionType(
        "range",
        "has so many words; a Chinese character counts as one",
        lambda look: _within(words(look.text), look.value),
    ),
    "max-length": AssertionType(
        "number", "each text has at most so many of `unit`", lambda look: _longest(look) <= int(look.value)
    ),
    "min-length": AssertionType(
        "number", "each text has at least so many of `unit`", lambda look: _shortest(look) >= int(look.value)
    ),
    "items": AssertionType("range", "there are so many texts", lambda look: _within(len(look.texts), look.value)),
    "empty": AssertionType("none", "there is nothing in it", lambda look: not look.texts),
    "finding": AssertionType(
        "optional_texts", "a check found something that brings a person in; with names, one of these checks", _found
    ),
    "no-finding": AssertionType(
        "optional_texts", "no check did; with names, none of these checks", lambda look: not _found(look)
    ),
    "status": AssertionType(
        "text",
        "the row ends as done, review, blocked or failed",
        lambda look: look.tried.result.status.value == look.value,
    ),
    "prompt-contains": AssertionType("text", "what a model would be asked holds this", _contains),
}
