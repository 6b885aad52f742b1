"""The listed filters. What stands in FILTERS can be used in a template, nothing else.

A filter takes the value on its left and its arguments, and gives a value. None of them reads a clock, a file or an
attribute. Those that can grow a text or a list refuse beyond MAX_TEXT_CHARS and MAX_ITEMS.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from goodsmith.base import fact_sentences, wording
from goodsmith.base.attribute_cells import pairs as attribute_pairs
from goodsmith.base.liquid.values import is_blank, number, text

MAX_TEXT_CHARS = 200_000  # a text that a filter makes
MAX_ITEMS = 10_000  # a list that a filter makes


class FilterRefused(Exception):
    """A filter will not do what it is asked. Becomes a TemplateError with its place."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.en, self.zh = en, zh


@dataclass(frozen=True, slots=True)
class Filter:
    """A listed filter. arguments: how many it takes, least and most."""

    apply: Callable[..., Any]
    arguments: tuple[int, int]
    about: str


# ---- texts --------------------------------------------------------------------------------------------------------


def _bounded(value: str) -> str:
    if len(value) > MAX_TEXT_CHARS:
        raise _too_long()
    return value


def _too_long() -> FilterRefused:
    return FilterRefused(
        f"a text would grow beyond {MAX_TEXT_CHARS:,} characters", f"文本将超过 {MAX_TEXT_CHARS:,} 个字符"
    )


def _append(value: Any, more: Any) -> str:
    return _bounded(text(value) + text(more))


def _prepend(value: Any, more: Any) -> str:
    return _bounded(text(more) + text(value))


def _replace(value: Any, old: Any, new: Any = "", *, count: int = -1) -> str:
    source, seen, put = text(value), text(old), text(new)
    if not seen:
        return source
    if len(put) > len(seen):
        found = source.count(seen) if count < 0 else count
        if len(source) + found * (len(put) - len(seen)) > MAX_TEXT_CHARS:
            raise _too_long()
    return source.replace(seen, put, count)


def _replace_first(value: Any, old: Any, new: Any = "") -> str:
    return _replace(value, old, new, count=1)


def _remove(value: Any, old: Any) -> str:
    return _replace(value, old)


def _remove_first(value: Any, old: Any) -> str:
    return _replace(value, old, count=1)


def _whole(argument: Any, default: int | None = None) -> int:
    if argument is None and default is not None:
        return default
    if argument.__class__ is int:
        return max(-MAX_TEXT_CHARS, min(MAX_TEXT_CHARS, argument))
    found = number(argument)
    if found is None:
        raise FilterRefused(
            f"expected a whole number, found {text(argument)!r}", f"这里应是整数,却是 {text(argument)!r}"
        )
    return max(-MAX_TEXT_CHARS, min(MAX_TEXT_CHARS, int(found)))


def _truncate(value: Any, limit: Any = 50, end: Any = "...") -> str:
    source, most, tail = text(value), max(_whole(limit), 0), text(end)
    if len(source) <= most:
        return source
    return source[: max(most - len(tail), 0)] + tail[:MAX_TEXT_CHARS]


def _truncatewords(value: Any, limit: Any = 15, end: Any = "...") -> str:
    source, most = text(value), max(_whole(limit), 1)
    words = source.split()
    return source if len(words) <= most else " ".join(words[:most]) + text(end)[:MAX_TEXT_CHARS]


def _slice(value: Any, start: Any, length: Any = 1) -> Any:
    source = value if isinstance(value, list | tuple) else text(value)
    first, many = _whole(start), max(_whole(length), 0)
    first = len(source) + first if first < 0 else first
    if first < 0:
        return [] if isinstance(source, list | tuple) else ""
    part = source[first : first + many]
    return list(part) if isinstance(part, tuple) else part


def _split(value: Any, separator: Any) -> list[str]:
    source, sign = text(value), text(separator)
    if not source or source == sign:
        return []
    if not sign:
        return _bounded_items(list(source))
    return _bounded_items(source.split(None if sign == " " else sign, MAX_ITEMS))


def _bounded_items(items: list[Any]) -> list[Any]:
    if len(items) > MAX_ITEMS:
        raise FilterRefused(f"a list would have more than {MAX_ITEMS:,} items", f"列表将超过 {MAX_ITEMS:,} 项")
    return items


def _clean(value: Any) -> str:
    source = text(value)
    if "&" in source:
        source = html.unescape(source)
    if "<" in source:
        source = _TAG.sub(" ", _without_code(source))
    if not source.isascii():
        source = source.translate(_INVISIBLE)
    return " ".join(source.split())


_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")
_CODE = re.compile(r"<(script|style|!--)", re.IGNORECASE)
_INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200E, 0x200F, 0x2060, 0xFEFF, 0xAD])


def _without_code(source: str) -> str:
    """Without scripts, styles and comments; linear in the length of the source."""
    kept, at, lowered = [], 0, source.lower() if len(source.lower()) == len(source) else source
    while match := _CODE.search(source, at):
        closing = "-->" if match[1] == "!--" else f"</{match[1].lower()}"
        end = lowered.find(closing, match.end())
        kept.append(source[at : match.start()])
        if end < 0:
            return "".join(kept)
        at = end + len(closing) if closing == "-->" else (source.find(">", end) + 1 or len(source))
    return "".join(kept) + source[at:]


def _sentence_case(value: Any) -> str:
    source = text(value)
    for index, sign in enumerate(source):
        if sign.isalnum():
            return source[:index] + sign.upper() + source[index + 1 :]
    return source


_SMALL_WORDS = frozenset(
    ("a", "an", "and", "as", "at", "but", "by", "for", "from", "in", "of", "on", "or", "the", "to")
)


def _title_case(value: Any) -> str:
    words = text(value).split(" ")
    shown = [
        word if not word.islower() or any(map(str.isdigit, word)) or (at and word in _SMALL_WORDS) else _capital(word)
        for at, word in enumerate(words)
    ]
    return " ".join(shown)


def _capital(word: str) -> str:
    return "-".join(_sentence_case(part) for part in word.split("-"))


def _sentences(value: Any, count: Any = 1) -> str:
    source, most = text(value).strip(), max(_whole(count), 0)
    if not most:
        return ""
    for found, match in enumerate(_SENTENCE_END.finditer(source), start=1):
        if found == most:
            return source[: match.end()].rstrip()
    return source


_SENTENCE_END = re.compile(r"[。！？]+[”’」』）]?|[.!?]+[\"')\]]?(?=\s+[A-Z0-9\"'(\[\u3400-\u9fff]|\s*$)|\n")


def _without(value: Any, *others: Any) -> str:
    source = text(value)
    for other in others:
        source = _without_one(source, text(other).strip())
    return source


def _without_one(source: str, other: str) -> str:
    lowered, sought = source.lower(), other.lower()
    if not sought or len(lowered) != len(source):
        return source
    at = lowered.find(sought)
    while at >= 0:
        end = at + len(sought)
        glued = (at > 0 and _joined(source[at - 1], source[at])) or (
            end < len(source) and _joined(source[end - 1], source[end])
        )
        if not glued:
            return f"{source[:at].rstrip()} {source[end:].lstrip()}".strip(" -–—|,，、:：/_")
        at = lowered.find(sought, at + 1)
    return source


def _joined(left: str, right: str) -> bool:
    """True between two letters of an alphabet, where a word would be torn; Chinese has no such borders."""
    return left.isalnum() and right.isalnum() and left.isascii() and right.isascii()


def _cut(value: Any, limit: Any, unit: Any = "characters") -> str:
    from goodsmith.base.lengths import cut  # noqa: PLC0415  -- this filter alone needs it

    name = text(unit)
    if name not in {"characters", "utf8_bytes", "half_width"}:
        raise FilterRefused(
            f"unknown unit {name!r}; known: characters, half_width, utf8_bytes",
            f"没有单位 {name!r};已有:characters, half_width, utf8_bytes",
        )
    return cut(text(value), max(_whole(limit), 0), name)  # type: ignore[arg-type]


def _escape(value: Any) -> str:
    return _bounded(html.escape(text(value)))


def _newline_to_br(value: Any) -> str:
    return _replace(text(value).replace("\r\n", "\n"), "\n", "<br>\n")


def _strip_newlines(value: Any) -> str:
    return text(value).replace("\r\n", "").replace("\n", "")


# ---- lists --------------------------------------------------------------------------------------------------------


def _items(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return list(value)
    return [] if value is None or value == "" else [value]


def _join(value: Any, separator: Any = " ") -> str:
    parts, sign = [text(item) for item in _items(value)], text(separator)
    if sum(map(len, parts)) + len(sign) * len(parts) > MAX_TEXT_CHARS:
        raise _too_long()
    return sign.join(parts)


def _zh_join(value: Any, separator: Any = "、") -> str:
    return _join([part for item in _items(value) if (part := text(item).strip())], separator)


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list | tuple) and value else ""


def _last(value: Any) -> Any:
    return value[-1] if isinstance(value, list | tuple) and value else ""


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str | list | tuple) else 0


def _uniq(value: Any) -> list[Any]:
    seen: dict[str, Any] = {}
    for item in _items(value):
        seen.setdefault(text(item), item)
    return list(seen.values())


def _compact(value: Any) -> list[Any]:
    return [item for item in _items(value) if not is_blank(item)]


def _reverse(value: Any) -> list[Any]:
    return _items(value)[::-1]


def _sort(value: Any) -> list[Any]:
    return sorted(_items(value), key=text)


def _concat(value: Any, other: Any) -> list[Any]:
    return _bounded_items(_items(value) + _items(other))


def _lines(value: Any) -> list[str]:
    return _bounded_items(
        [part for line in text(value).splitlines() if (part := _BULLET.sub("", line, count=1).strip())]
    )


_BULLET = re.compile(r"^\s{0,40}(?:[-*•·●▪◦‣–—]\s{0,4}|[0-9]{1,2}[.)、．]\s{0,4})?")


def _pairs(value: Any) -> list[tuple[str, str]]:
    if isinstance(value, list | tuple):
        return [(text(item[0]), text(item[1])) for item in value if isinstance(item, list | tuple) and len(item) == 2]
    return _bounded_items(list(attribute_pairs(text(value))))


def _value_of(value: Any, *keys: Any) -> str:
    found: dict[str, str] = {}
    for key, put in _pairs(value):
        found.setdefault(key.casefold(), put)
    return next((found[name] for key in keys if (name := text(key).strip().casefold()) in found), "")


# ---- words for sentences ------------------------------------------------------------------------------------------


def _facts(value: Any, longest: Any, *left_out: Any) -> list[tuple[str, str]]:
    return wording.facts(text(value), _whole(longest), map(text, left_out))


def _with_facts(value: Any, *more: Any) -> list[tuple[str, str]]:
    if len(more) % 2:
        raise FilterRefused("with_facts takes names and values by turns", "with_facts 的参数应为名称和值,依次交替")
    named = [(text(more[at]), text(more[at + 1])) for at in range(0, len(more), 2)]
    return fact_sentences.with_facts(_pairs(value), named)


def _labelled(value: Any, label: Any) -> str:
    said = text(value)
    return "" if is_blank(said) else f"{text(label)}: {said}\n"


def _unless_said(value: Any, *others: Any) -> Any:
    if isinstance(value, list | tuple):
        return [item for item in value if _unless_said(text(item), *others)]
    said = text(value)
    return "" if any(wording.says(text(other), said) for other in others) else said


def _written_in(value: Any, code: Any, *others: Any) -> str:
    """The first of the texts that can be in the language."""
    wanted = text(code)
    return next((said for each in (value, *others) if wording.written_in(said := text(each), wanted)), "")


def _surely_in(value: Any, code: Any) -> str:
    said = text(value)
    return said if wording.written_in(said, text(code), surely=True) else ""


# ---- numbers ------------------------------------------------------------------------------------------------------

_EXACT = Context(prec=60)
_MOST = Decimal(10) ** 20


def _numeric(work: Callable[..., Decimal | None]) -> Callable[..., Any]:
    def apply(value: Any, *arguments: Any) -> Any:
        left, rest = number(value), [number(argument) for argument in arguments]
        if left is None or any(argument is None for argument in rest):
            return ""  # no number is made of what is none
        result = work(left, *rest)
        if result is None:
            return ""
        if not -_MOST < result < _MOST:
            raise FilterRefused("a number has more than 20 digits", "数字超过 20 位")
        if result.as_tuple().exponent < -10:  # type: ignore[operator]
            result = result.quantize(Decimal("1e-10"), ROUND_HALF_UP, _EXACT)
            result = result.normalize(_EXACT)
        return result

    return apply


def _integer(value: Decimal) -> bool:
    return value.as_tuple().exponent >= 0  # type: ignore[operator]


def _divided_by(left: Decimal, right: Decimal) -> Decimal | None:
    if not right:
        return None
    if _integer(left) and _integer(right):
        return Decimal(int(left) // int(right))
    return _EXACT.divide(left, right).normalize(_EXACT)


def _modulo(left: Decimal, right: Decimal) -> Decimal | None:
    if not right:
        return None
    quotient = _EXACT.divide(left, right).to_integral_value("ROUND_FLOOR")
    return _EXACT.subtract(left, _EXACT.multiply(quotient, right))


def _round(left: Decimal, digits: Decimal = Decimal(0)) -> Decimal:
    places = max(0, min(10, int(digits)))
    return left.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _EXACT)


# ---- others -------------------------------------------------------------------------------------------------------


def _default(value: Any, instead: Any) -> Any:
    return instead if value is False or is_blank(value) else value


FILTERS: Mapping[str, Filter] = {
    "append": Filter(_append, (1, 1), "the text with another behind it"),
    "prepend": Filter(_prepend, (1, 1), "the text with another before it"),
    "upcase": Filter(lambda value: text(value).upper(), (0, 0), "in capital letters"),
    "downcase": Filter(lambda value: text(value).lower(), (0, 0), "in small letters"),
    "capitalize": Filter(lambda value: text(value).capitalize(), (0, 0), "first letter large, the rest small"),
    "sentence_case": Filter(_sentence_case, (0, 0), "first letter large, the rest as it is"),
    "title_case": Filter(_title_case, (0, 0), "small words capitalised, except of, and, …; others as they are"),
    "strip": Filter(lambda value: text(value).strip(), (0, 0), "without whitespace at both ends"),
    "lstrip": Filter(lambda value: text(value).lstrip(), (0, 0), "without whitespace at the start"),
    "rstrip": Filter(lambda value: text(value).rstrip(), (0, 0), "without whitespace at the end"),
    "strip_newlines": Filter(_strip_newlines, (0, 0), "without line breaks"),
    "strip_html": Filter(_clean, (0, 0), "the same as clean"),
    "clean": Filter(_clean, (0, 0), "without HTML and invisible signs, whitespace squeezed to single spaces"),
    "escape": Filter(_escape, (0, 0), "safe within HTML"),
    "newline_to_br": Filter(_newline_to_br, (0, 0), "line breaks as <br>"),
    "replace": Filter(_replace, (1, 2), "every find replaced"),
    "replace_first": Filter(_replace_first, (1, 2), "the first find replaced"),
    "remove": Filter(_remove, (1, 1), "every find removed"),
    "remove_first": Filter(_remove_first, (1, 1), "the first find removed"),
    "without": Filter(_without, (1, 8), "without other texts, such as the brand, at word borders, in any case"),
    "truncate": Filter(_truncate, (0, 2), "at most so many characters, the end mark included (50, ...)"),
    "truncatewords": Filter(_truncatewords, (0, 2), "at most so many words (15, ...)"),
    "cut": Filter(_cut, (1, 2), "at most so many characters (or half_width, utf8_bytes), at a word border"),
    "sentences": Filter(_sentences, (0, 1), "the first so many sentences (1)"),
    "slice": Filter(_slice, (1, 2), "a part from a place, counted from 0 or from the end (length 1)"),
    "split": Filter(_split, (1, 1), "a list of the parts between a separator"),
    "lines": Filter(_lines, (0, 0), "a list of the lines, without bullets and blank ones"),
    "pairs": Filter(_pairs, (0, 0), "`k:v; k:v / k:v` or lines or JSON as a list of [key, value]"),
    "value_of": Filter(_value_of, (1, 8), "the value of the first of these keys in such a cell"),
    "neat": Filter(
        lambda value: wording.neat(text(value)), (0, 0), "clean, spaces set right; empty for NA, 暂无 and the like"
    ),
    "neat_lines": Filter(
        lambda value: wording.neat_lines(text(value)), (0, 0), "a list of the neat lines or points of a cell"
    ),
    "phrase": Filter(lambda value: wording.phrase(text(value)), (0, 0), "a value as a part of a sentence"),
    "options": Filter(lambda value: wording.options(text(value)), (0, 0), "a list of the choices in a cell: red/ blue"),
    "fact": Filter(lambda value, *names: wording.fact(text(value), map(text, names)), (1, 16), "value_of, as a phrase"),
    "facts": Filter(_facts, (1, 16), "pairs as phrases of at most so many characters, without names that contain …"),
    "with_facts": Filter(_with_facts, (2, 12), "facts and more: name, value, name, value, …; nothing empty or doubled"),
    "in_questions": Filter(
        lambda value, code: fact_sentences.in_questions(_pairs(value), text(code)),
        (1, 1),
        "facts as a list of questions with their answers, in a language: zh, en",
    ),
    "in_sentences": Filter(
        lambda value, code: fact_sentences.in_sentences(_pairs(value), text(code)),
        (1, 1),
        "facts as sentences of a language: zh, en",
    ),
    "with_brand": Filter(
        lambda value, brand: wording.with_brand(text(value), text(brand)),
        (1, 1),
        "the brand in front if it is not there",
    ),
    "shop_case": Filter(
        lambda value: wording.shop_case(text(value)),
        (0, 0),
        "hp usb hub as HP USB Hub; names with capitals as they are",
    ),
    "shop_words": Filter(
        lambda value, name="": wording.shop_words(text(value), text(name)),
        (0, 1),
        "a text in small letters with USB and the like set right; the brand as the name has it",
    ),
    "after_name": Filter(
        lambda value, name: wording.after_name(text(value), text(name)), (1, 1), "without the name that it begins with"
    ),
    "labelled": Filter(_labelled, (1, 1), "a line `label: value`; nothing for an empty value"),
    "as_sentence": Filter(lambda value: wording.as_sentence(text(value)), (0, 0), "with one full stop, 。 or ."),
    "unless_said": Filter(_unless_said, (1, 8), "empty if another text says it already; of a list, what is unsaid"),
    "written_in": Filter(_written_in, (1, 6), "empty if it (and no other text) can be in this language: zh, en, …"),
    "surely_in": Filter(_surely_in, (1, 1), "empty unless it shows that it is in this language"),
    "join": Filter(_join, (0, 1), "one text of a list (space)"),
    "zh_join": Filter(_zh_join, (0, 1), "one text of a list without blank items (、)"),
    "first": Filter(_first, (0, 0), "the first item"),
    "last": Filter(_last, (0, 0), "the last item"),
    "size": Filter(_size, (0, 0), "how many characters or items"),
    "uniq": Filter(_uniq, (0, 0), "the list without repeated items"),
    "compact": Filter(_compact, (0, 0), "the list without blank items"),
    "reverse": Filter(_reverse, (0, 0), "the list backwards"),
    "sort": Filter(_sort, (0, 0), "the list by its texts"),
    "concat": Filter(_concat, (1, 1), "two lists as one"),
    "default": Filter(_default, (1, 1), "another value if this is blank"),
    "plus": Filter(_numeric(_EXACT.add), (1, 1), "the sum"),
    "minus": Filter(_numeric(_EXACT.subtract), (1, 1), "the difference"),
    "times": Filter(_numeric(_EXACT.multiply), (1, 1), "the product"),
    "divided_by": Filter(_numeric(_divided_by), (1, 1), "the quotient; whole by whole is floored; by 0 is empty"),
    "modulo": Filter(_numeric(_modulo), (1, 1), "the remainder"),
    "round": Filter(_numeric(_round), (0, 1), "rounded half up to so many digits (0)"),
    "floor": Filter(_numeric(lambda left: Decimal(math.floor(left))), (0, 0), "rounded down"),
    "ceil": Filter(_numeric(lambda left: Decimal(math.ceil(left))), (0, 0), "rounded up"),
    "abs": Filter(_numeric(Decimal.copy_abs), (0, 0), "without its sign"),
    "at_least": Filter(_numeric(max), (1, 1), "the larger of two numbers"),
    "at_most": Filter(_numeric(min), (1, 1), "the smaller of two numbers"),
}
