"""Money stops at the limit, families are finished in the order of the priority, and nothing is bought twice."""

from __future__ import annotations

import pytest

from door import MARKED, PRICE, Shop, Terminal, on_their_own_rows, products
from goodsmith.base.money import parse_budget
from goodsmith.models.rehearsal import RehearsalServer

pytestmark = pytest.mark.servers


def in_styles(count: int, of: int) -> list[dict[str, str]]:
    """Products in styles of a few; the last styles matter most."""
    return [{**row, "style": f"S{place // of}", "rank": str(place // of)} for place, row in enumerate(products(count))]


@pytest.mark.parametrize("workers", [1, 2])
def test_whole_families_are_finished_in_the_order_of_the_priority_column(
    shop: Shop, vendor: RehearsalServer, workers: int
) -> None:
    vendor.ctl(latency_ms=10, latency_sigma=0.5)
    run = shop.run(
        in_styles(300, 4),
        model="rehearsal/smooth",
        base_url=vendor.base_url,
        price=PRICE,
        budget=parse_budget("12USD"),
        priority="rank",
        family="style",
        workers=workers,
        concurrency=8,
    )
    assert run.exit_code == 3
    made: dict[str, list[bool]] = {}
    for row in shop.lines(run):
        made.setdefault(row["style"], []).append(row["title"] is not None)
    assert all(all(style) or not any(style) for style in made.values()), "no family is left half done"
    finished = [int(style[1:]) for style, rows in made.items() if all(rows)]
    assert 0 < len(finished) < 75
    if workers == 1:
        assert sorted(finished) == list(range(75 - len(finished), 75)), "those that matter most come first"
    else:
        assert sum(finished) / len(finished) > 37, "several processes work on neighbouring chunks"


def test_whole_products_are_finished_where_a_recipe_has_several_steps(shop: Shop, vendor: RehearsalServer) -> None:
    recipe = MARKED.replace("checks:", SECOND_STEP + "checks:")
    run = shop.run(
        products(80),
        recipe=recipe,
        model="rehearsal/smooth",
        base_url=vendor.base_url,
        price=PRICE,
        budget=parse_budget("4USD"),
        priority="price",
        concurrency=8,
    )
    assert run.exit_code == 3
    rows = shop.lines(run)
    done = [row["title"] is not None and row["slogan"] is not None for row in rows]
    assert [row["title"] is None for row in rows] == [row["slogan"] is None for row in rows]
    assert 0 < sum(done) < 80
    assert done == sorted(done), "the dearest, which stand last, come first"


SECOND_STEP = """\
  - ask:
      name: slogan
      instruction: Write a slogan in {{ locale.language }}.
      input: "{{ title }}"
      output:
        slogan: {max: 80}
"""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_larger_budget_finishes_and_buys_nothing_twice(
    goodsmith: Terminal, vendor: RehearsalServer, workers: str
) -> None:
    goodsmith.environment["GOODSMITH_CHUNK_ROWS"] = "20"
    goodsmith.table(products(80))
    done = goodsmith.ask(vendor, "--price", PRICE, "--budget", "2USD", "--workers", workers).communicate_all()
    assert done.returncode == 3, done.stderr
    facts = goodsmith.json("status")
    assert f"goodsmith resume {facts['run']} --budget" in done.stderr
    assert facts["cost"] <= 2
    assert (facts["state"], facts["failed"]) == ("budget", 0)
    goodsmith("resume", "--budget", "100USD")
    stats, facts = vendor.stats(), goodsmith.json("status")
    assert (stats["answered"], stats["rows_answered"], facts["calls"]) == (80, 80, 80)
    billed = (100 * stats["input_tokens"] + 400 * stats["output_tokens"]) / 1e6
    assert facts["cost"] == pytest.approx(billed)
    assert on_their_own_rows(goodsmith.exported())


def test_a_budget_that_covers_no_product_buys_nothing_and_says_so(shop: Shop, vendor: RehearsalServer) -> None:
    run = shop.run(
        products(5),
        model="rehearsal/smooth",
        base_url=vendor.base_url,
        price=PRICE,
        budget=parse_budget("0.001USD"),
    )
    assert (run.exit_code, run.row.totals.calls, vendor.stats()["requests"]) == (3, 0, 0)
    assert "budget" in (run.row.error or "")


def test_a_budget_in_another_currency_counts_with_the_rate_that_is_shown(shop: Shop, vendor: RehearsalServer) -> None:
    planned = shop.plan(
        products(60),
        model="rehearsal/smooth",
        base_url=vendor.base_url,
        price=PRICE,
        budget=parse_budget("10CNY"),
        rates=("USD/CNY=5",),
    )
    assert "5" in planned.rate_note[0]
    run = shop.run(
        products(60),
        model="rehearsal/smooth",
        base_url=vendor.base_url,
        price=PRICE,
        budget=parse_budget("10CNY"),
        rates=("USD/CNY=5",),
    )
    assert run.exit_code == 3
    assert 0.7e9 < run.row.totals.cost_nanos <= 2e9


def test_what_other_rows_and_runs_bought_costs_nothing(shop: Shop, vendor: RehearsalServer) -> None:
    rows = [{**row, "mark": "ROWID-00000007", "name": "The same mug"} for row in products(30)]
    asked = {"model": "rehearsal/smooth", "base_url": vendor.base_url, "price": PRICE}
    first = shop.run(rows, **asked)
    assert (first.row.totals.calls, first.row.totals.cached_calls, vendor.stats()["requests"]) == (1, 29, 1)
    again = shop.run(rows, **asked)
    assert (again.row.totals.calls, again.row.totals.cost_nanos, vendor.stats()["requests"]) == (0, 0, 1)
