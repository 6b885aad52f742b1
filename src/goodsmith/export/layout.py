"""Which columns an export adds, and what each of their cells says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from goodsmith.base.receipts import summed_up
from goodsmith.export.cells import MAX_CELL_UNITS, Cell, split_text
from goodsmith.export.plan import ExportPlan, ExportSlot
from goodsmith.export.rows import Rows, by_maker
from goodsmith.records import Notice

if TYPE_CHECKING:
    import pyarrow as pa

MAX_LIST_COLUMNS = 20  # longer lists stand in one cell, an item a line
Shown = tuple[str, int | None]  # a column of the parts and the item of its lists
Role = Literal["slot", "status", "findings", "maker", "receipts", "trace"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputColumn:
    """One column that we add. `piece` counts the cells that an over-long text is split into, from 0."""

    heading: str
    part: str  # the column of the parts that it shows
    role: Role
    slot: str = ""
    locale: str = ""
    item: int | None = None  # which item of a list; None: the whole value
    items: int = 0  # how many columns the list has
    piece: int = 0
    width: float = 16  # of a spreadsheet column, in characters

    @property
    def shows(self) -> Shown:
        return self.part, self.item


def lay_out(
    plan: ExportPlan, *, taken: Collection[str], pieces: Mapping[Shown, int] | None = None
) -> tuple[tuple[OutputColumn, ...], tuple[Notice, ...]]:
    """The columns of a table for people (xlsx, csv), and a notice for each that had to be renamed.

    taken: headings that stand already. pieces: cells that the longest text needs, where it is more than one.
    """
    wanted = [*_slot_columns(plan, spread=True), *_row_columns(plan)]
    named, notices = _with_own_names(wanted, taken, plan.language)
    used = {name.casefold() for name in (*taken, *(column.heading for column in named))}
    columns = []
    for column in named:
        columns.append(column)
        for piece in range(1, (pieces or {}).get(column.shows, 1)):
            heading = _free_name(continued(column.heading, piece, plan.language), used, plan.language)
            columns.append(replace(column, heading=heading, piece=piece))
    return tuple(columns), notices


def lay_out_typed(plan: ExportPlan, *, taken: Collection[str]) -> tuple[tuple[OutputColumn, ...], tuple[Notice, ...]]:
    """The columns of a table for programs (jsonl, parquet): lists stay whole, names do not follow the language."""
    names: dict[str, Role] = {"status": "status", "findings": "findings", "maker": "maker", "error": "trace"}
    if plan.trace:
        names |= {"receipts": "receipts", **dict.fromkeys(_TRACE, "trace")}
    wanted = [
        *_slot_columns(plan, spread=False),
        *(OutputColumn(heading=name, part=name, role=role) for name, role in names.items()),
    ]
    columns, notices = _with_own_names(wanted, taken, plan.language)
    return tuple(columns), notices


def cells(rows: Rows, columns: Sequence[OutputColumn], plan: ExportPlan) -> list[list[Cell]]:
    """For each column its cells, None where a cell stays empty."""
    split = {column.shows for column in columns if column.piece}
    made: dict[Shown, list[Cell]] = {}
    listed = []
    for column in columns:
        shows = column.shows
        if shows not in made:
            made[shows] = _whole_cells(rows, column, plan)
        listed.append([piece_of(cell, column.piece) for cell in made[shows]] if shows in split else made[shows])
    return listed


def pieces_needed(rows: Rows, columns: Sequence[OutputColumn], plan: ExportPlan) -> dict[Shown, int]:
    """How many cells the longest text needs, for the columns where it is more than one."""
    needed = {}
    for column in columns:
        if _byte_bound(rows, column.part) + _SAID_AROUND <= MAX_CELL_UNITS:
            continue
        texts = [cell for cell in _whole_cells(rows, column, plan) if isinstance(cell, str)]
        longest = max((len(split_text(text)) for text in texts), default=1)
        if longest > 1:
            needed[column.shows] = longest
    return needed


def source_pieces_needed(rows: Rows) -> dict[Shown, int]:
    """The same for the source columns; the item is -1 - the column's place."""
    needed: dict[Shown, int] = {}
    for place, array in enumerate(rows.source):
        if _longest_bytes(array) > MAX_CELL_UNITS:
            longest = max(len(split_text(text)) for text in array.to_pylist() if text)
            if longest > 1:
                needed["", -1 - place] = longest
    return needed


def piece_of(cell: Cell, piece: int) -> Cell:
    """The piece-th cell of a text that goes on in the next columns; None where it is shorter."""
    if not isinstance(cell, str):
        return cell if piece == 0 else None
    pieces = split_text(cell)
    return pieces[piece] if piece < len(pieces) else None


def split_notice(heading: str, pieces: int) -> Notice:
    return Notice(
        code="split_cell",
        en=f"column {heading!r} has texts longer than a cell holds ({MAX_CELL_UNITS:,}); they go on in {pieces - 1} "
        f"more column{'s' if pieces > 2 else ''} to the right",
        zh=f"列 {heading!r} 中有超过单元格上限({MAX_CELL_UNITS:,} 字符)的文本,已在右侧增加 {pieces - 1} 列续写",
        column=heading,
    )


def continued(heading: str, piece: int, language: str) -> str:
    """The heading of the piece-th cell of a split text, from 0."""
    if piece == 0:
        return heading
    number = f" {piece}" if piece > 1 else ""
    return f"{heading} (续{number})" if language == "zh" else f"{heading} (cont.{number})"


def _slot_columns(plan: ExportPlan, *, spread: bool) -> Iterable[OutputColumn]:
    """Locale-free slots first, then one locale after the other, so that a language can be copied as a block."""
    locales = list(dict.fromkeys(locale for slot in plan.slots for locale in slot.locales))
    for slot in plan.slots:
        if not slot.locales:
            yield from _columns_of(slot, "", "", spread=spread)
    for locale in locales:
        label = f" ({locale})" if len(locales) > 1 else ""
        for slot in plan.slots:
            if locale in slot.locales:
                yield from _columns_of(slot, locale, label, spread=spread)


def _columns_of(slot: ExportSlot, locale: str, label: str, *, spread: bool) -> Iterable[OutputColumn]:
    spec = slot.spec
    part = f"{spec.slot}@{locale}" if locale else spec.slot
    whole = OutputColumn(
        heading=f"{slot.heading or spec.slot}{label}",
        part=part,
        role="slot",
        slot=spec.slot,
        locale=locale,
        width=_width(slot),
    )
    items = spec.max_items or 0
    if not spread or spec.type != "list" or not 1 < items <= MAX_LIST_COLUMNS:
        yield whole
        return
    for item in range(items):
        yield replace(whole, heading=f"{spec.slot} {item + 1}{label}", item=item, items=items)


def _width(slot: ExportSlot) -> float:
    if slot.spec.type in {"number", "integer", "boolean"}:
        return 12
    return 20 if slot.spec.type == "choice" else 30 if slot.spec.type == "list" else 45


def _row_columns(plan: ExportPlan) -> Iterable[OutputColumn]:
    words = _HEADINGS[plan.language]
    yield OutputColumn(heading=words["status"], part="status", role="status", width=14)
    yield OutputColumn(heading=words["findings"], part="findings", role="findings", width=40)
    yield OutputColumn(heading=words["maker"], part="maker", role="maker", width=20)
    if plan.trace:
        yield OutputColumn(heading=words["receipts"], part="receipts", role="receipts", width=24)
        for part in _TRACE:
            heading = words[part] + (f" ({plan.currency})" if part == "cost_nanos" and plan.currency else "")
            yield OutputColumn(heading=heading, part=part, role="trace", width=14)


def _with_own_names(
    wanted: Iterable[OutputColumn], taken: Collection[str], language: str
) -> tuple[list[OutputColumn], tuple[Notice, ...]]:
    used = {name.casefold() for name in taken}
    columns, notices = [], []
    for column in wanted:
        name = _free_name(column.heading, used, language)
        columns.append(replace(column, heading=name))
        if name != column.heading:
            notices.append(
                Notice(
                    code="renamed_column",
                    en=f"the source has a column {column.heading!r}, so the new one is called {name!r}",
                    zh=f"来源表已有列 {column.heading!r},新列命名为 {name!r}",
                    column=name,
                )
            )
    return columns, tuple(notices)


def _free_name(wanted: str, used: set[str], language: str) -> str:
    """`wanted`, or with a mark if it is used; names that differ only in case count as the same. Added to `used`."""
    name, number = wanted, 1
    while name.casefold() in used:
        number += 1
        name = f"{wanted} ({'新' if language == 'zh' else 'new'}{f' {number - 1}' if number > 2 else ''})"
    used.add(name.casefold())
    return name


def _whole_cells(rows: Rows, column: OutputColumn, plan: ExportPlan) -> list[Cell]:
    if column.role == "slot":
        values = rows.slot_values(column.part, column.slot, column.locale)
        if column.item is not None:
            return [_item(value, column.item, column.items) for value in values]
        return [_cell(value) for value in values]
    return _SAY[column.role](rows, column, plan)


def _cell(value: Any) -> Cell:
    if isinstance(value, list):
        value = "\n".join(item for item in value if item is not None)
    return None if value == "" and isinstance(value, str) else value


def _item(value: list[str | None] | None, item: int, items: int) -> Cell:
    """The item-th text of a list. What a list has beyond its columns stands in the last one: nothing is lost."""
    if value is None or item >= len(value):
        return None
    return _cell(value[item:] if item == items - 1 else value[item])


def _status_cells(rows: Rows, _: OutputColumn, plan: ExportPlan) -> list[Cell]:
    words, errors, codes = _STATUSES[plan.language], rows.values("error"), rows.values("error_code")
    said: list[Cell] = []
    for status, error, code in zip(rows.statuses, errors, codes, strict=True):
        word = words.get(status, status)
        if plan.language == "zh":
            reason = _REASONS_ZH.get(code or "", "")
            detail = f"{reason}({error})" if reason and error else reason or error
            said.append(f"{word}:{detail}" if detail else word)
        else:
            said.append(f"{word}: {error or code}" if error or code else word)
    return said


def _findings_cells(rows: Rows, _: OutputColumn, plan: ExportPlan) -> list[Cell]:
    return ["\n".join(_say(finding, plan.language) for finding in findings) or None for findings in rows.findings]


def _say(finding: Mapping[str, Any], language: str) -> str:
    said = (finding.get("zh") if language == "zh" else "") or finding.get("en") or finding.get("rule") or ""
    slot, locale = finding.get("slot") or "", finding.get("locale") or ""
    if slot and str(said).startswith(slot):
        slot = ""  # a check names the slot itself, often with the item
    place = f"{slot} ({locale})" if slot and locale else slot or locale
    return f"{place}{':' if language == 'zh' else ': '}{said}" if place else str(said)


def _maker_cells(rows: Rows, _: OutputColumn, plan: ExportPlan) -> list[Cell]:
    said: dict[str | None, Cell] = {None: None}
    makers = rows.values("maker")
    for text in makers:
        if text not in said:
            said[text] = _say_makers(text, plan.language)
    return [said[text] for text in makers]


def _say_makers(text: str | None, language: str) -> Cell:
    makers = {_say_maker(name, language): slots for name, slots in by_maker(text).items()}
    return "; ".join(f"{name}: {', '.join(slots)}" if slots else name for name, slots in makers.items()) or None


def _say_maker(name: str, language: str) -> str:
    made, comma, _ = name.partition(", edited")
    if language == "zh":
        made = "模板" if made == "template" else made
        return f"{made},人工修改" if comma else made
    return name


def _receipt_cells(rows: Rows, _: OutputColumn, plan: ExportPlan) -> list[Cell]:
    return [summed_up(receipts, plan.language) or None for receipts in rows.receipts]


def _trace_cells(rows: Rows, column: OutputColumn, _: ExportPlan) -> list[Cell]:
    values: list[Cell] = rows.values(column.part) if rows.has(column.part) else [None] * rows.count
    if column.part == "cost_nanos":  # unknown stays empty, never 0
        return [None if nanos is None else int(nanos) / 1e9 for nanos in values]
    return [_cell(value) for value in values]


def _byte_bound(rows: Rows, part: str) -> int:
    """No text of the column is longer than this, in bytes of UTF-8 and so in UTF-16 units."""
    import pyarrow as pa  # noqa: PLC0415 (heavy)
    import pyarrow.compute as pc  # noqa: PLC0415 (heavy)

    names = ("status", "error", "error_code") if part == "status" else (part,)
    bound = 0
    for name in names:
        if not rows.has(name):
            continue
        array = rows.array(name)
        if pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
            items = pc.max(pc.list_value_length(array)).as_py() or 0
            bound += items * (_longest_bytes(array.flatten()) + 1)
        elif pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
            bound += _longest_bytes(array)
    return bound


def _longest_bytes(texts: pa.Array) -> int:
    import pyarrow.compute as pc  # noqa: PLC0415 (heavy)

    return pc.max(pc.binary_length(texts)).as_py() or 0


_SAID_AROUND = 64  # words of ours around a text: a status, punctuation
_SAY: dict[str, Callable[[Rows, OutputColumn, ExportPlan], list[Cell]]] = {
    "status": _status_cells,
    "findings": _findings_cells,
    "maker": _maker_cells,
    "receipts": _receipt_cells,
    "trace": _trace_cells,
}
_TRACE = (
    "cost_nanos",
    "calls",
    "cached_calls",
    "retries",
    "repairs",
    "input_tokens",
    "output_tokens",
    "prefix_tokens",
    "error_code",
    "route",
    "inputs_hash",
)
_HEADINGS: dict[str, dict[str, str]] = {
    "en": {
        "status": "Status",
        "findings": "Findings",
        "receipts": "Facts",
        "maker": "Made by",
        "cost_nanos": "Cost",
        "calls": "Calls",
        "cached_calls": "Cached calls",
        "retries": "Retries",
        "repairs": "Repairs",
        "input_tokens": "Input tokens",
        "output_tokens": "Output tokens",
        "prefix_tokens": "Input tokens from the prefix cache",
        "error_code": "Error code",
        "route": "Models tried",
        "inputs_hash": "Inputs hash",
    },
    "zh": {
        "status": "状态",
        "findings": "问题",
        "receipts": "事实核对",
        "maker": "生成方式",
        "cost_nanos": "费用",
        "calls": "调用次数",
        "cached_calls": "缓存命中",
        "retries": "重试次数",
        "repairs": "修正次数",
        "input_tokens": "输入 token",
        "output_tokens": "输出 token",
        "prefix_tokens": "命中前缀缓存的输入 token",
        "error_code": "错误代码",
        "route": "调用过的模型",
        "inputs_hash": "输入哈希",
    },
}
_STATUSES: dict[str, dict[str, str]] = {
    "en": {
        "done": "Done",
        "review": "To review",
        "blocked": "Blocked",
        "failed": "Failed",
        "skipped": "Not tried",
        "approved": "Approved",
        "rejected": "Rejected",
        "contradicted": "To decide again",
    },
    "zh": {
        "done": "完成",
        "review": "待审核",
        "blocked": "已拦截",
        "failed": "失败",
        "skipped": "未执行",
        "approved": "已通过",
        "rejected": "已拒绝",
        "contradicted": "需重新确认",
    },
}
_REASONS_ZH = {
    "rate_limited": "模型服务限流",
    "overloaded": "模型服务繁忙",
    "timed_out": "模型服务超时",
    "truncated": "回答不完整",
    "content_refused": "模型拒绝了内容",
    "context_overflow": "内容超出模型长度上限",
    "bad_request": "模型服务不接受该请求",
    "account": "账户或密钥有问题",
    "not_understood": "无法理解模型服务的回应",
    "answer_invalid": "回答格式不符合要求",
    "budget": "预算已用完",
    "check_unavailable": "检查无法执行",
    "stopped": "运行已停止",
    "template": "模板有误",
}
