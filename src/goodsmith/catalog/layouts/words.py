"""Words by which rows are known: names that columns have everywhere, and how totals and notes begin."""

from __future__ import annotations

import re

from goodsmith.base.spelling import plain_name

# Matched as `plain_name` of the mapping makes them: without case, spaces, punctuation, and what stands in brackets.
_NAMES = """
sku id code no number name title product productname itemname item brand category type color colour size weight
length width height depth price listprice saleprice retailprice msrp cost costprice currency quantity qty stock
inventory image images picture photo mainimage imageurl description shortdescription longdescription remark
remarks notes material style model modelnumber ean gtin upc barcode asin vendor supplier manufacturer origin
country unit moq tags url link status season gender spec specification features feature bulletpoint articleno
articlenumber itemno itemnumber partnumber mpn productid productcode variant parent artikelnummer artikelnr
bezeichnung beschreibung preis farbe größe gewicht marke kategorie bild menge einheit référence reference
désignation designation prix couleur taille poids marque catégorie quantité referencia nombre descripción precio
talla peso marca categoría cantidad imagen 序号 编号 编码 货号 款号 商品编号 商品编码 商品id 商品名称 商品名
名称 品名 产品名称 标题 商品标题 品牌 类目 分类 品类 类别 价格 售价 市场价 零售价 吊牌价 成本价 供货价 进价 单价
库存 数量 颜色 颜色分类 尺码 尺寸 规格 规格型号 型号 材质 面料 成分 重量 净重 毛重 体积 长 宽 高 单位 产地 图片
主图 图片链接 商品图片 详情 描述 简介 卖点 商品描述 商品详情 条码 条形码 国际条码 供应商 厂家 备注 状态 上架时间
链接 标签 季节 性别 适用人群 基本信息 保质期 包装 商品コード 商品番号 品番 色 カラー サイズ 価格 販売価格 在庫
画像 説明 商品説明 ブランド カテゴリ 備考 상품코드 상품명 가격 색상 사이즈 브랜드
"""
COLUMN_NAMES = frozenset(_NAMES.split())
TOTAL = (  # a regular expression, also for Arrow
    r"(?:本页|分类|全部|总)?(?:合计|总计|小计|共计|总数|总额|累计)(?:金额|数量)?|合計|総計|小計|総合計|"
    r"(?:grand |sub[- ]?|page )?totals?|sum|summe|(?:gesamt|zwischen)summe|gesamt|(?:sous-)?total(?: général)?|"
    r"(?:sub)?totale?|suma|итого|всего|합계|총계|소계"
)
_TOTAL = re.compile(rf"\s*(?:{TOTAL})(?:[\s::((【\[].*|\d.*)?", re.IGNORECASE | re.DOTALL)
_NOTE = re.compile(
    r"\s*(?:[*※注]|备注|说明|温馨提示|以上|notes?\b|remark|n\.b\.|\(\*|subject to|valid |hinweis|remarque|nota\b)",
    re.IGNORECASE,
)


def is_total(text: str) -> bool:
    """Whether a cell says that its row adds up others: `Total`, `合计:`, `Subtotal (12 items)`."""
    return len(text) <= 40 and _TOTAL.fullmatch(text.rstrip()) is not None


def is_note(text: str) -> bool:
    """Whether a text begins as remarks do: `* subject to change`, `注:`."""
    return _NOTE.match(text) is not None


def is_column_name(text: str) -> bool:
    """Whether a text is a name that columns have everywhere."""
    return len(text) <= 40 and plain_name(text) in COLUMN_NAMES
