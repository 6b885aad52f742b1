"""`goodsmith trial` and `goodsmith.trial`: rows as any run makes them, and a forecast from the random ones."""

import re
from html.parser import HTMLParser

import pytest

from branched import BRANCHED, catalog
from door import MARKED, PRICE, products
from goodsmith import Settings
from goodsmith.errors import UnknownName, UsageError
from goodsmith.records import Budget

pytestmark = pytest.mark.servers


class Read(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.text = set(), set(), ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.text += data


def words_of(trial):
    return trial.html("en"), trial.html("zh")


def test_a_later_run_does_not_buy_the_answers_of_a_trial_again(shop, vendor):
    found = shop.trial(products(60), vendor, tries={"rows": 10, "cover": 0})
    assert found.models[0].bought == 10
    run = shop.run(products(60), model="rehearsal/smooth", base_url=vendor.base_url)
    assert (run.row.totals.calls, run.row.totals.cached_calls) == (50, 10)
    assert vendor.stats()["answered"] == 60


def test_a_trial_releases_nothing_and_is_not_the_latest_run(shop, vendor):
    run = shop.run(products(12), model="rehearsal/smooth", base_url=vendor.base_url, limit=3)
    shop.trial(products(12), vendor, tries={"rows": 4})
    assert shop.again().id == run.id
    changed = shop.run(products(12), model="rehearsal/smooth", base_url=vendor.base_url, only_changed=True)
    assert changed.row.spec.rows == 9


def test_a_second_trial_forecasts_the_same_cost_although_it_buys_nothing(shop, vendor):
    first, second = (shop.trial(products(80), vendor, tries={"rows": 20}, price=PRICE).models[0] for _ in range(2))
    assert (second.bought, second.spent_nanos, second.cached) == (0, 0, first.bought)
    assert second.forecast.cost.value == pytest.approx(first.forecast.cost.value, rel=1e-3)


def test_the_forecast_holds_what_the_run_then_costs_and_counts(shop, vendor):
    rows = catalog(300)
    found = shop.trial(rows, vendor, tries={"rows": 40}, recipe=BRANCHED, price=PRICE)
    run = shop.run(rows, recipe=BRANCHED, model="rehearsal/smooth", base_url=vendor.base_url, price=PRICE)
    totals, forecast = run.row.totals, found.models[0].forecast
    paid = totals.cost_nanos + found.models[0].spent_nanos
    assert forecast.cost.low <= paid <= forecast.cost.high
    assert forecast.cost.high < 1.3 * paid
    answers = totals.calls + found.models[0].bought
    assert forecast.calls.low <= answers <= forecast.calls.high


def test_forecasts_rest_on_the_random_rows_alone(shop, vendor):
    found = shop.trial(catalog(300), vendor, tries={"rows": 12}, recipe=BRANCHED)
    parts = [row.choice.part for row in found.rows]
    assert parts.count("cover") > 0
    assert found.models[0].forecast.drawn == parts.count("random") == 12
    assert found.models[0].forecast.failures.of == 12


def test_no_failure_of_12_is_said_as_up_to_22_percent_and_a_rough_cost_as_rough(goodsmith, vendor):
    goodsmith.table(products(400))
    (goodsmith.folder / "marked.yaml").write_text(MARKED, encoding="utf-8")
    said = goodsmith("trial", *goodsmith.asking(vendor)[1:], "--price", PRICE, "--rows", "12").stdout
    assert "0 of 12: up to 22 %" in said
    assert re.search(r"cost now .* USD \(.*\), rough", said)
    assert "--rows 200 would give about ±" in said
    assert "marked, trial" in goodsmith("runs").stdout


def test_failures_are_counted_and_bounded(shop, vendor):
    vendor.ctl(refusal_share=0.5)
    found = shop.trial(products(200), vendor, tries={"rows": 30, "cover": 0})
    failures = found.models[0].forecast.failures
    assert 5 < failures.hits < 25
    assert failures.interval.low < 0.5 < failures.interval.high
    assert (failures.rows.low, failures.rows.high) == pytest.approx(
        (200 * failures.interval.low, 200 * failures.interval.high)
    )
    assert found.rows[0].tries["rehearsal/smooth"].status == "failed"
    assert found.exit_code == 1


def test_an_unknown_price_is_unknown_and_never_nothing(shop, vendor):
    found = shop.trial(products(40), vendor, tries={"rows": 5}, model="stranger")
    assert (found.models[0].forecast.cost, found.models[0].spent_nanos) == (None, None)
    assert all("unknown: the price is not known" in page or "未知:价格未知" in page for page in words_of(found))
    budget = Budget(nanos=5_000_000_000, currency="USD")
    with pytest.raises(UsageError, match="the price of stranger is not known here"):
        shop.trial(products(40), vendor, tries={"rows": 5}, model="stranger", budget=budget)


def test_two_models_stand_side_by_side(goodsmith, vendor):
    goodsmith.table(products(50))
    (goodsmith.folder / "marked.yaml").write_text(MARKED, encoding="utf-8")
    asking = ("trial", "products.csv", "-r", "marked.yaml", "--base-url", vendor.base_url)
    models = ("-m", "rehearsal/smooth", "-m", "rehearsal/truncating")
    said = goodsmith(*asking, *models, "--rows", "4", "--show", "50", "--html", "page.html", exit_code=1)
    head = next(line for line in said.stdout.splitlines() if "rehearsal/smooth" in line and "truncating" in line)
    assert head.split() == ["rehearsal/smooth", "rehearsal/truncating"]
    assert re.search(r"failures +0 of 4: up to .* 4 of 4: at least", said.stdout)
    page = (goodsmith.folder / "page.html").read_text(encoding="utf-8")
    assert page.count("<h3>rehearsal/truncating</h3>") == page.count("<h3>rehearsal/smooth</h3>") >= 4
    assert "Wrote page.html" in said.stderr


def test_a_model_finds_what_is_in_the_prompt_and_not_what_was_hidden(shop, vendor):
    rows = [{**row, "truth": row["mark"]} for row in products(60)]
    seen = shop.trial(rows, vendor, tries={"rows": 8, "answers": ["row_id=truth"]})
    hidden = shop.trial(rows, vendor, tries={"rows": 8, "answers": ["row_id=mark"]})
    (right,), (wrong,) = seen.models[0].accuracy, hidden.models[0].accuracy
    assert (right.known, right.exact) == (8, 8)
    assert right.right.low == pytest.approx(0.05 ** (1 / 8))
    assert (wrong.known, wrong.same) == (8, 0)
    for row in hidden.rows:
        if row.choice.part == "known":
            assert row.known["row_id"] not in "".join(prompt.user for prompt in row.prompts)
        else:
            assert not row.known


def test_hide_known_takes_every_output_that_the_source_has_a_column_for(shop, vendor):
    rows = [{**row, "title": f"A title {number}" if number % 2 else ""} for number, row in enumerate(products(40))]
    found = shop.trial(rows, vendor, tries={"rows": 6, "hide_known": True})
    (accuracy,) = found.models[0].accuracy
    assert (accuracy.slot, accuracy.locale, accuracy.known) == ("title", "en-US", 6)
    english, chinese = words_of(found)
    assert "6 with hidden answers, for the accuracy" in english
    assert "隐藏已知答案的 6 行" in chinese


def test_what_the_variants_of_a_family_share_does_not_give_away_what_was_hidden(shop, vendor):
    rows = [
        {**row, "style": f"S{number // 3}", "mark": f"ROWID-{number // 3:08d}"}
        for number, row in enumerate(products(30))
    ]
    found = shop.trial(rows, vendor, tries={"rows": 5, "answers": ["row_id=mark"]}, family="style")
    hidden = [row for row in found.rows if row.choice.part == "known"]
    assert len(hidden) == 5
    assert not any(row.known["row_id"] in prompt.user for row in hidden for prompt in row.prompts)
    assert found.models[0].accuracy[0].same == 0


def test_what_cannot_be_compared_is_said_before_anything_is_asked(shop, vendor):
    for tries, problem, words in (
        ({"hide_known": True}, UsageError, "there is nothing to hide"),
        ({"answers": ["name"]}, UsageError, "say whose answers stand in 'name'"),
        ({"answers": ["titel=name"]}, UnknownName, "title"),
        ({"answers": ["title=nmae"]}, UnknownName, "name"),
        ({"rows": 1}, UsageError, "at least 2 rows"),
    ):
        with pytest.raises(problem, match=words):
            shop.trial(products(5), vendor, tries=tries)
    with pytest.raises(UsageError, match="add --locale en-US"):
        shop.trial(products(5), vendor, tries={"answers": ["title=name"]}, locales=("de-DE",))
    assert vendor.stats()["answered"] == 0


def test_a_short_budget_is_met_with_ways_and_what_each_gives_up(shop, vendor):
    rows = [{**row, "style": f"S{number // 3}"} for number, row in enumerate(products(300))]
    found = shop.trial(
        rows,
        vendor,
        tries={"rows": 8, "cover": 0},
        price="in=100,out=400,currency=USD,batch_mult=0.5",
        budget=Budget(nanos=20_000_000_000, currency="USD"),
        locales=("en-US", "de-DE"),
        family="style",
        priority="price",
    ).models[0]
    offers = {offer.kind: offer for offer in found.offers}
    assert set(offers) == {"later", "locales", "families", "part"}
    whole = found.forecast.cost
    assert whole.high > 20e9
    assert offers["later"].cost.value == pytest.approx(whole.value / 2, rel=0.01)
    assert "cannot send batches yet" in offers["later"].gives_up[0]
    assert offers["families"].cost.value == pytest.approx(whole.value / 3)
    assert offers["families"].options == "--sample 100 --per style"
    assert offers["locales"].options == "--locale en-US"
    assert offers["locales"].gives_up == ("de-DE", "de-DE")
    assert offers["part"].cost.high == pytest.approx(20e9, rel=0.02)
    assert offers["part"].options == "--budget 20USD --priority price"
    assert [offer.fits for offer in found.offers] == sorted((offer.fits for offer in found.offers), reverse=True)


def test_a_cheaper_model_of_the_same_vendor_is_offered_with_a_warning(shop, vendor):
    listed = shop.folder / "prices.yaml"
    listed.write_text(
        "prices:\n"
        "- {provider: rehearsal, model: smooth, currency: USD, in: 100, out: 400}\n"
        "- {provider: rehearsal, model: instant, currency: USD, in: 10, out: 40}\n",
        encoding="utf-8",
    )
    shop.settings = Settings(home=shop.settings.home, prices_file=listed)
    budget = Budget(nanos=5_000_000_000, currency="USD")
    found = shop.trial(products(200), vendor, tries={"rows": 5, "cover": 0}, budget=budget).models[0]
    cheaper = next(offer for offer in found.offers if offer.kind == "model")
    assert (cheaper.options, cheaper.fits) == ("-m rehearsal/instant", True)
    assert cheaper.gives_up[0] == "how good it is, nobody has seen: try it beside rehearsal/smooth first"
    assert cheaper.cost.value == pytest.approx(found.forecast.cost.value / 10, rel=0.01)


def test_a_budget_ends_a_trial_as_it_ends_a_run(goodsmith, vendor):
    goodsmith.table(products(40))
    (goodsmith.folder / "marked.yaml").write_text(MARKED, encoding="utf-8")
    options = (*goodsmith.asking(vendor)[1:], "--price", PRICE, "--rows", "20", "--budget", "0.9USD")
    said = goodsmith("trial", *options, "--show", "0", exit_code=3).stdout
    assert "stopped" in said
    assert "the budget of 0.90 USD does not cover the next call" in said


def test_what_finished_runs_showed_flows_into_the_next_trial_and_is_shown_as_such(shop, vendor):
    vendor.ctl(refusal_share=0.1)
    ran = shop.run(products(100), model="rehearsal/smooth", base_url=vendor.base_url).row.totals
    vendor.ctl(refusal_share=0.0)
    rows = [{**row, "name": f"New {row['name']}"} for row in products(40)]
    found = shop.trial(rows, vendor, tries={"rows": 12, "cover": 0})
    forecast = found.models[0].forecast
    assert forecast.earlier.runs == 1
    assert forecast.earlier.rows == 100
    assert forecast.earlier.failed == ran.failed / 100
    assert forecast.earlier.tokens_per_row == (ran.input_tokens + ran.output_tokens) / 100
    together = forecast.failures.with_earlier
    assert forecast.failures.interval.value < together.value < ran.failed / 100
    assert together.high - together.low < forecast.failures.interval.high
    assert "with earlier runs" in found.html("en")


def test_without_a_model_a_trial_shows_rows_and_failures_and_costs_nothing(shop, vendor):
    found = shop.trial(products(30), vendor, tries={"rows": 6}, model="stencil")
    assert found.models[0].forecast.cost.high == 0
    assert not any(row.prompts for row in found.rows)
    assert "nothing is paid" in found.html("en")


def test_an_empty_selection_is_said(shop, vendor):
    with pytest.raises(UsageError, match="no row is selected"):
        shop.trial(products(5), vendor, tries={}, where='brand == "none"')


def test_a_page_needs_no_network_and_runs_nothing_that_a_supplier_wrote(shop, vendor):
    evil = "</pre></dd><script>alert(1)</script><img src=http://x/ onerror=alert(2)>"
    rows = [{**row, "name": evil, "sku": f'"{evil}\x07'} for row in products(6)]
    for page in words_of(shop.trial(rows, vendor, tries={"rows": 3}, key="sku")):
        read = Read()
        read.feed(page)
        assert not read.tags & {"script", "img", "link", "iframe", "object", "svg", "form", "base"}
        assert read.attributes <= {"class", "lang", "charset", "name", "content", "data-of"}
        assert evil in read.text
        assert "url(" not in page
        assert "@import" not in page


def test_the_page_says_all_of_it_in_both_languages(shop, vendor):
    found = shop.trial(catalog(120), vendor, tries={"rows": 5, "cover": 2}, recipe=BRANCHED)
    english, chinese = words_of(found)
    assert '<html lang="en">' in english
    assert '<html lang="zh-CN">' in chinese
    for word in ("Forecast for all 120 rows", "Not shown by these rows", "drawn at random", "What every prompt begins"):
        assert word in english
    for word in ("对全部 120 行的预测", "未在试跑行中出现", "随机抽取", "每条提示词的共同开头"):
        assert word in chinese
    own = re.sub(r"<(pre|dd|style)[^>]*>.*?</\1>", "", chinese, flags=re.DOTALL)
    assert not re.search(r">[A-Z][a-z]+ [a-z]+ [a-z]+", own)


def test_time_follows_from_the_limits_that_are_known(shop, vendor):
    shop.settings = Settings(home=shop.settings.home, requests_per_minute=600)
    found = shop.trial(products(300), vendor, tries={"rows": 5, "cover": 0})
    forecast = found.models[0].forecast
    assert forecast.held_by == "requests"
    assert forecast.seconds.value == pytest.approx(30, rel=0.05)
