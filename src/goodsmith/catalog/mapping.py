"""Which column is which recipe field: given, remembered for this layout, or guessed by name and by content."""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from goodsmith.base.spelling import plain_name
from goodsmith.catalog.importing import Import, read_sample
from goodsmith.errors import UnknownName, UsageError
from goodsmith.records import ColumnMapping, FieldSpec, TableInfo

Sample = Mapping[str, Sequence[str | None]]  # some values of each column

NEAR = 0.86  # similarity of two names that are taken for the same
NEAR_LENGTH = 5  # shorter names are alike by chance
KEY_FILL = 0.98  # share of the sample that a key must fill
KEY_UNIQUE = 0.98  # share of the values that are different
KEY_NEARLY_UNIQUE = 0.8
KEY_HALF_UNIQUE = 0.5
FAMILY_ROWS = 100  # more products of one style on average, and the column says something else
KEY_ROWS = 20  # among fewer rows everything is unique

# From the surest to the vaguest; matched as `plain_name` makes them.
KEY_NAMES = (
    "sku", "sku编码", "sku编号", "skuid", "商品sku", "商家编码", "商品编号", "商品编码", "商品id", "产品编号",
    "产品编码", "产品id", "货号", "款号", "物料编码", "物料编号", "物料号", "料号", "款式编码", "编码", "编号",
    "条码", "商品条码", "国际条码", "seller sku", "item sku", "variant sku", "asin", "item number", "item no",
    "item code", "item id", "article number", "article no", "article", "artikelnummer", "art nr", "product code",
    "product id", "product number", "product no", "product key", "product alternate key", "goods sn", "goods id",
    "style number", "style no", "part number", "mpn", "gtin", "ean", "upc", "barcode", "handle", "referencia",
    "référence", "商品コード", "商品番号", "品番", "code", "id", "key", "序号",
)  # fmt: skip
CATEGORY_NAMES = (
    "类目", "商品类目", "叶子类目", "类目名称", "分类", "商品分类", "产品分类", "品类", "类别", "商品类别",
    "产品类别", "产品类目", "category", "product category", "category name", "category path",
    "google product category", "product type", "categories", "item type", "department", "カテゴリ", "カテゴリー",
    "kategorie", "catégorie", "categoría", "type",
)  # fmt: skip
FAMILY_NAMES = (
    "款号", "款式编码", "款式编号", "spu", "spu编码", "spuid", "spu编号", "父sku", "父商品编码", "主商品编码",
    "parent sku", "parent asin", "parent id", "parent", "item group id", "group id", "style number", "style no",
    "style code", "style id", "family id", "product family", "handle",
)  # fmt: skip


def guess_mapping(
    table: Import | TableInfo | Sequence[str],
    recipe_fields: Sequence[FieldSpec],
    *,
    key: str | None = None,
    given: Mapping[str, str] | None = None,
    sample: Sample | None = None,
    remembered: ColumnMapping | None = None,
    home: Path | None = None,
) -> ColumnMapping:
    """Map columns onto recipe fields. What is given goes first, then what is remembered, then names, surest first.

    table: an import (its first rows are the sample), what a reader knows of a table, or column names. home: where
    remembered mappings are looked up.
    `how` has an entry for each mapped field and, under `key`, for the key column: `given`, `remembered`, `exact`,
    `alias`, `normalised`, `near`; for the key also `name` (its name says so) and `unique` (its values do). Several
    fields may read one column only if they are given so; a hidden column is mapped only if it is given. Raises
    UnknownName for a column or field that is not there.
    """
    info = table.info if isinstance(table, Import) else table if isinstance(table, TableInfo) else None
    columns = [column.name for column in info.columns] if info else list(cast("Sequence[str]", table))
    if isinstance(table, Import) and sample is None:
        sample = read_sample(table.parquet)
    if remembered is None and home is not None:
        remembered = load_mapping(home, columns)
    fields: dict[str, str] = {}
    how: dict[str, str] = {}
    names = {spec.name for spec in recipe_fields}
    for name, column in (given or {}).items():
        if name not in names:
            raise UnknownName("field of the recipe", name, names, kind_zh="配方字段")
        fields[name], how[name] = _column(column, columns), "given"
    for name, column in (remembered.fields if remembered else {}).items():
        if name in names and name not in fields and column in columns:
            fields[name], how[name] = column, "remembered"
    taken = set(fields.values())
    hidden = {column.name for column in info.columns if column.hidden} if info else set()
    shown = [column for column in columns if column not in hidden]
    for way, matches in _WAYS:
        for spec in recipe_fields:
            if spec.name in fields:
                continue
            found = next((column for column in matches(spec, shown) if column not in taken), None)
            if found is not None:
                fields[spec.name], how[spec.name] = found, way
                taken.add(found)
    key_column, key_way = _key(columns, key, remembered, sample)
    if key_column is not None and "key" not in names:
        how["key"] = key_way
    missing = tuple(spec.name for spec in recipe_fields if spec.required and spec.name not in fields)
    ordered = {spec.name: fields[spec.name] for spec in recipe_fields if spec.name in fields}
    return ColumnMapping(key=key_column, fields=ordered, how=how, missing=missing)


def guess_key(columns: Sequence[str], sample: Sample | None = None) -> str | None:
    """The column that identifies a product, None if there is none to be trusted."""
    return _key(columns, None, None, sample)[0]


def guess_category(columns: Sequence[str]) -> str | None:
    """The column that says what kind of product a row is, by its name."""
    return _by_name(columns, CATEGORY_NAMES)


def guess_family(columns: Sequence[str], sample: Sample | None = None) -> str | None:
    """The column that products of one style share, by its name. With a sample, also by the size of such families."""
    found = _by_name(columns, FAMILY_NAMES)
    if found is None or sample is None:
        return found
    filled = [value for value in sample.get(found, ()) if value]
    return found if filled and len(set(filled)) < len(filled) <= FAMILY_ROWS * len(set(filled)) else None


# ---- remembering --------------------------------------------------------------------------------------------------


def layout_fingerprint(columns: Iterable[str]) -> str:
    """Names a layout: the same columns in any order, however they are spaced and cased."""
    names = sorted(plain_name(column) for column in columns)
    return hashlib.sha256(json.dumps(names, ensure_ascii=False).encode()).hexdigest()[:16]


def load_mapping(home: Path, columns: Sequence[str]) -> ColumnMapping | None:
    """What a person said about this layout before, as far as its columns are still here."""
    place = _place(home, columns)
    try:
        stored = json.loads(place.read_text(encoding="utf-8"))
        fields = {str(name): str(column) for name, column in stored["fields"].items() if column in columns}
        key = stored.get("key")
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return None
    return ColumnMapping(key=key if key in columns else None, fields=fields)


def save_mapping(home: Path, columns: Sequence[str], mapping: ColumnMapping) -> Path:
    """Remember a mapping for its layout. Fields of other recipes that were remembered before stay."""
    place = _place(home, columns)
    before = load_mapping(home, columns)
    fields = {**(before.fields if before else {}), **mapping.fields}
    return remember(place, {"key": mapping.key, "fields": fields, "columns": list(columns)})


def forget_mapping(home: Path, columns: Sequence[str]) -> None:
    """Drop what was said about this layout's columns, for all recipes."""
    _place(home, columns).unlink(missing_ok=True)


def remember(place: Path, facts: Mapping[str, Any]) -> Path:
    """Write a small file of what a person said, whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=".remembered-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(facts, file, ensure_ascii=False, indent=1)
    Path(name).replace(place)
    return place


def _place(home: Path, columns: Sequence[str]) -> Path:
    return Path(home) / "mappings" / f"{layout_fingerprint(columns)}.json"


# ---- names --------------------------------------------------------------------------------------------------------


def _exact(spec: FieldSpec, columns: Sequence[str]) -> list[str]:
    return [column for column in columns if column == spec.name]


def _alias(spec: FieldSpec, columns: Sequence[str]) -> list[str]:
    return [alias for alias in spec.aliases if alias in columns]


def _normalised(spec: FieldSpec, columns: Sequence[str]) -> list[str]:
    plain = {plain_name(column): column for column in reversed(columns)}
    wanted = [plain_name(name) for name in (spec.name, *spec.aliases)]
    return [plain[name] for name in wanted if name and name in plain]


def _near(spec: FieldSpec, columns: Sequence[str]) -> list[str]:
    """Names that are nearly the same, the nearest first."""
    found = []
    wanted = [plain_name(name) for name in (spec.name, *spec.aliases)]
    for column in columns:
        plain = plain_name(column)
        alike = max((_likeness(plain, name) for name in wanted), default=0.0)
        if alike >= NEAR:
            found.append((-alike, columns.index(column), column))
    return [column for _, _, column in sorted(found)]


def _likeness(left: str, right: str) -> float:
    """1 is equal. A name that says the same with 商品, 产品 or product before it counts as near."""
    if not left or not right:
        return 0.0
    if _without_noun(left) == _without_noun(right):
        return 0.95
    short, long = sorted((left, right), key=len)
    if len(short) >= 3 and len(long) - len(short) == 1 and long.startswith(short) and not short.isascii():
        return 0.9  # 商品名 and 商品名称
    if min(len(left), len(right)) < NEAR_LENGTH:
        return 0.0
    return difflib.SequenceMatcher(None, left, right, autojunk=False).ratio()


def _without_noun(name: str) -> str:
    return re.sub(r"^(?:商品|产品|宝贝|货品|product|item)(?=.)", "", name)


_WAYS: tuple[tuple[str, Any], ...] = (
    ("exact", _exact),
    ("alias", _alias),
    ("normalised", _normalised),
    ("near", _near),
)


def _by_name(columns: Sequence[str], names: Sequence[str]) -> str | None:
    """The column with the surest of the names, also where a language follows it: category_en."""
    for tail in ("", r"[\s_-]+(?:zh|cn|en|de|fr|es|it|ja|jp|ko|ru|pt)$"):
        plain: dict[str, str] = {}
        for column in columns:
            plain.setdefault(plain_name(re.sub(tail, "", column, flags=re.IGNORECASE) if tail else column), column)
        found = next((plain[name] for name in map(plain_name, names) if name in plain), None)
        if found is not None:
            return found
    return None


# ---- the key ------------------------------------------------------------------------------------------------------


def _key(
    columns: Sequence[str], asked: str | None, remembered: ColumnMapping | None, sample: Sample | None
) -> tuple[str | None, str]:
    if asked is not None:
        return _column(asked, columns), "given"
    if remembered is not None and remembered.key is not None and remembered.key in columns:
        return remembered.key, "remembered"
    plain: dict[str, str] = {}
    for column in columns:
        plain.setdefault(plain_name(column), column)
    named = [plain[name] for name in map(plain_name, KEY_NAMES) if name in plain]
    if sample is None:
        return (named[0], "name") if named else (None, "")
    # A name alone is no proof: `id` may be a line number, 货号 may be shared by all sizes. The surest evidence first;
    # a key with some duplicates is still the key, and the profile shows them.
    named = list(dict.fromkeys(named))
    for least in (KEY_UNIQUE, KEY_NEARLY_UNIQUE):
        for column in named:
            if _identifies(sample.get(column, ()), least=least):
                return column, "name"
    if len(next(iter(sample.values()), ())) >= KEY_ROWS:
        for column in columns:
            values = sample.get(column, ())
            if _identifies(values, least=KEY_UNIQUE) and _looks_like_codes(values):
                return column, "unique"
    weak = (column for column in named if _identifies(sample.get(column, ()), least=KEY_HALF_UNIQUE))
    return next(((column, "name") for column in weak), (None, ""))


def _identifies(values: Sequence[str | None], *, least: float) -> bool:
    """Whether nearly all rows have a value, and at least so many of the values are different."""
    filled = [value for value in values if value]
    return bool(filled) and len(filled) >= KEY_FILL * len(values) and len(set(filled)) >= least * len(filled)


def _looks_like_codes(values: Sequence[str | None]) -> bool:
    """Short, without spaces, and with a digit: SH-M897-S, 1006002."""
    codes = sum(bool(value and re.fullmatch(r"(?=.*[0-9])[A-Za-z0-9._/-]{2,40}", value)) for value in values)
    prices = sum(bool(value and re.fullmatch(r"[0-9]+\.[0-9]{1,4}", value)) for value in values)
    return codes >= KEY_FILL * len(values) and prices < len(values) / 2


# ---- small things -------------------------------------------------------------------------------------------------


def _column(name: str, columns: Sequence[str]) -> str:
    """A column that a person named; spelling of case, width and spaces may differ where one column is meant."""
    if name in columns:
        return name
    plain = plain_name(name)
    found = [column for column in columns if plain_name(column) == plain]
    if len(found) == 1 and plain:
        return found[0]
    if len(found) > 1:
        listed = ", ".join(found)
        raise UsageError(f"column {name!r} could be any of: {listed}", zh=f"列 {name!r} 可能是:{listed}")
    raise UnknownName("column", name, columns, kind_zh="列")
