"""Faults of other systems like ours, each as a promise of ours. What a test's line was seen in stands in its docstring.

Not here yet, because the part is not here yet: batches of vendors that expire or count against a queued-token limit,
upserts of a knowledge index. A fallback order across accounts is held in tests/models/gateway/test_fallback.py.
"""

from __future__ import annotations

import csv
import datetime as dt
import random
import signal

import openpyxl
import pytest
import xlsxwriter

from door import MARKED, PRICE, Shop, Terminal, eventually, mark, on_their_own_rows, products, write_recipe
from goodsmith.base.money import parse_budget
from goodsmith.errors import RecipeError, UsageError
from goodsmith.models.rehearsal import RehearsalServer

pytestmark = pytest.mark.servers

ROWS = 240
IN_FLIGHT = 24


def test_answers_that_come_back_in_any_order_each_land_on_their_own_row(shop: Shop, vendor: RehearsalServer) -> None:
    """ondine #255: rows come back shuffled, missing or doubled."""
    vendor.ctl(latency_ms=20, latency_sigma=1.0)
    run = shop.run(products(120), model="rehearsal/smooth", base_url=vendor.base_url, concurrency=40)
    rows = shop.lines(run)
    assert [row["mark"] for row in rows] == [mark(number) for number in range(120)]
    assert on_their_own_rows(rows)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_after_kill_9_at_any_moment_a_resume_pays_at_most_for_what_was_in_flight(
    goodsmith: Terminal, vendor: RehearsalServer, workers: int
) -> None:
    """ondine #240 #241, polar_llama #75: also with gaps and out-of-order completion."""
    vendor.ctl(latency_ms=60, latency_sigma=1.0)
    goodsmith.environment["GOODSMITH_CHUNK_ROWS"] = "50"
    goodsmith.table(products(ROWS))
    sized = ("--concurrency", str(IN_FLIGHT), "--workers", str(workers))
    started = goodsmith.ask(vendor, *sized)
    chance, lost = random.Random(workers), 0
    for share in (0.2, 0.5, 0.8):
        goal = ROWS * (share + chance.uniform(-0.1, 0.1))
        eventually(lambda goal=goal: vendor.stats()["answered"] >= goal)
        started.kill()
        lost += vendor.stats()["in_flight"] + IN_FLIGHT
        started = goodsmith.start("resume", *sized)
    assert started.communicate_all().returncode == 0
    rows = goodsmith.exported()
    assert [row["mark"] for row in rows] == [mark(number) for number in range(ROWS)]
    assert on_their_own_rows(rows)
    stats, facts = vendor.stats(), goodsmith.json("status")
    assert stats["rows_answered"] == ROWS
    assert stats["answered"] <= ROWS + lost
    assert stats["answers_repeated"] <= facts["maybe_paid_twice"] <= 3 * IN_FLIGHT


def test_resume_works_in_every_mode(shop: Shop, vendor: RehearsalServer) -> None:
    """ondine #150. One process and several, with and without the cache; a stop between is a budget."""
    for workers, cached in ((1, True), (1, False), (2, True)):
        here = Shop(
            shop.folder, type(shop.settings)(home=shop.folder / f"{workers}{cached}", chunk_rows=20, cache=cached)
        )
        vendor.ctl(reset=True)
        run = here.run(
            products(60),
            model="rehearsal/smooth",
            base_url=vendor.base_url,
            price=PRICE,
            budget=parse_budget("2USD"),
            workers=workers,
        )
        assert run.exit_code == 3
        assert 0 < vendor.stats()["answered"] < 60
        run.resume(budget=parse_budget("1000USD"))
        assert run.exit_code == 0
        assert vendor.stats()["answers_repeated"] == 0
        assert on_their_own_rows(here.lines(run))


def test_a_lost_row_is_null_and_failed_and_never_a_sentinel_text(goodsmith: Terminal, vendor: RehearsalServer) -> None:
    """ondine #254 #262 #206: the run is incomplete, the exit code is not 0."""
    vendor.ctl(refused_input_share=0.3)
    goodsmith.table(products(40))
    done = goodsmith.ask(vendor, "-o", "out.jsonl").communicate_all()
    assert done.returncode == 1
    rows = goodsmith.lines()
    lost = [row for row in rows if row["status"] == "failed"]
    assert 0 < len(lost) < 40
    assert all(row["row_id"] is row["title"] is row["points"] is None for row in lost)
    assert all("refuse" in row["error"] or "risk" in row["error"] for row in lost)
    assert "goodsmith retry" in done.stderr


def test_one_row_over_the_context_length_costs_one_row(shop: Shop, vendor: RehearsalServer) -> None:
    """Ray #59194: one row too long among 100,000 is 99,999 results."""
    vendor.ctl(context_bytes=6_000)
    rows = products(60)
    rows[17]["name"] += " long" * 2_000
    run = shop.run(rows, model="rehearsal/smooth", base_url=vendor.base_url)
    made = shop.lines(run)
    assert [number for number, row in enumerate(made) if row["title"] is None] == [17]
    assert run.row.totals.failures == {"context_overflow": 1}
    assert run.exit_code == 1


def test_429_for_a_long_time_loses_no_row(shop: Shop, vendor: RehearsalServer) -> None:
    """Daft #5678: no row lost, no payload dropped."""
    vendor.ctl(closed_s=3, retry_after_s=1, rate_limit_share=0.1)
    run = shop.run(products(60), model="rehearsal/smooth", base_url=vendor.base_url)
    assert run.exit_code == 0
    assert on_their_own_rows(shop.lines(run))
    stats = vendor.stats()
    assert (stats["rows_answered"], stats["answers_repeated"]) == (60, 0)
    assert stats["faults"]["quota"] > 0


@pytest.mark.parametrize(
    ("workers", "fault"),
    [
        (1, ""),
        (1, "truncated_json_share"),
        (2, "truncated_json_share"),
        (2, "missing_usage_share"),
        (2, "overloaded_share"),
    ],
)
def test_the_budget_is_counted_on_every_path_with_many_workers_at_once(
    shop: Shop, vendor: RehearsalServer, workers: int, fault: str
) -> None:
    """litellm #38176 #26672: repairs, retries and answers without usage count too."""
    vendor.ctl(latency_ms=10, **({fault: 0.4} if fault else {}))
    run = shop.run(
        products(80),
        model="rehearsal/smooth",
        base_url=vendor.base_url,
        price=PRICE,
        budget=parse_budget("2.5USD"),
        workers=workers,
        concurrency=16,
    )
    stats, totals = vendor.stats(), run.row.totals
    billed = (100 * stats["input_tokens"] + 400 * stats["output_tokens"]) / 1e6
    assert run.exit_code == 3
    assert billed <= totals.cost_nanos / 1e9 + 1e-6
    assert totals.cost_nanos / 1e9 <= 2.5
    assert totals.cost_nanos / 1e9 > 1.25, "the money must be used"


def test_the_page_says_failed_exactly_where_the_log_says_failed(goodsmith: Terminal, vendor: RehearsalServer) -> None:
    """Dify #8696, curator #585: status, exit code and output tell one story."""
    vendor.ctl(refusal_share=0.2, length_share=0.2, html_share=0.1)
    goodsmith.table(products(40))
    done = goodsmith.ask(vendor, "-o", "out.jsonl", "--json").communicate_all()
    facts, rows = goodsmith.json("status"), goodsmith.lines()
    counted = {word: sum(row["status"] == word for row in rows) for word in ("done", "review", "blocked", "failed")}
    assert {word: facts[word] for word in counted} == counted
    assert sum(facts["failures"].values()) == counted["failed"] > 0
    assert (done.returncode, facts["exit_code"], facts["ok"]) == (1, 1, False)


def test_several_outputs_are_all_kept_one_column_each(goodsmith: Terminal, vendor: RehearsalServer) -> None:
    """Dify #7617 #9010."""
    goodsmith.table(products(3))
    done = goodsmith.ask(vendor, "-o", "out.csv").communicate_all()
    assert done.returncode == 0, done.stderr
    with (goodsmith.folder / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    places = [header.index(name) for name in ("row_id", "title", "points 1", "points 2")]
    assert all(row[place] for row in rows for place in places)


def test_ids_with_leading_zeros_decimals_exponents_and_19_digits_survive(goodsmith: Terminal) -> None:
    """markdown-exporter #73, woocommerce #63730: xlsx in, xlsx and CSV out, and that xlsx in again."""
    odd = ["06932169358293", "90.750", "1E5", "0693216935829312345", "1-2", "TRUE", "2026-01-02"]
    book = xlsxwriter.Workbook(goodsmith.folder / "in.xlsx")
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["sku", "name", "brand", "price", "since"])
    for number, text in enumerate(odd, 1):
        sheet.write_string(number, 0, text)
        sheet.write_string(number, 1, f"Steel mug {number}")
        sheet.write_string(number, 2, "Olmo")
        sheet.write_number(number, 3, 90.75, book.add_format({"num_format": "0.000"}))
        sheet.write_datetime(number, 4, dt.datetime(2026, 1, 2), book.add_format({"num_format": "dd.mm.yyyy"}))  # noqa: DTZ001
    book.close()
    goodsmith("run", "in.xlsx", "--locale", "en-US", "-o", "out.xlsx", exit_code=None)
    goodsmith("export", "-o", "out.csv")
    goodsmith("run", "out.xlsx", "--locale", "en-US", "-o", "again.csv", exit_code=None)
    out = openpyxl.load_workbook(goodsmith.folder / "out.xlsx").worksheets[0]
    assert [cell.value for cell in out["A"][1:]] == odd
    for name in ("out.csv", "again.csv"):
        with (goodsmith.folder / name).open(encoding="utf-8-sig", newline="") as file:
            cells = list(csv.reader(file))[1:]
        assert [row[0] for row in cells] == odd
        assert {(row[3], row[4]) for row in cells} == {("90.750", "02.01.2026")}


def test_a_cell_with_a_formula_is_inert_and_numbers_stay_numbers(goodsmith: Terminal) -> None:
    """PostHog #54149: also one that a model or a template wrote."""
    evil = '=HYPERLINK("http://evil.example","click")'
    goodsmith.table(
        [{"sku": "1", "name": evil, "price": "10"}, {"sku": "2", "name": "+cmd|' /C calc'!A0", "price": "-5"}]
    )
    write_recipe(goodsmith.folder)
    goodsmith("run", "products.csv", "-r", "marked.yaml", "-o", "out.xlsx", exit_code=None)
    goodsmith("export", "-o", "out.csv")
    sheet = openpyxl.load_workbook(goodsmith.folder / "out.xlsx").worksheets[0]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    with (goodsmith.folder / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))[1:]
    assert all(not cell.startswith(("=", "+", "@")) for row in rows for cell in row)
    assert rows[1][rows[0].index("10")] == "-5"


def test_cycler_init_globals_is_refused_with_line_column_and_caret(goodsmith: Terminal) -> None:
    """deepeval #3009."""
    goodsmith.table(products(1))
    write_recipe(goodsmith.folder, MARKED.replace("Name: {{ name }}", "Name: {{ cycler.__init__.__globals__ }}"))
    done = goodsmith("run", "products.csv", "-r", "marked.yaml", exit_code=2)
    assert "marked.yaml:12: column 10" in done.stderr
    assert "\n" + " " * done.stderr.splitlines()[-1].index("^") + "^" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_vendor_that_refuses_json_schema_is_asked_in_another_way_and_that_is_remembered(
    shop: Shop, vendor: RehearsalServer
) -> None:
    """honcho #751, litellm #42245: json_schema, json_object and the schema in the prompt, a tool call, plain text."""
    for model in ("refuses-schema", "refuses-json", "text-only"):
        vendor.ctl(reset=True)
        here = Shop(shop.folder, type(shop.settings)(home=shop.folder / model))
        run = here.run(products(40), model=f"rehearsal/{model}", base_url=vendor.base_url, concurrency=4)
        assert run.exit_code == 0, model
        assert on_their_own_rows(here.lines(run))
        refused = vendor.stats()["faults"]["refused_parameter"]
        assert 1 <= refused <= 12, "once per way and call in flight, not once per row"


def test_the_first_run_works_with_the_network_off(goodsmith: Terminal, vendor: RehearsalServer) -> None:
    """tiktoken #369 #513: nothing is downloaded, not even to count tokens."""
    nowhere = "http://127.0.0.1:9"
    goodsmith.environment |= dict.fromkeys(
        ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"), nowhere
    )
    goodsmith.environment["PYTHONPATH"] = str(goodsmith.folder)
    (goodsmith.folder / "sitecustomize.py").write_text(ONLY_LOOPBACK, encoding="utf-8")
    goodsmith.table(products(3))
    goodsmith("run", "products.csv", "--locale", "en-US")
    done = goodsmith.ask(vendor, "--price", PRICE, "--budget", "100USD", "--workers", "2").communicate_all()
    assert done.returncode == 0, done.stderr
    assert not (goodsmith.folder / "called").exists()


ONLY_LOOPBACK = """
import pathlib, sys

def watch(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo"}:
        host = arguments[1][0] if event == "socket.connect" and isinstance(arguments[1], tuple) else arguments[0]
        if isinstance(host, str) and not host.startswith(("127.", "localhost", "::1")):
            pathlib.Path(__file__).with_name("called").write_text(f"{event} {arguments}")

sys.addaudithook(watch)
"""


def test_a_check_that_errors_blocks(shop: Shop, vendor: RehearsalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """NVIDIA catalog blueprint: a policy check that cannot run must not pass."""
    from goodsmith import checks

    class Broken:
        name, deep = "broken", False

        def __call__(self, drafts, *, outputs, fields, locale):
            raise ZeroDivisionError("a rule divides by the price")

    monkeypatch.setitem(checks.CHECKS, "broken", Broken)
    recipe = MARKED.replace("placeholder]", "placeholder, broken]")
    run = shop.run(products(3), recipe=recipe, model="rehearsal/instant", base_url=vendor.base_url)
    rows = shop.lines(run)
    assert {row["status"] for row in rows} == {"blocked"}
    assert run.exit_code == 4
    assert vendor.stats()["answered"] == 3, "asking again would not mend a check"


def test_a_recipe_that_names_a_check_nobody_has_does_not_start(shop: Shop) -> None:
    with pytest.raises(UsageError, match="language"):
        shop.run(products(1), recipe=MARKED.replace("language,", "langauge,"))


def test_a_column_whose_value_is_the_text_na_stays_na(shop: Shop, vendor: RehearsalServer) -> None:
    """The default of pandas makes such cells missing."""
    rows = [{**row, "brand": text} for row, text in zip(products(5), ("NA", "null", "None", "nan", "n/a"), strict=True)]
    recipe = MARKED.replace("Row:", "{% if brand %}Brand: {{ brand }}{% endif %}\n        Row:")
    recipe = recipe.replace("  mark:", "  brand: {}\n  mark:")
    planned = shop.plan(rows, recipe=recipe, model="rehearsal/instant", base_url=vendor.base_url)
    assert ["Brand: NA" in planned.previews[0].user, "Brand: None" in planned.previews[2].user] == [True, True]
    run = shop.run(rows, recipe=recipe)
    assert [row["brand"] for row in shop.lines(run)] == ["NA", "null", "None", "nan", "n/a"]


def test_one_changed_row_costs_one_row(shop: Shop, vendor: RehearsalServer) -> None:
    """curator: a fingerprint over the whole table makes one changed row cost a full run."""
    asked = {"model": "rehearsal/instant", "base_url": vendor.base_url}
    rows = products(40)
    shop.run(rows, **asked)
    rows[7]["name"] = "Cotton tablecloth"
    rows[8]["price"] = "1.00"  # no prompt reads it
    vendor.ctl(reset=True)
    run = shop.run(rows, only_changed=True, **asked)
    assert (run.row.totals.rows, vendor.stats()["requests"]) == (1, 1)
    vendor.ctl(reset=True)
    run = shop.run([*rows[20:], *rows[:20]], **asked)
    assert (run.row.totals.rows, vendor.stats()["requests"]) == (40, 0), "and a whole run is answered by the cache"


def test_an_unknown_price_is_unknown_and_a_budget_with_it_does_not_start(
    goodsmith: Terminal, vendor: RehearsalServer
) -> None:
    """curator: it is not 0.0."""
    goodsmith.table(products(3))
    write_recipe(goodsmith.folder)
    asking = ("run", "products.csv", "-r", "marked.yaml", "-m", "openai/nobody-knows-me", "--base-url", vendor.base_url)
    goodsmith.environment["OPENAI_API_KEY"] = "none"
    done = goodsmith(*asking, "--budget", "5USD", exit_code=2)
    assert "--price" in done.stderr
    assert vendor.stats()["requests"] == 0
    facts = goodsmith.json(*asking)
    assert (facts["calls"], facts["cost_unknown_calls"]) == (3, 3)
    assert "unknown price" in goodsmith("status").stdout
    rows = goodsmith.exported("--trace")
    assert "0.0" not in {str(value) for row in rows for value in row.values()}


def test_a_template_error_is_raised_before_any_row_is_asked(shop: Shop, vendor: RehearsalServer) -> None:
    with pytest.raises(RecipeError, match="did you mean: name"):
        shop.run(
            products(3),
            recipe=MARKED.replace("{{ name }}", "{{ nmae }}"),
            model="rehearsal/instant",
            base_url=vendor.base_url,
        )
    assert vendor.stats()["requests"] == 0


def test_an_account_without_credit_stops_the_run_and_burns_no_row(goodsmith: Terminal, vendor: RehearsalServer) -> None:
    """one-api #1197, new-api #7007, for one account."""
    vendor.ctl(account="no_credit")
    goodsmith.table(products(40))
    done = goodsmith.ask(vendor).communicate_all()
    assert done.returncode == 2
    assert "resume" in done.stderr
    vendor.ctl(restore=True)
    vendor.ctl(latency_ms=0, reset=True)
    goodsmith("resume")
    assert on_their_own_rows(goodsmith.exported())


def test_a_stop_by_a_signal_is_no_failure(goodsmith: Terminal, vendor: RehearsalServer) -> None:
    vendor.ctl(latency_ms=100)
    goodsmith.table(products(200))
    started = goodsmith.ask(vendor, "--concurrency", "4")
    eventually(lambda: vendor.stats()["answered"] > 8)
    started.signal(signal.SIGINT)
    assert started.communicate_all().returncode == 130
    assert goodsmith.json("status")["failed"] == 0
