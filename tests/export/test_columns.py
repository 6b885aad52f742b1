"""Which columns an export adds and what they say, seen in a csv."""

import csv
import json

import pytest

from goodsmith.errors import UnknownName, UsageError
from goodsmith.export import ExportSlot, export_rows, format_of, slots_of
from goodsmith.records import AskStep, OutputSpec, Recipe

BLOCK = {
    "rule": "facts",
    "severity": "block",
    "slot": "title",
    "locale": "zh-CN",
    "en": "not in the source",
    "zh": "来源中没有",
}
LONG = {"rule": "length", "severity": "warning", "slot": "title", "locale": "", "en": "70 of 60", "zh": "70,最多 60"}


def exported(shop, made, *, columns=("sku",), slots=None, **plan):
    settings = {"slots": slots} if slots is not None else {}
    plan = shop.plan(shop.info("a.csv", columns), **settings, **plan)
    source = [["a"] * len(columns)] * len(made)
    report = export_rows(plan, shop.rows(plan, source, made), shop.folder / "o.csv")
    with (shop.folder / "o.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file)), report


def test_csv_has_a_byte_order_mark_and_windows_line_ends(shop):
    exported(shop, [{"title@zh-CN": "一\n二"}])
    data = (shop.folder / "o.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfsku,title,Status,Findings,Made by\r\n")
    assert data.endswith('a,"一\n二",Done,,template\r\n'.encode())


def test_a_failed_row_has_no_outputs_and_says_why(shop):
    made = [
        {
            "title@zh-CN": "half made",
            "status": "failed",
            "error_code": "rate_limited",
            "error": "wait 2 s",
            "maker": None,
        }
    ]
    rows, _ = exported(shop, made)
    assert rows == [{"sku": "a", "title": "", "Status": "Failed: wait 2 s", "Findings": "", "Made by": ""}]
    rows, _ = exported(shop, made, language="zh")
    assert rows[0]["状态"] == "失败:模型服务限流(wait 2 s)"


def test_a_row_that_no_part_has_yet_is_not_tried(shop):
    rows, _ = exported(shop, [{"status": None, "maker": None}])
    assert (rows[0]["title"], rows[0]["Status"]) == ("", "Not tried")


def test_a_blocked_value_is_withheld_and_the_others_leave(shop):
    slots = tuple(ExportSlot(spec=OutputSpec(slot=name), locales=("zh-CN",)) for name in ("title", "about"))
    made = [{"title@zh-CN": "t", "about@zh-CN": "b", "status": "blocked", "findings": json.dumps([BLOCK])}]
    rows, _ = exported(shop, made, slots=slots)
    assert (rows[0]["title"], rows[0]["about"], rows[0]["Status"]) == ("", "b", "Blocked")
    assert rows[0]["Findings"] == "title (zh-CN): not in the source"
    rows, _ = exported(shop, made, slots=slots, show_blocked=True)
    assert rows[0]["title"] == "t"


def test_a_check_that_could_not_run_withholds_the_whole_row(shop):
    made = [{"title@zh-CN": "t", "status": "blocked", "error_code": "check_unavailable", "error": "no judge"}]
    rows, _ = exported(shop, made, language="zh")
    assert (rows[0]["title"], rows[0]["状态"]) == ("", "已拦截:检查无法执行(no judge)")


def test_findings_stand_one_a_line_in_the_language_of_the_export(shop):
    made = [{"status": "review", "findings": json.dumps([LONG, BLOCK | {"severity": "error"}])}]
    rows, _ = exported(shop, made, language="zh")
    assert rows[0]["状态"] == "待审核"
    assert rows[0]["问题"] == "title:70,最多 60\ntitle (zh-CN):来源中没有"


@pytest.mark.parametrize(
    ("maker", "en", "zh"),
    [
        ("template", "template", "模板"),
        ("openai/some-model", "openai/some-model", "openai/some-model"),
        (
            '{"title": "template", "about": "openai/m", "faq": "openai/m"}',
            "template: title; openai/m: about, faq",
            None,
        ),
        (None, "", ""),
    ],
)
def test_the_maker_is_a_template_or_the_model_by_name(shop, maker, en, zh):
    assert exported(shop, [{"maker": maker}])[0][0]["Made by"] == en
    if zh is not None:
        assert exported(shop, [{"maker": maker}], language="zh")[0][0]["生成方式"] == zh


def test_a_name_that_the_source_has_already_gets_a_mark_and_a_notice(shop):
    rows, report = exported(shop, [{"title@zh-CN": "new"}], columns=("Title", "status", "sku"))
    assert list(rows[0]) == ["Title", "status", "sku", "title (new)", "Status (new)", "Findings", "Made by"]
    assert (rows[0]["Title"], rows[0]["title (new)"], rows[0]["Status (new)"]) == ("a", "new", "Done")
    assert [(notice.code, notice.column) for notice in report.notices] == [
        ("renamed_column", "title (new)"), ("renamed_column", "Status (new)"),
    ]  # fmt: skip


def test_lists_have_a_column_per_item_and_lose_none(shop):
    points = ExportSlot(spec=OutputSpec(slot="points", type="list", max_items=2))
    rows, _ = exported(shop, [{"points": ["a", "b", "c"]}, {"points": ["a"]}], slots=(points,))
    assert [(row["points 1"], row["points 2"]) for row in rows] == [("a", "b\nc"), ("a", "")]
    free = ExportSlot(spec=OutputSpec(slot="points", type="list"))
    assert exported(shop, [{"points": ["a", "b"]}], slots=(free,))[0][0]["points"] == "a\nb"


def test_trace_adds_costs_tokens_and_hashes_and_unknown_is_never_zero(shop):
    made = [
        {"cost_nanos": 1_500_000, "input_tokens": 7, "inputs_hash": "ab"},
        {"cost_nanos": None, "error_code": "timed_out"},
    ]
    rows, _ = exported(shop, made, trace=True, currency="CNY")
    assert [(row["Cost (CNY)"], row["Input tokens"], row["Inputs hash"]) for row in rows] == [
        ("0.0015", "7", "ab"),
        ("", "0", ""),
    ]
    assert rows[1]["Error code"] == "timed_out"


def test_slots_follow_the_recipe_and_its_locale_free_steps():
    title, weight = OutputSpec(slot="title"), OutputSpec(slot="weight", type="number")
    recipe = Recipe(
        name="r", version="0", steps=(
            AskStep(name="a", instruction="", input="", outputs=(weight,), per_locale=False),
            AskStep(name="b", instruction="", input="", outputs=(title,)),
        ),
    )  # fmt: skip
    assert slots_of(recipe, ["zh-CN", "en-US"]) == (
        ExportSlot(spec=weight),
        ExportSlot(spec=title, locales=("zh-CN", "en-US")),
    )


def test_an_unknown_format_names_the_known_ones():
    assert format_of("a.XLSX") == "xlsx"
    assert format_of("a.txt", "jsonl") == "jsonl"
    with pytest.raises(UnknownName, match=r"did you mean: \.xlsx"):
        format_of("a.xlsb")
    with pytest.raises(UsageError, match="no ending"):
        format_of("out")


def test_rows_of_another_table_are_refused(shop):
    plan = shop.plan(shop.info("a.csv", ["sku"]))
    rows = shop.rows(plan, [["a"]], [{}])
    other = shop.plan(shop.info("a.csv", ["other"]))
    with pytest.raises(ValueError, match="source columns"):
        export_rows(other, rows, shop.folder / "o.csv")
    assert list(shop.folder.iterdir()) == []
