"""Spellings: a name without what does not matter, so that two ways of writing the same thing are equal."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

# Traditional characters that occur in column names. Not a general table: names only, and both sides are mapped.
_TRADITIONAL: Final = dict(
    zip(
        "編號貨標題價規類顏圖簡產單庫數碼條稱詳細屬風適裝質別參說備註長寬淨內國際運費點賣關鍵詞視頻圍齡齊體積訊網鏈結層級輯廠牌語語種優惠銷售時間狀態選項範圍書籍電腦電話",
        "编号货标题价规类颜图简产单库数码条称详细属风适装质别参说备注长宽净内国际运费点卖关键词视频围龄齐体积讯网链结层级辑厂牌语语种优惠销售时间状态选项范围书籍电脑电话",
        strict=True,
    )
)


_TABLE: Final = str.maketrans(_TRADITIONAL)
_TIMES: Final = re.compile(r"(?<=[0-9])\s*[*×xX✕]\s*(?=[0-9])")
_INNER_SPACE: Final = re.compile(r"(?<=[\u3400-\u9fff])\s+|\s+(?=[\u3400-\u9fff%])|(?<=[0-9])\s+(?=[a-z°℃%])")
_ENDS: Final = " \t.,;:!?。，；：！？、·…'\"“”‘’()（）[]【】"


def plain_name(name: str) -> str:
    """A name without what does not matter: case, width, spaces, punctuation, traditional forms, a unit in brackets."""
    text = unicodedata.normalize("NFKC", name)
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text).casefold()
    text = re.sub(r"\s*[(\[【][^)\]】]*[)\]】]\s*$", "", text) or text
    return re.sub(r"[\W_]+", "", text.replace("*", "")).translate(_TABLE)


@lru_cache(maxsize=65_536)
def plain_value(text: str) -> str:
    """A value without what does not matter: case, width, outer punctuation, spaces beside Chinese, signs of times.

    Numbers, units and % stay: `48 × 74 CM` and `48*74cm` are equal, `1.5` and `15` are not.
    """
    text = unicodedata.normalize("NFKC", text).casefold().strip(_ENDS)
    text = _TIMES.sub("*", " ".join(text.split()))
    return _INNER_SPACE.sub("", text).translate(_TABLE)
