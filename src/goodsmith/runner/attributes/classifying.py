"""Put a table's products into a schema's categories; alike ones that are not sure go to a person, once a group."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from goodsmith.attributes.classifying.clusters import Groups
from goodsmith.attributes.mapping.decisions import Decisions, save_decisions
from goodsmith.base.category_schema import category_of, leaves, name_in
from goodsmith.catalog import import_table, read_table
from goodsmith.errors import SchemaError, UnknownName
from goodsmith.export import ExportPlan, ExportSlot, check_target, export_rows, write_tables
from goodsmith.records import OutputSpec, RowStatus
from goodsmith.runner.attributes.table import AttributeRequest, AttributeTable
from goodsmith.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

_SLOTS: Final = (
    ("placed", "Placed in", "归入类目"),
    ("sure", "How sure", "可靠度"),
    ("second", "Or", "其次"),
    ("third", "Or", "再次"), ("because", "Because of", "依据"), ("group", "Group", "同类组"),
)  # fmt: skip
_HEADS: Final = (
    ("group", "组"), ("products", "商品数"), ("such as", "示例"), ("perhaps", "可能的类目"), ("decision", "决定"),
)  # fmt: skip
_WHY: Final = {
    "given": ("category column", "类目列"), "decided": ("decided", "已决定"), "only": ("the only one", "唯一类目"),
    "asked": ("asked for", "指定"), "rule": ("named in the title", "名称中写明"),
    "alike": ("alike products", "相似商品"), "unsure": ("not sure", "不确定"),
}  # fmt: skip


@dataclass(slots=True)
class Classified:
    """How many products were placed, and how. groups: of alike products that a person must decide."""

    products: int = 0
    how: Counter[str] = field(default_factory=Counter)
    by_category: Counter[str] = field(default_factory=Counter)
    groups: int = 0
    files: tuple[str, ...] = ()


def classify_table(
    request: AttributeRequest,
    output: Path | None,
    *,
    language: str,
    questions: Path | None = None,
    decided: Path | None = None,
    settings: Settings,
    home: Path,
) -> Classified:
    """Place the products, write them and the questions. decided: a workbook of questions that came back.

    Raises InputFileError, SchemaError and UnknownName.
    """
    if output is not None:
        table = AttributeTable(request, settings=settings, home=home)
        check_target(table.imported.info, output)
    if decided is not None:
        _remember(request, decided, settings=settings, home=home)
    table = AttributeTable(request, settings=settings, home=home)
    done, groups = Classified(), Groups()
    batches = _placed(table, done, groups, language)
    if output is None:
        for _ in batches:
            pass
    else:
        done.files = export_rows(_plan(table, language), batches, output).files
    done.groups = len(groups.groups)
    if questions is not None:
        write_tables(questions, {"questions": _questions(table, groups, language)})
        done.files = (*done.files, str(questions))
    return done


def _placed(table: AttributeTable, done: Classified, groups: Groups, language: str) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    at = 1 if language == "zh" else 0
    first = 0
    for batch in table.batches():
        rows = table.products(batch, first)
        first += batch.num_rows
        made: dict[str, list[Any]] = {name: [] for name, _, _ in _SLOTS}
        statuses, keys = [], []
        for row in rows:
            _, placement = table.placed(row)
            done.products += 1
            done.how[placement.how] += 1
            done.by_category[placement.category] += 1
            guesses = {one.category: one.confidence for one in placement.guesses}
            group = groups.add(table.described(row), guesses) if not placement.category else None
            names = [f"{_name(table, one, language)} ({chance:.0%})" for one, chance in guesses.items()]
            others = names if group else names[1:]
            because = "; ".join(dict.fromkeys(placement.guesses[0].evidence)) if placement.guesses else ""
            made["placed"].append(_name(table, placement.category, language) if placement.category else None)
            made["sure"].append(f"{placement.confidence:.0%}")
            made["second"].append(others[0] if others else None)
            made["third"].append(others[1] if len(others) > 1 else None)
            made["because"].append(f"{_WHY[placement.how][at]}{': ' if because else ''}{because}")
            made["group"].append(str(group.number) if group else None)
            statuses.append((RowStatus.DONE if placement.category else RowStatus.REVIEW).value)
            keys.append(row.key)
        columns: dict[str, Any] = {
            "_gs_ordinal": pa.array([row.ordinal for row in rows], pa.int64()),
            "_gs_key": pa.array(keys, pa.string()),
            "_gs_row": batch.column("_gs_row"),
        }
        columns |= {name: batch.column(name) for name in table.columns}
        nothing = pa.nulls(len(rows), pa.string())
        ours = {
            "status": pa.array(statuses, pa.string()), "findings": pa.array(["[]"] * len(rows), pa.string()),
            "maker": pa.array([("rules", "规则")[at]] * len(rows), pa.string()),
            "error": nothing, "error_code": nothing,
        }  # fmt: skip
        ours |= {f"category:{name}": pa.array(values, pa.string()) for name, values in made.items()}
        listed = list(columns.items())
        listed += [(f"_gs_{name}" if name in columns else name, array) for name, array in ours.items()]
        yield pa.RecordBatch.from_arrays([array for _, array in listed], names=[name for name, _ in listed])


def _plan(table: AttributeTable, language: str) -> ExportPlan:
    info = table.imported.info
    at = 2 if language == "zh" else 1
    return ExportPlan(
        source=info,
        slots=tuple(
            ExportSlot(spec=OutputSpec(slot=f"category:{one[0]}", type="choice"), heading=one[at]) for one in _SLOTS
        ),
        run_id="",
        recipe_name="classify",
        recipe_version=table.schema.version,
        key_column=table.layout.key,
        language="zh" if language == "zh" else "en",
        source_sha256=table.imported.sha256 if info.format == "xlsx" else "",
    )


def _questions(table: AttributeTable, groups: Groups, language: str) -> list[list[str]]:
    at = 1 if language == "zh" else 0
    rows = [[head[at] for head in _HEADS]]
    for group in sorted(groups.groups, key=lambda one: (-one.count, one.number)):
        perhaps = [f"{_name(table, one, language)} ({chance:.0%})" for one, chance in group.ranked()]
        rows.append([str(group.number), str(group.count), "\n".join(group.samples), "\n".join(perhaps), ""])
    return rows


def _remember(request: AttributeRequest, decided: Path, *, settings: Settings, home: Path) -> None:
    """Every product of a group that was decided, by its title; the group is found again by its first product."""
    table = AttributeTable(request, settings=settings, home=home)
    imported = import_table(decided, home / "imports", header=1, memory_limit_bytes=settings.import_memory_bytes)
    meant: dict[str, str] = {}
    for place, row in read_table(imported.parquet):
        decision = _cell(row, 4)
        if decision:
            try:
                meant[_cell(row, 2).split("\n")[0]] = category_of(table.schema, decision).id
            except UnknownName:
                known = [name_in(one, "en") for one in leaves(table.schema)]
                wrong = UnknownName("category", decision, known, kind_zh="类目")
                where, where_zh = f"{decided.name}, row {place + 2}", f"{decided.name} 第 {place + 2} 行"
                raise SchemaError(f"{where}: {wrong.en}", zh=f"{where_zh}:{wrong.say('zh')}") from None
    groups, made, first = Groups(), Decisions(), 0
    for batch in table.batches():
        for product in table.products(batch, first):
            placement = table.placed(product)[1]
            if not placement.category:
                guesses = {one.category: one.confidence for one in placement.guesses}
                group = groups.add(table.described(product), guesses)
                if group.samples[0] in meant:
                    made = made.with_category(table.title_of(product), meant[group.samples[0]])
        first += batch.num_rows
    save_decisions(home, made, schema=table.schema.name, supplier=request.supplier)


def _cell(row: Mapping[str, str | None], at: int) -> str:
    return next((text.strip() for name, text in row.items() if text and name in _HEADS[at]), "")


def _name(table: AttributeTable, category: str, language: str) -> str:
    return name_in(category_of(table.schema, category), language)


def plain(done: Classified) -> str:
    """The outcome as JSON."""
    facts = {
        "products": done.products, "how": dict(done.how), "by_category": dict(done.by_category),
        "groups": done.groups, "files": list(done.files),
    }  # fmt: skip
    return json.dumps(facts, ensure_ascii=False)
