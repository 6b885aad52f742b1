"""The words by which template workbooks say what is required, and what their sheets and helper columns are called.

Made up from how platforms' manuals name these things in their languages; compared as `mapping.plain_name` makes them.
"""

from __future__ import annotations

from typing import Final

from goodsmith.base.spelling import plain_name


def _plain(words: str) -> frozenset[str]:
    return frozenset(plain_name(word) for word in words.split("|"))


# What a cell that says how much an attribute is needed can hold.
NEEDS: Final[dict[str, frozenset[str]]] = {
    "required": _plain(
        "required|mandatory|must|yes|y|必填|必填项|必须|必需|必选|是|必須|pflicht|pflichtfeld|pflichtangabe|erforderlich|ja|"
        "obligatoire|requis|oui|obligatorio|requerido|sí|obbligatorio|richiesto|wajib|bắt buộc|จำเป็น|필수|obrigatório"
    ),
    "conditional": _plain(
        "conditional|conditional mandatory|conditionally mandatory|conditionally required|条件必填|有条件必填|部分必填|"
        "条件付き必須|bedingt erforderlich|bedingt|conditionnel|condicional|condizionale|조건부 필수"
    ),
    "recommended": _plain(
        "recommended|preferred|desired|suggested|推荐|建议|建议填写|推荐填写|推奨|empfohlen|gewünscht|bevorzugt|"
        "recommandé|conseillé|recomendado|consigliato|권장"
    ),
    "optional": _plain(
        "optional|no|n|选填|选填项|可选|非必填|可不填|否|任意|optionnel|facultatif|non|nein|opcional|facoltativo|"
        "opsional|tùy chọn|ไม่จำเป็น|선택"
    ),
}
# What may stand in brackets or signs beside a heading to say the same; plain yes and no would be too little there.
MARKS: Final[dict[str, frozenset[str]]] = {
    need: words - _plain("yes|y|no|n|是|否|ja|nein|oui|non|sí|must") for need, words in NEEDS.items()
}
# Columns of a sheet that describes the fields one by one.
DEFINITIONS: Final[dict[str, frozenset[str]]] = {
    "name": _plain(
        "field name|field|attribute name|api name|feldname|字段名|字段|字段英文名|属性编码|項目名|nom du champ"
    ),
    "label": _plain(
        "local label name|local label|label|attribute|display name|lokale bezeichnung|lokaler name|bezeichnung|"
        "本地标签名称|字段名称|属性名称|属性名|属性|名称|中文名|表示名|ラベル|項目|libellé local"
    ),
    "group": _plain("group name|group|gruppe|gruppenname|分组|分组名称|组名|グループ名|groupe"),
    "need": _plain(
        "required?|required|requirement|mandatory|mandatory?|erforderlich?|erforderlich|pflicht|是否必填|必填|是否必须|"
        "必填项|填写要求|必須|必須?|obligatoire?|obligatoire"
    ),
    "about": _plain(
        "definition and use|definition|description|instructions|guideline|definition und verwendung|beschreibung|"
        "definition und nutzung|定义|定义和用法|定义和使用|说明|填写说明|描述|定義|定義と使用方法|説明|définition|"
        "définition et utilisation"
    ),
    "example": _plain("example|examples|sample|beispiel|示例|例子|样例|填写示例|入力例|例|exemple"),
    "accepted": _plain(
        "accepted values|accepted value|allowed values|valid values|zulässige werte|接受的值|可接受的值|有效值|可选值|"
        "取值范围|値の候補|使用可能な値|valeurs acceptées"
    ),
}
# Sheets that list allowed values beside their attributes, where there is no drop-down.
VALUE_SHEETS: Final = _plain(
    "valid values|validvalues|allowed values|accepted values|value list|values|dropdown lists|gültige werte|可选值|"
    "有效值|属性值|属性值列表|枚举值|推奨値|推奨入力値|valeurs valides|valori validi|valores válidos"
)
# Sheets that are most likely the one to be filled.
FILL_SHEETS: Final = _plain(
    "template|upload template|模板|模版|商品模板|批量上传模板|发布模板|上传模板|商品信息|商品|products|vorlage|"
    "テンプレート|modèle|modello|plantilla|listing|upload"
)
EXAMPLES: Final = (
    "示例",
    "样例",
    "例：",
    "例:",
    "記入例",
    "入力例",
    "example",
    "sample",
    "beispiel",
    "exemple",
    "ejemplo",
)
PLATFORMS: Final[dict[str, tuple[str, ...]]] = {
    "amazon": ("templatetype=", "amazon", "亚马逊"),
    "shopee": ("shopee", "虾皮"),
    "lazada": ("lazada", "来赞达"),
    "taobao": ("淘宝", "天猫", "taobao", "tmall"),
    "1688": ("1688", "阿里巴巴"),
}
