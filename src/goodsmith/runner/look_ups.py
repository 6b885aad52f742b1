"""Opens the second tables of a recipe's look-ups, and counts the products that find nothing in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from goodsmith.catalog import Import, LookUpTable, guess_mapping, import_table, read_look_up
from goodsmith.errors import RecipeError, UnknownName
from goodsmith.pipeline.looking_up import PreparedLookUp
from goodsmith.pipeline.turns import Derivation
from goodsmith.records import ColumnMapping, FieldSpec, LookUpStep, Notice, Recipe
from goodsmith.selection import Selection, distinct
from goodsmith.settings import Settings

_SHOWN: Final = 3


def open_look_ups(
    recipe: Recipe, given: Mapping[str, Any], *, settings: Settings, home: Path
) -> tuple[dict[str, LookUpTable], list[Notice]]:
    """The tables of the recipe's look-ups by step, and what reading them noticed.

    given: step -> a path, URL or frame instead of the one that the recipe names. A path in a recipe is seen from the
    recipe's folder. Raises RecipeError with the line for a file or column that is not there.
    """
    steps = {step.name: step for step in recipe.steps if isinstance(step, LookUpStep)}
    for name in given:
        if name not in steps:
            raise UnknownName("look-up", name, steps, kind_zh="查表步骤")
    tables: dict[str, LookUpTable] = {}
    notices: list[Notice] = []
    for name, step in steps.items():
        imported = _imported(step, recipe, given.get(name), settings=settings, home=home)
        columns = [column.name for column in imported.info.columns]
        key = [_key_column(step, column, text, recipe, columns) for column, text in step.key.items()]
        wanted = [_column(column, columns, recipe, step, f"fields.{field}") for field, column in step.fields.items()]
        table, told = read_look_up(imported, key=key, columns=wanted)
        tables[name] = table
        notices += [*imported.notices, *told]
    return tables, notices


def missing_keys(
    derivations: Sequence[Derivation], parquet: Path, selection: Selection, mapping: ColumnMapping
) -> list[Notice]:
    """For each look-up, how many of the chosen products have a key that its table lacks, and the most frequent ones."""
    notices: list[Notice] = []
    before: list[PreparedLookUp] = []
    for derivation in derivations:
        look_up = derivation.prepared
        if not isinstance(look_up, PreparedLookUp):
            continue
        reads = {*look_up.reads}
        for earlier in before:
            if not reads.isdisjoint(earlier.step.fills):
                reads |= earlier.reads
        missing: Counter[str] = Counter()
        for fields, rows in distinct(parquet, selection, mapping, sorted(reads - {"locale"})):
            values: dict[str, Any] = fields
            for earlier in before:
                if not reads.isdisjoint(earlier.step.fills):
                    values = {**values, **earlier.derive(values, derivation.locale).values}
            key = look_up.key_of(values, derivation.locale)
            if any(key) and look_up.table.find(key) is None:
                missing[" / ".join(key)] += rows
        if missing:
            notices.append(_missing(look_up, missing, derivation.tag))
        before.append(look_up)
    return notices


def _missing(look_up: PreparedLookUp, missing: Counter[str], tag: str) -> Notice:
    table, rows = look_up.table, missing.total()
    shown = missing.most_common(_SHOWN)
    more = len(missing) > _SHOWN
    en = ", ".join(f"{key!r} ({count:,})" for key, count in shown) + (", …" if more else "")
    zh = "、".join(f"{key}({count:,})" for key, count in shown) + ("等" if more else "")
    column, of = " / ".join(table.key), f" ({tag})" if tag else ""
    return Notice(
        code="look_up_missing",
        en=f"{table.source}{of}: {rows:,} products have a {column} that is not in it, {len(missing):,} in all: {en}",
        zh=f"{table.source}{of}:有 {rows:,} 个商品的 {column} 不在表中,共 {len(missing):,} 种:{zh}",
        column=table.key[0],
        count=rows,
    )


def _imported(step: LookUpStep, recipe: Recipe, given: Any, *, settings: Settings, home: Path) -> Import:
    source: Any = given
    if source is None:
        beside = Path(recipe.path).parent / step.table if "://" not in step.table else step.table
        if isinstance(beside, Path) and not beside.is_file():
            raise _error(
                recipe, step, "table",
                f"there is no table {str(beside)!r}; put it there, or say where it is: --look-up '{step.name}=FILE'",
                f"没有表 {str(beside)!r};请把文件放到该处,或指定其位置:--look-up '{step.name}=文件'",
            )  # fmt: skip
        source = beside
    return import_table(source, home / "imports", sheet=step.sheet, memory_limit_bytes=settings.import_memory_bytes)


def _key_column(step: LookUpStep, column: str, expression: str, recipe: Recipe, columns: Sequence[str]) -> str:
    """The column that the recipe names; for a field alone, the one that is named like it."""
    if column:
        return _column(column, columns, recipe, step, f"key.{column}")
    spec = next((spec for spec in recipe.fields if spec.name == expression), FieldSpec(name=expression))
    found = guess_mapping(columns, [spec]).fields.get(spec.name)
    if found is None:
        raise _error(
            recipe, step, "key",
            f"{step.table} has no column for {expression!r}; its columns are: {', '.join(columns)}. "
            f"Say which one: `key: {{COLUMN: {expression}}}`",
            f"{step.table} 中没有与 {expression!r} 对应的列;现有列:{'、'.join(columns)}。"
            f"请写明:`key: {{列名: {expression}}}`",
        )  # fmt: skip
    return found


def _column(name: str, columns: Sequence[str], recipe: Recipe, step: LookUpStep, part: str) -> str:
    found = guess_mapping(columns, [FieldSpec(name=name)])
    if found.how.get(name) in {"exact", "normalised"}:
        return found.fields[name]
    unknown = UnknownName("column", name, columns, kind_zh="列")
    raise _error(recipe, step, part, f"{step.table}: {unknown.en}", f"{step.table}:{unknown.zh}")


def _error(recipe: Recipe, step: LookUpStep, part: str, en: str, zh: str) -> RecipeError:
    return RecipeError(en, file=recipe.path or "recipe", line=step.lines.get(part), zh=zh)
