"""Which columns hold what: titles, longer texts, cells of `name: value` pairs, attributes, key, category, family."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from goodsmith.base.attribute_cells import pairs
from goodsmith.base.spelling import plain_name

TITLES: Final = (
    "title", "name", "product name", "product title", "item name", "商品名称", "商品标题", "标题", "名称", "品名",
    "产品名称", "宝贝标题", "titel", "produktname", "nom", "nom du produit", "titre", "商品名", "タイトル",
)  # fmt: skip
TEXTS: Final = (
    "description", "brief", "subtitle", "selling points", "bullet points", "features", "keywords", "detail",
    "商品描述", "描述", "简介", "详情", "商品详情", "卖点", "副标题", "关键词", "说明", "商品简介", "beschreibung",
    "description courte", "商品説明", "body html",
)  # fmt: skip
_MARKUP: Final = re.compile(
    r"</?(?:p|br|div|table|tr|td|th|ul|li|span|b|strong|dl|dt|dd|h[1-6])\b[^<>]*>", re.IGNORECASE
)
_ADDRESS: Final = re.compile(r"\s*[\[\"(]*https?://", re.IGNORECASE)
_LONG: Final = 14  # characters of a text, on average


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Roles of a table's columns. A column has one role; `own` are those that may be attributes, by their names."""

    titles: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    pairs: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    marked: frozenset[str] = frozenset()  # columns whose texts hold HTML
    key: str | None = None
    category: str | None = None
    family: str | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """Columns that are read for evidence, titles first."""
        return (*self.titles, *self.texts)


def guess_layout(
    columns: Sequence[str],
    sample: Mapping[str, Sequence[str | None]],
    *,
    is_attribute: Callable[[str], bool],
    key: str | None = None,
    category: str | None = None,
    family: str | None = None,
) -> Layout:
    """The roles of columns by their names and first rows. is_attribute: whether a schema knows a column's name."""
    taken = {name for name in (key, category, family) if name}
    filled = {name: [text for text in sample.get(name, ()) if text and text.strip()][:200] for name in columns}
    titles = _named(columns, TITLES, taken)
    taken.update(titles)
    in_pairs = tuple(name for name in columns if name not in taken and _holds_pairs(filled[name]))
    taken.update(in_pairs)
    own = tuple(name for name in columns if (name not in taken or name == family) and is_attribute(name))
    taken.update(own)
    said = _named(columns, TEXTS, taken)
    texts = tuple(name for name in columns if name not in taken and (name in said or _is_text(filled[name])))
    if not titles and texts:
        titles, texts = texts[:1], texts[1:]
    marked = frozenset(name for name in (*titles, *texts, *in_pairs) if _share(filled[name], _MARKUP) >= 0.1)
    return Layout(
        titles=titles, texts=texts, pairs=in_pairs, own=own, marked=marked, key=key, category=category, family=family
    )


def _named(columns: Sequence[str], names: Sequence[str], taken: set[str]) -> tuple[str, ...]:
    wanted = {plain_name(name): place for place, name in enumerate(names)}
    found = [(wanted[plain_name(one)], one) for one in columns if one not in taken and plain_name(one) in wanted]
    return tuple(name for _, name in sorted(found, key=lambda pair: pair[0]))


def _holds_pairs(texts: Sequence[str]) -> bool:
    """Most cells hold two or more pairs, or nearly all hold one."""
    counts = [len(pairs(text)) for text in texts[:60]]
    if not counts:
        return False
    two, one = sum(count >= 2 for count in counts), sum(count >= 1 for count in counts)
    return two >= 0.5 * len(counts) or one >= 0.9 * len(counts)


def _is_text(texts: Sequence[str]) -> bool:
    if not texts or _share(texts, _ADDRESS) > 0.3:
        return False
    worded = sum(len(re.findall(r"[^\W\d_]", text)) >= 6 for text in texts)
    return (
        worded >= 0.6 * len(texts) and sum(map(len, texts)) >= _LONG * len(texts) and len(set(texts)) > len(texts) / 4
    )


def _share(texts: Sequence[str], pattern: re.Pattern[str]) -> float:
    return sum(pattern.search(text) is not None for text in texts) / len(texts) if texts else 0.0
