"""What a value means in a template or condition: its text, whether it is blank, how two of them compare.

Values are str, int, float, Decimal, bool, None, lists (or tuples) of these, and plain mappings. Nothing else: a Python
object is never shown and its attributes are never read.

- None and "" are the same: empty. A text of nothing but whitespace is blank. Blank is false; every other text is true.
- Numbers are true, also 0. An empty list is blank and false.
- A text is a number if, without surrounding whitespace, it reads like `1299`, `-0.50` or `1,299.00`: at most 20 digits
  before the point and 10 behind it, thousands commas in the right places. `1E5`, `¥5` and `１２` are text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

# What str.isspace() says, written out because SQL needs the same list.
WHITESPACE = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
NUMBER_PATTERN = r"[+-]?(?:[0-9]{1,20}|[0-9]{1,3}(?:,[0-9]{3}){1,6})(?:\.[0-9]{1,10})?"  # the same in re and RE2
TRUE_TEXTS = ("true", "True", "TRUE")
FALSE_TEXTS = ("false", "False", "FALSE")

_NUMBER = re.compile(NUMBER_PATTERN)


class Special:
    """The words `blank` and `empty` (also written `nil`)."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


BLANK = Special("blank")
EMPTY = Special("empty")


def text(value: Any) -> str:
    """The text of a value as a template shows it. A list is one item a line; a pair within a list is `key: value`."""
    if value.__class__ is str:
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, list | tuple):
        return "\n".join(filter(None, map(_item_text, value)))
    raise TypeError(value.__class__.__name__)


def is_blank(value: Any) -> bool:
    """True for nothing, "" and whitespace, and for an empty list."""
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or (isinstance(value, list | tuple | Mapping) and not value)


def is_empty(value: Any) -> bool:
    """True for nothing, "" and an empty list, but not for whitespace."""
    return value is None or (isinstance(value, str | list | tuple | Mapping) and not value)


def truth(value: Any) -> bool:
    """What `{% if value %}` asks."""
    if value.__class__ is str:
        return bool(value) and not value.isspace()
    return value is not None and value is not False and not is_blank(value)


def number(value: Any) -> Decimal | None:
    """The number that a value is or reads as; None if it is none."""
    if isinstance(value, str):
        stripped = value.strip()
        return Decimal(stripped.replace(",", "")) if _NUMBER.fullmatch(stripped) else None
    if isinstance(value, bool):
        return None
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float) and math.isfinite(value):
        return Decimal(repr(value))
    return None


def equal(left: Any, right: Any) -> bool:
    """`==`: texts exactly (`00123` is not `123`), a number with a text that reads as that number."""
    if left.__class__ is right.__class__ and (left.__class__ is str or left.__class__ is int):
        return bool(left == right)
    if isinstance(left, Special):
        left, right = right, left
    if isinstance(right, Special):
        if isinstance(left, Special):
            return True
        return is_blank(left) if right is BLANK else is_empty(left)
    if isinstance(left, bool) or isinstance(right, bool):
        return _same_bool(left, right)
    left, right = ("" if left is None else left), ("" if right is None else right)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    if isinstance(left, list | tuple) or isinstance(right, list | tuple):
        return isinstance(left, list | tuple) and isinstance(right, list | tuple) and list(left) == list(right)
    a, b = number(left), number(right)
    return a is not None and a == b


def compare(left: Any, right: Any) -> int | None:
    """-1, 0 or 1; None where two values have no order: one is blank, or only one of them is a number.

    Two numbers (also as text) compare as numbers, two other texts by code points.
    """
    if left.__class__ is int and right.__class__ is int:
        return bool(left > right) - bool(left < right)
    a, b = number(left), number(right)
    if a is not None and b is not None:
        return (a > b) - (a < b)
    if a is not None or b is not None or not isinstance(left, str) or not isinstance(right, str):
        return None
    if is_blank(left) or is_blank(right):
        return None
    return (left > right) - (left < right)


def contains(left: Any, right: Any) -> bool:
    """`contains`: a part of a text, exactly, or an item of a list. Nothing contains the empty text."""
    if isinstance(left, list | tuple):
        return any(equal(item, right) for item in left)
    if isinstance(left, Mapping) or isinstance(right, list | tuple | Mapping):
        return False
    needle = text(right)
    return bool(needle) and needle in text(left)


def differs(left: Any, right: Any) -> bool:
    """`!=`"""
    return not equal(left, right)


def below(left: Any, right: Any) -> bool:
    """`<`"""
    return compare(left, right) == -1


def at_most(left: Any, right: Any) -> bool:
    """`<=`"""
    return compare(left, right) in {-1, 0}


def above(left: Any, right: Any) -> bool:
    """`>`"""
    return compare(left, right) == 1


def at_least(left: Any, right: Any) -> bool:
    """`>=`"""
    return compare(left, right) in {0, 1}


COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": equal,
    "!=": differs,
    "<": below,
    "<=": at_most,
    ">": above,
    ">=": at_least,
    "contains": contains,
}


def part(value: Any, name: Any) -> Any:
    """One step into a value: a part of a mapping, an item of a list, or size, first, last. Anything else is empty."""
    if isinstance(value, dict | Mapping):
        return value.get(name) if isinstance(name, str) else None
    if name == "size":
        return size(value)
    if isinstance(value, list | tuple) and value:
        if name == "first":
            return value[0]
        if name == "last":
            return value[-1]
        at = number(name)
        if at is not None and at == int(at):
            return item(value, int(at))
    return None


def size(value: Any) -> Any:
    """How many characters or items; the part of this name of a mapping."""
    if isinstance(value, str | list | tuple):
        return len(value)
    return value.get("size") if isinstance(value, Mapping) else 0


def item(value: Any, at: int) -> Any:
    """An item of a list by its place, from 0 or, negative, from the end."""
    return value[at] if isinstance(value, list | tuple) and -len(value) <= at < len(value) else None


def sequence(value: Any) -> Sequence[Any]:
    """What a loop goes through; a text is one item."""
    if isinstance(value, list | tuple | range):
        return value
    return (value,) if isinstance(value, str) and value else ()


def _same_bool(left: Any, right: Any) -> bool:
    if isinstance(left, bool):
        left, right = right, left
    if isinstance(left, bool):
        return bool(left == right)
    return left in (TRUE_TEXTS if right else FALSE_TEXTS)


def _float_text(value: float) -> str:
    if not math.isfinite(value):
        return ""
    shown = format(Decimal(repr(value)), "f")
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _item_text(item: Any) -> str:
    if isinstance(item, list | tuple):
        return ": ".join(text(part) for part in item)
    return text(item)
