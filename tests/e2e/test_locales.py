"""Languages: the catalog's own by default, others when asked."""

from __future__ import annotations

from door import Terminal, products


def test_a_catalog_is_written_in_its_own_language_unless_another_is_asked(goodsmith: Terminal) -> None:
    goodsmith.table(products(3))
    assert goodsmith.json("run", "products.csv", "--dry-run")["locales"] == ["en-US"]
    goodsmith.table([{"sku": "1", "name": "亚麻桌布 140cm", "attributes": "材质:亚麻; 尺寸:140cm"}], name="zh.csv")
    assert goodsmith.json("run", "zh.csv", "--dry-run")["locales"] == ["zh-CN"]
    assert goodsmith.json("run", "zh.csv", "--dry-run", "--locale", "ja-JP,de-DE")["locales"] == ["ja-JP", "de-DE"]
