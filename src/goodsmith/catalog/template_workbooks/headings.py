"""Which of a template's first rows is which: groups, labels, technical names, marks of need, hints, examples."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from goodsmith.base.spelling import plain_name
from goodsmith.catalog.template_workbooks.words import EXAMPLES, MARKS, NEEDS

MAX_HEAD_ROWS = 30  # looked at
LONG = 60  # characters: a text, no label
Row = Mapping[int, str]  # 0-based column -> text


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The rows above the products, by what they say. Rows are 1-based."""

    label_row: int
    name_row: int | None = None
    need_row: int | None = None
    group_row: int | None = None
    about_rows: tuple[int, ...] = ()
    settings_row: int | None = None
    first_row: int  # of products
    examples: tuple[int, ...] = ()  # rows above it that only show how it is done


@dataclass(frozen=True, slots=True)
class Label:
    """A heading without what says how much it is needed. need: "" where nothing says it."""

    text: str
    need: str = ""


def read_head(
    rows: Mapping[int, Row],
    *,
    starts: Counter[int],
    choices: Mapping[int, frozenset[str]],
    label_row: int | None = None,
    first_row: int | None = None,
) -> Head | None:
    """What the first rows are. None: they look like no template.

    starts: row -> how many columns have a rule (a drop-down, a limit) that begins there. choices: column -> what its
    drop-down offers. label_row and first_row: what a person says.
    """
    numbers = [number for number in sorted(rows) if number <= MAX_HEAD_ROWS]
    if not numbers:
        return None
    widest = max(len(rows[number]) for number in numbers)
    seen = _Seen(rows=rows, widest=widest)
    for number in numbers:
        seen.look(number)
    if label_row is not None:
        labels = label_row
    else:
        found = seen.best_label()
        if found is None:
            return None
        labels = found
    names = seen.nearest(seen.names, labels)
    top = first_row or _first_row(seen, labels, names, starts)
    needs = next((row for row in seen.needs if row < top), None)
    taken = {labels, names, needs, seen.settings}
    between = [number for number in numbers if labels < number < top and number not in taken]
    examples = [row for row in between if _is_example(rows[row], choices)]
    abouts = tuple(row for row in between if row not in examples)
    while _is_example(rows.get(top, {}), {}):  # where the rules reach over the examples too
        examples.append(top)
        top += 1
    above = [number for number in numbers if number < labels and number not in taken and number not in seen.banners]
    groups = [number for number in above if len(rows[number]) > 1 or len(above) == 1]
    return Head(
        label_row=labels,
        name_row=names if names != labels else None,
        need_row=needs,
        group_row=groups[-1] if groups else None,
        about_rows=abouts,
        settings_row=seen.settings,
        first_row=top,
        examples=tuple(examples),
    )


def read_label(written: str) -> Label:
    """A heading without its star, its `(required)` or its 【必填】. A line break ends the label if a hint follows."""
    text = re.sub(r"[ \t\u3000]+", " ", written).strip()
    first, _, rest = text.partition("\n")
    if rest and len(rest) > 2 * len(first):
        text = first
    text = re.sub(r"\s*\n\s*", " ", text)
    need = ""
    for match in _BRACKETED.finditer(text):
        word = plain_name(match[1] or match[2] or match[3])
        need = need or next((need for need, words in MARKS.items() if word in words), "")
        if need and word in MARKS[need]:
            text = (text[: match.start()] + text[match.end() :]).strip()
            break
    starless = re.sub(r"^[**＊※\s]+|[**＊※\s]+$", "", text)
    if starless != text.strip():
        need = need or "required"
    return Label(starless or written.strip(), need)


def need_of(text: str) -> str:
    """What a cell that says how much an attribute is needed means, "" if it is no such cell."""
    plain = plain_name(text)
    return next((need for need, words in NEEDS.items() if plain in words), "")


def is_technical(text: str) -> bool:
    """Whether a cell looks like the name of a field in a program: `item_name`, `bullet_point#1.value`."""
    return bool(_TECHNICAL.fullmatch(text.strip())) and not text.strip().isupper()


@dataclass(slots=True)
class _Seen:
    """What each row looks like."""

    rows: Mapping[int, Row]
    widest: int
    names: list[int] = field(default_factory=list)
    needs: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    banners: list[int] = field(default_factory=list)
    settings: int | None = None

    def look(self, number: int) -> None:
        texts = [text.strip() for text in self.rows[number].values()]
        count = len(texts)
        if self.settings is None and any(_SETTINGS.search(text) for text in texts):
            self.settings = number
            return
        if sum(bool(need_of(text)) for text in texts) >= max(2, 0.8 * count):
            self.needs.append(number)
            return
        technical = sum(is_technical(text) for text in texts)
        if count >= 2 and technical >= 0.7 * count and any(re.search(r"[_.#|\[]", text) for text in texts):
            self.names.append(number)
            return
        if count <= 2 and self.widest > 4:
            self.banners.append(number)
            return
        short = sum(len(read_label(text).text) <= LONG for text in texts)
        words = sum(not re.fullmatch(r"[\d.,%\s-]+", text) for text in texts)
        if short >= 0.8 * count and words >= 0.9 * count and len(set(texts)) >= 0.5 * count:
            self.labels.append(number)

    def best_label(self) -> int | None:
        """The row of labels: nearly as wide as the widest; above a row of names or needs if there is one."""
        wide = [row for row in self.labels if len(self.rows[row]) >= 0.6 * self.widest]
        beside = [*self.names, *self.needs]
        if beside:
            last = max(beside)
            before = [row for row in wide if row < last]
            if before:
                return before[-1] if self.names else before[0]
            after = [row for row in wide if row == last + 1]
            return after[0] if after else (self.names[0] if self.names else None)
        return wide[0] if wide else None

    @staticmethod
    def nearest(candidates: Sequence[int], row: int) -> int | None:
        return min(candidates, key=lambda found: abs(found - row), default=None)


def _first_row(seen: _Seen, labels: int, names: int | None, starts: Counter[int]) -> int:
    """Where products begin: where most rules begin, else below the last row that is part of the head."""
    heads = max(labels, names or 0, *(row for row in seen.needs if row <= labels + 6), seen.settings or 0)
    after = Counter({row: count for row, count in starts.items() if heads < row <= MAX_HEAD_ROWS})
    if after:
        most = max(after.values())
        return min(row for row, count in after.items() if count >= most / 2)
    row = heads + 1
    while row in seen.rows and row <= MAX_HEAD_ROWS and _is_hint(seen.rows[row]):
        row += 1
    return row


def _is_hint(row: Row) -> bool:
    """Whether a row explains rather than gives a product: mostly sentences, or words of asking."""
    texts = list(row.values())
    said = sum(len(text) > LONG or _ASKS.search(text) is not None for text in texts)
    return said * 2 >= len(texts)


def _is_example(row: Row, choices: Mapping[int, frozenset[str]]) -> bool:
    """Whether a row shows a product: it says so, or what stands under the drop-downs is on their lists."""
    if any(text.strip().casefold().startswith(EXAMPLES) for text in row.values()):
        return True
    listed = [column for column in row if choices.get(column)]
    return len(listed) >= 2 and all(row[column].strip() in choices[column] for column in listed)


def without_example_mark(text: str) -> str:
    """`示例：BED-01` as `BED-01`."""
    plain = text.strip()
    for mark in EXAMPLES:
        if plain.casefold().startswith(mark):
            return re.sub(r"^[\s:：]+", "", plain[len(mark) :]) or plain
    return plain


_BRACKETED = re.compile(r"[(\uff08]([^()\uff08\uff09]{1,24})[)\uff09]|[\[【]([^\]】]{1,24})[\]】]|<([^<>]{1,24})>")
_TECHNICAL = re.compile(r"[a-z][A-Za-z0-9]*(?:[_.\-#|:/\[\]=,][\w=.\-#|:/\[\],]*)?")
_SETTINGS = re.compile(
    r"(?:TemplateType|TemplateSignature|settings|templateIdentifier)\s*=|^Version\s*=", re.IGNORECASE
)
_ASKS = re.compile(
    r"请|填写|输入|不超过|必须|please|enter|e\.g\.|例如|示例|max|characters|字符|を入力|bitte|geben sie", re.IGNORECASE
)
