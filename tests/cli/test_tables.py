"""Tables and the progress line: what a person sees at 80 columns, and what a pipe gets."""

import json
import os
import pty

from hypothesis import given
from hypothesis import strategies as st

from goodsmith.cli.progress import describe
from goodsmith.cli.tables import columns_of, fit, table_lines
from goodsmith.cli.voice import Voice
from goodsmith.records import Tally
from goodsmith.runner import Progress

TALLY = Tally(
    rows=123_456, failed=1_234, cost_nanos=12_345_000_000, failures={"rate_limited": 1_000, "content_refused": 234}
)


def progress(**changes):
    given_ = {"run_id": "r", "total_rows": 1_000_000, "tally": TALLY, "live": Tally(rows=100_000, wait_s=5, work_s=50)}
    given_ |= {"seconds": 100.0, "budget_nanos": 300_000_000_000, "currency": "CNY"}
    return Progress(**given_ | changes)


@given(st.text(max_size=40), st.integers(1, 30))
def test_a_cut_text_fits_and_says_that_it_is_cut(text, width):
    cut = fit(text, width)
    assert columns_of(cut) <= width
    assert cut == text or cut.endswith("…")


@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=60)), min_size=1, max_size=5))
def test_a_table_keeps_to_its_width(rows):
    lines = table_lines(["name", "such as"], rows, flexible=(0, 1), width=40)
    assert all(columns_of(line) <= 40 for line in lines)
    assert len(lines) == len(rows) + 1


def test_chinese_columns_stand_under_each_other():
    lines = table_lines(["列", "值"], [["商品名称", "a"], ["id", "b"]])
    assert [columns_of(line[: line.index(letter)]) for line, letter in zip(lines[1:], "ab", strict=True)] == [10, 10]


@given(st.integers(10, 200), st.sampled_from(["en", "zh"]))
def test_the_progress_line_fits_any_terminal(width, language):
    assert columns_of(describe(Voice(language), progress(), width=width)) <= width


def test_the_progress_line_says_what_matters():
    text = describe(Voice("en"), progress())
    assert text == (
        "123,456/1,000,000 rows · 1,000 rows/s · left 14:37 · 12.34 CNY / 300.00 CNY · "
        "failed: rate_limited 1,000, content_refused 234 · waiting for limits 10%"
    )
    assert "1,234 failed" in describe(Voice("en"), progress(), width=90)


def test_the_progress_line_says_what_the_run_will_cost_and_whether_the_budget_will_do():
    text = describe(Voice("en"), progress(cost_at_end_nanos=99_900_000_000))
    assert "12.34 CNY / 300.00 CNY · about 99.90 CNY at the end · failed" in text
    over = progress(cost_at_end_nanos=312_000_000_000)
    assert "about 312.00 CNY at the end, over the budget" in describe(Voice("en"), over)
    assert "预计共 312.00 CNY,超出预算" in describe(Voice("zh"), over)


def test_an_unknown_cost_is_not_shown_as_nothing():
    text = describe(Voice("en"), progress(currency="", budget_nanos=None, tally=Tally(rows=5, cost_unknown_calls=5)))
    assert "cost unknown" in text


def test_inspect_shows_products_key_conflicts_fill_and_mapping(goodsmith):
    goodsmith.products()
    said = goodsmith("inspect", "products.csv", "--map", "description=attributes").stdout
    assert "Products    4" in said
    assert "sku: 3 different, 1 occur twice or more, 0 are empty" in said
    assert "Key 00001: rows 2, 5; they differ in attributes, price" in said
    assert ["brand", "75%", "1", "Olmo"] in [line.split() for line in said.splitlines()]
    assert ["description", "attributes", "given"] in [line.split() for line in said.splitlines()]
    assert "material: linen; size: 140 x 220 cm" in said  # whole: a pipe has no width


def test_inspect_as_json_has_the_same_facts(goodsmith):
    goodsmith.products()
    facts = goodsmith.json("inspect", "products.csv")
    assert facts["profile"]["rows"] == 4
    assert facts["mapping"]["fields"]["name"] == "name"
    assert facts["mapping"]["how"]["name"]


def test_tables_fit_a_terminal_of_80_columns(goodsmith):
    goodsmith.products()
    goodsmith("run", "products.csv", "--locale", "en-US")
    for command in (("inspect", "products.csv"), ("runs",), ("recipe", "list"), ("models", "list")):
        lines = [line for line in on_a_terminal(goodsmith, *command) if not line.startswith("Note: ")]
        assert lines
        assert max(map(columns_of, lines)) <= 80, lines


def on_a_terminal(shell, *command):
    """What stdout shows on a terminal."""
    ours, theirs = pty.openpty()
    shell.environment["COLUMNS"] = "80"
    process = shell.start(*command, stdout=theirs)
    process.stderr.read()
    process.wait(timeout=60)
    process.stderr.close()
    os.close(theirs)
    text = b""
    try:
        while piece := os.read(ours, 65_536):
            text += piece
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(ours)
    return text.decode().splitlines()


def test_vendors_are_listed_with_their_key_and_how_sure_we_are(goodsmith):
    goodsmith.environment["DEEPSEEK_API_KEY"] = "sk-canary"
    by_name = {one["provider"]: one for one in goodsmith.json("models", "list")}
    assert by_name["deepseek"]["key_variables"] == ["DEEPSEEK_API_KEY"]
    assert by_name["deepseek"]["key_set"] is True
    assert by_name["openai"]["key_set"] is False
    assert by_name["openai"]["evidence"] in {"tried", "doc", "package", "secondary", "memory"}
    shown = goodsmith("models", "show", "DeepSeek").stdout
    assert "https://api.deepseek.com" in shown
    assert "canary" not in shown


def test_recipes_can_be_listed_shown_checked_and_described(goodsmith):
    assert "listing" in {one["name"] for one in goodsmith.json("recipe", "list")}
    (goodsmith.folder / "own.yaml").write_text(goodsmith("recipe", "show", "listing").stdout, encoding="utf-8")
    assert goodsmith.json("recipe", "check", "own.yaml")["ok"] is True
    assert "good" in goodsmith("recipe", "check", "own.yaml").stdout
    assert json.loads(goodsmith("recipe", "schema").stdout)["type"] == "object"
    (goodsmith.folder / "own.yaml").write_text("recipe: x\nsteps: 3\n", encoding="utf-8")
    assert "own.yaml:2" in goodsmith("recipe", "check", "own.yaml", exit_code=2).stderr
