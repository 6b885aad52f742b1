"""Which rows a trial tries, and why."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from branched import BRANCHED, catalog
from goodsmith.base.locales import parse_locale
from goodsmith.models.tokens import TokenCounter
from goodsmith.pipeline.turns import turns_of
from goodsmith.recipe import parse_recipe
from goodsmith.records import Product
from goodsmith.trials.choosing import COMMON, choose
from goodsmith.trials.estimating import allocate
from goodsmith.trials.survey import survey
from goodsmith.trials.traits import MUST, TraitReader

FIELDS = ("name", "brand", "category", "material", "size")
RECIPE = parse_recipe(BRANCHED)
DERIVATIONS, TURNS = turns_of(RECIPE, [parse_locale("en-US")], FIELDS, {})


def look(rows, *, draws=12, seed=0, most=100_000, known=0):
    sizes = Counter(row["category"] for row in rows)
    place, given_draws = allocate(sizes, draws)
    return survey(
        (Product(ordinal=number, key=row["sku"], fields=row, source_row=number) for number, row in enumerate(rows)),
        rows=len(rows),
        derivations=DERIVATIONS,
        turns=TURNS,
        reader=TraitReader(TURNS, FIELDS, "category"),
        counts_of=TokenCounter("").counts,
        stratum_of=lambda product: place[product.fields["category"]],
        draws=given_draws,
        known_draws=known,
        is_known=lambda product: product.fields["size"] == "XXL",
        seed=seed,
        most=most,
    )


def traits_by_hand(rows):
    """(what is missing together, which conditions hold) -> rows."""
    missing, holding = Counter(), Counter()
    for row in rows:
        missing[tuple(name for name in FIELDS if not row[name].strip())] += 1
        for line, holds in (
            ("Food", "Food" in row["category"]),
            ("XXL", "XXL" in row["size"]),
            ("blank", not row["material"]),
        ):
            holding[line, holds] += 1
    return missing, holding


@pytest.mark.parametrize("count", [300, 3_000])
@pytest.mark.parametrize("seed", range(3))
def test_every_branch_and_every_pattern_of_missing_fields_that_one_row_in_a_hundred_has_is_shown(count, seed):
    rows = catalog(count, seed=seed)
    chosen = choose(look(rows, draws=2))
    shown = [rows[choice.source_row] for choice in chosen.choices]
    for wanted, seen in zip(traits_by_hand(rows), traits_by_hand(shown), strict=True):
        common = {name for name, number in wanted.items() if number >= COMMON * count}
        assert common <= set(seen)
    assert not [reason for reason in chosen.missed if reason.trait.kind in MUST]


@settings(max_examples=30)
@given(st.integers(2, 400), st.integers(2, 40), st.integers(0, 3), st.randoms())
def test_the_choice_covers_and_never_takes_more_rows_than_asked(count, draws, cover, chance):
    rows = catalog(count, seed=chance.random())
    chosen = choose(look(rows, draws=draws), cover=cover)
    parts = Counter(choice.part for choice in chosen.choices)
    assert parts["random"] == min(draws, count)
    assert parts["cover"] <= cover
    assert len({choice.source_row for choice in chosen.choices}) == len(chosen.choices)


def test_the_longest_and_the_shortest_prompt_are_among_the_rows():
    rows = catalog(500)
    shown = {choice.source_row for choice in choose(look(rows), cover=60).choices}
    sizes = [sum(map(len, (row["name"], row["brand"], row["material"], row["size"]))) for row in rows]
    assert any(sizes[row] == max(sizes) for row in shown)


def test_each_row_says_why_it_was_chosen_with_the_share_of_rows_like_it():
    rows = catalog(2_000)
    reasons = [reason for choice in choose(look(rows)).choices for reason in choice.reasons]
    food = next(reason for reason in reasons if reason.trait.en.endswith('category contains "Food"'))
    assert food.trait.en.startswith("the condition holds (line ")
    assert food.share == pytest.approx(sum("Food" in row["category"] for row in rows) / 2_000)
    assert all(reason.trait.say("zh") != reason.trait.say("en") for reason in reasons)


def test_the_same_rows_are_drawn_each_time_and_other_ones_with_another_seed():
    rows = catalog(800)
    drawn = [[seen.source_row for seen in look(rows, seed=seed).drawn] for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_more_rows_hold_nearly_all_that_fewer_had_so_that_they_are_not_bought_again():
    rows = catalog(2_000)
    few, many = ({seen.source_row for seen in look(rows, draws=draws).drawn} for draws in (20, 200))
    assert len(few & many) >= 16


def test_the_random_rows_come_from_the_categories_in_proportion_however_the_catalog_is_sorted():
    rows = catalog(4_000)
    drawn = Counter(rows[seen.source_row]["category"] for seen in look(rows, draws=200).drawn)
    sizes = Counter(row["category"] for row in rows)
    large = [category for category, size in sizes.items() if size >= 400]
    assert len(large) == 8
    assert all(abs(drawn[category] - 200 * sizes[category] / 4_000) <= 1 for category in large)


def test_every_row_has_about_the_same_chance():
    rows = catalog(60)
    times = Counter(seen.source_row for seed in range(400) for seen in look(rows, draws=12, seed=seed).drawn)
    assert min(times.values()) > 40
    assert max(times.values()) < 125


def test_a_prompt_that_an_earlier_row_has_too_counts_once():
    rows = [*catalog(100), *catalog(100)]
    surveyed = look(rows)
    assert (surveyed.prompts, surveyed.repeated) == (200, 100)
    once, twice = look(catalog(100)), surveyed
    assert sum(one.fresh["en"][0] for one in once.strata.values()) == 100
    assert sum(one.fresh["en"][0] for one in twice.strata.values() if one.fresh) == 100


def test_of_a_large_table_a_part_is_looked_at_and_what_is_common_is_found_all_the_same():
    rows = catalog(6_000)
    surveyed = look(rows, most=1_500)
    assert 1_200 < surveyed.surveyed < 1_800
    kinds = Counter(trait.kind for trait in surveyed.traits)
    assert kinds["rule"] == 6


def test_what_is_rare_is_forgotten_so_that_memory_does_not_grow_with_the_table():
    chance = random.Random(5)
    rows = [{**row, "category": f"{chance.randrange(10**9)}"} for row in catalog(5_000)]
    place = {row["category"]: 0 for row in rows}
    surveyed = survey(
        (Product(ordinal=number, key=row["sku"], fields=row, source_row=number) for number, row in enumerate(rows)),
        rows=len(rows),
        derivations=DERIVATIONS,
        turns=TURNS,
        reader=TraitReader(TURNS, FIELDS, "category"),
        counts_of=TokenCounter("").counts,
        stratum_of=lambda product: place[product.fields["category"]],
        draws={0: 12},
    )
    assert len(surveyed.traits) < 1_200
    assert len(surveyed.candidates) < 1_400


def test_rows_with_a_known_answer_are_drawn_for_themselves():
    rows = catalog(3_000)
    known = look(rows, known=5).known
    assert [rows[seen.source_row]["size"] for seen in known] == ["XXL"] * 5
