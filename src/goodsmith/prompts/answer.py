"""Reads a model's answer: strictly first, then forgiving of how it is wrapped, never of what it says.

Fences, talk around the object, trailing commas, an object in a list or under one key, keys in another case and numbers
as text are read. A value of the wrong type, outside the allowed ones, or absent though required is AnswerInvalid, with
everything that is wrong in one message. Keys that were not asked are ignored.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from goodsmith.base.liquid import number, text
from goodsmith.errors import AnswerInvalid
from goodsmith.records import OutputSpec, Value

MAX_ANSWER_CHARS: Final = 1_000_000
_MAX_STARTS: Final = 40  # places in the talk where an object may begin
_YES: Final = frozenset(["true", "yes", "y", "1", "是", "对", "有"])
_NO: Final = frozenset(["false", "no", "n", "0", "否", "不是", "无"])
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_TRAILING_COMMA: Final = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)
_THOUGHT_END: Final = re.compile(r"</(?:think|thinking|reasoning)>", re.IGNORECASE)
_BULLET: Final = re.compile(r"^\s{0,40}(?:[-*•·●▪◦‣–—]\s{0,4}|[0-9]{1,2}[.)、．]\s{0,4})")
_decode = msgspec.json.Decoder().decode
_lenient = json.JSONDecoder(strict=False, parse_constant=lambda word: None)


class _Wrong(Exception):
    """One slot's value cannot be taken."""


def parse_answer(answer: str, outputs: Sequence[OutputSpec]) -> dict[str, Value]:
    """Slot -> value, in the order of the outputs. An optional slot that is absent or null is None.

    Raises AnswerInvalid, which says for every wrong slot what was seen and what was expected.
    """
    if len(answer) > MAX_ANSWER_CHARS:
        raise AnswerInvalid(
            f"the answer has {len(answer):,} characters; at most {MAX_ANSWER_CHARS:,} are read",
            zh=f"回答有 {len(answer):,} 个字符,最多读取 {MAX_ANSWER_CHARS:,} 个",
        )
    try:
        found = _decode(answer)
    except (msgspec.DecodeError, ValueError, RecursionError):
        found = _dug_out(answer, outputs)
    if not isinstance(found, dict):
        found = _unwrapped(found, answer)
    if len(found) == 1:
        ((key, inner),) = found.items()
        if isinstance(inner, dict) and _folded(key) not in {_folded(output.slot) for output in outputs}:
            found = inner  # {"answer": {…}}
    made: dict[str, Value] = {}
    wrong: list[str] = []
    for output in outputs:
        value = found.get(output.slot)
        if value is None:
            value = _under_another_name(output.slot, found)
        if value is None:
            if output.required:
                state = "null" if output.slot in found else "missing"
                wrong.append(f'"{output.slot}" is {state}; expected {_EXPECTED[output.type]}')
            made[output.slot] = None
            continue
        try:
            made[output.slot] = _READERS[output.type](value, output)
        except _Wrong as problem:
            wrong.append(f'"{output.slot}": {problem}')
    if wrong:
        raise AnswerInvalid("; ".join(wrong), zh=f"回答的格式不对:{';'.join(wrong)}")
    return made


# ---- finding the object -------------------------------------------------------------------------------------------


def _dug_out(answer: str, outputs: Sequence[OutputSpec]) -> Any:
    """The JSON within other text: the object that has most of the asked keys, the later one of equals."""
    source = answer
    for thought in _THOUGHT_END.finditer(answer):
        source = answer[thought.end() :]
    best: Any = None
    most = -1
    for candidate in (source, _TRAILING_COMMA.sub(lambda match: match[1] or "", source)):
        at, starts = 0, 0
        while starts < _MAX_STARTS:
            start = min((place for sign in "{[" if (place := candidate.find(sign, at)) >= 0), default=-1)
            if start < 0:
                break
            starts += 1
            try:
                value, at = _lenient.raw_decode(candidate, start)
            except (ValueError, RecursionError):
                at = start + 1
                continue
            inner = value[0] if isinstance(value, list) and len(value) == 1 else value
            if isinstance(inner, dict):
                known = sum(_folded(output.slot) in set(map(_folded, inner)) for output in outputs)
                if known >= most:
                    best, most = value, known
        if most > 0:
            return best
    if best is None:
        raise _refused(answer)
    return best


def _unwrapped(found: Any, answer: str) -> dict[str, Any]:
    if isinstance(found, list) and len(found) == 1 and isinstance(found[0], dict):
        return found[0]
    if isinstance(found, str) and found.lstrip()[:1] == "{":  # an object, written as JSON text
        try:
            inner = _lenient.decode(found)
        except (ValueError, RecursionError):
            inner = None
        if isinstance(inner, dict):
            return inner
    raise _refused(answer)


def _refused(answer: str) -> AnswerInvalid:
    if not answer.strip():
        return AnswerInvalid("the answer is empty; expected a JSON object", zh="回答为空,应为一个 JSON 对象")
    return AnswerInvalid(
        f"expected a JSON object, seen: {_shown(answer)}", zh=f"应为一个 JSON 对象,实际为:{_shown(answer)}"
    )


def _under_another_name(slot: str, found: dict[str, Any]) -> Any:
    wanted = _folded(slot)
    return next((value for key, value in found.items() if value is not None and _folded(key) == wanted), None)


def _folded(key: Any) -> str:
    return re.sub(r"[\s_\-]+", "", str(key)[:200]).casefold()


# ---- reading values -----------------------------------------------------------------------------------------------


def _text(value: Any, output: OutputSpec) -> str:
    if isinstance(value, str):
        return _without_control(value).strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return text(value)
    raise _wrong(value, output)


def _list(value: Any, output: OutputSpec) -> tuple[str, ...]:
    if isinstance(value, str):
        value = _items_of(value)
    if not isinstance(value, list):
        raise _wrong(value, output)
    items = []
    for item in value:
        inner = next(iter(item.values())) if isinstance(item, dict) and len(item) == 1 else item
        if isinstance(inner, str):
            items.append(_without_control(inner).strip())
        elif isinstance(inner, int | float) and not isinstance(inner, bool):
            items.append(text(inner))
        elif inner is not None:
            raise _Wrong(f"expected a list of texts, seen an item that is {_named(inner)} {_shown(inner)}")
    return tuple(filter(None, items))


def _items_of(value: str) -> list[Any]:
    if value.lstrip()[:1] == "[":
        try:
            inner = _lenient.decode(value.strip())
        except (ValueError, RecursionError):
            inner = None
        if isinstance(inner, list):
            return inner
    return [_BULLET.sub("", line) for line in value.splitlines() if line.strip()]


def _number(value: Any, output: OutputSpec) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise _wrong(value, output)
        return value
    if isinstance(value, str) and (found := number(value)) is not None:
        return int(found) if found == int(found) and "." not in value else float(found)
    raise _wrong(value, output)


def _integer(value: Any, output: OutputSpec) -> int:
    found = _number(value, output)
    if found != int(found):
        raise _wrong(value, output)
    return int(found)


def _boolean(value: Any, output: OutputSpec) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and (word := value.strip().casefold()) in _YES | _NO:
        return word in _YES
    raise _wrong(value, output)


def _choice(value: Any, output: OutputSpec) -> str:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        said = value if isinstance(value, str) else text(value)
        if said in output.choices:
            return said
        folded = _without_control(said).strip().strip("\"'“”").casefold()
        for choice in output.choices:
            if choice.strip().casefold() == folded:
                return choice
    listed = ", ".join(f'"{choice}"' for choice in output.choices[:20])
    raise _Wrong(f"expected one of {listed}, seen {_named(value)} {_shown(value)}")


_READERS: Final[Mapping[str, Callable[[Any, OutputSpec], Value]]] = {
    "text": _text,
    "list": _list,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "choice": _choice,
}
_EXPECTED: Final = {
    "text": "a text",
    "list": "a list of texts",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "choice": "one of the allowed values",
}


def _without_control(value: str) -> str:
    if value.isprintable():  # as nearly all are; lone surrogates are not printable
        return value
    if "\r" in value:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    value = _CONTROL.sub("", value)
    return value.encode("utf-8", "ignore").decode("utf-8")  # half a surrogate pair cannot be stored


def _wrong(value: Any, output: OutputSpec) -> _Wrong:
    return _Wrong(f"expected {_EXPECTED[output.type]}, seen {_named(value)} {_shown(value)}")


def _named(value: Any) -> str:
    if isinstance(value, bool):
        return "the boolean"
    return {str: "the text", int: "the number", float: "the number", list: "the list", dict: "the object"}.get(
        type(value), "the value"
    )


def _shown(value: Any) -> str:
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    said = " ".join(_without_control(said[:400]).split())
    return repr(said[:80] + "…" if len(said) > 80 else said)
