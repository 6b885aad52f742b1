"""Which products, how many, in which order."""

import collections

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goodsmith.errors import TemplateError, UnknownName
from goodsmith.records import ColumnMapping
from goodsmith.selection import Change, Selection, count, first_products, only_changed


def keys(path, selection, mapping, limit=1000):
    return [product.key for product in first_products(path, selection, mapping, limit=limit)]


def test_a_count_says_what_each_stage_leaves_out(catalog, by_sku):
    path = catalog(sku=list("abcdef"), title=["x"] * 5 + [""], brand=["A", "B", "A", None, "A", "A"])
    counted = count(path, Selection(where='brand == "A" and name', sample=2, limit=1), by_sku)
    assert (counted.total, counted.selected) == (6, 1)
    assert counted.left_out == {"where": 3, "sample": 1, "limit": 1}
    assert count(path, Selection(), by_sku).left_out == {}


def test_where_reads_recipe_fields_and_odd_column_names(catalog, by_sku):
    path = catalog(
        **{"sku": list("abc"), "title": ["Mug", "Cup", ""], "商品 名": ["杯", "", "杯"], 'q"x': ["1", "2", "3"]}
    )
    assert keys(path, Selection(where="name == blank"), by_sku) == ["c"]
    assert keys(path, Selection(where="['商品 名'] == \"杯\" and ['q\"x'] > 1"), by_sku) == ["c"]


def test_an_unknown_name_comes_with_the_near_ones(catalog, by_sku):
    path = catalog(sku=["a"], title=["x"], brand=["B"])
    with pytest.raises(TemplateError, match="unknown name 'brnad'; did you mean: brand"):
        count(path, Selection(where='brnad == "X"'), by_sku)
    with pytest.raises(UnknownName, match="unknown column 'brnad'; did you mean: brand"):
        count(path, Selection(sample=1, per="brnad"), by_sku)


def test_a_product_has_its_columns_overlaid_by_the_recipe_fields(catalog):
    mapping = ColumnMapping(key=None, fields={"name": "title", "sku": "code"})
    path = catalog(sku=["own"], title=[None], code=["C1"])
    (product,) = first_products(path, Selection(), mapping, limit=9)
    assert (product.ordinal, product.key, product.source_row, product.family) == (0, "1", 0, "")
    assert product.fields == {"sku": "C1", "title": "", "code": "C1", "name": ""}


def test_a_sample_is_the_same_tomorrow_and_another_with_another_seed(catalog, by_sku):
    skus = [f"S{number:04}" for number in range(500)]
    path = catalog(sku=skus, title=["x"] * 500)
    first = keys(path, Selection(sample=20), by_sku)
    assert first == sorted(first)
    assert keys(path, Selection(sample=20), by_sku) == first
    assert keys(path, Selection(sample=20, seed=1), by_sku) != first
    grown = catalog(sku=[*skus, "T1", "T2"], title=["x"] * 502)
    assert len(set(first) & set(keys(grown, Selection(sample=20), by_sku))) >= 18


def test_a_sample_is_spread_over_groups_so_that_small_ones_are_seen(catalog, by_sku):
    groups = ["big"] * 300 + ["small"] * 3 + ["one"] + [None] * 96
    path = catalog(sku=[f"S{number}" for number in range(400)], title=groups)
    chosen = first_products(path, Selection(sample=20, per="title"), by_sku, limit=99)
    spread = collections.Counter(product.fields["title"] for product in chosen)
    assert spread["one"] == 1
    assert spread["small"] == 3
    assert spread["big"] == spread[""] == 8


def test_priority_takes_larger_numbers_first_then_texts_then_blanks(catalog, by_sku):
    path = catalog(sku=list("abcdefgh"), title=["9", "10", "", "high", "1,000", None, "10.0", "-1"])
    assert keys(path, Selection(priority="title"), by_sku) == list("ebgahdcf")


def test_a_family_stands_together_where_its_best_product_stands(catalog, by_sku):
    path = catalog(sku=list("abcdef"), title=["1", "5", "9", "3", "7", "2"], style=["X", "Y", "", "X", "Y", " "])
    assert keys(path, Selection(priority="title", family="style"), by_sku) == list("cbeadf")
    assert keys(path, Selection(family="style"), by_sku) == list("adbecf")
    assert keys(path, Selection(priority="title", family="style", limit=3), by_sku, limit=3) == list("cbe")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["", None, "A", "B", "C", " A "]), st.sampled_from(["", "1", "2", "30", "x", "y", None])
        ),
        min_size=1,
        max_size=25,
    )
)
def test_ordering_agrees_with_a_plain_sort(catalog, by_sku, rows):
    path = catalog(
        sku=[str(number) for number in range(len(rows))], title=[p for _, p in rows], style=[f for f, _ in rows]
    )

    def rank(number):
        family = (rows[number][0] or "").strip()
        mine = [n for n, (f, _) in enumerate(rows) if (f or "").strip() == family] if family else [number]
        texts = [rows[n][1] or "" for n in mine]
        numbers, words = [float(t) for t in texts if t.isdigit()], [t for t in texts if t and not t.isdigit()]
        best = (0, -max(numbers), "") if numbers else (1, 0, min(words)) if words else (2, 0, "")
        return (*best, min(mine), number)

    expected = sorted(range(len(rows)), key=rank)
    assert keys(path, Selection(priority="title", family="style"), by_sku) == [str(number) for number in expected]


def test_only_what_changed_is_kept_and_why():
    heads = {("a", "zh"): "1", ("a", "en"): "2", ("b", "zh"): "1", ("c", "zh"): None}
    rows = [
        ("a", {"zh": "1", "en": "2"}),
        ("a", {"zh": "1", "en": "3"}),
        ("b", {"zh": "1", "en": "2"}),
        ("c", {"zh": "1"}),
    ]
    changes = only_changed(rows, heads)
    assert changes.why == (Change.SAME, Change.CHANGED, Change.NEW, Change.NEW)
    assert changes.keep == [False, True, True, True]
    assert changes.counts == {Change.SAME: 1, Change.CHANGED: 1, Change.NEW: 2}
