"""Fields that most recipes read, with the headers that mean them in the catalogs of shops and suppliers.

A recipe that names one of them, such as `brand:`, needs no aliases; those that it gives go before these.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from goodsmith.records import FieldSpec


def known_field(name: str) -> FieldSpec:
    """What is known of a field by its name; nothing, for one that only this recipe has."""
    about, aliases = KNOWN_FIELDS.get(name, ("", ()))
    return FieldSpec(name=name, about=about, aliases=aliases)


# Name -> (about, headers). Matched as `catalog.mapping` does: case, width, spaces and _ do not count.
KNOWN_FIELDS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "name": (
        "What the product is called.",
        (
            "商品名称", "商品名", "产品名称", "品名", "名称", "标题", "商品标题", "宝贝标题", "product name",
            "product title", "title", "item name", "goods name", "EnglishProductName",
        ),
    ),
    "brand": (
        "The brand, if it may be named.",
        ("品牌", "品牌名称", "品牌名", "brand name", "manufacturer", "vendor"),
    ),
    "category": (
        "The category or its path.",
        (
            "类目", "类目名称", "商品类目", "分类", "商品分类", "品类", "product type", "product category",
            "category name", "category_en",
        ),
    ),
    "attributes": (
        'Names and values in one cell: "材质:棉; 尺寸:48*74cm", one a line, or JSON.',
        (
            "属性", "商品属性", "产品属性", "参数", "产品参数", "规格参数", "specs", "specifications", "attribute",
            "product attributes",
        ),
    ),
    "selling_points": (
        "What speaks for the product; one line or several.",
        (
            "卖点", "商品卖点", "产品卖点", "核心卖点", "亮点", "简介", "副标题", "brief", "highlights", "features",
            "key features", "bullet points", "bullets", "subtitle",
        ),
    ),
    "description": (
        "The description so far; HTML is cleaned.",
        (
            "描述", "商品描述", "产品描述", "详情", "商品详情", "详细描述", "detail", "details", "product description",
            "long description", "body", "body html", "EnglishDescription",
        ),
    ),
    "model": (
        "The maker's model or part number.",
        ("型号", "产品型号", "商品型号", "model no", "modelno", "model number", "mpn", "part number"),
    ),
    "material": ("What it is made of.", ("材质", "材料", "面料", "主要材质", "fabric", "materials")),
    "color": ("The colour or colours.", ("颜色", "颜色分类", "色彩", "colour", "colors", "color name")),
    "size": (
        "Size or dimensions.",
        ("尺寸", "尺码", "规格", "商品规格", "产品尺寸", "dimensions", "size name"),
    ),
    "weight": ("The weight, with its unit.", ("重量", "净重", "商品重量", "产品重量", "item weight", "net weight")),
    "origin": (
        "Where it is made.",
        ("产地", "原产地", "原产国", "country of origin", "made in", "place of origin"),
    ),
    "source_language": (
        "The language of the texts, such as en or 中文, if the table says it.",
        ("源语言", "原文语言", "语言", "语种", "language", "source language", "lang"),
    ),
    "name_zh": (
        "The name in Chinese, if the table has it.",
        ("中文名称", "中文名", "中文品名", "中文标题", "chinese name", "name cn", "ChineseProductName"),
    ),
    "name_en": (
        "The name in English, if the table has it.",
        ("英文名称", "英文名", "英文品名", "英文标题", "english name", "english title"),
    ),
    "description_zh": (
        "The description in Chinese, if the table has it.",
        ("中文描述", "中文详情", "chinese description", "ChineseDescription"),
    ),
    "description_en": (
        "The description in English, if the table has it.",
        ("英文描述", "英文详情", "english description"),
    ),
}  # fmt: skip
