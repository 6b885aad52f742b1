"""What a run will have cost, told while it goes on."""

import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from door import MARKED, PRICE, products
from goodsmith import start
from goodsmith.records import Chunk, Tally
from goodsmith.runner.outlook import Outlook


def sorted_catalog(path, *, chunks=40, rows=100):
    """A snapshot whose rows grow longer from chunk to chunk, and what each chunk costs: so much a row and a letter."""
    chance = random.Random(1)
    made, costs = [], []
    with pq.ParquetWriter(
        path, pa.schema([("name", pa.string()), ("other", pa.string())]), use_dictionary=False
    ) as file:
        for number in range(chunks):
            names = ["x" * int(chance.uniform(0.5, 1.5) * (20 + 10 * number)) for _ in range(rows)]
            file.write_table(pa.table({"name": names, "other": ["y" * 3_000] * rows}))
            made.append(Chunk(number=number, first=number * rows, rows=rows))
            costs.append(sum(100_000 + 2_000 * len(name) for name in names))
    return made, costs


def told(outlook, costs, done, *, rows=100):
    spent = Tally(rows=done * rows, cost_nanos=sum(costs[:done]))
    return outlook.cost_at_end(spent, spent, len(costs) * rows)


def test_the_first_rows_of_a_sorted_catalog_do_not_mislead(tmp_path):
    chunks, costs = sorted_catalog(tmp_path / "snapshot.parquet")
    outlook = Outlook(tmp_path / "snapshot.parquet", ["name"], chunks)
    for done, chunk in enumerate(chunks[:-1], start=1):
        outlook.committed(chunk, costs[done - 1])
        if done >= 8:
            assert told(outlook, costs, done) == pytest.approx(sum(costs), rel=0.03)
    by_rows_alone = sum(costs[:8]) * len(costs) / 8
    assert by_rows_alone < 0.6 * sum(costs)


def test_what_is_spent_is_exact_and_at_the_end_it_is_all(tmp_path):
    chunks, costs = sorted_catalog(tmp_path / "snapshot.parquet", chunks=12)
    outlook = Outlook(tmp_path / "snapshot.parquet", ["name"], chunks)
    for chunk, cost in zip(chunks, costs, strict=True):
        outlook.committed(chunk, cost)
    assert told(outlook, costs, 12) == sum(costs)


def test_too_little_and_an_unknown_price_say_nothing(tmp_path):
    chunks, _ = sorted_catalog(tmp_path / "snapshot.parquet", chunks=2)
    outlook = Outlook(tmp_path / "snapshot.parquet", ["name"], chunks)
    few, strange = Tally(rows=3, cost_nanos=9), Tally(rows=50, cost_unknown_calls=50)
    assert outlook.cost_at_end(few, few, 200) is None
    assert outlook.cost_at_end(strange, strange, 200) is None


def test_rows_tried_again_are_foreseen_by_their_number(tmp_path):
    sorted_catalog(tmp_path / "snapshot.parquet", chunks=2)
    again = Chunk(number=9, first=0, rows=40, ordinals=tuple(range(40)))
    outlook = Outlook(tmp_path / "snapshot.parquet", ["name"], [again])
    whole, live = Tally(rows=180, cost_nanos=1_000), Tally(rows=20, cost_nanos=200)
    assert outlook.cost_at_end(whole, live, 200) == 1_200


@pytest.mark.servers
def test_a_run_says_while_it_goes_on_what_it_will_have_cost(shop, vendor):
    vendor.ctl(latency_ms=150)
    told_costs = []
    plan = shop.plan(products(400), recipe=MARKED, model="rehearsal/smooth", base_url=vendor.base_url, price=PRICE,
                     concurrency=16)  # fmt: skip
    run = start(
        plan,
        settings=shop.settings,
        home=shop.settings.home,
        on_progress=lambda seen: told_costs.append((seen.tally.rows, seen.cost_at_end_nanos)),
    )
    spent = run.row.totals.cost_nanos
    midway = [cost for rows, cost in told_costs if 100 <= rows < 400]
    assert midway
    assert all(cost == pytest.approx(spent, rel=0.1) for cost in midway)
    assert told_costs[-1] == (400, spent)
