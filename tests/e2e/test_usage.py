"""What runs have used and cost, added up from the ledger."""

import datetime as dt

import pytest

from door import Shop, Terminal, products
from goodsmith.errors import UnknownName
from goodsmith.models.rehearsal import RehearsalServer
from goodsmith.runner.usage import usage

pytestmark = pytest.mark.servers


def test_the_sums_are_those_of_the_runs_whatever_they_are_added_up_by(shop: Shop, vendor: RehearsalServer) -> None:
    runs = [
        shop.run(products(count), model=model, base_url=vendor.base_url, price="in=100,out=400,currency=USD")
        for model, count in (("rehearsal/smooth", 6), ("rehearsal/smooth", 3), ("rehearsal/instant", 2))
    ]
    spent = [run.row.spent.get("USD", 0) for run in runs]  # what the cache answers costs nothing
    assert spent[0] > 0
    home, settings = shop.settings.home, shop.settings
    by_model = {one.name: one for one in usage(by="model", settings=settings, home=home)}
    assert {name: (one.runs, one.rows) for name, one in by_model.items()} == {
        "rehearsal/smooth": (2, 9),
        "rehearsal/instant": (1, 2),
    }
    assert by_model["rehearsal/smooth"].spent == {"USD": spent[0] + spent[1]}
    assert by_model["rehearsal/smooth"].per(9) == {"USD": -(-(spent[0] + spent[1]) // 9)}
    for by in ("project", "recipe", "day"):
        (one,) = usage(by=by, settings=settings, home=home)
        assert (one.runs, one.rows, one.spent) == (3, 11, {"USD": sum(spent)})
    tomorrow = dt.datetime.now(tz=dt.UTC).date() + dt.timedelta(days=1)
    assert usage(since=tomorrow, settings=settings, home=home) == []
    with pytest.raises(UnknownName, match="recipe"):
        usage(by="recip", settings=settings, home=home)


def test_a_person_sees_cost_per_row_and_a_mistyped_day_is_said(goodsmith: Terminal) -> None:
    assert "No run yet" in goodsmith("usage").stderr
    goodsmith.table(products(3))
    goodsmith("run", "products.csv", "--locale", "en-US")
    shown = goodsmith("usage", "--by", "recipe").stdout
    assert "listing" in shown
    assert "per row done" in shown
    assert "2026-13-01" in goodsmith("usage", "--since", "2026-13-01", exit_code=2).stderr
