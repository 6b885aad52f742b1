"""Words by which variants of a style differ: the columns that say it, colours, sizes, amounts."""

from __future__ import annotations

import re
from typing import Final

from goodsmith.base.spelling import plain_name

# Columns whose values tell variants apart, by what they are.
AXES: Final[dict[str, tuple[str, ...]]] = {
    "color": (
        "颜色", "颜色分类", "颜色名称", "色号", "主色", "color", "colour", "color name", "colour name", "shade",
        "farbe", "couleur", "colore", "カラー", "色", "color_name",
    ),
    "size": (
        "尺码", "尺寸", "规格", "规格型号", "适用床宽", "size", "size name", "dimensions", "größe", "taille", "talla",
        "taglia", "サイズ", "规格尺寸", "size_name",
    ),
    "capacity": ("容量", "净含量", "净重", "capacity", "volume", "net content", "net weight", "内容量", "容積"),
    "flavor": ("口味", "香味", "香型", "香调", "flavor", "flavour", "scent", "geschmack", "duft", "味", "香り"),
    "pack": ("件数", "数量规格", "包装", "套餐", "pack", "pack size", "count", "pieces", "入数"),
    "voltage": ("电压", "额定电压", "voltage", "plug", "插头", "插头类型", "plug type", "電圧"),
    "pattern": ("花型", "图案", "pattern", "muster", "柄"),
}  # fmt: skip
_AXIS_OF: Final = {plain_name(name): axis for axis, names in AXES.items() for name in names}

_WIDE_ZH: Final = (  # before the single characters that they hold
    "哑光黑|石板灰|陶土红|原野绿|燕麦白|玫瑰金|卡其|藏青|深灰|浅灰|奶白|米白|米色|酒红|玫红|天蓝|湖蓝|雾蓝|墨绿|军绿|豆绿|草绿|"
    "姜黄|焦糖|香槟|燕麦|驼色|杏色|灰蓝|浅粉|藕粉|豆沙|砖红|枪灰|透明"
)
_SINGLE_ZH: Final = "黑白红橙黄绿青蓝紫粉灰棕褐米杏驼咖金银"
_COLORS_EN: Final = (
    "matte black|off white|navy blue|dark grey|dark gray|light grey|light gray|sky blue|rose gold|black|white|red|"
    "orange|yellow|green|blue|purple|pink|grey|gray|brown|beige|ivory|cream|navy|khaki|gold|golden|silver|teal|olive|"
    "maroon|burgundy|coral|turquoise|lavender|mint|charcoal|sand|camel|tan|copper|bronze|clear|transparent|multicolor|"
    "schwarz|weiß|rot|blau|grün|grau|noir|blanc|rouge|bleu|vert|gris|negro|blanco|rojo|azul|verde"
)
_NUMBER: Final = r"[0-9]+(?:\.[0-9]+)?"
_UNIT: Final = (
    r"(?:毫升|升|千克|公斤|克|毫米|厘米|米床?|英寸|寸|瓦|伏|码|号|片|支|只|件套|件|枚|袋|盒|包"
    r"|ml|cl|l|kg|g|mm|cm|m床?|oz|inch|in|w|v|gb|tb)"
)
VARIANT_WORDS: Final = re.compile(
    rf"{_NUMBER}\s*(?:cm|mm|m|米|厘米)?\s*[*×xX✕]\s*{_NUMBER}(?:\s*[*×xX✕]\s*{_NUMBER})?\s*(?:cm|mm|m|米|厘米|寸)?"
    rf"|(?<![A-Za-z0-9.]){_NUMBER}\s?{_UNIT}(?![A-Za-z])"
    r"|(?<![A-Za-z0-9])(?:XXS|XS|S|M|L|XL|XXL|XXXL|[2-9]XL|one size|free size)(?:码|号)?(?![A-Za-z0-9])"
    r"|均码|大码|小码|中码|加大码?|大号|中号|小号|单人|双人"
    rf"|(?:{_WIDE_ZH})色?|[{_SINGLE_ZH}]色"
    rf"|(?<![A-Za-z])(?:{_COLORS_EN})(?![A-Za-z])",
    re.IGNORECASE,
)


def axis_of(column: str) -> str:
    """Which axis a column's name says, "" for none."""
    return _AXIS_OF.get(plain_name(column), "")
