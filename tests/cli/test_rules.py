"""Rule packs on the command line."""

HEAD = """
pack: mine
about: a shop's own
about_zh: 店铺自有
market: [CN]
read_on: "2026-11-28"
sources: [ours]
rules:
"""


def test_rules_are_listed_shown_tested_and_compared_on_the_command_line(goodsmith):
    assert "cn_ad_law" in goodsmith("rules", "list").stdout
    assert "cn.absolute" in goodsmith("rules", "show", "cn_ad_law").stdout
    broken = HEAD + "  - {id: a.b.c, say: x, zh: x, severity: block, words: [x], bad: [y], good: [x]}\n"
    (goodsmith.folder / "mine.yaml").write_text(broken, encoding="utf-8")
    said = goodsmith("rules", "test", "mine.yaml", exit_code=4)
    assert "mine.yaml:9: a.b.c does not find 'y'" in said.stderr
    (goodsmith.folder / "next.yaml").write_text(broken.replace("a.b.c", "a.b.d"), encoding="utf-8")
    assert goodsmith.json("rules", "diff", "mine.yaml", "next.yaml") == {
        "gone": ["a.b.c"],
        "new": ["a.b.d"],
        "changed": [],
    }
