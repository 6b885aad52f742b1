"""The review book: rows of a run as a workbook that anybody edits anywhere, and what an edited one says.

A row carries its mark: run, place, version, and a short hash of each text as it was written. So it may be sorted,
filtered, cut to a few rows, given more columns, and saved by another program; the mark finds its row again and tells
an edit from what stood there. Nothing else in the book is trusted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from goodsmith.errors import UsageError
from goodsmith.records import Decision, DecisionKind, Notice, OutputSpec, Value

MARK: Final = "_goodsmith"  # the heading of the marks
MAX_CELL: Final = 32_767  # UTF-16 units that a cell holds
WORDS: Final = {
    DecisionKind.APPROVE: {"en": "accept", "zh": "通过"},
    DecisionKind.EDIT: {"en": "edit", "zh": "修改"},
    DecisionKind.REJECT: {"en": "reject", "zh": "拒绝"},
    DecisionKind.REOPEN: {"en": "reopen", "zh": "撤回"},
}
HEADINGS: Final = {
    "key": {"en": "Key", "zh": "主键"},
    "locale": {"en": "Language", "zh": "语言"},
    "decision": {"en": "Decision", "zh": "决定"},
    "reason": {"en": "Reason", "zh": "原因"},
    "findings": {"en": "Findings", "zh": "问题"},
    "maker": {"en": "Made by", "zh": "生成方式"},
}
_MADE: Final = {"en": "made", "zh": "原文"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """An output that a row of the book shows. column: of the parts, such as `title@de-DE`."""

    column: str
    spec: OutputSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    """A product in a locale as a reviewer sees it.

    made: column of the parts -> what the run made. now: the same with what people have edited. version: of the row.
    """

    ordinal: int
    locale: str
    key: str
    version: int
    status: str
    maker: str
    findings: Sequence[Mapping[str, Any]] = ()
    fields: Mapping[str, str] = field(default_factory=dict)  # source column -> text
    made: Mapping[str, Value] = field(default_factory=dict)
    now: Mapping[str, Value] = field(default_factory=dict)
    decision: Decision | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A row of a book that was not taken, and why. row: 1-based, as the spreadsheet shows it."""

    row: int
    key: str
    why: Notice
    conflict: bool = False  # somebody else has decided otherwise in the meantime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a book says: decisions to be taken, rows that say nothing new, and rows that cannot be taken."""

    decisions: tuple[Decision, ...]
    unchanged: int  # undecided, or decided so already
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The mark of a row, as it stands in the book."""

    run_id: str
    ordinal: int
    locale: str
    version: int
    texts: tuple[str, ...]  # a hash for each slot, in the order of the slots

    def __str__(self) -> str:
        said = f"{self.run_id}/{self.ordinal}/{self.locale}/{self.version}/{'.'.join(self.texts)}"
        return f"{said}/{_short(said)}"


def mark_of(run_id: str, row: ReviewRow, slots: Sequence[Slot]) -> str:
    """The mark of a row as it is written into a book."""
    texts = tuple(_short(shown(row.now.get(slot.column))) for slot in slots)
    return str(Mark(run_id=run_id, ordinal=row.ordinal, locale=row.locale, version=row.version, texts=texts))


def read_mark(text: str) -> Mark | None:
    """A mark as it was written; None if it was changed."""
    said, _, proof = text.strip().rpartition("/")
    parts = said.split("/")
    if len(parts) != 5 or proof != _short(said):
        return None
    run_id, ordinal, locale, version, texts = parts
    return Mark(
        run_id=run_id,
        ordinal=int(ordinal),
        locale=locale,
        version=int(version),
        texts=tuple(texts.split(".")) if texts else (),
    )


def cell_text(value: Value) -> str:
    """A value as a cell shows it: an item a line, numbers as Python writes them, without white space at the ends."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return "\n".join(" ".join(item.split("\n")) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("\r\n", "\n").replace("\r", "\n").strip()


def shown(value: Value) -> str:
    """What a cell holds of a value; a text that is too long is cut, and cannot be edited in a book."""
    text = cell_text(value)
    if not _too_long(text):
        return text
    return text.encode("utf-16-le")[: 2 * (MAX_CELL - 1)].decode("utf-16-le", "ignore") + "…"


def headings(slots: Sequence[Slot], fields: Sequence[str], language: str) -> list[str]:
    """The headings of a book, left to right. The edited text of a slot stands under the slot's own name."""
    return [
        *(HEADINGS[name][language] for name in ("key", "locale")),
        *fields,
        HEADINGS["findings"][language],
        *(name for slot in slots for name in (f"{slot.spec.slot} ({_MADE[language]})", slot.spec.slot)),
        HEADINGS["decision"][language],
        HEADINGS["reason"][language],
        HEADINGS["maker"][language],
        MARK,
    ]


def decide(
    lines: Iterable[tuple[int, Mapping[str, str]]],
    rows: Mapping[tuple[int, str], ReviewRow],
    *,
    run_id: str,
    slots_of: Mapping[str, Sequence[Slot]],
    by: str,
) -> Reading:
    """Merge an edited book with what is known now, three ways: as written, as edited, as it is.

    lines: (sheet row, heading -> text). rows: those that the marks name, by ordinal and locale. slots_of: locale ->
    slots, in the order in which the book was written.
    """
    taken: dict[tuple[int, str], Decision] = {}
    seen: dict[tuple[int, str], tuple[int, str]] = {}
    refused: list[Refused] = []
    unchanged = 0
    for number, cells in lines:
        key = _first(cells, HEADINGS["key"].values())
        text = cells.get(MARK, "")
        mark = read_mark(text) if text else None
        if mark is None:
            if any(cell for name, cell in cells.items() if name != MARK):
                refused.append(Refused(row=number, key=key, why=_NO_MARK if not text else _WRONG_MARK))
            continue
        place = (mark.ordinal, mark.locale)
        row = rows.get(place)
        slots = slots_of.get(mark.locale, ())
        if mark.run_id != run_id or row is None or len(mark.texts) != len(slots):
            refused.append(Refused(row=number, key=key, why=_OTHER_RUN))
            continue
        if place in seen:
            refused.append(Refused(row=number, key=key, why=_twice(seen[place][0])))
            continue
        seen[place] = (number, text)
        try:
            found = _merged(cells, mark, row, slots, by=by)
        except UsageError as problem:
            why = Notice(code="unreadable", en=problem.en, zh=problem.say("zh"))
            refused.append(Refused(row=number, key=key, why=why))
            continue
        if isinstance(found, Notice):
            refused.append(Refused(row=number, key=key, why=found, conflict=found.code == "conflict"))
        elif found is None:
            unchanged += 1
        else:
            taken[place] = found
    return Reading(decisions=tuple(taken.values()), unchanged=unchanged, refused=tuple(refused))


def _merged(
    cells: Mapping[str, str], mark: Mark, row: ReviewRow, slots: Sequence[Slot], *, by: str
) -> Decision | Notice | None:
    """What one row of a book says; None if it says nothing new."""
    if row.decision is None and any(
        _short(shown(row.now.get(slot.column))) != written for slot, written in zip(slots, mark.texts, strict=True)
    ):
        return _STALE
    edits: dict[str, Value] = {}
    conflicts: list[str] = []
    for slot, written in zip(slots, mark.texts, strict=True):
        if slot.spec.slot not in cells:
            continue  # a column that somebody deleted says nothing
        theirs = cell_text(cells[slot.spec.slot])
        ours = shown(row.now.get(slot.column))
        if _short(theirs) == written or theirs == ours:
            continue
        if _too_long(cell_text(row.now.get(slot.column))):
            return _cut(slot.spec.slot)
        if _short(ours) != written:
            conflicts.append(slot.spec.slot)
        edits[slot.column] = value_of(theirs, slot.spec)
    kind = _kind(cells, edits)
    reason = _first(cells, HEADINGS["reason"].values())
    if kind is None:
        return None
    decided = row.decision
    if decided is not None and mark.version != row.version:
        same = decided.kind is kind or (kind is DecisionKind.APPROVE and decided.kind is DecisionKind.EDIT)
        if not edits and same:
            return None
        if conflicts or not same:
            return _conflict(decided, conflicts)
    if decided is not None and not edits and decided.kind is kind and decided.reason == reason:
        return None
    return Decision(
        ordinal=row.ordinal,
        locale=row.locale,
        kind=kind,
        by=by,
        reason=reason,
        edits=edits if kind is DecisionKind.EDIT else {},
        version=row.version,
    )


def _kind(cells: Mapping[str, str], edits: Mapping[str, Value]) -> DecisionKind | None:
    said = _first(cells, HEADINGS["decision"].values()).strip().casefold()
    if not said:
        return DecisionKind.EDIT if edits else None
    for kind, words in WORDS.items():
        if said in {word.casefold() for word in words.values()}:
            return DecisionKind.EDIT if edits and kind is DecisionKind.APPROVE else _without_edits(kind, edits)
    known = ", ".join(word for words in WORDS.values() for word in words.values())
    raise UsageError(
        f"the decision {said!r} is not known; expected one of {known}", zh=f"无法识别的决定 {said!r};可用:{known}"
    )


def _without_edits(kind: DecisionKind, edits: Mapping[str, Value]) -> DecisionKind | None:
    """`edit` without a changed text says nothing."""
    return None if kind is DecisionKind.EDIT and not edits else kind


def value_of(text: str, spec: OutputSpec) -> Value:
    """The value that a person typed. Raises UsageError where it cannot be one."""
    if spec.type == "list":
        return tuple(line.strip() for line in text.split("\n") if line.strip())
    if not text:
        return None
    if spec.type in {"number", "integer"}:
        try:
            number = float(text.replace(",", ""))
        except ValueError:
            raise _not_a(spec, text, "a number", "数字") from None
        if spec.type == "integer" and number != int(number):
            raise _not_a(spec, text, "a whole number", "整数")
        return int(number) if spec.type == "integer" else number
    if spec.type == "boolean":
        truths = {
            "yes": True,
            "true": True,
            "1": True,
            "是": True,
            "no": False,
            "false": False,
            "0": False,
            "否": False,
        }
        if text.casefold() not in truths:
            raise _not_a(spec, text, "yes or no", "是或否")
        return truths[text.casefold()]
    if spec.choices and text not in spec.choices:
        raise _not_a(spec, text, f"one of {', '.join(spec.choices)}", f"以下之一:{'、'.join(spec.choices)}")
    return text


def _not_a(spec: OutputSpec, text: str, en: str, zh: str) -> UsageError:
    return UsageError(f"column {spec.slot!r}: {text[:60]!r} is not {en}", zh=f"列 {spec.slot!r}:{text[:60]!r} 不是{zh}")


def _too_long(text: str) -> bool:
    return len(text) > MAX_CELL // 2 and len(text.encode("utf-16-le", "surrogatepass")) > 2 * MAX_CELL


def _first(cells: Mapping[str, str], names: Iterable[str]) -> str:
    return next((cells[name] for name in names if cells.get(name)), "")


def _short(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()


def _conflict(decided: Decision, slots: Sequence[str]) -> Notice:
    what, what_zh = WORDS[decided.kind]["en"], WORDS[decided.kind]["zh"]
    where = f" ({', '.join(slots)})" if slots else ""
    return Notice(
        code="conflict",
        en=f"{decided.by} has decided otherwise in the meantime: {what}{where}; agree, then decide in a new book",
        zh=f"{decided.by} 在此期间作出了不同决定:{what_zh}{where};请协商后在新导出的审核表中决定",
    )


def _cut(slot: str) -> Notice:
    return Notice(
        code="cut",
        en=f"the text of {slot} is longer than a cell holds and was shown cut, so it cannot be edited in a workbook",
        zh=f"{slot} 的文本超过单元格上限,表中显示的是截断内容,不能在工作簿中修改",
        column=slot,
    )


def _twice(first: int) -> Notice:
    return Notice(
        code="twice",
        en=f"the same product stands in row {first} already; keep one of them",
        zh=f"该商品已在第 {first} 行出现;请只保留一行",
    )


_NO_MARK = Notice(
    code="no_mark",
    en=f"the row has no mark in column {MARK}; only rows of the exported book can be taken",
    zh=f"该行在 {MARK} 列中没有标记;只能导入审核表中原有的行",
)
_WRONG_MARK = Notice(
    code="wrong_mark",
    en=f"the mark in column {MARK} was changed; copy the row from the exported book again",
    zh=f"{MARK} 列中的标记被改动;请从导出的审核表重新复制该行",
)
_OTHER_RUN = Notice(
    code="other_run",
    en="the row is not of this run; give the run that the book was exported from",
    zh="该行不属于此运行;请指定导出该审核表的运行",
)
_STALE = Notice(
    code="stale",
    en="the row was made again after the book was written, so another text was read; export the book again",
    zh="导出审核表之后该行已重新生成,您看到的并非当前文本;请重新导出审核表",
)
