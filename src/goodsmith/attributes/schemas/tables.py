"""A category schema as tables, for people who keep it in a workbook: categories, attributes, values.

One sheet of attributes is enough: its values may stand in one cell, parted by | or ; or line breaks. A sheet of values
adds ids, languages and synonyms; a sheet of categories adds names and parents. Headings are English or Chinese.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from goodsmith.attributes.schemas.assembling import WrittenAttribute, WrittenCategory, assemble
from goodsmith.base.spelling import plain_name
from goodsmith.base.units import number
from goodsmith.errors import SchemaError, UnknownName
from goodsmith.records import AllowedValue, Attribute, Category, CategorySchema

Row = tuple[str, Mapping[str, str]]  # place, heading -> text

_LANGUAGES: Final = {
    "中文": "zh",
    "英文": "en",
    "日文": "ja",
    "德文": "de",
    "法文": "fr",
    "chinese": "zh",
    "english": "en",
}
# field -> headings that mean it, the first English and the first Chinese one are written
HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "category": ("category", "类目", "category id", "类目编号", "分类", "品类"),
    "parent": ("parent", "上级类目", "父类目"),
    "attribute": ("attribute", "属性", "attribute id", "属性编号", "属性名", "field", "字段"),
    "names": ("name", "名称", "label", "display name", "显示名"),
    "synonyms": ("synonyms", "同义词", "aliases", "别名"),
    "need": ("need", "填写要求", "required", "必填", "是否必填", "requirement"),
    "type": ("type", "类型", "数据类型", "data type"),
    "values": ("values", "可选值", "allowed values", "valid values", "枚举值", "选项"),
    "value": ("value", "值", "value id", "值编号", "可选值编号"),
    "open": ("open", "可自填", "允许自定义", "custom allowed"),
    "unit": ("unit", "单位"),
    "units": ("other units", "可写单位"),
    "multiple": ("multiple", "多选", "是否多选", "multi"),
    "max_values": ("max values", "最多个数"),
    "level": ("level", "层级", "款式层级", "variant"),
    "stated_only": ("stated only", "须有明示"),
    "when": ("when", "适用条件"),
    "min": ("min", "最小值"),
    "max": ("max", "最大值"),
    "min_length": ("min length", "最短长度"),
    "max_length": ("max length", "最长长度"),
    "length_unit": ("length unit", "长度单位"),
    "pattern": ("pattern", "格式"),
    "about": ("about", "说明"),
    "examples": ("examples", "示例"),
}
SHEETS: Final = {"categories": "类目", "attributes": "属性", "values": "可选值"}
_NEEDS: Final = {
    **dict.fromkeys(("required", "必填", "yes", "y", "是", "true", "1", "mandatory", "√"), "required"),
    **dict.fromkeys(("recommended", "推荐", "建议", "preferred"), "recommended"),
    **dict.fromkeys(("optional", "选填", "no", "n", "否", "false", "0", "非必填"), "optional"),
}
_TYPES: Final = {
    **dict.fromkeys(("text", "文本", "文字", "string"), "text"),
    **dict.fromkeys(("choice", "单选", "枚举", "enum", "select", "多选"), "choice"),
    **dict.fromkeys(("number", "数字", "数值", "integer", "整数"), "number"),
    **dict.fromkeys(("quantity", "数量单位", "带单位数值", "measure"), "quantity"),
    **dict.fromkeys(("boolean", "是否", "布尔"), "boolean"),
    **dict.fromkeys(("date", "日期"), "date"),
}
_LEVELS: Final = {
    **dict.fromkeys(("family", "款", "spu", "商品", "product"), "family"),
    **dict.fromkeys(("variant", "规格", "sku", "销售属性"), "variant"),
}
_YES: Final = frozenset({"yes", "y", "是", "true", "1", "√", "多选"})
_NO: Final = frozenset({"no", "n", "否", "false", "0", "单选"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaTables:
    """The sheets of a schema, as rows; a sheet that is not there is empty."""

    attributes: Sequence[Row]
    values: Sequence[Row] = ()
    categories: Sequence[Row] = ()
    file: str = ""


def sheet_kind(name: str, headings: Sequence[str]) -> str:
    """Which of the three a sheet is, by its name, else by its headings; "" for one that is no part of a schema."""
    plain = plain_name(name)
    for kind, zh in SHEETS.items():
        if plain in {kind, kind.rstrip("s"), zh}:
            return kind
    fields = {field for field, _ in map(_field_of, headings)}
    if {"attribute", "value"} <= fields:
        return "values"
    if {"attribute"} <= fields:
        return "attributes"
    return "categories" if {"category", "parent"} <= fields else ""


def schema_of_tables(tables: SchemaTables, *, name: str, base: CategorySchema | None = None) -> CategorySchema:
    """The schema in a workbook's sheets; versioned. Raises SchemaError and UnknownName with the place."""
    listed = _listed_values(tables.values)
    written: dict[str, WrittenCategory] = {}
    for place, row in tables.categories:
        fields = _read(place, row)
        named = fields.get("category", "")
        if not named:
            raise _missing(place, "category", "类目")
        category = Category(
            id=named, names=fields.get("names", {}), synonyms=fields.get("synonyms", ()),
            parent=fields.get("parent", ""), place=place,
        )  # fmt: skip
        if named in written:
            raise SchemaError(
                f"{place}: the category {named!r} stands here again; it is already in "
                f"{written[named].category.place}. Keep one of them",
                zh=f"{place}:类目 {named!r} 重复,已在 {written[named].category.place} 出现。请只保留一个",
            )
        written[named] = WrittenCategory(category=category)
    for place, row in tables.attributes:
        fields = _read(place, row)
        named = fields.pop("category", "") or name
        one = written.get(named) or WrittenCategory(category=Category(id=named, place=place))
        attribute = _attribute(place, fields, listed.get((named, fields.get("attribute", ""))))
        written[named] = replace(one, attributes=(*one.attributes, attribute))
    return assemble(name=name, categories=list(written.values()), base=base, source=tables.file)


def tables_of_schema(schema: CategorySchema, language: str) -> dict[str, list[list[str]]]:
    """The three sheets, headings first, under their names in a language; they read back to the same schema."""
    languages = sorted({code for names in _all_names(schema) for code in names})
    own = [attribute for category in schema.categories for attribute in category.attributes]
    used = [
        field for field in HEADINGS
        if field not in {"category", "parent", "attribute", "names", "values", "value", "synonyms", "about"}
        and any(getattr(attribute, field) != getattr(Attribute(id=""), field) for attribute in own)
    ]  # fmt: skip
    head = _Heads(language)
    categories = [[head["category"], head["parent"], *head.names(languages), head["synonyms"]]]
    attributes = [
        [head["category"], head["attribute"], *head.names(languages), head["synonyms"], *(head[one] for one in used)]
    ]
    values = [[head["category"], head["attribute"], head["value"], *head.names(languages), head["synonyms"]]]
    for category in schema.categories:
        spoken = [category.names.get(code, "") for code in languages]
        categories.append([category.id, category.parent, *spoken, "|".join(category.synonyms)])
        for one in category.attributes:
            spoken = [one.names.get(code, "") for code in languages]
            said = [_shown(getattr(one, field), language) for field in used]
            attributes.append([category.id, one.id, *spoken, "|".join(one.synonyms), *said])
            for value in one.values:
                spoken = [value.names.get(code, "") for code in languages]
                values.append([category.id, one.id, value.id, *spoken, "|".join(value.synonyms)])
    names = list(SHEETS.values()) if language == "zh" else list(SHEETS)
    return dict(zip(names, (categories, attributes, values), strict=True))


class _Heads:
    def __init__(self, language: str) -> None:
        self._place = 1 if language == "zh" else 0

    def __getitem__(self, field: str) -> str:
        return HEADINGS[field][self._place]

    def names(self, languages: Sequence[str]) -> list[str]:
        return [f"{self['names']} ({code})" for code in languages]


def _all_names(schema: CategorySchema) -> Iterator[Mapping[str, str]]:
    for category in schema.categories:
        yield category.names
        for attribute in category.attributes:
            yield attribute.names
            yield from (value.names for value in attribute.values)


def _shown(value: Any, language: str) -> str:
    if isinstance(value, bool):
        return ("是" if value else "否") if language == "zh" else ("yes" if value else "no")
    if isinstance(value, tuple):
        return "|".join(value)
    if language == "zh" and isinstance(value, str):
        spoken = {"required": "必填", "recommended": "推荐", "optional": "选填", "family": "款", "variant": "规格"}
        return spoken.get(value, value)
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


# ---- reading ------------------------------------------------------------------------------------------------------


def _field_of(heading: str) -> tuple[str, str]:
    """The field that a heading means and the language it gives it in: `name (zh)`, 名称（英文）."""
    found = re.fullmatch(r"(.*?)\s*[(（\[_]\s*([^()（）\[\]]+?)\s*[)）\]]?", heading.strip())
    language = ""
    if found:
        said = found[2].strip().casefold()
        language = _LANGUAGES.get(said, said if re.fullmatch(r"[a-z]{2}(?:-[a-z]{2})?", said) else "")
    name = plain_name(found[1] if found and language else heading)
    for field, headings in HEADINGS.items():
        if name in {plain_name(one) for one in headings}:
            return field, language
    return "", ""


def _read(place: str, row: Mapping[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for heading, cell in row.items():
        field, language = _field_of(heading)
        text = (cell or "").strip()
        if not field or not text:
            continue
        if field in {"names", "about"}:
            fields.setdefault(field, {})[language or ("en" if text.isascii() else "zh")] = text
        else:
            fields[field] = _typed(field, text, f"{place}, {heading}")
    return fields


def _typed(field: str, text: str, place: str) -> Any:
    if field in {"synonyms", "values", "units", "examples"}:
        return tuple(dict.fromkeys(part.strip() for part in re.split(r"[|;；\n]+", text) if part.strip()))
    if field in {"open", "multiple", "stated_only"}:
        return _one_of(text, {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}, place)
    if field == "need":
        return _one_of(text, _NEEDS, place)
    if field == "type":
        return _one_of(text, _TYPES, place)
    if field == "level":
        return _one_of(text, _LEVELS, place)
    if field in {"min", "max", "min_length", "max_length", "max_values"}:
        amount = number(text)
        if amount is None:
            raise SchemaError(f"{place}: {text!r} is not a number", zh=f"{place}:{text!r} 不是数字")
        return amount if field in {"min", "max"} else int(amount)
    return text


def _one_of(text: str, known: Mapping[str, Any], place: str) -> Any:
    if text.casefold() in known:
        return known[text.casefold()]
    wrong = UnknownName("entry", text, known, kind_zh="取值")
    raise SchemaError(f"{place}: {wrong.en}", zh=f"{place}:{wrong.say('zh')}")


def _attribute(place: str, fields: dict[str, Any], listed: tuple[AllowedValue, ...] | None) -> WrittenAttribute:
    named = fields.pop("attribute", "") or next(iter(fields.get("names", {}).values()), "")
    if not named:
        raise _missing(place, "attribute", "属性")
    for extra in ("parent", "value"):
        fields.pop(extra, None)
    texts = fields.pop("values", ())
    values = listed or tuple(AllowedValue(id=text, place=place) for text in texts)
    if values:
        fields["values"] = values
        fields.setdefault("type", "choice")
    if fields.get("unit") and "type" not in fields:
        fields["type"] = "quantity"
    return WrittenAttribute(attribute=Attribute(id=named, place=place, **fields), said=frozenset(fields))


def _listed_values(rows: Sequence[Row]) -> dict[tuple[str, str], tuple[AllowedValue, ...]]:
    found: dict[tuple[str, str], tuple[AllowedValue, ...]] = {}
    for place, row in rows:
        fields = _read(place, row)
        named = fields.get("value") or next(iter(fields.get("names", {}).values()), "")
        if not named or not fields.get("attribute"):
            raise _missing(place, "attribute and a value", "属性和值")
        key = fields.get("category", ""), fields["attribute"]
        value = AllowedValue(id=named, names=fields.get("names", {}), synonyms=fields.get("synonyms", ()), place=place)
        found[key] = (*found.get(key, ()), value)
    return found


def _missing(place: str, what: str, what_zh: str) -> SchemaError:
    return SchemaError(f"{place}: a row without {what}", zh=f"{place}:该行缺少{what_zh}")
