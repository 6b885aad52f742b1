"""Several steps and several languages, from a table to a file; what reads no language is asked once."""

from __future__ import annotations

import csv
import re

import pytest

from door import Shop, Terminal, mark, products, write_recipe
from goodsmith.models.rehearsal import RehearsalServer

pytestmark = pytest.mark.servers

STEPS = """
recipe: steps
fields:
  name: {required: true}
  mark: {required: true}
steps:
  - ask:
      name: facts
      instruction: Name the row.
      input: "Row: {{ mark }} Name: {{ name }}"
      output:
        row_id: {max: 14, language: any}
  - ask:
      name: copy
      instruction: You write product copy for {{ locale.language }} shoppers.
      input: "Row: {{ row_id }} Name: {{ name }}"
      output:
        title: {max: 80}
  - ask:
      name: slogan
      instruction: Write a slogan in {{ locale.language }}.
      input: "Title: {{ title }} Row: {{ row_id }}"
      output:
        slogan: {max: 80}
checks: [schema, language]
"""

HAN = re.compile(r"[\u4e00-\u9fff]")


def test_a_step_without_a_language_is_asked_once_and_the_others_once_per_language(
    goodsmith: Terminal, vendor: RehearsalServer
) -> None:
    goodsmith.table(products(8))
    write_recipe(goodsmith.folder, STEPS)
    facts = goodsmith.json(*goodsmith.asking(vendor), "--locale", "zh-CN,en-US", "-o", "out.csv")
    assert (facts["calls"], vendor.stats()["answered"]) == (8 * 5, 8 * 5)
    with (goodsmith.folder / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["row_id"] for row in rows] == [mark(number) for number in range(8)]
    for name in ("title", "slogan"):
        chinese, english = f"{name} (zh-CN)", f"{name} (en-US)"
        assert all(HAN.search(row[chinese]) and not HAN.search(row[english]) for row in rows)


def test_a_dry_run_says_how_many_calls_there_will_be(goodsmith: Terminal, vendor: RehearsalServer) -> None:
    goodsmith.table(products(8))
    write_recipe(goodsmith.folder, STEPS)
    facts = goodsmith.json(*goodsmith.asking(vendor), "--locale", "zh-CN,en-US,de-DE", "--dry-run")
    assert facts["cost"]["calls"] == 8 * 7
    assert vendor.stats()["requests"] == 0


def test_another_language_later_costs_only_that_language(shop: Shop, vendor: RehearsalServer) -> None:
    asked = {"recipe": STEPS, "model": "rehearsal/instant", "base_url": vendor.base_url}
    shop.run(products(6), locales=("en-US",), **asked)
    vendor.ctl(reset=True)
    run = shop.run(products(6), locales=("en-US", "zh-CN"), **asked)
    assert (run.row.totals.calls, vendor.stats()["answered"]) == (12, 12)
    assert run.row.totals.cached_calls == 18


def test_one_language_that_fails_fails_the_product_not_half_of_it(shop: Shop, vendor: RehearsalServer) -> None:
    vendor.ctl(refused_input_share=0.15)
    run = shop.run(
        products(20), recipe=STEPS, locales=("zh-CN", "en-US"), model="rehearsal/instant", base_url=vendor.base_url
    )
    names = ("row_id", "title@zh-CN", "title@en-US", "slogan@zh-CN", "slogan@en-US")
    made = [
        [
            value
            for name, value in row.items()
            if name.partition("@")[0].partition(" ")[0] in {"row_id", "title", "slogan"}
        ]
        for row in shop.lines(run)
    ]
    assert all(len(values) == len(names) for values in made)
    assert all(all(values) or not any(values) for values in made)
    assert 0 < run.row.totals.failed < 20


def test_only_what_changed_counts_each_language(shop: Shop, vendor: RehearsalServer) -> None:
    asked = {"recipe": STEPS, "model": "rehearsal/instant", "base_url": vendor.base_url}
    shop.run(products(6), locales=("en-US",), **asked)
    same = shop.run(products(6), locales=("en-US",), only_changed=True, **asked)
    assert same.row.totals.rows == 0
    assert same.exit_code == 0
    more = shop.run(products(6), locales=("en-US", "zh-CN"), only_changed=True, **asked)
    assert more.row.totals.rows == 6
